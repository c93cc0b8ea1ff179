"""Repairs of factors and terms that are missing or too much."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from derive.algebra.tree import (
    MINUS_ONE,
    ONE,
    Add,
    Div,
    Expr,
    Fn,
    Hadamard,
    Num,
    Ref,
    Transpose,
    num,
)
from derive.checking.explaining.change import Change
from derive.checking.explaining.of_numbers import minus
from derive.checking.explaining.spots import Spot, factors, product
from derive.notation.raw import Product

if TYPE_CHECKING:
    from collections.abc import Iterator

    from derive.checking.explaining.scope import Scope


def without_factor(spot: Spot, _: Scope) -> Iterator[Change]:
    """A factor too many."""
    node = spot.node
    if not isinstance(node, Product):
        return
    for n, gone in enumerate(node.factors):
        if "/" in node.signs[n : n + 2] or gone == MINUS_ONE:
            continue
        rest = [*node.factors[:n], *node.factors[n + 1 :]]
        signs = [*node.signs[:n], *node.signs[n + 1 :]]
        kind = "wrong_factor" if isinstance(gone, Num) else ""
        slope = isinstance(gone, Fn) and gone.order == 1
        kind = "extra_activation_derivative" if slope else kind
        yield Change(
            product(rest, signs), "the factor {0} is too much", (gone,), kind, -0.3 if kind == "wrong_factor" else 0.0
        )
    if len(node.factors) > 2:
        for i, j in combinations(range(len(node.factors)), 2):
            rest = [f for n, f in enumerate(node.factors) if n not in (i, j)]
            signs = [s for n, s in enumerate(node.signs) if n not in (i, j)]
            if rest and "/" not in node.signs:
                gone = product([node.factors[i], node.factors[j]], ["", node.signs[j]])
                yield Change(product(rest, signs), "the factor {0} is too much", (gone,), dear=0.2)


def with_factor(spot: Spot, scope: Scope) -> Iterator[Change]:
    """A factor that is missing, or a divisor."""
    if not spot.takes_factors:
        return
    dear = 0.0 if spot.parent is None else 0.1
    for member in scope.members(spot.bound):
        for made in _multiplied(spot.node, member, scope):
            yield Change(made, "the factor {0} is missing", (member,), dear=dear + 0.1 * (spot.parent is not None))
        if member.entries is None or member in factors(spot.node)[0]:
            continue
        yield Change(Div(spot.node, member), "the divisor {0} is missing", (member,), dear=dear + 0.2)


def with_slope(spot: Spot, scope: Scope) -> Iterator[Change]:
    """The activation derivative that is missing."""
    if not spot.takes_factors:
        return
    for slope in scope.slopes(spot.bound):
        for made in _multiplied(spot.node, slope.derivative, scope):
            says = "the activation derivative {0} is missing"
            yield Change(made, says, (slope.derivative,), dear=0.0 if spot.parent is None else 0.1)


def _multiplied(node: Expr, factor: Expr, scope: Scope) -> Iterator[Expr]:
    """The product with one more factor: as a number, elementwise, in each place of a matrix product."""
    parts, signs = factors(node)
    parts = (node,) if "/" in signs else parts
    signs = ("",) if "/" in signs else signs
    if scope.in_entries or _is_number(factor):
        yield Product((*parts, factor), (*signs, ""))
        return
    yield Hadamard((node, factor))
    for n in range(len(parts) + 1):
        before = [*signs[:n], "", *signs[n:]]
        for made in (factor, Transpose(factor)):
            yield product([*parts[:n], made, *parts[n:]], ["", *before[1:]])


def _is_number(e: Expr) -> bool:
    return not any(isinstance(n, Ref) and n.entries is None for n in e.walk())


def without_term(spot: Spot, _: Scope) -> Iterator[Change]:
    node = spot.node
    if isinstance(node, Add):
        for n, gone in enumerate(node.terms):
            rest = (*node.terms[:n], *node.terms[n + 1 :])
            yield Change(Add(rest) if len(rest) > 1 else rest[0], "the term {0} is too much", (gone,))


def with_term(spot: Spot, scope: Scope) -> Iterator[Change]:
    """A term that is missing: the penalty's, or a single member."""
    if not spot.takes_factors or spot.in_derivative:
        return
    terms = spot.node.terms if isinstance(spot.node, Add) else (spot.node,)
    for member in scope.members(spot.bound):
        for term in _of_the_penalty(member, spot, scope):
            says = "the term {0} of the penalty is missing"
            yield Change(Add((*terms, term)), says, (term,), "missing_regulariser")
        for term in (member, minus(member)):
            yield Change(Add((*terms, term)), "the term {0} is missing", (term,), dear=0.2)


def _of_the_penalty(member: Ref, spot: Spot, scope: Scope) -> Iterator[Expr]:
    """``lambda W``, ``lambda W / m`` for what the left side differentiates by."""
    if scope.variable is None or member.name != scope.variable.name:
        return
    scales = [ONE, num("1/2"), num(2), *(Div(ONE, s) for s in scope.sizes)]
    for strength in scope.strengths:
        for c in scales:
            factors = (strength, member) if c == ONE else (c, strength, member)
            yield Product(factors, ("",) * len(factors))
