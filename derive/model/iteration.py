"""An optimiser as a model: one parameter, its gradient and the states of the optimiser over the iterations t = 1..T.

The iterations are an axis like that of the layers: what is computed in iteration t uses what t - 1 left.
The derivative of the cost is an unknown function of the parameter, so what is derived holds for every network.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from derive.algebra.layers import layers
from derive.algebra.substitute import put
from derive.algebra.tree import ZERO, Add, Expr, Fn, Mul, Ref, Sym, add, mul, num
from derive.data.optimisers import GRADIENT, PARAMETER
from derive.model.model import Definition, Function, Model, Quantity

if TYPE_CHECKING:
    from collections.abc import Collection

    from derive.data.optimisers import Optimiser

ITERATION, LAST = Sym("t"), Sym("T")
BEFORE = add(ITERATION, num(-1))
LOOKAHEAD = "phi"
"""The point at which the derivative is taken, where that is not the parameter."""
CONSTANT = "kappa"
"""A derivative that is the same in every iteration."""
RATE, CHANGING = "eta", "rate"
"""The learning rate, and one that may differ from iteration to iteration."""
SLOPE = "G"
"""The derivative of the cost by the parameter, as a function of the parameter."""

LETTERS = {
    "learning_rate": "eta",
    "momentum": "mu",
    "rho": "rho",
    "beta1": "beta_1",
    "beta2": "beta_2",
    "eps": "epsilon",
    "weight_decay": "gamma",
}
"""The hyperparameters of the table and what they are called in equations."""

READINGS = {
    "eta": "the learning rate",
    "mu": "how much of the velocity stays",
    "rho": "how much of the mean stays",
    "beta_1": "how much of the mean of the gradients stays",
    "beta_2": "how much of the mean of their squares stays",
    "epsilon": "a small number against division by zero",
    "gamma": "how fast weights decay",
    "theta": "one parameter, any weight or bias, after iteration {l}",
    "g": "the derivative of the cost by the parameter in iteration {l}",
    "v": "the velocity after iteration {l}",
    "s": "the mean of the squared gradients after iteration {l}",
    "u": "the sum of the gradients after iteration {l}, in which earlier ones fade",
    "rate": "the learning rate of iteration {l}",
    "m": "the mean of the gradients after iteration {l}",
    "phi": "the point ahead at which the next derivative is taken",
    "kappa": "a derivative that is the same in every iteration",
    "m_hat": "the same, corrected for the start at 0",
    "v_hat": "the mean of the squares, corrected for the start at 0",
}
"""What the quantities are; ``v`` is told by its optimiser."""

SQUARES = "the mean of the squared gradients after iteration {l}"
UNIT = frozenset({"mu", "rho", "beta_1", "beta_2"})
"""Hyperparameters between 0 and 1."""


def optimiser_model(row: Optimiser) -> Model:
    """The definitions of an optimiser; labels end in its name: ``update-v-momentum``."""
    return Model(
        quantities={q.name: q for q in _quantities(row)},
        definitions=(_gradient(row), *_starts(row), *_updates(row), *_lookahead(row)),
        objective=Ref("J"),
        named_adjoints={},
        functions={
            SLOPE: Function(SLOPE, "unknown", reading="the derivative of the cost as a function of a parameter")
        },
        last=LAST,
    )


def _quantities(row: Optimiser) -> list[Quantity]:
    made = [name for name, _ in row.updates if name not in (*row.states, PARAMETER)]
    ahead = row.point != PARAMETER
    return [
        Quantity(PARAMETER, "intermediate", READINGS[PARAMETER], ITERATION, layers(0, LAST)),
        Quantity(GRADIENT, "intermediate", READINGS[GRADIENT], ITERATION, layers(1, LAST)),
        *(Quantity(s, "intermediate", _reading(s, row), ITERATION, layers(0, LAST)) for s in row.states),
        *(Quantity(name, "intermediate", READINGS[name], ITERATION, layers(1, LAST)) for name in made),
        *([Quantity(LOOKAHEAD, "intermediate", READINGS[LOOKAHEAD], ITERATION, layers(0, LAST))] if ahead else []),
        *(_hyper(name) for name, _ in row.hyperparameters),
    ]


def _reading(state: str, row: Optimiser) -> str:
    """A state that is divided by is no velocity."""
    return SQUARES if state == "v" and "m" in row.states else READINGS[state]


def _gradient(row: Optimiser) -> Definition:
    point = put(row.point_expression, _members(row, done=()))
    return Definition(at(GRADIENT), Fn(SLOPE, (point,)), f"gradient-theta-{row.name}", layers(1, LAST))


def _lookahead(row: Optimiser) -> list[Definition]:
    """``phi_t``, the point of iteration t + 1."""
    if row.point == PARAMETER:
        return []
    point = put(row.point_expression, _members(row, done=(PARAMETER, *row.states)))
    return [Definition(at(LOOKAHEAD), point, f"lookahead-{row.name}", layers(0, LAST))]


def constant_gradient(model: Model, row: Optimiser) -> Model:
    """The same optimiser where the derivative is one number in every iteration."""
    label = f"gradient-constant-{row.name}"
    same = Definition(at(GRADIENT), Ref(CONSTANT), label, layers(1, LAST))
    definitions = tuple(same if d.head.name == GRADIENT else d for d in model.definitions)
    constant = Quantity(CONSTANT, "hyper", READINGS[CONSTANT])
    return replace(model, definitions=definitions, functions={}, quantities={**model.quantities, CONSTANT: constant})


def with_forms(model: Model, row: Optimiser) -> Model:
    """The same optimiser, with the other forms of its state beside it."""
    made = [definition for form in row.forms for definition in _form(form[0], row)]
    states = {name: _kept(name) for name, _ in row.forms}
    return replace(model, definitions=(*model.definitions, *made), quantities={**model.quantities, **states})


def with_form(model: Model, row: Optimiser, name: str, update: Expr) -> Model:
    """The optimiser that keeps the other form ``name`` in place of its state; ``update``: of the parameter with it."""
    (gradient,) = model.definitions_of(GRADIENT)
    moved = Definition(at(PARAMETER), update, update_label(PARAMETER, row), layers(1, LAST))
    quantities = {n: q for n, q in model.quantities.items() if n not in row.states}
    return replace(
        model,
        definitions=(gradient, *_form(name, row), moved),
        quantities={**quantities, name: _kept(name)},
    )


def _form(name: str, row: Optimiser) -> list[Definition]:
    members = {Sym(name): at(name, BEFORE), **_hypers(row), Sym(GRADIENT): at(GRADIENT)}
    rhs = put(dict(row.form_expressions)[name], members)
    return [_start(name, row), Definition(at(name), rhs, update_label(name, row), layers(1, LAST))]


def _kept(name: str) -> Quantity:
    return Quantity(name, "intermediate", READINGS[name], ITERATION, layers(0, LAST))


def with_changing_rate(model: Model, row: Optimiser) -> Model:
    """The same optimiser with a learning rate of its own in every iteration."""
    rate = at(CHANGING)

    def changed(d: Definition) -> Definition:
        rhs = exchanged(d.rhs, Ref(RATE), rate)
        label = d.label.removesuffix(row.name) + f"rate-{row.name}"
        return d if rhs == d.rhs else replace(d, rhs=rhs, label=label)

    quantities = {name: q for name, q in model.quantities.items() if name != RATE}
    own = Quantity(CHANGING, "hyper", READINGS[CHANGING], ITERATION, layers(1, LAST), domain="positive")
    return replace(model, definitions=tuple(map(changed, model.definitions)), quantities={**quantities, CHANGING: own})


def coupled(model: Model, row: Optimiser) -> Model:
    """The optimiser of ``model`` with the decay of ``row`` as part of the derivative, as a penalty in the cost is."""
    pulls = [mul(Ref(LETTERS[name]), at(PARAMETER, BEFORE)) for name in row.weights_only]

    def changed(d: Definition) -> Definition:
        if d.head.name == GRADIENT:
            return replace(d, rhs=add(d.rhs, *pulls), label=d.label.replace("gradient-theta", "gradient-coupled"))
        rhs = without_letters(d.rhs, row.weights_only)
        label = d.label.removesuffix(row.name) + f"coupled-{row.name}"
        return d if rhs == d.rhs else replace(d, rhs=rhs, label=label)

    hypers = {q.name: q for q in map(_hyper, row.weights_only)}
    return replace(model, definitions=tuple(map(changed, model.definitions)), quantities={**model.quantities, **hypers})


def without_letters(rhs: Expr, hyperparameters: Collection[str]) -> Expr:
    """An update in which some hyperparameters are 0."""
    gone = {Ref(LETTERS[name]) for name in hyperparameters}

    def visit(e: Expr) -> Expr:
        if e in gone:
            return ZERO
        e = e.map(visit)
        return mul(*e.factors) if isinstance(e, Mul) else add(*e.terms) if isinstance(e, Add) else e

    return visit(rhs) if gone & set(rhs.walk()) else rhs


def exchanged(e: Expr, old: Expr, new: Expr) -> Expr:
    """Every ``old`` as ``new``."""
    return new if e == old else e.map(lambda child: exchanged(child, old, new))


def _starts(row: Optimiser) -> list[Definition]:
    return [_start(state, row) for state in row.states]


def _start(state: str, row: Optimiser) -> Definition:
    return Definition(Ref(state, (num(0),)), ZERO, f"start-{state}-{row.name}", layers(0, 0))


def _updates(row: Optimiser) -> list[Definition]:
    """Each in the values before the iteration, those that were replaced in it already with their new values."""
    done: list[str] = []
    found = []
    for name, formula in row.expressions:
        rhs = put(formula, _members(row, done))
        found.append(Definition(at(name), rhs, update_label(name, row), layers(1, LAST)))
        done.append(name)
    return found


def update_label(name: str, row: Optimiser) -> str:
    """``update-v-momentum``."""
    return f"update-{name.replace('_', '-')}-{row.name}"


def at(name: str, iteration: Expr = ITERATION) -> Ref:
    """``v_t``."""
    return Ref(name, (iteration,))


def _members(row: Optimiser, done: tuple[str, ...] | list[str]) -> dict[Sym, Expr]:
    """What the letters of the formulas stand for in iteration t."""
    names = {PARAMETER, *row.states, *(name for name, _ in row.updates)}
    members: dict[Sym, Expr] = {Sym(name): at(name, ITERATION if name in done else BEFORE) for name in names}
    return {**members, **_hypers(row), Sym(GRADIENT): at(GRADIENT)}


def _hypers(row: Optimiser) -> dict[Sym, Expr]:
    return {Sym(name): Ref(LETTERS[name]) for name, _ in row.hyperparameters}


def _hyper(name: str) -> Quantity:
    letter = LETTERS[name]
    return Quantity(letter, "hyper", READINGS[letter], domain="unit" if letter in UNIT else "positive")
