"""Exponentials in products and below fraction lines: one exponent for several, none above what a float holds."""

from __future__ import annotations

from fractions import Fraction

from derive.algebra.tree import ONE, Add, Div, Expr, Fn, Mul, Num, Pow, Sum, add, mul, neg, num, sub
from derive.codegen.nodes import Largest
from derive.codegen.stable.patterns import (
    argument_of,
    exponent_of,
    exponents_of,
    factors_of,
    softplus_of,
    terms_of,
    tidy,
)


def product_of_exponentials(e: Expr) -> Expr | None:
    """``e^u e^v = e^(u + v)``: one may overflow where the other vanishes"""
    product: Expr = mul(*e.factors) if isinstance(e, Mul) else e
    powers = [u for f in factors_of(product) if (u := argument_of(f, "exp")) is not None]
    if len(powers) < 2:
        return None
    others = (f for f in factors_of(product) if argument_of(f, "exp") is None)
    return mul(*others, Fn("exp", (tidy(add(*powers)),)))


def over_two_exponentials(e: Expr) -> Expr | None:
    """``e^u x / (y (e^v + e^w)) = (x / y) e^(-logaddexp(v - u, w - u))``: relative accuracy in both tails"""
    if not isinstance(e, Div):
        return None
    below, above = factors_of(e.denominator), factors_of(e.numerator)
    for i, factor in enumerate(below):
        if (exponents := exponents_of(factor)) is None:
            continue
        powers = [f for f in above if argument_of(f, "exp") is not None][:1]
        for u in (argument_of(f, "exp") for f in powers):
            assert u is not None
            exponents = [tidy(sub(v, u)) for v in exponents]
        rest, others = mul(*(f for f in above if f not in powers)), mul(*below[:i], *below[i + 1 :])
        share = Fn("exp", (neg(Fn("logaddexp", tuple(exponents))),))
        return mul(rest if others == ONE else Div(rest, others), share)
    return None


def over_power_of_two_exponentials(e: Expr) -> Expr | None:
    """``e^u x / (y (e^v + e^w)^n) = (x / y) e^(u - n logaddexp(v, w))``, term by term of the numerator"""
    if not isinstance(e, Div):
        return None
    below = factors_of(e.denominator)
    for i, factor in enumerate(below):
        if not isinstance(factor, Pow) or not isinstance(factor.exponent, Num):
            continue
        if (exponents := exponents_of(factor.base)) is None:
            continue
        total = mul(factor.exponent, Fn("logaddexp", tuple(exponents)))
        parts = [_times_exponential(t, neg(total)) for t in terms_of(e.numerator)]
        others = mul(*below[:i], *below[i + 1 :])
        made = parts[0] if len(parts) == 1 else Add(tuple(parts))
        return made if others == ONE else Div(made, others)
    return None


def _times_exponential(e: Expr, exponent: Expr) -> Expr:
    """``x e^u`` times ``e^v`` as ``x e^(u + v)``."""
    factors = factors_of(e)
    powers = [f for f in factors if argument_of(f, "exp") is not None]
    rest = [f for f in factors if f not in powers]
    return mul(*rest, Fn("exp", (tidy(add(*(f.children[0] for f in powers), exponent)),)))


def exponential_beside_fraction(e: Expr) -> Expr | None:
    """``(x / (e^v + e^w)) e^u = x e^u / (e^v + e^w)``"""
    if not isinstance(e, Mul) or not any(argument_of(f, "exp") is not None for f in e.factors):
        return None
    for i, factor in enumerate(e.factors):
        if isinstance(factor, Div) and any(exponents_of(f) is not None for f in factors_of(factor.denominator)):
            return Div(mul(*e.factors[:i], factor.numerator, *e.factors[i + 1 :]), factor.denominator)
    return None


def exponential_minus_one(e: Expr) -> Expr | None:
    """``e^u - 1 = expm1(u)``: no digits cancel near 0"""
    if not isinstance(e, Add) or len(e.terms) != 2 or num(-1) not in e.terms:
        return None
    (other,) = [t for t in e.terms if t != num(-1)] or [ONE]
    u = argument_of(other, "exp")
    return None if u is None else Fn("expm1", (u,))


def both_ways(e: Expr) -> Expr | None:
    """``logaddexp(0, u) + logaddexp(0, -u) = 2 logaddexp(u/2, -u/2)``, once instead of twice"""
    if not isinstance(e, Add):
        return None
    for term in e.terms:
        for other in e.terms:
            u, v = (softplus_of(tidy(neg(t))) for t in (term, other))
            if u is not None and v is not None and v == tidy(neg(u)):
                half = tidy(mul(Num(Fraction(1, 2)), u))
                rest = [t for t in e.terms if t not in (term, other)]
                return add(mul(num(-2), Fn("logaddexp", (half, tidy(neg(half))))), *rest)
    return None


def share_of_exponentials(e: Expr) -> Expr | None:
    """``e^(u_k) / sum_i e^(u_i) = e^(u_k - m) / sum_i e^(u_i - m)`` with ``m = max_i u_i``: no exponent above 0"""
    if not isinstance(e, Div) or not isinstance(e.denominator, Sum):
        return None
    total = e.denominator
    top, below = exponent_of(e.numerator), exponent_of(total.body)
    if top is None or below is None or any(isinstance(n, Largest) for n in top.walk()):
        return None
    largest = Largest(below, total.index, total.low, total.high)
    shifted = Sum(Fn("exp", (sub(below, largest),)), total.index, total.low, total.high)
    return Div(Fn("exp", (sub(top, largest),)), shifted)
