"""What is seen in the definitions of an optimiser, and the moves that all derivations about them have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.layers import layers
from derive.algebra.substitute import put, replace
from derive.algebra.tree import MINUS_ONE, ONE, ZERO, Add, Div, Expr, Mul, Pow, Ref, Sym, add, mul, neg
from derive.derivation.line import Line
from derive.derivation.steps import Derivation
from derive.model.iteration import BEFORE, ITERATION, LAST, at

if TYPE_CHECKING:
    from derive.model.model import Definition, Model

INDEX = Sym("i")
LATER: dict[Sym, Expr] = {ITERATION: BEFORE}
"""Puts the iteration before into an equation."""
FIRST: dict[Sym, Expr] = {ITERATION: ONE}
"""Puts the first iteration into an equation."""


def definition(model: Model, name: str) -> Definition:
    """The definition for t = 1..T."""
    return next(d for d in model.definitions_of(name) if d.head.slots == (ITERATION,))


def start(model: Model, state: str) -> Definition:
    """The definition for t = 0."""
    return next(d for d in model.definitions_of(state) if d.rhs == ZERO)


def terms(expr: Expr) -> tuple[Expr, ...]:
    """The terms of a sum; anything else is one."""
    return expr.terms if isinstance(expr, Add) else (expr,)


def factors(expr: Expr) -> tuple[Expr, ...]:
    """The factors of a product; anything else is one."""
    return expr.factors if isinstance(expr, Mul) else (expr,)


def without(expr: Expr, factor: Expr) -> Expr:
    """The product without one of its factors."""
    return mul(*(f for f in factors(expr) if f != factor))


def runs(expr: Expr) -> bool:
    """Whether it changes from iteration to iteration."""
    return any(isinstance(n, Ref) and n.slots for n in expr.walk())


def flat(expr: Expr) -> Expr:
    """Sums in sums and products in products as one; what is multiplied by 0 falls away, and so does a power of 1."""
    expr = expr.map(flat)
    if isinstance(expr, Pow) and expr.exponent == ONE:
        return expr.base
    return add(*expr.terms) if isinstance(expr, Add) else mul(*expr.factors) if isinstance(expr, Mul) else expr


def finished(line: Line, label: str, first: int | None, lemmas: tuple[Derivation, ...] = ()) -> Derivation:
    """The derivation for t = first..T, or about the iterations that are named in it."""
    where = None if first is None else layers(first, LAST)
    letter = None if first is None else ITERATION
    claim = (line.start, line.now)
    return Derivation(label, label, claim, tuple(line.steps), layer=letter, layers=where, lemmas=lemmas)


def insert(line: Line, d: Definition, to: dict[Sym, Expr] | None = None) -> None:
    """A defined member replaced by the right side of its definition."""
    head, rhs = put(d.head, to or {}), put(d.rhs, to or {})
    line.to(flat(replace(line.now, head, rhs)), "definition", "definition of {0}", head, uses=(d.label,))


def insert_found(line: Line, found: Derivation, reason: str = "inserting {0}") -> None:
    """The left side of something found replaced by its right side."""
    left, right = found.claim
    line.to(flat(replace(line.now, left, right)), "lemma", reason, left, uses=(found.label,))


def solved(d: Definition, for_: Expr, to: dict[Sym, Expr], label: str, first: int) -> Derivation:
    """``x = rest + c y`` solved for y: ``y = ((rest + c y) - rest)/c = (x - rest)/c``."""
    head, rhs = put(d.head, to), put(d.rhs, to)
    own = next(t for t in terms(rhs) if for_ in factors(t))
    rest, scale = add(*(t for t in terms(rhs) if t != own)), without(own, for_)
    line = Line(for_)
    reason = "{0} is added and taken away" + "; multiplied and divided by {1}" * (scale != ONE)
    line.to(_over(_difference(rhs, rest, scale), scale), "add and take away", reason, rest, _size(scale))
    line.to(_over(_difference(head, rest, scale), scale), "definition", "definition of {0}", head, uses=(d.label,))
    return finished(line, label, first)


def _negative(scale: Expr) -> bool:
    return factors(scale)[0] == MINUS_ONE


def _size(scale: Expr) -> Expr:
    return neg(scale) if _negative(scale) else scale


def _difference(x: Expr, rest: Expr, scale: Expr) -> Expr:
    """``x - rest``; the other way round where the scale is negative."""
    return Add((rest, neg(x))) if _negative(scale) else Add((x, neg(rest)))


def _over(x: Expr, scale: Expr) -> Expr:
    size = _size(scale)
    return x if size == ONE else Div(x, size)


def collected(expr: Expr, member: Expr) -> Expr:
    """``u + v_t + c v_t = u + (1 + c) v_t``"""
    linear = [t for t in terms(expr) if member in factors(t)]
    factor = add(*(without(t, member) for t in linear))
    return add(*(t for t in terms(expr) if t not in linear), mul(factor, member))


def moved_by(model: Model, states: tuple[str, ...], parameter: str) -> tuple[str, Expr] | None:
    """(state, c) of ``theta_t = theta_{t-1} + c state_t``; None where the parameter moves otherwise."""
    own, *others = terms(definition(model, parameter).rhs)
    if own != at(parameter, BEFORE) or len(others) != 1:
        return None
    state = next((s for s in states if at(s) in factors(others[0])), None)
    return None if state is None else (state, without(others[0], at(state)))
