"""The laws of the logarithm, applied from left to right:

ln(u/v) = ln u - ln v      ln(u v) = ln u + ln v      ln e^u = u      ln(1 + e^-u) = ln(1 + e^u) - u
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.factor import size
from derive.algebra.products import Product, collect, rebuild, terms, total
from derive.algebra.tree import ONE, ZERO, Add, Div, Expr, Fn, Mul, add, mul, neg, num, sub

if TYPE_CHECKING:
    from collections.abc import Sequence


def on_one_line(expr: Expr) -> Expr:
    """Every sum below a logarithm over one denominator: ``ln(1 - u/v) -> ln((v - u)/v)``."""
    expr = expr.map(on_one_line)
    if isinstance(expr, Fn) and expr.name == "log" and isinstance(expr.args[0], Add):
        return Fn("log", (_one_fraction(expr.args[0]),))
    return expr


def _one_fraction(expr: Add) -> Expr:
    parts = terms(expr)
    below = {base for part in parts for base, exponent in part.powers if exponent < 0}
    if len(below) != 1:
        return expr
    (denominator,) = below
    above = [_times(part, denominator) for part in parts]
    return Div(total(collect(term for part in above for term in terms(part))), denominator)


def _times(part: Product, denominator: Expr) -> Expr:
    """The product times the denominator: without it where it has it, multiplied where it has not."""
    kept = tuple((b, e) for b, e in part.powers if b != denominator)
    without = Product(part.scale, kept, part.limits)
    return rebuild(without) if len(kept) < len(part.powers) else mul(rebuild(part), denominator)


def opened(expr: Expr) -> Expr:
    """Logarithms of fractions, products and exponentials written without them."""
    expr = expr.map(opened)
    if not isinstance(expr, Fn) or expr.name != "log":
        return expr
    (inside,) = expr.args
    if inside == ONE:
        return ZERO
    if isinstance(inside, Div):
        return sub(opened(Fn("log", (inside.numerator,))), opened(Fn("log", (inside.denominator,))))
    if isinstance(inside, Mul):
        return add(*(opened(Fn("log", (f,))) for f in inside.factors))
    return inside.args[0] if isinstance(inside, Fn) and inside.name == "exp" else expr


def mirrored(expr: Expr) -> Expr:
    """``ln(1 + e^-u)`` written with ``e^u``, everywhere, if that makes the sum of products shorter."""

    def visit(e: Expr) -> Expr:
        e = e.map(visit)
        u = _softened(e)
        return e if u is None else sub(Fn("log", (add(ONE, Fn("exp", (u,))),)), u)

    turned = total(collect(terms(visit(expr))))
    return turned if size(turned) < size(expr) else expr


def _softened(expr: Expr) -> Expr | None:
    """``u`` of ``ln(1 + e^-u)``."""
    if not isinstance(expr, Fn) or expr.name != "log" or not isinstance(expr.args[0], Add):
        return None
    powers = [t for t in expr.args[0].terms if t != ONE]
    if len(powers) != 1 or len(expr.args[0].terms) != 2:
        return None
    (power,) = powers
    if not isinstance(power, Fn) or power.name != "exp":
        return None
    u = neg(power.args[0])
    return u if _signs(u) < _signs(power.args[0]) else None


def _signs(expr: Expr) -> int:
    return sum(n == num(-1) for n in expr.walk())


def logarithms(expr: Expr) -> Sequence[Fn]:
    """Those that stand in an expression."""
    return [n for n in expr.walk() if isinstance(n, Fn) and n.name == "log"]
