"""How weights start: by the activation that they feed, so that the spread of the activations stays what it is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Start:
    """``variance`` of a weight as Python text in ``n_in`` and ``n_out``; biases start at 0."""

    name: str
    variance: str
    source: str


HE = Start("He", "2 / n_in", "He et al. (2015)")
GLOROT = Start("Glorot", "2 / (n_in + n_out)", "Glorot and Bengio (2010)")
LECUN = Start("LeCun", "1 / n_in", "LeCun et al. (1998)")
STARTS = {"relu": HE, "sigmoid": GLOROT, "tanh": GLOROT}


def start(activation: str) -> Start:
    """The row for an activation; LeCun's for every one that has none of its own."""
    return STARTS.get(activation, LECUN)


def variance(row: Start, n_in: str, n_out: str) -> str:
    """``2 / 64``, ``2 / (m + n)``."""
    return row.variance.replace("n_in", n_in).replace("n_out", n_out)
