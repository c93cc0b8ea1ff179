"""Differences from 1 and quotients of hyperbolic functions, written so that no digits cancel in the tails."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from derive.algebra.factor import gather
from derive.algebra.products import collect, terms
from derive.algebra.tree import ONE, Add, Div, Expr, Fn, Mul, Num, Pow, add, mul, neg, num, sub
from derive.codegen.stable.patterns import add_kept, argument_of, exponents_of, factors_of, one_minus_fraction, tidy

if TYPE_CHECKING:
    from collections.abc import Callable


def sinh_over_cosh(e: Expr) -> Expr | None:
    """``x sinh(u) / (y cosh(u)) = (x / y) tanh(u)``"""
    if not isinstance(e, Div):
        return None
    above, below = list(factors_of(e.numerator)), list(factors_of(e.denominator))
    u = next((u for f in above if (u := argument_of(f, "sinh")) is not None and Fn("cosh", (u,)) in below), None)
    if u is None:
        return None
    above[above.index(Fn("sinh", (u,)))] = Fn("tanh", (u,))
    below.remove(Fn("cosh", (u,)))
    return Div(mul(*above), mul(*below)) if below else mul(*above)


def complement_of_fraction(e: Expr) -> Expr | None:
    """``1 - u/(u + v) = v/(u + v)``, ``u/(u + v) - 1 = -v/(u + v)``: no digits cancel where the fraction is near 1"""
    if not isinstance(e, Add) or len(e.terms) != 2:
        return None
    for sign in (1, -1):
        turned = tuple(tidy(mul(num(sign), t)) for t in e.terms)
        one_first = Add(tuple(sorted(turned, key=lambda t: t != ONE)))
        made = one_minus_fraction(one_first)
        if isinstance(made, Div) and not isinstance(made.numerator, Add):
            return mul(num(sign), made)
    return None


def complement_of_erf(e: Expr) -> Expr | None:
    """``1 + erf(u) = erfc(-u)``, ``1 - erf(u) = erfc(u)``: no digits cancel in the tail"""
    return _complement(e, "erf", lambda u: Fn("erfc", (tidy(neg(u)),)))


def complement_of_tanh(e: Expr) -> Expr | None:
    """``1 + tanh(u) = 2 / (1 + e^(-2u))``: no digits cancel in the tail"""
    return _complement(e, "tanh", lambda u: Div(num(2), add_kept(ONE, Fn("exp", (tidy(mul(num(-2), u)),)))))


def _complement(e: Expr, name: str, of: Callable[[Expr], Expr]) -> Expr | None:
    """A sum with ``1 + f(u)``, or ``1 - f(u) = 1 + f(-u)`` of an odd function, in which ``of(u)`` stands for these."""
    if not isinstance(e, Add) or ONE not in e.terms:
        return None
    others = list(e.terms)
    others.remove(ONE)
    for i, other in enumerate(others):
        u = argument_of(other, name)
        if u is None and (mirrored := argument_of(tidy(neg(other)), name)) is not None:
            u = neg(mirrored)
        if u is not None:
            return add(of(u), *others[:i], *others[i + 1 :])
    return None


def slope_of_tanh(e: Expr) -> Expr | None:
    """``1 - tanh(u)^2 = (1 - tanh(u)) (1 + tanh(u))``"""
    if not isinstance(e, Add) or len(e.terms) != 2 or e.terms[0] != ONE:
        return None
    taken = tidy(neg(e.terms[1]))
    if not isinstance(taken, Pow) or taken.exponent != num(2) or argument_of(taken.base, "tanh") is None:
        return None
    return Mul((sub(ONE, taken.base), add(ONE, taken.base)))


def fraction_of_differences(e: Expr) -> Expr | None:
    """``(e^u - e^v) / (e^u + e^v) = tanh((u - v)/2)``"""
    if not isinstance(e, Div) or (below := exponents_of(e.denominator)) is None:
        return None
    u, v = below
    if e.numerator != sub(Fn("exp", (u,)), Fn("exp", (v,))):
        return None
    return Fn("tanh", (gather(collect(terms(mul(Num(Fraction(1, 2)), sub(u, v))))),))
