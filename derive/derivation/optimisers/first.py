"""The first iteration, in which every state is 0: what it makes of the parameter, and how far it can move it.

theta_1 = theta_0 - eta g_1/(|g_1| + eps)        for Adam: the size of the first step is eta, whatever the gradient
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.substitute import replace
from derive.algebra.tree import MINUS_ONE, ONE, ZERO, Add, Div, Expr, Fn, Pow, Ref, mul, num, sub
from derive.data.optimisers import GRADIENT, PARAMETER
from derive.derivation.line import Line
from derive.derivation.optimisers.seen import (
    FIRST,
    definition,
    factors,
    finished,
    flat,
    insert,
    insert_found,
    start,
    terms,
    without,
)
from derive.derivation.steps import Derivation
from derive.model.iteration import at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from derive.data.optimisers import Optimiser
    from derive.model.model import Model

SLOPE = at(GRADIENT, ONE)


def first_step(suffix: str, row: Optimiser, model: Model) -> Iterator[Derivation]:
    """The parameter after one iteration; then, where it is divided by a root, the bound of the step."""
    if not row.states:
        return
    moved = definition(model, PARAMETER)
    line = Line(at(PARAMETER, ONE))
    insert(line, moved, FIRST)
    used = [n.name for n in line.now.walk() if isinstance(n, Ref) and n.slots == (ONE,) and n != SLOPE]
    lemmas = tuple(_first_value(name, f"first-step-{suffix}/{_dashed(name)}", model) for name in dict.fromkeys(used))
    for lemma in lemmas:
        insert_found(line, lemma)
    line.to(_rooted(line.now), "root", "the root of a square is the absolute value")
    found = finished(line, f"first-step-{suffix}", None, lemmas)
    yield found
    yield from _size(found, f"first-size-{suffix}")


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def _first_value(name: str, label: str, model: Model) -> Derivation:
    """A state, or what is computed from one, in the first iteration."""
    line = Line(at(name, ONE))
    insert(line, definition(model, name), FIRST)
    while (inner := _defined(line.now, model)) is not None:
        insert(line, definition(model, inner), FIRST)
    for state in dict.fromkeys(n.name for n in line.now.walk() if isinstance(n, Ref) and n.slots == (ZERO,)):
        d = start(model, state)
        line.to(flat(replace(line.now, d.head, ZERO)), "definition", "{0} is 0 at the start", d.head, uses=(d.label,))
    if isinstance(line.now, Div):
        line.to(_cancelled(line.now), "cancel", "{0} cancels", line.now.denominator)
    return finished(line, label, None)


def _defined(expr: Expr, model: Model) -> str | None:
    """A member of the first iteration that is not the gradient."""
    members = (n for n in expr.walk() if isinstance(n, Ref) and n.slots == (ONE,) and n != SLOPE)
    return next((n.name for n in members if model.definitions_of(n.name)), None)


def _cancelled(e: Div) -> Expr:
    inside = factors(e.numerator)
    return without(e.numerator, e.denominator) if e.denominator in inside else e


def _rooted(expr: Expr) -> Expr:
    """``sqrt(g^2) -> |g|``;  ``sqrt(c g^2) -> sqrt(c) |g|`` with a positive c."""
    expr = expr.map(_rooted)
    if not isinstance(expr, Fn) or expr.name != "sqrt":
        return expr
    squares = [f for f in factors(expr.args[0]) if isinstance(f, Pow) and f.exponent == num(2)]
    if len(squares) != 1:
        return expr
    rest = without(expr.args[0], squares[0])
    size = Fn("abs", (squares[0].base,))
    return size if rest == ONE else mul(Fn("sqrt", (rest,)), size)


# ---------------------------------------------------------------- how far


def _size(found: Derivation, label: str) -> Iterator[Derivation]:
    """``|theta_1 - theta_0| = eta |g_1|/(k |g_1| + eps) <= eta/k``, where the step has this form."""
    before = at(PARAMETER, ZERO)
    own, *others = terms(found.claim[1])
    fractions = [f for t in others for f in factors(t) if isinstance(f, Div)]
    if own != before or len(others) != 1 or len(fractions) != 1:
        return
    parts = _parts(fractions[0])
    if parts is None:
        return
    scale, size, share = parts
    front = mul(*(f for f in factors(others[0]) if f not in (fractions[0], MINUS_ONE)), scale)
    line = Line(Fn("abs", (sub(at(PARAMETER, ONE), before),)))
    reason = "inserting {0}; {1} cancels"
    line.to(Fn("abs", (others[0],)), "lemma", reason, at(PARAMETER, ONE), before, uses=(found.label,))
    sized = mul(front, Div(size, fractions[0].denominator))
    line.to(sized, "product", "every other factor is positive")
    bound = front if share == ONE else Div(front, share)
    reason = "without the small number below, the fraction would be {0}, and it makes it smaller"
    line.to(bound, "bound", reason, ONE if share == ONE else Div(ONE, share), relation="<=")
    yield finished(line, label, None)


def _parts(fraction: Div) -> tuple[Expr, Expr, Expr] | None:
    """(c, |g|, k) of ``c g/(k |g| + eps)``."""
    for term in terms(fraction.denominator) if isinstance(fraction.denominator, Add) else ():
        size = next((f for f in factors(term) if isinstance(f, Fn) and f.name == "abs"), None)
        if size is not None and size.args[0] in factors(fraction.numerator):
            return without(fraction.numerator, size.args[0]), size, without(term, size)
    return None
