"""Which line of the derivation of a slope is computed: the last one that keeps its digits.

    sigma' = sigma(z) sigma(-z) = sigma(z) (1 - sigma(z)):  near a = 1 no digit of 1 - a is left, of sigma(-z) all

The notes print all of these lines, and each was checked.  Nothing here knows an activation: every line, with the
activation as it was computed and written out in z, is rounded as a computer does it (``rounding``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from derive.algebra.tree import Expr, Fn, Partial, Ref
from derive.codegen.rounding import Rounded, rounded
from derive.codegen.stable import stable
from derive.codegen.stable.patterns import tidy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from derive.derivation.steps import Derivation

Z, A = Ref("z"), Ref("a")
POINTS = tuple(
    s * z for z in (1e-6, 0.03, 0.3, 0.9, 1.7, 4.0, 9.0, 19.0, 37.0, 41.0, 120.0, 350.0, 700.0) for s in (-1, 1)
)
"""Where digits are counted."""
CHEAP = frozenset({"abs", "max", "min", "sign", "sqrt", "pi"})
"""Functions that cost no more than a product."""
DOUBLE = frozenset({"logaddexp"})
"""Functions that call two others."""


@dataclass(frozen=True)
class Slope:
    """``form``: what is computed, in the members ``a`` (the activation) and ``z``; ``line``: the line of the notes that
    says so; ``careful``: it is not the last line as it stands there.
    """

    form: Expr
    line: Expr
    careful: bool = False


def slope(d: Derivation, written_out: Callable[[Expr], Expr], most_calls: int | None = None) -> Slope:
    """The slope that a derivation found, as it is computed.

    Args:
        d: how it was found.
        written_out: puts in the formulas of named functions.
        most_calls: so many functions may be called for the sake of digits; None: any number.
    """
    own = d.claim[0]
    assert isinstance(own, Fn)
    value = Fn(own.name, own.args)
    activation = stable(written_out(value))
    forms = _forms(d, value, written_out)
    shortest = next(forms)
    if _exact(shortest.form, activation):
        return shortest
    found = next((s for s in forms if _exact(s.form, activation)), shortest)
    dear = most_calls is not None and calls(stable(found.form)) > most_calls
    return shortest if dear else found


def _forms(d: Derivation, own: Expr, written_out: Callable[[Expr], Expr]) -> Iterator[Slope]:
    """The lines without a derivative, the last first; then the same with the activation written out in z."""
    lines = [step.after for step in reversed(d.steps) if not any(map(_derivative, step.after.walk()))]
    for i, line in enumerate(lines):
        yield Slope(tidy(written_out(_put(line, own))), line, i > 0)
    yield from (Slope(tidy(written_out(line)), line, careful=True) for line in lines)


def _derivative(node: Expr) -> bool:
    return isinstance(node, Partial) or (isinstance(node, Fn) and node.order > 0)


def _put(expr: Expr, own: Expr) -> Expr:
    return A if expr == own else expr.map(lambda child: _put(child, own))


def _exact(form: Expr, activation: Expr) -> bool:
    """Whether it has its digits in every point; so, too, where that cannot be told."""
    form = stable(form)
    try:
        return all(_computed(form, activation, Rounded(point)).exact for point in POINTS)
    except TypeError:
        return True


def _computed(form: Expr, activation: Expr, z: Rounded) -> Rounded:
    return rounded(form, {Z: z, A: rounded(activation, {Z: z})} if A in form.walk() else {Z: z})


def calls(form: Expr) -> int:
    """How many functions that take their time are called for an entry."""
    names = [n.name for n in form.walk() if isinstance(n, Fn) and n.name not in CHEAP]
    return len(names) + sum(name in DOUBLE for name in names)
