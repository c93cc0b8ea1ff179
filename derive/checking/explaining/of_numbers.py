"""Repairs of signs, numbers, fractions and powers."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from derive.algebra.layers import shift
from derive.algebra.tree import (
    MINUS_ONE,
    ONE,
    ZERO,
    Add,
    Div,
    Expr,
    Fn,
    Num,
    Pow,
    Ref,
    num,
)
from derive.checking.explaining.change import Change
from derive.checking.explaining.spots import Spot, product
from derive.notation.raw import Power, Product, bare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from derive.checking.explaining.scope import Scope


def negative(e: Expr) -> Expr | None:
    """``x`` for ``-x``; None where there is no minus."""
    if isinstance(e, Num) and e.value < 0:
        return Num(-e.value)
    if isinstance(e, Product) and isinstance(bare(e.factors[0]), Num) and e.signs[1] != "/":
        first = bare(e.factors[0])
        assert isinstance(first, Num)
        if first.value < 0:
            rest = e.factors[1:] if first.value == -1 else (Num(-first.value), *e.factors[1:])
            return product(list(rest), list(e.signs[-len(rest) :]))
    return None


def minus(e: Expr) -> Expr:
    """``-x`` as the reader would have made it."""
    without = negative(e)
    if without is not None:
        return without
    if isinstance(e, Num):
        return Num(-e.value)
    return (
        Product((MINUS_ONE, *e.factors), ("", *e.signs))
        if isinstance(e, Product)
        else Product((MINUS_ONE, e), ("", ""))
    )


def other_sign(spot: Spot, _: Scope) -> Iterator[Change]:
    """``x`` for ``-x``, ``y - a`` for ``a - y``."""
    node = spot.node
    if isinstance(node, Add) and len(node.terms) == 2 and sum(negative(t) is not None for t in node.terms) == 1:
        turned = Add(
            (minus(node.terms[1]), minus(node.terms[0]))
            if negative(node.terms[1]) is not None
            else tuple(map(minus, node.terms))
        )
        dear = -0.1 if spot.parent is None or isinstance(spot.parent, Product) else 0.1
        yield Change(turned, "wrong sign: {0} should be {1}", (node, turned), dear=dear)
    if spot.is_term and node != ZERO:
        made = minus(node)
        yield Change(made, "wrong sign: {0} should be {1}", (node, made))


NUMBERS = tuple(Fraction(n) for n in ("2", "1/2", "3", "1/3", "4", "1/4"))


def other_number(spot: Spot, scope: Scope) -> Iterator[Change]:
    """``2`` for ``1``."""
    node = spot.node
    if not isinstance(node, Num) or isinstance(spot.parent, Pow | Power):
        return
    wanted = [node.value * c for c in NUMBERS] + [node.value + 1, node.value - 1, Fraction(1), Fraction(1, 2)]
    for value in dict.fromkeys(wanted):
        if value not in (node.value, -node.value):
            yield Change(Num(value), "wrong number: {0} should be {1}", (node, Num(value)))
    for size in scope.sizes:
        yield Change(size, "wrong number: {0} should be {1}", (node, size), dear=0.5)


def scaled(spot: Spot, scope: Scope) -> Iterator[Change]:
    """A number, 1/m or m in front."""
    node = spot.node
    if not spot.takes_factors:
        return
    dear = 0.0 if spot.parent is None else 0.15
    for c in NUMBERS:
        made = times(Num(c), node)
        yield Change(made, "the factor {0} is missing", (Num(c),), dear=dear)
    for size in scope.sizes:
        yield Change(
            times(Div(ONE, size), node), "the factor {0} is missing", (Div(ONE, size),), "missing_one_over_m", dear
        )
        yield Change(times(size, node), "the factor {0} is missing", (size,), "missing_factor", dear + 0.4)


def times(number: Expr, e: Expr) -> Expr:
    """A number in front of a product; it joins one that stands there."""
    if isinstance(e, Product) and isinstance(number, Num) and isinstance(e.factors[0], Num) and e.signs[1] != "/":
        return Product((Num(number.value * e.factors[0].value), *e.factors[1:]), e.signs)
    if isinstance(e, Product):
        return Product((number, *e.factors), ("", "", *e.signs[1:]))
    return Product((number, e), ("", ""))


def inverted(spot: Spot, _: Scope) -> Iterator[Change]:
    """``a/b`` for ``b/a``; a factor instead of a divisor."""
    node = spot.node
    if isinstance(node, Div):
        yield Change(Div(node.denominator, node.numerator), "the fraction {0} is upside down", (node,))
        yield Change(node.numerator, "the division by {0} is too much", (node.denominator,), "extra_factor", 0.3)
        turned = Product((node.numerator, node.denominator), ("", ""))
        yield Change(turned, "{0} is a factor, not a divisor", (node.denominator,))


def other_power(spot: Spot, _: Scope) -> Iterator[Change]:
    """``a`` for ``a^2``, ``a^m`` for ``a^{m-1}``."""
    node = spot.node
    if isinstance(node, Pow | Power):
        bases: list[Expr] = [node.base]
        for by in (1, -1):
            exponent = node.exponent
            value = num(exponent.value + by) if isinstance(exponent, Num) else shifted(exponent, by)
            if value not in (ONE, ZERO):
                bases.append(type(node)(node.base, value))
        for made in bases:
            yield Change(made, "wrong power: {0} should be {1}", (node, made))
    elif isinstance(node, Ref | Fn | Add) and not spot.in_derivative and not isinstance(spot.parent, Pow | Power):
        made = Pow(node, num(2))
        yield Change(made, "wrong power: {0} should be {1}", (node, made), dear=0.1)


def shifted(exponent: Expr, by: int) -> Expr:
    """``m - 1`` for ``m``, ``m`` for ``m + 1``."""
    try:
        return shift(exponent, by)
    except ValueError:
        return Add((exponent, num(by)))
