"""Where activation and cost combine: the last activation written out, where that leaves nothing that could vanish.

No pair is listed.  A logarithm of outputs is written in the pre-activations if the rules of ``stable`` then find a form
without one; an error that divides by outputs if they find one without a division.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.factor import gather
from derive.algebra.products import collect, rebuild, terms
from derive.algebra.substitute import put
from derive.algebra.tree import Div, Expr, Fn, Pow, Ref, Sym, add, num
from derive.codegen.rounding import Rounded, rounded
from derive.codegen.slopes import POINTS, calls
from derive.codegen.stable import stable
from derive.codegen.stable.patterns import tidy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from derive.algebra.products import Product
    from derive.codegen.equations import Equations

TARGET = Rounded(0.3)
"""What stands for targets, and for the number of samples, where digits are counted."""


def fused(equations: Equations, expr: Expr, last: int) -> Expr:
    """Outputs inside a logarithm written in pre-activations, where the logarithm meets the exponential."""
    if isinstance(expr, Fn) and expr.name == "log":
        inside = stable(from_pre_activations(equations, expr, last))
        risky = _logarithms_of_outputs(stable(expr)) and not _logarithms_of_outputs(inside)
        return inside if risky else expr
    return expr.map(lambda child: fused(equations, child, last))


def undivided(equations: Equations, expr: Expr, last: int) -> Expr:
    """The terms of an error that are divided by outputs written in pre-activations, where no division is left then."""
    found = collect(terms(expr))
    divided = [part for part in found if any(_output(base, last) and e < 0 for base, e in part.powers)]
    if not divided:
        return expr
    written = [_without_division(equations, part, last) for part in divided]
    if any(w is None for w in written):
        return expr
    others = [part for part in found if part not in divided]
    return add(*([gather(others)] if others else []), *(w for w in written if w is not None))


def with_digits(equations: Equations, expr: Expr, last: int) -> Expr:
    """An error in which digits of the outputs cancel written in pre-activations, where none cancel then."""
    if _exact(equations, expr, last) is not False:
        return expr
    written = tidy(from_pre_activations(equations, expr, last))
    dear = equations.most_calls is not None and calls(stable(written)) > equations.most_calls
    return written if not dear and _exact(equations, written, last) else expr


def _exact(equations: Equations, expr: Expr, last: int) -> bool | None:
    """Whether a formula of one output, its pre-activation and its target keeps its digits; None: it is none."""
    form = stable(expr)
    members = {n for n in form.walk() if isinstance(n, Ref)}
    outputs = [m for m in members if m.name in ("a", "z")]
    if any(m.slots != (num(last),) for m in outputs):
        return None
    entries = [Ref("a", m.slots, m.entries) for m in outputs if m.name == "a"]
    formulas = {a: stable(from_pre_activations(equations, a, last)) for a in entries}
    try:
        return all(_at(Rounded(point), form, formulas).exact for point in POINTS)
    except TypeError:
        return None


def _at(z: Rounded, form: Expr, formulas: Mapping[Ref, Expr]) -> Rounded:
    known: dict[Expr, Rounded] = {
        n: z for f in (form, *formulas.values()) for n in f.walk() if isinstance(n, Ref) and n.name == "z"
    }
    known |= {n: TARGET for n in form.walk() if isinstance(n, Sym) or (isinstance(n, Ref) and n.name not in ("a", "z"))}
    return rounded(form, {**known, **{a: rounded(formula, known) for a, formula in formulas.items()}})


def _without_division(equations: Equations, part: Product, last: int) -> Expr | None:
    out = from_pre_activations(equations, rebuild(part), last)
    made = stable(add(*(rebuild(p) for p in collect(terms(out)))))
    return None if any(_divides(n) for n in made.walk()) else made


def _divides(node: Expr) -> bool:
    below = node.denominator if isinstance(node, Div) else node.base if isinstance(node, Pow) else None
    if isinstance(node, Pow) and node.exponent in (num(1), num(2)):
        return False
    return below is not None and any(isinstance(n, Ref) and n.name in ("a", "z") for n in below.walk())


def _output(base: Expr, last: int) -> bool:
    return isinstance(base, Ref) and base.name == "a" and base.slots == (num(last),)


def _logarithms_of_outputs(expr: Expr) -> bool:
    """Whether a logarithm of something that an output or a pre-activation decides is left."""
    logs = (n for n in expr.walk() if isinstance(n, Fn) and n.name == "log")
    return any(isinstance(n, Ref) and n.name in ("a", "z") for log in logs for n in log.walk())


def from_pre_activations(equations: Equations, expr: Expr, last: int) -> Expr:
    """Members of the last ``a`` replaced by the formula of the last activation, named activations written out."""
    if isinstance(expr, Ref) and expr.name == "a":
        e = equations.definition("a", last).at(num(last))
        assert isinstance(e.left, Ref)
        assert e.left.entries
        assert expr.entries
        to = {old: new for old, new in zip(e.left.entries, expr.entries, strict=True) if isinstance(old, Sym)}
        return equations.unfolded(put(e.right, to))
    return expr.map(lambda child: from_pre_activations(equations, child, last))
