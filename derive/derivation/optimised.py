"""An optimiser in the network itself: its states for every weight and bias, the gradients put in, entry by entry."""

from __future__ import annotations

from dataclasses import replace as changed
from typing import TYPE_CHECKING

from derive.algebra.layers import split
from derive.algebra.substitute import put, replace
from derive.algebra.tree import ONE, Expr, Partial, Ref, Sym, add
from derive.data.optimisers import GRADIENT, PARAMETER
from derive.derivation.line import Line
from derive.derivation.optimisers import optimiser_rules, optimiser_sections
from derive.derivation.steps import Derivation, Section, Update
from derive.derivation.updates import TIME
from derive.model.iteration import ITERATION, LETTERS, LOOKAHEAD, at, update_label, without_letters
from derive.model.model import Quantity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from derive.data.optimisers import Optimiser
    from derive.model.model import Model

NEXT = add(TIME, ONE)
ARRAYS = {"w": "W", "b": "b"}
OF = {"w": "the weights into layer {l}", "b": "the biases of layer {l}"}


def optimised(row: Optimiser, model: Model, gradients: Sequence[Derivation]) -> Section:
    """The updates of all parameters in one network; ``gradients``: of its weights and biases, entry by entry."""
    told = list(_rules(row))
    whole = _with_states(model, row)
    made = [
        _derived(row, name, rule, uses, d, told) for d in gradients for name, rule, uses in told if _kept(name, row)
    ]
    updates = tuple(update for update, _ in made)
    return Section(f"optimised-{row.name}", row.reading, whole, (), tuple(d for _, d in made), updates)


def _kept(name: str, row: Optimiser) -> bool:
    """Whether something has a value from one iteration to the next."""
    return name == PARAMETER or name in row.states


def _rules(row: Optimiser) -> Iterator[tuple[str, Expr, str]]:
    """(what is replaced, its next value, the label); where the gradient is taken ahead, that point is the parameter."""
    model = optimiser_rules(row).model
    found = [d for s in optimiser_sections(row) for d in s.derivations]
    for name, _ in row.updates:
        rhs = next(d.rhs for d in model.definitions_of(name) if d.head.slots == (ITERATION,))
        label = update_label(name, row)
        if name == PARAMETER and LOOKAHEAD in model.quantities:
            ahead = next(d for d in found if d.claim[0] == at(LOOKAHEAD))
            rhs, label = _called(ahead.claim[1], LOOKAHEAD, PARAMETER), ahead.label
        yield name, rhs, label


def _called(e: Expr, old: str, new: str) -> Expr:
    if isinstance(e, Ref) and e.name == old:
        return changed(e, name=new)
    return e.map(lambda child: _called(child, old, new))


# ---------------------------------------------------------------- the model


def _with_states(model: Model, row: Optimiser) -> Model:
    """The network with the states of each parameter and the hyperparameters."""
    alone = optimiser_rules(row).model.quantities
    states = [_state(model.quantities[p], alone[s], p) for p in ARRAYS for s in row.states]
    hypers = [alone[LETTERS[name]] for name, _ in row.hyperparameters]
    return changed(model, quantities={**model.quantities, **{q.name: q for q in (*states, *hypers)}})


def _state(parameter: Quantity, alone: Quantity, letter: str) -> Quantity:
    """A state has the shape of its parameter; a mean of squares is not negative."""
    squares = "squares" in alone.reading or "squared" in alone.reading
    reading = f"{alone.reading.partition(' after')[0]}, for {OF[letter]}"
    return changed(
        parameter, name=f"{alone.name}_{letter}", reading=reading, domain="positive" if squares else parameter.domain
    )


# ---------------------------------------------------------------- one update


def _derived(
    row: Optimiser, name: str, rule: Expr, uses: str, gradient: Derivation, told: Sequence[tuple[str, Expr, str]]
) -> tuple[Update, Derivation]:
    """One update of one family of parameters, with its gradient put in."""
    left, right = gradient.claim
    assert isinstance(left, Partial)
    assert isinstance(left.wrt, Ref)
    parameter = left.wrt
    label = f"update-{ARRAYS[parameter.name]}-{'' if name == PARAMETER else f'{name}-'}{row.name}"
    target = _member(at(name), parameter)
    value = _for_parameter(_without_decay(_unfolded(rule, told, row), parameter, row), left)
    line = Line(target)
    line.to(value, "optimiser", "the rule of the optimiser for {0}", parameter, uses=(uses,), relation=":=")
    line.to(replace(value, left, right), "lemma", "inserting {0}", left, uses=(gradient.label,))
    derivation = Derivation(
        label, label, (target, line.now), tuple(line.steps),
        layer=gradient.layer, layers=gradient.layers, free=gradient.free,
    )  # fmt: skip
    return Update(target, value, label, gradient.layers), derivation


def _unfolded(rule: Expr, told: Sequence[tuple[str, Expr, str]], row: Optimiser) -> Expr:
    """What is only an intermediate result is written out."""
    for name, value, _ in told:
        if not _kept(name, row):
            rule = replace(rule, at(name), value)
    return rule


def _without_decay(rule: Expr, parameter: Ref, row: Optimiser) -> Expr:
    """For biases the hyperparameters that are for weights only are 0."""
    if parameter.name == "w" or not row.weights_only:
        return rule
    return without_letters(rule, row.weights_only)


def _for_parameter(e: Expr, gradient: Partial) -> Expr:
    """``v_{t-1}`` as ``v^l_{kj}(t)``, ``g_t`` as the derivative; iteration t is the one that leads to t + 1."""
    assert isinstance(gradient.wrt, Ref)
    if isinstance(e, Ref) and e.name == GRADIENT:
        return gradient
    if isinstance(e, Ref) and e.slots:
        return _member(e, gradient.wrt)
    if isinstance(e, Sym):
        return put(e, {ITERATION: NEXT})
    return e.map(lambda child: _for_parameter(child, gradient))


def _member(e: Ref, parameter: Ref) -> Ref:
    """``theta_t`` as ``w^l_{kj}(t+1)``."""
    name = parameter.name if e.name == PARAMETER else f"{e.name}_{parameter.name}"
    when = TIME if split(e.slots[0])[1] else NEXT
    return Ref(name, parameter.slots, parameter.entries, when)
