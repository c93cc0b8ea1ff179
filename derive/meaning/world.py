"""One random network of a model: numbers for its leaves, functions drawn for its unknowns, values of any expression."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import numpy as np

from derive.algebra.tree import Expr, Sym
from derive.meaning import functions
from derive.meaning.errors import ShapeError
from derive.meaning.kinds import Frame
from derive.meaning.stages import ChunkStage, LiftedStage, NextStage, PartStage, Stage
from derive.meaning.structure import DEEP, Member, Structure
from derive.meaning.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from derive.meaning.compiler import Compiler, Plan
    from derive.meaning.kinds import Array, Free
    from derive.model.model import Definition

    Given = Mapping[str, Any]

DIRECTIONS = 800
"""Up to so many entries of quantities all get a direction in one pass; beyond, each member has a pass of its own."""

MOVED = frozenset({"input", "parameter", "intermediate"})
"""Roles of the quantities that move in the common pass unless fewer are expected to; others move when asked for."""

CHUNK = 256
"""The directions of one pass over a member with more entries than this."""

RETRIES = 40
"""Draws after the first have more and more positive parameters and targets, until so many have failed."""

SCALES = (1.0, 0.7, 1.5, 0.5, 2.0)
"""Sizes of parameters in successive draws: small ones against saturation, large ones to pass kinks far from zero."""


class World(Structure):
    """One network.  ``widths``: (n_0, ..., n_L); ``sizes``: numbers of the letters of sizes (L and N among them).

    Numbers are drawn from ``seed``, each member by its own stream, so that any order of evaluation gives the same;
    ``given`` overrides: ``{name: array}`` or ``{name: {layer: array}}``.
    """

    def __init__(
        self,
        compiler: Compiler,
        seed: int,
        depth: int,
        widths: tuple[int, ...],
        sizes: Mapping[str, int],
        given: Given,
        attempt: int = 0,
    ) -> None:
        super().__init__(compiler, seed, depth, widths, sizes)
        self.field, self.given, self.attempt = compiler.field, given, attempt
        self._functions: dict[Member, functions.Applied] = {}
        self._array_functions: dict[Member, Callable[[list[Array]], Array]] = {}
        self._directions: dict[Member, list[tuple[Stage, int]]] = {}
        self._next: dict[tuple[int, tuple[Definition, ...]], Stage] = {}
        self._values: dict[Any, Array] = {}
        self._moved: dict[tuple[str, int | None, int, float], World] = {}
        self.held: dict[Member, Array] = {}
        self.moving = {q.name for q in self.model.quantities.values() if q.role in MOVED}
        self._lifted: LiftedStage | None = None
        self.watch = Watch()
        self.base = Stage(self)
        self.base.memory = {}

    # ------------------------------------------------------------ numbers

    def rng(self, *what: object) -> random.Random:
        """The stream of one leaf or function."""
        return random.Random(f"{self.seed}:{self.attempt}:{what}")

    def leaf(self, name: str, layer: int | None) -> Array:
        """A given or random array for a member without definition.

        Raises:
            ShapeError: what was given has another shape.
        """
        quantity, shape = self.model.quantities[name], self.shape(name, layer)
        if (name, layer) in self.held:
            return self.held[name, layer][None]
        given = self.given.get(name)
        if isinstance(given, dict):
            given = given.get(layer)
        if given is not None:
            values = self.field.array(given)
            if values.shape != shape:
                raise ShapeError(f"{name} is given with the shape {values.shape}, expected {shape}")
            return values[None]
        domain = "positive" if quantity.role == "hyper" and quantity.domain == "real" else quantity.domain
        tries = self.attempt % RETRIES
        if quantity.role == "target":
            return self.field.draw(self.rng("leaf", name, layer), domain, shape, 1.0, 0.5 * 0.8**tries)
        if quantity.role not in ("parameter", "input"):
            return self.field.draw(self.rng("leaf", name, layer), domain, shape)
        scale = SCALES[tries % len(SCALES)] * (
            1.5 / shape[1] ** 0.5 if len(shape) == 2 and quantity.role == "parameter" else 1
        )
        return self.field.draw(self.rng("leaf", name, layer), domain, shape, scale, 0.5 * 0.8**tries)

    def function(self, name: str, layer: int | None) -> functions.Applied:
        """A function of one number."""
        found = self._functions.get((name, layer))
        if found is None:
            found = self._functions[name, layer] = functions.of_numbers(self, name, layer)
        return found

    def array_function(self, name: str, layer: int | None) -> Callable[[list[Array]], Array]:
        """An unknown cost or map."""
        function = self.model.functions[name]
        key = (name, layer if function.per_layer else None)
        if key not in self._array_functions:
            rng = self.rng("function", *key)
            self._array_functions[key] = functions.of_arrays(self.field, rng, function.kind == "unknown map")
        return self._array_functions[key]

    # ------------------------------------------------------------ stages

    def expect(self, names: Iterable[str]) -> None:
        """By which quantities derivatives are going to be taken: one pass moves these and no others.

        Any other may still be moved, in a pass of its own.
        """
        self.moving &= set(names)

    def directions(self, name: str, layer: int | None) -> list[tuple[Stage, int]]:
        """Stages in which the entries of a member move, and in how many directions each; together all, in order."""
        found = self._directions.get((name, layer))
        if found is None:
            found = self._directions[name, layer] = self._make_directions(name, layer)
        return found

    def _make_directions(self, name: str, layer: int | None) -> list[tuple[Stage, int]]:
        count = int(np.prod(self.shape(name, layer)))
        if self._lifted is None:
            self._lifted = self._lift_all()
        start = self._lifted.seeds.get((name, layer))
        if start is not None:
            return [(PartStage(self._lifted, start, start + count), count)]
        if count <= CHUNK:
            return [(self._prepared(LiftedStage(self, {(name, layer): 0}, count)), count)]
        cuts = [(first, min(first + CHUNK, count)) for first in range(0, count, CHUNK)]
        return [(ChunkStage(self, (name, layer), first, stop), stop - first) for first, stop in cuts]

    def _lift_all(self) -> LiftedStage:
        """One pass for every entry of every member at the probed layers, unless they are too many."""
        seeds: dict[Member, int] = {}
        count = 0
        for name, layer in self.members():
            if name in self.moving and (layer is None or layer in self.probes):
                seeds[name, layer] = count
                count += int(np.prod(self.shape(name, layer)))
        if count > DIRECTIONS:
            return LiftedStage(self, {}, 0)
        lifted = self._prepared(LiftedStage(self, seeds, count))
        self.base.known = lifted.memo
        return lifted

    def _prepared(self, stage: LiftedStage) -> LiftedStage:
        """In a deep network layer after layer, lest Python's stack overflow."""
        if self.depth > DEEP:
            fill(stage)
        return stage

    def moved(self, name: str, layer: int | None, at: int, by: float) -> Stage:
        """The plain stage of the same network with one entry of a member moved, its own definition suspended."""
        key = (name, layer, at, by)
        if key not in self._moved:
            values = np.array(self.base.fetch(name, layer)[0], order="C")  # an array of a number too; reshape views it
            values.reshape(-1)[at] += by
            other = World(self.compiler, self.seed, self.depth, self.widths, self.sizes, self.given, self.attempt)
            other.suspend(name, layer, values)
            self._moved[key] = other
        return self._moved[key].base

    def suspend(self, name: str, layer: int | None, values: Array) -> None:
        """The member has these values, whatever its definition says."""
        self._definitions[name, layer] = None
        self.held[name, layer] = values

    def next_stage(self, stage: Stage, updates: tuple[Definition, ...]) -> Stage:
        """The stage one iteration on."""
        key = (id(stage), updates)
        if key not in self._next:
            self._next[key] = NextStage(stage, updates)
        return self._next[key]

    # ------------------------------------------------------------ values

    def value(
        self,
        expression: Expr,
        letters: Mapping[Sym, int] | None = None,
        axes: Free = (),
        updates: tuple[Definition, ...] = (),
    ) -> Array:
        """The number or numbers of an expression.

        ``letters``: layer letters (and the iteration) with their numbers; ``axes``: free unit and sample letters with
        the ends of their ranges, in the order of the result's axes; array form has rows and columns behind them.
        ``updates``: what ``theta[t+1]`` is.

        Raises:
            MeaningError: a shape, a range or a name is wrong.
        """
        numbers = {s.name: int(v) for s, v in letters.items()} if letters else {}
        return self.at(self.compiler.plan(expression, axes), numbers, updates)

    def at(self, plan: Plan, numbers: Mapping[str, int], updates: tuple[Definition, ...] = ()) -> Array:
        """The value of a compiled expression for numbers of its letters by name."""
        used = updates if plan.timed else ()
        key = (plan.number, *numbers.items(), used)
        found = self._values.get(key)
        if found is None:
            found = self._values[key] = self._evaluate(plan, numbers, used)
        return found

    def variable(self, name: str) -> Any:
        """The number that is drawn for the variable of a formula where it stands free."""
        return np.asarray(self.field.draw(self.rng("variable", name), "real", ())[0]).item()

    def _evaluate(self, plan: Plan, numbers: Mapping[str, int], updates: tuple[Definition, ...]) -> Array:
        letters = {**self.letters, **numbers}
        for name in plan.variables:
            letters.setdefault(name, self.variable(name))
        frame = Frame(self.base, letters, [], updates)
        sizes = tuple(end(frame) for end in plan.ends)
        frame.domains = [(1, n) for n in sizes]
        with self.field.quiet():
            out = np.asarray(plan.code.run(frame))
        value = np.asarray(out[0]) if out.ndim else out
        shape = (*sizes, *value.shape[len(sizes) :])
        return value if value.shape == shape else np.broadcast_to(value, shape)


def fill(stage: Stage) -> None:
    """Compute every member of the forward pass layer after layer."""
    for name, layer in stage.world.members():
        stage.fetch(name, layer)


def acceptable(world: World) -> bool:
    """Whether every definition has finite values away from kinks; a plain forward pass finds out.

    In exact arithmetic nothing is infinite and nothing near a kink: there only deep networks are computed beforehand.
    """
    exact = world.field.bound == 0
    if exact and world.depth <= DEEP:
        return True
    world.watch.active = not exact
    with world.field.quiet():
        fill(world.base)
    world.watch.active = False
    values = world.base.memo.values()
    return exact or (world.watch.good(world.seed, world.attempt) and all(map(world.field.finite, values)))
