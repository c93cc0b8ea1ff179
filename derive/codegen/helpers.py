"""Small functions that the module defines once: activations that are more than one call, and careful logarithms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.tree import ONE, ZERO, Add, Div, Expr, Fn, Mul, Num, Pow, Ref, Sum, Sym, add, mul, neg, num, sub
from derive.codegen.arrange import arranged
from derive.codegen.lower import Lowering
from derive.codegen.nodes import Largest, LogSumExp, Name, NewAxis, Reduce
from derive.codegen.numpy_text import FUNCTIONS
from derive.codegen.program import Helper
from derive.codegen.stable import stable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from derive.codegen.equations import Equation, Equations

PARAMETER = "Z"
ROW, UNIT, OTHER = Sym("s"), Sym("k"), Sym("i")
LOG_SUM_EXP = "log_sum_exp"


def activation(equations: Equations, definition: Equation) -> Helper:
    """An activation as a function of the array of pre-activations, computed so that nothing overflows."""
    lowering = Lowering(lambda _: Name(PARAMETER), frozenset({ROW}))
    body = lowering(stable(equations.unfolded(definition.right)), definition.axes)
    lines, result = shared(arranged(body))
    doc = f"The {definition.kind} of pre-activations, an array of the shape of Z."
    return Helper(definition.kind, PARAMETER, doc, lines, result)


def log_sum_exp() -> Helper:
    """``log(sum(exp(Z)))`` of each row, by the shift of the rule."""
    z = Ref("z", (), (ROW, OTHER))
    shifted = shifted_log_sum_exp(LogSumExp(z, OTHER, ONE, Sym("n")))
    lowering = Lowering(lambda _: Name(PARAMETER), frozenset({ROW}))
    lines, result = shared(arranged(lowering(shifted, (ROW, UNIT))))
    doc = "log(sum(exp(Z))) of each row of Z, (N, 1), with the largest entry taken out."
    return Helper(LOG_SUM_EXP, PARAMETER, doc, lines, result)


def shifted_log_sum_exp(e: LogSumExp) -> Expr:
    """``logsumexp_i(u_i) = m + log(sum_i e^(u_i - m))`` with ``m = max_i u_i``"""
    largest = Largest(e.body, e.index, e.low, e.high)
    inside = Sum(Fn("exp", (sub(e.body, largest),)), e.index, e.low, e.high)
    return add(largest, Fn("log", (inside,)))


FAR, NEAR, BEYOND = num(40), Name("near"), Name("beyond")
"""``e^-40`` added to 1 changes no digit: beyond 40 these functions are straight lines.  The parts of an argument, which
are no difference of the other: nothing that is added to them can be taken together with it first, and lose its digits.
"""


def log_of_cosh() -> Helper:
    """``log(cosh(u)) = log1p(2 sinh(u/2)^2)``; beyond 40 it is ``|u| - log(2)``, which grows as u does."""
    size = Fn("abs", (Name(PARAMETER),))
    half = Fn("sinh", (Div(NEAR, num(2)),))
    lines = (("near", Fn("min", (size, FAR))), ("beyond", Fn("max", (sub(size, FAR), ZERO))))
    doc = "log(cosh(Z)), entry by entry: accurate near 0, and without overflow."
    return Helper("log_of_cosh", PARAMETER, doc, lines, add(Fn("log1p", (mul(num(2), Pow(half, num(2))),)), BEYOND))


def log_of_softplus() -> Helper:
    """``log(log(1 + e^u))``; before -40 it is u."""
    u = Name(PARAMETER)
    lines = (("near", Fn("max", (u, neg(FAR)))), ("beyond", Fn("min", (add(u, FAR), ZERO))))
    doc = "log(log(1 + exp(Z))), entry by entry, also where exp(Z) vanishes beside 1."
    return Helper("log_of_softplus", PARAMETER, doc, lines, add(Fn("log", (Fn("logaddexp", (ZERO, NEAR)),)), BEYOND))


CAREFUL = {LOG_SUM_EXP: log_sum_exp, "log_of_cosh": log_of_cosh, "log_of_softplus": log_of_softplus}
"""Functions that the rules for stable formulas put in."""


def called_in(values: Iterable[Expr]) -> Iterator[Helper]:
    """The careful functions that expressions call."""
    used = {n.name for value in values for n in value.walk() if isinstance(n, Fn)}
    yield from (make() for name, make in CAREFUL.items() if name in used)


def inline(helper: Helper) -> bool:
    """Whether the function is so short that its body may stand in its place: one call of NumPy, or nothing."""
    if helper.lines:
        return False
    body = helper.result
    simple = isinstance(body, Fn) and body.name in FUNCTIONS and all(isinstance(a, (Name, Num)) for a in body.args)
    return simple or isinstance(body, Name)


def called(helper: Helper, argument: Expr) -> Expr:
    """The function applied: its body where that is short, else a call."""
    if inline(helper):
        return _filled(helper.result, argument)
    return Fn(helper.name, (argument,))


def _filled(body: Expr, argument: Expr) -> Expr:
    return argument if body == Name(PARAMETER) else body.map(lambda child: _filled(child, argument))


# ---------------------------------------------------------------- shared parts are computed once

NAMES = {"max": "largest", "exp": "E"}


def shared(expr: Expr) -> tuple[tuple[tuple[str, Expr], ...], Expr]:
    """Parts that occur twice get a name and a line of their own, smaller ones first."""
    lines: list[tuple[str, Expr]] = []
    while (part := _repeated(expr)) is not None:
        name = NAMES.get(getattr(part, "op", "") or getattr(part, "name", ""), "")
        if not name or name in dict(lines):
            name = f"part_{len(lines) + 1}"
        lines.append((name, part))
        expr = swapped(expr, part, Name(name))
    return tuple(lines), expr


def _repeated(expr: Expr) -> Expr | None:
    """The largest part that occurs more than once and is worth a name."""
    counts: dict[Expr, int] = {}
    for part in expr.walk():
        if isinstance(part, (Fn, Reduce, Mul, Add, NewAxis)) and not isinstance(part, Num):
            counts[part] = counts.get(part, 0) + 1
    twice = [part for part, n in counts.items() if n > 1 and any(isinstance(m, Name) for m in part.walk())]
    return max(twice, key=lambda part: sum(1 for _ in part.walk()), default=None)


def swapped(expr: Expr, part: Expr, name: Expr) -> Expr:
    """The expression with a part replaced by its name."""
    return name if expr == part else expr.map(lambda child: swapped(child, part, name))
