"""Occurrences of symbols grouped into families: what is one symbol, and what only looks like it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from derive.algebra.layers import split
from derive.checking.naming.names import MARKS, Family, Formals, Naming, joined
from derive.notation.marks import FIRST, LAST
from derive.notation.members import Part
from derive.notation.symbols import SlotPattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from derive.algebra.tree import Expr
    from derive.checking.naming.statements import Head, Occurrence, Statement, Words
    from derive.notation.tokens import Token


def families(naming: Naming, found: Sequence[Occurrence], statements: Sequence[Statement]) -> list[Family]:
    """The families of all occurrences that are no functions."""
    slots = [naming.slot(o.head) for o in found]
    naming.styles = {s[0] for s in slots if s is not None and s[2].symbols} or {"^"}
    groups: dict[tuple[Words, int | None], list[Occurrence]] = {}
    written = {o.head.words: set[int | None]() for o in found}
    for o in found:
        if o.role != "key":
            written[o.head.words].add(_count(o.head))
    for o in found:
        formals = _count(o.head)
        if o.role == "key" and formals is None and len(written[o.head.words]) == 1:
            (formals,) = written[o.head.words]  # 'J' among the shapes where the lines write J(x, y)
        groups.setdefault((o.head.words, formals), []).append(o)
    out: list[Family] = []
    for (words, _), group in groups.items():
        for font, own in _by_font(group).items():
            out += _Group(naming, words, font, statements).families(own)
    return out


def _count(head: Head) -> int | None:
    """How many arguments a symbol is written with."""
    return None if head.arguments is None else len(head.arguments)


def _by_font(group: list[Occurrence]) -> dict[str | None, list[Occurrence]]:
    """Fonts count where one is calligraphic or both stand at the head of a definition."""
    fonts = {o.head.font for o in group}
    heads = {o.head.font for o in group if o.role == "head"}
    if len(fonts) < 2 or not (fonts & {"cal", "bb"} or len(heads) > 1):
        return {None: group}
    return {font: [o for o in group if o.head.font == font] for font in sorted(fonts)}


class _Group:
    """The occurrences of one base."""

    def __init__(self, naming: Naming, words: Words, font: str | None, statements: Sequence[Statement]) -> None:
        self.naming, self.words, self.font, self.statements = naming, words, font, statements
        self.named: set[Words] = set()

    def families(self, group: list[Occurrence]) -> list[Family]:
        """With a layer, without one, with numbers that belong to the name."""
        pattern = _pattern(self.naming, group)
        zeros, group = self._zeros(group, pattern)
        layered = [o for o in group if pattern is not None and self.naming.slot(o.head) is not None]
        bare = [o for o in group if o not in layered]
        out = list(self._of(layered, (), pattern)) if layered else []
        if layered and bare and not any(o.role == "head" for o in bare):
            return [replace(f, implied=True) for f in out]
        for tags, own in self._by_tags(bare).items():
            out += self._of(own, tags, None)
        for tag, own in zeros.items():
            out += self._of(own, (tag,), pattern)
        return out

    def _zeros(
        self, group: list[Occurrence], pattern: SlotPattern | None
    ) -> tuple[dict[str, list[Occurrence]], list[Occurrence]]:
        """Entries with the number 0 beside lettered ones are bias units and their weights: names of their own."""
        out: dict[str, list[Occurrence]] = {}
        rest: list[Occurrence] = []
        lettered = {len(self.naming.pieces(o.head, pattern)) for o in group if self._letters(o, pattern)}
        for o in group:
            pieces = self.naming.pieces(o.head, pattern)
            places = [at for at in (0, -1) if pieces and joined(pieces[at]) == "0"]
            if not places or len(pieces) not in lettered:
                rest.append(o)
                continue
            kept = pieces[1:] if places[0] == 0 else pieces[:-1]
            below = tuple(Part("", p) for p in kept)
            if pattern is not None and pattern.script == "_":
                below = (*o.head.below[:1], *below)
            tag = "_0" if len(pieces) == 1 else (FIRST if places[0] == 0 else LAST) + "0"
            out.setdefault(tag, []).append(replace(o, head=replace(o.head, below=below)))
        return out, rest

    def _letters(self, o: Occurrence, pattern: SlotPattern | None) -> bool:
        pieces = self.naming.pieces(o.head, pattern)
        return bool(pieces) and not any(joined(p).isdigit() for p in pieces)

    def _by_tags(self, group: list[Occurrence]) -> dict[Words, list[Occurrence]]:
        """One for each number or fixed letter that belongs to the name."""
        out: dict[Words, list[Occurrence]] = {}
        self.named = {_texts(self._pieces(o)) for o in group if o.role == "head" and self._only_left(o)}
        wanted = {len(self._pieces(o)) for o in group if self._counts(o)}
        for o in group:
            is_member = bool(wanted) and (self._counts(o) or len(self._pieces(o)) in wanted)
            tags = self.naming.name_part(o.head)
            if is_member:
                tags = tuple(t for t in tags if t[0] == "^")
            elif self.naming.example(o.head):
                tags = tuple(t for t in tags if t[1:] not in self.naming.examples.declared)
            bare = replace(o, head=replace(o.head, below=())) if tags and not is_member else o
            out.setdefault(tags, []).append(bare)
        return out

    def _pieces(self, o: Occurrence) -> list[Sequence[Token]]:
        return self.naming.pieces(o.head, None)

    def _counts(self, o: Occurrence) -> bool:
        """Whether some letter below is an index: not a number, not fixed, not on left sides alone."""
        pieces = _texts(self._pieces(o))
        letters = [p for p in pieces if not p.isdigit() and p not in self.naming.fixed_letters]
        return bool(letters) and pieces not in self.named

    def _only_left(self, o: Occurrence) -> bool:
        """Whether the letters below a head occur nowhere as an index on the other side."""
        letters = [p for p in _texts(self._pieces(o)) if not p.isdigit()]
        known = _script_letters(self.statements[o.where].right) if letters else set()
        return bool(letters) and not any(x in known for x in letters)

    def _of(self, group: list[Occurrence], tags: Words, pattern: SlotPattern | None) -> Iterator[Family]:
        """One family; two where it is defined with its indices and without them."""
        indexed = [o for o in group if self._indices(o, pattern)]
        bare = [o for o in group if not self._indices(o, pattern)]
        apart = all(any(o.role == "head" for o in part) for part in (indexed, bare))
        if not apart:
            yield self._family(group, tags, pattern, must=False)
            return
        yield self._family(bare, tags, pattern, must=False)
        yield self._family(indexed, tags, pattern, must=True)

    def _indices(self, o: Occurrence, pattern: SlotPattern | None) -> bool:
        return bool(self.naming.pieces(o.head, pattern)) or self.naming.example(o.head)

    def _family(self, group: list[Occurrence], tags: Words, pattern: SlotPattern | None, *, must: bool) -> Family:
        counts = {len(self.naming.pieces(o.head, pattern)) for o in group} - {0}
        if len(counts) > 1:
            raise self.statements[max(group[0].where, 0)].error(
                f"{' '.join(self.words)} has {min(counts)} and {max(counts)} indices", "the same number everywhere"
            )
        example = any(self.naming.example(o.head) for o in group)
        implied = pattern is None and any(o.role == "head" and self._speaks_of_layers(o) for o in group)
        formals = _formals(next((o.head for o in group if o.role == "head"), group[0].head))
        return Family(
            self.words,
            self._name(tags, pattern, formals, must=must),
            self.font,
            pattern,
            max(counts, default=0),
            tags,
            example,
            must,
            formals,
            implied,
        )

    def _speaks_of_layers(self, o: Occurrence) -> bool:
        """Whether the other side of a head that has no layer holds the layer letter, bound by nothing."""
        layers = self.naming.layers
        if layers is None or o.where < 0 or o.head.arguments is not None:
            return False
        right = self.statements[o.where].right
        letter = layers.letter.name
        bound = any(t.text in (r"\sum", r"\prod") for t in right)
        return not bound and any(x.replace("\\", "") == letter for x in _script_letters(right))

    def _name(self, tags: Words, pattern: SlotPattern | None, formals: Formals | None, *, must: bool) -> str:
        mark = "" if pattern is None else f"{pattern.script}l"
        given = "" if formals is None else f"({','.join(joined(f) for f in formals)})"
        font = "" if self.font is None else " " + self.font
        return f"${' '.join(self.words)}{''.join(tags)}{mark}{'_.' if must else ''}{given}{font}$"


def _texts(pieces: Sequence[Sequence[Token]]) -> Words:
    return tuple(joined(p) for p in pieces)


def _formals(head: Head) -> Formals | None:
    return None if head.arguments is None else tuple(tuple(part) for part in head.arguments)


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
