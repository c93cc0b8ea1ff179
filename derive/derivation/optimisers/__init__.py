"""What follows from the update equations of an optimiser, found from their form.

No optimiser is named here: which derivations apply is seen from the definitions, and what books call by other letters
(``forms``) or do otherwise (a decay that is part of the gradient) is data or a change of the model.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from derive.data.optimisers import GRADIENT, OPTIMISERS
from derive.derivation.checked import Checker, check_section
from derive.derivation.optimisers.decay import passed_through, shrunk
from derive.derivation.optimisers.first import first_step
from derive.derivation.optimisers.means import corrected, corrections, one_factor, unrolled, weights
from derive.derivation.optimisers.velocity import eliminated, looked_ahead, other_forms
from derive.derivation.steps import Derivation, Section
from derive.model.iteration import (
    constant_gradient,
    coupled,
    optimiser_model,
    with_changing_rate,
    with_form,
    with_forms,
)
from derive.spec.network import PLAIN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from derive.algebra.tree import Expr
    from derive.data.optimisers import Optimiser
    from derive.model.model import Definition, Model


@cache
def optimiser_rules(row: Optimiser) -> Section:
    """The update equations alone, which are given and not derived."""
    model = optimiser_model(row)
    return Section(f"optimiser-{row.name}", row.reading, model, model.definitions)


@cache
def optimiser_sections(row: Optimiser) -> tuple[Section, ...]:
    """What follows from the update equations, section by section; those where nothing follows are left out."""
    return tuple(s for s in _sections(row) if s.derivations)


@cache
def checked_optimiser(name: str) -> tuple[Section, ...]:
    """The sections of an optimiser, every line checked; they are the same for every network."""
    return tuple(check_section(s, Checker(s.model)) for s in optimiser_sections(OPTIMISERS.get(name)))


def _sections(row: Optimiser) -> Iterator[Section]:
    model = optimiser_model(row)
    told = Section(f"optimiser-follows-{row.name}", row.reading, model, (), tuple(_story(row, model)))
    yield told
    constant = constant_gradient(model, row)
    yield _section("constant", row, constant, constant.definitions_of(GRADIENT), corrected(row, constant, told))
    yield from _of_forms(row, model)
    yield from _of_decay(row, model)


def _section(
    kind: str, row: Optimiser, model: Model, new: tuple[Definition, ...], found: Iterator[Derivation]
) -> Section:
    """``new``: the definitions that this section adds."""
    return Section(f"optimiser-{kind}-{row.name}", row.reading, model, new, tuple(found))


def _story(row: Optimiser, model: Model) -> Iterator[Derivation]:
    yield from eliminated(f"heavy-ball-{row.name}", row, model)
    yield from looked_ahead(row, model)
    for state in row.states:
        yield from unrolled(state, row, model)
    for hat in corrections(row, model):
        yield weights(hat, row, model)
    yield from shrunk(f"decay-{row.name}", model) if row.states else ()
    yield from first_step(row.name, row, model)
    yield from one_factor(row, model)


def _of_forms(row: Optimiser, model: Model) -> Iterator[Section]:
    """Other forms of the state; and what becomes of both where the learning rate changes."""
    if not row.forms:
        return
    whole = with_forms(model, row)
    new = tuple(d for d in whole.definitions if d not in model.definitions)
    yield _section("forms", row, whole, new, other_forms(row, whole))
    changing = with_changing_rate(model, row)
    new = tuple(d for d in changing.definitions if d not in model.definitions)
    yield _section("rate", row, changing, new, eliminated(f"heavy-ball-rate-{row.name}", row, changing))
    name, _ = row.forms[0]
    scaled = with_changing_rate(with_form(model, row, name, _update_with(name, whole, row)), row)
    new = tuple(d for d in scaled.definitions if d not in changing.definitions)
    form = replace(row, states=(name,))
    yield _section("scaled", row, scaled, new, eliminated(f"heavy-ball-scaled-{row.name}", form, scaled))


def _update_with(name: str, model: Model, row: Optimiser) -> Expr:
    """The update in terms of another form of the state, as it was found."""
    label = f"update-form-{name}-{row.name}"
    return next(d.claim[1] for d in other_forms(row, model) if d.label == label)


def _of_decay(row: Optimiser, model: Model) -> Iterator[Section]:
    """The decay as part of the gradient: here, and in gradient descent."""
    if not row.weights_only:
        return
    inside = coupled(model, row)
    new = tuple(d for d in inside.definitions if d not in model.definitions)
    found = (*passed_through(row, inside), *first_step(f"coupled-{row.name}", row, inside))
    yield _section("coupled", row, inside, new, iter(found))
    plain = coupled(optimiser_model(OPTIMISERS.get(PLAIN)), row)
    label = f"decay-{PLAIN}"
    yield _section("plain", row, plain, plain.definitions, shrunk(label, plain))
