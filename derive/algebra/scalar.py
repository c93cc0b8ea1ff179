"""Exact scalar calculus on formulas of one letter, where SymPy is at its best: simplifying and proving identities.

SymPy is imported on first use only.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from derive.algebra.exponential import HYPERBOLIC, decided, in_exponentials
from derive.algebra.tree import Add, Cases, Compare, Div, Expr, Fn, Mul, Num, Pow, Sym

if TYPE_CHECKING:
    import sympy


def to_sympy(expr: Expr) -> sympy.Expr:
    """A formula of letters as a SymPy expression (built node by node; nothing is parsed).

    Raises:
        TypeError: a node that is not a formula of numbers and letters.
    """
    import sympy

    def visit(e: Expr) -> Any:
        if isinstance(e, Num):
            return sympy.Rational(e.value.numerator, e.value.denominator)
        if isinstance(e, Sym):
            return sympy.Symbol(e.name, real=True)
        if isinstance(e, Add):
            return sympy.Add(*map(visit, e.terms))
        if isinstance(e, Mul):
            return sympy.Mul(*map(visit, e.factors))
        if isinstance(e, Div):
            return visit(e.numerator) / visit(e.denominator)
        if isinstance(e, Pow):
            return visit(e.base) ** visit(e.exponent)
        if isinstance(e, Fn) and e.name in _functions():
            return _functions()[e.name](*map(visit, e.args))
        raise TypeError(f"{type(e).__name__} is not part of a scalar formula")

    return cast("sympy.Expr", visit(expr))


def _functions() -> dict[str, Any]:
    import sympy

    names = ("exp", "log", "sqrt", "sin", "cos", "sinh", "cosh", "tanh", "erf", "sign")
    more = {"abs": sympy.Abs, "max": sympy.Max, "min": sympy.Min, "pi": lambda: sympy.pi}
    return {n: getattr(sympy, n) for n in names} | more


REAL: dict[str, Callable[..., float]] = {
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
    "sin": math.sin,
    "cos": math.cos,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "tanh": math.tanh,
    "erf": math.erf,
    "erfc": math.erfc,
    "expm1": math.expm1,
    "log1p": math.log1p,
    "logaddexp": lambda u, v: max(u, v) + math.log1p(math.exp(-abs(u - v))),
    "pi": lambda: math.pi,
    "abs": abs,
    "sign": lambda x: (x > 0) - (x < 0),
    "max": max,
    "min": min,
}


RELATIONS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


def real(expr: Expr, values: Mapping[Sym, float]) -> float:
    """The value of a formula of letters as a float.

    Raises:
        TypeError: a node that is not a formula of numbers and letters.
    """
    if isinstance(expr, Num):
        return float(expr.value)
    if isinstance(expr, Sym):
        return values[expr]
    if isinstance(expr, Cases):
        chosen = (v for v, c in zip(expr.values, expr.conditions, strict=True) if real(c, values))
        return real(next(chosen, expr.otherwise), values)
    parts = [real(c, values) for c in expr.children]
    if isinstance(expr, Compare):
        return float(RELATIONS[expr.op](*parts))
    if isinstance(expr, Add):
        return sum(parts)
    if isinstance(expr, Mul):
        return math.prod(parts)
    if isinstance(expr, Div):
        return parts[0] / parts[1]
    if isinstance(expr, Pow):
        return float(parts[0] ** parts[1])
    if isinstance(expr, Fn) and expr.name in REAL:
        return float(REAL[expr.name](*parts))
    raise TypeError(f"{type(expr).__name__} is not part of a scalar formula")


def proves_equal(left: Expr, right: Expr) -> bool:
    """Whether two formulas of one letter are proved to be the same function (False: not proved).

    Rational functions of the letter and its exponential are decided by exact arithmetic; others go to SymPy.
    """
    letters = left.symbols | right.symbols
    found = decided(left, right, next(iter(letters))) if len(letters) == 1 else None
    if found is not None:
        return found
    import sympy

    difference = to_sympy(left) - to_sympy(right)
    return bool(sympy.cancel(sympy.together(difference)) == 0 or sympy.simplify(difference) == 0)


def by_definition(formula: Expr) -> Expr:
    """A formula that is a hyperbolic function, written with exponentials: its derivative is found, not known."""
    return in_exponentials(formula) if isinstance(formula, Fn) and formula.name in HYPERBOLIC else formula
