"""Logarithms that meet what they undo, or that are taken of what vanishes."""

from __future__ import annotations

from derive.algebra.tree import ONE, ZERO, Add, Cases, Compare, Div, Expr, Fn, Mul, Sum, add, mul, neg, sub
from derive.codegen.nodes import LogSumExp
from derive.codegen.stable.patterns import (
    add_kept,
    argument_of,
    exp_of,
    exponent_of,
    exponents_of,
    factors_of,
    one_minus_fraction,
    softplus_of,
    tidy,
)


def log_of_exp(e: Expr) -> Expr | None:
    """``log(exp(u)) = u``, ``log(1) = 0``"""
    inside = argument_of(e, "log")
    if inside == ONE:
        return ZERO
    return None if inside is None else argument_of(inside, "exp")


def log_of_fraction(e: Expr) -> Expr | None:
    """``log(u / v) = log(u) - log(v)``"""
    inside = argument_of(e, "log")
    if not isinstance(inside, Div):
        return None
    return sub(Fn("log", (inside.numerator,)), Fn("log", (inside.denominator,)))


def log_of_mirrored(e: Expr) -> Expr | None:
    """``log(1 - u/v) = log((v - u)/v)``, ``log(e^u/(e^v + e^w)) = -log(e^(v-u) + e^(w-u))``: no digits cancel"""
    inside = argument_of(e, "log")
    if isinstance(inside, Add) and (complement := one_minus_fraction(inside)) is not None:
        return Fn("log", (complement,))
    if not isinstance(inside, Div) or (u := exponent_of(inside.numerator)) is None:
        return None
    exponents = exponents_of(inside.denominator)
    if exponents is None:
        return None
    return neg(Fn("log", (add_kept(*(exp_of(tidy(sub(v, u))) for v in exponents)),)))


def log_of_sum_over_units(e: Expr) -> Expr | None:
    """``log(sum_i e^(u_i)) = logsumexp_i(u_i)``"""
    inside = argument_of(e, "log")
    if not isinstance(inside, Sum) or (u := exponent_of(inside.body)) is None:
        return None
    return LogSumExp(u, inside.index, inside.low, inside.high)


def log_of_two_exponentials(e: Expr) -> Expr | None:
    """``log(e^u + e^v) = logaddexp(u, v)``"""
    inside = argument_of(e, "log")
    exponents = None if inside is None else exponents_of(inside)
    return None if exponents is None else Fn("logaddexp", tuple(sorted(exponents, key=lambda u: u != ZERO)))


def log_of_cosh(e: Expr) -> Expr | None:
    """``log(cosh(u)) = log_of_cosh(u)``, a helper: cosh overflows, and near 0 its logarithm loses digits"""
    inside = argument_of(e, "log")
    u = None if inside is None else argument_of(inside, "cosh")
    return None if u is None else Fn("log_of_cosh", (u,))


def log_of_softplus(e: Expr) -> Expr | None:
    """``log(log(1 + e^u)) = log_of_softplus(u)``, a helper: where ``1 + e^u`` is 1 to a computer, this is u"""
    u = softplus_of(argument_of(e, "log"))
    return None if u is None else Fn("log_of_softplus", (u,))


def over_softplus(e: Expr) -> Expr | None:
    """``x / (y log(1 + e^u)) = (x / y) e^(-log_of_softplus(u))``: what vanishes below is known by its logarithm"""
    if not isinstance(e, Div):
        return None
    below = list(factors_of(e.denominator))
    for factor in below:
        if (u := softplus_of(factor)) is not None:
            below.remove(factor)
            rest = Div(e.numerator, mul(*below)) if below else e.numerator
            return mul(rest, Fn("exp", (neg(Fn("log_of_softplus", (u,))),)))
    return None


def own_logarithm(e: Expr) -> Expr | None:
    """``u (log(u) + x) = u log(u) + u x``; ``u log(u)`` is 0 where u is 0"""
    if not isinstance(e, Mul):
        return None
    for factor in e.factors:
        rest = mul(*(f for f in e.factors if f is not factor))
        terms = factor.terms if isinstance(factor, Add) else ()
        own = [t for t in terms if argument_of(t, "log") in e.factors]
        if own:
            return add(mul(rest, own[0]), mul(rest, add(*(t for t in terms if t != own[0]))))
        if (u := argument_of(factor, "log")) is not None and u in e.factors:
            return mul(rest, Fn("log", (Cases((u,), (Compare(">", u, ZERO),), ONE),)))
    return None
