"""The same results as rows: books in numerator layout write the derivative of the cost by a column as a row.

errors:     (delta^l)^T = (delta^{l+1})^T W^{l+1} diag f_l'(z^l)
weights:    (dJ/dW^l)^T = a^{l-1} (delta^l)^T
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.tree import Diag, Hadamard, MatMul, Transpose
from derive.derivation.line import Line
from derive.derivation.steps import Derivation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from derive.algebra.tree import Expr

REVERSED = "the transpose of a product is the product of the transposes in reverse order"
SYMMETRIC = f"{REVERSED}; a diagonal matrix is its own transpose"


def row_forms(told: Sequence[Derivation]) -> list[Derivation]:
    """Each result transposed, for those that are one product of arrays."""
    return [_row_form(d) for d in told if isinstance(d.claim[1], Hadamard | MatMul)]


def _row_form(column: Derivation) -> Derivation:
    left, right = column.claim
    line = Line(Transpose(left))
    line.to(Transpose(right), "lemma", "the result for columns, transposed", uses=(column.label,))
    product = as_matrices(right)
    reason = "an elementwise product with a column is a product with the diagonal matrix of the column"
    line.to(Transpose(product), "diagonal", reason)
    reason = SYMMETRIC if any(isinstance(f, Diag) for f in product.factors) else REVERSED
    line.to(transposed(product), "transpose", reason)
    label = f"{column.label}/row"
    return Derivation(
        label,
        label,
        (line.start, line.now),
        tuple(line.steps),
        layer=column.layer,
        layers=column.layers,
        shape=column.shape,
    )


def as_matrices(expr: Expr) -> MatMul:
    """``u o v o (M w)  ->  diag(u) diag(v) M w``; a product of matrices stays as it is."""
    if isinstance(expr, MatMul):
        return expr
    assert isinstance(expr, Hadamard)
    *columns, last = expr.factors
    rest = last.factors if isinstance(last, MatMul) else (last,)
    return MatMul((*map(Diag, columns), *rest))


def transposed(expr: Expr) -> Expr:
    """The transpose, as far inside as it goes."""
    if isinstance(expr, MatMul):
        return MatMul(tuple(transposed(f) for f in reversed(expr.factors)))
    if isinstance(expr, Diag):
        return expr
    return expr.arg if isinstance(expr, Transpose) else Transpose(expr)
