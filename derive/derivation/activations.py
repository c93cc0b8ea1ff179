"""The derivative of an activation, found from its formula and rewritten in terms of the activation where that is
shorter.

    sigma' = e^-z / (1 + e^-z)^2 = sigma(z) sigma(-z) = sigma(z) (1 - sigma(z))

Nothing here knows sigma: candidates are short expressions in a = f(z), found from numbers and then proved.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import replace as changed
from fractions import Fraction
from typing import TYPE_CHECKING

from derive.algebra.factor import gather, size
from derive.algebra.products import collect, terms
from derive.algebra.scalar import proves_equal, real
from derive.algebra.substitute import put, replace
from derive.algebra.tree import (
    ONE,
    Add,
    Cases,
    Compare,
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
    num,
)
from derive.derivation.line import Line
from derive.derivation.rules import ELEMENTARY, Calculus
from derive.derivation.steps import Derivation, Step
from derive.model.model import Model, Quantity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from derive.derivation.rules import Rules
    from derive.model.model import Function

Z, A = Sym("z"), Sym("a")
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
    elementary = changed(model, functions={})  # tanh inside a formula is the function, not an activation of that name
    _differentiate(line, Calculus(elementary, rules, lambda a, b: a == b))
    found = _in_terms_of_activation(line, function)
    label = f"activation-derivative-{function.name}"
    steps = tuple(_about_member(step) for step in line.steps)
    claim = (steps[0].before, steps[-1].after)
    return ActivationDerivative(found, Derivation(label, label, claim, steps))


def _about_member(step: Step) -> Step:
    """The letter of the formula is, in a chapter, any one number z."""
    to = {Z: MEMBER}
    math = tuple(put(m, to) for m in step.reason_math)
    return changed(step, before=put(step.before, to), after=put(step.after, to), reason_math=math)


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


def _differentiate(line: Line, calculus: Calculus) -> None:
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
        line.to(_tidy(after), "differentiate", *_reason(partial.of))
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
    return add(*expr.terms) if isinstance(expr, Add) else expr


def _reason(expr: Expr) -> tuple[str, Expr]:
    names = {
        "Add": "a sum is differentiated term by term",
        "Mul": "product rule",
        "Div": "quotient rule",
        "Pow": "power rule",
        "Fn": "chain rule for {0}",
    }
    text = names.get(type(expr).__name__, "derivative of {0}")
    if isinstance(expr, Cases):
        text = "case by case; at the border itself the slope of its own case is used by convention"
    if isinstance(expr, Fn) and expr.name == "abs":
        text = "the slope of {0} is the sign of what stands inside, by convention 0 at 0"
    if isinstance(expr, Fn) and expr.name in ("max", "min"):
        text = "the slope of the larger argument; where both are equal it is 0 by convention"
    return text, expr


# ---------------------------------------------------------------- in terms of a


def _in_terms_of_activation(line: Line, function: Function) -> Expr:
    """Further steps to the shortest form in a; the value in the letters a and z."""
    derivative, body = line.now, function.body
    assert body is not None
    if any(isinstance(n, Compare) or _is_sign(n) for n in derivative.walk()) or isinstance(derivative, Num):
        return derivative
    own = Fn(function.name, (Z,))
    mirrored = put(own, {Z: neg(Z)})
    product = mul(own, mirrored)
    if _equal(derivative, mul(body, put(body, {Z: neg(Z)}))):
        line.to(product, "mirror", "since {0} = {1}", mirrored, _tidy(put(body, {Z: neg(Z)})))
    for candidate in _candidates(body, derivative):
        in_z = put(candidate, {A: body})
        if size(candidate) <= size(derivative) and proves_equal(derivative, in_z):
            line.to(put(candidate, {A: own}), "in terms of the activation", "in terms of {0} alone", own)
            return candidate
    return derivative


def _is_sign(node: Expr) -> bool:
    return isinstance(node, Fn) and node.name == "sign"


def _equal(left: Expr, right: Expr) -> bool:
    """Equal at the sample points, and proved."""
    close = all(abs(real(left, {Z: x}) - real(right, {Z: x})) < 1e-12 for x in POINTS)
    return close and proves_equal(left, right)


def _candidates(body: Expr, derivative: Expr) -> Iterator[Expr]:
    """Short rational expressions in a that have the derivative's numbers: polynomials up to degree two, factored."""
    values = [real(body, {Z: x}) for x in POINTS]
    slopes = [real(derivative, {Z: x}) for x in POINTS]
    found = _quadratic(values, slopes)
    if found is not None:
        yield _written(*found)


def _quadratic(values: list[float], slopes: list[float]) -> tuple[Fraction, Fraction, Fraction] | None:
    """``c0 + c1 a + c2 a^2`` through the first three points if it passes through the others, with simple
    coefficients.
    """
    (x0, x1, x2), (y0, y1, y2) = values[:3], slopes[:3]
    if min(abs(x0 - x1), abs(x1 - x2), abs(x0 - x2)) < 1e-9:
        return None
    d01, d12 = (y1 - y0) / (x1 - x0), (y2 - y1) / (x2 - x1)
    c2 = (d12 - d01) / (x2 - x0)
    c1 = d01 - c2 * (x0 + x1)
    c0 = y0 - c1 * x0 - c2 * x0 * x0
    exact = [Fraction(c).limit_denominator(64) for c in (c0, c1, c2)]
    fits = all(
        abs(float(exact[0] + exact[1] * Fraction(x) + exact[2] * Fraction(x) ** 2) - y) < 1e-9
        for x, y in zip(values, slopes, strict=True)
    )
    return (exact[0], exact[1], exact[2]) if fits else None


def _written(c0: Fraction, c1: Fraction, c2: Fraction) -> Expr:
    """``c a (1 - a)`` where it factors so, else by powers of a."""
    if not c0 and c1 and c2:
        return mul(Num(c1), A, add(ONE, mul(Num(c2 / c1), A)))
    parts = [Num(c0), mul(Num(c1), A), mul(Num(c2), _square(A))]
    return add(*parts)


def _square(expr: Expr) -> Expr:
    return Pow(expr, num(2))
