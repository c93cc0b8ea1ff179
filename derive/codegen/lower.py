"""From index form to expressions of whole arrays that broadcast: letters become axes, sums reductions.

sum_j w_{kj} a_{sj}  with the axes (s, k):   a @ w.T         two factors that share a summed letter: a matrix product,
                                                           the factor with the first letter of the result on the left
sum_s delta_{sk}     with the axis (k,):     delta.sum(axis=0)
exp(z_{sk}) / sum_i exp(z_{si}):             exp(z) / exp(z).sum(axis=1, keepdims=True)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from derive.algebra.tree import (
    Add,
    Binder,
    Cases,
    Compare,
    Div,
    Expr,
    Fn,
    MatMul,
    Mul,
    Num,
    Partial,
    Pow,
    Ref,
    Sum,
    Sym,
    Transpose,
)
from derive.codegen.nodes import Largest, LogSumExp, Name, NewAxis, OverLayers, Reduce, Reduction

Axes = tuple[Sym, ...]
ELEMENTWISE = (Add, Mul, Div, Pow, Fn, Compare)


class CannotLower(Exception):
    """An expression for which this translation has no array code: a fault of ours that names the node."""


@dataclass(frozen=True)
class Lowering:
    """``name``: how a member (an array, without its entries) is written.  ``first``: letters of rows, not of units."""

    name: Callable[[Expr], Expr]
    first: frozenset[Sym]

    def __call__(self, expr: Expr, axes: Axes) -> Expr:
        """``expr`` as an array that broadcasts to ``axes``.

        Raises:
            CannotLower: no array code for a node.
        """
        if isinstance(expr, (Ref, Partial)):
            return self._member(expr, axes)
        if isinstance(expr, Sym):
            return self.name(expr)
        if isinstance(expr, (Num, Name, OverLayers)):
            return expr
        if isinstance(expr, ELEMENTWISE):
            return expr.map(lambda child: self(child, axes))
        if isinstance(expr, Cases):
            return self(_chosen(expr), axes)
        if isinstance(expr, (Sum, Largest, LogSumExp)):
            return self._reduced(expr, axes)
        raise CannotLower(f"no array code for {type(expr).__name__}: {expr}")

    # ------------------------------------------------------------ members

    def _member(self, expr: Ref | Partial, axes: Axes) -> Expr:
        entries = _entries(expr)
        letters = tuple(e for e in entries if isinstance(e, Sym))
        array = self.name(_without_entries(expr))
        if len(letters) != len(entries) or len(set(letters)) != len(letters) or set(letters) - set(axes):
            raise CannotLower(f"no array code for the entries of {expr}")
        if letters != tuple(v for v in axes if v in letters):
            array, letters = Transpose(array), letters[::-1]
        return array if letters == axes[len(axes) - len(letters) :] else _as_column(array, letters, axes)

    # ------------------------------------------------------------ sums

    def _reduced(self, expr: Binder, axes: Axes) -> Expr:
        body, index = expr.body, expr.index
        if isinstance(expr, Sum) and isinstance(body, Mul) and (found := self._product(body, index, axes)) is not None:
            return found
        free = tuple(v for v in axes if v in expr.symbols)
        inner = (index, *free) if index in self.first else (*free, index)
        place = inner.index(index)
        lowered = self(body, inner)
        if isinstance(expr, LogSumExp):
            return self._kept(Fn("log_sum_exp", (lowered,)), free, axes)
        op: Reduction = "max" if isinstance(expr, Largest) else "sum"
        if not free:
            return Reduce(op, lowered.arg if isinstance(lowered, Reduce) and lowered.op == op else lowered, None)
        keep = place == len(inner) - 1 and len(axes) == len(inner) and free == axes[:-1]
        if not keep and free != axes[len(axes) - len(free) :]:
            raise CannotLower(f"no array code for a sum that leaves {free} among {axes}")
        return Reduce(op, lowered, place, keep)

    def _kept(self, call: Expr, free: Axes, axes: Axes) -> Expr:
        """Helpers leave the reduced axis with length 1, so that their result broadcasts."""
        if len(axes) != len(free) + 1 or free != axes[:-1]:
            raise CannotLower(f"no array code for a logarithm of a sum that leaves {free} among {axes}")
        return call

    def _product(self, body: Mul, index: Sym, axes: Axes) -> Expr | None:
        """``sum_i p_{si} q_{ik} = P @ Q``, where the factors fall into two groups; None where they do not."""
        outside = [f for f in body.factors if index not in f.symbols]
        inside = [f for f in body.factors if index in f.symbols]
        letters = [v for v in axes if any(v in f.symbols for f in inside)]
        if len(letters) != 2 or any(set(letters) <= f.symbols for f in inside):
            return None
        row, column = letters
        right = [f for f in inside if column in f.symbols]
        left = [f for f in inside if column not in f.symbols]
        product = MatMul((self(_times(left), (row, index)), self(_times(right), (index, column))))
        return Mul((*(self(f, axes) for f in outside), product)) if outside else product


def _chosen(expr: Cases) -> Expr:
    """``where(c, u, where(d, v, w))``: the first condition that holds decides."""
    out = expr.otherwise
    for value, condition in zip(reversed(expr.values), reversed(expr.conditions), strict=True):
        out = Fn("where", (condition, value, out))
    return out


def _entries(expr: Ref | Partial) -> tuple[Expr, ...]:
    ref = expr.wrt if isinstance(expr, Partial) else expr
    assert isinstance(ref, Ref)
    return ref.entries or ()


def _without_entries(expr: Ref | Partial) -> Expr:
    if isinstance(expr, Partial):
        assert isinstance(expr.wrt, Ref)
        return Partial(expr.of, _without_entries(expr.wrt))
    return Ref(expr.name, expr.slots, None, expr.time)


def _as_column(array: Expr, letters: Axes, axes: Axes) -> Expr:
    if letters == axes[:-1] and len(letters) == 1:
        return NewAxis(array)
    raise CannotLower(f"no array code for {array} with the letters {letters} among {axes}")


def _times(factors: list[Expr]) -> Expr:
    return factors[0] if len(factors) == 1 else Mul(tuple(factors))
