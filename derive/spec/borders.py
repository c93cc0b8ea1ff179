"""Where a formula by pieces changes from one piece to another: its kinks, found by sampling, and jumps, refused."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, NoReturn

from derive.algebra.cases import by_cases
from derive.algebra.substitute import put
from derive.algebra.tree import Cases, Compare, Expr, Fn, Mul, Num, Sym, neg, sub
from derive.data.activations import Kink
from derive.errors import DeriveError
from derive.spec.sampling import value_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from derive.data.interval import Interval
    from derive.errors import Place

Z = Sym("z")
GRID = tuple(sorted({n / 32 for n in range(-256, 257)} | {n / 4 for n in range(-120, 121)}))
"""Points between which borders are looked for."""
MOST = 64
"""So many kinks at most."""
NEAR, STEP, SAME = 1e-9, 1e-6, 1e-4
TARGETS = ("0", "1", "3/10", "-1/2")
PIECES = ("abs", "max", "min", "sign")


def by_pieces(tree: Expr) -> bool:
    """Whether a formula has pieces."""
    return any(isinstance(n, (Cases, Compare)) or (isinstance(n, Fn) and n.name in PIECES) for n in tree.walk())


def kinks_of(tree: Expr, place: Place) -> tuple[Kink, ...]:
    """The points in which the slopes of two pieces differ, each with the slope of the piece that holds there.

    Raises:
        DeriveError: the pieces do not meet in a point: the formula jumps.
    """
    tree = by_cases(tree)
    found = []
    for at in borders(tree):
        left, here, right = (value_at(tree, {"z": z}) for z in (at - STEP, at, at + STEP))
        if isinstance(left, str) or isinstance(here, str) or isinstance(right, str):
            continue
        before, behind = one_sided(tree, at)
        gaps = (abs(here - left - before * STEP), abs(right - here - behind * STEP))
        if not all(gap <= SAME * max(1.0, abs(here)) for gap in gaps):  # also where a slope is no number
            _jumps(f"z = {at:g}", left, right, place)
        if abs(before - behind) > SAME * max(1.0, abs(before), abs(behind)):
            found.append(Kink(at, slope_at(tree, at)))
    if len(found) > MOST:
        raise DeriveError(
            f"the formula has {len(found)} kinks (found by sampling)",
            expected=f"at most {MOST} between -30 and 30",
            remedy="write a simpler one",
            place=place,
        )
    return tuple(found)


def borders(tree: Expr) -> list[float]:
    """The points in which a condition may change."""
    found: list[float] = []
    for difference in _differences(tree):
        values = [value_at(difference, {"z": z}) for z in GRID]
        for (z, v), (y, w) in zip(
            zip(GRID, values, strict=True), list(zip(GRID, values, strict=True))[1:], strict=False
        ):
            if isinstance(v, str) or isinstance(w, str):
                continue
            if v == 0:
                found.append(z)
            elif v * w < 0:
                found.append(_root(difference, z, y))
    distinct: list[float] = []
    for at in sorted(found):
        if not distinct or at - distinct[-1] > NEAR:
            distinct.append(at)
    return distinct


def _differences(tree: Expr) -> Iterator[Expr]:
    """What changes its sign where one piece ends."""
    for n in tree.walk():
        if isinstance(n, Compare):
            yield sub(n.left, n.right)
        elif isinstance(n, Fn) and n.name in ("abs", "sign"):
            yield n.args[0]


def _root(difference: Expr, low: float, high: float) -> float:
    """The root between two points with values of opposite signs, as a simple fraction where it is one."""
    below = value_at(difference, {"z": low})
    for _ in range(80):
        middle = (low + high) / 2
        value = value_at(difference, {"z": middle})
        if isinstance(value, str) or isinstance(below, str) or value == 0:
            low = high = middle
        elif (value < 0) == (below < 0):
            low = middle
        else:
            high = middle
    simple = float(Fraction(low).limit_denominator(1000))
    return simple if abs(simple - low) < NEAR else low


# ---------------------------------------------------------------- slopes of pieces


def one_sided(tree: Expr, at: float) -> tuple[float, float]:
    """The slopes just before and just behind a point."""
    tree = by_cases(tree)
    return _slope(frozen(tree, at - STEP), at), _slope(frozen(tree, at + STEP), at)


def slope_at(tree: Expr, at: float) -> float:
    """The slope in a point of the piece that holds there."""
    return _slope(frozen(by_cases(tree), at), at)


def frozen(tree: Expr, at: float) -> Expr:
    """The piece that holds in a point, as a formula without pieces."""
    if isinstance(tree, Cases):
        holding = (v for v, c in zip(tree.values, tree.conditions, strict=True) if value_at(c, {"z": at}) == 1.0)
        return frozen(next(holding, tree.otherwise), at)
    tree = tree.map(lambda child: frozen(child, at))
    if isinstance(tree, Compare):
        return Num(Fraction(int(value_at(tree, {"z": at}) == 1.0)))
    if isinstance(tree, Fn) and tree.name in ("abs", "sign"):
        inside = value_at(tree.args[0], {"z": at})
        sign = 0 if isinstance(inside, str) or abs(inside) < NEAR else int(math.copysign(1, inside))
        return Num(Fraction(sign)) if tree.name == "sign" else _signed(tree.args[0], sign)
    return tree


def _signed(e: Expr, sign: int) -> Expr:
    return Mul((Num(Fraction(0)), e)) if sign == 0 else e if sign > 0 else neg(e)


def _slope(tree: Expr, at: float) -> float:
    """By differences of a smooth formula; one-sided where it ends."""
    above, here, below = (value_at(tree, {"z": z}) for z in (at + STEP, at, at - STEP))
    if isinstance(above, float) and isinstance(below, float):
        return _rounded((above - below) / (2 * STEP))
    if isinstance(above, float) and isinstance(here, float):
        return _rounded((above - here) / STEP)
    return _rounded((here - below) / STEP) if isinstance(here, float) and isinstance(below, float) else math.nan


def _rounded(slope: float) -> float:
    """A difference has about nine digits; a simple number among them is meant."""
    simple = float(Fraction(slope).limit_denominator(1000))
    return simple if abs(simple - slope) < 1e-8 * max(1.0, abs(slope)) else slope


def refuse_jumps(tree: Expr, domain: Interval, place: Place) -> None:
    """Refuses a cost whose pieces do not meet, for some targets.

    Raises:
        DeriveError: with the output and the target.
    """
    for target in TARGETS:
        along = put(by_cases(tree), {Sym("a"): Z, Sym("y"): Num(Fraction(target))})
        for at in borders(along):
            left, here, right = (value_at(along, {"z": z}) for z in (at - STEP, at, at + STEP))
            known = [v for v in (left, here, right) if isinstance(v, float)]
            inside = at - STEP in domain and at + STEP in domain
            if inside and len(known) == 3 and max(known) - min(known) > SAME * max(1.0, *map(abs, known)):
                _jumps(f"a = {at:g} for y = {target}", known[0], known[2], place)


def _jumps(at: str, left: float, right: float, place: Place) -> NoReturn:
    raise DeriveError(
        f"the formula jumps at {at}: {left:.3g} before, {right:.3g} behind (found by sampling)",
        expected="pieces that meet where one ends and the next begins",
        remedy="add a number to one of the pieces",
        place=place,
    )
