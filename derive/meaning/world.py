"""One random network of a model: numbers for its leaves, functions drawn for its unknowns, values of any expression."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import numpy as np

from derive.algebra.layers import split
from derive.algebra.tree import Expr, Sym
from derive.meaning import functions
from derive.meaning.errors import RangeError, ShapeError
from derive.meaning.index import integer
from derive.meaning.kinds import Frame
from derive.meaning.stages import ChunkStage, LiftedStage, NextStage, PartStage, Stage
from derive.meaning.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from derive.algebra.layers import LayerSet
    from derive.meaning.compiler import Compiler
    from derive.meaning.kinds import Array, Free
    from derive.model.model import Definition

    Given = Mapping[str, Any]
    Member = tuple[str, int | None]

DIRECTIONS = 800
"""Up to so many entries of quantities all get a direction in one pass; beyond, each member has a pass of its own."""

CHUNK = 256
"""The directions of one pass over a member with more entries than this."""

RETRIES = 40
"""Draws after the first make larger numbers, and more and more positive ones, until so many have failed."""

DEEP = 12
"""Networks with more layers are compared at ``PROBES`` layers at each end only."""

PROBES = 3


class World:
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
        self.compiler, self.model, self.field = compiler, compiler.model, compiler.field
        self.seed, self.depth, self.widths, self.given, self._attempt = seed, depth, widths, given, attempt
        self.sizes = dict(sizes)
        self.letters: dict[str, Any] = dict(sizes)
        if self.model.last is not None:
            self.letters[self.model.last.name] = depth
        self._ends: dict[Sym | None, int] = {} if self.model.last is None else {self.model.last: depth}
        self._last = {} if self.model.last is None else {self.model.last: depth}
        self._bounds: dict[int, tuple[LayerSet, list[tuple[int, int]]]] = {}
        self._first = {
            q.name: min(self.layers(q.name), default=0) for q in self.model.quantities.values() if q.role == "size"
        }
        self._shapes: dict[Member, tuple[int, ...]] = {}
        self._definitions: dict[Member, Definition | None] = {}
        self._functions: dict[Member, functions.Applied] = {}
        self._array_functions: dict[Member, Callable[[list[Array]], Array]] = {}
        self._directions: dict[Member, list[tuple[Stage, int]]] = {}
        self._next: dict[tuple[int, tuple[Definition, ...]], Stage] = {}
        self._values: dict[Any, Array] = {}
        self._places: dict[LayerSet, list[int]] = {}
        self._lifted: LiftedStage | None = None
        self.watch = Watch()
        self.base = Stage(self)
        self.base.memory = {}

    # ------------------------------------------------------------ structure

    def number(self, expression: Expr) -> int:
        """A whole number made of literals and sizes: ``L - 1``."""
        return int(integer(self.compiler, expression, ())(Frame(self.base, dict(self.letters), [])))

    def layers(self, name: str) -> list[int]:
        """The layers in which a quantity has members; empty without a layer axis."""
        layers = self.model.quantities[name].layers
        return [] if layers is None else layers.members(self._last)

    def within(self, layer: int, layers: LayerSet) -> bool:
        """Whether a layer belongs to a set of the model's."""
        known = self._bounds.get(id(layers))
        if known is None:
            ends = [(split(r.low), split(r.high)) for r in layers.ranges]
            bounds = [(c + self._ends.get(x, 0), d + self._ends.get(y, 0)) for (x, c), (y, d) in ends]
            known = self._bounds[id(layers)] = (layers, bounds)
        return any(low <= layer <= high for low, high in known[1])

    @property
    def probes(self) -> range | list[int]:
        """The layers at which expressions are compared: all, or those near both ends of a deep network."""
        if self.depth <= DEEP:
            return range(self.depth + 1)
        return [*range(PROBES + 1), *range(self.depth - PROBES, self.depth + 1)]

    def places(self, layers: LayerSet) -> list[int]:
        """The layers of a set at which this network is compared."""
        found = self._places.get(layers)
        if found is None:
            found = [m for m in layers.members(self._last) if m <= self.depth]
            self._places[layers] = found
        return found

    def size(self, name: str, layer: int | None) -> int:
        """The number for a quantity of role ``size``: the width of a layer.

        Raises:
            RangeError: there is no such layer.
        """
        if layer is None:
            return int(self.letters[name])
        at = layer - self._first[name]
        if not 0 <= at < len(self.widths) or layer > self.depth:
            raise RangeError(f"there is no layer {layer}")
        return self.widths[at]

    def shape(self, name: str, layer: int | None) -> tuple[int, ...]:
        """The sizes of the axes of a member.

        Raises:
            RangeError: it does not exist.
        """
        found = self._shapes.get((name, layer))
        if found is None:
            quantity = self.model.quantities[name]
            if layer is not None and (quantity.layers is None or not self.within(layer, quantity.layers)):
                raise RangeError(f"{name} has no member in layer {layer}")
            letters = dict(self.letters)
            if quantity.layer is not None:
                letters[quantity.layer.name] = layer
            frame = Frame(self.base, letters, [])
            found = tuple(integer(self.compiler, a.high, ())(frame) for a in quantity.axes)
            self._shapes[name, layer] = found
        return found

    def covers(self, definition: Definition, layer: int | None) -> bool:
        """Whether a definition or an update holds in a layer."""
        for slot in definition.head.slots:
            if not isinstance(slot, Sym) or slot == self.model.last:
                return layer == self.number(slot)
        return definition.layers is None or (layer is not None and self.within(layer, definition.layers))

    def definition(self, name: str, layer: int | None) -> Definition | None:
        """The definition that gives a member its value; None for a free leaf."""
        if (name, layer) not in self._definitions:
            candidates = self.compiler.definitions.get(name, ())
            self._definitions[name, layer] = next((d for d in candidates if self.covers(d, layer)), None)
        return self._definitions[name, layer]

    # ------------------------------------------------------------ numbers

    def rng(self, *what: object) -> random.Random:
        """The stream of one leaf or function."""
        return random.Random(f"{self.seed}:{self._attempt}:{what}")

    def leaf(self, name: str, layer: int | None) -> Array:
        """A given or random array for a member without definition.

        Raises:
            ShapeError: what was given has another shape.
        """
        quantity, shape = self.model.quantities[name], self.shape(name, layer)
        given = self.given.get(name)
        if isinstance(given, dict):
            given = given.get(layer)
        if given is not None:
            values = self.field.array(given)
            if values.shape != shape:
                raise ShapeError(f"{name} is given with the shape {values.shape}, expected {shape}")
            return values[None]
        domain = "positive" if quantity.role == "hyper" and quantity.domain == "real" else quantity.domain
        bent = self._attempt % RETRIES if quantity.role in ("parameter", "input") else 0
        return self.field.draw(self.rng("leaf", name, layer), domain, shape, 1 + 0.5 * (bent % 5), 0.5 * 0.8**bent)

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

    def directions(self, name: str, layer: int | None) -> list[tuple[Stage, int]]:
        """Stages in which the entries of a member move, and in how many directions each; together all entries in order."""
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
            if layer is None or layer in self.probes:
                seeds[name, layer] = count
                count += int(np.prod(self.shape(name, layer)))
        if count > DIRECTIONS:
            return LiftedStage(self, {}, 0)
        return self._prepared(LiftedStage(self, seeds, count))

    def members(self) -> list[Member]:
        """Every member of the forward pass, in the order of layers."""
        forward = [q.name for q in self.model.quantities.values() if q.role not in ("adjoint", "size")]
        plain = [name for name in forward if self.model.quantities[name].layer is None]
        layered = [(name, layer) for name in forward for layer in self.layers(name)]
        return [*sorted(layered, key=lambda m: m[1]), *((name, None) for name in plain)]

    def _prepared(self, stage: LiftedStage) -> LiftedStage:
        """In a deep network layer after layer, lest Python's stack overflow."""
        if self.depth > DEEP:
            fill(stage)
        return stage

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

        ``letters``: layer letters (and the iteration) with their numbers; ``axes``: free unit and sample letters with the
        ends of their ranges, in the order of the result's axes; an array-form value has its rows and columns behind them.
        ``updates``: what ``theta[t+1]`` is.

        Raises:
            MeaningError: a shape, a range or a name is wrong.
        """
        key = (expression, tuple(letters.items()) if letters else (), axes, updates)
        found = self._values.get(key)
        if found is None:
            found = self._values[key] = self._evaluate(expression, letters or {}, axes, updates)
        return found

    def _evaluate(
        self, expression: Expr, letters: Mapping[Sym, int], axes: Free, updates: tuple[Definition, ...]
    ) -> Array:
        plan = self.compiler.plan(expression, axes)
        known = self.letters | {s.name: int(v) for s, v in letters.items()}
        for name in plan.variables:
            known.setdefault(name, self.field.draw(self.rng("variable", name), "real", ())[0])
        frame = Frame(self.base, known, [], updates)
        sizes = tuple(end(frame) for end in plan.ends)
        frame.domains = [(1, n) for n in sizes]
        with np.errstate(all="ignore"):
            out = np.asarray(plan.code.run(frame))
        value = out[0] if out.ndim else out
        shape = (*sizes, *value.shape[len(sizes) :])
        return value if value.shape == shape else np.broadcast_to(value, shape)


def fill(stage: Stage) -> None:
    """Compute every member of the forward pass layer after layer."""
    for name, layer in stage.world.members():
        stage.fetch(name, layer)


def acceptable(world: World) -> bool:
    """Whether every definition has finite values away from kinks; a plain forward pass finds out."""
    world.watch.active = True
    try:
        with np.errstate(all="ignore"):
            fill(world.base)
    except ZeroDivisionError:
        return False
    finally:
        world.watch.active = False
    return world.watch.good(world.seed, world._attempt) and all(map(world.field.finite, world.base.memo.values()))
