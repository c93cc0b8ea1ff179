"""Expressions in arrays written out entry by entry: the form in which the engine derives.

Axes of size 1 (a row that is a matrix of one row) have no letter there: they are left out, and put back afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import singledispatchmethod
from itertools import count
from typing import TYPE_CHECKING

from derive.algebra.substitute import put
from derive.algebra.tree import (
    COLON,
    ONE,
    Add,
    Binder,
    Cases,
    Compare,
    Diag,
    Div,
    Elem,
    Expr,
    Fn,
    Hadamard,
    Kron,
    MatMul,
    Mul,
    Num,
    Ones,
    Partial,
    Pow,
    Ref,
    Sum,
    Sym,
    Transpose,
    mul,
)
from derive.notation.marks import EXAMPLE
from derive.notation.shapes import Shape
from derive.notation.typing import shape_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from derive.model.model import Quantity
    from derive.notation.symbols import SymbolTable

Place = tuple[Expr, ...]
"""Row and column of an entry; nothing for a number."""

WHOLE = frozenset({"unknown cost", "unknown map"})


class NoEntries(Exception):
    """An expression of which no single entry can be written."""


@dataclass
class Entrywise:
    """Writes single entries of the expressions of one setting."""

    table: SymbolTable
    numbers: Iterator[int] = field(default_factory=count)

    def fresh(self) -> Sym:
        """A letter that occurs nowhere else."""
        return Sym(f"e{next(self.numbers)}")

    def shape(self, e: Expr) -> Shape:
        return shape_of(e, self.table)

    def whole(self, e: Expr) -> tuple[Expr, list[tuple[Sym, Expr]]]:
        """The general entry of an expression, its letters with their sizes.

        Raises:
            NoEntries: it has none.
        """
        shape = self.shape(e)
        if len(shape) > 2:
            raise NoEntries(f"an array with {len(shape)} axes")
        place = tuple(ONE if size == ONE else self.fresh() for size in shape)
        letters = [(x, size) for x, size in zip(place, shape, strict=True) if isinstance(x, Sym)]
        return self.entry(e, place), letters

    def inner(self, e: Expr, place: Place) -> Expr:
        """The entry of a part: a number beside an array has no place."""
        shape = self.shape(e)
        if not shape:
            return self.entry(e, ())
        return self.entry(e, place or tuple(ONE for _ in shape))

    # ------------------------------------------------------------ rules

    @singledispatchmethod
    def entry(self, e: Expr, place: Place) -> Expr:
        """The entry at a row and a column.

        Raises:
            NoEntries: there is no way of writing it.
        """
        raise NoEntries(f"no entries of {type(e).__name__}")

    @entry.register(Num)
    @entry.register(Sym)
    def _leaf(self, e: Num | Sym, _place: Place) -> Expr:
        return e

    @entry.register
    def _ref(self, e: Ref, place: Place) -> Expr:
        quantity = self.table.quantities[e.name]
        if quantity.role == "size" or not quantity.axes:
            return Ref(e.name, e.slots, (), e.time)
        entries = e.entries
        if entries is None:
            entries = place[: len(quantity.axes)] if place else tuple(ONE for _ in quantity.axes)
        elif COLON in entries:
            whole = entries.count(COLON) > 1
            line = iter(place if whole else place[:1] if entries[0] == COLON else place[1:])
            entries = tuple(next(line) if x == COLON else x for x in entries)
        return Ref(e.name, e.slots, without_single(quantity, entries), e.time)

    @entry.register(Add)
    @entry.register(Mul)
    @entry.register(Div)
    @entry.register(Hadamard)
    @entry.register(Compare)
    @entry.register(Cases)
    def _alike(self, e: Expr, place: Place) -> Expr:
        made = tuple(self.inner(c, place) for c in e.children)
        return mul(*made) if isinstance(e, Mul | Hadamard) else e.rebuild(made)

    @entry.register
    def _pow(self, e: Pow, place: Place) -> Expr:
        return Pow(self.inner(e.base, place), self.inner(e.exponent, ()))

    @entry.register
    def _kron(self, e: Kron, _place: Place) -> Expr:
        return e

    @entry.register
    def _matmul(self, e: MatMul, place: Place) -> Expr:
        shapes = [self.shape(f) for f in e.factors]
        between = [ONE if s[1] == ONE else self.fresh() for s in shapes[:-1]]
        first, last = place or (ONE, ONE)
        ends = [first, *between, last]
        body: Expr = mul(*(self.entry(f, (ends[n], ends[n + 1])) for n, f in enumerate(e.factors)))
        for letter, shape in reversed(list(zip(between, shapes, strict=False))):
            if isinstance(letter, Sym):
                body = Sum(body, letter, ONE, shape[1])
        return body

    @entry.register
    def _transpose(self, e: Transpose, place: Place) -> Expr:
        return self.inner(e.arg, place[::-1])

    @entry.register
    def _diag(self, e: Diag, place: Place) -> Expr:
        row, column = place
        inside = self.entry(e.arg, (row, ONE))
        return inside if row == column else mul(Kron(row, column), inside)

    @entry.register
    def _ones(self, _e: Ones, _place: Place) -> Expr:
        return ONE

    @entry.register
    def _elem(self, e: Elem, _place: Place) -> Expr:
        shape = self.shape(e.array)
        place = e.entries
        if len(place) == 1 and len(shape) == 2:
            place = (place[0], ONE) if shape[1] == ONE else (ONE, place[0])
        return self.entry(e.array, place)

    @entry.register
    def _binder(self, e: Binder, place: Place) -> Expr:
        if not isinstance(e, Sum):
            raise NoEntries("a product over layers")
        letter = self.fresh() if e.index != EXAMPLE else e.index
        body = put(e.body, {e.index: letter})
        return Sum(self.inner(body, place), letter, e.low, e.high)

    @entry.register
    def _partial(self, e: Partial, place: Place) -> Expr:
        top, bottom = self.shape(e.of), self.shape(e.wrt)
        if not top or not bottom:
            return Partial(self.inner(e.of, place), self.inner(e.wrt, place))
        if len(place) != 2:
            raise NoEntries("a derivative of a matrix by a matrix")
        return Partial(self.entry(e.of, (place[0], ONE)), self.entry(e.wrt, (place[1], ONE)))

    # ------------------------------------------------------------ functions

    @entry.register
    def _fn(self, e: Fn, place: Place) -> Expr:
        known = self.table.functions.get(e.name)
        if known is not None and known.kind in WHOLE:
            if known.kind == "unknown map" or not all(isinstance(a, Ref) for a in e.args):
                raise NoEntries(f"{e.name} sees whole arrays")
            return e
        if e.name in ("sqnorm", "total", "trace"):
            return self._summed(e.name, e.args[0])
        if e.name == "softmax":
            return self._softmax(e.args[0], place)
        return Fn(e.name, tuple(self.inner(a, place) for a in e.args), e.slots, e.order)

    def _summed(self, name: str, array: Expr) -> Expr:
        """The sum of all entries, of their squares, of those on the diagonal."""
        shape = self.shape(array)
        if name == "trace":
            letter = self.fresh()
            return Sum(self.entry(array, (letter, letter)), letter, ONE, shape[0])
        inside, letters = self.whole(array)
        body: Expr = Pow(inside, Num(ONE.value * 2)) if name == "sqnorm" else inside
        for letter, size in reversed(letters):
            body = Sum(body, letter, ONE, size)
        return body

    def _softmax(self, array: Expr, place: Place) -> Expr:
        """``e^{z_k} / sum_p e^{z_p}``, over the axis that does not count examples."""
        shape = self.shape(array)
        axis = 1 if shape[0] in (ONE, self.table.samples) else 0
        letter = self.fresh()
        other = tuple(letter if n == axis else x for n, x in enumerate(place))
        below = Sum(Fn("exp", (self.entry(array, other),)), letter, ONE, shape[axis])
        return Div(Fn("exp", (self.entry(array, place),)), below)


def without_single(quantity: Quantity, entries: Sequence[Expr]) -> tuple[Expr, ...]:
    """Entries without those on axes of size 1."""
    return tuple(x for x, a in zip(entries, quantity.axes, strict=True) if a.high != ONE)


def with_single(e: Expr, table: SymbolTable) -> Expr:
    """Entries with a 1 again on every axis of size 1."""
    made = e.map(lambda child: with_single(child, table))
    if not isinstance(made, Ref) or made.entries is None or made.name not in table.quantities:
        return made
    axes = table.quantities[made.name].axes
    if len(made.entries) == len(axes):
        return made
    rest = iter(made.entries)
    return Ref(made.name, made.slots, tuple(ONE if a.high == ONE else next(rest) for a in axes), made.time)
