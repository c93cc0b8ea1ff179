"""Why gradients vanish in a deep chain: every layer multiplies by w f'(z), and f' is bounded."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from derive.algebra.products import Product, terms
from derive.algebra.tree import Fn, Num, Ref, Sym, mul
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
    if not any(isinstance(f, Fn) and f.order == 1 for f in factors):
        return []
    line = Line(Fn("abs", (first,)))
    absolute = [Fn("abs", (f,)) for f in factors]
    line.to(mul(*absolute), "product", "the absolute value of a product is the product of the absolute values")
    limits: list[Expr] = []
    for factor in factors:
        if isinstance(factor, Fn) and factor.order == 1:
            largest = largest_slope(derivatives[factor.name])
            if largest is None:
                return []
            limits.append(Num(largest))
        else:
            limits.append(Fn("abs", (factor,)))
    line.to(mul(*limits), "bound", "each slope is at most its largest value", relation="<=")
    label = "delta-hidden/bound"
    return [Derivation(label, label, (line.start, line.now), tuple(line.steps))]
