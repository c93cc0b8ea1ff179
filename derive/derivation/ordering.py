"""The order in which the factors of a product are written:  number, f'(z), w, delta, a, dJ/da, (a - y), [i = k],
sums.
"""

from __future__ import annotations

from derive.algebra.tree import Add, Compare, Div, Expr, Fn, Kron, Mul, Num, Partial, Ref, Sum, mul

HYPERS = ("eta", "lambda", "lambda_1", "lambda_2")
"""The hyperparameters stand in front."""

REFS = {**dict.fromkeys(HYPERS, 1), "w": 4, "delta": 5, "a": 6, "x": 6, "y": 6}


def rank(factor: Expr) -> int:
    """Where a factor stands in a product."""
    if isinstance(factor, Num):
        return 0
    if isinstance(factor, Div) and not factor.numerator.symbols - factor.denominator.symbols and _plain(factor):
        return 1
    if isinstance(factor, Compare):
        return 2
    if isinstance(factor, Fn):
        return 3 if factor.order else 9
    if isinstance(factor, Ref):
        return REFS.get(factor.name, 7)
    table: dict[type[Expr], int] = {Partial: 7, Add: 8, Kron: 10, Sum: 11}
    return table.get(type(factor), 7)


def _plain(factor: Div) -> bool:
    """A constant such as 1/N or lambda/2."""
    return not any(isinstance(n, Ref) and n.name not in HYPERS for n in factor.walk())


def ordered(expr: Expr) -> Expr:
    """The same expression with the factors of every product in order (the products of numbers commute)."""
    expr = expr.map(ordered)
    if isinstance(expr, Mul):
        flat = mul(*expr.factors)
        return Mul(tuple(sorted(flat.factors, key=rank))) if isinstance(flat, Mul) else flat
    return expr


def as_told(expr: Expr) -> Expr:
    """The order of the path is kept where there is only one path: delta_2 w_2 f'(z_1)."""
    expr = expr.map(as_told)
    return mul(*expr.factors) if isinstance(expr, Mul) else expr
