"""The networks on which a page is judged: those of a setting, with its assumptions put in."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from derive.algebra.layers import split
from derive.algebra.tree import ONE, Compare, Ref, sub
from derive.meaning import (
    ComplexStep,
    NoDraw,
    PrimeField,
    RangeError,
    UnknownName,
    Unsupported,
    World,
    field_for,
    made_positive,
    satisfying,
)
from derive.meaning import world as draw
from derive.meaning.compiler import Compiler
from derive.meaning.world import acceptable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from derive.algebra.tree import Expr, Sym
    from derive.checking.understanding import Assumption, Understood
    from derive.meaning.fields import Field
    from derive.model.model import Model

    Given = tuple[Expr, Expr, Mapping[Sym, Expr]]

DIFFERENT = (4, 2, 5, 6, 7, 8)
SAMPLES = (3, 9)
"""How many examples there are: no width, and not the same number everywhere, lest 1/3 pass for 1/m."""

EQUAL = 3
DEEPEST = 5
COUNT = 8
TRIES = 60
SCALES = (1e-3, 0.03, 0.3, 1.0, 3.0)


@dataclass(frozen=True)
class Plan:
    """One network: the seed, the number of layers, widths from the first layer on, examples, sizes without layer."""

    seed: int
    depth: int
    widths: tuple[int, ...]
    samples: int
    sizes: Mapping[str, int]


class Worlds:
    """The networks of a setting, drawn when first needed: exact ones where that is possible, and ordinary numbers."""

    def __init__(self, understood: Understood) -> None:
        self.understood = understood
        self.model = understood.model
        self.can_be_exact = (
            not understood.assumptions and not understood.members and isinstance(field_for(self.model), PrimeField)
        )
        self.before = _before(understood)
        self._drawn: dict[bool, tuple[World, ...]] = {}
        self._under: dict[object, tuple[World, ...]] = {}
        self._compilers: dict[tuple[bool, int], Compiler] = {}

    def all(self, *, exact: bool) -> tuple[World, ...]:
        """The networks in one arithmetic."""
        if exact not in self._drawn:
            self._drawn[exact] = tuple(self.one(plan, exact=exact) for plan in self.plans())
        return self._drawn[exact]

    def one(self, plan: Plan, *, exact: bool) -> World:
        """One network; a plan with another seed is another network of the same widths.

        Raises:
            MeaningError: no numbers satisfy what the setting assumes.
        """
        for n in range(TRIES):
            made = self._with_assumptions(replace(plan, seed=plan.seed + 1000 * n), exact)
            if made is not None:
                return made
        raise NoDraw(f"no network was found on which all assumptions of the setting hold, in {TRIES} draws")

    def _with_assumptions(self, plan: Plan, exact: bool) -> World | None:
        """A network with the assumptions put in; None where one does not hold on it."""
        made = self._draw(plan, {}, exact)
        values = {a.binary: _binary(made, a.binary, self._one_hot()) for a in self.understood.assumptions if a.binary}
        if values:
            made = self._draw(plan, values, exact)
            if not acceptable(made):
                return None
        for a in self.understood.assumptions:
            if a.left is None or a.right is None:
                continue
            if a.relation != "=":
                made = self._put(made, a)
                if not self._holds(made, a):
                    return None
            elif not values:
                (made,) = satisfying([made], [(a.left, a.right)], tuple(a.letters.items()))
        return made

    def _put(self, world: World, a: Assumption) -> World:
        """The network with leaves moved so that an inequality holds, where there are any to move."""
        assert a.left is not None
        assert a.right is not None
        one, other = (a.left, a.right) if a.relation in (">", ">=") else (a.right, a.left)
        if a.relation == "!=" or self._holds(world, a):
            return world
        try:
            return made_positive(world, sub(one, other), tuple(a.letters.items()))
        except (NoDraw, Unsupported, RangeError, UnknownName):
            return world

    def _holds(self, world: World, a: Assumption) -> bool:
        """Whether an inequality holds in every layer and for every entry."""
        assert a.left is not None
        assert a.right is not None
        letters = sorted({s for e in (a.left, a.right) for n in e.walk() if isinstance(n, Ref) for x in n.slots
                          for s in x.symbols} - {self.model.last}, key=str)  # fmt: skip
        claim = Compare(a.relation, a.left, a.right)
        layers = range(world.depth + 1)
        for values in product(layers, repeat=len(letters)):
            try:
                found = world.value(claim, dict(zip(letters, values, strict=True)), tuple(a.letters.items()))
            except RangeError:
                continue
            if not np.all(found != 0):
                return False
        return True

    def deepest(self) -> World:
        """The network with the most layers."""
        return max(self.all(exact=self.can_be_exact), key=lambda w: w.depth)

    def under(self, conditions: Sequence[Given]) -> tuple[World, ...]:
        """The networks with further conditions put in, each (left, right, ends of its free letters).

        Raises:
            MeaningError: a condition that no numbers satisfy, or on nothing that can be moved.
        """
        key = tuple((left, right, tuple(ends.items())) for left, right, ends in conditions)
        if key not in self._under:
            worlds = self.all(exact=False)
            for left, right, ends in conditions:
                worlds = satisfying(worlds, [(left, right)], tuple(ends.items()))
            self._under[key] = worlds
        return self._under[key]

    def scaled(self) -> Iterator[World]:
        """More networks, with small and large numbers: for inequalities, which a few ordinary numbers do not prove."""
        for plan in self.plans():
            for n, scale in enumerate(SCALES):
                base = self.one(replace(plan, seed=plan.seed + 200 + n), exact=False)
                values: dict[str, dict[int | None, Any]] = {}
                for name, layer in base.members():
                    if base.definition(name, layer) is None:
                        values.setdefault(name, {})[layer] = base.base.fetch(name, layer)[0] * scale
                yield self._draw(replace(plan, seed=plan.seed + 200 + n), values, False)

    def _one_hot(self) -> bool:
        return any(a.relation == "=" for a in self.understood.assumptions)

    def _draw(self, plan: Plan, values: Mapping[str, Any], exact: bool) -> World:
        key = (exact, plan.depth if self.understood.members else 0)
        if key not in self._compilers:
            field: Field = PrimeField() if exact else ComplexStep()
            self._compilers[key] = Compiler(self.model_for(plan.depth), field)
        compiler = self._compilers[key]
        values = {**self._constants(exact), **values}
        return draw(
            compiler.model,
            plan.seed,
            plan.depth,
            plan.widths,
            samples=plan.samples,
            sizes=plan.sizes,
            values=values,
            compiler=compiler,
        )

    def _constants(self, exact: bool) -> dict[str, Any]:
        """The numbers that the setting gives, as fractions where arithmetic is exact."""
        return {
            name: {layer: np.array(v, dtype=object) if exact else np.array(float(v)) for layer, v in own.items()}
            for name, own in self.understood.constants.items()
        }

    def model_for(self, depth: int) -> Model:
        """The model with functions of single layers put in where they stand for this number of layers."""
        members = self.understood.members
        if not members:
            return self.model
        functions = dict(self.model.functions)
        for name, rows in members.items():
            at = {split(p)[1] + (depth if split(p)[0] is not None else 0): known for p, known in rows}
            functions[name] = replace(functions[name], members=at)
        return replace(self.model, functions=functions)

    def plans(self) -> list[Plan]:
        """Every number of layers with pairwise different widths, then equal ones."""
        least = self.model.least_layers
        letters = self._letters()
        if self.model.last is not None:
            depths = list(range(least, max(DEEPEST, least + 2) + 1))
        else:
            depths = [least] * (COUNT - 2)
        depths += [least + 1 + n for n in range(COUNT - 2 - len(depths))] if self.model.last is not None else []
        plans = [self._plan(n, d, letters, n) for n, d in enumerate(depths)]
        equal = [max(least, d) if self.model.last is not None else least for d in (2, 3)]
        return plans + [
            Plan(
                50 + n, d, self._with_single((EQUAL,) * (d + 1 + self.before), d), EQUAL, dict.fromkeys(letters, EQUAL)
            )
            for n, d in enumerate(equal)
        ]

    def _plan(self, n: int, depth: int, letters: list[str], by: int) -> Plan:
        count = max(depth + 1 + self.before, 4)
        chosen = DIFFERENT[: min(count, len(DIFFERENT))]
        widths = tuple(chosen[(i + by) % len(chosen)] for i in range(depth + 1 + self.before))
        widths = self._with_single(widths, depth)
        sizes = {x: DIFFERENT[(i + by) % len(DIFFERENT)] for i, x in enumerate(letters)}
        return Plan(n + 1, depth, widths, SAMPLES[n % len(SAMPLES)], sizes)

    def _with_single(self, widths: tuple[int, ...], depth: int) -> tuple[int, ...]:
        """Layers with one unit."""
        out = list(widths)
        layers = self.understood.named.layers
        for size, other in self.understood.table.same_sizes.items():
            if other == ONE and isinstance(size, Ref) and size.slots and layers is not None:
                letter, offset = split(size.slots[0])
                at = offset + (depth if letter is not None else 0) - layers.first + self.before
                if 0 <= at < len(out):
                    out[at] = 1
        return tuple(out)

    def _letters(self) -> list[str]:
        """The sizes that are letters of their own; examples are counted apart."""
        out: list[str] = []
        for q in self.model.quantities.values():
            for axis in q.axes:
                known = {q.layer, self.model.last}
                if axis.kind == "unit" and axis.high != ONE:
                    out += sorted(s.name for s in axis.high.symbols - known)
        return list(dict.fromkeys(out))


def _before(understood: Understood) -> int:
    """How many sizes stand before that of the first layer."""
    layers = understood.named.layers
    sizes = [q.layers for q in understood.model.quantities.values() if q.role == "size" and q.layers is not None]
    starts = [split(r.low)[1] for s in sizes for r in s.ranges if split(r.low)[0] is None]
    return max([0, *(layers.first - s for s in starts)]) if layers is not None else 0


def _binary(world: World, name: str, one_hot: bool) -> object:
    """Numbers 0 and 1 for a leaf: one 1 for each example where they must sum to one."""
    shape = world.shape(name, None)
    rng = random.Random(f"{world.seed}:{name}")
    if not one_hot or not shape:
        return np.array([float(rng.random() < 0.5) for _ in range(int(np.prod(shape)))]).reshape(shape)
    kinds = [a.kind for a in world.model.quantities[name].axes]
    unit = kinds.index("unit") if "unit" in kinds else 0
    out = np.zeros(shape)
    for place in np.ndindex(*(n for i, n in enumerate(shape) if i != unit)):
        index = list(place)
        index.insert(unit, rng.randrange(shape[unit]))
        out[tuple(index)] = 1.0
    return out
