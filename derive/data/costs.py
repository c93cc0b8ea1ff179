"""The costs of one row: a formula for one unit, summed over the units of the last layer.  No derivative stands here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from derive.algebra.formula import parse_formula
from derive.data.interval import CLOSED_UNIT, NON_NEGATIVE, POSITIVE, REAL, SIGNS, UNIT, Interval
from derive.data.table import Table

if TYPE_CHECKING:
    from derive.algebra.tree import Expr


@dataclass(frozen=True)
class Cost:
    """``formula`` in ``a`` (output of a unit) and ``y`` (its target), summed over the units of the last layer; ``n`` is
    their number.

    ``domain``: the ``a`` for which the formula is defined.  ``independent``: the units answer separate questions, so
    outputs that compete with each other (softmax) do not fit.  ``separates``: the output between two answers, on both
    sides of which outputs must lie.  ``least_outputs``: with fewer units it says nothing sensible.  ``targets``: the
    ``y`` that are meant, as numbers and in words.  ``shown_where_open``: whether notes that leave the cost open work
    it out.
    """

    name: str
    formula: str
    domain: Interval
    targets: Interval
    targets_reading: str
    reading: str
    source: str
    independent: bool = False
    separates: float | None = None
    least_outputs: int = 1
    shown_where_open: bool = True

    @cached_property
    def expression(self) -> Expr:
        """The formula as a tree in ``Sym("a")``, ``Sym("y")`` and ``Sym("n")``."""
        return parse_formula(self.formula, {"a", "y", "n"}, source=f"cost {self.name}")


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
            name="mean-squared-error",
            formula="(a - y)^2/n",
            domain=REAL,
            targets=REAL,
            targets_reading="any numbers",
            reading="mean squared error",
            source="Goodfellow et al. (2016), 5.1.4",
            shown_where_open=False,
        ),
        Cost(
            name="mean-absolute-error",
            formula="abs(a - y)/n",
            domain=REAL,
            targets=REAL,
            targets_reading="any numbers",
            reading="mean absolute error",
            source="Goodfellow et al. (2016), 6.2.1.2",
            shown_where_open=False,
        ),
        Cost(
            name="huber",
            formula="where(abs(a - y) <= 1, (a - y)^2/2, abs(a - y) - 1/2)",
            domain=REAL,
            targets=REAL,
            targets_reading="any numbers",
            reading="Huber cost with threshold 1",
            source="Huber, Robust Estimation of a Location Parameter (1964), 2",
        ),
        Cost(
            name="log-cosh",
            formula="log(cosh(a - y))",
            domain=REAL,
            targets=REAL,
            targets_reading="any numbers",
            reading="logarithm of the hyperbolic cosine of the error",
            source="Green, IEEE Trans. Med. Imaging 9 (1990), 84",
            shown_where_open=False,
        ),
        Cost(
            name="hinge",
            formula="max(0, 1 - a*y)",
            domain=REAL,
            targets=SIGNS,
            targets_reading="for each unit -1 or +1",
            reading="hinge cost",
            source="Shalev-Shwartz and Ben-David (2014), 15.2.3",
            independent=True,
            separates=0.0,
            shown_where_open=False,
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
        Cost(
            name="poisson",
            formula="a - y*log(a)",
            domain=POSITIVE,
            targets=NON_NEGATIVE,
            targets_reading="for each unit a count, 0 or more",
            reading="Poisson cost",
            source="McCullagh and Nelder, Generalized Linear Models (1989), 6.2",
            independent=True,
        ),
        Cost(
            name="kl",
            formula="y*log(y/a)",
            domain=POSITIVE,
            targets=NON_NEGATIVE,
            targets_reading="probabilities of the classes, summing to 1 (0 log 0 counts as 0)",
            reading="Kullback-Leibler divergence",
            source="Goodfellow et al. (2016), 3.13",
            least_outputs=2,
        ),
    ),
)
