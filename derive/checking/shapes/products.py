"""The shapes of products: what numbers, elementwise signs, dots and the convention for bare symbols tell."""

from __future__ import annotations

import re
from abc import abstractmethod
from itertools import pairwise
from typing import TYPE_CHECKING

from derive.algebra.tree import ONE, Expr, Ref, Transpose
from derive.checking.shapes.known import KnownShapes
from derive.notation.raw import bare
from derive.notation.shapes import NUMBER, Shape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from derive.notation.raw import Product

DOT = r"\cdot"


class Ambiguous(Exception):
    """A product of symbols whose shapes nothing tells, and no convention."""


class ProductShapes(KnownShapes):
    """Shapes of factors from that of their product and the other way round."""

    @abstractmethod
    def infer(self, e: Expr) -> Shape | None:
        """The shape of an expression as far as it is known."""

    @abstractmethod
    def push(self, e: Expr, shape: Shape) -> None:
        """Tell an expression its shape."""

    def product(self, e: Product, expected: Shape | None) -> Shape | None:
        """Runs between elementwise signs have one shape; within a run numbers scale and arrays multiply."""
        runs: list[list[Expr]] = [[]]
        self.dotted |= {id(f) for f, sign in zip(e.factors, e.signs, strict=True) if sign == DOT}
        for factor, sign in zip(e.factors, e.signs, strict=True):
            if sign in self.elementwise:
                runs.append([])
            if sign == "/":
                self.push(factor, NUMBER)
                continue
            runs[-1].append(factor)
        shapes = [self.run(run, expected if len(runs) == 1 else None) for run in runs]
        if len(runs) == 1:
            return shapes[0]
        found = next((s for s in (expected, *shapes) if s is not None), None)
        if found is not None:
            for run in runs:
                self.run(run, found)
        return found

    def run(self, factors: Sequence[Expr], expected: Shape | None) -> Shape | None:
        """Factors side by side."""
        shapes = [self.infer(f) for f in factors]
        shapes = [NUMBER if self.number(s) else s for s in self.dots(factors, shapes)]
        if None not in shapes:
            return self.chain([s for s in shapes if s and not self.number(s)])
        across = self.vectors != "scalars" and any(_is_vector_across(f) for f in factors)
        if self.vectors == "scalars" or (expected is not None and not across and self.explains(shapes, expected)):
            for factor, shape in zip(factors, shapes, strict=True):
                if shape is None:
                    self.push(factor, NUMBER)
            return self.chain([s for s in map(self.infer, factors) if s and not self.number(s)])
        if sum(s != NUMBER for s in shapes) == 1 and expected is not None:
            self.push(factors[shapes.index(None)], expected)
            return expected
        return self.guess(factors, shapes) if self.guessing else None

    def dots(self, factors: Sequence[Expr], shapes: list[Shape | None]) -> list[Shape | None]:
        """A dot between two columns makes a number of them."""
        self._bold_columns(factors, shapes)
        out: list[Shape | None] = []
        for factor, shape in zip(factors, shapes, strict=True):
            before = out[-1] if out else None
            columns = before and shape and self._column(before) and self._column(shape)
            if id(factor) in self.dotted and before and shape and columns:
                self.unify(before, shape)
                out[-1] = NUMBER
                out.append(NUMBER)
            else:
                out.append(shape)
        return out

    def _bold_columns(self, factors: Sequence[Expr], shapes: list[Shape | None]) -> None:
        for n, pair in enumerate(pairwise(map(bare, factors))):
            bold = all(isinstance(f, Ref) and f.name in self.bold for f in pair)
            if bold and id(factors[n + 1]) in self.dotted and self.vectors not in ("scalars", "rows"):
                for at in (n, n + 1):
                    if shapes[at] is None:
                        self.push(factors[at], (self.fresh(), ONE))
                        shapes[at] = self.infer(factors[at])

    def _column(self, shape: Shape) -> bool:
        rows, columns = self.known(shape)
        return columns == ONE and rows != ONE

    def explains(self, shapes: Sequence[Shape | None], expected: Shape) -> bool:
        """Whether the factors that are known make up the whole shape already: the others are numbers."""
        known = [s for s in shapes if s]
        if not known:
            return all(s == ONE for s in self.known(expected)) and len(shapes) - len(known) > 1
        whole = (known[0][0], known[-1][1])
        return self.known(whole) == self.known(expected)

    def chain(self, shapes: Sequence[Shape]) -> Shape:
        """The shape of a matrix product."""
        for left, right in pairwise(shapes):
            self.changed |= self.sizes.unify(left[1], right[0])
        return (shapes[0][0], shapes[-1][1]) if shapes else NUMBER

    def guess(self, factors: Sequence[Expr], shapes: Sequence[Shape | None]) -> Shape | None:
        """What the convention says of symbols that nothing else tells: matrix times column, or row times matrix.

        Raises:
            Ambiguous: there is no convention.
        """
        places = [n for n, s in enumerate(shapes) if s != NUMBER]
        if len(places) == 1:
            return None
        if not self.vectors:
            raise Ambiguous
        columns = self.vectors == "columns"
        end = places[-1] if columns else places[0]
        for n in places:
            if shapes[n] is None:
                column, row = (self.fresh(), ONE), (ONE, self.fresh())
                line, across = (column, row) if columns else (row, column)
                matrix = (self.fresh(), self.fresh())
                self.push(factors[n], line if n == end else across if _is_vector_across(factors[n]) else matrix)
        again = [self.infer(factors[n]) for n in places]
        return None if None in again else self.chain([s for s in again if s])


def _is_vector_across(e: Expr) -> bool:
    r"""``w^\top`` in ``w^\top x``: a small letter, transposed, of no layer, is a vector; matrices have capitals."""
    e = bare(e)
    inner = bare(e.arg) if isinstance(e, Transpose) else None
    return isinstance(inner, Ref) and not inner.slots and is_small(inner.name)


def is_small(name: str) -> bool:
    """Whether the letter of a quantity is a small one, without its accents, scripts and sign of a command."""
    base = re.split("[_^]", name.strip("$"))[0]
    return re.sub(r".*[\\ ]", "", base)[:1].islower()
