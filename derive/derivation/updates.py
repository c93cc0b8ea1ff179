"""Gradient descent: the rule goes in, the update of each parameter comes out by inserting its gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.substitute import put, replace
from derive.algebra.tree import Add, Expr, Mul, Partial, Ref, Sym, add, mul, neg, num, sub
from derive.data.optimisers import OPTIMISERS
from derive.derivation.line import Line
from derive.derivation.ordering import as_told
from derive.derivation.steps import Derivation, Update

if TYPE_CHECKING:
    from derive.model.model import Model

TIME = Sym("t")
RATE = Ref("eta")


def descent(model: Model, parameter: Ref, label: str) -> Update:
    """One iteration of gradient descent: the table's formula in a parameter, its gradient and the learning rate."""
    ((_, formula),) = OPTIMISERS.get("sgd").expressions
    members = {
        Sym("theta"): Ref(parameter.name, parameter.slots, parameter.entries, TIME),
        Sym("g"): Partial(model.objective, parameter),
        Sym("learning_rate"): RATE,
    }
    target = Ref(parameter.name, parameter.slots, parameter.entries, add(TIME, num(1)))
    return Update(target, as_told(put(formula, members)), label)


def update_derivation(model: Model, gradient: Derivation, label: str) -> tuple[Update, Derivation]:
    """The update of one parameter with its gradient put in."""
    left, right = gradient.claim
    assert isinstance(left, Partial)
    assert isinstance(left.wrt, Ref)
    update = descent(model, left.wrt, label)
    line = Line(update.target)
    line.to(
        update.value, "gradient descent", "one step against the gradient, of length {0} times it", RATE, relation=":="
    )
    inserted = replace(update.value, left, right)
    line.to(inserted, "lemma", "inserting {0}", left, uses=(gradient.label,))
    shrunk = _shrunk(inserted, left.wrt, right)
    line.to(
        shrunk, "multiply out", "the terms with {0} are collected: the weight shrinks before it is corrected", left.wrt
    )
    derivation = Derivation(
        label,
        label,
        (update.target, line.now),
        tuple(line.steps),
        layer=gradient.layer,
        layers=gradient.layers,
        free=gradient.free,
        shape=gradient.shape,
        array=gradient.array,
    )
    return update, derivation


def _shrunk(expr: Expr, parameter: Ref, gradient: Expr) -> Expr:
    """``w - eta (g + lambda w)  ->  (1 - eta lambda) w - eta g`` where the gradient contains the parameter itself."""
    now = Ref(parameter.name, parameter.slots, parameter.entries, TIME)
    terms = gradient.terms if isinstance(gradient, Add) else (gradient,)
    pulled = [term for term in terms if term == parameter or (isinstance(term, Mul) and parameter in term.factors)]
    if not pulled:
        return expr
    shrink = sub(num(1), mul(RATE, add(*(_without(term, parameter) for term in pulled))))
    return add(mul(shrink, now), neg(mul(RATE, add(*(term for term in terms if term not in pulled)))))


def _without(term: Expr, parameter: Ref) -> Expr:
    """A term that is a number times the parameter: the number."""
    parts = [f for f in (term.children if term != parameter else ()) if f != parameter]
    return mul(*parts)
