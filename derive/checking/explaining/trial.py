"""Changed sides of one wrong relation, judged by the same numbers: quickly to find one, wholly to believe it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from derive.checking.judging.comparing import ORDERS, RIGHT, Comparison, residual
from derive.checking.judging.decimals import decimals
from derive.checking.judging.places import OutOfRange, Places
from derive.checking.judging.readings import as_assignment, prepared
from derive.checking.reading import Misread, Reading, Undecided, Written, assembled
from derive.checking.reading.examples import with_examples
from derive.errors import DeriveError
from derive.meaning import MeaningError, RangeError, Unsupported, World
from derive.notation.failures import ReadFailure
from derive.notation.parser import Parser
from derive.notation.raw import is_unknown, strip
from derive.notation.typing import Typing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from derive.algebra.tree import Expr
    from derive.checking.judging import Judge
    from derive.checking.judging.places import At
    from derive.notation.agreement import Typed
    from derive.notation.symbols import SymbolTable

Sides = tuple["Expr", "Expr"]
FAILURES = (ReadFailure, Misread, Undecided, MeaningError, OutOfRange, DeriveError)
"""What says that changed sides mean nothing here."""


class Remembering(Typing):
    """Typing that keeps what it found about parts without unknown sizes: thousands of changed trees share them."""

    def __init__(self, table: SymbolTable, memory: dict[Expr, Typed]) -> None:
        super().__init__(table)
        self.memory = memory

    def rule(self, e: Expr) -> Typed:
        """The tree proper and its shape."""
        found = self.memory.get(e)
        if found is None:
            found = super().rule(e)
            if not any(is_unknown(s) for s in e.symbols):
                self.memory[e] = found
        return found


@dataclass
class Trial:
    """The relation number ``step`` of an equation in one reading of its conventions.

    Raises:
        ReadFailure: a side cannot be read at all.
    """

    judge: Judge
    written: Written
    step: int
    table: SymbolTable
    sides: Sides = field(init=False)
    head: Expr = field(init=False)
    exact: bool = field(init=False)
    memories: dict[str, dict[Expr, Typed]] = field(default_factory=lambda: defaultdict(dict))

    def __post_init__(self) -> None:
        left, right = (self._raw(n) for n in (self.step - 1, self.step))
        self.sides = (left, right)
        self.head = left if self.step == 1 else self._raw(0)
        relation = self.written.relations[self.step - 1]
        self.written = replace(
            self.written,
            members=self.written.members[self.step - 1 : self.step + 1],
            relations=(relation,),
        )
        self.exact = self.judge.worlds.can_be_exact and relation not in ORDERS

    def _raw(self, n: int) -> Expr:
        part = self.written.members[n]
        return strip(Parser(part, part[-1].place, self.table).whole(part))

    @property
    def has_decimals(self) -> bool:
        """Whether numbers on the page are rounded: then a repair would fit by chance."""
        return decimals(self.written, self.judge.exact) is not None

    def readings(self, sides: Sides) -> list[Reading]:
        """The changed sides understood, for every choice of sets that their letters have; none where they do not go
        together.
        """
        page = self.judge.understood.page
        found = [list(sides)] if page is None else [members for _, members in page.readings(sides)]
        out = []
        for members in found:
            reading = self._reading(members)
            if reading is None:
                return []
            out.append(reading)
        return out

    def _reading(self, sides: Sequence[Expr]) -> Reading | None:
        typing = Remembering(self.table, {})
        plain = replace(self.table, elementwise_binds="weaker")
        typed = []
        try:
            for e, part in zip(with_examples(sides, self.table), self.written.members, strict=True):
                marked = any(t.text in self.table.elementwise for t in part)
                typing.table = self.table if marked else plain
                typing.memory = self.memories[typing.table.elementwise_binds]
                typed.append(typing.typed(e))
            typing.sides(typed)
            found = assembled(self.written, typing, [e for e, _ in typed], [s for _, s in typed], self.table, sides)
            return prepared(as_assignment(found, self.judge.defined), self.table, self.judge.updated)
        except (*FAILURES, ValueError):
            return None

    def holds(self, sides: Sides) -> list[Reading]:
        """The readings of changed sides that agree wherever they are tried; a first look, which stops early."""
        readings = self.readings(sides)
        return readings if readings and all(self._holds(r) for r in readings) else []

    def _holds(self, reading: Reading) -> bool:
        try:
            return self._agrees(reading)
        except Unsupported:
            self.exact = False
            return self._safely(reading)
        except FAILURES:
            return False

    def _safely(self, reading: Reading) -> bool:
        try:
            return self._agrees(reading)
        except FAILURES:
            return False

    def _agrees(self, reading: Reading) -> bool:
        comparison = self._comparison(reading)
        count = 0
        for world in comparison.networks(exact=self.exact):
            for at in comparison.places.on(world):
                try:
                    x, y = (comparison.value(m, world, at) for m in reading.members)
                except RangeError:
                    continue
                difference, points = residual(world, x, y, None, reading.relations[0])
                if not difference <= RIGHT:
                    return False
                count += points
        return count > 0

    def _comparison(self, reading: Reading) -> Comparison:
        places = Places(reading, self.judge.understood.model)
        return Comparison(reading, places, self.judge.worlds, self.judge.understood, None)

    def proven(self, readings: Sequence[Reading]) -> bool:
        """Whether the judge calls the changed sides right, with all that he asks of an equation on a page."""
        return all(self.judge.compared(self._comparison(r), exact=self.exact).verdict == "right" for r in readings)

    def first_world(self, reading: Reading) -> tuple[World, At] | None:
        """A network of ordinary numbers on which the equation says something."""
        places = Places(reading, self.judge.understood.model)
        for world in self.judge.worlds.all(exact=False):
            for at in places.on(world):
                return world, at
        return None
