"""Numbers: sums, products, fractions, powers, relations, functions and derivatives; constructors that tidy a little."""

from __future__ import annotations

from fractions import Fraction

from derive.algebra.tree.node import Expr, Num, node


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
