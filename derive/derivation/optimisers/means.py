"""Running sums and means: what they are of all that came in, and why a mean that started at 0 is corrected.

x_t = a x_{t-1} + c u_t,  x_0 = 0            x_t = c sum_{i=1..t} a^{t-i} u_i, a weighted sum of all that came in
x_t / (1 - a^t)                              divides by the sum of these weights
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.substitute import put, replace
from derive.algebra.tree import ONE, ZERO, Add, Div, Expr, Fn, Pow, Ref, Sum, add, mul, neg, sub
from derive.data.optimisers import GRADIENT, PARAMETER
from derive.derivation.line import Line
from derive.derivation.optimisers.seen import (
    INDEX,
    definition,
    factors,
    finished,
    flat,
    insert,
    runs,
    start,
    terms,
    without,
)
from derive.model.iteration import BEFORE, ITERATION, at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from derive.data.optimisers import Optimiser
    from derive.derivation.steps import Derivation, Section
    from derive.model.model import Model


def recursion(state: str, model: Model) -> tuple[Expr, Expr, Expr] | None:
    """(a, c, u) of ``x_t = a x_{t-1} + c u_t``; None where it has another form."""
    old = at(state, BEFORE)
    found = terms(definition(model, state).rhs)
    own = [t for t in found if old in factors(t)]
    other = [t for t in found if t not in own]
    if len(own) != 1 or len(other) != 1 or any(old in set(t.walk()) for t in other):
        return None
    a = without(own[0], old)
    constant = mul(*(f for f in factors(other[0]) if not runs(f)))
    return a, constant, mul(*(f for f in factors(other[0]) if runs(f)))


def weighted(a: Expr, u: Expr, last: Expr, ahead: Expr = ZERO) -> Expr:
    """``sum_{i=1..last} a^(t - i - ahead) u_i``"""
    exponent = add(ITERATION, neg(INDEX), neg(ahead))
    return Sum(mul(Pow(a, exponent), put(u, {ITERATION: INDEX})), INDEX, ONE, last)


def unrolled(state: str, row: Optimiser, model: Model) -> Iterator[Derivation]:
    """By induction, from one iteration to the next: a weighted sum of all that came in."""
    found = recursion(state, model)
    if found is None or runs(found[1]):
        return
    a, c, u = found
    old = at(state, BEFORE)
    line = Line(at(state))
    insert(line, definition(model, state))
    before = mul(c, weighted(a, u, BEFORE, ONE))
    reason = "the claim one iteration earlier, about {0}; at the start its sum is empty, as what it stands for is zero"
    line.to(flat(replace(line.now, old, before)), "induction", reason, old, uses=(start(model, state).label,))
    inner = add(weighted(a, u, BEFORE), u)
    reason = "{0} stands in front; " * (c != ONE) + "one more factor {1} in every term"
    line.to(mul(c, inner), "multiply out", reason, c, a)
    whole = mul(c, weighted(a, u, ITERATION))
    line.to(whole, "induction", "{0} is the term with {1} = {2}: it joins the sum", u, INDEX, ITERATION)
    yield finished(line, f"weighted-sum-{state}-{row.name}", 1)


# ---------------------------------------------------------------- corrections of the start


def corrections(row: Optimiser, model: Model) -> list[str]:
    """What divides a running mean by ``1 - a^t``."""
    made = [name for name, _ in row.updates if name not in (*row.states, PARAMETER)]
    return [name for name in made if corrected_state(name, model) is not None]


def corrected_state(name: str, model: Model) -> str | None:
    """The state that ``name`` corrects: its definition is ``x_t / (1 - a^t)`` with the a of x."""
    rhs = definition(model, name).rhs
    if not isinstance(rhs, Div) or not isinstance(rhs.numerator, Ref):
        return None
    found = recursion(rhs.numerator.name, model)
    fits = found is not None and rhs.denominator == sub(ONE, Pow(found[0], ITERATION))
    return rhs.numerator.name if fits else None


def weights(name: str, row: Optimiser, model: Model) -> Derivation:
    """``(1 - a) sum_{i=1..t} a^(t-i) = 1 - a^t``: neighbours cancel."""
    state = corrected_state(name, model)
    assert state is not None
    found = recursion(state, model)
    assert found is not None
    a, c, _ = found
    power = Pow(a, add(ITERATION, neg(INDEX)))
    line = Line(mul(c, Sum(power, INDEX, ONE, ITERATION)))
    one_more = Sum(Pow(a, add(ITERATION, neg(INDEX), ONE)), INDEX, ONE, ITERATION)
    first = Sum(power, INDEX, ONE, ITERATION)
    line.to(sub(first, one_more), "multiply out", "every factor is multiplied by 1 and by {0}", neg(a))
    shifted = Sum(power, INDEX, ZERO, BEFORE)
    line.to(sub(first, shifted), "rename", "in the second sum {0} stands for what was {1}", INDEX, sub(INDEX, ONE))
    reason = (
        "all terms cancel but that of the first sum with {0} = {1}, which is 1, and that of the second with {0} = 0"
    )
    line.to(sub(ONE, Pow(a, ITERATION)), "telescope", reason, INDEX, ITERATION)
    return finished(line, f"weights-{state}-{row.name}", 1)


def corrected(row: Optimiser, model: Model, told: Section) -> Iterator[Derivation]:
    """With one gradient in all iterations: what the mean is, and what the correction makes of it."""
    known = {d.label: d for d in told.derivations}
    for name in corrections(row, model):
        state = corrected_state(name, model)
        assert state is not None
        found = recursion(state, model)
        assert found is not None
        u = found[2]
        constant = definition(model, GRADIENT)
        summed, of_weights = known[f"weighted-sum-{state}-{row.name}"], known[f"weights-{state}-{row.name}"]
        line = Line(at(name))
        insert(line, definition(model, name))
        after = replace(line.now, at(state), summed.claim[1])
        line.to(after, "lemma", "{0} as a weighted sum", at(state), uses=(summed.label,))
        stays = put(u, {ITERATION: INDEX})
        value = replace(stays, at(GRADIENT, INDEX), constant.rhs)
        taken = replace(line.now, summed.claim[1], mul(of_weights.claim[0], value))
        reason = "{0} is {1} in every iteration and stands in front of the sum"
        line.to(taken, "constant", reason, at(GRADIENT, INDEX), constant.rhs, uses=(constant.label,))
        whole = replace(line.now, mul(of_weights.claim[0], value), mul(of_weights.claim[1], value))
        line.to(whole, "lemma", "the sum of the weights", uses=(of_weights.label,))
        line.to(value, "cancel", "{0} cancels: this is why it divides", of_weights.claim[1])
        yield finished(line, f"constant-{name.replace('_', '-')}-{row.name}", 1)


# ---------------------------------------------------------------- both corrections in one factor


def one_factor(row: Optimiser, model: Model) -> Iterator[Derivation]:
    """``m_hat/(sqrt(v_hat) + eps) = sqrt(1 - b^t)/(1 - a^t) m/(sqrt(v) + eps sqrt(1 - b^t))``: no corrected means."""
    made = corrections(row, model)
    step = next((n for n in definition(model, PARAMETER).rhs.walk() if _is_step(n, made)), None)
    if step is None:
        return
    assert isinstance(step, Div)
    (above,) = (name for name in made if at(name) in factors(step.numerator))
    (below,) = (name for name in made if name != above)
    line = Line(Div(at(above), step.denominator))
    for name in (above, below):
        insert(line, definition(model, name))
    divisors = [definition(model, name).rhs for name in (above, below)]
    (mean, one), (squares, other) = ((d.numerator, d.denominator) for d in divisors if isinstance(d, Div))
    root = Fn("sqrt", (other,))
    apart = Div(Fn("sqrt", (squares,)), root)
    line.to(
        replace(line.now, Fn("sqrt", (divisors[1],)), apart), "root", "the root of a fraction is a fraction of roots"
    )
    small = [t for t in terms(step.denominator) if at(below) not in set(t.walk())]
    below_all = Add((Fn("sqrt", (squares,)), *(mul(t, root) for t in small)))
    reason = "multiplied and divided by {0}; the small number gets this factor, too"
    line.to(mul(Div(root, one), Div(mean, below_all)), "multiply", reason, root)
    yield finished(line, f"one-factor-{row.name}", 1)


def _is_step(n: Expr, made: list[str]) -> bool:
    """A corrected mean above, the root of another one below."""
    if not isinstance(n, Div) or not isinstance(n.denominator, Add):
        return False
    above = [name for name in made if at(name) in factors(n.numerator)]
    roots = [Fn("sqrt", (at(name),)) for name in made if name not in above]
    return len(made) == 2 and len(above) == 1 and roots[0] in n.denominator.terms
