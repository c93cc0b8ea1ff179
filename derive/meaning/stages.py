"""Where the arrays of quantities live: plain values, values with tangents, parts of the tangents, later iterations.

A stage computes an array when it is first asked for and keeps it.  Arrays are ``(directions, *entries)``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from derive.algebra.tree import COLON, Sym
from derive.meaning.errors import ShapeError, UnknownName, Unsupported
from derive.meaning.kinds import Frame

if TYPE_CHECKING:
    from derive.meaning.kinds import Array, Value
    from derive.meaning.world import World
    from derive.model.model import Definition


class Stage:
    """Plain values at the current iteration."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.memo: dict[tuple[str, int | None], Array] = {}
        self.memory: dict[tuple[Any, ...], Value] | None = None
        self.known: dict[tuple[str, int | None], Array] = {}

    def fetch(self, name: str, layer: int | None) -> Array:
        """The whole array of one member."""
        found = self.memo.get((name, layer))
        if found is None:
            lifted = self.known.get((name, layer))
            found = self.memo[name, layer] = self._compute(name, layer) if lifted is None else lifted[:1]
        return found

    def _compute(self, name: str, layer: int | None) -> Array:
        shape = self.world.shape(name, layer)
        definition = self.world.definition(name, layer)
        if definition is None and self.world.model.quantities[name].role == "adjoint":
            return self._adjoint(name, layer, shape)
        return self._leaf(name, layer) if definition is None else self.defined(definition, layer, shape)

    def _leaf(self, name: str, layer: int | None) -> Array:
        return self.world.leaf(name, layer)

    def defined(
        self, definition: Definition, layer: int | None, shape: tuple[int, ...], updates: tuple[Definition, ...] = ()
    ) -> Array:
        """The right side of a definition with numbers put in.

        Raises:
            ShapeError: it does not have the shape of its head.
        """
        code = self.world.compiler.definition(definition)
        letters = dict(self.world.letters)
        for slot in definition.head.slots:
            if isinstance(slot, Sym) and layer is not None and slot != self.world.model.last:
                letters[slot.name] = layer
        entries = definition.head.entries or ()
        index_form = definition.head.entries is not None
        whole = [at for at, e in enumerate(entries) if e == COLON]
        domains = [(1, n) for at, n in enumerate(shape) if at not in whole] if index_form else []
        frame = Frame(self, letters, domains, updates)
        if (code.kind is None) != ((index_form and not whole) or not shape):
            raise ShapeError(f"{definition.label}: the two sides are not both numbers or both arrays")
        computed = code.run(frame)
        return _for_each(computed, shape, whole) if whole else self._fitted(computed, shape, definition)

    def _fitted(self, computed: Value, shape: tuple[int, ...], definition: Definition) -> Array:
        value: Array = np.asarray(computed)
        lead = value.shape[0] if value.ndim else 1
        if definition.head.entries is None and shape:
            if value.shape[1:] != (shape if len(shape) == 2 else (*shape, 1)):
                raise ShapeError(f"{definition.label}: the right side is {value.shape[1:]}, the left side {shape}")
            return value.reshape(lead, *shape)
        return value if value.ndim and value.shape[1:] == shape else np.broadcast_to(value, (lead, *shape))

    def _adjoint(self, name: str, layer: int | None, shape: tuple[int, ...]) -> Array:
        """The derivative of the objective by the quantity whose adjoint this is."""
        model, field = self.world.model, self.world.field
        target = next((q for q, adjoint in model.named_adjoints.items() if adjoint == name), None)
        if target is None:
            raise UnknownName(f"{name} is called a derivative, but no quantity has a derivative of this name")
        (slot,) = model.objective.slots or (None,)
        at = None if slot is None else self.world.number(slot)
        parts = [field.tangent(s.fetch(model.objective.name, at), n) for s, n in self.world.directions(target, layer)]
        return np.concatenate(parts).reshape(1, *shape)

    def later(self, iterations: int, updates: tuple[Definition, ...]) -> Stage:
        """The values some iterations on, by the updates."""
        stage = self
        for _ in range(iterations):
            stage = stage.world.next_stage(stage, updates)
        return stage


def _for_each(computed: Value, shape: tuple[int, ...], whole: list[int]) -> Array:
    """Arrays for each value of the other entries: their rows and columns go to the places of the colons."""
    value: Array = np.asarray(computed)
    others = [n for at, n in enumerate(shape) if at not in whole]
    lines = value.reshape(*value.shape[:-2], -1) if len(whole) == 1 else value
    if lines.shape[lines.ndim - len(whole) :] != tuple(shape[at] for at in whole):
        raise ShapeError(f"an array of the shape {lines.shape[1:]} where {shape} is expected")
    full = np.broadcast_to(lines, (value.shape[0], *others, *lines.shape[lines.ndim - len(whole) :]))
    behind = range(full.ndim - len(whole), full.ndim)
    return np.moveaxis(full, behind, [1 + at for at in whole])


class NextStage(Stage):
    """Values one iteration on: what has an update takes its value from the stage before, the rest follows anew."""

    def __init__(self, before: Stage, updates: tuple[Definition, ...]) -> None:
        super().__init__(before.world)
        self._before, self._updates = before, updates

    def _leaf(self, name: str, layer: int | None) -> Array:
        for update in self._updates:
            if update.head.name == name and self.world.covers(update, layer):
                return self._before.defined(update, layer, self.world.shape(name, layer), self._updates)
        return self._before.fetch(name, layer)

    def _adjoint(self, name: str, layer: int | None, shape: tuple[int, ...]) -> Array:
        raise Unsupported(f"{name} at a later iteration")


class LiftedStage(Stage):
    """Values with tangents: the entries of the seeded members each move in a direction of their own."""

    def __init__(self, world: World, seeds: dict[tuple[str, int | None], int], count: int) -> None:
        super().__init__(world)
        self.seeds, self.count = seeds, count

    def _compute(self, name: str, layer: int | None) -> Array:
        value = super()._compute(name, layer)
        start = self.seeds.get((name, layer))
        return value if start is None else self.world.field.seed(value, start, self.count)

    def _leaf(self, name: str, layer: int | None) -> Array:
        return self.world.base.fetch(name, layer)

    def _adjoint(self, name: str, layer: int | None, shape: tuple[int, ...]) -> Array:
        raise Unsupported(f"a second derivative: {name} is itself a derivative")


class ChunkStage(LiftedStage):
    """Values with tangents for some entries of one large member only."""

    def __init__(self, world: World, member: tuple[str, int | None], first: int, stop: int) -> None:
        super().__init__(world, {}, stop - first)
        self._member, self._first, self._stop = member, first, stop

    def _compute(self, name: str, layer: int | None) -> Array:
        value = super()._compute(name, layer)
        if (name, layer) != self._member:
            return value
        return self.world.field.seed_some(value, self._first, self._stop)


class PartStage(Stage):
    """A lifted stage seen through the directions ``start..stop-1`` alone."""

    def __init__(self, lifted: LiftedStage, start: int, stop: int) -> None:
        super().__init__(lifted.world)
        self._lifted, self._start, self._stop = lifted, start, stop

    def _compute(self, name: str, layer: int | None) -> Array:
        return self.world.field.part(self._lifted.fetch(name, layer), self._start, self._stop)
