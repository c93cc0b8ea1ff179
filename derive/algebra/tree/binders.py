"""Sums and products over a letter, or over all paths through layers."""

from __future__ import annotations

from functools import cached_property

from derive.algebra.tree.node import Expr, Sym, node


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
class MatProd(Binder):
    """The matrix product of ``body`` for index = low..high, the factor of the lowest index leftmost."""

    body: Expr
    index: Sym
    low: Expr
    high: Expr
