"""Every place of an author's tree at which something can be changed, with a way to change it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from derive.algebra.tree import Add, Binder, Cases, Elem, Expr, Fn, Kron, Partial, Ref, Sym
from derive.notation.raw import Chain, Power, Product

if TYPE_CHECKING:
    from collections.abc import Iterator

Trail = tuple[tuple[Expr, int], ...]


@dataclass(frozen=True)
class Spot:
    """A node, the parents above it with the number of the child that leads down, the letters bound around it."""

    node: Expr
    trail: Trail = ()
    bound: tuple[Sym, ...] = ()

    @property
    def parent(self) -> Expr | None:
        return self.trail[-1][0] if self.trail else None

    @property
    def is_term(self) -> bool:
        """A whole side, a term of a sum, an argument: what has a sign of its own."""
        return self.parent is None or isinstance(self.parent, Add | Cases | Fn)

    @property
    def takes_factors(self) -> bool:
        """A whole side, a term, what stands under a sum."""
        return (self.is_term and not isinstance(self.parent, Fn)) or isinstance(self.parent, Binder)

    @property
    def in_derivative(self) -> bool:
        """Whether this is the top or the bottom of a derivative."""
        return any(isinstance(p, Partial) for p, _ in self.trail)

    def put(self, new: Expr) -> Expr:
        """The whole tree with another node here."""
        for made in self.path(new):
            new = made
        return new

    def path(self, new: Expr) -> Iterator[Expr]:
        """The new node and every parent over it, up to the whole tree."""
        yield new
        for parent, at in reversed(self.trail):
            children = list(parent.children)
            children[at] = new
            new = parent.rebuild(tuple(children))
            yield new


def spots(root: Expr) -> Iterator[Spot]:
    """All places that hold formulas (not the indices of members), parents first."""
    yield from _below(root, (), ())


def _below(e: Expr, trail: Trail, bound: tuple[Sym, ...]) -> Iterator[Spot]:
    yield Spot(e, trail, bound)
    inner = (*bound, e.index) if isinstance(e, Binder) else bound
    for at in range(_formulas(e)):
        yield from _below(e.children[at], (*trail, (e, at)), inner)


def _formulas(e: Expr) -> int:
    """How many of the children, from the first on, are formulas."""
    if isinstance(e, Ref | Kron):
        return 0
    if isinstance(e, Binder | Elem):
        return 1
    if isinstance(e, Fn):
        return len(e.args)
    return len(e.children)


def factors(e: Expr) -> tuple[tuple[Expr, ...], tuple[str, ...]]:
    """The factors of a product with the signs before them; any other expression is one factor."""
    if isinstance(e, Product):
        return e.factors, e.signs
    if isinstance(e, Chain):
        return e.factors, ("",) * len(e.factors)
    return (e,), ("",)


def product(parts: list[Expr], signs: list[str]) -> Expr:
    """A product, or its only factor."""
    if len(parts) == 1:
        return parts[0]
    return Product(tuple(parts), ("", *signs[1:]))


def is_raw(e: Expr) -> bool:
    """Whether typing has still to decide about a node."""
    return isinstance(e, Product | Power)
