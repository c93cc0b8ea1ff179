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
    _collect(line, left.wrt, right)
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


SHRINKS = "the terms with {0} are collected: the weight shrinks before it is corrected"
PULLS = "the penalty pulls {0} towards zero by the same amount {1} in every step, however large {0} is"


def _collect(line: Line, parameter: Ref, gradient: Expr) -> None:
    """``w - eta (g + lambda w)  ->  (1 - eta lambda) w - eta g`` where the gradient contains the parameter itself.

    ``w - eta (g + lambda sign(w))  ->  w - eta lambda sign(w) - eta g``: what contains it otherwise stands apart.
    """
    now = Ref(parameter.name, parameter.slots, parameter.entries, TIME)
    parts = gradient.terms if isinstance(gradient, Add) else (gradient,)
    linear = [term for term in parts if term == parameter or (isinstance(term, Mul) and parameter in term.factors)]
    pulling = [term for term in parts if term not in linear and parameter in set(term.walk())]
    if not linear and not pulling:
        return
    shrink = sub(num(1), mul(RATE, add(*(_without(term, parameter) for term in linear)))) if linear else num(1)
    rest = [term for term in parts if term not in linear + pulling]
    pulls = [neg(mul(RATE, replace(term, parameter, now))) for term in pulling]
    reasons = [SHRINKS] * bool(linear) + [PULLS] * bool(pulling)
    amount = mul(RATE, *(f for term in pulling for f in _factors(term) if parameter not in set(f.walk())))
    after = add(mul(shrink, now), *pulls, neg(mul(RATE, add(*rest))))
    line.to(after, "multiply out", "; ".join(reasons), parameter, *([amount] if pulling else []))


def _factors(term: Expr) -> tuple[Expr, ...]:
    return term.factors if isinstance(term, Mul) else (term,)


def _without(term: Expr, parameter: Ref) -> Expr:
    """A term that is a number times the parameter: the number."""
    return mul(*(f for f in _factors(term) if f != parameter))
