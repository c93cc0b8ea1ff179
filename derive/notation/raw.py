"""Nodes that exist only between reading and typing: what the text alone does not decide.

``typing`` replaces ``Product`` by ``Mul``, ``MatMul`` or ``Hadamard``, ``Power`` by ``Pow``, fills the unknown sizes in
and drops the places.  ``Chain`` stays: it is a product of partial derivatives in the schematic convention.
"""

from __future__ import annotations

from functools import cached_property

from derive.algebra.tree import Expr, Sym, node
from derive.errors import Place


@node
class Placed(Expr):
    """``inner`` was written at ``place``."""

    inner: Expr
    place: Place

    @property
    def children(self) -> tuple[Expr, ...]:
        return (self.inner,)

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Placed(children[0], self.place)


@node
class Product(Expr):
    """Factors side by side; ``signs[i]`` stands before ``factors[i]`` (empty: nothing does)."""

    factors: tuple[Expr, ...]
    signs: tuple[str, ...]

    @property
    def children(self) -> tuple[Expr, ...]:
        return self.factors

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Product(children, self.signs)


@node
class Power(Expr):
    """``x^2``, which is not the power of an array entry by entry."""

    base: Expr
    exponent: Expr

    @property
    def children(self) -> tuple[Expr, ...]:
        return (self.base, self.exponent)

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Power(*children)


@node
class Dots(Expr):
    """The dots of a product or a sum, while it is read."""


@node
class Elided(Expr):
    """What dots leave out: ``body`` for ``index = low..high``, from the highest down where it is ``falling``.

    ``sign`` stands between two of them: ``+``, or that of a product.
    """

    body: Expr
    index: Sym
    low: Expr
    high: Expr
    sign: str
    falling: bool

    @property
    def children(self) -> tuple[Expr, ...]:
        return (self.body, self.low, self.high)

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Elided(children[0], self.index, children[1], children[2], self.sign, self.falling)

    @cached_property
    def symbols(self) -> frozenset[Sym]:
        return (self.body.symbols - {self.index}) | self.low.symbols | self.high.symbols


@node
class Chain(Expr):
    """A product of partial derivatives of arrays, contracted over every entry of the variable that neighbours share.

    The result has the shape of the gradient; the order in which the factors stand says nothing.
    """

    factors: tuple[Expr, ...]

    @property
    def children(self) -> tuple[Expr, ...]:
        return self.factors

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Chain(children)


def unknown_size(number: int) -> Sym:
    """A size that typing finds out."""
    return Sym(f"?{number}")


def is_unknown(e: Expr) -> bool:
    """Whether this is a size that is still to be found out."""
    return isinstance(e, Sym) and e.name.startswith("?")


def bare(e: Expr) -> Expr:
    """The expression without its outermost places."""
    while isinstance(e, Placed):
        e = e.inner
    return e


def strip(e: Expr) -> Expr:
    """The expression without any place."""
    return bare(e).map(strip)
