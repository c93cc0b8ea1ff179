"""What the compiled evaluator passes around: fields, codes, frames.

Arrays
    Every value is a number known by the compiler (a plain scalar) or a NumPy array.  Its axis 0 counts tangent
    directions (length 1: none); then follows one axis for each letter in scope, of length 1 where the value does not
    depend on that letter; then, for array-form values only, rows and columns, always of their true sizes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable

    from derive.algebra.tree import Expr, Sym
    from derive.meaning.stages import Stage

Array: TypeAlias = npt.NDArray[Any]
Value: TypeAlias = Any
"""A scalar of the field or an ``Array``."""

Side: TypeAlias = Literal["one", "unit", "sample"]
Kind: TypeAlias = "tuple[Side, Side] | None"
"""What rows and columns of an array-form value count; None for a number."""

Scope: TypeAlias = "tuple[Sym, ...]"
"""The unit and sample letters that are array axes, outermost first."""

Free: TypeAlias = "tuple[tuple[Sym, Expr], ...]"
"""The free unit and sample letters of an expression with the ends of their ranges."""


@dataclass(frozen=True, slots=True)
class Code:
    """A compiled expression: its kind, known beforehand, and the function that evaluates it."""

    kind: Kind
    run: Callable[[Frame], Value]


class Frame:
    """Where a code runs: the stage that holds quantities, the numbers of letters, the ranges of the axes in scope."""

    __slots__ = ("domains", "letters", "stage", "updates")

    def __init__(
        self, stage: Stage, letters: dict[str, Any], domains: list[tuple[int, int]], updates: tuple[Any, ...] = ()
    ) -> None:
        self.stage, self.letters, self.domains, self.updates = stage, letters, domains, updates

    def on(self, stage: Stage) -> Frame:
        """The same letters and ranges over another stage."""
        return Frame(stage, dict(self.letters), list(self.domains), self.updates)


def is_array(value: Value) -> bool:
    """Whether the value has axes (a plain scalar fits every scope)."""
    return isinstance(value, np.ndarray)


def beside_array(value: Value) -> Value:
    """A number, ready to meet array-form values: two axes of length 1 behind."""
    return value[..., None, None] if isinstance(value, np.ndarray) else value
