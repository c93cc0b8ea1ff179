"""Text of a printed node with what its surroundings must know, and the precedence table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


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
