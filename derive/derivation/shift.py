"""What an activation of a whole layer does not see: the same number added to all its pre-activations.

e^{z_k + c} / sum_i e^{z_i + c}  =  e^{z_k} / sum_i e^{z_i}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.factor import gather
from derive.algebra.products import collect, terms, total
from derive.algebra.substitute import put
from derive.algebra.tree import Add, Expr, Fn, Ref, Sum, add, mul
from derive.derivation.line import Line
from derive.derivation.steps import Derivation
from derive.model.model import Quantity

if TYPE_CHECKING:
    from derive.model.model import Definition, Model

SHIFT = Quantity("shift", "input", "any number, added to all pre-activations of a layer")
"""Free: no definition uses it."""


def shift_invariances(model: Model) -> list[Derivation]:
    """For each activation with sums over units, that a common shift changes nothing, where this is so."""
    found = [_invariance(d, model) for d in model.definitions_of("a") if any(isinstance(n, Sum) for n in d.rhs.walk())]
    return [d for d in found if d is not None]


def _invariance(d: Definition, model: Model) -> Derivation | None:
    constant = Ref(SHIFT.name)
    shifted = _shifted(d.rhs, constant)
    line = Line(shifted)
    line.to(_split(shifted), "exponential", "the exponential of a sum is the product of the exponentials")
    in_front = line.now.map(_in_front)
    line.to(in_front, "linearity", "a factor without the letter of the sum stands in front of it")
    line.to(gather(collect(terms(in_front))), "cancel", "the factor cancels")
    if line.now != d.rhs:
        return None
    line.to(d.head, "definition", "definition of {0}", d.head, uses=(d.label,))
    label = f"{d.label}/shift"
    quantity = model.quantities[d.head.name]
    free = tuple((axis.letter, axis.high) for axis in quantity.axes)
    point = d.layers.point if d.layers else None
    letter = quantity.layer if point is None else None
    if quantity.layer is not None and point is not None:
        free = tuple((k, put(high, {quantity.layer: point})) for k, high in free)
    return Derivation(label, label, (line.start, line.now), tuple(line.steps), layer=letter, layers=d.layers, free=free)


def _shifted(expr: Expr, by: Expr) -> Expr:
    """Every pre-activation ``z`` replaced by ``z + c``."""
    if isinstance(expr, Ref) and expr.name == "z":
        return add(expr, by)
    return expr.map(lambda child: _shifted(child, by))


def _split(expr: Expr) -> Expr:
    """``e^{u + v} -> e^u e^v``."""
    expr = expr.map(_split)
    if isinstance(expr, Fn) and expr.name == "exp" and isinstance(expr.args[0], Add):
        return mul(*(Fn("exp", (t,)) for t in expr.args[0].terms))
    return expr


def _in_front(expr: Expr) -> Expr:
    return total(terms(expr)) if isinstance(expr, Sum) else expr.map(_in_front)
