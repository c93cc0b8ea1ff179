"""The one expression tree of the house.

Index form (``w[l, k, j]``, sums, Kronecker deltas), array form (``W^l a^{l-1}``, transposes, elementwise products) and
an author's own text are all trees of these nodes.  A node is plain immutable data: nothing evaluates, reorders or
cancels on construction, so a step of a derivation can say exactly what stood there before and after, and a student's
page keeps the order in which it was written.  Rewriting lives in the modules beside this one.

Shapes of array-form nodes: a family of numbers with one unit axis is a column ``(n, 1)``, with two axes a matrix.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar, dataclass_transform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


T = TypeVar("T")


class Expr:
    """A node.  Equality is structural: ``a + b`` and ``b + a`` differ (see ``normal.same`` for equality as numbers)."""

    @property
    def children(self) -> tuple[Expr, ...]:
        """The child expressions in reading order."""
        return ()

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        """The same node over other children, given in the order of ``children``."""
        assert not children
        return self

    @cached_property
    def _hash(self) -> int:
        own = tuple(getattr(self, f.name) for f in fields(self))  # type: ignore[arg-type]
        return hash((type(self).__name__, own))

    @cached_property
    def symbols(self) -> frozenset[Sym]:
        """Every symbol that occurs free (a letter bound by a sum is not free outside it)."""
        return frozenset().union(*(c.symbols for c in self.children))

    def walk(self) -> Iterator[Expr]:
        """This node and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()

    def map(self, change: Callable[[Expr], Expr]) -> Expr:
        """The node with ``change`` applied to each child (not recursive); itself when nothing changed."""
        old = self.children
        new = tuple(change(c) for c in old)
        return self if all(a is b for a, b in zip(old, new, strict=True)) else self.rebuild(new)


@dataclass_transform(frozen_default=True)
def node(cls: type[T]) -> type[T]:
    """Class decorator: frozen data with a hash that is computed once."""
    made = dataclass(frozen=True, repr=True)(cls)
    made.__hash__ = lambda self: self._hash  # type: ignore[method-assign, attr-defined]
    return made


# ---------------------------------------------------------------- leaves


@node
class Num(Expr):
    """An exact rational number."""

    value: Fraction


@node
class Sym(Expr):
    """A letter: an index (``l``, ``k``), a size (``L``, ``N``) or the formal variable of a formula (``z``)."""

    name: str

    @cached_property
    def symbols(self) -> frozenset[Sym]:
        return frozenset((self,))


COLON = Sym(":")
"""Stands in ``Ref.entries`` for "all of this axis": ``M[i, :]`` is a row."""


@node
class Ref(Expr):
    """A member of a quantity: ``w^l_{kj}`` is ``Ref('w', (l,), (k, j))``; the matrix ``W^l`` ``Ref('w', (l,), None)``.

    ``slots`` are layer positions, ``entries`` unit and sample positions in the order of the quantity's axes (``None``:
    the whole array), ``time`` the iteration (``None``: the current one).  A quantity without axes is ``Ref('J')``, and
    widths are a quantity too: ``n_l`` is ``Ref('n', (l,))``.
    """

    name: str
    slots: tuple[Expr, ...] = ()
    entries: tuple[Expr, ...] | None = ()
    time: Expr | None = None

    @property
    def children(self) -> tuple[Expr, ...]:
        return (*self.slots, *(self.entries or ()), *((self.time,) if self.time is not None else ()))

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        cut = len(self.slots)
        end = cut + len(self.entries or ())
        entries = None if self.entries is None else children[cut:end]
        return Ref(self.name, children[:cut], entries, children[end] if self.time is not None else None)


# ---------------------------------------------------------------- arithmetic


@node
class Add(Expr):
    """A sum of two or more terms; a term ``-x`` is ``Mul((Num(-1), x))``."""

    terms: tuple[Expr, ...]

    @property
    def children(self) -> tuple[Expr, ...]:
        return self.terms

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Add(children)


@node
class Mul(Expr):
    """A product of numbers, or of numbers and one array; the order is kept for printing."""

    factors: tuple[Expr, ...]

    @property
    def children(self) -> tuple[Expr, ...]:
        return self.factors

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Mul(children)


@node
class Div(Expr):
    """A fraction (of arrays: entry by entry, as an author may write ``Y / A``)."""

    numerator: Expr
    denominator: Expr

    @property
    def children(self) -> tuple[Expr, ...]:
        return (self.numerator, self.denominator)

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Div(*children)


@node
class Pow(Expr):
    """A power."""

    base: Expr
    exponent: Expr

    @property
    def children(self) -> tuple[Expr, ...]:
        return (self.base, self.exponent)

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Pow(*children)


class Binder(Expr):
    """A node that binds a letter over ``low..high``."""

    body: Expr
    index: Sym
    low: Expr
    high: Expr

    @property
    def children(self) -> tuple[Expr, ...]:
        return (self.body, self.low, self.high)

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return type(self)(children[0], self.index, children[1], children[2])  # type: ignore[call-arg]

    @cached_property
    def symbols(self) -> frozenset[Sym]:
        return (self.body.symbols - {self.index}) | self.low.symbols | self.high.symbols


@node
class Sum(Binder):
    """``sum of body for index = low..high`` (empty when high < low)."""

    body: Expr
    index: Sym
    low: Expr
    high: Expr


@node
class Prod(Binder):
    """``product of body for index = low..high`` (one when high < low)."""

    body: Expr
    index: Sym
    low: Expr
    high: Expr


@node
class Waypoint(Expr):
    """``p_q``: the unit at which a path passes layer ``layer``; the letter ``p`` is bound by ``Paths``."""

    letter: Sym
    layer: Expr

    @property
    def children(self) -> tuple[Expr, ...]:
        return (self.layer,)

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Waypoint(self.letter, *children)

    @cached_property
    def symbols(self) -> frozenset[Sym]:
        return self.layer.symbols | {self.letter}


@node
class Paths(Expr):
    """The sum of ``body`` over all paths through the layers ``low..high``: ``p_low``, ..., ``p_high`` each run over the
    units of their layer, ``p_q = 1..width`` with ``width`` in the letter ``index`` of the layer (``n_q``).
    """

    body: Expr
    letter: Sym
    low: Expr
    high: Expr
    index: Sym
    width: Expr

    @property
    def children(self) -> tuple[Expr, ...]:
        return (self.body, self.low, self.high)

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Paths(children[0], self.letter, children[1], children[2], self.index, self.width)

    @cached_property
    def symbols(self) -> frozenset[Sym]:
        own = {self.letter}
        return (self.body.symbols - own) | self.low.symbols | self.high.symbols | (self.width.symbols - {self.index})


@node
class Kron(Expr):
    """The Kronecker delta ``[left = right]``."""

    left: Expr
    right: Expr

    @property
    def children(self) -> tuple[Expr, ...]:
        return (self.left, self.right)

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Kron(*children)


@node
class Compare(Expr):
    """``[left op right]``: 1 where the relation holds, else 0.  ``op`` is one of ``< <= > >= == !=``."""

    op: str
    left: Expr
    right: Expr

    @property
    def children(self) -> tuple[Expr, ...]:
        return (self.left, self.right)

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Compare(self.op, *children)


@node
class Cases(Expr):
    """``values[i]`` where ``conditions[i]`` is the first that holds, else ``otherwise``."""

    values: tuple[Expr, ...]
    conditions: tuple[Expr, ...]
    otherwise: Expr

    @property
    def children(self) -> tuple[Expr, ...]:
        return (*self.values, *self.conditions, self.otherwise)

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        n = len(self.values)
        return Cases(children[:n], children[n : 2 * n], children[2 * n])


# ---------------------------------------------------------------- functions and derivatives


@node
class Fn(Expr):
    """A function applied: ``f_l'(z)`` is ``Fn('f', (z,), (l,), order=1)``.

    Built in (``slots == ()``): exp, log, tanh, sqrt, abs, max, min, sin, cos, sinh, cosh, erf of numbers (entry by
    entry on arrays); ``pi`` without argument; ``sqnorm`` (sum of the squares of all entries), ``total`` (sum of all
    entries), ``trace`` and ``softmax`` (of a column, or of each column/row of a batch) of arrays.  Every other name is
    looked up in the functions of the model: unknown functions and the activations' formulas.
    """

    name: str
    args: tuple[Expr, ...]
    slots: tuple[Expr, ...] = ()
    order: int = 0

    @property
    def children(self) -> tuple[Expr, ...]:
        return (*self.args, *self.slots)

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        n = len(self.args)
        return Fn(self.name, children[:n], children[n:], self.order)


@node
class Partial(Expr):
    """``d of / d wrt`` by definition: suspend wrt's own definition, move it, re-evaluate what leads from it to ``of``.

    Entry by entry when both are numbers.  With whole arrays: the derivative of a number by an array has the shape of
    the array (denominator layout), of an array by an array is the Jacobian ``[of_i by wrt_j]``.
    """

    of: Expr
    wrt: Expr

    @property
    def children(self) -> tuple[Expr, ...]:
        return (self.of, self.wrt)

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Partial(*children)


# ---------------------------------------------------------------- arrays


@node
class Elem(Expr):
    """An entry of an array expression: ``[(W^T d)]_k`` is ``Elem(MatMul(...), (k,))``."""

    array: Expr
    entries: tuple[Expr, ...]

    @property
    def children(self) -> tuple[Expr, ...]:
        return (self.array, *self.entries)

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Elem(children[0], children[1:])


@node
class MatMul(Expr):
    """A matrix product, left to right."""

    factors: tuple[Expr, ...]

    @property
    def children(self) -> tuple[Expr, ...]:
        return self.factors

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return MatMul(children)


@node
class Hadamard(Expr):
    """An elementwise product of arrays of one shape."""

    factors: tuple[Expr, ...]

    @property
    def children(self) -> tuple[Expr, ...]:
        return self.factors

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Hadamard(children)


@node
class Transpose(Expr):
    """The transpose of an array."""

    arg: Expr

    @property
    def children(self) -> tuple[Expr, ...]:
        return (self.arg,)

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Transpose(*children)


@node
class Diag(Expr):
    """The diagonal matrix of a column."""

    arg: Expr

    @property
    def children(self) -> tuple[Expr, ...]:
        return (self.arg,)

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Diag(*children)


@node
class Ones(Expr):
    """A column of ``size`` ones."""

    size: Expr

    @property
    def children(self) -> tuple[Expr, ...]:
        return (self.size,)

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Ones(*children)


@node
class MatProd(Binder):
    """The matrix product of ``body`` for index = low..high, the factor of the lowest index leftmost."""

    body: Expr
    index: Sym
    low: Expr
    high: Expr


# ---------------------------------------------------------------- constructors that tidy a little


ZERO, ONE, MINUS_ONE = Num(Fraction(0)), Num(Fraction(1)), Num(Fraction(-1))


def num(value: int | Fraction | str) -> Num:
    """A number node from an integer, a fraction or decimal text."""
    return Num(Fraction(value))


def add(*terms: Expr) -> Expr:
    """A sum: nested sums are flattened, zeros dropped, plain numbers merged into the place of the first."""
    flat: list[Expr] = []
    for term in terms:
        flat.extend(term.terms if isinstance(term, Add) else (term,))
    numbers = [i for i, t in enumerate(flat) if isinstance(t, Num)]
    kept: list[Expr] = [t for t in flat if not isinstance(t, Num)]
    total = sum((t.value for t in flat if isinstance(t, Num)), Fraction(0))
    if total:
        kept.insert(numbers[0], Num(total))
    return Add(tuple(kept)) if len(kept) > 1 else kept[0] if kept else ZERO


def mul(*factors: Expr) -> Expr:
    """A product: nested products flattened, plain numbers merged in front, a zero wins; order kept otherwise."""
    flat: list[Expr] = []
    for factor in factors:
        flat.extend(factor.factors if isinstance(factor, Mul) else (factor,))
    scale = Fraction(1)
    for f in flat:
        if isinstance(f, Num):
            scale *= f.value
    kept: list[Expr] = [f for f in flat if not isinstance(f, Num)]
    if not scale:
        return ZERO
    if scale != 1 or not kept:
        kept.insert(0, Num(scale))
    return Mul(tuple(kept)) if len(kept) > 1 else kept[0]


def neg(x: Expr) -> Expr:
    """``-x``."""
    return mul(MINUS_ONE, x)


def sub(x: Expr, y: Expr) -> Expr:
    """``x - y``."""
    return add(x, neg(y))
