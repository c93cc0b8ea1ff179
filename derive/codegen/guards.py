"""NumPy computes every piece of a formula for every number: where a piece is not meant, it gets a number that it takes.

log(1 + z) if z > 0, z otherwise   ->   log(1 + (z if z > 0, 1 otherwise)) if z > 0, z otherwise
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from derive.algebra.scalar import real
from derive.algebra.tree import Cases, Expr, Num, Pow, Ref, Sym

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Z = Sym("z")
EVERYWHERE = (-1e4, -710.0, -30.0, -3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0, 30.0, 710.0, 1e4)
"""Points in which a piece that is used everywhere must have a value."""
HARMLESS = (0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 10.0, -10.0)
"""Numbers that may stand in for those for which a piece is not meant, the first that the piece takes."""


def guarded(expr: Expr) -> Expr:
    """The expression with the pieces that are not defined everywhere given harmless numbers elsewhere."""
    expr = expr.map(guarded)
    if not isinstance(expr, Cases):
        return expr
    values = [_meant(value, c) for value, c in zip(expr.values, expr.conditions, strict=True)]
    n = len(expr.conditions)
    otherwise = _kept(expr.otherwise, lambda z, p: Cases((p,) * n, expr.conditions, z))
    return Cases(tuple(values), expr.conditions, otherwise)


def _meant(piece: Expr, condition: Expr) -> Expr:
    return _kept(piece, lambda z, p: Cases((z,), (condition,), p))


def _kept(piece: Expr, chosen: Callable[[Expr, Expr], Expr]) -> Expr:
    """The piece, its number replaced where the piece is not meant, if it needs that."""
    members = {n for n in piece.walk() if isinstance(n, Ref)}
    if len(members) != 1:
        return piece
    (member,) = members
    formula = _about(piece, member)
    if _takes(formula, EVERYWHERE):
        return piece
    harmless = next((p for p in HARMLESS if _takes(formula, (p,))), None)
    if harmless is None:
        return piece
    return _replaced(piece, member, chosen(member, Num(Fraction(harmless))))


def _about(piece: Expr, member: Expr) -> Expr:
    """The piece as a formula in z."""
    return _replaced(piece, member, Z)


def _replaced(e: Expr, old: Expr, new: Expr) -> Expr:
    return new if e == old else e.map(lambda child: _replaced(child, old, new))


def _takes(formula: Expr, points: Iterable[float]) -> bool:
    """Whether the formula has a value in all points."""
    try:
        return all(isinstance(real(formula, {Z: z}), float) for z in points)
    except (ValueError, ZeroDivisionError, OverflowError):
        return False
    except TypeError:  # a node that is no formula of numbers, or a complex power
        return isinstance(formula, Expr) and not any(isinstance(n, Pow) for n in formula.walk())
