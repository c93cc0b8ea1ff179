"""How deep a formula is and how large its numbers are, found without working them out exactly."""

from __future__ import annotations

from derive.algebra.tree import Add, Div, Expr, Mul, Num, Pow

MAX_DEPTH = 100
"""Levels of a tree."""
MAX_EXPONENT = 100
"""Absolute value of an exponent that is a number."""
MAX_MAGNITUDE = 1e300
"""Absolute value of a power of numbers, and of its inverse."""
MAX_DIGITS = 2_000
"""Digits of the exact value of a power of numbers."""


def depth(tree: Expr) -> int:
    """Levels of the tree, without recursion."""
    deepest, level = 0, [tree]
    while level:
        deepest += 1
        level = [child for parent in level for child in parent.children]
    return deepest


def value(x: Expr) -> float | None:
    """The number that a tree of plain arithmetic is, as a float; None for anything else."""
    if isinstance(x, Num):
        return float(x.value)
    if not isinstance(x, (Add, Mul, Div, Pow)):
        return None
    parts = [value(child) for child in x.children]
    if any(p is None for p in parts):
        return None
    try:
        return _arithmetic(x, [p for p in parts if p is not None])
    except (OverflowError, ZeroDivisionError):
        return float("inf")


def _arithmetic(x: Expr, parts: list[float]) -> float:
    if isinstance(x, Add):
        return sum(parts)
    if isinstance(x, Mul):
        product = 1.0
        for part in parts:
            product *= part
        return product
    left, right = parts
    result = left / right if isinstance(x, Div) else left**right
    return result if isinstance(result, float) else float("nan")  # a root of a negative number is no real one


def tame(power: Pow) -> bool:
    """Whether a power, when it is a number, is a real one of moderate size with a short exact value."""
    number = value(power)
    if number is None:
        return True
    small = number == 0 or 1 / MAX_MAGNITUDE < abs(number) < MAX_MAGNITUDE  # False for nan
    return small and digits(power) <= MAX_DIGITS


def digits(x: Expr) -> float:
    """At most how many digits the exact value of plain arithmetic has."""
    if isinstance(x, Num):
        return len(str(x.value))
    if isinstance(x, Pow):
        return digits(x.base) * max(1.0, abs(value(x.exponent) or 0.0))
    return sum(digits(child) for child in x.children)
