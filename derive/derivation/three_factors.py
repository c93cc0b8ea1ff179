"""The gradient of a weight as the product of three factors, as for the chain of nodes:

dJ/dw^l_{kj} = [dJ/da^l_k] [f_l'(z^l_k)] [a^{l-1}_j]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.substitute import replace
from derive.algebra.tree import Expr, Fn, Mul, Partial, Ref, mul
from derive.derivation.line import Line
from derive.derivation.steps import Derivation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from derive.derivation.engine import Engine

NAMES: dict[type[Expr], str] = {Partial: "cost", Fn: "activation", Ref: "input of the weight"}


def three_factors(engine: Engine, told: Sequence[Derivation]) -> list[Derivation]:
    """The expansion, where one form of the activation holds in every layer; else nothing."""
    elementwise = [d for d in engine.model.definitions_of("a") if isinstance(d.rhs, Fn)]
    gradient = next(d for d in told if d.label.startswith("gradient-W"))
    if len(elementwise) != 1 or elementwise[0].layers != gradient.layers:
        return []
    hidden = next((d for d in told if d.label.startswith("delta-hidden")), None)
    if hidden is None or hidden.layer is None:
        return []
    error, value = hidden.claim[0], hidden.steps[-1].before
    line = Line(gradient.claim[0])
    line.to(gradient.claim[1], "lemma", "found before", uses=(gradient.label,))
    expanded = _in_order(replace(line.now, error, value))
    names = tuple((f, NAMES[type(f)]) for f in expanded.factors if type(f) in NAMES)
    reason = "{0} written out: only the first factor differs from the chain of single nodes"
    line.to(expanded, "lemma", reason, error, uses=(hidden.label,), names=names)
    label = "gradient-W/three-factors"
    return [
        Derivation(
            label,
            label,
            (line.start, line.now),
            tuple(line.steps),
            layer=gradient.layer,
            layers=gradient.layers,
            free=gradient.free,
        )
    ]


def _in_order(expr: Expr) -> Mul:
    """From the cost back to the weight."""
    flat = mul(*expr.children)
    assert isinstance(flat, Mul)
    order = list(NAMES)
    return Mul(tuple(sorted(flat.factors, key=lambda f: order.index(type(f)) if type(f) in NAMES else len(order))))
