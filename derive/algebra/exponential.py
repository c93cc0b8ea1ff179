"""Identities between rational functions of z and e^z, decided exactly and without a computer algebra system.

With t = e^(z/q) a formula such as ``z e^-z / (1 + e^-z)^2`` is a quotient of polynomials in z and t, which are
independent of one another.  The difference of two of them has a numerator whose degrees are bounded by the way the
formulas are built; if it vanishes in more points than that, in z and for each of these in t, it is zero.
Hyperbolic functions are exponentials by definition, and ``e^(log u)`` is u.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import count

from derive.algebra.tree import Add, Div, Expr, Fn, Mul, Num, Pow, Sym, add, neg, num, sub

LARGEST = 400
"""Degrees in t above this are left to others."""
MOST_POINTS = 4_000
"""So many points at most are looked at."""

HYPERBOLIC: dict[str, Callable[[Expr, Expr], Expr]] = {
    "sinh": lambda up, down: Div(sub(up, down), num(2)),
    "cosh": lambda up, down: Div(add(up, down), num(2)),
    "tanh": lambda up, down: Div(sub(up, down), add(up, down)),
}
"""Each from e^u and e^-u: definitions, from which their derivatives are found."""


class NotRational(Exception):
    """The formula is not a rational function of z and e^z."""


def in_exponentials(expr: Expr) -> Expr:
    """Hyperbolic functions written with exponentials, by their definitions."""
    expr = expr.map(in_exponentials)
    if isinstance(expr, Fn) and expr.name in HYPERBOLIC:
        (u,) = expr.args
        return HYPERBOLIC[expr.name](Fn("exp", (u,)), Fn("exp", (neg(u),)))
    return expr


def decided(left: Expr, right: Expr, variable: Sym) -> bool | None:
    """Whether two formulas in ``variable`` are equal; None where they are not rational functions of it and e^it."""
    try:
        return Rational(sub(left, right), variable).vanishes()
    except NotRational:
        return None


class Rational:
    """A formula as a rational function of z and of t = e^(z/q); ``q`` may be larger than this formula needs.

    Raises:
        NotRational: it is none.
    """

    def __init__(self, expr: Expr, variable: Sym, q: int | None = None) -> None:
        self.expr, self.variable = in_exponentials(expr), variable
        self.q = q or denominator(self.expr, variable)
        self.degrees = self._degrees(self.expr)

    # ------------------------------------------------------------ deciding

    def vanishes(self) -> bool | None:
        """Whether it is zero everywhere; None where that would take too long."""
        in_t, in_z = self.degrees.t, self.degrees.z
        if max(in_t) > LARGEST or (sum(in_t) + 1) * (sum(in_z) + 1) > MOST_POINTS:
            return None
        lines = 0
        for z in count(2):
            found = self._vanishes_along(Fraction(z), sum(in_t) + 1)
            if found is False:
                return False
            lines += found is True
            if lines > sum(in_z):
                return True
        raise AssertionError("there are always more points")

    def _vanishes_along(self, z: Fraction, points: int) -> bool | None:
        """Whether the value is 0 at so many values of t; None where it is not defined for this z."""
        found = 0
        for t in range(2, 2 + 3 * points):
            try:
                value = self.value(z, Fraction(t))
            except ZeroDivisionError:
                continue
            if value:
                return False
            found += 1
            if found == points:
                return True
        return None

    # ------------------------------------------------------------ values

    def value(self, z: Fraction, t: Fraction) -> Fraction:
        """The exact value where z and e^(z/q) have these values.

        Raises:
            ZeroDivisionError: there is none.
        """
        return self._value(self.expr, z, t)

    def _value(self, expr: Expr, z: Fraction, t: Fraction) -> Fraction:
        if isinstance(expr, Num):
            return expr.value
        if expr == self.variable:
            return z
        if isinstance(expr, Fn):
            power = self._power(expr)
            inside = (self._value(u, z, t) ** m for u, m in power.logs)
            return math.prod(inside, start=t ** self._whole(power.scale))
        if isinstance(expr, Pow):
            return self._value(expr.base, z, t) ** whole(expr.exponent)
        return OPERATIONS[type(expr)]([self._value(c, z, t) for c in expr.children])

    # ------------------------------------------------------------ degrees

    def _degrees(self, expr: Expr) -> Degrees:
        """Bounds of the degrees of numerator and denominator in t and z."""
        if isinstance(expr, Num):
            return Degrees()
        if expr == self.variable:
            return Degrees(z=(1, 0))
        if isinstance(expr, Fn):
            power = self._power(expr)
            k = self._whole(power.scale)
            own = Degrees(t=(max(k, 0), max(-k, 0)))
            for u, m in power.logs:
                own = own.times(self._degrees(u).to_the(m))
            return own
        if isinstance(expr, Pow):
            return self._degrees(expr.base).to_the(whole(expr.exponent))
        if type(expr) not in OPERATIONS:
            raise NotRational
        parts = [self._degrees(c) for c in expr.children]
        if isinstance(expr, Div):
            return parts[0].times(parts[1].to_the(-1))
        together = parts[0]
        for part in parts[1:]:
            together = together.plus(part) if isinstance(expr, Add) else together.times(part)
        return together

    def _power(self, expr: Fn) -> Power:
        if expr.name != "exp":
            raise NotRational
        return power_of(expr.args[0], self.variable)

    def _whole(self, scale: Fraction) -> int:
        if (scale * self.q).denominator != 1:
            raise NotRational
        return int(scale * self.q)


@dataclass(frozen=True)
class Degrees:
    """(of the numerator, of the denominator) in t and in z."""

    t: tuple[int, int] = (0, 0)
    z: tuple[int, int] = (0, 0)

    def times(self, other: Degrees) -> Degrees:
        return Degrees(_product(self.t, other.t), _product(self.z, other.z))

    def plus(self, other: Degrees) -> Degrees:
        return Degrees(_sum(self.t, other.t), _sum(self.z, other.z))

    def to_the(self, k: int) -> Degrees:
        return Degrees(_power_of(self.t, k), _power_of(self.z, k))


def _product(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    return a[0] + b[0], a[1] + b[1]


def _sum(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    return max(a[0] + b[1], b[0] + a[1]), a[1] + b[1]


def _power_of(a: tuple[int, int], k: int) -> tuple[int, int]:
    return (k * a[0], k * a[1]) if k >= 0 else (-k * a[1], -k * a[0])


OPERATIONS: dict[type[Expr], Callable[[list[Fraction]], Fraction]] = {
    Add: lambda parts: sum(parts, Fraction(0)),
    Mul: lambda parts: math.prod(parts, start=Fraction(1)),
    Div: lambda parts: parts[0] / parts[1],
}


# ---------------------------------------------------------------- exponents


@dataclass(frozen=True)
class Power:
    """``e^(scale z) prod u^m``: what the exponential of ``scale z + sum of m log(u)`` is."""

    scale: Fraction = Fraction(0)
    logs: tuple[tuple[Expr, int], ...] = ()


def power_of(argument: Expr, variable: Sym) -> Power:
    """The exponential of an argument.

    Raises:
        NotRational: it is no product of powers of e^z and of rational functions.
    """
    if argument == variable:
        return Power(Fraction(1))
    if isinstance(argument, Num) and not argument.value:
        return Power()
    if isinstance(argument, Fn) and argument.name == "log":
        return Power(logs=((argument.args[0], 1),))
    if isinstance(argument, Add):
        parts = [power_of(t, variable) for t in argument.terms]
        return Power(sum((p.scale for p in parts), Fraction(0)), tuple(x for p in parts for x in p.logs))
    if isinstance(argument, Div) and isinstance(argument.denominator, Num):
        return _scaled(power_of(argument.numerator, variable), 1 / argument.denominator.value)
    if isinstance(argument, Mul):
        inside = [f for f in argument.factors if not isinstance(f, Num)]
        if len(inside) == 1:
            scale = math.prod((f.value for f in argument.factors if isinstance(f, Num)), start=Fraction(1))
            return _scaled(power_of(inside[0], variable), scale)
    raise NotRational


def _scaled(power: Power, by: Fraction) -> Power:
    if power.logs and by.denominator != 1:
        raise NotRational
    return Power(power.scale * by, tuple((u, m * int(by)) for u, m in power.logs))


def denominator(expr: Expr, variable: Sym) -> int:
    """The least q for which all exponentials in the formula are whole powers of e^(z/q)."""
    powers = [power_of(n.args[0], variable) for n in expr.walk() if isinstance(n, Fn) and n.name == "exp"]
    return math.lcm(1, *(p.scale.denominator for p in powers))


def whole(expr: Expr) -> int:
    """A whole number as an int.

    Raises:
        NotRational: it is none.
    """
    if isinstance(expr, Num) and expr.value.denominator == 1:
        return int(expr.value)
    raise NotRational
