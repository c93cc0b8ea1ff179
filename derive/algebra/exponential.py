"""Identities between rational functions of e^z, decided exactly and without a computer algebra system.

With t = e^z a formula such as ``e^-z / (1 + e^-z)^2`` is a quotient of polynomials in t.  The difference of two of
them has a numerator whose degree is bounded by the way the formulas are built; if it vanishes at more points than
that, it is zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from itertools import count

from derive.algebra.tree import Add, Div, Expr, Fn, Mul, Num, Pow, Sym, sub

LARGEST = 400
"""Degrees above this are left to others."""


class NotRational(Exception):
    """The formula is not a rational function of e^z."""


def decided(left: Expr, right: Expr, variable: Sym) -> bool | None:
    """Whether two formulas in ``variable`` are equal; None where they are not rational functions of its exponential."""
    difference = sub(left, right)
    try:
        numerator, denominator = _degrees(difference, variable)
        if max(numerator, denominator) > LARGEST:
            return None
        return _vanishes(difference, variable, numerator + denominator + 1)
    except NotRational:
        return None


def _vanishes(expr: Expr, variable: Sym, points: int) -> bool:
    """Whether the value is 0 at so many values of t; those at which it is not defined do not count."""
    found = 0
    for whole in count(2):
        try:
            value = _value(expr, variable, Fraction(whole))
        except ZeroDivisionError:
            continue
        if value:
            return False
        found += 1
        if found == points:
            return True
    raise AssertionError("there are always more points")


def _degrees(expr: Expr, variable: Sym) -> tuple[int, int]:
    """Bounds of the degrees of numerator and denominator as polynomials in t."""
    if isinstance(expr, Num):
        return 0, 0
    if isinstance(expr, Fn):
        power = _exponent(expr, variable)
        return max(power, 0), max(-power, 0)
    parts = [_degrees(c, variable) for c in expr.children if not isinstance(expr, Pow)]
    if isinstance(expr, Add):
        below = sum(d for _, d in parts)
        return max(n + below - d for n, d in parts), below
    if isinstance(expr, Mul):
        return sum(n for n, _ in parts), sum(d for _, d in parts)
    if isinstance(expr, Div):
        (n, d), (m, e) = parts
        return n + e, d + m
    if isinstance(expr, Pow):
        (n, d), k = _degrees(expr.base, variable), _whole(expr.exponent)
        return (k * n, k * d) if k >= 0 else (-k * d, -k * n)
    raise NotRational


def _value(expr: Expr, variable: Sym, t: Fraction) -> Fraction:
    """The exact value at ``e^z = t``."""
    if isinstance(expr, Num):
        return expr.value
    if isinstance(expr, Fn):
        return t ** _exponent(expr, variable)
    if isinstance(expr, Pow):
        return _value(expr.base, variable, t) ** _whole(expr.exponent)
    return OPERATIONS[type(expr)]([_value(c, variable, t) for c in expr.children])


OPERATIONS: dict[type[Expr], Callable[[list[Fraction]], Fraction]] = {
    Add: lambda parts: sum(parts, Fraction(0)),
    Mul: lambda parts: math.prod(parts, start=Fraction(1)),
    Div: lambda parts: parts[0] / parts[1],
}


def _exponent(expr: Fn, variable: Sym) -> int:
    """``k`` of ``exp(k z)``."""
    if expr.name != "exp":
        raise NotRational
    return _coefficient(expr.args[0], variable)


def _coefficient(expr: Expr, variable: Sym) -> int:
    if expr == variable:
        return 1
    if isinstance(expr, Mul):
        inside = [f for f in expr.factors if variable in f.symbols]
        if len(inside) == 1:
            others = [_whole(f) for f in expr.factors if f is not inside[0]]
            return math.prod(others) * _coefficient(inside[0], variable)
    raise NotRational


def _whole(expr: Expr) -> int:
    if isinstance(expr, Num) and expr.value.denominator == 1:
        return int(expr.value)
    raise NotRational
