"""Closed forms of the recursion, by downward induction from the last layer.

one node a layer:   delta_l = ( prod_{q=l+1..L} f_{q-1}'(z_{q-1}) w_q ) f_L'(z_L) dJ/da_L
matrices:           delta^l = ( D_l W^{l+1,T} ... D_{L-1} W^{L,T} ) D_L dJ/da^L     with D_m = diag f_m'(z^m)
entries:            delta^l_k = sum over paths r_l = k, r_{l+1}, ..., r_L of
                                ( prod_{q=l..L-1} f_q'(z^q_{r_q}) w^{q+1}_{r_{q+1} r_q} ) f_L'(z^L_{r_L}) dJ/da^L_{r_L}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.layers import shift
from derive.algebra.substitute import put, replace
from derive.algebra.tree import Expr, Kron, MatMul, MatProd, Mul, Paths, Prod, Ref, Sum, Sym, Waypoint, mul, num
from derive.derivation.line import Line
from derive.derivation.numerator import as_matrices
from derive.derivation.steps import Derivation

if TYPE_CHECKING:
    from derive.derivation.engine import Engine

INDEX, PATH = Sym("q"), Sym("r")


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


def path_sum(engine: Engine, output: Derivation, hidden: Derivation, label: str) -> Derivation | None:
    """Entry by entry: one product of weights and slopes for each way from a unit to the cost; None where the recursion
    is not one product with one sum.
    """
    layer, last = _layer(engine), _last(engine)
    delta, recursion = hidden.claim
    total = next((f for f in recursion.children if isinstance(f, Sum)), None)
    if not isinstance(recursion, Mul) or total is None:
        return None
    (below, limit) = hidden.free[0]
    above = next(n for n in total.body.walk() if isinstance(n, Ref) and n.name == delta.name)  # type: ignore[attr-defined]
    here, there = Waypoint(PATH, INDEX), Waypoint(PATH, shift(INDEX, 1))
    slopes = [f for f in recursion.factors if f != total]
    weights = [f for f in mul(total.body).walk() if isinstance(f, Ref) and f.name == "w"]
    factor = put(mul(*slopes, *weights), {layer: INDEX, below: here, total.index: there})
    tail = put(output.claim[1], {k: Waypoint(PATH, last) for k, _ in output.free})
    width = put(limit, {layer: INDEX})

    def claim(first: Expr, unit: Expr) -> Expr:
        """The error of a unit of layer ``first``."""
        body = mul(Kron(Waypoint(PATH, first), unit), Prod(factor, INDEX, first, shift(last, -1)), tail)
        return Paths(body, PATH, first, last, INDEX, width)

    next_layer = shift(layer, 1)
    closed = claim(layer, below)
    body = replace(total.body, above, claim(next_layer, total.index))
    inserted = mul(*slopes, Sum(body, total.index, total.low, total.high))
    first_weight = put(mul(*weights), {total.index: Waypoint(PATH, next_layer)})
    rest = mul(*slopes, first_weight, Prod(factor, INDEX, next_layer, shift(last, -1)), tail)
    line = Line(delta)
    line.to(recursion, "recursion", "the recursion of one layer", uses=(hidden.label,))
    reason = "the claim for {0}, one layer nearer to the output; for the last layer it is the output equation"
    line.to(inserted, "induction", reason, above, uses=(output.label,))
    contracted = Paths(rest, PATH, next_layer, last, INDEX, width)
    reason = "of the sum over {0} only the term is left with the unit that the path meets next"
    line.to(contracted, "contract", reason, total.index)
    reason = (
        "what stands in front is the factor with {0} = {1} of the paths that begin at unit {2}: it joins the product"
    )
    line.to(closed, "induction", reason, INDEX, layer, below)
    return Derivation(
        label,
        label,
        (line.start, line.now),
        tuple(line.steps),
        layer=hidden.layer,
        layers=hidden.layers,
        free=hidden.free,
    )


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
    return engine.model.last or num(engine.model.least_layers)
