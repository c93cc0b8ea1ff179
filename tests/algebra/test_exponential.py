"""Identities of rational functions of e^z: decided as SymPy decides them, and never by luck."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.algebra.exponential import decided
from derive.algebra.scalar import to_sympy
from derive.algebra.tree import ONE, Add, Div, Expr, Fn, Mul, Num, Pow, Sym, add, mul, neg, num, sub

Z = Sym("z")


def e(k: int) -> Expr:
    return Fn("exp", (mul(num(k), Z),))


SIGMA = Div(ONE, add(ONE, e(-1)))
SLOPE = Div(e(-1), Pow(add(ONE, e(-1)), num(2)))


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (SLOPE, mul(SIGMA, sub(ONE, SIGMA)), True),
        (SLOPE, mul(SIGMA, SIGMA), False),
        (SIGMA, sub(ONE, Div(ONE, add(ONE, e(1)))), True),
        (SIGMA, Div(e(3), add(e(3), e(2))), True),
        (SIGMA, Div(e(3), add(e(2), e(3), num("0.000001"))), False),
        (Pow(add(e(1), e(-1)), num(-2)), Pow(add(e(-1), e(1)), num(-2)), True),
    ],
)
def test_known(left: Expr, right: Expr, equal: bool) -> None:
    assert decided(left, right, Z) is equal


@pytest.mark.parametrize("other", [Fn("log", (Z,)), Fn("exp", (Pow(Z, num(2)),)), Fn("sin", (Z,))])
def test_what_is_no_rational_function_of_the_exponential_is_left_to_others(other: Expr) -> None:
    assert decided(add(other, SIGMA), SIGMA, Z) is None


def test_the_letter_itself_is_independent_of_its_exponential() -> None:
    assert decided(add(Z, SIGMA), SIGMA, Z) is False
    assert decided(mul(add(Z, e(1)), SIGMA), add(mul(Z, SIGMA), mul(e(1), SIGMA)), Z) is True
    assert decided(mul(Z, e(1)), mul(e(1), add(Z, num("1/1000"))), Z) is False


def test_halves_and_logarithms_of_exponents() -> None:
    """``e^(z/2) e^(z/2) = e^z``, ``e^(log u) = u``, ``tanh(log u) = (u^2 - 1)/(u^2 + 1)``"""
    half = Fn("exp", (mul(num("1/2"), Z),))
    assert decided(mul(half, half), e(1), Z) is True
    u = add(ONE, e(1))
    log = Fn("log", (u,))
    assert decided(Fn("exp", (log,)), u, Z) is True
    square = Pow(u, num(2))
    assert decided(Fn("tanh", (log,)), Div(sub(square, ONE), add(square, ONE)), Z) is True


def leaves() -> st.SearchStrategy[Expr]:
    return st.one_of(st.integers(-2, 2).filter(bool).map(e), st.integers(-3, 3).map(num))


def grown(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    two = st.tuples(inner, inner)
    makers: list[Callable[[tuple[Expr, Expr]], Expr]] = [Add, Mul, lambda p: Div(p[0], add(p[1], num(7), e(1)))]
    return st.one_of([two.map(make) for make in makers])


@settings(max_examples=40, deadline=None)
@given(st.recursive(leaves(), grown, max_leaves=5), st.recursive(leaves(), grown, max_leaves=5))
def test_agrees_with_sympy(left: Expr, right: Expr) -> None:
    # a rewriting that is equal, and another random formula that rarely is
    same = add(mul(left, SIGMA), mul(left, sub(ONE, SIGMA)))
    assert decided(left, same, Z) is True
    ours = decided(left, right, Z)
    theirs = sympy.cancel(sympy.together(to_sympy(sub(left, right)))) == 0
    assert ours is theirs


def test_a_small_difference_is_a_difference() -> None:
    assert decided(add(SIGMA, neg(Num(num(1).value / 10**30))), SIGMA, Z) is False
