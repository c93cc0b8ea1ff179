"""The arithmetic in which expressions are evaluated, with tangent directions carried along axis 0."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from derive.algebra.tree import Compare, Expr, Fn, Num, Pow

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from fractions import Fraction

    from derive.meaning.kinds import Array, Value
    from derive.model.model import Model

RATIONAL_BUILTINS = frozenset({"sqnorm", "total", "trace"})
"""Built-in functions that exact arithmetic can evaluate."""


class Field(ABC):
    """Numbers with tangent directions.

    ``bound``: the residual, relative to the largest entry of an array, up to which two values count as equal.
    """

    name: str
    bound: float

    @abstractmethod
    def const(self, value: Fraction | int) -> Value: ...
    @abstractmethod
    def constant(self, name: str) -> Value:
        """``pi``."""

    @abstractmethod
    def array(self, values: object) -> Array:
        """Given numbers as an array of the field."""

    @abstractmethod
    def add(self, x: Value, y: Value) -> Value: ...
    @abstractmethod
    def mul(self, x: Value, y: Value) -> Value: ...
    @abstractmethod
    def div(self, x: Value, y: Value) -> Value: ...
    @abstractmethod
    def power(self, base: Value, exponent: int) -> Value: ...
    @abstractmethod
    def general_power(self, base: Value, exponent: Value) -> Value: ...
    @abstractmethod
    def total(self, x: Array, axis: int | tuple[int, ...]) -> Array: ...
    @abstractmethod
    def product(self, x: Array, axis: int) -> Array: ...
    @abstractmethod
    def matmul(self, x: Array, y: Array) -> Array:
        """Matrix product over the last two axes; both arrays have equally many axes."""

    @abstractmethod
    def where(self, mask: Value, x: Value, y: Value) -> Value: ...
    @abstractmethod
    def flag(self, mask: Value) -> Value:
        """1 where the mask holds, else 0."""

    @abstractmethod
    def ordered(self, x: Value) -> Value:
        """The value without its tangents, as numbers that can be compared."""

    @abstractmethod
    def elementary(self, name: str) -> Callable[[Value], Value]:
        """``exp``, ``log`` ... entry by entry."""

    @abstractmethod
    def derivative(self, function: Callable[[Value], Value], x: Value, order: int) -> Value:
        """The derivative of a function of one number, from the function itself."""

    @abstractmethod
    def seed(self, value: Array, start: int, count: int) -> Array:
        """The value with direction ``start + i`` moving its entry i, among ``count`` directions."""

    @abstractmethod
    def seed_some(self, value: Array, first: int, stop: int) -> Array:
        """The value with directions for its entries ``first..stop-1`` only."""

    @abstractmethod
    def part(self, value: Array, start: int, stop: int) -> Array:
        """The value with the directions ``start..stop-1`` only."""

    @abstractmethod
    def tangent(self, value: Value, count: int) -> Array:
        """The derivatives in all directions, ``(count, ...)``, from a value or a scalar."""

    @abstractmethod
    def draw(
        self, rng: random.Random, domain: str, shape: tuple[int, ...], scale: float = 1.0, negative: float = 0.5
    ) -> Array:
        """Random numbers, shape ``(1, *shape)``; real ones are negative with the given probability."""

    @abstractmethod
    def unknown(self, rng: random.Random) -> Callable[[Value, int], Value]:
        """A random smooth function of one number and the order of its derivative."""

    @abstractmethod
    def residual(self, x: Array, y: Array) -> float:
        """The largest difference relative to the largest entry; 0 where equal."""

    @abstractmethod
    def quiet(self) -> AbstractContextManager[object]:
        """Inside, values that do not exist become not-a-numbers silently, or say so as a ``MeaningError``."""

    def present(self, x: Array) -> Array:
        """Where there is a number."""
        out: Array = x == x  # noqa: PLR0124 - every number of an exact field is one
        return out

    @abstractmethod
    def finite(self, x: Array) -> bool:
        """Whether every entry is a number."""


def rational(expression: Expr) -> bool:
    """Whether exact arithmetic can evaluate the expression (the functions of the model apart)."""
    for node in expression.walk():
        if isinstance(node, Compare):
            return False
        if isinstance(node, Pow) and isinstance(node.exponent, Num) and node.exponent.value.denominator != 1:
            return False
        if isinstance(node, Fn) and node.name in BUILTINS and node.name not in RATIONAL_BUILTINS:
            return False
    return True


ELEMENTARY = ("exp", "log", "tanh", "sqrt", "abs", "sign", "sin", "cos", "sinh", "cosh", "erf")
CONSTANTS = ("pi",)
BUILTINS = frozenset({*ELEMENTARY, *CONSTANTS, "max", "min", "softmax", *RATIONAL_BUILTINS})


def field_for(model: Model) -> Field:
    """Exact arithmetic where every function is unknown or rational, else complex step."""
    from derive.meaning.complex_step import ComplexStep
    from derive.meaning.prime import PrimeField

    bodies = [f.body for f in model.functions.values() if f.body is not None]
    members = {name for f in model.functions.values() for name in f.members.values()}
    exact = all(map(rational, [d.rhs for d in model.definitions] + bodies)) and not members & (
        BUILTINS - RATIONAL_BUILTINS
    )
    return PrimeField() if exact else ComplexStep()
