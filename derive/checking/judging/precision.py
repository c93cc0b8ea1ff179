"""Fifty digits where doubles do not decide: differences that may be rounding, agreement that may hide a difference."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from derive.algebra.tree import Add, Div, Expr, Fn, Mul, Num, Pow, Ref
from derive.checking.judging.comparing import Comparison, residual
from derive.checking.limits import spent
from derive.meaning import MeaningError, RangeError, World
from derive.meaning.compiler import Compiler

if TYPE_CHECKING:
    from derive.checking.judging.places import At
    from derive.checking.judging.worlds import Worlds

EQUAL, DIFFERENT = 1e-40, 1e-30
"""A relative difference below the first is rounding, one above the second is none; between them nothing is said."""

NETWORKS = 3
"""So many networks, the smallest, are computed with many digits."""

SECONDS = 2.0
PLAIN, HIGH = 1e4, 8
"""Numbers above the first, or below its inverse, and powers above the second, can hide a difference in doubles, or make
one of rounding."""


@dataclass
class Found:
    """What many digits say of one relation; ``failure``: where its sides differ."""

    worst: float = 0.0
    points: int = 0
    failure: tuple[World, At] | None = None

    @property
    def says(self) -> str:
        """``equal``, ``different``, or nothing."""
        if not self.points:
            return ""
        return "equal" if self.worst <= EQUAL else "different" if self.worst > DIFFERENT else ""


@dataclass
class Precision:
    """The networks of a setting in many digits, made when first needed."""

    worlds: Worlds
    _made: dict[int, World | None] = field(default_factory=dict)

    def relation(self, c: Comparison, n: int, *, networks: int = NETWORKS) -> Found:
        """The sides of relation number ``n`` (from 0) in many digits; nothing found where that cannot be computed."""
        out = Found()
        start = spent()
        known = sorted(self.worlds.all(exact=False), key=lambda w: (len(w.widths), sum(w.widths)))
        for world in [w for w in known if any(True for _ in c.places.on(w))][:networks]:
            own = self.precise(world)
            if own is None:
                return Found()
            for at in c.places.on(world):
                try:
                    self._compare(c, n, own, at, out)
                except RangeError:
                    continue
                except (MeaningError, ArithmeticError, TypeError, ValueError):
                    return Found()  # something that has no such numbers
                if out.failure is not None and out.failure[0] is own:
                    out.failure = (world, at)
                if spent() - start > SECONDS:
                    return Found() if out.failure is None else out
        return out

    def _compare(self, c: Comparison, n: int, world: World, at: At, out: Found) -> None:
        x, y = (c.value(m, world, at) for m in c.reading.members[n : n + 2])
        difference, points = residual(world, x, y, None, c.reading.relations[n])
        out.points += points
        out.worst = max(out.worst, difference)
        if difference > DIFFERENT and out.failure is None:
            out.failure = (world, at)

    def precise(self, world: World) -> World | None:
        """The same network with many digits; None where what the setting assumes holds in doubles only."""
        from derive.meaning.precise import Precise, with_many_digits

        if world.seed not in self._made:
            constants = self.worlds.understood.constants
            whole = {name: v for name, v in world.given.items() if name not in constants}
            exact = all(_is_whole(v) for v in whole.values())
            given = {**whole, **{name: _as_fractions(own) for name, own in constants.items()}}
            compiler = Compiler(self.worlds.model_for(world.depth), Precise())
            self._made[world.seed] = with_many_digits(world, compiler, given) if exact else None
        return self._made[world.seed]


def _is_whole(given: Any) -> bool:
    """Whether given numbers are whole ones, which are what they are in any arithmetic."""
    parts = given.values() if isinstance(given, dict) else (given,)
    return all(bool(np.all(np.asarray(p) == np.round(np.asarray(p, dtype=float)))) for p in parts)


def _as_fractions(own: Any) -> dict[int | None, Any]:
    return {layer: np.array(Fraction(v), dtype=object) for layer, v in own.items()}


def extreme(c: Comparison) -> bool:
    """Whether an equation holds numbers so large or small, or powers so high, that doubles are not to be trusted."""
    return any(_is_extreme(n) for m in c.reading.members for n in m.walk())


def _is_extreme(e: Expr) -> bool:
    if isinstance(e, Pow) and isinstance(e.exponent, Num) and abs(e.exponent.value) > HIGH:
        return True
    if e.symbols or any(isinstance(n, Ref) for n in e.walk()):
        return False
    value = _constant(e)
    return value is None or not (value == 0 or 1 / PLAIN <= abs(value) <= PLAIN)


def _constant(e: Expr) -> float | None:
    """The value of an expression without quantities; None where it has none that is plain."""
    parts = [_constant(c) for c in e.children]
    known = [p for p in parts if p is not None]
    if isinstance(e, Num):
        return float(e.value)
    if not isinstance(e, Add | Mul | Div | Pow | Fn) or len(known) < len(parts):
        return None
    try:
        return _of_numbers(e, known)
    except (ArithmeticError, ValueError):
        return None


def _of_numbers(e: Expr, known: list[float]) -> float | None:
    if isinstance(e, Add):
        return sum(known)
    if isinstance(e, Mul):
        return math.prod(known)
    if isinstance(e, Div):
        return known[0] / known[1]
    if isinstance(e, Pow):
        return math.pow(*known)
    return math.exp(*known) if isinstance(e, Fn) and e.name == "exp" and not e.order else None
