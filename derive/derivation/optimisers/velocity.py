"""Where a state is what the parameter moves by: the heavy ball, the point ahead, other ways to keep the same state.

theta_t = theta_{t-1} + c v_t        v can be eliminated, as it is the last move
g_t = G(theta_{t-1} + c v_{t-1})     is a plain gradient at phi, if phi is that point
v_t = mu v_{t-1} + c g_t             is c times the sum, or a multiple of the mean, of the same gradients
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.substitute import put, replace
from derive.algebra.tree import MINUS_ONE, ONE, Div, Expr, add, mul, neg, sub
from derive.data.optimisers import GRADIENT, PARAMETER
from derive.derivation.line import Line
from derive.derivation.optimisers.means import recursion, unrolled
from derive.derivation.optimisers.seen import (
    LATER,
    collected,
    definition,
    factors,
    finished,
    flat,
    insert,
    insert_found,
    moved_by,
    solved,
)
from derive.model.iteration import BEFORE, LOOKAHEAD, at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from derive.data.optimisers import Optimiser
    from derive.derivation.steps import Derivation
    from derive.model.model import Model


def eliminated(label: str, row: Optimiser, model: Model) -> Iterator[Derivation]:
    """Where a state is what a parameter moves by, and the gradient is taken at the parameter: the state eliminated."""
    found = moved_by(model, row.states, PARAMETER)
    if found is None or row.point != PARAMETER:
        return
    state, scale = found
    moved, old = definition(model, PARAMETER), at(state, BEFORE)
    lemma = solved(moved, old, LATER, f"{label}/velocity", 2)
    line = Line(at(PARAMETER))
    insert(line, moved)
    insert(line, definition(model, state))
    after = replace(line.now, old, lemma.claim[1])
    line.to(after, "lemma", "inserting {0}, the last move", old, uses=(lemma.label,))
    if scale != ONE:
        _put_in_front(line, state, scale, model)
    yield finished(line, label, 2, (lemma,))


def _put_in_front(line: Line, state: str, scale: Expr, model: Model) -> None:
    """``c_t (mu (last move)/c_{t-1} + g_t)`` as ``mu c_t/c_{t-1} (last move) + c_t g_t``."""
    found = recursion(state, model)
    assert found is not None
    a, c, came = found
    now, before = at(PARAMETER, BEFORE), put(at(PARAMETER, BEFORE), LATER)
    ratio = Div(*(mul(*(f for f in factors(s) if f != MINUS_ONE)) for s in (scale, put(scale, LATER))))
    moved = mul(a, ratio, sub(now, before))
    reason = "multiplied out; {0} stands in front of the last move"
    line.to(add(now, moved, mul(scale, c, came)), "multiply out", reason, ratio)


def looked_ahead(row: Optimiser, model: Model) -> Iterator[Derivation]:
    """Where the gradient is taken at another point: everything in terms of that point."""
    if LOOKAHEAD not in model.quantities:
        return
    ahead, gradient, moved = (
        model.definitions_of(LOOKAHEAD)[0],
        definition(model, GRADIENT),
        definition(model, PARAMETER),
    )
    point, before = ahead.head, put(ahead.head, LATER)
    line = Line(gradient.head)
    insert(line, gradient)
    line.to(
        replace(line.now, put(ahead.rhs, LATER), before), "fold", "{0} is what was called {1}",
        put(ahead.rhs, LATER), before, uses=(ahead.label,),
    )  # fmt: skip
    yield finished(line, f"gradient-phi-{row.name}", 1)
    label, old = f"update-phi-{row.name}", at(PARAMETER, BEFORE)
    lemma = solved(ahead, old, LATER, f"{label}/parameter", 1)
    line = Line(point)
    insert(line, ahead)
    insert(line, moved)
    after = flat(replace(line.now, old, lemma.claim[1]))
    line.to(after, "lemma", "inserting {0}", old, uses=(lemma.label,))
    (state,) = (s for s in row.states if at(s) in set(line.now.walk()))
    line.to(collected(line.now, at(state)), "collect", "the terms with {0} are collected", at(state))
    yield finished(line, label, 1, (lemma,))


# ---------------------------------------------------------------- the same state, kept otherwise


def other_forms(row: Optimiser, model: Model) -> Iterator[Derivation]:
    """For each other form of the state: what it is, what the state is in terms of it, and the update."""
    found = moved_by(model, row.states, PARAMETER)
    assert found is not None
    state, _ = found
    of_state = next(unrolled(state, row, model))
    for name, _ in row.forms:
        of_form = next(unrolled(name, row, model))
        yield of_form
        relation = _related(state, name, row, model, (of_state, of_form))
        yield relation
        line = Line(at(PARAMETER))
        insert(line, definition(model, PARAMETER))
        insert_found(line, relation)
        yield finished(line, f"update-form-{name}-{row.name}", 1)


def _related(state: str, name: str, row: Optimiser, model: Model, sums: tuple[Derivation, Derivation]) -> Derivation:
    """``v_t = c sum = (c/d) (d sum) = (c/d) u_t``"""
    (a, c, u), (other_a, d, other_u) = (r for s in (state, name) if (r := recursion(s, model)) is not None)
    assert (a, u) == (other_a, other_u), "two forms of one state fade alike and take in the same"
    line = Line(at(state))
    line.to(sums[0].claim[1], "lemma", "{0} as a weighted sum", at(state), uses=(sums[0].label,))
    scale = c if d == ONE else neg(Div(neg(c), d)) if factors(c)[0] == MINUS_ONE else Div(c, d)
    whole = sums[1].claim[1]
    if d != ONE:
        line.to(mul(scale, whole), "multiply", "multiplied and divided by {0}", d)
    line.to(mul(scale, at(name)), "lemma", "{0} is this weighted sum", at(name), uses=(sums[1].label,))
    return finished(line, f"form-{name}-{row.name}", 1)
