"""Arrays: entries, products, transposes, diagonals, ones."""

from __future__ import annotations

from derive.algebra.tree.node import Expr, node


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
