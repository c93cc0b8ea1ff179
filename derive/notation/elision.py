r"""Products and sums with dots: ``W^L W^{L-1} \cdots W^1``, ``w_1 x_1 + \cdots + w_n x_n``.

What stands next to the dots must be members of one series.  What is displayed is kept; the blocks between become one
node.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from derive.algebra.layers import shift
from derive.notation.failures import ReadFailure
from derive.notation.raw import Dots, Elided, Placed, Product, bare, strip
from derive.notation.series import series

if TYPE_CHECKING:
    from collections.abc import Sequence

    from derive.algebra.tree import Expr
    from derive.notation.symbols import SymbolTable


@dataclass(frozen=True)
class Side:
    """The factors on one side of the dots, the nearest one last, with the signs between them and before the dots."""

    factors: tuple[Expr, ...]
    signs: tuple[str, ...]

    @property
    def towards(self) -> tuple[Expr, ...]:
        """The factors as one meets them coming from the dots."""
        return self.factors[::-1]


def has_dots(parts: Sequence[Expr]) -> bool:
    """Whether dots stand among factors or terms."""
    return any(isinstance(bare(p), Dots) for p in parts)


def product(factors: Sequence[Expr], signs: Sequence[str], table: SymbolTable) -> Product:
    """The factors with the dots among them filled in; ``signs[i]`` stands before ``factors[i]``.

    Raises:
        ReadFailure: it is not clear what the dots leave out.
    """
    d = _place_of_dots(factors)
    if "/" in signs:
        raise unclear(factors[d])
    plain = tuple(strip(f) for f in factors)
    before, after = Side(plain[:d], tuple(signs[1 : d + 1])), Side(plain[:d:-1], tuple(signs[:d:-1]))
    inserted = _filled(before, after, table, falling=False) or _filled(after, before, table, falling=True)
    if inserted is None:
        raise unclear(factors[d])
    middle, joints = inserted
    made = [*factors[:d], *middle, *factors[d + 1 :]]
    return Product(tuple(made), (*signs[:d], *joints, *signs[d + 2 :]))


def _filled(before: Side, after: Side, table: SymbolTable, *, falling: bool) -> tuple[list[Expr], list[str]] | None:
    """What stands for the dots and the signs around it, in the order of reading; None where nothing is found.

    The whole blocks, and where the far side goes on within a block the beginning of that; ``falling``: the sides are
    given in the wrong order, since only the second one shows a whole block.
    """
    found = series(before.factors, after.towards, table)
    if found is None:
        return None
    size, r = len(found.block), found.offset
    *inner, wrap = before.signs[-size:]
    if after.signs[-1] != (inner[r - 1] if r else wrap):
        return None
    rest = [found.at(n, found.then) for n in range(r)]
    joints = [wrap, *([wrap, *inner][:r]), after.signs[-1]]
    low, high = sorted_ends(shift(found.first, found.step), shift(found.then, -found.step), found.step)
    turn = -1 if falling else 1
    body = Product(found.block[::turn], ("", *inner[::turn]))
    whole = Elided(body, found.letter, low, high, wrap, found.step * turn < 0)
    return [whole, *rest][::turn], joints[::turn]


def sorted_ends(first: Expr, last: Expr, step: int) -> tuple[Expr, Expr]:
    """The lower and the higher end of a series."""
    return (first, last) if step > 0 else (last, first)


def total(terms: Sequence[Expr], table: SymbolTable) -> list[Expr]:
    """The terms with the dots among them filled in; of indices with those on both sides of them, which always exist.

    Raises:
        ReadFailure: it is not clear what the dots leave out.
    """
    d = _place_of_dots(terms)
    plain = tuple(strip(t) for t in terms)
    found = series(plain[:d], plain[d + 1 :], table, most=1)
    if found is None:
        raise unclear(terms[d])
    if found.in_layers:
        low, high = sorted_ends(shift(found.first, found.step), shift(found.then, -found.step), found.step)
        return [*terms[:d], Elided(found.block[0], found.letter, low, high, "+", found.step < 0), *terms[d + 1 :]]
    low, high = sorted_ends(found.first, found.then, found.step)
    whole = Elided(found.block[0], found.letter, low, high, "+", found.step < 0)
    return [*terms[: d - 1], whole, *terms[d + 2 :]]


def _place_of_dots(parts: Sequence[Expr]) -> int:
    """Where the only dots stand, with something on both sides."""
    at = [n for n, p in enumerate(parts) if isinstance(bare(p), Dots)]
    if len(at) > 1 or not 0 < at[0] < len(parts) - 1:
        raise unclear(parts[at[-1]])
    return at[0]


def unclear(dots: Expr) -> ReadFailure:
    """The failure at the dots."""
    return ReadFailure(
        "it is not clear what the dots leave out",
        expected="the same factors on both sides of them, with every layer or index further on by one",
        remedy=r"show two of them on one side, or write \prod or \sum",
        place=dots.place if isinstance(dots, Placed) else None,
    )
