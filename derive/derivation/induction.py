"""Closed forms of the recursion, by downward induction from the last layer.

one node a layer:   delta_l = ( prod_{q=l+1..L} f_{q-1}'(z_{q-1}) w_q ) f_L'(z_L) dJ/da_L
matrices:           delta^l = ( D_l W^{l+1,T} ... D_{L-1} W^{L,T} ) D_L dJ/da^L     with D_m = diag f_m'(z^m)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.layers import shift
from derive.algebra.substitute import put
from derive.algebra.tree import Expr, MatMul, MatProd, Prod, Sym, mul
from derive.derivation.line import Line
from derive.derivation.numerator import as_matrices
from derive.derivation.steps import Derivation

if TYPE_CHECKING:
    from derive.derivation.engine import Engine

INDEX = Sym("q")


def chain_closed_form(engine: Engine, output: Derivation, hidden: Derivation, label: str) -> Derivation:
    """Networks without unit axes: everything is a number."""
    layer = _layer(engine)
    delta, recursion = hidden.claim
    above = put(delta, {layer: shift(layer, 1)})
    factor = mul(*(f for f in recursion.children if f != above))
    line = Line(delta)
    line.to(recursion, "recursion", "the recursion of one layer", uses=(hidden.label,))
    # the factor of layer l stands in the product under q = l + 1, the number of its weight
    closed = mul(Prod(put(factor, {layer: shift(INDEX, -1)}), INDEX, shift(layer, 1), _last(engine)), output.claim[1])
    inserted = mul(factor, put(closed, {layer: shift(layer, 1)}))
    return _closed(line, hidden, label, (above, inserted, closed), (INDEX, shift(layer, 1)), output)


def matrix_closed_form(engine: Engine, output: Derivation, hidden: Derivation, label: str) -> Derivation:
    """Layers of any width: the factors are matrices and keep their order."""
    layer = _layer(engine)
    delta, recursion = hidden.claim
    above = put(delta, {layer: shift(layer, 1)})
    line = Line(delta)
    line.to(recursion, "recursion", "the recursion of one layer", uses=(hidden.label,))
    product = as_matrices(recursion)
    line.to(
        product, "diagonal", "an elementwise product with a column is a product with the diagonal matrix of the column"
    )
    matrices = tuple(f for f in product.factors if f != above)
    tail = as_matrices(output.claim[1]).factors
    repeated = MatMul(tuple(put(m, {layer: INDEX}) for m in matrices))
    closed = MatMul((MatProd(repeated, INDEX, layer, shift(_last(engine), -1)), *tail))
    inserted = MatMul((*matrices, *put(closed, {layer: shift(layer, 1)}).children))
    return _closed(line, hidden, label, (above, inserted, closed), (INDEX, layer), output)


def _closed(
    line: Line,
    hidden: Derivation,
    label: str,
    forms: tuple[Expr, Expr, Expr],
    joins: tuple[Expr, Expr],
    output: Derivation,
) -> Derivation:
    """The step from layer l + 1 to l; the product is empty at l = L, where the claim is the output equation."""
    above, inserted, closed = forms
    reason = "the claim for {0}, one layer nearer to the output; for the last layer it is the output equation"
    line.to(inserted, "induction", reason, above, uses=(output.label,))
    line.to(closed, "induction", "what stands in front is the factor with {0} = {1}: it joins the product", *joins)
    return Derivation(
        label,
        label,
        (line.start, line.now),
        tuple(line.steps),
        layer=hidden.layer,
        layers=hidden.layers,
        shape=hidden.shape,
    )


def _layer(engine: Engine) -> Sym:
    layer = engine.model.quantities["z"].layer
    assert layer is not None
    return layer


def _last(engine: Engine) -> Expr:
    last = engine.model.last
    assert last is not None
    return last
