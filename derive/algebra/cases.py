"""Formulas by cases: largest and smallest of several as cases, cases brought to the front, borders."""

from __future__ import annotations

from derive.algebra.tree import Cases, Compare, Expr, Fn, Num, Sym


def by_cases(expr: Expr) -> Expr:
    """``max(0, z)`` as ``z if z > 0, 0 otherwise``: numbers stand last, so that theirs is the slope of the border."""
    expr = expr.map(by_cases)
    if not isinstance(expr, Fn) or expr.name not in ("max", "min") or len(expr.args) < 2:
        return expr
    *first, last = sorted(expr.args, key=lambda e: isinstance(e, Num))
    op = ">" if expr.name == "max" else "<"
    rests = [(*first[i + 1 :], last) for i in range(len(first))]
    others = [rest[0] if len(rest) == 1 else Fn(expr.name, rest) for rest in rests]
    conditions = tuple(Compare(op, u, other) for u, other in zip(first, others, strict=True))
    return Cases(tuple(first), conditions, last)


def lifted(expr: Expr) -> Expr:
    """``c {u if p, v otherwise}`` as ``{c u if p, c v otherwise}``; itself where several cases meet."""
    found = [n for n in expr.walk() if isinstance(n, Cases)]
    if isinstance(expr, Cases) or not found or len({n.conditions for n in found}) > 1:
        return expr
    several = found[0]
    values = [_chosen(expr, several, i) for i in range(len(several.values) + 1)]
    return Cases(tuple(values[:-1]), several.conditions, values[-1])


def with_slope(expr: Expr, variable: Sym, at: Num, slope: Num) -> Expr:
    """The expression with another value in one point; ``> at`` becomes ``>= at`` where that is all there is to it."""
    if not isinstance(expr, Cases):
        return Cases((slope,), (Compare("==", variable, at),), expr)
    closed = {">": ">=", "<": "<="}
    (condition, *others), (value, *_) = expr.conditions, expr.values
    assert isinstance(condition, Compare)
    about = not others and (condition.left, condition.right) == (variable, at)
    if about and condition.op in closed and value == slope:
        return Cases((value,), (Compare(closed[condition.op], variable, at),), expr.otherwise)
    return Cases((slope, *expr.values), (Compare("==", variable, at), *expr.conditions), expr.otherwise)


def _chosen(expr: Expr, like: Cases, case: int) -> Expr:
    """The expression where one of the cases holds."""
    if isinstance(expr, Cases) and expr.conditions == like.conditions:
        return (*expr.values, expr.otherwise)[case]
    return expr.map(lambda child: _chosen(child, like, case))
