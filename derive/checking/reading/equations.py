"""The equations of a display in one reading of the conventions: members, shapes, letters with their ends."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from derive.algebra.layers import shift
from derive.algebra.tree import ONE, Binder, Elem, Expr, Ref, Sym
from derive.checking.reading.examples import with_examples
from derive.notation.display import Piece, pieces
from derive.notation.failures import ReadFailure, ShapeMismatch
from derive.notation.parser import Parser
from derive.notation.raw import Chain, Elided
from derive.notation.reading import Condition, Range, condition, split_chain, with_conditions
from derive.notation.shapes import Shape, said, sizes
from derive.notation.tokens import tokens
from derive.notation.typing import Typing, shape_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from derive.checking.reading.unit_pages import Page
    from derive.errors import Place
    from derive.notation.lexing import Macro, Source
    from derive.notation.symbols import SymbolTable
    from derive.notation.tokens import Token

OPENED = re.compile(r"(?:\\(?:math[a-z]+|boldsymbol|bm|text[a-z]*|operatorname|hat|bar|tilde|vec|dot)\*?\s*\{?\s*)*$")
"""The font of the first symbol, which stands before it."""

MOST_CHARACTERS, MOST_TOKENS, DEEPEST = 50_000, 4000, 60
TAIL = re.compile(
    r"(?:\\\\(?:\[[^\]]*\])?|&|,|\\q?quad|\\(?:tag|label|intertext|shortintertext)\*?\{(?:[^{}]|\{[^{}]*\})*\}"
    r"|\\(?:end|begin)\{[A-Za-z]+\*?\}|\\nonumber|\\notag)$"
)
"""What may stand behind an equation in its display."""


@dataclass(frozen=True)
class Written:
    """One equation as tokens: members, the relations between them, conditions, text before it; the source itself."""

    members: tuple[Sequence[Token], ...]
    relations: tuple[str, ...]
    conditions: tuple[Piece, ...]
    lead: str
    latex: str = ""

    @property
    def tokens(self) -> list[Token]:
        return [t for member in self.members for t in member]

    @property
    def line(self) -> int:
        return self.members[0][0].place.line


@dataclass(frozen=True)
class Reading:
    """An equation understood: trees with places dropped, the shape of its sides, free entry letters and their ends."""

    members: tuple[Expr, ...]
    relations: tuple[str, ...]
    shapes: tuple[Shape, ...]
    letters: Mapping[Sym, Expr]
    conditions: tuple[Range | Condition, ...]


class Misread(Exception):
    """An equation that cannot be read.

    ``step``: the relation of the chain at which it fails, counted from 1; ``at``: the members that fail.
    """

    def __init__(self, failure: ReadFailure, step: int, at: Sequence[int]) -> None:
        super().__init__(str(failure))
        self.failure, self.step, self.at = failure, step, at


class Undecided(Exception):
    """Why nothing can be said about an equation."""


def written(source: Source, macros: Mapping[str, Macro]) -> Iterator[Written | ReadFailure]:
    """The equations of a display; what cannot be cut into members is its failure."""
    try:
        if len(source.text) > MOST_CHARACTERS:
            what = f"a display of {len(source.text)} characters"
            raise ReadFailure(what, expected=f"at most {MOST_CHARACTERS}", place=source.place(0))
        found = tokens(source, macros)
        bounded(found, source)
        rows = with_conditions(pieces(found))
    except ReadFailure as failure:
        yield failure
        return
    except RecursionError:
        yield ReadFailure("a formula that is nested too deeply", place=source.place(0))
        return
    starts = [_offset(source, piece.parts[0][0].place) for piece, _ in rows]
    for n, (piece, extra) in enumerate(rows):
        try:
            members, signs = split_chain(piece.parts[0])
            end = starts[n + 1] if n + 1 < len(rows) else len(source.text)
            start = starts[n] - len(OPENED.search(source.text[: starts[n]]).group())  # type: ignore[union-attr]
            text = _tidied(source.text[start:end])
            yield Written(tuple(members), tuple(signs), tuple(extra), piece.lead, text)
        except ReadFailure as failure:
            yield failure


def _offset(source: Source, place: Place) -> int:
    """Where in the text of a display a place is."""
    row = place.line - source.line
    if row <= 0:
        return place.column - source.column
    start = 0
    for _ in range(row):
        start = source.text.index("\n", start) + 1
    return start + place.column - 1


def _tidied(text: str) -> str:
    """An equation without what follows it in its display: labels, ends of rows and environments."""
    before = None
    while text != before:
        before, text = text, TAIL.sub("", text.strip())
    return text


def bounded(found: Sequence[Token], source: Source) -> None:
    """Refuse what is too long or too deep to be an equation that somebody wrote.

    Raises:
        ReadFailure: it is.
    """
    if len(found) > MOST_TOKENS:
        raise ReadFailure(f"a display of {len(found)} tokens", expected=f"at most {MOST_TOKENS}", place=source.place(0))
    depth = 0
    for t in found:
        depth += (t.text in ("{", "(", "[") and t.kind != "text") - (t.text in ("}", ")", "]") and t.kind != "text")
        if depth > DEEPEST:
            raise ReadFailure("brackets nested too deeply", expected=f"at most {DEEPEST} levels", place=t.place)


def read(w: Written, table: SymbolTable) -> Reading:
    """The equation in one reading of the conventions.

    Raises:
        Misread: it cannot be read, or is ill-typed.
    """
    return _read(w, with_examples(_raw(w, table), table), table)


def read_by_units(w: Written, table: SymbolTable, page: Page) -> list[tuple[Mapping[str, str], Reading]]:
    """The equation for every choice of sets for its letters; all of them are claimed.

    Raises:
        Misread: it cannot be read, or is ill-typed.
    """
    found = page.readings(_raw(w, table))
    out: list[tuple[Mapping[str, str], Reading]] = []
    failures = []
    for sets, members in found:
        try:
            out.append((sets, _read(w, with_examples(members, table), table)))
        except Misread as failure:
            if not failure.failure.problem.startswith("the range of the letter"):
                raise
            failures.append(failure)  # the limit of a sum names another set of units
    if failures and not out:
        raise failures[0]
    return out


def _read(w: Written, raws: Sequence[Expr], table: SymbolTable) -> Reading:
    typing = Typing(table)
    plain = replace(table, elementwise_binds="weaker")
    typed = []
    for n, (part, raw) in enumerate(zip(w.members, raws, strict=True)):
        try:
            typing.place = part[0].place
            typing.table = table if any(t.text in table.elementwise for t in part) else plain
            typed.append(typing.typed(raw))
        except ReadFailure as failure:
            raise Misread(failure, max(n, 1), (n,)) from None
    for n in range(1, len(typed)):
        try:
            typing.place = w.members[n][0].place
            typing.sides([typed[n - 1], typed[n]])
        except ShapeMismatch as failure:
            raise Misread(failure, n, (n - 1, n)) from None
    return assembled(w, typing, [e for e, _ in typed], [s for _, s in typed], table, raws)


def _raw(w: Written, table: SymbolTable) -> list[Expr]:
    """The members as raw trees.

    Raises:
        Misread: one cannot be read.
    """
    out = []
    for n, part in enumerate(w.members):
        try:
            out.append(Parser(part, part[-1].place, table).whole(part))
        except ReadFailure as failure:
            raise Misread(failure, max(n, 1), (n,)) from None
    return out


def assembled(
    w: Written, typing: Typing, members: list[Expr], shapes: list[Shape], table: SymbolTable, raws: Sequence[Expr]
) -> Reading:
    """The reading of members that were typed together; ``raws``: as they were read.

    Raises:
        Misread: a size that nothing tells, or a letter in two positions of different size.
    """
    try:
        settled = tuple(typing.settled(e) for e in members)
        conditions = tuple(_typed(condition(p, table), table) for p in w.conditions)
    except ReadFailure as failure:
        raise Misread(failure, 1, ()) from None
    conditions += tuple(c for e in raws for c in _between_dots(e))
    letters: dict[Sym, Expr] = {}
    for n, member in enumerate(settled):
        try:
            _letters(member, frozenset(), table, letters)
        except ReadFailure as failure:
            raise Misread(failure, max(n, 1), ()) from None
    return Reading(settled, w.relations, tuple(typing.known(s) for s in shapes), letters, conditions)


def _between_dots(e: Expr) -> Iterator[Condition]:
    """What is displayed on both sides of dots stands in the order in which it is written, each layer once."""
    for n in e.walk():
        if isinstance(n, Elided) and any(n.index in s.symbols for m in n.body.walk() for s in getattr(m, "slots", ())):
            yield Condition((shift(n.low, -1), n.high), ("<=",))


def _typed(c: Range | Condition, table: SymbolTable) -> Range | Condition:
    """A condition on quantities as trees proper; one on indices is that already."""
    if isinstance(c, Range) or not any(isinstance(n, Ref) for m in c.members for n in m.walk()):
        return c
    typing = Typing(table)
    parts = [typing.typed(m) for m in c.members]
    typing.sides(parts)
    return Condition(tuple(typing.settled(e) for e, _ in parts), c.relations)


# ------------------------------------------------------------ free letters


def letter_ends(members: Sequence[Expr], table: SymbolTable) -> dict[Sym, Expr]:
    """The size of every free entry letter.

    Raises:
        ShapeMismatch: one letter in two positions of different size.
    """
    out: dict[Sym, Expr] = {}
    for member in members:
        _letters(member, frozenset(), table, out)
    return out


def _letters(e: Expr, bound: frozenset[Sym], table: SymbolTable, out: dict[Sym, Expr]) -> None:
    if isinstance(e, Ref) and e.entries:
        _entries(e.entries, sizes(table.quantities[e.name], e.slots), bound, out)
    elif isinstance(e, Elem):
        shape = _shape(e.array, table)
        _entries(e.entries, shape if len(e.entries) == 2 else [s for s in shape if s != ONE][:1], bound, out)
    inner = bound | {e.index} if isinstance(e, Binder) else bound
    for child in e.children:
        _letters(child, inner, table, out)


def _shape(e: Expr, table: SymbolTable) -> Shape:
    if isinstance(e, Chain):
        from derive.checking.reading.lowering import lowered

        e = lowered(e, table)
    return shape_of(e, table)


def _entries(entries: Sequence[Expr], ends: Sequence[Expr], bound: frozenset[Sym], out: dict[Sym, Expr]) -> None:
    for entry, end in zip(entries, ends, strict=False):
        if isinstance(entry, Sym) and entry not in bound and entry.name != ":":
            known = out.setdefault(entry, end)
            if known != end:
                what = f"the letter {entry.name} numbers two sizes"
                raise ShapeMismatch(None, what, (known,), (end,), f"{said((known,))} and {said((end,))}")
