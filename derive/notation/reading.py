"""Reading: text and a symbol table to typed trees, one expression or all equations of a display."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from derive.algebra.tree import Expr, Sym
from derive.notation.commands import RELATIONS
from derive.notation.cursor import cut
from derive.notation.display import DOTS, Piece, of_index, pieces, relations
from derive.notation.failures import ReadFailure, SyntaxFailure
from derive.notation.lexing import Macro, Source
from derive.notation.limits import letter_sizes
from derive.notation.parser import Parser
from derive.notation.raw import strip
from derive.notation.tokens import Token, tokens
from derive.notation.typing import Typing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from derive.errors import Place
    from derive.notation.shapes import Shape
    from derive.notation.symbols import SymbolTable


@dataclass(frozen=True)
class Range:
    r"""``l = L-1, \dots, 1``: the first and the last value of a letter, in the order written."""

    letter: Sym
    first: Expr
    last: Expr


@dataclass(frozen=True)
class Condition:
    """A relation that limits an equation: members and the relations between them."""

    members: tuple[Expr, ...]
    relations: tuple[str, ...]


@dataclass(frozen=True)
class Equation:
    """``members[0] relations[0] members[1] ...``, all of one shape.

    A relation is ``=``, ``:=``, ``<-``, ``->``, ``<=``, ``<``, ``>=``, ``>``, ``!=``, ``~`` or ``propto``.
    ``places[i]`` is where member i starts; ``letters`` are the free entry letters with their sizes; ``lead`` is the
    text before the equation ("where").
    """

    members: tuple[Expr, ...]
    relations: tuple[str, ...]
    shape: Shape
    places: tuple[Place, ...]
    letters: Mapping[Sym, Expr] = field(default_factory=dict)
    conditions: tuple[Range | Condition, ...] = ()
    lead: str = ""


def read_expression(text: str, table: SymbolTable, macros: Mapping[str, Macro] | None = None) -> Expr:
    """One expression, typed.

    Raises:
        ReadFailure: it is no expression of the table.
    """
    source = Source(text)
    found = tokens(source, macros)
    raw = _parser(found, source.place(len(text)), table).whole(found)
    typing = Typing(table)
    typing.place = source.place(0)
    made, _ = typing.typed(raw)
    return typing.settled(made)


def read_display(
    source: Source, table: SymbolTable, macros: Mapping[str, Macro] | None = None
) -> list[Equation | ReadFailure]:
    """The equations of a display in order; one that cannot be read is its failure."""
    try:
        found = pieces(tokens(source, macros))
    except ReadFailure as failure:
        return [failure]
    out: list[Equation | ReadFailure] = []
    for piece, extra in with_conditions(found):
        try:
            out.append(_equation(piece, extra, table))
        except ReadFailure as failure:
            out.append(failure)
    return out


def read_equation(text: str, table: SymbolTable, macros: Mapping[str, Macro] | None = None) -> Equation:
    """The only equation of a text.

    Raises:
        ReadFailure: it cannot be read, or there is not exactly one.
    """
    found = read_display(Source(text), table, macros)
    for row in found:
        if isinstance(row, ReadFailure):
            raise row
    if len(found) != 1 or not isinstance(found[0], Equation):
        raise SyntaxFailure(Source(text).place(0), "one equation", f"{len(found)} equations")
    return found[0]


def with_conditions(found: list[Piece]) -> list[tuple[Piece, list[Piece]]]:
    """Each equation with the conditions behind it; conditions before the first equation belong to it."""
    out: list[tuple[Piece, list[Piece]]] = []
    waiting: list[Piece] = []
    for piece in found:
        if piece.kind == "equation":
            out.append((piece, waiting))
            waiting = []
        elif out:
            out[-1][1].append(piece)
        else:
            waiting.append(piece)
    return out or [(p, []) for p in waiting[:1]]


def _parser(found: Sequence[Token], end: Place, table: SymbolTable) -> Parser:
    return Parser(found, end, table)


def _equation(piece: Piece, extra: list[Piece], table: SymbolTable) -> Equation:
    members, signs = split_chain(piece.parts[0])
    typing = Typing(table)
    typed = []
    for part in members:
        parser = _parser(part, part[-1].place, table)
        typing.place = part[0].place
        typed.append(typing.typed(parser.whole(part)))
    shape = typing.sides(typed)
    conditions = tuple(condition(p, table) for p in extra)
    places = tuple(m[0].place for m in members)
    settled = tuple(typing.settled(e) for e, _ in typed)
    letters = letter_sizes(typing, settled)
    return Equation(settled, tuple(signs), shape, places, letters, conditions, piece.lead)


def split_chain(part: Sequence[Token]) -> tuple[list[Sequence[Token]], list[str]]:
    """The members of a chain and the relations between them.

    Raises:
        SyntaxFailure: no relation, or nothing on a side of one.
    """
    at = relations(part)
    if not at:
        raise SyntaxFailure(part[0].place, "a relation such as =", part[0].word)
    ends = [-1, *at, len(part)]
    members = [part[ends[n] + 1 : ends[n + 1]] for n in range(len(ends) - 1)]
    for n, member in enumerate(members):
        if not member:
            raise SyntaxFailure(part[min(at[min(n, len(at) - 1)], len(part) - 1)].place, "a formula on both sides", "")
    return members, [RELATIONS[part[j].text] for j in at]


def condition(piece: Piece, table: SymbolTable) -> Range | Condition:
    """``l = 1, \\dots, L-1`` or ``j \\ne 0``."""
    first = piece.parts[0]
    values = [v for part in piece.parts for v in cut(part, DOTS) if v]
    members, signs = split_chain(values[0])
    if len(values) > 1:
        letter = _index(members[0], table)
        if not isinstance(letter, Sym):
            raise SyntaxFailure(first[0].place, "a letter before the range", first[0].word)
        return Range(letter, _index(members[-1], table), _index(values[-1], table))
    return Condition(tuple(_side(m, table) for m in members), tuple(signs))


def _side(part: Sequence[Token], table: SymbolTable) -> Expr:
    """A side of a condition: an index or any formula."""
    parser = _parser(part, part[-1].place, table)
    return parser.index(part) if all(of_index(t) for t in part) else strip(parser.whole(part))


def _index(part: Sequence[Token], table: SymbolTable) -> Expr:
    return _parser(part, part[-1].place, table).index(part)
