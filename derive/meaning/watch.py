"""Notes taken while numbers are drawn: how near a kink the network came, and on which sides of it its units are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from derive.meaning.kinds import Array

NEAR = 1e-3
"""No number that decides between two formulas may be nearer than this to where they meet."""

SATURATED = 7.0
"""Where exp of a larger number stands beside 1 the smaller one loses digits: ``1 - a`` of a sigmoid, a softmax."""

PATIENCE = 60
"""After so many draws a network is taken that is saturated or has units on one side of a kink only."""


class Watch:
    """Active during the first forward pass of a world, silent afterwards."""

    def __init__(self) -> None:
        self.active = False
        self.nearest = float("inf")
        self.largest = 0.0
        self._switched = self._above = self._below = self._dead = self._wide = False

    def switch(self, left: Any, right: Any) -> None:
        """Two numbers whose order chooses a formula."""
        if not self.active:
            return
        difference = np.asarray(left) - np.asarray(right)
        if difference.size:
            self.nearest = min(self.nearest, float(np.min(np.abs(difference))))
            self._above |= bool(np.any(difference > 0))
            self._below |= bool(np.any(difference < 0))
            self._wide |= difference.size > 1
            self._switched = True

    def exponent(self, argument: Any) -> None:
        """An argument of the exponential function."""
        if self.active and np.size(argument):
            self.largest = max(self.largest, float(np.max(np.abs(argument))))

    def function(self, argument: Array, slope: Array, kinks: Sequence[float]) -> None:
        """A formula with kinks was applied: is it flat for every unit?"""
        self._dead |= not np.any(slope)
        for kink in kinks:
            self.nearest = min(self.nearest, float(np.min(np.abs(np.real(argument) - kink))))

    def good(self, seed: int, attempt: int) -> bool:
        """Not saturated, away from kinks; of several units some on either side, in each layer some that are not flat.

        A chain has one unit a layer: there every other network may be cut by a flat unit.
        """
        if self.nearest < NEAR:
            return False
        mixed = self._above and self._below and not self._dead
        sides = not self._switched or (mixed if self._wide else not self._dead or seed % 2 == 1)
        return attempt >= PATIENCE or (sides and self.largest <= SATURATED)
