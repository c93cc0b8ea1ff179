"""Networks on which a further condition holds, such as targets that sum to one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from derive.algebra.tree import Partial, Ref, Sym, sub
from derive.meaning.errors import NoDraw, Unsupported
from derive.meaning.world import World

if TYPE_CHECKING:
    from collections.abc import Sequence

    from derive.algebra.tree import Expr
    from derive.meaning.kinds import Array, Free
    from derive.model.model import Quantity

STEPS, PRECISION = 40, 1e-15
MOVED = ("target", "input", "hyper")
"""Roles of the leaves that are moved until a condition holds, the first that occurs in it."""


def satisfying(worlds: Sequence[World], conditions: Sequence[tuple[Expr, Expr]], free: Free = ()) -> tuple[World, ...]:
    """The networks with targets or inputs moved as little as needed for ``left = right`` to hold for all free letters.

    Positive numbers stay positive; nothing becomes special (targets that must sum to one do not become one-hot).

    Raises:
        Unsupported: a condition on nothing that can be moved, or one in exact arithmetic.
        NoDraw: no numbers were found.
    """
    out = []
    for world in worlds:
        for left, right in conditions:
            world = _imposed(world, sub(left, right), free)
        out.append(world)
    return tuple(out)


def made_positive(world: World, difference: Expr, free: Free = ()) -> World:
    """The network with leaves moved until a difference is positive: where it is not, to minus its value.

    Raises:
        Unsupported: a difference of nothing that can be moved, or one in exact arithmetic.
        NoDraw: no numbers were found.
    """
    used = tuple((letter, end) for letter, end in free if letter in difference.symbols)
    wanted = np.abs(world.value(difference, {}, used).reshape(-1))
    return _imposed(world, difference, free, wanted)


def _imposed(world: World, difference: Expr, free: Free, wanted: Array | float = 0.0) -> World:
    """Newton's method on the entries of one leaf; on their logarithms where they are positive."""
    if world.field.bound == 0:
        raise Unsupported("a condition in exact arithmetic: check with complex step")
    quantity = _moved_leaf(world, difference)
    used = tuple((letter, end) for letter, end in free if letter in difference.symbols)
    for _ in range(STEPS):
        residual = world.value(difference, {}, used).reshape(-1) - wanted
        if float(np.abs(residual).max()) <= PRECISION * max(1.0, float(np.max(wanted))):
            return world
        values = world.base.fetch(quantity.name, None)[0]
        values = _moved(values, residual, _slopes(world, difference, quantity, used))
        given = {**world.given, quantity.name: values}
        world = World(world.compiler, world.seed, world.depth, world.widths, world.sizes, given, world.attempt)
    raise NoDraw(f"no numbers of {quantity.name} satisfy the condition")


def _moved_leaf(world: World, difference: Expr) -> Quantity:
    names = {n.name for n in difference.walk() if isinstance(n, Ref) and not n.slots}
    for role in MOVED:
        found = [q for q in world.model.quantities.values() if q.name in names and q.role == role]
        free = [q for q in found if world.definition(q.name, None) is None]
        if free:
            return max(free, key=lambda q: len(q.axes))
    raise Unsupported("a condition on quantities of which none is a target or an input")


def _slopes(world: World, difference: Expr, quantity: Quantity, free: Free) -> Array:
    """The derivatives of the difference by all entries: (values of the free letters, entries)."""
    letters = tuple(Sym(f"{axis.letter.name}'") for axis in quantity.axes)
    ends = tuple((letter, axis.high) for letter, axis in zip(letters, quantity.axes, strict=True))
    slopes = world.value(Partial(difference, Ref(quantity.name, (), letters)), {}, (*free, *ends))
    return slopes.reshape(-1, int(np.prod(slopes.shape[len(free) :])))


def _moved(values: Array, residual: Array, slopes: Array) -> Array:
    """One step of Newton's method, the shortest one."""
    positive = bool((values > 0).all())
    weights = values.reshape(-1) if positive else np.ones(values.size)
    step = -(np.linalg.pinv(slopes * weights) @ residual).reshape(values.shape)
    out: Array = values * np.exp(step) if positive else values + step
    return out
