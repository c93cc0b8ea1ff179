"""Names of arrays taken apart: ``Z_2`` and ``Z[l]`` are the array ``Z`` of a layer."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from derive.algebra.tree import Compare, Expr, Fn, MatMul, Num, Transpose
from derive.codegen.nodes import Name, NewAxis, OverLayers, Reduce
from derive.data.optimisers import OPTIMISERS

BATCH = frozenset({"X", "Y", "Z", "A", "M", "D", "H", "Delta", "dA", "dX"})
"""Arrays with one entry for each unit and sample."""
UNITS = frozenset({"b", "db"})
WEIGHTS = frozenset({"W", "V", "dW", "dV"})
SAMPLES = frozenset({"S", "C", "row"})
"""One number for each sample."""
NUMBERS = frozenset({"rate", "factor", "N", "zero", "one", "two", "half", "c", "J", "t"}) | {
    name for row in OPTIMISERS for name, _ in row.hyperparameters
}
"""Names of numbers; so are names in capitals (``LAMBDA``)."""
_PATTERN = re.compile(r"([A-Za-z]+)(?:_(\d+|all)(?:\[.*\])?|\[(.+)\])?$")


@dataclass(frozen=True)
class Variable:
    """``letter``: which array; ``layer``: its number, what a loop calls it, or empty; ``listed``: in a list."""

    letter: str
    layer: str
    listed: bool = False

    @property
    def text(self) -> str:
        """The name as it is written."""
        return self.letter + (f"[{self.layer}]" if self.listed else f"_{self.layer}" if self.layer else "")

    def called(self, letter: str) -> str:
        """The variable of another letter in the same layer: ``Z_2 -> A_2``."""
        return replace(self, letter=letter).text

    def at(self, letter: str, number: int) -> Variable:
        """The variable where a loop has reached a layer: ``A[l - 1]`` at 3 is ``A[2]``."""
        parts = self.layer.split()
        if not parts or parts[0] != letter:
            return self
        shift = int("".join(parts[1:]) or "0")
        return replace(self, layer=str(number + shift))


def variable(name: str) -> Variable:
    """``Z_2 -> Z, 2``;  ``Z[l - 1] -> Z, l - 1``;  ``Z_all[1:] -> Z, all``;  ``LAMBDA``, ``N``: no layer."""
    found = _PATTERN.match(name)
    if found is None:
        return Variable(name, "")
    letter, number, inside = found.groups()
    return Variable(letter, number or inside or "", inside is not None)


def letter(expr: Expr) -> str:
    """The letter of a name; empty for every other node."""
    return variable(expr.text).letter if isinstance(expr, Name) else ""


def names(expr: Expr) -> frozenset[str]:
    """The variables that an expression reads."""
    return frozenset(n.text for n in expr.walk() if isinstance(n, Name))


def swapped(expr: Expr, new: dict[Expr, Expr]) -> Expr:
    """The expression with parts replaced, the outermost first."""
    return new[expr] if expr in new else expr.map(lambda child: swapped(child, new))


def rank(expr: Expr) -> int:
    """How many axes an array has: 2, 1, or 0 for a number."""
    if isinstance(expr, Name):
        own = letter(expr)
        return 2 if own in BATCH | WEIGHTS else 1 if own in UNITS | SAMPLES else 0
    if isinstance(expr, (MatMul, NewAxis)):
        return 2
    if isinstance(expr, (Num, OverLayers)):
        return 0
    if isinstance(expr, Reduce):
        return 0 if expr.axis is None else 2 if expr.keep else 1
    if isinstance(expr, Transpose):
        return rank(expr.arg)
    assert isinstance(expr, (Fn, Compare)) or expr.children
    return max((rank(c) for c in expr.children), default=0)


def size(expr: Expr) -> int:
    """0: a number, 1: one number for each sample, 2: an array of units and samples, or of weights."""
    if isinstance(expr, Num):
        return 0
    if isinstance(expr, Reduce):
        return 0 if expr.axis is None else 1
    if isinstance(expr, Name):
        own = variable(expr.text).letter
        return 0 if own in NUMBERS or (len(own) > 1 and own.isupper()) else 1 if own in SAMPLES else 2
    return max((size(c) for c in expr.children), default=0)
