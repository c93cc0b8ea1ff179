"""Positions on the layer axis: ``l``, ``l + 1``, ``3``, ``L``, ``L - 1``; ranges of them; sets of ranges.

An end of a range is ``c`` or ``L + c``.  A comparison that depends on L is decided from the model's least L or raises
``Undecidable``: it is never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from derive.algebra.tree import Add, Expr, Num, Sym, add, num
from derive.errors import DeriveError


class Undecidable(DeriveError):
    """Two positions whose order depends on the number of layers."""


@lru_cache(maxsize=1 << 14)
def split(position: Expr) -> tuple[Sym | None, int]:
    """``l + 1 -> (l, 1)``, ``3 -> (None, 3)``.

    Raises:
        ValueError: the expression is not a letter plus a whole number.
    """
    letter: Sym | None = None
    offset = 0
    for term in position.terms if isinstance(position, Add) else (position,):
        if isinstance(term, Num) and term.value.denominator == 1:
            offset += int(term.value)
        elif isinstance(term, Sym) and letter is None:
            letter = term
        else:
            raise ValueError(f"not a position on the layer axis: {position}")
    return letter, offset


def is_position(e: Expr) -> bool:
    """Whether an expression is a letter plus a whole number."""
    try:
        split(e)
    except ValueError:
        return False
    return True


def join(letter: Sym | None, offset: int) -> Expr:
    """``(l, 1) -> l + 1``."""
    if letter is None:
        return num(offset)
    return add(letter, num(offset)) if offset else letter


def shift(position: Expr, by: int) -> Expr:
    """The position ``by`` layers further on."""
    letter, offset = split(position)
    return join(letter, offset + by)


@dataclass(frozen=True)
class Order:
    """Compares positions given the letter of the last layer and the least value that it takes."""

    last: Sym | None
    least: int

    def difference(self, x: Expr, y: Expr) -> int | None:
        """``x - y`` where it is one number, else None."""
        (sx, cx), (sy, cy) = split(x), split(y)
        return cx - cy if sx == sy else None

    def surely(self, x: Expr, y: Expr) -> bool:
        """Whether ``x >= y`` for every number of layers (False: not for every one, perhaps for some)."""
        (sx, cx), (sy, cy) = split(x), split(y)
        if sx == sy:
            return cx >= cy
        return sx is not None and sx == self.last and sy is None and self.least + cx >= cy

    def at_least(self, x: Expr, y: Expr) -> bool:
        """Whether ``x >= y``, where that is the same for every number of layers.

        Raises:
            Undecidable: it holds for some numbers of layers and not for others.
        """
        if self.surely(x, y):
            return True
        if self.surely(y, shift(x, 1)):
            return False
        raise self._undecidable(x, y)

    def _undecidable(self, x: Expr, y: Expr) -> Undecidable:
        return Undecidable(
            f"cannot order the layers {text(x)} and {text(y)}: it depends on the number of layers",
            expected=f"an order that holds for every L >= {self.least}",
            remedy="state a larger least number of layers, or give the network a fixed number",
        )

    def larger(self, x: Expr, y: Expr) -> Expr:
        """The larger of two positions."""
        if self.surely(x, y):
            return x
        if self.surely(y, x):
            return y
        raise self._undecidable(x, y)

    def smaller(self, x: Expr, y: Expr) -> Expr:
        """The smaller of two positions."""
        return y if self.larger(x, y) == x else x

    def never(self, low: Expr, high: Expr) -> bool:
        """Whether ``low..high`` is empty for every number of layers.

        ``1..L-1`` is empty for L = 1 only: it is a range like any other and stays.
        """
        (sl, _), (sh, _) = split(low), split(high)
        if sl is None and sh is not None and sh == self.last:
            return False
        return not self.at_least(high, low)


def text(position: Expr) -> str:
    """``L - 1`` as plain text."""
    letter, offset = split(position)
    if letter is None:
        return str(offset)
    return f"{letter.name}{offset:+d}".replace("+", " + ").replace("-", " - ") if offset else letter.name


@dataclass(frozen=True)
class Range:
    """``low..high``, both included."""

    low: Expr
    high: Expr

    @property
    def point(self) -> Expr | None:
        """The only member, where there is just one."""
        return self.low if self.low == self.high else None

    def shifted(self, by: int) -> Range:
        return Range(shift(self.low, by), shift(self.high, by))

    def __str__(self) -> str:
        return text(self.low) if self.point is not None else f"{text(self.low)}..{text(self.high)}"


@dataclass(frozen=True)
class LayerSet:
    """Disjoint ranges in rising order: the layers on which one equation holds."""

    ranges: tuple[Range, ...]

    @property
    def point(self) -> Expr | None:
        """The only layer, where there is just one."""
        return self.ranges[0].point if len(self.ranges) == 1 else None

    def __bool__(self) -> bool:
        return bool(self.ranges)

    def __str__(self) -> str:
        return ", ".join(map(str, self.ranges))

    def shifted(self, by: int) -> LayerSet:
        """Every layer moved by ``by``."""
        return LayerSet(tuple(r.shifted(by) for r in self.ranges))

    def meet(self, other: LayerSet, order: Order) -> LayerSet:
        """The layers in both."""
        out: list[Range] = []
        i = j = 0
        while i < len(self.ranges) and j < len(other.ranges):
            a, b = self.ranges[i], other.ranges[j]
            low, high = order.larger(a.low, b.low), order.smaller(a.high, b.high)
            if not order.never(low, high):
                out.append(Range(low, high))
            i, j = (i + 1, j) if high == a.high else (i, j + 1)
        return LayerSet(tuple(out))

    def minus(self, other: LayerSet, order: Order) -> LayerSet:
        """The layers in this set and not in the other."""
        left: list[Range] = []
        at = 0
        for here in self.ranges:
            rest: Range | None = here
            while rest is not None and at < len(other.ranges):
                cut = other.ranges[at]
                if order.surely(rest.low, shift(cut.high, 1)) or order.surely(cut.low, shift(cut.high, 1)):
                    at += 1
                elif order.surely(cut.low, shift(rest.high, 1)):
                    break
                else:
                    before, rest = _around(rest, cut, order)
                    left += before
            left += [rest] if rest is not None else []
        return LayerSet(tuple(left))

    def plus(self, other: LayerSet, order: Order) -> LayerSet:
        """The layers in either, in rising order."""
        found = list(self.ranges)
        for extra in other.minus(self, order).ranges:
            place = next((i for i, r in enumerate(found) if order.at_least(r.low, extra.low)), len(found))
            found.insert(place, extra)
        return LayerSet(tuple(found))

    def members(self, values: dict[Sym, int]) -> list[int]:
        """The layer numbers once the last layer has a number: ``values = {L: 4}``."""

        def value(x: Expr) -> int:
            letter, offset = split(x)
            return offset + (values[letter] if letter is not None else 0)

        return [m for r in self.ranges for m in range(value(r.low), value(r.high) + 1)]


def _around(r: Range, cut: Range, order: Order) -> tuple[list[Range], Range | None]:
    """The part of ``r`` before ``cut`` and the part after it; None or nothing where they are empty.

    A cut such as ``2..L-1`` may be empty for the least L; then there is no saying whether the two parts overlap.
    """
    before = Range(r.low, order.smaller(r.high, shift(cut.low, -1)))
    after = Range(order.larger(r.low, shift(cut.high, 1)), r.high)
    front = [] if order.never(before.low, before.high) else [before]
    back = None if order.never(after.low, after.high) else after
    if front and back is not None:
        order.at_least(after.low, shift(before.high, 1))
    return front, back


def layers(low: Expr | int, high: Expr | int) -> LayerSet:
    """The set of one range."""
    return LayerSet((Range(num(low) if isinstance(low, int) else low, num(high) if isinstance(high, int) else high),))
