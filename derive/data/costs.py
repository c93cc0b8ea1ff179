"""The costs of one row: a formula for one unit, summed over the units of the last layer.  No derivative stands here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from derive.algebra.formula import parse_formula
from derive.data.interval import CLOSED_UNIT, NON_NEGATIVE, POSITIVE, REAL, UNIT, Interval
from derive.data.table import Table

if TYPE_CHECKING:
    from derive.algebra.tree import Expr


@dataclass(frozen=True)
class Cost:
    """``formula`` in ``a`` (output of a unit) and ``y`` (its target), summed over the units of the last layer.

    ``domain``: the ``a`` for which the formula is defined.  ``independent``: the units answer separate questions, so
    outputs that compete with each other (softmax) do not fit.  ``least_outputs``: with fewer units it says nothing
    sensible.  ``targets``: the ``y`` that are meant, as numbers and in words.
    """

    name: str
    formula: str
    domain: Interval
    targets: Interval
    targets_reading: str
    reading: str
    source: str
    independent: bool = False
    least_outputs: int = 1

    @cached_property
    def expression(self) -> Expr:
        """The formula as a tree in ``Sym("a")`` and ``Sym("y")``."""
        return parse_formula(self.formula, {"a", "y"}, source=f"cost {self.name}")


COSTS = Table(
    "cost",
    (
        Cost(
            name="half-squared-error",
            formula="(a - y)^2/2",
            domain=REAL,
            targets=REAL,
            targets_reading="any numbers",
            reading="half the squared error",
            source="Nielsen, Neural Networks and Deep Learning (2015), 2",
        ),
        Cost(
            name="squared-error",
            formula="(a - y)^2",
            domain=REAL,
            targets=REAL,
            targets_reading="any numbers",
            reading="squared error",
            source="Bishop, Deep Learning (2024), 4.1",
        ),
        Cost(
            name="binary-cross-entropy",
            formula="-(y*log(a) + (1 - y)*log(1 - a))",
            domain=UNIT,
            targets=CLOSED_UNIT,
            targets_reading="for each unit the probability of yes, 0 to 1",
            reading="binary cross-entropy",
            source="Nielsen, Neural Networks and Deep Learning (2015), 3",
            independent=True,
        ),
        Cost(
            name="cross-entropy",
            formula="-y*log(a)",
            domain=POSITIVE,
            targets=NON_NEGATIVE,
            targets_reading="probabilities of the classes (one-hot: the right class), summing to 1",
            reading="cross-entropy",
            source="Goodfellow et al. (2016), 6.2.2.3",
            least_outputs=2,
        ),
    ),
)
