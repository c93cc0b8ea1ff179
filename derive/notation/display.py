r"""From the tokens of a display to its equations: rows of ``align`` and its kin, continued rows, ``, \qquad`` joins."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from derive.notation.commands import CLOSING, RELATIONS
from derive.notation.cursor import top_level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from derive.notation.tokens import Token

DISPLAYS = frozenset(
    f"{name}{star}"
    for name in (
        "align",
        "aligned",
        "alignat",
        "alignedat",
        "gather",
        "gathered",
        "split",
        "equation",
        "eqnarray",
        "multline",
    )
    for star in ("", "*")
) | {"displaymath", "math", "array", "flalign", "flalign*", "dcases"}
WITH_ARGUMENT = frozenset({"alignat", "alignat*", "alignedat", "array"})
JOINERS = frozenset({",", ";"})
STOPS = frozenset({",", ";", "."})
CONNECTIVES = frozenset({"if", "for", "when", "with", "for all", "for every", "for each", "unless"})
DOTS = frozenset({r"\dots"})
OPERATORS = frozenset({"+", "-", r"\cdot", r"\times", "/", r"\odot", r"\circ", "*"})


@dataclass(frozen=True)
class Piece:
    """``kind``: equation, condition or range; ``parts``: its tokens, a range cut at commas; ``lead``: text before."""

    kind: str
    parts: tuple[Sequence[Token], ...]
    lead: str = ""


def pieces(tokens: Sequence[Token]) -> list[Piece]:
    """The equations of a display in order, each followed by its conditions and ranges."""
    return [p for row in rows(flat(tokens)) for p in _pieces(row)]


def flat(tokens: Sequence[Token]) -> list[Token]:
    """The tokens without the environments of displays and their alignment signs."""
    out: list[Token] = []
    inside, skip = 0, -1
    for n, t in enumerate(tokens):
        if t.kind in ("begin", "end") and t.text in DISPLAYS:
            skip = _end_of_argument(tokens, n) if t.kind == "begin" and t.text in WITH_ARGUMENT else skip
            continue
        if n <= skip:
            continue
        inside += (t.kind == "begin") - (t.kind == "end")
        if t.text != "&" or inside:
            out.append(t)
    return out


def _end_of_argument(tokens: Sequence[Token], n: int) -> int:
    """The index of the brace that closes the argument of an environment."""
    j = n + 1
    while j < len(tokens) and tokens[j].text != "}":
        j += 1
    return j


def rows(tokens: Sequence[Token]) -> list[list[Token]]:
    """The rows; one that starts with a relation or an operator, or follows one that ends so, continues the last one.

    A row that starts with a minus is an equation of its own where it has a relation before its first comma or gap.
    """
    out: list[list[Token]] = []
    for row in _split_rows(tokens):
        while row and row[0].kind == "gap":
            row = row[1:]
        if row and out and _continues(out[-1], row):
            out[-1] = [*out[-1], *row]
        elif row:
            out.append(row)
    return out


def _split_rows(tokens: Sequence[Token]) -> list[list[Token]]:
    """Cut at ``\\\\`` that stands in no bracket."""
    out: list[list[Token]] = [[]]
    depth = 0
    for t in tokens:
        sign = t.kind in ("sign", "command")
        depth += (t.kind == "begin") - (t.kind == "end")
        depth += sign * ((t.text in CLOSING) - (t.text in CLOSING.values()))
        if t.kind == "row" and depth <= 0:
            out.append([])
        else:
            out[-1].append(t)
    return out


def _continues(before: list[Token], row: list[Token]) -> bool:
    first, last = row[0], before[-1]
    if first.text in RELATIONS or last.text in RELATIONS or last.text in OPERATORS:
        return True
    return first.text in OPERATORS and (first.text != "-" or not relations(_parts(row)[0][2]))


def relations(tokens: Sequence[Token]) -> list[int]:
    """The indices of the relations at the top level."""
    return [j for j in top_level(tokens) if tokens[j].kind != "text" and tokens[j].text in RELATIONS]


def _pieces(row: Sequence[Token]) -> list[Piece]:
    """The parts between commas, wide spaces and text; the dots and the end of a range go to its start."""
    out: list[Piece] = []
    for lead, sign, tokens in _parts(row):
        part = _unwrapped(tokens)
        before = out[-1] if out else None
        if not part:
            continue
        if before is None or relations(part) or lead:
            out.append(Piece("condition" if _is_condition(part, lead) else "equation", (part,), lead))
        elif before.kind != "equation":
            out[-1] = Piece("range", (*before.parts, part), before.lead)
        elif sign == ",":
            out.append(Piece("equation", (part,), lead))
        else:
            out[-1] = Piece("equation", ([*before.parts[0], *part],), before.lead)
    return out


def _parts(row: Sequence[Token]) -> list[tuple[str, str, list[Token]]]:
    """(text before it, comma before it or not, tokens) for each part."""
    out: list[tuple[str, str, list[Token]]] = [("", "", [])]
    top = set(top_level(row))
    for j, t in enumerate(row):
        if j not in top or (t.kind not in ("text", "gap") and t.text not in JOINERS):
            out[-1][2].append(t)
            continue
        lead, sign, tokens = out[-1] if not out[-1][2] else ("", "", out[-1][2])
        if tokens:
            out.append(("", "", []))
        said = t.text if t.kind == "text" else lead
        out[-1] = (said, "," if t.text in JOINERS else sign, [])
    return out


def _unwrapped(part: Sequence[Token]) -> Sequence[Token]:
    """Without a full stop at the end; without brackets around a relation."""
    while part and part[-1].text in STOPS:
        part = part[:-1]
    if len(part) > 2 and part[0].text == "(" and part[-1].text == ")" and not top_level(part) and relations(part[1:-1]):
        return part[1:-1]
    return part


def _is_condition(part: Sequence[Token], lead: str) -> bool:
    """A relation after "if" or "for", or between indices only: ``l = 1``, ``1 \\le l < L``."""
    return bool(relations(part)) and (lead.lower() in CONNECTIVES or _of_indices(part))


def _of_indices(part: Sequence[Token]) -> bool:
    """Whether a relation is between indices: letters and numbers with signs between them, and no product."""
    plain = all(of_index(t) for t in part)
    return plain and not any(x.kind in ("symbol", "digit") and y.kind == "symbol" for x, y in pairwise(part))


def of_index(t: Token) -> bool:
    """Whether a token may stand in a relation between indices."""
    plain = t.kind == "symbol" and not t.accents and len(t.text) == 1 and (t.text.islower() or t.text in "LN")
    return plain or t.kind == "digit" or t.text in RELATIONS or t.text in ("+", "-") or t.text in DOTS
