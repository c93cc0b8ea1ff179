"""Rows of a display: which steps share a line, and where a wide line is broken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from derive.notes.document import Row, Text, joined
from derive.notes.press import width

if TYPE_CHECKING:
    from derive.notes.document import Display

LINE = 39.0
"""The width of a display in em that leaves room for its number on paper A4."""
LEFT = 13.0
"""A left side wider than this has a line of its own."""
INDENT = GAP = 2.0
BETWEEN = r", \quad "
"""Stands between several conditions."""
RELATIONS = {"=": "=", "<=": r"\le", ":=": "=", "<-": r"\leftarrow"}
MOST = 3
"""How many steps may share a line."""


@dataclass(frozen=True)
class Member:
    """What stands behind a relation: its terms (each with its sign) and the reason for it."""

    relation: str
    terms: tuple[str, ...]
    reason: Text
    small: bool = False

    @property
    def text(self) -> str:
        return f"{RELATIONS[self.relation]} {' '.join(self.terms)}"

    @property
    def width(self) -> float:
        return width(self.text)


def is_broken(left: str) -> bool:
    """Whether the left side has a line of its own."""
    return width(left) > LEFT


def width_of(display: Display) -> float:
    """The estimated width in em of the widest line of a display."""
    left = INDENT if display.broken else width(display.left)
    lines = [left + width(line.replace("&", "")) for row in display.rows for line in row.lines]
    return max([*lines, width(display.left)])


def rows(left: str, members: list[Member], tail: str = "") -> tuple[Row, ...]:
    """The rows of a display; ``tail`` (a range) stands behind the last line, or on a line of its own."""
    start = INDENT if is_broken(left) else width(left)
    packed = _for_tail(_packed(members, LINE - start), tail, LINE - start)
    made = [Row(_reasons(group), tuple(_lines(group, LINE - start))) for group in packed]
    return (*made[:-1], with_tail(made[-1], tail, LINE - start)) if tail else tuple(made)


def _packed(members: list[Member], room: float) -> list[list[Member]]:
    """Small steps join the line before them while there is room."""
    out: list[list[Member]] = []
    used = 0.0
    for member in members:
        fits = out and used + member.width + 1 <= room and len(out[-1]) < MOST
        if fits and member.small and out[-1][-1].small:
            out[-1].append(member)
            used += member.width + 1
        else:
            out.append([member])
            used = member.width
    return out


def _for_tail(packed: list[list[Member]], tail: str, room: float) -> list[list[Member]]:
    """The last step moves to a line of its own where the range would not fit behind the others."""
    last = packed[-1]
    used = sum(m.width + 1 for m in last)
    if not tail or len(last) == 1 or used + width(tail) + GAP <= room:
        return packed
    return [*packed[:-1], last[:-1], last[-1:]]


def _reasons(group: list[Member]) -> Text:
    """One sentence for the steps of a line; a reason that repeats is said once."""
    said = list(dict.fromkeys(m.reason for m in group if m.reason))
    return joined(said, "; then ") if said else ()


def _lines(group: list[Member], room: float) -> list[str]:
    if len(group) > 1 or group[0].width <= room:
        return ["&" + " ".join(m.text for m in group)]
    return _cut(group[0], room)


def _cut(member: Member, room: float) -> list[str]:
    """A wide member, broken between its terms; the first line begins with the relation."""
    lines: list[str] = []
    now, used = f"&{RELATIONS[member.relation]}", 1.25
    for i, term in enumerate(member.terms):
        wide = width(term)
        if i and used + wide > room:
            lines.append(now)
            now, used = r"&\quad", INDENT
        now, used = f"{now} {term}", used + wide
    return [*lines, now]


def with_tail(row: Row, tail: str, room: float) -> Row:
    """The row with a range behind its last line, or on a line of its own where it does not fit."""
    last = row.lines[-1]
    if width(last) + width(tail) + GAP <= room:
        return Row(row.reason, (*row.lines[:-1], rf"{last}, \qquad {tail}"))
    return Row(row.reason, (*row.lines[:-1], f"{last},", *_wrapped(tail.split(BETWEEN), room)))


def _wrapped(conditions: list[str], room: float) -> list[str]:
    """Many conditions on as many lines as they need."""
    lines = [rf"&\qquad {conditions[0]}"]
    for condition in conditions[1:]:
        if width(lines[-1]) + width(condition) + GAP <= room:
            lines[-1] += BETWEEN + condition
        else:
            lines[-1] += ","
            lines.append(rf"&\qquad {condition}")
    return lines
