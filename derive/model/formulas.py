"""Formulas of the tables put into a model: their letters replaced, their numbers arranged as one writes them."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from derive.algebra.layers import LayerSet, Range
from derive.algebra.substitute import put
from derive.algebra.tree import ONE, Div, Expr, Mul, Sum, Sym, mul, num

if TYPE_CHECKING:
    from collections.abc import Mapping


def simple(number: float) -> Fraction:
    """A float that stands for a fraction of moderate size."""
    return Fraction(number).limit_denominator(10**6)


def put_formula(formula: Expr, members: Mapping[str, Expr]) -> Expr:
    """A row's formula with its letters replaced by members of quantities."""
    return put(formula, {Sym(name): member for name, member in members.items()})


def constants_pulled(expr: Expr) -> Expr:
    """``sum of c u -> c (sum of u)``, ``sum of u/c -> 1/c (sum of u)``, ``u/1 -> u``: as a cost is usually written."""
    if isinstance(expr, Div) and expr.denominator == ONE:
        return expr.numerator
    if not isinstance(expr, Sum):
        return expr
    above, below = expr.body.children if isinstance(expr.body, Div) else (expr.body, ONE)
    if expr.index in below.symbols:
        above, below = expr.body, ONE
    product = mul(*above.factors) if isinstance(above, Mul) else above
    factors = product.factors if isinstance(product, Mul) else (product,)
    outside = mul(*(f for f in factors if expr.index not in f.symbols))
    inside = Sum(mul(*(f for f in factors if expr.index in f.symbols)), expr.index, expr.low, expr.high)
    return mul(outside if below == ONE else Div(outside, below), inside)


def scaled(expr: Expr, scale: Fraction) -> Expr:
    """``lambda/2`` rather than ``1/2 lambda``."""
    above = mul(num(scale.numerator), expr)
    return Div(above, num(scale.denominator)) if scale.denominator != 1 else above


def runs(numbers: list[int]) -> LayerSet:
    """``[1, 2, 5] -> 1..2, 5``."""
    ranges: list[Range] = []
    for n in numbers:
        if ranges and ranges[-1].high == num(n - 1):
            ranges[-1] = Range(ranges[-1].low, num(n))
        else:
            ranges.append(Range(num(n), num(n)))
    return LayerSet(tuple(ranges))
