"""The schedules: factors of the learning rate as formulas in the share of the training that is done."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from derive.algebra.formula import parse_formula
from derive.data.table import Table

if TYPE_CHECKING:
    from derive.algebra.tree import Expr

DONE = "p"


@dataclass(frozen=True)
class Schedule:
    """``formula``: the factor in ``p``, the share of all steps that are done: 0 at the first step, below 1."""

    name: str
    formula: str
    reading: str
    source: str

    @cached_property
    def expression(self) -> Expr:
        """The tree of the formula."""
        return parse_formula(self.formula, {DONE}, source=f"schedule {self.name}")


SCHEDULES = Table(
    "schedule",
    (
        Schedule("constant", "1", "the learning rate as it is given", "Goodfellow et al. (2016), 8.3.1"),
        Schedule("step", "0.1^((p >= 1/3) + (p >= 2/3))", "a tenth after each third", "He et al. (2016), 4.2"),
        Schedule("cosine", "(1 + cos(pi*p))/2", "half a wave, down to 0", "Loshchilov and Hutter (2017), 3"),
        Schedule(
            "1cycle",
            "min(0.04 + 3.2*p, (1 + cos(pi*(p - 0.3)/0.7))/2)",
            "up from a 25th, then half a wave down",
            "Smith and Topin (2018), 3",
        ),
    ),
)
