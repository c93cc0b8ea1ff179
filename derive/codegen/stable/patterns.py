"""What the rules look for: the argument of a function, the exponents of a sum of exponentials, factors and terms."""

from __future__ import annotations

from derive.algebra.tree import ONE, ZERO, Add, Div, Expr, Fn, Mul, Num, add, mul, neg, sub


def argument_of(e: Expr, name: str) -> Expr | None:
    """``u`` of ``f(u)`` where f has this name."""
    return e.args[0] if isinstance(e, Fn) and e.name == name and not e.order else None


def factors_of(e: Expr) -> tuple[Expr, ...]:
    """The factors of a product; anything else is its own only factor."""
    return e.factors if isinstance(e, Mul) else (e,)


def terms_of(e: Expr) -> tuple[Expr, ...]:
    """The terms of a sum; anything else is its own only term."""
    return e.terms if isinstance(e, Add) else (e,)


def exponent_of(e: Expr) -> Expr | None:
    """``u`` of ``e^u``; 1 is ``e^0``."""
    return ZERO if e == ONE else argument_of(e, "exp")


def exp_of(u: Expr) -> Expr:
    """``e^u``; ``e^0`` is 1."""
    return ONE if u == ZERO else Fn("exp", (u,))


def exponents_of(e: Expr) -> list[Expr] | None:
    """``[u, v]`` of ``e^u + e^v``."""
    if not isinstance(e, Add) or len(e.terms) != 2:
        return None
    found = [exponent_of(t) for t in e.terms]
    return [u for u in found if u is not None] if all(u is not None for u in found) else None


def softplus_of(e: Expr | None) -> Expr | None:
    """``u`` of ``log(1 + e^u)``, in either way of writing it."""
    if not isinstance(e, Fn) or e.order:
        return None
    exponents = list(e.args) if e.name == "logaddexp" else exponents_of(e.args[0]) if e.name == "log" else None
    if exponents is None or ZERO not in exponents:
        return None
    exponents.remove(ZERO)
    return exponents[0]


def add_kept(*terms: Expr) -> Expr:
    """A sum whose terms stay in their places."""
    return Add(tuple(terms))


def one_minus_fraction(e: Add) -> Expr | None:
    """``1 - u/v`` as ``(v - u)/v``."""
    if len(e.terms) != 2 or e.terms[0] != ONE:
        return None
    taken = tidy(neg(e.terms[1]))
    if isinstance(taken, Div):
        return Div(tidy(sub(taken.denominator, taken.numerator)), taken.denominator)
    return None


def tidy(expr: Expr) -> Expr:
    """Signs and numbers of sums and products collected: ``1 + e^u - 1 = e^u``, ``-(-z) = z``, ``z - 0 = z``."""
    expr = expr.map(tidy)
    if isinstance(expr, Mul):
        return mul(*expr.factors)
    if isinstance(expr, Add):
        return _cancelled(add(*expr.terms))
    return expr


def _cancelled(expr: Expr) -> Expr:
    """``u - u`` dropped from a sum."""
    if not isinstance(expr, Add):
        return expr
    kept: list[Expr] = []
    for term in expr.terms:
        opposite = mul(Num(-ONE.value), term)
        if opposite in kept:
            kept.remove(opposite)
        else:
            kept.append(term)
    return add(*kept)
