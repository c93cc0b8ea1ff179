"""Fifty digits: the complex step in numbers of many digits, where doubles leave open whether two values are equal.

A network keeps the numbers that it has in doubles, so that what differs there only by rounding agrees here.
"""

from __future__ import annotations

from contextlib import nullcontext
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from derive.meaning.complex_step import SMOOTH, ComplexStep
from derive.meaning.errors import MeaningError, Unsupported
from derive.meaning.world import World

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from derive.meaning.compiler import Compiler
    from derive.meaning.kinds import Array, Value

DIGITS = 200
"""Digits that are carried: differences for second derivatives lose more than half of them."""

CERTAIN = 1e-45
"""Two values that differ by less, relative to the largest entry of their array, are equal."""


@cache
def context() -> Any:
    """Arithmetic with so many digits, apart from that of anybody else who uses the library."""
    from mpmath.ctx_mp import MPContext  # type: ignore[import-untyped]

    made = MPContext()
    made.dps = DIGITS
    return made


def _each(one: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function of one number, entry by entry."""
    made: Callable[[Any], Any] = np.frompyfunc(one, 1, 1)
    return made


class _Functions:
    """The functions of numbers by name, entry by entry: what NumPy is to doubles."""

    def __getattr__(self, name: str) -> Callable[[Any], Any]:
        function = _each(getattr(context(), name))
        setattr(self, name, function)
        return function


FUNCTIONS = _Functions()


def _real(x: Value) -> Value:
    return _each(lambda v: getattr(v, "real", v))(x)


def _imag(x: Value) -> Value:
    return _each(lambda v: getattr(v, "imag", context().mpf(0)))(x)


def _guarded(name: str) -> Callable[[Value], Value]:
    """Not a number where the real function does not exist."""

    def one(v: Any) -> Any:
        return context().nan if v.real <= 0 else getattr(context(), name)(v)

    return _each(lambda v: one(context().convert(v)))


class Precise(ComplexStep):
    """Numbers of many digits as entries of object arrays, laid out like those of the complex step."""

    name = "fifty digits"
    bound = CERTAIN

    def __init__(self) -> None:
        self.step = context().mpf(10) ** -60

    def const(self, value: Fraction | int) -> Value:
        fraction = Fraction(value)
        return context().mpf(fraction.numerator) / fraction.denominator

    def constant(self, name: str) -> Value:
        return {"pi": +context().pi}[name]

    def array(self, values: object) -> Array:
        given = np.asarray(values)
        made = _each(lambda v: self.const(v) if isinstance(v, Fraction) else context().mpf(float(v)))
        return np.asarray(made(given), dtype=object)

    @staticmethod
    def where(mask: Value, x: Value, y: Value) -> Value:
        chosen: Value = np.where(np.asarray(mask, dtype=bool), x, y)
        return chosen[()]

    def general_power(self, base: Value, exponent: Value) -> Value:
        log, exp = _guarded("log"), FUNCTIONS.exp
        return exp(log(base) * exponent)

    def flag(self, mask: Value) -> Value:
        return np.asarray(mask, dtype=bool).astype(int).astype(object)

    def ordered(self, x: Value) -> Value:
        return _real(x[:1]) if isinstance(x, np.ndarray) else x.real

    def elementary(self, name: str) -> Callable[[Value], Value]:
        if name in ("log", "sqrt"):
            return _guarded(name)
        if name == "abs":
            return _each(lambda v: -v if v.real < 0 else v)
        if name == "sign":
            return _each(lambda v: context().sign(v.real))
        function: Callable[[Value], Value] = getattr(FUNCTIONS, name)
        return function

    def derivative(self, function: Callable[[Value], Value], x: Value, order: int) -> Value:
        """Central differences: their error is the square of the step, and digits enough are left."""
        h = self.step
        if order == 1:
            return (function(x + h) - function(x - h)) / (2 * h)
        if order == 2:
            return (function(x + h) - 2 * function(x) + function(x - h)) / (h * h)
        raise Unsupported(f"a derivative of order {order} with many digits")

    def seed(self, value: Array, start: int, count: int) -> Array:
        out = np.array(np.broadcast_to(value, (count, *value.shape[1:])), dtype=object, order="C")
        entries = np.arange(int(np.prod(value.shape[1:])))
        out.reshape(count, -1)[start + entries, entries] += context().mpc(0, self.step)
        return out

    def seed_some(self, value: Array, first: int, stop: int) -> Array:
        out = np.array(np.broadcast_to(value, (stop - first, *value.shape[1:])), dtype=object, order="C")
        out.reshape(stop - first, -1)[np.arange(stop - first), np.arange(first, stop)] += context().mpc(0, self.step)
        return out

    def tangent(self, value: Value, count: int) -> Array:
        moved = np.asarray(_imag(value) / self.step, dtype=object)
        out: Array = np.broadcast_to(moved, (count, *np.shape(moved)[1:]))
        return out

    def draw(
        self, rng: random.Random, domain: str, shape: tuple[int, ...], scale: float = 1.0, negative: float = 0.5
    ) -> Array:
        """The same numbers as in doubles."""
        return self.array(super().draw(rng, domain, shape, scale, negative)[0])[None]

    def unknown(self, rng: random.Random) -> Callable[[Value, int], Value]:
        base = rng.choice(SMOOTH)
        shift, slope = (context().mpf(rng.uniform(*ends)) for ends in ((-0.5, 0.5), (0.6, 1.1)))

        def function(x: Value) -> Value:
            return base(FUNCTIONS, slope * x + shift)

        return lambda x, order: self.derivative(function, x, order) if order else function(x)

    def present(self, x: Array) -> Array:
        return np.asarray(_each(lambda v: bool(context().isfinite(v)))(x), dtype=bool)

    def residual(self, x: Array, y: Array) -> float:
        sizes = [abs(context().convert(v)) for v in (*x.reshape(-1), *y.reshape(-1))]
        largest = max(sizes, default=context().mpf(0))
        difference = max((abs(context().convert(v)) for v in (x - y).reshape(-1)), default=context().mpf(0))
        if difference == 0 or largest < context().mpf(10) ** -100:
            return 0.0
        found = difference / largest
        return float(found) if context().isfinite(found) else float("inf")

    def quiet(self) -> AbstractContextManager[object]:
        return nullcontext()

    def finite(self, x: Array) -> bool:
        return bool(self.present(x).all())


def with_many_digits(world: World, compiler: Compiler, given: Mapping[str, Any]) -> World:
    """The same network in numbers of many digits; ``given``: what is given there, exactly.

    Raises:
        MeaningError: a network in which an entry was moved.
    """
    if world.held:
        raise MeaningError("an entry of this network was moved")
    return World(compiler, world.seed, world.depth, world.widths, world.sizes, given, world.attempt)
