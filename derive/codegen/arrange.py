"""Array expressions arranged as one writes them: minus signs in front, one fraction line, no factor 1."""

from __future__ import annotations

from derive.algebra.tree import Add, Div, Expr, Mul, Num, add, mul, neg, num
from derive.codegen.nodes import Reduce


def arranged(expr: Expr) -> Expr:
    """``1/N (A - Y) -> (A - Y) / N``;  ``-sum(Y (-u) + (1 - Y) (-v)) -> sum(Y u + (1 - Y) v)``."""
    expr = expr.map(arranged)
    if isinstance(expr, Mul):
        return _signs_pulled(_one_line(mul(*expr.factors)))
    if isinstance(expr, Add):
        return _add(add(*expr.terms))
    if isinstance(expr, Reduce) and expr.op == "sum" and (flipped := negated(expr.arg)) is not None:
        return neg(Reduce("sum", flipped, expr.axis, expr.keep))
    return expr


def _add(expr: Expr) -> Expr:
    """Minus pulled out where every term has one; else a term without minus first."""
    if not isinstance(expr, Add):
        return expr
    flipped = [negated(t) for t in expr.terms]
    if all(f is not None for f in flipped):
        return neg(Add(tuple(f for f in flipped if f is not None)))
    return Add(tuple(sorted(expr.terms, key=lambda t: negated(t) is not None)))


def _one_line(expr: Expr) -> Expr:
    """``a/b c = a c / b``."""
    if not isinstance(expr, Mul) or not any(isinstance(f, Div) for f in expr.factors):
        return expr
    above = mul(*(f.numerator if isinstance(f, Div) else f for f in expr.factors))
    below = [f.denominator for f in expr.factors if isinstance(f, Div)]
    return Div(_signs_pulled(above), mul(*below))


def _signs_pulled(expr: Expr) -> Expr:
    """``u (-v) = -(u v)``."""
    if not isinstance(expr, Mul):
        return expr
    flipped = [negated(f) if not isinstance(f, Num) else None for f in expr.factors]
    count = sum(f is not None for f in flipped)
    if not count:
        return expr
    kept = [f if new is None else new for f, new in zip(expr.factors, flipped, strict=True)]
    return mul(num((-1) ** count), *kept)


def negated(expr: Expr) -> Expr | None:
    """``u`` of ``-u``, where a minus stands in front."""
    if isinstance(expr, Num):
        return Num(-expr.value) if expr.value < 0 else None
    if isinstance(expr, Mul) and isinstance(expr.factors[0], Num) and expr.factors[0].value < 0:
        return mul(num(-1), *expr.factors)
    if isinstance(expr, Div) and (above := negated(expr.numerator)) is not None:
        return Div(above, expr.denominator)
    return None
