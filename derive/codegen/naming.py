"""How members of quantities are called in the program: ``Z_1`` in straight lines, ``Z[l]`` where layers are looped."""

from __future__ import annotations

from dataclasses import dataclass

from derive.algebra.layers import text
from derive.algebra.tree import Expr, Num, Partial, Ref, Sym
from derive.codegen.nodes import Name

LETTERS = {
    "x": "X",
    "y": "Y",
    "z": "Z",
    "a": "A",
    "mask": "M",
    "h": "D",
    "w": "W",
    "b": "b",
    "delta": "Delta",
    "C": "C",
    "J": "J",
    "Jhat": "J_hat",
}
"""The arrays of the notes, spelled as Python names."""
HYPER = {"lambda": "LAMBDA", "lambda_1": "LAMBDA_1", "lambda_2": "LAMBDA_2", "eta": "learning_rate"}


@dataclass(frozen=True)
class Naming:
    """``indexed``: arrays of layers are kept in lists, ``Z[1]``; else each has a name of its own, ``Z_1``."""

    indexed: bool

    def __call__(self, member: Expr) -> Name:
        """The variable that holds a whole array, a number or a size.

        Raises:
            KeyError: a quantity that has no name in programs (a fault of ours).
        """
        return Name(self.text(member))

    def text(self, member: Expr) -> str:
        """``w^1 -> W_1``;  ``dJ/dw^1 -> dW_1``."""
        if isinstance(member, Sym):
            return member.name
        if isinstance(member, Partial):
            return "d" + self.text(member.wrt)
        assert isinstance(member, Ref)
        if member.name in HYPER:
            return HYPER[member.name]
        if member.name == "n":
            return f"SIZES[{text(member.slots[0])}]"
        return LETTERS[member.name] + self._slot(member.slots)

    def _slot(self, slots: tuple[Expr, ...]) -> str:
        if not slots:
            return ""
        (slot,) = slots
        if self.indexed:
            return f"[{text(slot)}]"
        assert isinstance(slot, Num)
        return f"_{slot.value}"
