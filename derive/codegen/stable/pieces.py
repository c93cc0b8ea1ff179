"""Cases, comparisons and largest numbers, as NumPy computes them: all pieces for every number."""

from __future__ import annotations

from derive.algebra.tree import ONE, ZERO, Add, Cases, Compare, Expr, Fn, mul, neg, num, sub
from derive.codegen.stable.patterns import tidy


def other_case(e: Expr) -> Expr | None:
    """Where ``u > c`` does not hold, ``e^u = e^min(u, c)``: NumPy computes all cases, and none may overflow"""
    if not isinstance(e, Cases) or len(e.conditions) != 1:
        return None
    (condition,) = e.conditions
    if not isinstance(condition, Compare) or condition.op not in (">", ">="):
        return None
    u, limit = condition.left, condition.right
    otherwise = _exponents_replaced(e.otherwise, u, Fn("min", (u, limit)))
    return None if otherwise == e.otherwise else Cases(e.values, e.conditions, otherwise)


def _exponents_replaced(e: Expr, u: Expr, smaller: Expr) -> Expr:
    if isinstance(e, Fn) and e.name in ("exp", "expm1"):
        return Fn(e.name, (smaller,)) if e.args == (u,) else e
    return e.map(lambda child: _exponents_replaced(child, u, smaller))


def largest_of_several(e: Expr) -> Expr | None:
    """``max(u, v, w) = max(u, max(v, w))``, as NumPy takes two at a time"""
    if not isinstance(e, Fn) or e.name not in ("max", "min") or len(e.args) < 3:
        return None
    return Fn(e.name, (e.args[0], Fn(e.name, e.args[1:])))


def indicator(e: Expr) -> Expr | None:
    """``1 if p, 0 otherwise = [p]``"""
    if isinstance(e, Cases) and (e.values, e.otherwise) == ((ONE,), ZERO):
        return e.conditions[0]
    return None


def difference_of_signs(e: Expr) -> Expr | None:
    """``[u > v] - [u < v] = sign(u - v)``"""
    if not isinstance(e, Add) or len(e.terms) != 2:
        return None
    above, below = e.terms[0], tidy(neg(e.terms[1]))
    opposite = {">": "<", "<": ">"}
    if not isinstance(above, Compare) or not isinstance(below, Compare) or opposite.get(above.op) != below.op:
        return None
    if (above.left, above.right) != (below.left, below.right):
        return None
    return mul(num(1 if above.op == ">" else -1), Fn("sign", (tidy(sub(above.left, above.right)),)))
