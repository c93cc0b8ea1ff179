"""What follows from the update equations of an optimiser, found from their form.

    theta_t = theta_{t-1} + v_t                  the state is a difference of parameters and can be eliminated
    x_t = a x_{t-1} + c u_t,  x_0 = 0            x_t = c sum_{i=1..t} a^{t-i} u_i, a weighted sum of all that came in
    x_t / (1 - a^t)                              divides by the sum of these weights
    g_t = G(theta_{t-1} + c v_{t-1})             is a plain gradient at phi, if phi is that point
    theta_t = theta_{t-1} - eta (... + c theta_{t-1})   the parameter shrinks

No optimiser is named here: which of these apply is seen from the definitions.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from derive.algebra.layers import layers
from derive.algebra.substitute import put, replace
from derive.algebra.tree import ONE, ZERO, Add, Div, Expr, Mul, Pow, Ref, Sum, Sym, add, mul, neg, sub
from derive.data.optimisers import GRADIENT, OPTIMISERS, PARAMETER
from derive.derivation.checked import Checker, check_section
from derive.derivation.line import Line
from derive.derivation.steps import Derivation, Section
from derive.model.iteration import (
    BEFORE,
    ITERATION,
    LAST,
    LOOKAHEAD,
    at,
    constant_gradient,
    optimiser_model,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from derive.data.optimisers import Optimiser
    from derive.model.model import Definition, Model

INDEX = Sym("i")
LATER = {ITERATION: BEFORE}
"""Puts the iteration before into an equation."""


@cache
def optimiser_sections(row: Optimiser) -> tuple[Section, ...]:
    """The update equations and what follows from them; where a correction is derived, also a gradient that stays."""
    model = optimiser_model(row)
    told = Section(f"optimiser-{row.name}", row.reading, model, model.definitions, tuple(_story(row, model)))
    constant = constant_gradient(model, row)
    found = tuple(_corrected(row, constant, told))
    same = constant.definitions_of(GRADIENT)
    extra = Section(f"optimiser-constant-{row.name}", row.reading, constant, same, found)
    return (told, extra) if found else (told,)


@cache
def checked_optimiser(name: str) -> tuple[Section, ...]:
    """The sections of an optimiser, every line checked; they are the same for every network."""
    sections = optimiser_sections(OPTIMISERS.get(name))
    return tuple(check_section(s, Checker(s.model)) for s in sections)


def _story(row: Optimiser, model: Model) -> Iterator[Derivation]:
    yield from _eliminated(row, model)
    yield from _looked_ahead(row, model)
    for state in row.states:
        yield from _unrolled(state, row, model)
    for hat in _corrections(row, model):
        yield _weights(hat, row, model)
    yield from _shrunk(row, model)


# ---------------------------------------------------------------- looking at definitions


def _definition(model: Model, name: str) -> Definition:
    """The definition for t = 1..T."""
    return next(d for d in model.definitions_of(name) if d.head.slots == (ITERATION,))


def _terms(expr: Expr) -> tuple[Expr, ...]:
    return expr.terms if isinstance(expr, Add) else (expr,)


def _factors(expr: Expr) -> tuple[Expr, ...]:
    return expr.factors if isinstance(expr, Mul) else (expr,)


def _runs(expr: Expr) -> bool:
    """Whether it changes from iteration to iteration."""
    return any(isinstance(n, Ref) and n.slots for n in expr.walk())


def _finished(line: Line, label: str, first: int, lemmas: tuple[Derivation, ...] = ()) -> Derivation:
    claim = (line.start, line.now)
    where = layers(first, LAST)
    return Derivation(label, label, claim, tuple(line.steps), layer=ITERATION, layers=where, lemmas=lemmas)


def _inserted(line: Line, d: Definition, to: dict[Sym, Expr] | None = None) -> None:
    """A defined member replaced by the right side of its definition."""
    head, rhs = put(d.head, to or {}), put(d.rhs, to or {})
    line.to(_flat(replace(line.now, head, rhs)), "definition", "definition of {0}", head, uses=(d.label,))


def _flat(expr: Expr) -> Expr:
    """Sums in sums and products in products as one."""
    expr = expr.map(_flat)
    return add(*expr.terms) if isinstance(expr, Add) else mul(*expr.factors) if isinstance(expr, Mul) else expr


def _solved(d: Definition, for_: Expr, to: dict[Sym, Expr], label: str, first: int) -> Derivation:
    """``x = rest + c`` solved for c: ``c = (rest + c) - rest = x - rest``."""
    head, rhs = put(d.head, to), put(d.rhs, to)
    rest = add(*(t for t in _terms(rhs) if t != for_))
    line = Line(for_)
    line.to(Add((rhs, neg(rest))), "add and take away", "{0} is added and taken away", rest)
    line.to(sub(head, rest), "definition", "definition of {0}", head, uses=(d.label,))
    return _finished(line, label, first)


# ---------------------------------------------------------------- momentum


def _eliminated(row: Optimiser, model: Model) -> Iterator[Derivation]:
    """Where a state is what a parameter moves by, and the gradient is taken at the parameter: the state eliminated."""
    moved = _definition(model, PARAMETER)
    state = next((s for s in row.states if moved.rhs == add(at(PARAMETER, BEFORE), at(s))), None)
    if state is None or row.point != PARAMETER:
        return
    old = at(state, BEFORE)
    label = f"heavy-ball-{row.name}"
    lemma = _solved(moved, old, LATER, f"{label}/velocity", 2)
    line = Line(at(PARAMETER))
    _inserted(line, moved)
    _inserted(line, _definition(model, state))
    after = replace(line.now, old, lemma.claim[1])
    line.to(after, "lemma", "inserting {0}, the last move", old, uses=(lemma.label,))
    yield _finished(line, label, 2, (lemma,))


def _looked_ahead(row: Optimiser, model: Model) -> Iterator[Derivation]:
    """Where the gradient is taken at another point: everything in terms of that point."""
    if LOOKAHEAD not in model.quantities:
        return
    ahead, gradient, moved = (
        model.definitions_of(LOOKAHEAD)[0],
        _definition(model, GRADIENT),
        _definition(model, PARAMETER),
    )
    point, before = ahead.head, put(ahead.head, LATER)
    line = Line(gradient.head)
    _inserted(line, gradient)
    line.to(
        replace(line.now, put(ahead.rhs, LATER), before), "fold", "{0} is what was called {1}",
        put(ahead.rhs, LATER), before, uses=(ahead.label,),
    )  # fmt: skip
    yield _finished(line, f"gradient-phi-{row.name}", 1)
    label, old = f"update-phi-{row.name}", at(PARAMETER, BEFORE)
    lemma = _solved(ahead, old, LATER, f"{label}/parameter", 1)
    line = Line(point)
    _inserted(line, ahead)
    _inserted(line, moved)
    after = _flat(replace(line.now, old, lemma.claim[1]))
    line.to(after, "lemma", "inserting {0}", old, uses=(lemma.label,))
    (state,) = (s for s in row.states if at(s) in set(line.now.walk()))
    line.to(_collected(line.now, at(state)), "collect", "the terms with {0} are collected", at(state))
    yield _finished(line, label, 1, (lemma,))


def _collected(expr: Expr, member: Expr) -> Expr:
    """``u + v_t + c v_t = u + (1 + c) v_t``"""
    linear = [t for t in _terms(expr) if member in _factors(t)]
    factor = add(*(mul(*(f for f in _factors(t) if f != member)) for t in linear))
    rest = [t for t in _terms(expr) if t not in linear]
    return add(*rest, mul(factor, member))


# ---------------------------------------------------------------- running means


def _recursion(state: str, model: Model) -> tuple[Expr, Expr, Expr] | None:
    """(a, c, u) of ``x_t = a x_{t-1} + c u_t``; None where it has another form."""
    old = at(state, BEFORE)
    terms = _terms(_definition(model, state).rhs)
    own = [t for t in terms if old in _factors(t)]
    other = [t for t in terms if t not in own]
    if len(own) != 1 or len(other) != 1 or any(old in set(t.walk()) for t in other):
        return None
    a = mul(*(f for f in _factors(own[0]) if f != old))
    constant = mul(*(f for f in _factors(other[0]) if not _runs(f)))
    return a, constant, mul(*(f for f in _factors(other[0]) if _runs(f)))


def weighted(a: Expr, u: Expr, last: Expr, ahead: Expr = ZERO) -> Expr:
    """``sum_{i=1..last} a^(t - i - ahead) u_i``"""
    exponent = add(ITERATION, neg(INDEX), neg(ahead))
    return Sum(mul(Pow(a, exponent), put(u, {ITERATION: INDEX})), INDEX, ONE, last)


def _unrolled(state: str, row: Optimiser, model: Model) -> Iterator[Derivation]:
    """By induction, from one iteration to the next: a weighted sum of all that came in."""
    found = _recursion(state, model)
    if found is None:
        return
    a, c, u = found
    old, start = at(state, BEFORE), next(d for d in model.definitions_of(state) if d.rhs == ZERO)
    line = Line(at(state))
    _inserted(line, _definition(model, state))
    before = mul(c, weighted(a, u, BEFORE, ONE))
    reason = "the claim one iteration earlier, about {0}; at the start its sum is empty, as what it stands for is zero"
    line.to(_flat(replace(line.now, old, before)), "induction", reason, old, uses=(start.label,))
    inner = add(weighted(a, u, BEFORE), u)
    line.to(mul(c, inner), "multiply out", "{0} stands in front; one more factor {1} in every term", c, a)
    whole = mul(c, weighted(a, u, ITERATION))
    line.to(whole, "induction", "{0} is the term with {1} = {2}: it joins the sum", u, INDEX, ITERATION)
    yield _finished(line, f"weighted-sum-{state}-{row.name}", 1)


# ---------------------------------------------------------------- corrections of the start


def _corrections(row: Optimiser, model: Model) -> list[str]:
    """What divides a running mean by ``1 - a^t``."""
    made = [name for name, _ in row.updates if name not in (*row.states, PARAMETER)]
    return [name for name in made if _corrects(name, model) is not None]


def _corrects(name: str, model: Model) -> str | None:
    """The state that ``name`` corrects: its definition is ``x_t / (1 - a^t)`` with the a of x."""
    rhs = _definition(model, name).rhs
    if not isinstance(rhs, Div) or not isinstance(rhs.numerator, Ref):
        return None
    found = _recursion(rhs.numerator.name, model)
    fits = found is not None and rhs.denominator == sub(ONE, Pow(found[0], ITERATION))
    return rhs.numerator.name if fits else None


def _weights(name: str, row: Optimiser, model: Model) -> Derivation:
    """``(1 - a) sum_{i=1..t} a^(t-i) = 1 - a^t``: neighbours cancel."""
    state = _corrects(name, model)
    assert state is not None
    found = _recursion(state, model)
    assert found is not None
    a, c, _ = found
    power = Pow(a, add(ITERATION, neg(INDEX)))
    line = Line(mul(c, Sum(power, INDEX, ONE, ITERATION)))
    one_more = Sum(Pow(a, add(ITERATION, neg(INDEX), ONE)), INDEX, ONE, ITERATION)
    first = Sum(power, INDEX, ONE, ITERATION)
    line.to(sub(first, one_more), "multiply out", "every weight is multiplied by 1 and by {0}", neg(a))
    shifted = Sum(power, INDEX, ZERO, BEFORE)
    line.to(sub(first, shifted), "rename", "in the second sum {0} stands for what was {0} - 1", INDEX)
    reason = "all terms cancel but {0} = {1} of the first sum, which is 1, and {0} = 0 of the second"
    line.to(sub(ONE, Pow(a, ITERATION)), "telescope", reason, INDEX, ITERATION)
    return _finished(line, f"weights-{state}-{row.name}", 1)


def _corrected(row: Optimiser, model: Model, told: Section) -> Iterator[Derivation]:
    """With one gradient in all iterations: what the mean is, and what the correction makes of it."""
    known = {d.label: d for d in told.derivations}
    for name in _corrections(row, model):
        state = _corrects(name, model)
        assert state is not None
        found = _recursion(state, model)
        assert found is not None
        u = found[2]
        constant = _definition(model, GRADIENT)
        unrolled, weights = known[f"weighted-sum-{state}-{row.name}"], known[f"weights-{state}-{row.name}"]
        line = Line(at(name))
        _inserted(line, _definition(model, name))
        after = replace(line.now, at(state), unrolled.claim[1])
        line.to(after, "lemma", "{0} as a weighted sum", at(state), uses=(unrolled.label,))
        stays = put(u, {ITERATION: INDEX})
        value = replace(stays, at(GRADIENT, INDEX), constant.rhs)
        sum_of_weights = weights.claim[0]
        taken = replace(line.now, unrolled.claim[1], mul(sum_of_weights, value))
        reason = "{0} is {1} in every iteration and stands in front of the sum"
        line.to(taken, "constant", reason, at(GRADIENT, INDEX), constant.rhs, uses=(constant.label,))
        summed = replace(line.now, mul(sum_of_weights, value), mul(weights.claim[1], value))
        line.to(summed, "lemma", "the sum of the weights", uses=(weights.label,))
        line.to(value, "cancel", "{0} cancels: this is why it divides", weights.claim[1])
        yield _finished(line, f"constant-{name.replace('_', '-')}-{row.name}", 1)


# ---------------------------------------------------------------- decay


def _shrunk(row: Optimiser, model: Model) -> Iterator[Derivation]:
    """Where the parameter itself stands in what is subtracted from it."""
    moved, old = _definition(model, PARAMETER), at(PARAMETER, BEFORE)
    own, *others = _terms(moved.rhs)
    inside = [t for t in others if old in set(t.walk())]
    if own != old or len(inside) != 1:
        return
    front = [f for f in _factors(inside[0]) if not isinstance(f, Add)]
    (bracket,) = (f for f in _factors(inside[0]) if isinstance(f, Add))
    line = Line(at(PARAMETER))
    _inserted(line, moved)
    multiplied = [mul(*front, t) for t in bracket.terms]
    decays = [t for t in multiplied if old in _factors(t)]
    rest = [t for t in multiplied if t not in decays]
    factor = add(ONE, *(mul(*(f for f in _factors(t) if f != old)) for t in decays))
    line.to(add(mul(factor, old), *rest), "multiply out", "the terms with {0} are collected: it shrinks by itself", old)
    yield _finished(line, f"decay-{row.name}", 1)
