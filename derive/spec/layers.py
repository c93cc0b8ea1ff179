"""What the values of a formula with ``sum`` tell: it is about a whole layer, so it is sampled with layers of units."""

from __future__ import annotations

import math
import random
from fractions import Fraction
from typing import TYPE_CHECKING

from derive.algebra.formula import TOTAL
from derive.algebra.scalar import real
from derive.algebra.tree import Expr, Fn, Num, Sym
from derive.data.interval import REAL, Interval
from derive.errors import DeriveError
from derive.spec.borders import by_pieces
from derive.spec.sampling import RANGES, failure

if TYPE_CHECKING:
    from derive.errors import Place

WIDTHS, SCALES, TRIED = (1, 2, 3, 6), (0.1, 1.0, 5.0), 8
"""The layers in which a formula must have a value: so many units, numbers of these sizes, so many of each.

Nothing competes in a layer of one unit, so its values do not say where outputs lie.
"""


def range_of_layer(tree: Expr, place: Place) -> Interval:
    """The narrowest of ``RANGES`` that holds the values of a formula in the pre-activations of a layer.

    Raises:
        DeriveError: it has pieces, or no value in some layer.
    """
    constant = next((n for n in tree.walk() if isinstance(n, Fn) and n.name == TOTAL and not n.symbols), None)
    if constant is not None:
        raise DeriveError(
            "a sum(...) of something without z",
            expected="sums of what differs from unit to unit",
            remedy="write the number itself: how many units a layer has is not known to a formula",
            place=place,
        )
    if by_pieces(tree):
        raise DeriveError(
            "a formula with sum(...) has pieces",
            expected="one formula for all numbers where it is about a whole layer",
            remedy="write exp(z) or sqrt(z^2 + 1) for a piece such as max(0, z) or abs(z)",
            place=place,
        )
    values = [(layer, _values(tree, layer, place)) for layer in _layers()]
    found = [value for layer, outputs in values if len(layer) > 1 for value in outputs]
    return next((r for r in RANGES if all(v in r for v in found)), REAL)


def _layers() -> list[list[float]]:
    """The same layers every time; the pre-activations of units differ."""
    draw = random.Random(1)
    return [[draw.gauss(0, s) for _ in range(n)] for n in WIDTHS for s in SCALES for _ in range(TRIED)]


def _values(tree: Expr, layer: list[float], place: Place) -> list[float]:
    """The outputs of all units of a layer.

    Raises:
        DeriveError: one has none.
    """
    numbers = ", ".join(f"{z:.3g}" for z in layer)
    try:
        found = [real(_summed(tree, layer), {Sym("z"): z}) for z in layer]
    except (ArithmeticError, ValueError, TypeError) as error:
        why = failure(error)
    else:
        if all(isinstance(v, float | int) and math.isfinite(v) for v in found):
            return [float(v) for v in found]
        why = "it is too large for a number"
    raise DeriveError(
        f"the formula has no value in a layer of {len(layer)} with z = {numbers}: {why} (found by sampling)",
        expected="a formula that is defined for every layer",
        remedy="write one that has a value everywhere, such as z/sqrt(sum(z^2) + 1)",
        place=place,
    )


def _summed(tree: Expr, layer: list[float]) -> Expr:
    """The formula with its sums as numbers."""
    if isinstance(tree, Fn) and tree.name == TOTAL:
        return Num(_sum(tree.args[0], layer))
    return tree.map(lambda child: _summed(child, layer))


def _sum(body: Expr, layer: list[float]) -> Fraction:
    return Fraction(math.fsum(real(body, {Sym("z"): z}) for z in layer))
