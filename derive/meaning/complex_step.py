"""Floating point with complex step: a tangent is an imaginary part so small that its square vanishes.

A quantity with D directions is a complex array ``(D, ...)``: row d is the whole evaluation with direction d moved by
``STEP``.  Nothing here knows a rule of differentiation.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from derive.meaning.error_function import error_function
from derive.meaning.errors import Unsupported
from derive.meaning.fields import Field

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from fractions import Fraction

    from derive.meaning.kinds import Array, Value

STEP = 2.0**-330
"""A power of two, so that scaling by it is exact; small enough for derivatives from 1e-200 to 1e+90."""

NOISE = 1e-14
"""Magnitude below which a value that should be zero is rounding."""

CIRCLE, RADIUS = np.exp(2j * np.pi * np.arange(32) / 32), 0.25
"""Cauchy's formula for second derivatives: 32 points at this distance."""

SMALLER, CROSSED = (2e-2, 4e-4), 1e-5
"""Circles nearer than networks come to kinks, with fewer points, and the difference that tells a kink between."""


def _chosen(mask: Value, x: Value, y: Value) -> Value:
    """Entry by entry the one or the other; a scalar stays a scalar."""
    chosen: Value = np.where(mask, x, y)
    return chosen[()]


def _guarded(function: Callable[[Any], Any]) -> Callable[[Value], Value]:
    """Not a number where the real function does not exist (the complex one would go on along another branch)."""

    def apply(x: Value) -> Value:
        bad = np.real(x) <= 0
        return _chosen(bad, np.nan, function(_chosen(bad, 1.0, x))) if np.any(bad) else function(x)

    return apply


def _absolute(x: Value) -> Value:
    return _chosen(np.real(x) < 0, -x, x)


_ELEMENTARY: dict[str, Callable[[Value], Value]] = {
    "exp": np.exp,
    "log": _guarded(np.log),
    "tanh": np.tanh,
    "sqrt": _guarded(np.sqrt),
    "abs": _absolute,
    "sign": lambda x: np.sign(np.real(x)),
    "sin": np.sin,
    "cos": np.cos,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "erf": error_function,
}

SMOOTH: tuple[Callable[[Any, Value], Value], ...] = (
    lambda f, z: f.log(1 + f.exp(z)) + 0.2 * f.sin(2 * z),
    lambda f, z: f.sin(z + 0.7) + z / 3,
    lambda f, z: f.tanh(z + 0.4) + 0.15 * z * f.cos(z),
    lambda f, z: f.sqrt(z * z + 1) + z / 2,
    lambda f, z: f.exp(-((z - 0.5) ** 2) / 4) + 0.4 * z,
)
"""In the functions of an arithmetic (NumPy's for doubles).  Analytic near the real line, of moderate growth; none
linear, odd or a sigmoid.
"""


class ComplexStep(Field):
    """Floats; two values are equal up to 1e-12 of the largest entry of their array."""

    name = "complex step"
    bound = 1e-12

    # Plain functions rather than methods: they are called millions of times.
    add = staticmethod(operator.add)  # type: ignore[assignment]
    mul = staticmethod(operator.mul)  # type: ignore[assignment]
    div = staticmethod(operator.truediv)  # type: ignore[assignment]
    power = staticmethod(operator.pow)  # type: ignore[assignment]
    matmul = staticmethod(np.matmul)  # type: ignore[assignment]
    where = staticmethod(_chosen)

    def const(self, value: Fraction | int) -> Value:
        return np.float64(value)

    def constant(self, name: str) -> Value:
        return np.float64({"pi": np.pi}[name])

    def array(self, values: object) -> Array:
        return np.asarray(values, dtype=np.float64)

    def general_power(self, base: Value, exponent: Value) -> Value:
        return _guarded(lambda b: b**exponent)(base)

    def total(self, x: Array, axis: int | tuple[int, ...]) -> Array:
        out: Array = np.add.reduce(x, axis=axis)
        return out

    def product(self, x: Array, axis: int) -> Array:
        out: Array = np.multiply.reduce(x, axis=axis)
        return out

    def flag(self, mask: Value) -> Value:
        return mask.astype(np.float64) if isinstance(mask, np.ndarray) else np.float64(mask)

    def ordered(self, x: Value) -> Value:
        return x[:1].real if isinstance(x, np.ndarray) else x

    def elementary(self, name: str) -> Callable[[Value], Value]:
        return _ELEMENTARY[name]

    def derivative(self, function: Callable[[Value], Value], x: Value, order: int) -> Value:
        at = np.real(x)
        out = np.imag(function(at + 1j * STEP)) / STEP if order == 1 else _cauchy(function, at, order)
        return out + 1j * np.imag(x) * _cauchy(function, at, order + 1) if np.iscomplexobj(x) else out

    def seed(self, value: Array, start: int, count: int) -> Array:
        out = np.array(np.broadcast_to(value, (count, *value.shape[1:])), dtype=np.complex128, order="C")
        entries = np.arange(out[0].size)
        out.reshape(count, -1)[start + entries, entries] += 1j * STEP
        return out

    def seed_some(self, value: Array, first: int, stop: int) -> Array:
        out = np.array(np.broadcast_to(value, (stop - first, *value.shape[1:])), dtype=np.complex128, order="C")
        out.reshape(stop - first, -1)[np.arange(stop - first), np.arange(first, stop)] += 1j * STEP
        return out

    def part(self, value: Array, start: int, stop: int) -> Array:
        return value[start:stop] if value.shape[0] > 1 else value

    def tangent(self, value: Value, count: int) -> Array:
        moved = np.imag(value) / STEP
        out: Array = np.broadcast_to(moved, (count, *np.shape(moved)[1:]))
        return out

    def draw(
        self, rng: random.Random, domain: str, shape: tuple[int, ...], scale: float = 1.0, negative: float = 0.5
    ) -> Array:
        """Away from zero: real numbers have magnitude 0.2 to 1.2 (times ``scale``), positive ones too."""
        size = int(np.prod(shape))
        if domain == "unit":
            values = [rng.uniform(0.1, 0.9) for _ in range(size)]
        else:
            below = 0.0 if domain == "positive" else negative
            values = [scale * (-1 if rng.random() < below else 1) * rng.uniform(0.2, 1.2) for _ in range(size)]
        return np.array(values).reshape(1, *shape)

    def unknown(self, rng: random.Random) -> Callable[[Value, int], Value]:
        base = rng.choice(SMOOTH)
        shift, slope = rng.uniform(-0.5, 0.5), rng.uniform(0.6, 1.1)

        def function(x: Value) -> Value:
            return base(np, slope * x + shift)

        return lambda x, order: self.derivative(function, x, order) if order else function(x)

    def residual(self, x: Array, y: Array) -> float:
        difference = float(np.abs(x - y).max())
        largest = float(max(np.abs(x).max(), np.abs(y).max()))
        if difference == 0 or (largest <= NOISE and (not x.any() or not y.any() or largest <= NOISE / 10)):
            return 0.0
        return difference / largest if np.isfinite(difference) else float("inf")

    def present(self, x: Array) -> Array:
        return np.isfinite(x)

    def quiet(self) -> AbstractContextManager[object]:
        return np.errstate(all="ignore")

    def finite(self, x: Array) -> bool:
        return bool(np.isfinite(x).all())


def _cauchy(function: Callable[[Value], Value], at: Value, order: int) -> Value:
    """The derivative of an analytic function from its values on a circle, to about 13 digits for order 2.

    Where a smaller circle tells something else, a kink or a pole lies between them, and the smaller one holds.
    """
    if order > 3:
        raise Unsupported(f"a derivative of order {order} in floating point")
    out = _on_circle(function, at, order, CIRCLE, RADIUS)
    for radius in SMALLER:
        other = _on_circle(function, at, order, CIRCLE[::4], radius)
        crossed = ~(np.abs(out - other) <= CROSSED * (1 + np.abs(other)))
        if not np.any(crossed):
            break
        out = np.where(crossed, other, out)
    return out


def _on_circle(function: Callable[[Value], Value], at: Value, order: int, points: Array, radius: float) -> Value:
    values = sum(function(at + radius * point) * point**-order for point in points)
    return np.real(values) * [1, 1, 2, 6][order] / (len(points) * radius**order)
