"""Types before unknown names (rule 10): an equation that is ill-typed whatever an unknown symbol is, is wrong.

The unknown symbol is read as an array of any two sizes (a column and a row are such) and as a number, alone and as one
name with the symbol before or behind it, which may be meant (``\\Delta W``).  Only if none of these goes together the
equation is wrong; where anything else is possible (a function, an operator, an index) nothing is said.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

from derive.algebra.tree import Sym
from derive.checking.reading import Misread, Written, read
from derive.model.model import Axis, Quantity
from derive.notation.cursor import Cursor
from derive.notation.failures import ReadFailure, ShapeMismatch, UnknownSymbol
from derive.notation.greek import GREEK
from derive.notation.members import read_scripts
from derive.notation.raw import unknown_size
from derive.notation.symbols import Symbol
from derive.notation.tokens import Token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from derive.notation.symbols import SymbolTable

MOST = 2
"""So many unknown symbols in one equation are gone through."""

FIRST_SIZE = 5000
"""Numbers of unknown sizes that nothing else uses."""


def ill_typed_anyway(
    w: Written, table: SymbolTable, failure: Misread, is_wrong: Callable[[Misread], bool], depth: int = 0
) -> Misread | None:
    """How an equation with an unknown symbol fails whatever that is; None where it may be well-typed.

    ``is_wrong``: whether a failure makes an equation wrong.
    """
    spans = list(_spans(w, failure.failure)) if isinstance(failure.failure, UnknownSymbol) else []
    if not spans or depth >= MOST:
        return None
    found: Misread | None = None
    for at, start, end in spans:
        for axes in (2, 0):
            own, name = _with(table, axes, depth)
            changed = _replaced(w, at, start, end, name)
            try:
                read(changed, own)
            except Misread as other:
                deeper = ill_typed_anyway(changed, own, other, is_wrong, depth + 1)
                told = other if isinstance(other.failure, ShapeMismatch) and is_wrong(other) else deeper
                if told is None:
                    return None
                found = found or told
            except (ReadFailure, ValueError):
                return None
            else:
                return None
    return found


def _spans(w: Written, failure: ReadFailure) -> Iterator[tuple[int, int, int]]:
    """The unknown symbol with its scripts (member, start, end), and with the symbol on either side; nothing where it
    may be more than that.
    """
    for at, member in enumerate(w.members):
        for n, token in enumerate(member):
            if token.place == failure.place and _is_letter(token):
                end = _behind(member, n)
                if end is None or (end < len(member) and member[end].text in ("(", "[", r"\left")):
                    return
                yield at, n, end
                if end < len(member) and member[end].kind == "symbol" and (more := _behind(member, end)):
                    yield at, n, more
                before = _before(member, n)
                if before is not None:
                    yield at, before, end
                return


def _is_letter(token: Token) -> bool:
    plain = token.text.isalpha() or token.text.removeprefix("\\") in GREEK
    return token.kind == "symbol" and plain and token.word != "d"


def _behind(member: Sequence[Token], n: int) -> int | None:
    cursor = Cursor(member, member[-1].place)
    cursor.i = n + 1
    try:
        read_scripts(cursor)
    except ReadFailure:
        return None
    return cursor.i


def _before(member: Sequence[Token], n: int) -> int | None:
    """Where the symbol starts that stands just before, with its scripts."""
    for start in range(n - 1, -1, -1):
        if member[start].kind == "symbol" and _behind(member, start) == n:
            return start
    return None


def _with(table: SymbolTable, axes: int, depth: int) -> tuple[SymbolTable, str]:
    """The table with a quantity of unknown sizes in place of the unknown symbol."""
    word = f"?unknown{depth}"
    sizes = count(FIRST_SIZE + 10 * depth)
    own = tuple(Axis("unit", Sym(x), unknown_size(next(sizes))) for x in ("k", "j")[:axes])
    row = Symbol((word,), f"${word}$", axes=axes)
    quantities = {**table.quantities, row.name: Quantity(row.name, "parameter", "", axes=own)}
    return replace(table, symbols=(*table.symbols, row), quantities=quantities), word


def _replaced(w: Written, at: int, start: int, end: int, word: str) -> Written:
    member = list(w.members[at])
    made = [*member[:start], Token("symbol", word, member[start].place), *member[end:]]
    return replace(w, members=(*w.members[:at], made, *w.members[at + 1 :]))
