"""Exact arithmetic modulo a prime with dual numbers: no tolerance at all (a Schwartz-Zippel test).

A quantity with D directions is an int64 array ``(1 + D, ...)``: row 0 is the value, the others its tangents; one row
alone is a value that does not move.  Products stay below 2^62 because the prime is 2^31 - 1.
"""

from __future__ import annotations

from contextlib import nullcontext
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from derive.meaning.errors import MeaningError, Unsupported
from derive.meaning.fields import Field

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from derive.meaning.kinds import Array, Value

P = 2**31 - 1

_NOTHING = nullcontext()
ZERO = "a division by zero"


LARGE = 2000
"""From so many entries on, a quotient and a product are quicker than a remainder."""


def _mod(x: Array) -> Array:
    """Reduce numbers from 0 to 2^62."""
    if x.size < LARGE:
        return x % P
    whole: Array = x // P
    whole *= P
    return x - whole


class PrimeField(Field):
    """Integers modulo 2^31 - 1; equal means equal."""

    name = "exact modulo 2^31 - 1"
    bound = 0.0

    def const(self, value: Fraction | int) -> Value:
        fraction = Fraction(value)
        return fraction.numerator * pow(fraction.denominator, -1, P) % P

    def constant(self, name: str) -> Value:
        raise Unsupported(f"{name} has no exact value here: evaluate with complex step")

    def array(self, values: object) -> Array:
        exact = np.asarray(values, dtype=object)
        return np.array([self.const(Fraction(v)) for v in exact.flat], dtype=np.int64).reshape(exact.shape)

    def add(self, x: Value, y: Value) -> Value:
        if isinstance(x, int):
            x, y = y, x
        if isinstance(x, int):
            return (x + y) % P
        if x.shape[0] == 1 if isinstance(y, int) else x.shape[0] == y.shape[0]:
            return (x + y) % P
        if not isinstance(y, int) and x.shape[0] < y.shape[0]:
            x, y = y, x
        shape = x.shape if isinstance(y, int) else np.broadcast_shapes(x.shape[1:], y.shape[1:])
        out = x.copy() if isinstance(y, int) else np.array(np.broadcast_to(x, (x.shape[0], *shape)))
        out[:1] = (out[:1] + y) % P
        return out

    def mul(self, x: Value, y: Value) -> Value:
        return self._bilinear(_product, x, y)

    def matmul(self, x: Array, y: Array) -> Array:
        out: Array = self._bilinear(_matrix_product, x, y)
        return out

    @staticmethod
    def _bilinear(product: Callable[[Value, Value], Value], x: Value, y: Value) -> Value:
        """(x + dx)(y + dy) = xy + (dx y + x dy) for any bilinear product."""
        x, y = _plain(x), _plain(y)
        if isinstance(x, int) or isinstance(y, int) or x.shape[0] == 1 or y.shape[0] == 1:
            return product(x, y)
        tangents = (product(x[1:], y[:1]) + product(x[:1], y[1:])) % P
        return np.concatenate([product(x[:1], y[:1]), tangents])

    def div(self, x: Value, y: Value) -> Value:
        return self.mul(x, self._inverse(y))

    def _inverse(self, y: Value) -> Value:
        if isinstance(y, int):
            if y % P == 0:
                raise MeaningError(ZERO)
            return pow(y, -1, P)
        if not y[:1].all():
            raise MeaningError(ZERO)
        value = _powers(y[:1], P - 2)
        if y.shape[0] == 1:
            return value
        return np.concatenate([value, (-_mod(_mod(value * value) * y[1:])) % P])

    def power(self, base: Value, exponent: int) -> Value:
        if exponent < 0:
            return self.power(self._inverse(base), -exponent)
        if isinstance(base, int):
            return pow(base, exponent, P)
        if base.shape[0] == 1:
            return _powers(base, exponent)
        out: Value = 1
        for _ in range(exponent):
            out = self.mul(out, base)
        return out

    def general_power(self, base: Value, exponent: Value) -> Value:
        raise Unsupported("a power that is not a whole number has no exact value here")

    def total(self, x: Array, axis: int | tuple[int, ...]) -> Array:
        out: Array = x.sum(axis=axis) % P
        return out

    def product(self, x: Array, axis: int) -> Array:
        out: Value = 1
        for piece in np.moveaxis(x, axis, 0):
            out = self.mul(out, piece)
        return np.ones_like(x.sum(axis=axis)) if isinstance(out, int) else out

    def where(self, mask: Value, x: Value, y: Value) -> Value:
        chosen = self.flag(mask)
        return self.add(self.mul(chosen, x), self.mul(self.flag(np.logical_not(mask)), y))

    def flag(self, mask: Value) -> Value:
        return mask.astype(np.int64) if isinstance(mask, np.ndarray) else int(mask)

    def ordered(self, x: Value) -> Value:
        value = x[:1] if isinstance(x, np.ndarray) else x
        return np.where(value > P // 2, value - P, value)

    def elementary(self, name: str) -> Callable[[Value], Value]:
        raise Unsupported(f"{name} has no exact value here: evaluate with complex step")

    def derivative(self, function: Callable[[Value], Value], x: Value, order: int) -> Value:
        x = np.array([x], dtype=np.int64) if isinstance(x, int) else x
        if order != 1 or x.shape[0] != 1:
            raise Unsupported("a second derivative of a formula in exact arithmetic")
        out = function(np.concatenate([x, np.ones_like(x)]))
        return out[1:] if isinstance(out, np.ndarray) and out.shape[0] == 2 else np.zeros_like(x)

    def seed(self, value: Array, start: int, count: int) -> Array:
        out = np.zeros((1 + count, *value.shape[1:]), dtype=np.int64)
        out[: value.shape[0]] = value
        entries = np.arange(out[0].size)
        out.reshape(1 + count, -1)[1 + start + entries, entries] += 1
        return out

    def seed_some(self, value: Array, first: int, stop: int) -> Array:
        out = np.zeros((1 + stop - first, *value.shape[1:]), dtype=np.int64)
        out[: value.shape[0]] = value
        out.reshape(len(out), -1)[np.arange(1, len(out)), np.arange(first, stop)] += 1
        return out

    def part(self, value: Array, start: int, stop: int) -> Array:
        return value if value.shape[0] == 1 else np.concatenate([value[:1], value[1 + start : 1 + stop]])

    def tangent(self, value: Value, count: int) -> Array:
        if isinstance(value, int) or value.shape[0] == 1:
            return np.zeros((count, *np.shape(value)[1:]), dtype=np.int64)
        out: Array = value[1:]
        return out

    def draw(  # the numbers of the field are neither large nor positive
        self, rng: random.Random, _domain: str, shape: tuple[int, ...], _scale: float = 1.0, _negative: float = 0.5
    ) -> Array:
        size = int(np.prod(shape))
        return np.array([rng.randrange(1, P) for _ in range(size)], dtype=np.int64).reshape(1, *shape)

    def unknown(self, rng: random.Random) -> Callable[[Value, int], Value]:
        """A polynomial of degree 3 or 4."""
        coefficients = [rng.randrange(1, P) for _ in range(rng.choice((4, 5)))]

        orders = [coefficients]
        while orders[-1]:
            orders.append([n * c % P for n, c in enumerate(orders[-1])][1:])

        def function(x: Value, order: int) -> Value:
            kept, moved = (orders[min(n, len(orders) - 1)] for n in (order, order + 1))
            if isinstance(x, int) or x.shape[0] == 1:
                return _horner(kept, x)
            return np.concatenate([_horner(kept, x[:1]), _horner(moved, x[:1]) * x[1:] % P])

        return function

    def residual(self, x: Array, y: Array) -> float:
        return float((x != y).any())

    def quiet(self) -> AbstractContextManager[object]:
        return _NOTHING

    def finite(self, x: Array) -> bool:
        return True


def _plain(x: Value) -> Value:
    """A number without axes as an int, which cannot overflow."""
    return x if isinstance(x, int) or (isinstance(x, np.ndarray) and x.ndim) else int(x)


def _product(x: Value, y: Value) -> Value:
    if isinstance(x, int) and isinstance(y, int):
        return x * y % P
    return _mod(x * y)


def _matrix_product(x: Array, y: Array) -> Array:
    """By halves of 16 and 15 bits of one factor, so that sums of up to 2^15 products stay below 2^63."""
    high = _mod(np.matmul(x >> 16, y))
    out: Array = _mod((high << 16) + np.matmul(x & 0xFFFF, y))
    return out


def _powers(base: Array, exponent: int) -> Array:
    """``base ** exponent`` entry by entry, by squaring."""
    out = np.ones_like(base)
    while exponent:
        if exponent & 1:
            out = _mod(out * base)
        base = _mod(base * base)
        exponent >>= 1
    return out


def _horner(coefficients: list[int], x: Value) -> Value:
    """A polynomial without tangents; the lowest coefficient stands first."""
    out: Value = 0 * x
    for c in reversed(coefficients):
        out = (out * x + c) % P
    return out
