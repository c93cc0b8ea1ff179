"""The series that both sides of dots show: a block of factors that comes back with every layer (index) further on."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from derive.algebra.layers import is_position, join, shift, split
from derive.algebra.substitute import fresh, put
from derive.algebra.tree import Expr, Fn, Ref, Sym
from derive.notation.raw import is_unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from derive.notation.symbols import SymbolTable

Pair = tuple[Expr, Expr]
NUMBERS, LETTERS, ENDS, SIZES = range(4)
"""The kinds of positions, from the lowest to the highest."""


@dataclass(frozen=True)
class Series:
    """A block of factors that comes back, in the letter ``letter``: it ends before the dots at ``first``; behind them
    its factor ``offset`` stands at ``then``.  ``step``: 1 where the letter rises."""

    block: tuple[Expr, ...]
    letter: Sym
    first: Expr
    then: Expr
    step: int
    offset: int

    @property
    def in_layers(self) -> bool:
        """Whether the letter numbers layers, not entries."""
        members = (n for f in self.block for n in f.walk() if isinstance(n, Ref | Fn))
        return any(self.letter in s.symbols for n in members for s in n.slots)

    def at(self, n: int, start: Expr) -> Expr:
        """The n-th factor counted from the beginning of the block at ``start``."""
        further, place = divmod(n, len(self.block))
        return put(self.block[place], {self.letter: moved(start, self.step * further)})


def moved(position: Expr, by: int) -> Expr:
    """The position so much further on; a size stays one only where it does not move.

    Raises:
        _Unlike: it cannot move.
    """
    if by and not is_position(position):
        raise _Unlike
    return shift(position, by) if by else position


class _Unlike(Exception):
    """Two trees that are not the same but for positions."""


def series(before: Sequence[Expr], after: Sequence[Expr], table: SymbolTable, most: int = 99) -> Series | None:
    """The series with the shortest block that both sides show; None where there is none, or more than one."""
    last = _last(table)
    for size in range(1, min(len(before), most) + 1):
        found = [s for offset in range(size) for s in _fitting(before, after, size, offset, table)]
        found = [s for s in found if _ordered(s, last) and _shown(s, before, after)]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def _last(table: SymbolTable) -> frozenset[Sym]:
    """The letters of the last layer."""
    ranges = (r for q in table.quantities.values() if q.layers is not None for r in q.layers.ranges)
    return frozenset(letter for r in ranges if (letter := split(r.high)[0]) is not None)


def _fitting(
    before: Sequence[Expr], after: Sequence[Expr], size: int, offset: int, table: SymbolTable
) -> Iterator[Series]:
    """The series whose block is the last of ``before`` and goes on behind the dots with its factor ``offset``."""
    block = before[len(before) - size :]
    rows = [_pairs(one, other, table) for one, other in zip(block[offset:], after, strict=False)]
    alike = list(takewhile(lambda row: row is not None, rows))
    pairs = [p for row in alike for p in row or ()]
    try:
        if pairs:
            first, then = pairs[0]
            letter = fresh(frozenset().union(*(f.symbols for f in (*before, *after))), "j", "k", "m")
            by = {p: _offset(p, pairs[0]) for p in pairs}
            general = tuple(
                _merged(f, after[n - offset], by, letter) if 0 <= n - offset < len(alike) else _along(f, first, letter)
                for n, f in enumerate(block)
            )
            for step in (1, -1):
                yield Series(general, letter, first, then, step, offset)
    except _Unlike:
        return


def _pairs(one: Expr, other: Expr, table: SymbolTable) -> list[Pair] | None:
    """The positions in which two trees differ; None where they differ in something else."""
    if one == other:
        return []
    if all(_is_place(e, table) for e in (one, other)):
        return [(one, other)]
    alike = type(one) is type(other) and len(one.children) == len(other.children)
    if not alike or one.rebuild(other.children) != other:
        return None
    found = [_pairs(x, y, table) for x, y in zip(one.children, other.children, strict=True)]
    return None if None in found else [p for row in found for p in row or ()]


def _is_place(e: Expr, table: SymbolTable) -> bool:
    """A layer, an index, or a size as the last of the indices."""
    if isinstance(e, Ref):
        quantity = table.quantities.get(e.name)
        return quantity is not None and quantity.role == "size"
    return is_position(e) and not is_unknown(e)


def _offset(pair: Pair, base: Pair) -> int:
    """How far a pair of positions is from the first one.

    Raises:
        _Unlike: not as far on both sides of the dots.
    """
    if pair == base:
        return 0
    if not all(is_position(e) for e in (*pair, *base)):
        raise _Unlike
    (one, c), (other, d) = (split(e) for e in pair)
    (x, a), (y, b) = (split(e) for e in base)
    if (one, other) != (x, y) or c - a != d - b:
        raise _Unlike
    return c - a


def _merged(one: Expr, other: Expr, by: Mapping[Pair, int], letter: Sym) -> Expr:
    """The factor with the letter of the series where the two sides differ."""
    if one == other:
        return one
    if (one, other) in by:
        return join(letter, by[one, other])
    return one.rebuild(tuple(_merged(x, y, by, letter) for x, y in zip(one.children, other.children, strict=True)))


def _along(e: Expr, first: Expr, letter: Sym) -> Expr:
    """A factor that only one side of the dots shows: its layers go along with the first position.

    Raises:
        _Unlike: the first position is no letter, and so says nothing of others.
    """
    base = split(first)[0] if is_position(first) else None
    if base is None:
        raise _Unlike
    slots = [s for n in e.walk() if isinstance(n, Ref | Fn) for s in n.slots if split(s)[0] == base]
    if e.symbols & {base} and not slots:
        raise _Unlike
    return put(e, {base: shift(letter, -split(first)[1])})


def _ordered(s: Series, last: frozenset[Sym]) -> bool:
    """Whether the series runs from the first position to the other one in its own direction."""
    (one, at), (other, to) = (_rank(p, last) for p in (s.first, s.then))
    if one == other and one != (NUMBERS, "") and (one[0] == SIZES or at == to):
        return False
    if one[0] == other[0] == LETTERS and one != other:
        return False
    return ((one, at) < (other, to)) is (s.step > 0) and (one, at) != (other, to)


def _rank(position: Expr, last: frozenset[Sym]) -> tuple[tuple[int, str], int]:
    """The kind of a position, with its letter, and its offset: numbers before letters before the last layer, sizes."""
    if not is_position(position):
        return (SIZES, ""), 0
    letter, offset = split(position)
    if letter is None:
        return (NUMBERS, ""), offset
    return (ENDS if letter in last else LETTERS, letter.name), offset


def _shown(s: Series, before: Sequence[Expr], after: Sequence[Expr]) -> bool:
    """Whether the displayed factors leave no other choice.

    More than one block of them follows the series on one side; or all do, but for what does not lie in its layers.
    """
    size = len(s.block)
    back = _count(before[::-1], lambda n: s.at(size - 1 - n, s.first))
    on = _count(after, lambda n: s.at(s.offset + n, s.then))
    if back < size or not on:
        return False
    rest = (*before[: len(before) - back], *after[on:])
    return max(back, on) > size or not any(_lies_along(f, s) for f in rest)


def _count(factors: Sequence[Expr], wanted: Callable[[int], Expr]) -> int:
    """How many factors are those of the series."""

    def fits(row: tuple[int, Expr]) -> bool:
        try:
            return wanted(row[0]) == row[1]
        except _Unlike:
            return False

    return len(list(takewhile(fits, enumerate(factors))))


def _lies_along(e: Expr, s: Series) -> bool:
    """Whether a factor beside the series has a position of the kind that moves in it."""
    moving = {split(p)[0] if is_position(p) else p for p in (s.first, s.then)}
    places = [c for n in e.walk() if isinstance(n, Ref | Fn) for c in (*n.slots, *(getattr(n, "entries", ()) or ()))]
    return any((split(p)[0] if is_position(p) else p) in moving for p in places)
