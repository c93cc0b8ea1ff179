"""The penalties: a formula in one weight, summed over all weights (never biases) and multiplied by a strength."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from derive.algebra.formula import parse_formula
from derive.data.table import Table
from derive.errors import DeriveError, did_you_mean, quoted

if TYPE_CHECKING:
    from derive.algebra.tree import Expr


@dataclass(frozen=True)
class Penalty:
    """``formulas``: by the name of the factor in front, the first one the usual; each in ``w``, one weight.

    ``parts``: the names of other rows that are added, each with a strength of its own, in place of a formula.
    """

    name: str
    formulas: tuple[tuple[str, str], ...]
    reading: str
    source: str
    parts: tuple[str, ...] = ()

    @property
    def factors(self) -> tuple[str, ...]:
        """The names of the factors; the first is the default."""
        return tuple(name for name, _ in self.formulas)

    @property
    def formula(self) -> str:
        """The formula with the usual factor; of several parts with their strengths."""
        if self.parts:
            return " + ".join(f"{part}*{PENALTIES.get(part).formula}" for part in self.parts)
        return self.formulas[0][1]

    def expression(self, factor: str) -> Expr:
        """The formula with that factor as a tree in ``Sym("w")``.

        Raises:
            DeriveError: there is no factor of that name.
        """
        if factor not in self.factors:
            raise DeriveError(
                f"unknown factor {quoted(factor)} of the penalty {self.name}",
                expected="one of " + ", ".join(self.factors),
                remedy=did_you_mean(factor, self.factors) or "choose one",
            )
        return parse_formula(dict(self.formulas)[factor], {"w"}, source=f"penalty {self.name}")


PENALTIES = Table(
    "penalty",
    (
        Penalty(
            name="l2",
            formulas=(("half", "w^2/2"), ("one", "w^2")),
            reading="sum of the squared weights",
            source="Goodfellow et al. (2016), 7.1.1 (half); the lecture on training (one)",
        ),
        Penalty(
            name="l1",
            formulas=(("one", "abs(w)"),),
            reading="sum of the absolute values of the weights",
            source="Goodfellow et al. (2016), 7.1.2",
        ),
        Penalty(
            name="elastic-net",
            formulas=(),
            reading="elastic net: both, each with a strength of its own",
            source="Zou and Hastie (2005), 2",
            parts=("l1", "l2"),
        ),
    ),
)
"""``l2``, ``half``: (s/2) sum w^2; ``one``: s sum w^2.  ``l1``: s sum |w|."""
