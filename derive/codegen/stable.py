"""Formulas rewritten so that nothing overflows and no digits are lost: rules on the tree, each an identity.

Every rule is one function; its docstring is the identity.  They know elementary functions and fractions, no
activation and no cost.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from derive.algebra.factor import gather
from derive.algebra.products import collect, terms
from derive.algebra.tree import (
    ONE,
    ZERO,
    Add,
    Cases,
    Compare,
    Div,
    Expr,
    Fn,
    Mul,
    Num,
    Pow,
    Sum,
    add,
    mul,
    neg,
    num,
    sub,
)
from derive.codegen.guards import guarded
from derive.codegen.nodes import Largest, LogSumExp

if TYPE_CHECKING:
    from collections.abc import Callable


def stable(expr: Expr) -> Expr:
    """The expression with every rule applied until none applies, and its pieces computed where they are meant only."""
    return guarded(_rewritten(expr))


def _rewritten(expr: Expr) -> Expr:
    """Every rule applied until none applies, outermost first: a log sees the fraction in it."""
    for rule in RULES:
        found = rule(expr)
        if found is not None:
            return _rewritten(found)
    inner = expr.map(_rewritten)
    return inner if inner is expr else _rewritten(inner)


def log_of_exp(e: Expr) -> Expr | None:
    """``log(exp(u)) = u``, ``log(1) = 0``"""
    inside = _argument(e, "log")
    if inside == ONE:
        return ZERO
    return None if inside is None else _argument(inside, "exp")


def log_of_fraction(e: Expr) -> Expr | None:
    """``log(u / v) = log(u) - log(v)``"""
    inside = _argument(e, "log")
    if not isinstance(inside, Div):
        return None
    return sub(Fn("log", (inside.numerator,)), Fn("log", (inside.denominator,)))


def log_of_mirrored(e: Expr) -> Expr | None:
    """``log(1 - u/v) = log((v - u)/v)``, ``log(e^u/(e^v + e^w)) = -log(e^(v-u) + e^(w-u))``: no digits cancel"""
    inside = _argument(e, "log")
    if isinstance(inside, Add) and (complement := _one_minus_fraction(inside)) is not None:
        return Fn("log", (complement,))
    if not isinstance(inside, Div) or (u := _exponent(inside.numerator)) is None:
        return None
    exponents = _exponents(inside.denominator)
    if exponents is None:
        return None
    return neg(Fn("log", (add_kept(*(_exp(tidy(sub(v, u))) for v in exponents)),)))


def log_of_sum_over_units(e: Expr) -> Expr | None:
    """``log(sum_i e^(u_i)) = logsumexp_i(u_i)``"""
    inside = _argument(e, "log")
    if not isinstance(inside, Sum) or (u := _exponent(inside.body)) is None:
        return None
    return LogSumExp(u, inside.index, inside.low, inside.high)


def log_of_two_exponentials(e: Expr) -> Expr | None:
    """``log(e^u + e^v) = logaddexp(u, v)``"""
    inside = _argument(e, "log")
    exponents = None if inside is None else _exponents(inside)
    return None if exponents is None else Fn("logaddexp", tuple(sorted(exponents, key=lambda u: u != ZERO)))


def log_of_cosh(e: Expr) -> Expr | None:
    """``log(cosh(u)) = log_of_cosh(u)``, a helper: cosh overflows, and near 0 its logarithm loses digits"""
    inside = _argument(e, "log")
    u = None if inside is None else _argument(inside, "cosh")
    return None if u is None else Fn("log_of_cosh", (u,))


def sinh_over_cosh(e: Expr) -> Expr | None:
    """``x sinh(u) / (y cosh(u)) = (x / y) tanh(u)``"""
    if not isinstance(e, Div):
        return None
    above, below = list(_factors(e.numerator)), list(_factors(e.denominator))
    u = next((u for f in above if (u := _argument(f, "sinh")) is not None and Fn("cosh", (u,)) in below), None)
    if u is None:
        return None
    above[above.index(Fn("sinh", (u,)))] = Fn("tanh", (u,))
    below.remove(Fn("cosh", (u,)))
    return Div(mul(*above), mul(*below)) if below else mul(*above)


def log_of_softplus(e: Expr) -> Expr | None:
    """``log(log(1 + e^u)) = log_of_softplus(u)``, a helper: where ``1 + e^u`` is 1 to a computer, this is u"""
    u = _softplus(_argument(e, "log"))
    return None if u is None else Fn("log_of_softplus", (u,))


def over_softplus(e: Expr) -> Expr | None:
    """``x / (y log(1 + e^u)) = (x / y) e^(-log_of_softplus(u))``: what vanishes below is known by its logarithm"""
    if not isinstance(e, Div):
        return None
    below = list(_factors(e.denominator))
    for factor in below:
        if (u := _softplus(factor)) is not None:
            below.remove(factor)
            rest = Div(e.numerator, mul(*below)) if below else e.numerator
            return mul(rest, Fn("exp", (neg(Fn("log_of_softplus", (u,))),)))
    return None


def product_of_exponentials(e: Expr) -> Expr | None:
    """``e^u e^v = e^(u + v)``: one may overflow where the other vanishes"""
    product: Expr = mul(*e.factors) if isinstance(e, Mul) else e
    powers = [u for f in _factors(product) if (u := _argument(f, "exp")) is not None]
    if len(powers) < 2:
        return None
    others = (f for f in _factors(product) if _argument(f, "exp") is None)
    return mul(*others, Fn("exp", (tidy(add(*powers)),)))


def own_logarithm(e: Expr) -> Expr | None:
    """``u (log(u) + x) = u log(u) + u x``; ``u log(u)`` is 0 where u is 0"""
    if not isinstance(e, Mul):
        return None
    for factor in e.factors:
        rest = mul(*(f for f in e.factors if f is not factor))
        terms = factor.terms if isinstance(factor, Add) else ()
        own = [t for t in terms if _argument(t, "log") in e.factors]
        if own:
            return add(mul(rest, own[0]), mul(rest, add(*(t for t in terms if t != own[0]))))
        if (u := _argument(factor, "log")) is not None and u in e.factors:
            return mul(rest, Fn("log", (Cases((u,), (Compare(">", u, ZERO),), ONE),)))
    return None


def over_two_exponentials(e: Expr) -> Expr | None:
    """``e^u x / (y (e^v + e^w)) = (x / y) e^(-logaddexp(v - u, w - u))``: relative accuracy in both tails"""
    if not isinstance(e, Div):
        return None
    below, above = _factors(e.denominator), _factors(e.numerator)
    for i, factor in enumerate(below):
        if (exponents := _exponents(factor)) is None:
            continue
        powers = [f for f in above if _argument(f, "exp") is not None][:1]
        for u in (_argument(f, "exp") for f in powers):
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
    below = _factors(e.denominator)
    for i, factor in enumerate(below):
        if not isinstance(factor, Pow) or not isinstance(factor.exponent, Num):
            continue
        if (exponents := _exponents(factor.base)) is None:
            continue
        total = mul(factor.exponent, Fn("logaddexp", tuple(exponents)))
        parts = [_times_exponential(t, neg(total)) for t in _terms(e.numerator)]
        others = mul(*below[:i], *below[i + 1 :])
        made = parts[0] if len(parts) == 1 else Add(tuple(parts))
        return made if others == ONE else Div(made, others)
    return None


def _times_exponential(e: Expr, exponent: Expr) -> Expr:
    """``x e^u`` times ``e^v`` as ``x e^(u + v)``."""
    factors = _factors(e)
    powers = [f for f in factors if _argument(f, "exp") is not None]
    rest = [f for f in factors if f not in powers]
    return mul(*rest, Fn("exp", (tidy(add(*(f.children[0] for f in powers), exponent)),)))


def exponential_beside_fraction(e: Expr) -> Expr | None:
    """``(x / (e^v + e^w)) e^u = x e^u / (e^v + e^w)``"""
    if not isinstance(e, Mul) or not any(_argument(f, "exp") is not None for f in e.factors):
        return None
    for i, factor in enumerate(e.factors):
        if isinstance(factor, Div) and any(_exponents(f) is not None for f in _factors(factor.denominator)):
            return Div(mul(*e.factors[:i], factor.numerator, *e.factors[i + 1 :]), factor.denominator)
    return None


def exponential_minus_one(e: Expr) -> Expr | None:
    """``e^u - 1 = expm1(u)``: no digits cancel near 0"""
    if not isinstance(e, Add) or len(e.terms) != 2 or num(-1) not in e.terms:
        return None
    (other,) = [t for t in e.terms if t != num(-1)] or [ONE]
    u = _argument(other, "exp")
    return None if u is None else Fn("expm1", (u,))


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


def share_of_exponentials(e: Expr) -> Expr | None:
    """``e^(u_k) / sum_i e^(u_i) = e^(u_k - m) / sum_i e^(u_i - m)`` with ``m = max_i u_i``: no exponent above 0"""
    if not isinstance(e, Div) or not isinstance(e.denominator, Sum):
        return None
    total = e.denominator
    top, below = _exponent(e.numerator), _exponent(total.body)
    if top is None or below is None or any(isinstance(n, Largest) for n in top.walk()):
        return None
    largest = Largest(below, total.index, total.low, total.high)
    shifted = Sum(Fn("exp", (sub(below, largest),)), total.index, total.low, total.high)
    return Div(Fn("exp", (sub(top, largest),)), shifted)


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


def complement_of_erf(e: Expr) -> Expr | None:
    """``1 + erf(u) = erfc(-u)``, ``1 - erf(u) = erfc(u)``: no digits cancel in the tail"""
    return _complement(e, "erf", lambda u: Fn("erfc", (tidy(neg(u)),)))


def complement_of_tanh(e: Expr) -> Expr | None:
    """``1 + tanh(u) = 2 / (1 + e^(-2u))``: no digits cancel in the tail"""
    return _complement(e, "tanh", lambda u: Div(num(2), add_kept(ONE, Fn("exp", (tidy(mul(num(-2), u)),)))))


def slope_of_tanh(e: Expr) -> Expr | None:
    """``1 - tanh(u)^2 = (1 - tanh(u)) (1 + tanh(u))``"""
    if not isinstance(e, Add) or len(e.terms) != 2 or e.terms[0] != ONE:
        return None
    taken = tidy(neg(e.terms[1]))
    if not isinstance(taken, Pow) or taken.exponent != num(2) or _argument(taken.base, "tanh") is None:
        return None
    return Mul((sub(ONE, taken.base), add(ONE, taken.base)))


def fraction_of_differences(e: Expr) -> Expr | None:
    """``(e^u - e^v) / (e^u + e^v) = tanh((u - v)/2)``"""
    if not isinstance(e, Div) or (below := _exponents(e.denominator)) is None:
        return None
    u, v = below
    if e.numerator != sub(Fn("exp", (u,)), Fn("exp", (v,))):
        return None
    return Fn("tanh", (gather(collect(terms(mul(Num(Fraction(1, 2)), sub(u, v))))),))


RULES: tuple[Callable[[Expr], Expr | None], ...] = (
    log_of_exp,
    log_of_mirrored,
    log_of_fraction,
    log_of_sum_over_units,
    log_of_two_exponentials,
    log_of_cosh,
    sinh_over_cosh,
    log_of_softplus,
    over_softplus,
    product_of_exponentials,
    own_logarithm,
    fraction_of_differences,
    exponential_beside_fraction,
    over_two_exponentials,
    over_power_of_two_exponentials,
    share_of_exponentials,
    largest_of_several,
    indicator,
    difference_of_signs,
    exponential_minus_one,
    complement_of_erf,
    complement_of_tanh,
    slope_of_tanh,
    other_case,
)


# ---------------------------------------------------------------- what the rules look for


def _argument(e: Expr, name: str) -> Expr | None:
    return e.args[0] if isinstance(e, Fn) and e.name == name and not e.order else None


def _complement(e: Expr, name: str, of: Callable[[Expr], Expr]) -> Expr | None:
    """A sum with ``1 + f(u)``, or ``1 - f(u) = 1 + f(-u)`` of an odd function, in which ``of(u)`` stands for these."""
    if not isinstance(e, Add) or ONE not in e.terms:
        return None
    others = list(e.terms)
    others.remove(ONE)
    for i, other in enumerate(others):
        u = _argument(other, name)
        if u is None and (mirrored := _argument(tidy(neg(other)), name)) is not None:
            u = neg(mirrored)
        if u is not None:
            return add(of(u), *others[:i], *others[i + 1 :])
    return None


def _softplus(e: Expr | None) -> Expr | None:
    """``u`` of ``log(1 + e^u)``, in either way of writing it."""
    if not isinstance(e, Fn) or e.order:
        return None
    exponents = list(e.args) if e.name == "logaddexp" else _exponents(e.args[0]) if e.name == "log" else None
    if exponents is None or ZERO not in exponents:
        return None
    exponents.remove(ZERO)
    return exponents[0]


def _factors(e: Expr) -> tuple[Expr, ...]:
    return e.factors if isinstance(e, Mul) else (e,)


def _terms(e: Expr) -> tuple[Expr, ...]:
    return e.terms if isinstance(e, Add) else (e,)


def _exponent(e: Expr) -> Expr | None:
    """``u`` of ``e^u``; 1 is ``e^0``."""
    return ZERO if e == ONE else _argument(e, "exp")


def _exp(u: Expr) -> Expr:
    return ONE if u == ZERO else Fn("exp", (u,))


def _exponents(e: Expr) -> list[Expr] | None:
    """``[u, v]`` of ``e^u + e^v``."""
    if not isinstance(e, Add) or len(e.terms) != 2:
        return None
    found = [_exponent(t) for t in e.terms]
    return [u for u in found if u is not None] if all(u is not None for u in found) else None


def add_kept(*terms: Expr) -> Expr:
    """A sum whose terms stay in their places."""
    return Add(tuple(terms))


def _one_minus_fraction(e: Add) -> Expr | None:
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
