"""The shape line under a matrix result: every array replaced by its shape, so that the reader sees that it conforms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.tree import (
    Add,
    Div,
    Expr,
    Hadamard,
    MatMul,
    Mul,
)
from derive.notation.latex import tight
from derive.notation.shapes import Shape, is_number
from derive.notation.symbols import SymbolTable
from derive.notation.typing import shape_of
from derive.notes.document import Math, say

if TYPE_CHECKING:
    from derive.notes.document import Text
    from derive.notes.voice import Voice


def shape_line(left: Expr, right: Expr, voice: Voice) -> Text:
    r"""``Shapes: (n_l \times n_{l+1})(n_{l+1} \times 1) = n_l \times 1, the shape of the left side``."""
    shapes = _Shapes(voice)
    whole = shapes.size(left)
    form = shapes.form(right)
    assert shapes.of(left) == shapes.of(right), "a matrix result whose sides differ in shape"
    if form == whole:
        return say("Shapes: both sides are {}.", Math(whole))
    return say("Shapes: {}, the shape of the left side; it conforms.", Math(f"{form} = {whole}"))


class _Shapes:
    def __init__(self, voice: Voice) -> None:
        self.voice = voice
        model = voice.section.model
        samples = next((a.high for q in model.quantities.values() for a in q.axes if a.kind == "sample"), None)
        self.table = SymbolTable((), model.quantities, model.functions, samples=samples)

    def of(self, e: Expr) -> Shape:
        return shape_of(e, self.table)

    def size(self, e: Expr) -> str:
        r"""``n_l \times n_{l-1}``."""
        return r" \times ".join(tight(self.voice.latex(s)) for s in self.of(e))

    def form(self, e: Expr) -> str:
        """The expression with shapes in place of arrays; numbers are left out."""
        if isinstance(e, MatMul):
            return " ".join(self._factor(f) for f in e.factors)
        if isinstance(e, Hadamard):
            return f" {self.voice.notation.elementwise} ".join(self._factor(f, product=True) for f in e.factors)
        if isinstance(e, Add):
            terms = list(dict.fromkeys(self.form(t) for t in e.terms if not is_number(self.of(t))))
            return " + ".join(terms)
        if isinstance(e, Mul | Div):
            arrays = [c for c in e.children if not is_number(self.of(c))]
            return self.form(arrays[0]) if len(arrays) == 1 else self.size(e)
        return self.size(e)

    def _factor(self, e: Expr, *, product: bool = False) -> str:
        inside = self.form(e)
        simple = not isinstance(e, MatMul | Hadamard | Add) or not product
        return f"({inside})" if simple else rf"\bigl({inside}\bigr)"
