"""The iteration in parentheses behind a symbol: ``W^m(k+1)``, ``a^m(k)``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.layers import is_position
from derive.algebra.tree import Ref
from derive.notation.failures import ReadFailure, SyntaxFailure
from derive.notation.indices import index

if TYPE_CHECKING:
    from derive.algebra.tree import Expr, Sym
    from derive.notation.members import Fit
    from derive.notation.parser import Parser


def with_time(parser: Parser, fit: Fit) -> Expr:
    """``W^m(k+1)``: parentheses that hold the iteration; ``a^m(k)``, at the current one, is ``a^m``.

    Raises:
        ReadFailure: the value at another iteration of what has no update of its own.
    """
    made, time = fit.expr, parser.table.time
    assert made is not None
    iterates = fit.symbol.timed or (parser.table.iterates and time is not None and not _is_known(parser, time))
    if time is None or not iterates or parser.text != "(" or not isinstance(made, Ref):
        return made
    start, place = parser.i, parser.place
    inner = parser.bracketed()
    plain = all(t.kind == "digit" or t.text in "+-" or parser.table.letter(t.word) == time for t in inner)
    if not plain or not any(t.kind == "symbol" for t in inner):
        parser.i = start
        return made
    if fit.symbol.timed:
        at = index(parser.sub(inner))
        if not is_position(at):
            raise SyntaxFailure(place, f"an iteration such as {time.name}+1", "".join(t.word for t in inner))
        return Ref(made.name, made.slots, made.entries, at)
    if len(inner) > 1:
        what = f"{fit.symbol.words[0]} at another iteration: only what has an update in the setting is known there"
        raise ReadFailure(what, remedy="write out what it is", place=place)
    return made


def _is_known(parser: Parser, letter: Sym) -> bool:
    """Whether a letter is a quantity of the setting, which could be multiplied."""
    return any(parser.table.letter(row.words[0]) == letter for row in parser.table.symbols if len(row.words) == 1)
