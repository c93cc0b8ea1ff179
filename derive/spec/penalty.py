"""The penalty that was asked for: which terms, how strong, with which factor."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from derive.data.penalties import PENALTIES
from derive.data.table import canonical
from derive.errors import DeriveError, Place, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from derive.data.penalties import Penalty

EXPECTED = "a penalty such as l2=1e-4"
FACTOR = "factor"


@dataclass(frozen=True)
class PenaltyTerm:
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
    def usual(self) -> bool:
        """Whether the factor is the usual one."""
        return self.factor == self.row.factors[0]


@dataclass(frozen=True)
class PenaltySpec:
    """One term or several that are added, in the order of their names; two are called the elastic net."""

    terms: tuple[PenaltyTerm, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "terms", tuple(sorted(self.terms, key=lambda t: t.name)))

    @classmethod
    def of(cls, name: str, strength: float | None = None, factor: str = "") -> PenaltySpec:
        """A penalty of one name; that of several parts gives each the same strength."""
        names = _names(PENALTIES.get(name))
        _check_factor(names, factor)
        return cls(tuple(_term(part, strength, factor) for part in names))

    @property
    def name(self) -> str:
        """What the terms together are called."""
        names = tuple(term.name for term in self.terms)
        whole = next((row.name for row in PENALTIES if row.parts == names), "")
        return names[0] if len(names) == 1 else whole or " and ".join(names)

    @property
    def text(self) -> str:
        """``l2=0.0001``, ``l1=0.1,l2=0.2``, with the factor where it is not the usual one: what an option takes."""
        parts = [t.name if t.strength is None else f"{t.name}={t.strength!r}" for t in self.terms]
        return ",".join([*parts, *(f"{FACTOR}={t.factor}" for t in self.terms if not t.usual)])

    @property
    def letters(self) -> tuple[tuple[str, PenaltyTerm], ...]:
        """(the letter of its strength, the term): ``lambda``, or ``lambda_1`` and ``lambda_2``."""
        if len(self.terms) == 1:
            return (("lambda", self.terms[0]),)
        return tuple((f"lambda_{i}", term) for i, term in enumerate(self.terms, start=1))


def read_penalty(given: str | Mapping[str, object] | PenaltySpec | None) -> PenaltySpec | None:
    """A penalty from ``"l2=1e-4"``, ``"l1=1e-5,l2=1e-4"``, ``{"l2": 1e-4}`` or ``{"l2": 1e-4, "factor": "one"}``.

    Terms of strength 0 are none.

    Raises:
        DeriveError: it is none of these, or a strength is no finite number >= 0.
    """
    if given is None or isinstance(given, PenaltySpec):
        return given
    return _from_text(given) if isinstance(given, str) else _from_mapping(given)


def _term(name: str, strength: float | None, factor: str) -> PenaltyTerm:
    """A term; the factor is for those that know it."""
    return PenaltyTerm(name, strength, factor if factor in PENALTIES.get(name).factors else "")


def _names(row: Penalty) -> tuple[str, ...]:
    return row.parts or (row.name,)


def _check_factor(names: Iterable[str], factor: str) -> None:
    """Raises DeriveError unless one of the terms knows the factor."""
    rows = [PENALTIES.get(name) for name in names]
    if factor and not any(factor in row.factors for row in rows):
        rows[-1].expression(factor)


def _added(found: Iterable[tuple[Penalty, float]], factor: str) -> PenaltySpec | None:
    """The terms of all rows together."""
    pairs = [(name, strength) for row, strength in found for name in _names(row)]
    names = [name for name, _ in pairs]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        problem = f"the penalty {twice} is given twice"
        raise DeriveError(problem, expected="each name once", remedy="write l1=1e-5,l2=1e-4")
    _check_factor(names, factor)
    terms = tuple(_term(name, strength, factor) for name, strength in pairs if strength)
    return PenaltySpec(terms) if terms else None


def _from_text(text: str) -> PenaltySpec | None:
    """``l1=1e-5,l2=1e-4``, ``l2=0.1,factor=one``."""
    found: list[tuple[Penalty, float]] = []
    factor, at = "", 1
    for piece in text.split(","):
        name, equals, value = piece.partition("=")
        if canonical(name) == FACTOR and equals and found:
            factor = value.strip()
        else:
            found.append(_term_of(text, piece, at))
        at += len(piece) + 1
    return _added(found, factor)


def _term_of(text: str, piece: str, at: int) -> tuple[Penalty, float]:
    """``l2=1e-4``; ``at``: the column where it starts."""
    name, equals, strength = piece.partition("=")

    def place(column: int) -> Place:
        return Place("penalty", 1, column, text)

    if not piece.strip() or not equals:
        problem = f"{quoted(piece)} gives no strength" if piece.strip() else "the penalty is empty"
        raise DeriveError(problem, expected=EXPECTED, remedy="write NAME=STRENGTH", place=place(at + len(piece)))
    row = PENALTIES.get(name, place(at))
    behind = at + len(name) + 1
    try:
        number = float(strength)
    except ValueError:
        problem = f"the strength {quoted(strength)} is no number"
        raise DeriveError(
            problem, expected="a number such as 1e-4", remedy="write l2=1e-4", place=place(behind)
        ) from None
    _check_strength(number, place(behind))
    return row, number


def _from_mapping(given: Mapping[str, object]) -> PenaltySpec | None:
    names = [key for key in given if canonical(key) != FACTOR]
    factor = next((given[key] for key in given if canonical(key) == FACTOR), "")
    if not names:
        raise DeriveError("a penalty with 0 names: none", expected="{ l2 = 1e-4 }", remedy="name a penalty")
    found = []
    for name in names:
        row, strength = PENALTIES.get(name), given[name]
        if not isinstance(strength, (int, float)) or isinstance(strength, bool) or not isinstance(factor, str):
            problem = f"the penalty {quoted(str(dict(given)), 80)} is not made of a number and a name"
            raise DeriveError(problem, expected='{ l2 = 1e-4, factor = "one" }', remedy="write it so")
        found.append((row, _float(strength)))
        _check_strength(found[-1][1], None)
    return _added(found, str(factor))


def _float(strength: float) -> float:
    """A whole number of any size as a float."""
    try:
        return float(strength)
    except OverflowError:
        return math.inf


def _check_strength(strength: float, place: Place | None) -> None:
    if not 0 <= strength < math.inf:
        problem = f"the strength of a penalty cannot be {strength:g}"
        raise DeriveError(problem, expected="a finite number, 0 or more", remedy="write l2=1e-4", place=place)
