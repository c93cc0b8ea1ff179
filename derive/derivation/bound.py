"""Why gradients vanish in a deep chain: every layer multiplies by w f'(z), and f' is bounded."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, TypeGuard

from derive.algebra.layers import split
from derive.algebra.products import Product, terms
from derive.algebra.tree import Fn, Mul, Num, Pow, Prod, Ref, Sym, add, mul, neg, num
from derive.derivation.line import Line
from derive.derivation.paths import path_factors
from derive.derivation.steps import Derivation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from derive.algebra.tree import Expr
    from derive.derivation.engine import Engine

A = Sym("a")


def largest_slope(derivative: Expr) -> Fraction | None:
    """The largest value of ``c0 + c1 a + c2 a^2`` with c2 < 0 over all a, or of a constant; None for other forms."""
    coefficients = {0: Fraction(0), 1: Fraction(0), 2: Fraction(0)}
    for term in terms(derivative):
        degree = _degree(term)
        if degree is None:
            return None
        coefficients[degree] += term.scale
    if not coefficients[2]:
        return coefficients[0] if not coefficients[1] else None
    if coefficients[2] > 0:
        return None
    return coefficients[0] - coefficients[1] ** 2 / (4 * coefficients[2])


def _degree(term: Product) -> int | None:
    if not term.powers:
        return 0
    ((base, exponent),) = term.powers if len(term.powers) == 1 else ((None, 0),)
    return exponent if base == A and exponent in (1, 2) else None


def bound(engine: Engine, derivatives: Mapping[str, Expr]) -> list[Derivation]:
    """``|delta_1| <= s^L prod |w_l| |dJ/da_L|`` with s the largest slope; nothing where a slope is not bounded so."""
    first = Ref("delta", (Num(Fraction(1)),))
    factors = path_factors(engine, Ref("z", first.slots))
    line = Line(Fn("abs", (first,)))
    reason = "the absolute value of a product is the product of the absolute values"
    line.to(mul(*(Fn("abs", (f,)) for f in factors)), "product", reason)
    label = "delta-hidden/bound"
    if not _estimated(line, derivatives):
        return []
    return [Derivation(label, label, (line.start, line.now), tuple(line.steps))]


def closed_bound(closed: Derivation, derivatives: Mapping[str, Expr]) -> Derivation | None:
    """The same for the error of any layer of a chain, from its closed form; None where a slope is not bounded so."""
    left, right = closed.claim
    line = Line(Fn("abs", (left,)))
    line.to(Fn("abs", (right,)), "lemma", "found before", uses=(closed.label,))
    line.to(_absolute(right), "product", "the absolute value of a product is the product of the absolute values")
    if not _estimated(line, derivatives):
        return None
    label = closed.label.replace("/product", "/bound")
    return Derivation(label, label, (line.start, line.now), tuple(line.steps), layer=closed.layer, layers=closed.layers)


def _absolute(expr: Expr) -> Expr:
    """The absolute values of the factors, also of those of a product over layers."""
    if isinstance(expr, Mul):
        return mul(*map(_absolute, expr.factors))
    if isinstance(expr, Prod):
        return replace(expr, body=_absolute(expr.body))
    return Fn("abs", (expr,))


def _estimated(line: Line, derivatives: Mapping[str, Expr]) -> bool:
    """The step to the largest values of the slopes, where each has one and there is one."""
    sizes = [n for n in line.now.walk() if _is_size_of_slope(n)]
    largest = {n: _largest(n.args[0], derivatives) for n in sizes}
    if not largest or None in largest.values():
        return False
    after = _put_largest(line.now, {n: Num(value) for n, value in largest.items() if value is not None})
    line.to(_collected(_numbers_first(after)), "bound", "each slope is at most its largest value", relation="<=")
    return True


def _put_largest(expr: Expr, largest: Mapping[Fn, Num]) -> Expr:
    """Numbers for slopes, under products over layers too: what is put in has no letters."""
    if isinstance(expr, Fn) and expr in largest:
        return largest[expr]
    return expr.map(lambda child: _put_largest(child, largest))


def _is_size_of_slope(n: Expr) -> TypeGuard[Fn]:
    return isinstance(n, Fn) and n.name == "abs" and isinstance(n.args[0], Fn) and n.args[0].order == 1


def _largest(slope: Expr, derivatives: Mapping[str, Expr]) -> Fraction | None:
    assert isinstance(slope, Fn)
    return largest_slope(derivatives[slope.name]) if slope.name in derivatives else None


def _numbers_first(expr: Expr) -> Expr:
    expr = replace(expr, body=_numbers_first(expr.body)) if isinstance(expr, Prod) else expr
    return mul(*map(_numbers_first, expr.factors)) if isinstance(expr, Mul) else expr


def _collected(expr: Expr) -> Expr:
    """``prod_q 1/4 |w_q|  ->  (1/4)^(how many q) prod_q |w_q|``, with the numbers in front joined to the power."""
    factors = expr.factors if isinstance(expr, Mul) else (expr,)
    product = next((f for f in factors if isinstance(f, Prod)), None)
    number = product and next((f for f in _factors(product.body) if isinstance(f, Num)), None)
    if product is None or number is None:
        return expr
    rest = [f for f in factors if f != product]
    letter, offset = split(product.low)
    count = 1 - offset
    if number in rest:
        rest.remove(number)
        count += 1
    exponent = add(product.high, *([] if letter is None else [neg(letter)]), num(count))
    body = mul(*(f for f in _factors(product.body) if f != number))
    return mul(Pow(number, exponent), replace(product, body=body), *rest)


def _factors(expr: Expr) -> tuple[Expr, ...]:
    return expr.factors if isinstance(expr, Mul) else (expr,)
