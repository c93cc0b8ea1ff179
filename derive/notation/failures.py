"""What can go wrong when mathematics is read; each failure carries its place, so that a verdict can point at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.errors import DeriveError

if TYPE_CHECKING:
    from derive.algebra.tree import Expr
    from derive.errors import Place


class ReadFailure(DeriveError):
    """Mathematics that could not be read or does not fit together."""


class UnknownSymbol(ReadFailure):
    """A symbol, or a symbol with these scripts, that the table does not hold."""

    def __init__(self, place: Place | None, name: str, remedy: str = "") -> None:
        super().__init__(f"unknown symbol {name}", expected="a symbol of the setting", remedy=remedy, place=place)
        self.name = name


class LetterAbove(UnknownSymbol):
    """A letter above a function that has no layer: its layer, although it is the same in all, or a power."""


class SyntaxFailure(ReadFailure):
    """Text that is no formula of the grammar."""

    def __init__(self, place: Place, expected: str, found: str) -> None:
        super().__init__(f"cannot read {found or 'the end of the formula'} here", expected=expected, place=place)
        self.found = found


class ShapeMismatch(ReadFailure):
    """Two parts whose shapes do not go together; ``left`` and ``right`` are the shapes as trees."""

    def __init__(
        self, place: Place | None, what: str, left: tuple[Expr, ...], right: tuple[Expr, ...], said: str
    ) -> None:
        super().__init__(f"{what}: {said}", expected="shapes that go together", place=place)
        self.left, self.right = left, right
