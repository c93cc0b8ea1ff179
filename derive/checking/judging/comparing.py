"""The sides of an equation as numbers: on every network, in every layer, for every entry, by definition."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import chain, pairwise, product
from typing import TYPE_CHECKING, Any

import numpy as np

from derive.algebra.tree import ONE, Compare, Expr, Ref, Sym
from derive.checking.limits import spent
from derive.checking.reading import Reading, Undecided, letter_ends
from derive.meaning import RangeError, World
from derive.notation.reading import Condition, Range

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from derive.checking.judging.decimals import Decimals
    from derive.checking.judging.places import At, Places
    from derive.checking.judging.worlds import Worlds
    from derive.checking.understanding import Understood

Array = np.ndarray[Any, Any]

RIGHT, WRONG = 1e-10, 1e-6
"""A relative difference below the first is right, one above the second wrong; between them nothing is said."""

BETWEEN = (RIGHT * WRONG) ** 0.5
SECONDS = 5.0
POINTS = 8
"""On so many numbers at least two sides must agree."""

ORDERS = {"<=": 1.0, "<": 1.0, ">=": -1.0, ">": -1.0}
COMPARISONS = {"=": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


@dataclass
class Link:
    """What is known of one relation of a chain; ``failure``: where its sides differ first; ``certain``: in fifty
    digits."""

    worst: float = 0.0
    points: int = 0
    failure: tuple[World, At, int] | None = None
    certain: bool = False


@dataclass
class Tally:
    """What was seen while an equation was compared; ``skipped``: why there were no values somewhere."""

    links: list[Link]
    places: dict[int, list[At]] = field(default_factory=dict)
    networks: int = 0
    skipped: str = ""


@dataclass(frozen=True)
class Comparison:
    """One equation in one reading, the networks of its setting, and the rounded numbers on the page."""

    reading: Reading
    places: Places
    worlds: Worlds
    understood: Understood
    numbers: Decimals | None

    def tally(self, *, exact: bool) -> Tally:
        """Compare everywhere.

        Raises:
            Undecided: it takes too long.
            OutOfRange: the page speaks of members that do not exist.
            MeaningError: a side has no value.
        """
        tally = Tally([Link() for _ in self.reading.relations])
        start = spent()
        for world in chain(self.networks(exact=exact), self._more(tally, exact=exact)):
            here = list(self.places.on(world))
            tally.places.setdefault(world.depth, []).extend(here)
            tally.networks += bool(here)
            for at in here:
                try:
                    self._compare_at(world, at, tally)
                except RangeError as why:
                    tally.skipped = str(why)
                if spent() - start > SECONDS:
                    raise Undecided(f"comparing the sides takes more than {SECONDS:g} seconds")
        return tally

    def networks(self, *, exact: bool) -> Iterator[World]:
        """The networks of the setting; where a condition stands behind the equation, those on which it holds."""
        conditions = [c for c in self.places.others if isinstance(c, Condition) and is_equality(c)]
        if conditions:
            yield from self.worlds.under([self._given(c) for c in conditions])
            return
        yield from self.worlds.all(exact=exact)
        if set(self.reading.relations) & set(ORDERS):
            yield from self.worlds.scaled()

    def _more(self, tally: Tally, *, exact: bool) -> Iterator[World]:
        """Networks with other weights, where those that are tried always have too few numbers for a verdict."""
        if exact or self.numbers is not None or self.places.others:
            return
        plans = [p for p in self.worlds.plans() if tally.places.get(p.depth)]
        for n, plan in product(range(1, 1 + POINTS), plans):
            if not any(0 < link.points < POINTS for link in tally.links):
                return
            yield self.worlds.one(replace(plan, seed=plan.seed + 300 * n), exact=False)

    def _given(self, c: Condition) -> tuple[Expr, Expr, Mapping[Sym, Expr]]:
        left, right = c.members
        ends = {**self.reading.letters, **letter_ends(c.members, self.understood.table)}
        return left, right, {s: e for s, e in ends.items() if s in left.symbols | right.symbols}

    def value(self, e: Expr, world: World, at: At) -> Array:
        """The numbers of a side."""
        return np.asarray(world.value(e, at, tuple(self.reading.letters.items()), self.understood.updates))

    def _compare_at(self, world: World, at: At, tally: Tally) -> None:
        values = [self.value(m, world, at) for m in self.reading.members]
        mask = self._mask(world, at)
        for n, (x, y) in enumerate(pairwise(values)):
            link = tally.links[n]
            difference, points = residual(world, x, y, mask, self.reading.relations[n])
            if difference > RIGHT and self.numbers is not None:
                difference = self._rounded(n, world, at, difference)
            link.points += points
            link.worst = max(link.worst, difference)
            if link.failure is None and difference > WRONG:
                link.failure = (world, at, n)

    def _mask(self, world: World, at: At) -> Array | None:
        """Where the conditions behind the equation hold.

        Raises:
            Undecided: a condition that is not understood.
        """
        out: Array | None = None
        for c in self.places.others:
            if isinstance(c, Range):
                if c.letter in self.reading.letters and ONE in (c.first, c.last):
                    continue
                raise Undecided(f"the range of {c.letter.name} behind the equation is not understood")
            if is_equality(c):
                continue
            if any(r not in COMPARISONS for r in c.relations):
                raise Undecided("the condition behind the equation is not understood")
            for relation, x, y in zip(c.relations, c.members, c.members[1:], strict=False):
                holds = self.value(Compare(COMPARISONS[relation], x, y), world, at) != 0
                out = holds if out is None else out & holds
        return out

    def _rounded(self, n: int, world: World, at: At, difference: float) -> float:
        """Nought where two numbers differ by no more than their printed digits leave open."""

        def number(e: Expr) -> float:
            return float(np.real(self.value(e, world, at)).reshape(-1)[0])

        assert self.numbers is not None
        left, right = self.reading.members[n : n + 2]
        relations = self.reading.relations
        if any(self.value(e, world, at).size != 1 for e in (left, right)):
            return difference
        slack = self.numbers.slack(left, relations[n - 1] if n else "=", number)
        slack += self.numbers.slack(right, relations[n], number)
        x, y = number(left), number(right)
        largest = max(abs(x), abs(y))
        if abs(x - y) <= slack * (1 + 1e-9) + 1e-13 * largest:
            return 0.0
        if not slack:
            return difference
        return 1.0 if abs(x - y) > slack * 1.001 + 1e-9 * largest else BETWEEN


def is_conditional(c: Comparison) -> bool:
    """Whether the equation claims something only where a condition behind it holds."""
    return bool(c.places.others)


def is_equality(c: Condition) -> bool:
    """Whether a condition is an equation between quantities, which numbers can be made to satisfy."""
    return tuple(c.relations) == ("=",) and any(isinstance(n, Ref) for m in c.members for n in m.walk())


def same_shape(x: Array, y: Array) -> tuple[Array, Array]:
    """A number beside an array of one entry, or a nought beside an array."""
    if x.shape == y.shape:
        return x, y
    if x.size == y.size:
        return x.reshape(y.shape), y
    small, large = (x, y) if x.size < y.size else (y, x)
    lead = small.reshape(*small.shape, *(1,) * (large.ndim - small.ndim))
    spread = np.broadcast_to(lead, large.shape)
    return (spread, y) if x is small else (x, spread)


def residual(world: World, x: Array, y: Array, mask: Array | None, relation: str) -> tuple[float, int]:
    """The largest relative difference where both sides have values, and on how many numbers.

    A side that has a value where the other has none differs from it.
    """
    x, y = same_shape(x, y)
    if mask is not None:
        flags = np.broadcast_to(np.reshape(mask, (*mask.shape, *(1,) * (x.ndim - mask.ndim))), x.shape)
        x, y = x[flags], y[flags]
    if world.field.bound:
        finite = world.field.present(x) | world.field.present(y)
        x, y = x[finite], y[finite]
    if not x.size:
        return 0.0, 0
    if relation not in ORDERS:
        return world.field.residual(x, y), int(x.size)
    excess = float(np.max((x - y) * ORDERS[relation]))
    if excess == 0 and relation in ("<", ">"):
        return 1.0, int(x.size)
    return max(0.0, excess / max(float(np.abs(x).max()), float(np.abs(y).max()), 1e-300)), int(x.size)
