"""The search over repairs: which small change makes a wrong relation right, and what is said about it.

Nothing is said that the judge did not prove: a repair counts when both sides agree on every network of the setting.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from derive.algebra.tree import Partial, Ref
from derive.checking.explaining.meanings import named_by_meaning
from derive.checking.explaining.repairs import ON_THE_LEFT, REPAIRS, changes
from derive.checking.explaining.scope import Scope
from derive.checking.explaining.spots import Spot, spots
from derive.checking.explaining.trial import Sides, Trial
from derive.notation.failures import ReadFailure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from derive.algebra.tree import Expr
    from derive.checking.explaining.change import Change, Repair
    from derive.checking.judging import Judge
    from derive.checking.reading import Reading, Written
    from derive.notation.symbols import SymbolTable

SECONDS = 1.2
"""How long a search for one slip may take, and as long again for two, whatever the readings are."""

NEAR = 0.45
"""Repairs that cost at most so much more than the cheapest one are named too."""

MOST = 3
CORE = frozenset(
    [
        "missing_transpose",
        "extra_transpose",
        "operand_order",
        "swapped_indices",
        "layer_index_off_by_one",
        "wrong_sign",
        "wrong_factor",
        "missing_prime",
        "matmul_vs_elementwise",
        "missing_one_over_m",
        "missing_activation_derivative",
    ]
)
"""Slips of which two in one line are looked for."""


@dataclass(frozen=True)
class Found:
    """A repair that makes the relation right; ``node`` is what stands at the place now."""

    kind: str
    cost: float
    says: str
    parts: tuple[Expr, ...]
    sides: Sides
    readings: list[Reading]
    spot: Spot
    node: Expr


def search(judge: Judge, written: Written, step: int, tables: Sequence[SymbolTable]) -> list[Found]:
    """The repairs of one wrong relation, the most plausible first; empty where none was found in time."""
    trials = list(_trials(judge, written, step, tables))
    if any(t.has_decimals for t in trials):
        return []
    searches = [_Search(t) for t in trials]
    for look in (_Search.one, _Search.two):
        end = time.process_time() + SECONDS
        for own in searches:
            own.end = end
            found = look(own)
            if found:
                return found
    return []


def _trials(judge: Judge, written: Written, step: int, tables: Sequence[SymbolTable]) -> Iterator[Trial]:
    seen: list[Sides] = []
    for table in tables:
        try:
            trial = Trial(judge, written, step, table)
        except ReadFailure:
            continue
        if trial.sides not in seen or table.jacobian != tables[0].jacobian:
            seen.append(trial.sides)
            yield trial


@dataclass
class _Search:
    trial: Trial

    def __post_init__(self) -> None:
        self.scope = Scope(self.trial.judge.understood, self.trial.sides, self.trial.head)
        self.tried: set[Sides] = {self.trial.sides}
        self.end = 0.0

    def one(self) -> list[Found]:
        """One slip."""
        found = self._proven(self._on_the_right())
        found += self._proven(self._on_the_left())
        return sorted(found, key=lambda f: f.cost)

    def two(self) -> list[Found]:
        """Two slips in one line."""
        return self._proven(self._two())[:1]

    # ------------------------------------------------------------ candidates

    def _on_the_right(self) -> Iterator[Found]:
        left, right = self.trial.sides
        for row, spot, change in changes(spots(right), self.scope):
            if time.process_time() > self.end:
                return
            yield from self._tried((left, spot.put(change.node)), row, spot, change)

    def _on_the_left(self) -> Iterator[Found]:
        """The right side belongs to another left side."""
        left, right = self.trial.sides
        if not any(isinstance(n, Ref) for n in right.walk()):
            return  # a number is no other derivative in particular
        scope = Scope(self.trial.judge.understood, (right, left), self.trial.head)
        for row, spot, change in changes(_claimed(left), scope, ON_THE_LEFT):
            if time.process_time() > self.end:
                return
            for found in self._tried((spot.put(change.node), right), row, spot, change):
                yield Found(
                    "wrong_lhs", found.cost + 0.4, found.says, found.parts, found.sides, found.readings, spot,
                    found.node,
                )  # fmt: skip

    def _two(self) -> Iterator[Found]:
        """Two slips of the common kinds."""
        left, right = self.trial.sides
        rows = [r for r in REPAIRS if r.kind in CORE]
        first = list(changes(spots(right), self.scope, rows))
        first = [c for c in first if self._kind(c[0], c[2]) in CORE and c[2].dear < 0.15]
        first.sort(key=lambda c: c[0].cost + c[2].dear)
        for row, spot, change in first:
            made = spot.put(change.node)
            for other, place, second in changes(spots(made), self.scope, rows):
                if time.process_time() > self.end:
                    return
                if self._kind(other, second) in CORE and second.dear < 0.15:
                    for found in self._tried((left, place.put(second.node)), other, place, second):
                        yield Found(
                            self._kind(row, change), found.cost + row.cost,
                            f"{change.says}; and {_moved(second, change)}", (*change.parts, *second.parts),
                            found.sides, found.readings, spot, change.node,
                        )  # fmt: skip

    def _kind(self, row: Repair, change: Change) -> str:
        return change.kind or row.kind

    def _tried(self, sides: Sides, row: Repair, spot: Spot, change: Change) -> Iterator[Found]:
        if sides in self.tried or self._says_itself(sides):
            return
        self.tried.add(sides)
        readings = self.trial.holds(sides)
        if readings:
            cost = row.cost + change.dear
            yield Found(self._kind(row, change), cost, change.says, change.parts, sides, readings, spot, change.node)

    def _says_itself(self, sides: Sides) -> bool:
        """Whether a change makes the equation say that something is itself: ``d = 0`` to ``d = 0 + d``."""
        left, right = sides
        if left == right:
            return True
        if not isinstance(left, Ref | Partial):
            return False
        return left in right.walk() and left not in self.trial.sides[1].walk()

    # ------------------------------------------------------------ what is kept

    def _proven(self, found: Iterator[Found]) -> list[Found]:
        proven = (f for f in found if self.trial.proven(f.readings))
        return sorted((named_by_meaning(f, self.trial, self.scope) for f in proven), key=lambda f: f.cost)


def _moved(second: Change, first: Change) -> str:
    """The second message with its parts numbered behind those of the first."""
    said = second.says
    for n in reversed(range(len(second.parts))):
        said = said.replace(f"{{{n}}}", f"{{{n + len(first.parts)}}}")
    return said


def _claimed(left: Expr) -> Iterator[Spot]:
    """What the left side is about: a member, or the variable of a derivative."""
    for spot in spots(left):
        if isinstance(spot.node, Ref) and (not spot.trail or (isinstance(spot.parent, Partial) and spot.trail[-1][1])):
            yield spot


def nearest(found: Sequence[Found]) -> list[Found]:
    """The cheapest, and others of another kind that are nearly as plausible."""
    out: list[Found] = []
    for f in found:
        if f.cost <= found[0].cost + NEAR and f.kind not in [o.kind for o in out] and len(out) < MOST:
            out.append(f)
    return out
