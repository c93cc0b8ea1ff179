"""Decay of the weights, and what becomes of it where it is part of the gradient instead, as a penalty in the cost is.

theta_t = theta_{t-1} - eta (... + c theta_{t-1})   the parameter shrinks by a factor of its own
g_t = G(theta_{t-1}) + c theta_{t-1}                the pull passes through the means and is divided by the root
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.substitute import put
from derive.algebra.tree import MINUS_ONE, ONE, Add, Div, Expr, Sum, add, mul, neg
from derive.data.optimisers import GRADIENT, PARAMETER
from derive.derivation.line import Line
from derive.derivation.optimisers.means import corrected_state, corrections, recursion, weighted
from derive.derivation.optimisers.seen import INDEX, definition, factors, finished, insert, terms, without
from derive.model.iteration import BEFORE, ITERATION, at, exchanged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from derive.data.optimisers import Optimiser
    from derive.derivation.steps import Derivation
    from derive.model.model import Model


def shrunk(label: str, model: Model) -> Iterator[Derivation]:
    """Where the parameter itself stands in what is subtracted from it."""
    moved, old = definition(model, PARAMETER), at(PARAMETER, BEFORE)
    line = Line(at(PARAMETER))
    insert(line, moved)
    if at(GRADIENT) in terms_and_factors(line.now):
        insert(line, definition(model, GRADIENT))
    own, *others = terms(line.now)
    inside = [t for t in others if old in set(t.walk())]
    if own != old or len(inside) != 1:
        return
    front = [f for f in factors(inside[0]) if not isinstance(f, Add)]
    (bracket,) = (f for f in factors(inside[0]) if isinstance(f, Add))
    multiplied = [mul(*front, t) for t in bracket.terms]
    decays = [t for t in multiplied if old in factors(t)]
    rest = [t for t in multiplied if t not in decays]
    factor = add(ONE, *(without(t, old) for t in decays))
    line.to(add(mul(factor, old), *rest), "multiply out", "the terms with {0} are collected: it shrinks by itself", old)
    yield finished(line, label, 1)


def terms_and_factors(expr: Expr) -> set[Expr]:
    """The factors of all terms."""
    return {f for t in terms(expr) for f in factors(t)}


# ---------------------------------------------------------------- as part of the gradient


def passed_through(row: Optimiser, model: Model) -> Iterator[Derivation]:
    """Where the gradient is a sum: the means of its terms, and the step with them."""
    for name in corrections(row, model):
        state = corrected_state(name, model)
        assert state is not None
        found = recursion(state, model)
        if found is None or found[2] != at(GRADIENT):
            continue
        mean = _mean_of_terms(state, row, model)
        yield mean
        yield _step_of_terms(name, mean, row, model)


def _mean_of_terms(state: str, row: Optimiser, model: Model) -> Derivation:
    """``m_t = c sum a^(t-i) (G_i + d theta_{i-1}) = c sum a^(t-i) G_i + d c sum a^(t-i) theta_{i-1}``"""
    found = recursion(state, model)
    assert found is not None
    a, c, u = found
    gradient = definition(model, GRADIENT)
    line = Line(at(state))
    label = f"weighted-sum-{state}-{row.name}"
    line.to(mul(c, weighted(a, u, ITERATION)), "lemma", "{0} as a weighted sum", at(state), uses=(label,))
    parts = put(gradient.rhs, {ITERATION: INDEX})
    inserted = exchanged(line.now, at(GRADIENT, INDEX), parts)
    line.to(inserted, "definition", "definition of {0}", at(GRADIENT, INDEX), uses=(gradient.label,))
    sums = [
        mul(*constant, c, weighted(a, running, ITERATION)) for constant, running in map(_split, terms(gradient.rhs))
    ]
    line.to(add(*sums), "linearity", "the sum term by term")
    return finished(line, f"coupled-mean-{row.name}", 1)


def _split(term: Expr) -> tuple[list[Expr], Expr]:
    """What does not run in front, the rest."""
    own = [f for f in factors(term) if at(PARAMETER, BEFORE) == f or ITERATION in f.symbols]
    return [f for f in factors(term) if f not in own], mul(*own)


def _step_of_terms(name: str, mean: Derivation, row: Optimiser, model: Model) -> Derivation:
    """The update with the means of the terms, each divided by the root."""
    corrected = definition(model, name)
    assert isinstance(corrected.rhs, Div)
    line = Line(at(PARAMETER))
    insert(line, definition(model, PARAMETER))
    own, move = terms(line.now)
    insert(line, corrected)
    (fraction,) = (f for f in factors(move) if isinstance(f, Div))
    front = mul(without(move, fraction), without(fraction.numerator, at(name)))
    made = [
        mul(
            MINUS_ONE,
            _over(mul(neg(front), *factors(part)[:-2]), corrected.rhs),
            Div(_inside(part), fraction.denominator),
        )
        for part in terms(mean.claim[1])
    ]
    reason = "inserting {0}; one fraction for each term"
    line.to(add(own, *made), "lemma", reason, corrected.rhs.numerator, uses=(mean.label,))
    return finished(line, f"coupled-step-{row.name}", 1)


def _over(front: Expr, corrected: Div) -> Expr:
    """What stands in front, divided by what corrects the mean."""
    return Div(front, corrected.denominator)


def _inside(part: Expr) -> Expr:
    """The mean without what stands in front of it: the sum and the factor that makes it a mean."""
    assert isinstance(factors(part)[-1], Sum)
    return mul(*factors(part)[-2:])
