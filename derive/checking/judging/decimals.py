"""Printed decimals: a number on the page stands for everything that is rounded to it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from derive.algebra.tree import Expr, Num

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from derive.checking.reading import Written
    from derive.notation.tokens import Token

FROM = 3
"""With so many decimals a number behind ``=`` is a rounded one; behind an approximation sign every number is."""

ROUNDED = 4
"""With so many decimals a number inside a formula is a rounded one."""


@dataclass(frozen=True)
class Decimals:
    """The numbers on the page with their printed digits; ``exact``: those that the setting gives."""

    digits: Mapping[Fraction, int]
    exact: frozenset[Fraction]

    def half_unit(self, value: Fraction) -> float:
        """Half a unit of the last printed digit."""
        return 0.5 * 10.0 ** -self.digits.get(abs(value), 0)

    def is_result(self, e: Expr, relation: str) -> bool:
        """Whether a side is a number that was rounded when it was printed."""
        if not isinstance(e, Num):
            return False
        return relation == "~" or (self.digits.get(abs(e.value), 0) >= FROM and abs(e.value) not in self.exact)

    def slack(self, e: Expr, relation: str, value: Callable[[Expr], float]) -> float:
        """How far the value of a side may be off because the numbers in it are rounded."""
        if self.is_result(e, relation):
            assert isinstance(e, Num)
            return self.half_unit(e.value)
        middle, total = None, 0.0
        for number in dict.fromkeys(n for n in e.walk() if isinstance(n, Num)):
            if self.digits.get(abs(number.value), 0) < ROUNDED or abs(number.value) in self.exact:
                continue
            middle = value(e) if middle is None else middle
            moved = Num(number.value + Fraction(self.half_unit(number.value)))
            total += abs(value(_replaced(e, number, moved)) - middle)
        return total


def _replaced(e: Expr, old: Num, new: Num) -> Expr:
    return new if e == old else e.map(lambda child: _replaced(child, old, new))


def decimals(w: Written, exact: frozenset[Fraction]) -> Decimals | None:
    """The decimals of an equation; None where there are none and nothing is called approximate."""
    found: dict[Fraction, int] = {}
    for member in w.members:
        for text in _numbers(member):
            places = len(text.partition(".")[2])
            value = Fraction(text)
            found[value] = min(places, found.get(value, places))
    has_many = any(n >= FROM for n in found.values())
    return Decimals(found, exact) if has_many or "~" in w.relations else None


def _numbers(found: Sequence[Token]) -> list[str]:
    """Digits that stand together, with their decimal point."""
    out, run = [], ""
    for n, t in enumerate(found):
        following = found[n + 1] if n + 1 < len(found) else None
        point = t.text == "." and run and "." not in run and following is not None and following.kind == "digit"
        if t.kind == "digit" and t.spaced and run:
            out.append(run)
            run = t.text
        elif t.kind == "digit" or point:
            run += t.text
        elif run:
            out.append(run)
            run = ""
    return [*out, run] if run else out
