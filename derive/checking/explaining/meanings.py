"""Slips that are told by what the repaired part means: an activation derivative taken wrong, one taken twice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from derive.checking.explaining.spots import factors
from derive.checking.judging.comparing import RIGHT, Array, residual, same_shape
from derive.errors import DeriveError
from derive.meaning import MeaningError, World
from derive.notation.raw import Product
from derive.notation.typing import Typing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from derive.algebra.tree import Expr
    from derive.checking.explaining.scope import Scope, Slope
    from derive.checking.explaining.search import Found
    from derive.checking.explaining.trial import Trial

INSIDE = frozenset({"wrong_sign", "wrong_power", "wrong_index"})
"""Slips that are called after the activation derivative when they stand inside one."""


def named_by_meaning(found: Found, trial: Trial, scope: Scope) -> Found:
    """The repair under the name that its place in the mathematics gives it."""
    if found.kind in INSIDE:
        slope = next((s for e in _around(found) if (s := _slope(e, found, trial, scope))), None)
        if slope is not None and found.spot.trail:
            return replace(
                found, kind="wrong_activation_derivative", cost=found.cost - 0.15,
                says="the derivative of the activation is taken wrong: " + found.says,
            )  # fmt: skip
    if found.kind in ("extra_factor", "extra_activation_derivative") and found.parts:
        return _of_too_much(found, trial, scope)
    return found


def _of_too_much(found: Found, trial: Trial, scope: Scope) -> Found:
    """A factor f'(z) too much: where z is what the left side differentiates by, the cost's derivative holds it."""
    if found.parts[0] == scope.variable:
        says = "the factor {0} is too much: the derivative by {0} itself is 1"
        return replace(found, kind="wrong_variable", says=says, cost=found.cost - 0.1)
    slope = _slope(found.parts[0], found, trial, scope)
    if slope is None:
        return found
    says = "the activation derivative {0} is too much"
    if scope.variable is not None and slope.z.name == scope.variable.name:
        says += ": what stands beside it is the derivative of the cost by the pre-activation already"
        return replace(found, kind="wrong_cost_derivative", says=says, cost=found.cost - 0.2)
    return replace(found, kind="extra_activation_derivative", says=says, cost=found.cost - 0.2)


def _around(found: Found) -> Iterator[Expr]:
    """The repaired node and what stands around it, with the products of its factors that hold it."""
    inner = found.node
    for e in found.spot.path(found.node):
        yield e
        parts, signs = factors(e)
        if isinstance(e, Product) and "/" not in signs:
            for other in parts:
                if other is not inner and inner in parts:
                    yield Product((inner, other), ("", ""))
        inner = e


def _slope(e: Expr, found: Found, trial: Trial, scope: Scope) -> Slope | None:
    """The activation derivative that an expression is, in numbers."""
    value = _value(e, found, trial)
    if value is None or not value[0].size:
        return None
    array, world = value
    for slope in scope.slopes(found.spot.bound):
        other = _value(slope.derivative, found, trial)
        if other is not None and _alike(array, other[0], world):
            return slope
    return None


def _alike(x: Array, y: Array, world: World) -> bool:
    try:
        difference, points = residual(world, *same_shape(x, y), None, "=")
    except ValueError:
        return False
    return points > 0 and difference <= RIGHT


def _value(e: Expr, found: Found, trial: Trial) -> tuple[Array, World] | None:
    """The numbers of a part on one network."""
    typing = Typing(trial.table)
    try:
        where = trial.first_world(found.readings[0])
        if where is None:
            return None
        world, at = where
        made = typing.settled(typing.typed(e)[0])
        letters = tuple(found.readings[0].letters.items())
        return np.asarray(world.value(made, at, letters)), world
    except (DeriveError, MeaningError, ValueError, KeyError):
        return None
