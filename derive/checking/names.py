"""Which symbols a setting has: bases, where their layer stands, how many entries they take, second names.

Rules 1 and 2 of what is inferred: a slot that holds the layer letter is a layer wherever it is; what is left below are
entries; a number below that never is a letter belongs to the name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from derive.algebra.layers import split
from derive.algebra.tree import Expr, Sym, num
from derive.checking.statements import Head, Occurrence, Statement, Words
from derive.errors import DeriveError
from derive.notation.cursor import cut
from derive.notation.symbols import SlotPattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from derive.notation.members import Part
    from derive.notation.tokens import Token

COMMA = frozenset({",", ";"})
MARKS = ("", "(", "[")


@dataclass(frozen=True)
class Layers:
    """The layer letter, the first layer, the last one (a letter or a number)."""

    letter: Sym
    first: int
    last: Expr

    @property
    def last_letter(self) -> Sym | None:
        return self.last if isinstance(self.last, Sym) else None

    def position(self, text: str) -> Expr | None:
        """``l-1``, ``L``, ``3`` as a position on the layer axis; None for anything else."""
        if text.isdigit():
            return num(int(text))
        names = [s for s in (self.letter, self.last_letter) if s is not None]
        for name in names:
            found = re.fullmatch(re.escape(name.name) + r"(?:([+-])(\d+))?", text.replace("\\", ""))
            if found:
                offset = int(found.group(2) or 0)
                return _moved(name, -offset if found.group(1) == "-" else offset)
        return None


def _moved(letter: Sym, by: int) -> Expr:
    from derive.algebra.layers import join

    return join(letter, by)


@dataclass(frozen=True)
class Family:
    """A base and how it is written.  ``entries``: how many letters its entries have (0: none were seen)."""

    words: Words
    name: str
    font: str | None = None
    slot: SlotPattern | None = None
    entries: int = 0
    order: tuple[int, ...] = ()


@dataclass(frozen=True)
class Alias:
    """A second name: ``family`` is written for ``target``, at the layer ``fixed`` or ``shift`` layers further on."""

    family: Family
    target: Family
    fixed: Expr | None = None
    shift: int = 0


@dataclass
class Naming:
    """What is known of the names while the statements are read."""

    layers: Layers | None
    fixed_letters: frozenset[str]
    families: list[Family] = field(default_factory=list)
    functions: list[Family] = field(default_factory=list)
    styles: set[str] = field(default_factory=set)

    # ------------------------------------------------------------ one occurrence

    def slot(self, head: Head) -> tuple[str, Part, Expr] | None:
        """The layer of an occurrence: the sign of its script, the part, the position."""
        if self.layers is None:
            return None
        for sign, parts in (("^", head.above), ("_", head.below[:1])):
            for part in parts:
                text = joined(part.tokens)
                found = self.layers.position(text) if part.mark in MARKS else None
                if found is not None:
                    return sign, part, found
        return None

    def pieces(self, head: Head, slot: SlotPattern | None) -> list[Sequence[Token]]:
        """The entries below, one list of tokens each, without the layer."""
        below = list(head.below)
        if slot is not None and slot.script == "_" and below:
            below = below[1:]
        out: list[Sequence[Token]] = []
        for part in below:
            letters = all(t.kind in ("symbol", "digit") or t.text == ":" for t in part.tokens)
            number = all(t.kind == "digit" for t in part.tokens)
            if letters and not number and len(part.tokens) > 1 and not part.mark:
                out += [part.tokens[n : n + 1] for n in range(len(part.tokens))]
            else:
                out += [p for p in cut(part.tokens, COMMA) if p]
        return out


def joined(found: Sequence[Token]) -> str:
    return "".join(t.word for t in found if t.text not in "{}")


def families(naming: Naming, found: Sequence[Occurrence], statements: Sequence[Statement]) -> list[Family]:
    """The families of all occurrences that are no functions."""
    slots = [naming.slot(o.head) for o in found]
    naming.styles = {s[0] for s in slots if s is not None and s[2].symbols} or {"^"}
    groups: dict[Words, list[Occurrence]] = {}
    for occurrence in found:
        groups.setdefault(occurrence.head.words, []).append(occurrence)
    out: list[Family] = []
    for words, group in groups.items():
        for font, own in _by_font(group).items():
            out += _of_group(naming, words, font, own, statements)
    return out


def _by_font(group: list[Occurrence]) -> dict[str | None, list[Occurrence]]:
    """Fonts count where one is calligraphic or both stand at the head of a definition."""
    fonts = {o.head.font for o in group}
    heads = {o.head.font for o in group if o.role == "head"}
    if len(fonts) < 2 or not (fonts & {"cal", "bb"} or len(heads) > 1):
        return {None: group}
    return {font: [o for o in group if o.head.font == font] for font in sorted(fonts)}


def _of_group(
    naming: Naming, words: Words, font: str | None, group: list[Occurrence], statements: Sequence[Statement]
) -> list[Family]:
    """The families of one base: with a layer, without one, with numbers that belong to the name."""
    pattern = _pattern(naming, group)
    layered = [o for o in group if pattern is not None and naming.slot(o.head) is not None]
    bare = [o for o in group if o not in layered]
    out: list[Family] = []
    if layered:
        out.append(_family(naming, words, font, pattern, layered, statements))
    if layered and bare and not any(o.role == "head" for o in bare):
        shown = " ".join(words)
        raise statements[max(bare[0].where, 0)].error(
            f"{shown} is written without its layer", f"{shown} with the layer, or a line {shown} = ... of its own"
        )
    if bare:
        out += _plain(naming, words, font, bare, statements)
    return out


def _pattern(naming: Naming, group: list[Occurrence]) -> SlotPattern | None:
    """Where this base carries its layer: some occurrence holds the letter there, or numbers where others have it."""
    if naming.layers is None:
        return None
    for sign in ("^", "_"):
        slots = [(o, s) for o in group if (s := naming.slot(o.head)) is not None and s[0] == sign]
        if any(s[2].symbols or (sign in naming.styles and _tells(o, s[2])) for o, s in slots):
            marks = {s[1].mark for _, s in slots}
            return SlotPattern(sign, marks.pop() if len(marks) == 1 and _two_styles(group) else "*")
    return None


def _tells(occurrence: Occurrence, position: Expr) -> bool:
    """Whether a number is a layer and no power: nobody writes the power 0 or 1, or a power at the head of a line."""
    return occurrence.role == "head" or split(position)[1] < 2


def _two_styles(group: list[Occurrence]) -> bool:
    """Whether one base has brackets of two kinds above: ``Z^{[l](i)}``."""
    return any(len({p.mark for p in o.head.above if p.mark in MARKS}) > 1 for o in group)


def _family(
    naming: Naming,
    words: Words,
    font: str | None,
    pattern: SlotPattern | None,
    group: list[Occurrence],
    statements: Sequence[Statement],
) -> Family:
    counts = {len(naming.pieces(o.head, pattern)) for o in group} - {0}
    if len(counts) > 1:
        raise statements[max(group[0].where, 0)].error(
            f"{' '.join(words)} has {min(counts)} and {max(counts)} indices", "the same number everywhere"
        )
    mark = "" if pattern is None else f"{pattern.script}l"
    return Family(
        words, f"${' '.join(words)}{mark}{'' if font is None else ' ' + font}$", font, pattern, max(counts, default=0)
    )


def _plain(
    naming: Naming, words: Words, font: str | None, group: list[Occurrence], statements: Sequence[Statement]
) -> list[Family]:
    """Families without a layer: one for each number or fixed letter that belongs to the name."""
    letters = any(_counts(naming, o, statements) for o in group)
    named: dict[Words, list[Occurrence]] = {}
    for o in group:
        part = () if letters else _name_part(naming, o)
        named.setdefault(part, []).append(replace(o, head=replace(o.head, below=())) if part else o)
    return [_family(naming, words + part, font, None, own, statements) for part, own in named.items()]


def _name_part(naming: Naming, o: Occurrence) -> Words:
    above = [
        f"^{p.mark}{joined(p.tokens)}{')' if p.mark == '(' else ']'}" for p in o.head.above if p.mark in ("(", "[")
    ]
    below = [f"_{joined(p.tokens)}" for p in o.head.below]
    return (*below, *above)


def _counts(naming: Naming, o: Occurrence, statements: Sequence[Statement]) -> bool:
    """Whether some letter below is an index: not a number, not fixed, not alone on a left side."""
    pieces = [joined(p) for p in naming.pieces(o.head, None)]
    letters = [p for p in pieces if not p.isdigit() and p not in naming.fixed_letters]
    if o.role == "head" and len(letters) == 1 and o.where >= 0:
        return letters[0] in _script_letters(statements[o.where].right)
    return bool(letters)


def _script_letters(found: Sequence[Token]) -> set[str]:
    """Every letter of a formula that stands in some script."""
    out: set[str] = set()
    depth, inside = 0, False
    for n, t in enumerate(found):
        if n and found[n - 1].text in ("_", "^"):
            inside, depth = True, 0
        if inside:
            out.add(t.word)
            depth += (t.text == "{") - (t.text == "}")
            inside = depth > 0
    return out


def matching(naming: Naming, found: Iterable[Family], head: Head) -> Family | None:
    """The family that an occurrence belongs to."""
    slot = naming.slot(head)
    candidates = [f for f in found if _fits(f, head)]
    with_slot = [f for f in candidates if f.slot is not None and slot is not None]
    exact = [f for f in candidates if f.slot is None and len(f.words) > len(head.words)]
    return next(iter([*with_slot, *exact, *(f for f in candidates if f.slot is None)]), None)


def _fits(family: Family, head: Head) -> bool:
    if family.font is not None and family.font != head.font:
        return False
    if family.words == head.words:
        return True
    scripts = [f"_{joined(p.tokens)}" for p in head.below]
    scripts += [
        f"^{p.mark}{joined(p.tokens)}{')' if p.mark == '(' else ']'}" for p in head.above if p.mark in ("(", "[")
    ]
    return family.words == (*head.words, *scripts)


def alias_of(naming: Naming, statement: Statement, one: Head, other: Head, defined: set[str]) -> Alias:
    """Which of two names is the second one.

    Raises:
        DeriveError: both are defined, or the line is no renaming.
    """
    left, right = matching(naming, naming.families, one), matching(naming, naming.families, other)
    if left is None or right is None:
        raise statement.error("one of the names of this line cannot be read", "name = name, both with the same indices")
    at, to = naming.slot(one), naming.slot(other)
    if (left.slot is None) != (right.slot is None):
        swap = left.slot is not None
    else:
        swap = left.name in defined
        if swap and right.name in defined:
            raise statement.error("both names of this line are defined", "one definition of a quantity")
    if swap:
        left, right, at, to = right, left, to, at
    here, there = (at[2] if at else None), (to[2] if to else None)
    if left.slot is None:
        return Alias(left, right, fixed=there)
    if here is None or there is None or not here.symbols or not there.symbols:
        raise statement.error("two families that meet in one layer", "the same layer letter on both sides")
    return Alias(left, right, shift=split(there)[1] - split(here)[1])


def read_layers(text: str) -> Layers | None:
    """``l = 0..L``.

    Raises:
        DeriveError: the text is nothing of the kind.
    """
    if not text:
        return None
    found = re.fullmatch(r"\s*\\?([A-Za-z]+)\s*=\s*(\d+)\s*\.\.\s*(\S.*?)\s*", text)
    if found is None:
        raise DeriveError(f"layers = {text!r} is no range", expected="such as 'l = 0..L' or 'l = 1..3'")
    letter, first, last = found.groups()
    end: Expr = num(int(last)) if last.isdigit() else Sym(re.sub(r"[\\{}\s]", "", last))
    return Layers(Sym(letter), int(first), end)
