"""The optimisers: what becomes of a parameter in one iteration, as formulas."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from derive.algebra.formula import parse_formula
from derive.data.table import Table

if TYPE_CHECKING:
    from derive.algebra.tree import Expr


@dataclass(frozen=True)
class Optimiser:
    """``updates``: (what is replaced, the formula of its next value), carried out in order for every parameter.

    The formulas are in ``theta`` (a parameter), ``g`` (its gradient), the states (0 at first) and the hyperparameters.
    ``hyperparameters``: (name, default), None where the user must give one.
    """

    name: str
    updates: tuple[tuple[str, str], ...]
    hyperparameters: tuple[tuple[str, float | None], ...]
    reading: str
    source: str
    states: tuple[str, ...] = ()

    @property
    def formula(self) -> str:
        """The updates on one line."""
        return "; ".join(f"{name} <- {text}" for name, text in self.updates)

    @cached_property
    def expressions(self) -> tuple[tuple[str, Expr], ...]:
        """(what is replaced, the tree of its next value), in order."""
        known = {"theta", "g", *self.states, *(name for name, _ in self.hyperparameters)}
        return tuple((name, parse_formula(text, known, source=f"optimiser {self.name}")) for name, text in self.updates)


OPTIMISERS = Table(
    "optimiser",
    (
        Optimiser(
            name="sgd",
            updates=(("theta", "theta - learning_rate*g"),),
            hyperparameters=(("learning_rate", None),),
            reading="gradient descent",
            source="Goodfellow et al. (2016), 8.3.1",
        ),
    ),
)
