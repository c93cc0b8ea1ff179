"""Whole numbers inside expressions: layer positions, entries, ends of ranges, comparisons of letters."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from derive.algebra.tree import Add, Expr, Mul, Num, Ref, Sym, Waypoint
from derive.meaning.errors import RangeError, UnknownName

if TYPE_CHECKING:
    from collections.abc import Callable

    from derive.meaning.compiler import Compiler
    from derive.meaning.kinds import Array, Frame, Scope

    Whole = Callable[[Frame], Any]


def position(letter: Expr, scope: Scope) -> int | None:
    """Which axis a letter is: the innermost that has its name."""
    for at in range(len(scope) - 1, -1, -1):
        if scope[at] == letter:
            return at
    return None


def shifted_letter(entry: Expr, scope: Scope) -> tuple[int, int] | None:
    """``k -> (axis of k, 0)``, ``k + 2 -> (axis of k, 2)``; None for anything else."""
    if isinstance(entry, Add) and len(entry.terms) == 2 and isinstance(entry.terms[1], Num):
        at, offset = position(entry.terms[0], scope), entry.terms[1].value
        return (at, int(offset)) if at is not None and offset.denominator == 1 else None
    at = position(entry, scope)
    return None if at is None else (at, 0)


@lru_cache(maxsize=4096)
def counted(low: int, high: int, at: int, count: int) -> Array:
    """``low..high`` along axis ``at`` of ``count`` axes; shared, so not to be written to."""
    numbers = np.arange(low, high + 1).reshape(tuple(-1 if i == at else 1 for i in range(count)))
    numbers.flags.writeable = False
    return numbers


def along(at: int, count: int) -> Whole:
    """The numbers that the letter of axis ``at`` runs over, as an array with ``count`` axes."""
    return lambda frame: counted(*frame.domains[at], at, count)


def zero_based(c: Compiler, entry: Expr, scope: Scope) -> Callable[[Frame, int], Any]:
    """A code that gives, for an axis of known length, what an entry picks from it: an int or an index array from 0.

    Raises:
        UnknownName: the entry is no index; when run, ``RangeError`` outside ``1..length``.
    """
    count, letter, number = len(scope), shifted_letter(entry, scope), whole(c, entry, scope)
    if number is None:
        raise UnknownName(f"an entry that is no index: {entry}")

    def generic(frame: Frame, length: int) -> Any:
        out = number(frame)
        if np.any(out < 1) or np.any(out > length):
            raise RangeError(f"an index outside 1..{length}")
        return out - 1

    if letter is None:
        return generic
    at, offset = letter[0], letter[1] - 1

    def run(frame: Frame, length: int) -> Any:
        low, high = frame.domains[at]
        low, high = low + offset, high + offset
        if low <= high and (low < 0 or high >= length):
            raise RangeError(f"an index outside 1..{length}")
        return counted(low, high, at, count)

    return run


def whole(c: Compiler, expression: Expr, scope: Scope) -> Whole | None:
    """A code that gives an int, or an int array over the axes in scope; None where the expression is no index."""
    key = (expression, scope)
    if key not in c.wholes:
        c.wholes[key] = _whole(c, expression, scope)
    return c.wholes[key]


def _whole(c: Compiler, expression: Expr, scope: Scope) -> Whole | None:
    if isinstance(expression, Num):
        value = int(expression.value)
        return (lambda _: value) if expression.value.denominator == 1 else None
    if isinstance(expression, Sym):
        at = position(expression, scope)
        return along(at, len(scope)) if at is not None else _letter(c, expression)
    if isinstance(expression, Ref):
        return _size(c, expression, scope)
    if isinstance(expression, Waypoint):
        return _waypoint(c, expression, scope)
    if isinstance(expression, Add | Mul):
        parts = [whole(c, part, scope) for part in expression.children]
        known = [p for p in parts if p is not None]
        return None if len(known) < len(parts) else _combined(known, isinstance(expression, Add))
    return None


def _combined(parts: list[Whole], adding: bool) -> Whole:
    def run(frame: Frame) -> Any:
        out = parts[0](frame)
        for part in parts[1:]:
            out = out + part(frame) if adding else out * part(frame)
        return out

    return run


def _letter(c: Compiler, letter: Sym) -> Whole | None:
    name = letter.name
    if name in c.model.quantities:
        return None

    def run(frame: Frame) -> Any:
        try:
            return frame.letters[name]
        except KeyError:
            raise UnknownName(f"nothing binds the letter {name}") from None

    return run


def _waypoint(c: Compiler, point: Waypoint, scope: Scope) -> Whole:
    """The units of a layer along the axis that the path has for it."""
    layer, name, count = integer(c, point.layer, scope), point.letter.name, len(scope)

    def run(frame: Frame) -> Any:
        first, before = frame.letters[name]
        at = before + layer(frame) - first
        if not before <= at < count:
            raise RangeError(f"a path that does not pass layer {layer(frame)}")
        return counted(*frame.domains[at], at, count)

    return run


def _size(c: Compiler, ref: Ref, scope: Scope) -> Whole | None:
    quantity = c.model.quantities.get(ref.name)
    if quantity is None or quantity.role != "size":
        return None
    name, slot = ref.name, slot_of(c, ref, scope)
    return lambda frame: frame.stage.world.size(name, slot(frame))


def integer(c: Compiler, expression: Expr, scope: Scope) -> Whole:
    """A code for one whole number: an end of a range or a layer.

    Raises:
        UnknownName: the expression is not made of whole numbers, letters and sizes.
    """
    if scope and not expression.symbols.isdisjoint(scope):
        raise UnknownName(f"a unit or sample letter stands in the place of a layer or a size: {expression}")
    run = whole(c, expression, scope)
    if run is None:
        raise UnknownName(f"not a whole number: {expression}")
    return run


def slot_of(c: Compiler, ref: Ref, scope: Scope) -> Callable[[Frame], int | None]:
    """The layer of a reference; None for a quantity without layers."""
    quantity = c.model.quantities[ref.name]
    if len(ref.slots) != (quantity.layer is not None):
        raise UnknownName(f"{ref.name} needs {int(quantity.layer is not None)} layer position, not {len(ref.slots)}")
    return integer(c, ref.slots[0], scope) if ref.slots else lambda _: None
