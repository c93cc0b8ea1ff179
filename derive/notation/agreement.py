"""Comparing shapes: named sizes agree as names, a size that is not known yet is found out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.tree import ONE, ZERO, Div, Expr, Mul, Num, Sym
from derive.notation.failures import ShapeMismatch
from derive.notation.raw import is_unknown
from derive.notation.shapes import NUMBER, Shape, is_number, said

if TYPE_CHECKING:
    from derive.errors import Place
    from derive.notation.symbols import SymbolTable

Typed = tuple[Expr, Shape]


class Sizes:
    """What was found out about sizes so far, and the place that a mismatch is reported at."""

    def __init__(self, table: SymbolTable) -> None:
        self.table = table
        self.found: dict[Sym, Expr] = {}
        self.place: Place | None = None

    def settled(self, e: Expr) -> Expr:
        """The tree with every size that was found out put in.

        Raises:
            ShapeMismatch: a size that nothing determines.
        """
        if is_unknown(e):
            assert isinstance(e, Sym)
            if e not in self.found:
                raise ShapeMismatch(self.place, "a sum or a column of ones", (e,), (), "nothing tells its size")
            return self.settled(self.found[e])
        return self.table.same_sizes.get(e) or e.map(self.settled) if isinstance(e, Sym) else e.map(self.settled)

    def known(self, shape: Shape) -> Shape:
        """The shape with what was found out."""
        same = self.table.same_sizes
        shape = tuple(same.get(s, s) for s in shape) if same else shape
        return tuple(self.known((self.found[s],))[0] if isinstance(s, Sym) and s in self.found else s for s in shape)

    # ------------------------------------------------------------ comparing

    def mismatch(self, what: str, left: Shape, right: Shape) -> ShapeMismatch:
        left, right = self.known(left), self.known(right)
        return ShapeMismatch(self.place, what, left, right, f"{said(left)} and {said(right)}")

    def same_size(self, x: Expr, y: Expr) -> bool:
        """Whether two sizes agree; an unknown one is made to."""
        (x,), (y,) = self.known((x,)), self.known((y,))
        for unknown, other in ((x, y), (y, x)):
            if is_unknown(unknown) and unknown != other:
                assert isinstance(unknown, Sym)
                self.found[unknown] = other
                return True
        return x == y

    def same(self, x: Shape, y: Shape) -> bool:
        """Whether two shapes agree; an array with one entry agrees with a number."""
        if len(x) == len(y):
            return all(self.same_size(a, b) for a, b in zip(x, y, strict=True))
        return is_number(self.known(x)) and is_number(self.known(y))

    def alike(self, what: str, parts: list[Typed]) -> Shape:
        """The common shape of terms; a plain number beside arrays is all ones, a bias is repeated for every sample."""
        arrays = [shape for e, shape in parts if not (shape == NUMBER and is_literal(e))]
        common = max(arrays, key=self._extent) if arrays else NUMBER
        for shape in arrays:
            if not self.same(shape, common) and not self._repeated(shape, common):
                raise self.mismatch(what, common, shape)
        return common

    def sides(self, parts: list[Typed]) -> Shape:
        """The shape of all sides of an equation; only a nought may stand for an array."""
        arrays = [shape for e, shape in parts if e != ZERO] or [NUMBER]
        for shape in arrays[1:]:
            if not self.same(arrays[0], shape):
                raise self.mismatch("the sides of an equation", arrays[0], shape)
        return self.known(arrays[0])

    def _extent(self, shape: Shape) -> int:
        return sum(size != ONE for size in self.known(shape))

    def _repeated(self, shape: Shape, common: Shape) -> bool:
        """``b`` beside ``W X``: one axis agrees, the other counts samples and is 1 in ``shape``."""
        if len(shape) != 2 or len(common) != 2:
            return False
        pairs = list(zip(shape, common, strict=True))
        spread = [n for n, (s, c) in enumerate(pairs) if s == ONE and c == self.table.samples]
        return len(spread) == 1 and self.same_size(*pairs[1 - spread[0]])


def is_literal(e: Expr) -> bool:
    """A number that is written in digits."""
    return isinstance(e, Num) or (isinstance(e, Mul | Div) and all(is_literal(c) for c in e.children))
