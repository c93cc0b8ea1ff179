"""The derivative of an activation, found from its formula and rewritten in terms of the activation where that is
shorter.

    sigma' = e^-z / (1 + e^-z)^2 = sigma(z) sigma(-z) = sigma(z) (1 - sigma(z))

Nothing here knows sigma: short expressions are searched for (``shorter``) and proved.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import replace as changed
from fractions import Fraction
from typing import TYPE_CHECKING

from derive.algebra.cases import by_cases, lifted, with_slope
from derive.algebra.factor import gather, size
from derive.algebra.products import collect, terms
from derive.algebra.scalar import proves_equal, real
from derive.algebra.substitute import put, replace
from derive.algebra.tree import (
    Add,
    Cases,
    Div,
    Expr,
    Fn,
    Mul,
    Num,
    Partial,
    Pow,
    Ref,
    Sym,
    add,
    mul,
    neg,
)
from derive.data.activations import ACTIVATIONS
from derive.derivation.line import Line
from derive.derivation.rules import ELEMENTARY, Calculus
from derive.derivation.shorter import HELPERS, A, Z, definition, shortest
from derive.derivation.steps import Derivation, Step
from derive.model.model import Function, Model, Quantity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from derive.derivation.rules import Rules

MEMBER = Ref("z")
POINTS = (-1.7, -0.6, 0.35, 0.9, 2.1)


@dataclass(frozen=True)
class ActivationDerivative:
    """``value``: f'(z) in the letters ``a`` = f(z) and ``z``; ``derivation``: how it was found."""

    value: Expr
    derivation: Derivation


def activation_derivative(function: Function, model: Model, rules: Rules) -> ActivationDerivative:
    """f' of a known activation, with its steps."""
    assert function.body is not None
    function = changed(function, body=put(function.body, {function.variable: Z}))
    line = Line(Fn(function.name, (Z,), order=1))
    reason = "definition of {0}"
    assert function.body is not None
    line.to(Partial(function.body, Z), "definition", reason, Fn(function.name, (Z,)))
    body = lifted(by_cases(function.body))
    line.to(Partial(body, Z), "by cases", "written by cases")
    function = changed(function, body=body)
    elementary = changed(model, functions={})  # tanh inside a formula is the function, not an activation of that name
    _differentiate(line, Calculus(elementary, rules, lambda a, b: a == b), function.kinks)
    found = _with_slopes(line, _in_terms_of_activation(line, function), function)
    label = f"activation-derivative-{function.name}"
    steps = tuple(_about_member(step) for step in line.steps)
    claim = (steps[0].before, steps[-1].after)
    return ActivationDerivative(found, Derivation(label, label, claim, steps))


def _with_slopes(line: Line, found: Expr, function: Function) -> Expr:
    """The slopes that were chosen at kinks."""
    for at, slope in function.slopes:
        found = with_slope(found, Z, Num(at), Num(slope))
        reason = "where {0} is {1} the slope jumps, and {2} is used by convention"
        line.to(with_slope(line.now, Z, Num(at), Num(slope)), "convention", reason, Z, Num(at), Num(slope))
    return found


def _about_member(step: Step) -> Step:
    """The letter of the formula is, in a chapter, any one number z."""
    to = {Z: MEMBER}
    math = tuple(put(m, to) for m in step.reason_math)
    return changed(step, before=put(step.before, to), after=put(step.after, to), reason_math=math)


def activation_derivatives(
    functions: Mapping[str, Function], rules: Rules
) -> tuple[Model, dict[str, ActivationDerivative]]:
    """The slopes of all functions that have a formula, and the model that they are about.

    Functions that slopes are written with (the sigmoid) belong to that model.
    """
    model = activation_model(functions)
    known = {name: f for name, f in model.functions.items() if f.kind == "formula"}
    found = {name: activation_derivative(f, model, rules) for name, f in known.items()}
    used = {n.name for d in found.values() for n in d.derivation.claim[1].walk() if isinstance(n, Fn)}
    helpers = [name for name in HELPERS if name in used and name not in functions]
    return activation_model({**functions, **{name: helper(name) for name in helpers}}), found


def helper(name: str) -> Function:
    """A function of the table that slopes are written with."""
    row = ACTIVATIONS.get(name)
    return Function(name, "formula", body=row.expression, reading=row.reading)


def activation_model(functions: Mapping[str, Function]) -> Model:
    """The model in which activations are differentiated: one free number z (so the formal letter is another one)."""
    z = Quantity("z", "input", "any number")
    formal = Sym("u")
    renamed = {
        name: changed(f, variable=formal, body=put(f.body, {f.variable: formal}) if f.body is not None else None)
        for name, f in functions.items()
    }
    return Model({"z": z}, (), MEMBER, {}, renamed)


# ---------------------------------------------------------------- differentiation, one rule at a time


def _differentiate(line: Line, calculus: Calculus, kinks: Sequence[float]) -> None:
    """One rule a line along a chain; where a rule leaves several derivatives they are worked out together."""
    while inner := [n for n in line.now.walk() if isinstance(n, Partial)]:
        if len(inner) > 1:
            after = line.now
            for partial in inner:
                after = replace(after, partial, calculus.derivative(partial.of, Z))
            line.to(_tidy(after), "differentiate", "each derivative on its own, with the same rules")
            continue
        (partial,) = inner
        after = replace(line.now, partial, _linear_parts_done(calculus.step(partial.of, Z), calculus))
        line.to(_tidy(after), "differentiate", *_reason(partial.of, kinks))
    _signs_gathered(line)
    simple = terms(line.now)
    if len(simple) == 1:
        line.to(gather(simple), "multiply out", "the numbers and signs are collected")


def _signs_gathered(line: Line) -> None:
    """``z sign(z)`` is ``|z|``, and what then cancels is dropped."""
    sides = [(n, found) for n in line.now.walk() if isinstance(n, Mul) and (found := _absolute(n)) != n]
    if not sides:
        return
    before, after = sides[0]
    line.to(replace(line.now, before, after), "absolute value", "since {0} = {1}", before, after)
    cancelled = gather(collect(terms(line.now)))
    if size(cancelled) < size(line.now):
        line.to(cancelled, "multiply out", "equal terms cancel")


def _absolute(product: Mul) -> Expr:
    """``c u sign(u) = c |u|``"""
    for sign in product.factors:
        for u in product.factors:
            if sign == ELEMENTARY["abs"](u):
                rest = [f for f in product.factors if f not in (sign, u)]
                return mul(*rest, Fn("abs", (u,)))
    return product


def _linear_parts_done(expr: Expr, calculus: Calculus) -> Expr:
    """``d(-z)/dz`` is -1 without a line of its own."""
    if isinstance(expr, Partial) and not any(isinstance(n, (Fn, Div, Pow)) for n in expr.of.walk()):
        return calculus.derivative(expr.of, Z)
    return expr.map(lambda child: _linear_parts_done(child, calculus))


def _tidy(expr: Expr) -> Expr:
    """Signs and numbers of products and sums collected."""
    expr = expr.map(_tidy)
    if isinstance(expr, Mul):
        return mul(*expr.factors)
    if isinstance(expr, Div) and isinstance(expr.numerator, Num) and isinstance(expr.denominator, Num):
        return Num(expr.numerator.value / expr.denominator.value)
    return add(*expr.terms) if isinstance(expr, Add) else expr


def _reason(expr: Expr, kinks: Sequence[float] = ()) -> tuple[str, *tuple[Expr, ...]]:
    names = {
        "Add": "a sum is differentiated term by term",
        "Mul": "product rule",
        "Div": "quotient rule",
        "Pow": "power rule",
        "Fn": "chain rule for {0}",
    }
    text = names.get(type(expr).__name__, "derivative of {0}")
    if isinstance(expr, Cases):
        return _of_cases(kinks)
    if isinstance(expr, Fn) and expr.name == "abs":
        text = "the slope of {0} is the sign of what stands inside, by convention 0 at 0"
    if isinstance(expr, Fn) and expr.name in ("max", "min"):
        text = "the slope of the larger argument; where both are equal it is 0 by convention"
    return text, expr


def _of_cases(kinks: Sequence[float]) -> tuple[str, *tuple[Expr, ...]]:
    """Where the slope jumps, it is said which slope counts."""
    simple = [Fraction(k).limit_denominator(1000) for k in kinks][:4]
    shown: tuple[Expr, ...] = tuple(Num(at) for at, k in zip(simple, kinks, strict=False) if at == k)
    if len(shown) < len(kinks) or not kinks:
        more = "; where the slope jumps, that of the case that holds there is used by convention" if kinks else ""
        return (f"case by case{more}",)
    points = " or ".join(f"{{{i}}}" for i in range(1, len(shown) + 1))
    jump = f"where {{0}} is {points} the slope jumps"
    text = f"case by case; {jump}, that of the case that holds there is used by convention"
    points_told: tuple[Expr, ...] = (Z, *shown)
    return (text, *points_told)


# ---------------------------------------------------------------- in terms of a


def _in_terms_of_activation(line: Line, function: Function) -> Expr:
    """Further steps to the shortest form; the value in the letters a and z."""
    body = function.body
    assert body is not None
    if isinstance(line.now, Cases):
        return _case_by_case(line, function)
    own = Fn(function.name, (Z,))
    found = shortest(line.now, body)
    _mirrored(line, body, own)
    _written(line, found, own)
    return found


def _mirrored(line: Line, body: Expr, own: Expr) -> None:
    """``sigma(z) sigma(-z)``, where the slope is that."""
    other = put(body, {Z: neg(Z)})
    if Z in body.symbols and _equal(line.now, mul(body, other)):
        mirrored = put(own, {Z: neg(Z)})
        line.to(mul(own, mirrored), "mirror", "since {0} = {1}", mirrored, _tidy(other))


def _case_by_case(line: Line, function: Function) -> Expr:
    """Each case in terms of the activation, which has the same cases."""
    slopes, values = line.now, lifted(function.body) if function.body is not None else None
    assert isinstance(slopes, Cases)
    if not isinstance(values, Cases) or values.conditions != slopes.conditions:
        return slopes
    pairs = zip((*slopes.values, slopes.otherwise), (*values.values, values.otherwise), strict=True)
    found = [shortest(slope, value) for slope, value in pairs]
    together = Cases(tuple(found[:-1]), slopes.conditions, found[-1])
    _written(line, together, Fn(function.name, (Z,)))
    return together


def _written(line: Line, found: Expr, own: Expr) -> None:
    """The line with the short form, and what it is in terms of."""
    after = put(found, {A: own})
    helpers = tuple(dict.fromkeys(n for n in found.walk() if isinstance(n, Fn) and n.name in HELPERS))
    if helpers:
        for_whole = (" and {2}", (own,)) if A in found.symbols else ("", ())
        reason = "in terms of {0} = {1}" + for_whole[0]
        line.to(after, "in terms of the activation", reason, helpers[0], definition(helpers[0]), *for_whole[1])
    elif A in found.symbols:
        alone = " alone" if Z not in found.symbols else ""
        line.to(after, "in terms of the activation", f"in terms of {{0}}{alone}", own)
    else:
        line.to(after, "in terms of the activation", "the same, shorter")


def _equal(left: Expr, right: Expr) -> bool:
    """Equal at the sample points, and proved."""
    try:
        close = all(abs(real(left, {Z: x}) - real(right, {Z: x})) < 1e-12 for x in POINTS)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return False
    return close and proves_equal(left, right)
