"""The nodes that array code has beside those of the expression tree: variables, reductions, calls of helpers.

A lowered expression is an expression of whole arrays that broadcast as in NumPy: ``Mul``, ``Add``, ``Div``, ``Pow``,
``Fn`` and ``Compare`` work entry by entry, ``MatMul`` and ``Transpose`` are those of the tree.
"""

from __future__ import annotations

from typing import Literal

from derive.algebra.tree import Binder, Expr, Sym, node

Reduction = Literal["sum", "max"]


@node
class Name(Expr):
    """A variable of the program, as it is written: ``Z_1``, ``Z[l]``."""

    text: str


@node
class Reduce(Expr):
    """``arg`` summed (or its largest entry) along an axis, or all (None); ``keep`` leaves it with length 1."""

    op: Reduction
    arg: Expr
    axis: int | None
    keep: bool = False

    @property
    def children(self) -> tuple[Expr, ...]:
        return (self.arg,)

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Reduce(self.op, children[0], self.axis, self.keep)


@node
class NewAxis(Expr):
    """A vector as a column: ``v[:, None]``."""

    arg: Expr

    @property
    def children(self) -> tuple[Expr, ...]:
        return (self.arg,)

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return NewAxis(*children)


@node
class OverLayers(Expr):
    """``sum(body for W, _ in weights(theta))``: a number of each layer, added up."""

    body: Expr
    names: str
    source: str

    @property
    def children(self) -> tuple[Expr, ...]:
        return (self.body,)

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return OverLayers(children[0], self.names, self.source)


# ---------------------------------------------------------------- index form: what stable code needs beside sums


@node
class Largest(Binder):
    """``max of body for index = low..high``."""

    body: Expr
    index: Sym
    low: Expr
    high: Expr


@node
class LogSumExp(Binder):
    """``log of the sum of exp(body) for index = low..high``, which is computed without overflow."""

    body: Expr
    index: Sym
    low: Expr
    high: Expr
