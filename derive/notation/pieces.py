"""Text of a printed node with what its surroundings must know, and the precedence table."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import IntEnum
from fractions import Fraction


class Level(IntEnum):
    """How tightly the outermost sign of a piece binds; a place states the least level that needs no parentheses."""

    SUM = 1  # a + b, -a
    ELEMENTWISE = 2  # a * b of arrays
    PRODUCT = 3  # a b
    SCRIPTED = 4  # a^2, f(x), \frac{a}{b}: a factor, but no more scripts can be put on it
    ATOM = 5


@dataclass(frozen=True)
class Piece:
    """``tall``: brackets around it must grow.  ``open``: an operator such as a sum reaches to its right end and would
    swallow what follows."""

    text: str
    level: Level = Level.ATOM
    tall: bool = False
    open: bool = False


DIGITS = 45
"""So many decimals at most."""
LONG = 10**4
"""A fraction with a denominator from here on is written with decimals, where they end."""


def long_decimals(value: Fraction) -> str | None:
    """``1.0507009873554805``, which as a fraction nobody can read; None where the fraction is short or has no end."""
    if value.denominator < LONG:
        return None
    exact = _decimals(value) if value.denominator < 10**DIGITS else ""
    return exact if exact and Fraction(exact) == value else None


def _decimals(value: Fraction) -> str:
    """At most so many digits of a number."""
    with localcontext() as context:
        context.prec = 2 * DIGITS
        return f"{Decimal(value.numerator) / Decimal(value.denominator):f}"
