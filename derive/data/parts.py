"""The parts of training code that can be left out."""

from __future__ import annotations

from dataclasses import dataclass

from derive.data.table import Table


@dataclass(frozen=True)
class Part:
    """``formula``: the names that it brings.  ``needs``: parts without which it is not there either."""

    name: str
    formula: str
    reading: str
    source: str = ""
    needs: tuple[str, ...] = ()


PARTS = Table(
    "part",
    (
        Part("check", "check_gradient", "the gradient beside numeric derivatives"),
        Part("estimator", "Network", "an estimator with the manners of scikit-learn, and its files"),
        Part("shell", "main", "commands for a shell", needs=("estimator",)),
    ),
)
"""The functions of the network and ``train`` are always there."""
