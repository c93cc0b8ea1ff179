"""The error function of complex numbers near the real line, from its series and its continued fraction.

Both are analytic, so a complex step through them gives derivatives; neither knows the derivative of erf.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from derive.meaning.kinds import Array, Value

SPLIT = 1.5
"""Real parts up to here go to the series, larger ones to the continued fraction."""
TERMS, LEVELS = 40, 100
"""Enough for 16 digits on either side of ``SPLIT`` and for imaginary parts up to 1."""


def error_function(x: Value) -> Value:
    """``erf`` entry by entry."""
    z = np.asarray(x)
    positive = np.real(z) >= 0
    mirrored = np.where(positive, z, -z)
    near = np.real(mirrored) <= SPLIT
    found = np.where(near, _series(np.where(near, mirrored, 0)), _complement(np.where(near, SPLIT, mirrored)))
    signed: Array = np.where(positive, found, -found)
    return signed[()]


def _series(z: Array) -> Any:
    """``erf(z) = 2/sqrt(pi) e^(-z^2) sum_n 2^n z^(2n+1) / (1 3 5 ... (2n+1))``: no terms cancel."""
    square: Any = z * z
    total: Any = 1
    for n in range(TERMS, 0, -1):
        total = 1 + total * 2 * square / (2 * n + 1)
    return 2 / np.sqrt(np.pi) * z * np.exp(-square) * total


def _complement(z: Array) -> Any:
    """``1 - erf(z)``'s fraction: ``erfc(z) = e^(-z^2)/sqrt(pi) 1/(z + (1/2)/(z + 1/(z + (3/2)/(z + ...))))``."""
    below = z
    for n in range(LEVELS, 0, -1):
        below = z + n / 2 / below
    return 1 - np.exp(-z * z) / np.sqrt(np.pi) / below
