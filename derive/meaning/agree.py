"""Do two expressions have the same value on every network?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from derive.meaning.complex_step import ComplexStep
from derive.meaning.errors import EmptyCheck, ShapeError, Unsupported
from derive.meaning.networks import world as draw

MARGIN, AGAIN = 1e-8, 4
"""A difference below this may be rounding: other numbers decide, drawn so often.  Wrong ones differ by far more."""

SECOND = 1e-9
"""The bound for lines with a second derivative, which is found by differences of first ones."""

VISIBLE = 1e-6
"""A relative difference that shows in the digits of a failure."""

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from derive.algebra.layers import LayerSet
    from derive.algebra.tree import Expr, Sym
    from derive.meaning.compiler import Plan
    from derive.meaning.kinds import Array, Free
    from derive.meaning.world import World
    from derive.model.model import Definition, Model


@dataclass(frozen=True)
class Failure:
    """Numbers that anyone can replay: ``world(model, seed, depth, widths, field)``.

    ``indices``: the layer letter and the free letters (rows and columns as ``row``, ``column``), counted from 1.
    """

    seed: int
    depth: int
    widths: tuple[int, ...]
    sizes: Mapping[str, int]
    field: str
    indices: Mapping[str, int]
    left: float
    right: float

    def __str__(self) -> str:
        where = ", ".join(f"{k} = {v}" for k, v in self.indices.items())
        widths = ",".join(map(str, self.widths))
        where = f", {where}" if where else ""
        return f"widths {widths}, seed {self.seed}{where}: {self.left:.6g} against {self.right:.6g}"


@dataclass(frozen=True)
class Agreement:
    """On how many networks and entries two expressions were compared, and how well they agree.

    ``worst``: the largest difference relative to the largest entry of its array; for ``<=`` by how much it is violated.
    """

    networks: int
    entries: int
    worst: float
    bound: float
    failure: Failure | None = None

    @property
    def holds(self) -> bool:
        """Whether they agree."""
        return self.failure is None

    def __bool__(self) -> bool:
        return self.holds


def agree(
    model: Model,
    left: Expr,
    right: Expr,
    layer: Sym | None,
    layers: LayerSet | None,
    free: Free,
    worlds: Sequence[World],
    *,
    relation: str = "=",
    updates: tuple[Definition, ...] = (),
    letters: Mapping[Sym, int] | None = None,
    every_layer: bool = False,
) -> Agreement:
    """Compare on every world, in layers of ``layers``, for all entries; stops at the first failure.

    In each world the last layer and a varying one take part, with ``every_layer`` all of them.

    A failure in exact arithmetic is shown on the network of ordinary numbers with the same seed and widths.

    Worlds too shallow for the layers named in the expressions are passed over.

    Raises:
        EmptyCheck: nothing was compared.
        MeaningError: an expression has no value: shapes, ranges or names are wrong.
    """
    if any(world.model is not model and world.model != model for world in worlds):
        raise ValueError("the networks belong to another model")
    pair = Pair(left, right, free, updates, {s.name: n for s, n in (letters or {}).items()})
    networks = entries = 0
    worst = bound = 0.0
    compiler = None
    for world in worlds:
        compared = 0
        if world.compiler is not compiler:
            compiler, plans = world.compiler, pair.plans(world)
            deepest, second = max(p.deepest for p in plans), any(p.second for p in plans)
            bound = max(world.field.bound, SECOND) if second else world.field.bound
        for at in _places(world, layer, layers, deepest, every_layer):
            x, y = pair.values(world, plans, at)
            residual = _residual(world, x, y, relation)
            if bound < residual < MARGIN and not world.given:
                residual = _redrawn(world, pair, at, relation)
            worst = max(worst, residual)
            compared += max(x.size, y.size)
            if not residual <= bound:
                failure = _failure(_in_floats(world, pair, at, relation), pair, at)
                return Agreement(networks + 1, entries + compared, residual, bound, failure)
        networks, entries = networks + (compared > 0), entries + compared
    if not entries:
        raise EmptyCheck(f"no network has a layer in {layers}: nothing was compared")
    return Agreement(networks, entries, worst, bound)


@dataclass(frozen=True)
class Pair:
    """Two expressions over free letters."""

    left: Expr
    right: Expr
    free: Free
    updates: tuple[Definition, ...]
    letters: Mapping[str, int]

    def plans(self, world: World) -> tuple[Plan, Plan]:
        """Both compiled."""
        plan = world.compiler.plan
        return plan(self.left, self.free), plan(self.right, self.free)

    def values(self, world: World, plans: tuple[Plan, Plan], at: Mapping[str, int]) -> tuple[Array, Array]:
        """Both values in one layer of one network."""
        numbers = {**self.letters, **at} if self.letters else at
        return world.at(plans[0], numbers, self.updates), world.at(plans[1], numbers, self.updates)


def _places(
    world: World, layer: Sym | None, layers: LayerSet | None, deepest: int, every: bool
) -> Iterator[dict[str, int]]:
    """The layers at which this world takes part."""
    if deepest > world.depth:
        return
    members = None if layers is None else world.places(layers, every)
    if members is None or (layer is None and members):
        yield {}
    elif layer is not None:
        yield from ({layer.name: m} for m in members or ())


def _residual(world: World, x: Array, y: Array, relation: str) -> float:
    if x.shape != y.shape:
        raise ShapeError(f"the two sides have the shapes {x.shape} and {y.shape}")
    if not x.size:
        return 0.0
    if relation == "=":
        return world.field.residual(x, y)
    if relation != "<=" or world.field.bound == 0:
        raise Unsupported(f"the relation {relation} between values of the field {world.field.name}")
    excess = float(np.max(x - y)) / float(max(np.max(np.abs(x)), np.max(np.abs(y)), 1e-300))
    return max(0.0, excess) if np.isfinite(excess) else float("inf")


def _redrawn(world: World, pair: Pair, at: Mapping[str, int], relation: str) -> float:
    """The least difference on networks of the same widths with other numbers."""
    residuals = []
    for n in range(1, AGAIN + 1):
        seed = world.seed + 1000 * n
        other = draw(world.model, seed, world.depth, world.widths, sizes=world.sizes, compiler=world.compiler)
        residuals.append(_residual(other, *pair.values(other, pair.plans(other), at), relation))
        if residuals[-1] <= world.field.bound:
            break
    return min(residuals)


def _in_floats(world: World, pair: Pair, at: Mapping[str, int], relation: str) -> World:
    """A network of ordinary numbers on which the same failure shows, for the reader's sake; else the network itself."""
    if world.field.bound or world.given:
        return world
    twin = draw(world.model, world.seed, world.depth, world.widths, ComplexStep(), sizes=world.sizes)
    return twin if _residual(twin, *pair.values(twin, pair.plans(twin), at), relation) > VISIBLE else world


def _failure(world: World, pair: Pair, at: Mapping[str, int]) -> Failure:
    """The entry with the largest difference."""
    x, y = pair.values(world, pair.plans(world), at)
    where = np.unravel_index(int(np.argmax(np.abs(np.nan_to_num(x - y, nan=np.inf)))), x.shape)
    names = [s.name for s, _ in pair.free] + ["row", "column"]
    indices = {**pair.letters, **at, **{name: int(i) + 1 for name, i in zip(names, where, strict=False)}}
    numbers = float(x[where]), float(y[where])
    return Failure(world.seed, world.depth, world.widths, world.sizes, world.field.name, indices, *numbers)
