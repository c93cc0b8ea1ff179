"""The penalty that was asked for: which, how strong, with which factor."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from derive.data.penalties import PENALTIES
from derive.data.table import canonical
from derive.errors import DeriveError, Place, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from derive.data.penalties import Penalty

EXPECTED = "a penalty such as l2=1e-4"


@dataclass(frozen=True)
class PenaltySpec:
    """``strength`` times the sum of ``row.formulas[factor]`` over all weights; strength None leaves it a letter."""

    name: str
    strength: float | None = None
    factor: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.row.name)
        object.__setattr__(self, "factor", self.factor or self.row.factors[0])
        self.row.expression(self.factor)
        if self.strength is not None:
            _check_strength(self.strength, None)

    @property
    def row(self) -> Penalty:
        """The row of the table."""
        return PENALTIES.get(self.name)

    @property
    def text(self) -> str:
        """``l2=0.0001``, with the factor when it is not the usual one."""
        strength = "" if self.strength is None else f"={self.strength:g}"
        return self.name + strength + (f" (factor {self.factor})" if self.factor != self.row.factors[0] else "")


def read_penalty(given: str | Mapping[str, object] | PenaltySpec | None) -> PenaltySpec | None:
    """A penalty from ``"l2=1e-4"``, ``{"l2": 1e-4}`` or ``{"l2": 1e-4, "factor": "one"}``; a strength of 0 is none.

    Raises:
        DeriveError: it is none of these, or the strength is no finite number >= 0.
    """
    if given is None or isinstance(given, PenaltySpec):
        return given
    return _from_text(given) if isinstance(given, str) else _from_mapping(given)


def _from_text(text: str) -> PenaltySpec | None:
    name, equals, strength = text.partition("=")

    def place(column: int) -> Place:
        return Place("penalty", 1, column, text)

    if not text.strip() or not equals:
        problem = f"{quoted(text)} gives no strength" if text.strip() else "the penalty is empty"
        raise DeriveError(problem, expected=EXPECTED, remedy="write NAME=STRENGTH", place=place(len(text) + 1))
    row = PENALTIES.get(name, place(1))
    at = place(len(name) + 2)
    try:
        number = float(strength)
    except ValueError:
        problem = f"the strength {quoted(strength)} is no number"
        raise DeriveError(problem, expected="a number such as 1e-4", remedy="write l2=1e-4", place=at) from None
    _check_strength(number, at)
    return PenaltySpec(row.name, number) if number else None


def _from_mapping(given: Mapping[str, object]) -> PenaltySpec | None:
    names = [key for key in given if canonical(key) != "factor"]
    if len(names) != 1:
        problem = f"a penalty with {len(names)} names: {', '.join(names) or 'none'}"
        raise DeriveError(problem, expected="{ l2 = 1e-4 }", remedy="name one penalty")
    row = PENALTIES.get(names[0])
    strength, factor = given[names[0]], given.get("factor", row.factors[0])
    if not isinstance(strength, (int, float)) or isinstance(strength, bool) or not isinstance(factor, str):
        problem = f"the penalty {quoted(str(dict(given)), 80)} is not made of a number and a name"
        raise DeriveError(problem, expected='{ l2 = 1e-4, factor = "one" }', remedy="write it so")
    _check_strength(strength, None)
    row.expression(factor)
    return PenaltySpec(row.name, float(strength), factor) if strength else None


def _check_strength(strength: float, place: Place | None) -> None:
    if not 0 <= strength < math.inf:
        problem = f"the strength of a penalty cannot be {strength:g}"
        raise DeriveError(problem, expected="a finite number, 0 or more", remedy="write l2=1e-4", place=place)
