"""What a formula's values tell: where it is undefined, in which interval they lie, where it has a kink.

A formula is looked at in many points, so what is found is likely and not proved; messages say where it was found.
"""

from __future__ import annotations

import math
from itertools import product
from typing import TYPE_CHECKING, NoReturn

from derive.algebra.scalar import real
from derive.algebra.tree import Expr, Sym
from derive.data.interval import CLOSED_UNIT, NON_NEGATIVE, POSITIVE, REAL, UNIT, Interval
from derive.errors import DeriveError, Place

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SMALL = tuple(n / 4 for n in range(-12, 13))
"""Points in which a formula must have a value of moderate size."""
LARGE = (*(n / 1.0 for n in range(-30, -3)), *(n / 1.0 for n in range(4, 31)), -100.0, 100.0)
"""Points further out, in which it may be too large for a number but not undefined."""
RANGES = (UNIT, CLOSED_UNIT, Interval(-1.0, 1.0), Interval(-1.0, 1.0, True, True), POSITIVE, NON_NEGATIVE, REAL)
"""Intervals that are told apart, a narrower one before a wider one."""
DOMAINS = (REAL, NON_NEGATIVE, POSITIVE, Interval(-1.0, 1.0), CLOSED_UNIT, UNIT)
INSIDE = {UNIT: (0.01, 0.2, 0.5, 0.8, 0.99), CLOSED_UNIT: (0.0, 0.01, 0.5, 0.99, 1.0)}
STEP, JUMP, SAME = 1e-5, 1e-2, 1e-6
TOO_LARGE = 1e100


def value_at(tree: Expr, values: Mapping[str, float]) -> float | str:
    """The value, or in words why there is none."""
    try:
        found = real(tree, {Sym(name): number for name, number in values.items()})
    except (ArithmeticError, ValueError, TypeError) as error:
        return failure(error)
    return found if math.isfinite(found) else "it is too large for a number"


def failure(error: Exception) -> str:
    """Why a formula has no value, from what its evaluation raised."""
    if isinstance(error, ZeroDivisionError):
        return "it divides by zero"
    if isinstance(error, OverflowError):
        return "it is too large for a number"
    return "it takes the logarithm or a root of a number that has none"  # also a complex power


def range_of(tree: Expr, place: Place) -> Interval:
    """The narrowest of ``RANGES`` that holds the values of a formula in ``z``.

    Raises:
        DeriveError: the formula has no value in some point.
    """
    values = {z: value_at(tree, {"z": z}) for z in sorted((*SMALL, *LARGE))}
    for z, found in sorted(values.items(), key=lambda item: (abs(item[0]), item[0])):
        if isinstance(found, str) and (z in SMALL or "too large" not in found):
            _undefined(f"z = {z:g}", found, place, "a formula that is defined for every z")
        if z in SMALL and isinstance(found, float) and abs(found) > TOO_LARGE:
            _undefined(f"z = {z:g}", "it is too large for a number", place, "a formula of moderate size near 0")
    known = [(z, v) for z, v in values.items() if isinstance(v, float)]
    if len(known) < len(values):
        return REAL if any(v < 0 for _, v in known) else NON_NEGATIVE
    return next(r for r in RANGES if _holds(r, known))


def _holds(interval: Interval, known: Sequence[tuple[float, float]]) -> bool:
    """Whether all values lie inside; an open end that is only reached by rounding, far out, does not count."""
    outside = [(z, v) for z, v in known if v not in interval]
    ends = [known[0][0], known[-1][0]]
    reached = all(v in (interval.low, interval.high) and abs(z) > SMALL[-1] for z, v in outside)
    settled = all(any(z * end > 0 and (end, v) in known for end in ends) for z, v in outside)
    return reached and settled


def domain_of(tree: Expr, place: Place) -> Interval:
    """The outputs ``a`` for which a cost is defined, whatever the target ``y``.

    Raises:
        DeriveError: it is defined on none of the intervals that outputs lie in.
    """
    for domain in DOMAINS:
        if all(isinstance(found, float) for _, _, found in _costs(tree, domain)):
            return domain
    a, y, why = next(found for found in _costs(tree, UNIT) if isinstance(found[2], str))
    expected = "a formula that is defined for outputs between 0 and 1 and any target"
    return _undefined(f"a = {a:g}, y = {y:g}", str(why), place, expected)


def _costs(tree: Expr, outputs: Interval) -> list[tuple[float, float, float | str]]:
    """(output, target, cost) in many points."""
    return [(a, y, value_at(tree, {"a": a, "y": y})) for a, y in product(_points(outputs), _points(REAL))]


def refuse_constant_slope(tree: Expr, domain: Interval, place: Place) -> None:
    """Refuses a cost whose slope is the same everywhere: nothing is ever better than anything.

    Raises:
        DeriveError: it is.
    """
    inside = [a for a in _points(domain) if a - STEP in domain and a + STEP in domain]
    found = [[value_at(tree, {"a": a + h, "y": y}) for h in (-STEP, STEP)] for a, y in product(inside, _points(REAL))]
    slopes = [(up - down) / (2 * STEP) for down, up in found if isinstance(up, float) and isinstance(down, float)]
    if max(slopes) - min(slopes) <= SAME * max(1.0, *map(abs, slopes)):
        raise DeriveError(
            f"the slope of the cost is {slopes[0]:.3g} for every output and target (found by sampling)",
            expected="a cost that says how far a is from y",
            remedy="write one such as (a - y)^4",
            place=place,
        )


def _points(interval: Interval) -> tuple[float, ...]:
    """Points of an interval, its closed ends among them, and none that rounding puts on an open one."""
    near = INSIDE.get(interval)
    return near or tuple(x for x in (*SMALL, 0.013, 0.97, -0.97, -7.0, 11.0) if x in interval)


def refuse_kinks(tree: Expr, place: Place, known: Sequence[float] = ()) -> None:
    """Refuses a formula in ``z`` whose slopes on both sides of a point differ, unless the point is known.

    Raises:
        DeriveError: with the point.
    """
    for z in (z for z in SMALL if z not in known):
        before, here, after = (value_at(tree, {"z": x}) for x in (z - STEP, z, z + STEP))
        if isinstance(before, str) or isinstance(here, str) or isinstance(after, str):
            continue
        left, right = (here - before) / STEP, (after - here) / STEP
        if abs(left - right) > JUMP * max(1.0, abs(left), abs(right)):
            raise DeriveError(
                f"the slope of the formula jumps at z = {z:g}: {left:.3g} before, {right:.3g} behind",
                expected="a slope in every point, or a formula that says where its pieces meet",
                remedy="write abs(z) for a root of z^2, or round the corner off: sqrt(z^2 + 1)",
                place=place,
            )


def _undefined(where: str, why: str, place: Place, expected: str) -> NoReturn:
    raise DeriveError(
        f"the formula has no value at {where}: {why} (found by sampling)",
        expected=expected,
        remedy="write one that has a value everywhere, such as log(1 + z^2) for log(z)",
        place=place,
    )
