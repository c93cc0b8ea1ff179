"""The rules of differentiation, one small class each.

A rule says what ``d expr / d wrt`` is for one kind of node, in terms of ``inner(child)``, which is either the
derivative of the child (all at once) or the unevaluated ``Partial(child, wrt)`` (one step at a time).  ``Rules`` is
the set in force; a test replaces one of them by a wrong one and sees that the numeric check goes red.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from derive.algebra.factor import gather, size
from derive.algebra.products import collect, terms
from derive.algebra.substitute import fresh, put
from derive.algebra.tree import (
    ONE,
    ZERO,
    Add,
    Cases,
    Compare,
    Div,
    Expr,
    Fn,
    Kron,
    Mul,
    Num,
    Partial,
    Pow,
    Ref,
    Sum,
    add,
    mul,
    neg,
    num,
    sub,
)

if TYPE_CHECKING:
    from derive.model.model import Model

Inner = Callable[[Expr], Expr]
N = TypeVar("N", bound=Expr, contravariant=True)
SameLayer = Callable[[Expr, Expr], "bool | None"]


class Rule(Protocol[N]):
    """One rule of differentiation."""

    def __call__(self, expr: N, wrt: Expr, inner: Inner) -> Expr: ...


class EntryRule:
    """d q[l; i] / d q[m; k] = [l = m] [i = k]: the numbers of a family are independent of one another."""

    def __call__(self, expr: Ref, wrt: Expr, same_layer: SameLayer) -> Expr:
        if not isinstance(wrt, Ref) or expr.name != wrt.name:
            return ZERO
        layers = list(zip(expr.slots, wrt.slots, strict=True))
        if any(same_layer(a, b) is False for a, b in layers):
            return ZERO
        open_layers = [pair for pair in layers if same_layer(*pair) is None]
        pairs = [*open_layers, *zip(expr.entries or (), wrt.entries or (), strict=True)]
        return mul(*(kronecker(a, b) for a, b in pairs))


def kronecker(left: Expr, right: Expr) -> Expr:
    """``[i = k]``, or 1 where both are the same letter."""
    return ONE if left == right else Kron(left, right)


class LinearityRule:
    """(u + v)' = u' + v'."""

    def __call__(self, expr: Add, wrt: Expr, inner: Inner) -> Expr:
        return add(*(inner(t) for t in expr.terms))


class ProductRule:
    """(u v)' = u' v + u v'; a factor without wrt is a constant."""

    def __call__(self, expr: Mul, wrt: Expr, inner: Inner) -> Expr:
        factors = expr.factors
        return add(*(mul(*factors[:i], inner(f), *factors[i + 1 :]) for i, f in enumerate(factors)))


class QuotientRule:
    """(u / v)' = (u' v - u v') / v^2; (c / v)' = -c v' / v^2; (u / c)' = u' / c."""

    def __call__(self, expr: Div, wrt: Expr, inner: Inner) -> Expr:
        u, v = expr.numerator, expr.denominator
        du, dv = inner(u), inner(v)
        if dv == ZERO:
            return mul(Div(ONE, v), du) if u != ONE else ZERO
        if du == ZERO:
            return neg(mul(Div(u, Pow(v, num(2))), dv))
        return Div(sub(mul(du, v), mul(u, dv)), Pow(v, num(2)))


class PowerRule:
    """(u^n)' = n u^(n-1) u' for a constant n."""

    def __call__(self, expr: Pow, wrt: Expr, inner: Inner) -> Expr:
        n = expr.exponent
        if not isinstance(n, Num):
            raise TypeError(f"the power rule needs a constant exponent: {expr}")
        lowered: Expr = expr.base if n.value == 2 else Pow(expr.base, Num(n.value - 1))
        return mul(n, lowered, inner(expr.base)) if n.value != 1 else inner(expr.base)


class SumRule:
    """(sum_i u_i)' = sum_i u_i'."""

    def __call__(self, expr: Sum, wrt: Expr, inner: Inner) -> Expr:
        index, body = expr.index, expr.body
        if index in wrt.symbols:
            renamed = fresh(wrt.symbols | body.symbols)
            index, body = renamed, put(body, {index: renamed})
        derivative = inner(body)
        return ZERO if derivative == ZERO else Sum(derivative, index, expr.low, expr.high)


def _exp(u: Expr) -> Expr:
    """exp' = exp."""
    return Fn("exp", (u,))


def _log(u: Expr) -> Expr:
    """log'(u) = 1/u."""
    return Div(ONE, u)


def _sqrt(u: Expr) -> Expr:
    """sqrt'(u) = 1 / (2 sqrt u)."""
    return Div(ONE, mul(num(2), Fn("sqrt", (u,))))


def _erf(u: Expr) -> Expr:
    """erf'(u) = 2 / sqrt(pi) e^(-u^2)."""
    return mul(Div(num(2), Fn("sqrt", (Fn("pi", ()),))), Fn("exp", (neg(Pow(u, num(2))),)))


ELEMENTARY: dict[str, Callable[[Expr], Expr]] = {
    "exp": _exp,
    "log": _log,
    "sqrt": _sqrt,
    "sin": lambda u: Fn("cos", (u,)),
    "cos": lambda u: neg(Fn("sin", (u,))),
    "sinh": lambda u: Fn("cosh", (u,)),
    "cosh": lambda u: Fn("sinh", (u,)),
    "tanh": lambda u: sub(ONE, Pow(Fn("tanh", (u,)), num(2))),
    "erf": _erf,
    "abs": lambda u: Fn("sign", (u,)),
    "sign": lambda _: ZERO,
}
"""Derivatives of the elementary functions: the axioms; every activation's and cost's derivative is found from these."""


class ElementaryRule:
    """g(u)' = g'(u) u' for exp, log, sqrt, ...; max(u, v)' = [u > v] u' + [v > u] v' (0 at the kink of max(0, z))."""

    def __call__(self, expr: Fn, wrt: Expr, inner: Inner) -> Expr:
        if expr.name in ("max", "min"):
            return self.choice(expr, inner)
        return mul(ELEMENTARY[expr.name](expr.args[0]), inner(expr.args[0]))

    def choice(self, expr: Fn, inner: Inner) -> Expr:
        """The derivative of the larger (smaller) argument; where both are equal the convention is 0."""
        u, v = expr.args
        op = ">" if expr.name == "max" else "<"
        return add(mul(side(op, u, v), inner(u)), mul(side(op, v, u), inner(v)))


def side(op: str, u: Expr, v: Expr) -> Compare:
    """``[u op v]`` with a number on the right: ``[0 < z]`` is written ``[z > 0]``."""
    if isinstance(u, Num):
        return Compare({">": "<", "<": ">"}[op], v, u)
    return Compare(op, u, v)


class FunctionRule:
    """f_l(u)' = f_l'(u) u' (chain rule), whatever f_l is."""

    def __call__(self, expr: Fn, wrt: Expr, inner: Inner) -> Expr:
        (u,) = expr.args
        return mul(Fn(expr.name, (u,), expr.slots, expr.order + 1), inner(u))


class CasesRule:
    """A function given by cases is differentiated case by case (away from the borders).

    Where every case is about one and the same entry, the Kronecker deltas stand in front of the cases.
    """

    def __call__(self, expr: Cases, wrt: Expr, inner: Inner) -> Expr:
        found = [inner(v) for v in (*expr.values, expr.otherwise)]
        entries = {n for n in expr.walk() if isinstance(n, Ref) and isinstance(wrt, Ref) and n.name == wrt.name}
        deltas = tuple(dict.fromkeys(n for v in found for n in v.walk() if isinstance(n, Kron)))
        if len(entries) > 1 or not deltas:
            return Cases(tuple(found[:-1]), expr.conditions, found[-1])
        values = [tidy(without(v, deltas)) for v in found]
        return mul(Cases(tuple(values[:-1]), expr.conditions, values[-1]), *deltas)


def without(expr: Expr, deltas: tuple[Kron, ...]) -> Expr:
    """The expression with 1 in the place of Kronecker deltas."""
    return ONE if expr in deltas else expr.map(lambda child: without(child, deltas))


def tidy(expr: Expr) -> Expr:
    """Multiplied out where that is shorter."""
    return min((gather(collect(terms(expr))), expr), key=size)


@dataclass(frozen=True)
class Rules:
    """The rules in force."""

    entry: EntryRule = field(default_factory=EntryRule)
    linearity: Rule[Add] = field(default_factory=LinearityRule)
    product: Rule[Mul] = field(default_factory=ProductRule)
    quotient: Rule[Div] = field(default_factory=QuotientRule)
    power: Rule[Pow] = field(default_factory=PowerRule)
    sums: Rule[Sum] = field(default_factory=SumRule)
    elementary: Rule[Fn] = field(default_factory=ElementaryRule)
    function: Rule[Fn] = field(default_factory=FunctionRule)
    cases: Rule[Cases] = field(default_factory=CasesRule)


class Calculus:
    """Differentiation of entries by entries under a set of rules.

    ``same_layer`` says whether two layer positions are equal, None where a letter of a sum runs over both cases; it
    raises where the answer depends on the number of layers.
    """

    def __init__(self, model: Model, rules: Rules, same_layer: SameLayer) -> None:
        self.model, self.rules, self.same_layer = model, rules, same_layer

    def derivative(self, expr: Expr, wrt: Expr) -> Expr:
        """``d expr / d wrt`` worked out completely; other quantities in ``expr`` are held fixed."""
        return self._one(expr, wrt, lambda child: self.derivative(child, wrt))

    def step(self, expr: Expr, wrt: Expr) -> Expr:
        """One rule applied: what is inside stays an unevaluated ``Partial``."""

        def inner(child: Expr) -> Expr:
            if child == wrt:
                return ONE
            return Partial(child, wrt) if self.depends(child, wrt) else ZERO

        return self._one(expr, wrt, inner)

    def depends(self, expr: Expr, wrt: Expr) -> bool:
        """Whether wrt's family (or letter) occurs in ``expr``."""
        if isinstance(wrt, Ref):
            return any(isinstance(n, Ref) and n.name == wrt.name for n in expr.walk())
        return bool(wrt.symbols & expr.symbols)

    def _one(self, expr: Expr, wrt: Expr, inner: Inner) -> Expr:
        r = self.rules
        if expr == wrt:
            return ONE
        if not self.depends(expr, wrt):
            return ZERO
        if isinstance(expr, Ref):
            return r.entry(expr, wrt, self.same_layer)
        if isinstance(expr, Fn):
            return self._function(expr, wrt, inner)
        if isinstance(expr, Compare):
            return ZERO
        table: dict[type[Expr], Rule[Any]] = {
            Add: r.linearity,
            Mul: r.product,
            Div: r.quotient,
            Pow: r.power,
            Sum: r.sums,
            Cases: r.cases,
        }
        if type(expr) not in table:
            raise TypeError(f"no rule of differentiation for {type(expr).__name__}")
        return table[type(expr)](expr, wrt, inner)

    def _function(self, expr: Fn, wrt: Expr, inner: Inner) -> Expr:
        known = self.model.functions.get(expr.name)
        if known is None:
            return self.rules.elementary(expr, wrt, inner)
        if known.kind == "unknown cost":
            raise TypeError("an unknown cost has no formula to differentiate")
        return self.rules.function(expr, wrt, inner)
