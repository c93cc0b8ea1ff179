"""Which slope is used at a kink, chosen: ``relu=1``, ``hard-sigmoid@3=1/6``; nothing chosen leaves that of the row."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from derive.data.table import canonical
from derive.errors import DeriveError, quoted
from derive.spec.borders import one_sided

if TYPE_CHECKING:
    from collections.abc import Mapping

    from derive.data.activations import Activation, Kink

EXAMPLE = "relu=1"
TOLERANCE = 1e-6


@dataclass(frozen=True)
class KinkChoice:
    """The slope of an activation at one of its kinks, or (``at`` None) at all of them."""

    name: str
    at: Fraction | None
    slope: Fraction

    @property
    def key(self) -> str:
        """``hard-sigmoid@3``."""
        return self.name if self.at is None else f"{self.name}@{self.at}"

    @property
    def text(self) -> str:
        """As the command line takes it."""
        return f"{self.key}={self.slope}"


def read_kinks(given: Mapping[str, object] | None) -> tuple[KinkChoice, ...]:
    """The choices that are given by name of the activation, with ``@`` and the point where one kink of several is
    meant.

    Raises:
        DeriveError: a key or a slope that cannot be read, or two choices for one kink.
    """
    found: dict[str, KinkChoice] = {}
    for key, value in (given or {}).items():
        name, sign, at = str(key).partition("@")
        choice = KinkChoice(canonical(name), _number(at, key) if sign else None, _number(value, key))
        if choice.key in found:
            raise DeriveError(f"the slope at the kink of {quoted(choice.key)} is given twice", remedy="give it once")
        found[choice.key] = choice
    return tuple(found.values())


def _number(value: object, key: object) -> Fraction:
    try:
        if isinstance(value, (str, int, float, Fraction)) and not isinstance(value, bool):
            text = str(value)
            if len(text) <= 40 and "e" not in text.lower() and abs(number := Fraction(text.strip())) <= 10**6:
                return number
    except (ValueError, ZeroDivisionError):
        pass
    raise DeriveError(
        f"kink {quoted(str(key))}: {quoted(str(value))} is no number that can be used",
        expected="NAME=SLOPE, or NAME@POINT=SLOPE for one kink of several",
        remedy=f"write {EXAMPLE}, or a fraction such as 1/2",
    )


def with_choices(row: Activation, choices: tuple[KinkChoice, ...]) -> Activation:
    """The row with the chosen slopes."""
    own = [c for c in choices if c.name == row.name]
    return replace(row, kinks=tuple(_chosen(k, own) for k in row.kinks)) if own else row


def _chosen(kink: Kink, choices: list[KinkChoice]) -> Kink:
    for choice in sorted(choices, key=lambda c: c.at is None):
        if choice.at is None or abs(float(choice.at) - kink.at) < TOLERANCE:
            return replace(kink, slope=float(choice.slope), chosen=not math.isclose(kink.slope, float(choice.slope)))
    return kink


def check_kinks(choice: KinkChoice, row: Activation, used: bool) -> None:
    """Raises DeriveError unless the activation is used, has the kink, and the slope lies between those beside it."""
    if not used:
        raise DeriveError(
            f"a slope is chosen for the kink of {row.name}, which no layer has",
            expected="an activation of the network",
            remedy=f"remove {choice.text}, or name the activation in the network",
        )
    meant = [k for k in row.kinks if choice.at is None or abs(float(choice.at) - k.at) < TOLERANCE]
    if not meant:
        points = ", ".join(f"z = {k.at:g}" for k in row.kinks)
        raise DeriveError(
            f"{row.name} has no kink" + (f" at z = {choice.at}" if choice.at is not None else ""),
            expected=f"a kink: {points}" if points else "an activation with a kink, such as relu",
            remedy=f"remove {choice.text}",
        )
    for kink in meant:
        low, high = sorted(one_sided(row.expression, kink.at))
        if not low - TOLERANCE <= choice.slope <= high + TOLERANCE:
            raise DeriveError(
                f"the slope {choice.slope} does not fit the kink of {row.name} at z = {kink.at:g}",
                expected=f"a number from {low:g} to {high:g}, the slopes on both sides",
                remedy=f"write {choice.key}={low:g}",
            )
