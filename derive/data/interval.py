"""Intervals of real numbers: the range of an activation, the domain of a cost."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf


@dataclass(frozen=True)
class Interval:
    """Numbers between ``low`` and ``high``; an end belongs to it when it is closed (infinite ends are open)."""

    low: float
    high: float
    low_closed: bool = False
    high_closed: bool = False

    def __contains__(self, x: float) -> bool:
        return self.low < x < self.high or (self.low_closed and x == self.low) or (self.high_closed and x == self.high)

    def within(self, other: Interval) -> bool:
        """Whether every number of this interval is in ``other``.

        >>> UNIT.within(POSITIVE), Interval(0, 1, low_closed=True).within(POSITIVE)
        (True, False)
        """
        low = other.low < self.low or (other.low == self.low and (other.low_closed or not self.low_closed))
        high = self.high < other.high or (other.high == self.high and (other.high_closed or not self.high_closed))
        return low and high

    def __str__(self) -> str:
        left, right = "[" if self.low_closed else "(", "]" if self.high_closed else ")"
        return f"{left}{self.low:g}, {self.high:g}{right}"


REAL = Interval(-inf, inf)
POSITIVE = Interval(0.0, inf)
NON_NEGATIVE = Interval(0.0, inf, low_closed=True)
UNIT = Interval(0.0, 1.0)
CLOSED_UNIT = Interval(0.0, 1.0, low_closed=True, high_closed=True)
SIGNS = Interval(-1.0, 1.0, low_closed=True, high_closed=True)
