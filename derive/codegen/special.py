"""Functions that NumPy lacks, as text of the emitted module: numerical methods, not results of a derivation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from derive.algebra.tree import Fn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from derive.algebra.tree import Expr


@dataclass(frozen=True)
class Special:
    """``lines``: the body; ``needs``: other functions of this table that it calls."""

    name: str
    doc: str
    lines: tuple[str, ...]
    source: str
    needs: tuple[str, ...] = ()


SPECIAL = (
    Special(
        "erfc",
        "1 - erf(Z): (2/pi) z e^(-z^2) times the integral of e^(-t^2) / (z^2 + t^2).",
        (
            "# the rule of 12 midpoints from 0 to 6 is exact but for the pole at t = iz",
            "size = np.abs(Z)",
            "square = size * size",
            "points = [n / 2 + 0.25 for n in range(12)]",
            "integral = sum(np.e ** (-t * t) / (square + t * t) for t in points)",
            "pole = 2 / (1 + np.exp(4 * np.pi * np.minimum(size, 6)))",
            "upper = size / np.pi * np.exp(-square) * integral + np.where(size < 6, pole, 0)",
            "return np.where(Z < 0, 2 - upper, upper)",
        ),
        "Hunter and Regan (1972), A note on the evaluation of the complementary error function",
    ),
    Special(
        "erf",
        "2/sqrt(pi) times the integral of e^(-t^2) from 0 to Z.",
        (
            "# near 0 its series, whose terms all have one sign; else 1 - erfc",
            "size = np.minimum(np.abs(Z), 1)",
            "square = size * size",
            "total = 1",
            "for n in range(18, 0, -1):",
            "    total = 1 + total * 2 * square / (2 * n + 1)",
            "near = 2 / np.pi**0.5 * size * np.exp(-square) * total",
            "return np.sign(Z) * np.where(np.abs(Z) < 1, near, 1 - erfc(np.abs(Z)))",
        ),
        "Abramowitz and Stegun (1964), 7.1.6",
        ("erfc",),
    ),
)
"""A function stands behind those that it needs."""


def special(expressions: Iterable[Expr]) -> Iterator[Special]:
    """The functions of the table that the expressions call, with those that they need."""
    called = {n.name for e in expressions for n in e.walk() if isinstance(n, Fn)}
    wanted = called | {name for row in SPECIAL if row.name in called for name in row.needs}
    return (row for row in SPECIAL if row.name in wanted)


def told(row: Special) -> dict[str, object]:
    """The function as the templates lay it out."""
    return {"name": row.name, "parameters": "Z", "doc": row.doc, "lines": row.lines}
