"""How many digits of a formula a computer keeps: its value in floats with a bound of the error, operation by operation.

    1 - a  where  a = 1 (1 +- 2e-16):  0 +- 2e-16, no digit is left        sigma(-z): 4e-18 (1 +- 1e-14)

Each operation adds its own rounding to what its operands bring along (running error analysis).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from derive.algebra.scalar import REAL, RELATIONS
from derive.algebra.tree import Add, Cases, Compare, Div, Expr, Fn, Mul, Num, Pow
from derive.codegen.helpers import CAREFUL, PARAMETER
from derive.codegen.nodes import Name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROUNDING = 2.0**-52
"""Of a sum or a product of floats, relative to it."""
FUNCTION = 4 * ROUNDING
"""Of a function of NumPy."""
DIGITS = 1e-10
"""The relative error that emitted numbers may have."""
SMALLEST = 1e-290
"""Below this a float cannot hold all its digits."""


@dataclass(frozen=True)
class Rounded:
    """A computed number and a bound of its distance from the true one."""

    value: float
    error: float = 0.0

    @property
    def exact(self) -> bool:
        """Whether it has the digits that are asked for."""
        return self.error <= DIGITS * abs(self.value) + SMALLEST


UNKNOWN = Rounded(math.nan, math.inf)
"""There is no value, or nothing is known of it."""


def rounded(expr: Expr, values: Mapping[Expr, Rounded]) -> Rounded:
    """A formula of one entry as it is computed.

    Raises:
        TypeError: a node that is not a formula of numbers and of the members that have values.
    """
    if expr in values:
        return values[expr]
    if isinstance(expr, Num):
        number = float(expr.value)
        return Rounded(number, 0.0 if Fraction(number) == expr.value else ROUNDING * abs(number))
    if isinstance(expr, Cases):
        chosen = (v for v, c in zip(expr.values, expr.conditions, strict=True) if rounded(c, values).value)
        return rounded(next(chosen, expr.otherwise), values)
    parts = [rounded(child, values) for child in expr.children]
    if any(math.isinf(p.error) for p in parts):
        return UNKNOWN
    if isinstance(expr, Fn) and expr.name in CAREFUL and len(parts) == 1:
        return _careful(expr.name, parts[0])
    return _operation(expr, parts)


def _operation(expr: Expr, parts: list[Rounded]) -> Rounded:
    if isinstance(expr, Compare):
        return Rounded(float(RELATIONS[expr.op](*(p.value for p in parts))))
    if isinstance(expr, (Add, Mul)):
        together = _sum if isinstance(expr, Add) else _product
        whole = parts[0]
        for part in parts[1:]:
            whole = together(whole, part)
        return whole
    if isinstance(expr, Div):
        return _quotient(*parts)
    if isinstance(expr, Pow):
        return _function(math.pow, parts)
    if isinstance(expr, Fn) and expr.name in REAL and not expr.order:
        return _function(REAL[expr.name], parts)
    raise TypeError(f"{type(expr).__name__} is not computed entry by entry")


def _sum(x: Rounded, y: Rounded) -> Rounded:
    """``x + y``: errors add"""
    value = x.value + y.value
    return _told(value, x.error + y.error + ROUNDING * abs(value))


def _product(x: Rounded, y: Rounded) -> Rounded:
    """``x y``: each error counts as much as the other factor"""
    value = x.value * y.value
    inherited = abs(x.value) * y.error + abs(y.value) * x.error + x.error * y.error
    return _told(value, inherited + ROUNDING * abs(value))


def _quotient(x: Rounded, y: Rounded) -> Rounded:
    """``x / y``; nothing is known where y may be 0"""
    left = abs(y.value) - y.error
    if left <= 0:
        return UNKNOWN
    value = x.value / y.value
    return _told(value, (x.error + abs(value) * y.error) / left + ROUNDING * abs(value))


def _function(f: Callable[..., float], arguments: list[Rounded]) -> Rounded:
    """``f(x)``: how far f moves where its arguments are moved by their errors"""
    here = [p.value for p in arguments]
    try:
        value = f(*here)
        error = FUNCTION * abs(value) if arguments else ROUNDING * abs(value)
        for i, p in enumerate(arguments):
            if p.error:
                moved = (f(*here[:i], x, *here[i + 1 :]) for x in (p.value - p.error, p.value + p.error))
                error += max(abs(m - value) for m in moved)
    except (ValueError, OverflowError, ZeroDivisionError):
        return UNKNOWN
    return _told(value, error)


def _careful(name: str, argument: Rounded) -> Rounded:
    """A helper of the module, line by line."""
    helper = CAREFUL[name]()
    known: dict[Expr, Rounded] = {Name(PARAMETER): argument}
    for line, value in helper.lines:
        known[Name(line)] = rounded(value, known)
    return rounded(helper.result, known)


def _told(value: float, error: float) -> Rounded:
    return Rounded(value, error) if math.isfinite(value) and math.isfinite(error) else UNKNOWN
