"""The formula grammar: what is read, against Python's own arithmetic, and what is refused."""

from __future__ import annotations

import math
import time
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.algebra.formula import FUNCTIONS, has_sum, parse_formula
from derive.algebra.tree import Add, Cases, Compare, Div, Expr, Fn, Mul, Num, Pow, Sym
from derive.errors import DeriveError

if TYPE_CHECKING:
    from collections.abc import Callable

z = Sym("z")

_PYTHON: dict[str, Callable[..., float]] = {
    "exp": math.exp,
    "tanh": math.tanh,
    "sin": math.sin,
    "cos": math.cos,
    "abs": abs,
    "max": max,
    "min": min,
}
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": float.__lt__,
    "<=": float.__le__,
    ">": float.__gt__,
    ">=": float.__ge__,
    "==": float.__eq__,
}


def number(x: Expr, z_value: float) -> float:
    """The value of a tree, written here apart from the product's own meaning."""
    v = [float(number(c, z_value)) for c in x.children]
    if isinstance(x, Num):
        return float(x.value)
    if isinstance(x, Sym):
        return z_value
    if isinstance(x, Add):
        total = v[0]
        for term in v[1:]:
            total += term
        return total
    if isinstance(x, Mul):
        return math.prod(v)
    if isinstance(x, Div):
        return v[0] / v[1]
    if isinstance(x, Pow):
        return float(v[0] ** v[1])
    if isinstance(x, Fn):
        return float(_PYTHON[x.name](*v))
    if isinstance(x, Compare):
        return float(_COMPARE[x.op](v[0], v[1]))
    assert isinstance(x, Cases)
    return v[0] if v[1] else v[2]


def atoms() -> st.SearchStrategy[str]:
    """Numbers away from 0, so that quotients stay finite, and the variable."""
    return st.one_of(st.integers(1, 9).map(str), st.sampled_from(["z", "0.5", ".25", "1e-1", "2.", "1.5E0"]))


def grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """One more operator, call or pair of parentheses around formulas."""
    small = st.integers(-3, 3).map(str)
    return st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", " * ", "- -", "*-"]), inner).map("".join),
        st.tuples(inner, st.integers(2, 9)).map(lambda t: f"{t[0]}/{t[1]}"),
        inner.map("({})".format),
        inner.map("-{}".format),
        st.tuples(inner, small).map(lambda t: f"({t[0]})^{t[1]}"),
        st.tuples(st.integers(1, 3), st.integers(0, 2), st.integers(0, 2)).map(lambda t: f"{t[0]}^{t[1]}^{t[2]}"),
        st.tuples(st.sampled_from(["tanh", "sin", "cos", "abs"]), inner).map(lambda t: f"{t[0]}({t[1]})"),
        st.tuples(st.sampled_from(["max", "min"]), inner, inner).map(lambda t: f"{t[0]}({t[1]}, {t[2]})"),
        st.tuples(inner, st.sampled_from(sorted(_COMPARE)), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
    )


@given(text=st.recursive(atoms(), grow, max_leaves=8), at=st.sampled_from([0.3, 1.0, -1.7]))
def test_formula_means_what_it_means_in_python(text: str, at: float) -> None:
    try:
        expected = float(eval(text.replace("^", "**"), {"__builtins__": {}}, {**_PYTHON, "z": at}))  # the oracle
    except (ZeroDivisionError, OverflowError):
        return
    assert number(parse_formula(text, {"z"}), at) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("z", z),
        ("2", Num(Fraction(2))),
        ("1e-4", Num(Fraction(1, 10000))),
        ("0.1", Num(Fraction(1, 10))),
        ("-z^2", Mul((Num(Fraction(-1)), Pow(z, Num(Fraction(2)))))),
        ("2^-z", Pow(Num(Fraction(2)), Mul((Num(Fraction(-1)), z)))),
        ("1 - 2*z", Add((Num(Fraction(1)), Mul((Num(Fraction(-2)), z))))),
        ("z - -z", Add((z, z))),
        ("1/z/2", Div(Div(Num(Fraction(1)), z), Num(Fraction(2)))),
        ("z*z/2", Div(Mul((z, z)), Num(Fraction(2)))),
        ("z/2*z", Mul((Div(z, Num(Fraction(2))), z))),
        ("max(0, z)", Fn("max", (Num(Fraction(0)), z))),
        ("exp(z)/sum(exp(z))", Div(Fn("exp", (z,)), Fn("total", (Fn("exp", (z,)),)))),
        (
            "where(z > 0, z, where(z > -1, 2, 3))",
            Cases(
                (z, Num(Fraction(2))),
                (Compare(">", z, Num(Fraction(0))), Compare(">", z, Num(Fraction(-1)))),
                Num(Fraction(3)),
            ),
        ),
        ("where(z > 0, z, 0)", Cases((z,), (Compare(">", z, Num(Fraction(0))),), Num(Fraction(0)))),
        ("z^2^3", Pow(z, Pow(Num(Fraction(2)), Num(Fraction(3))))),
    ],
)
def test_formula_tree_keeps_what_was_written(text: str, tree: Expr) -> None:
    assert parse_formula(text, {"z"}) == tree


def test_sum_over_units_is_recognised() -> None:
    assert has_sum(parse_formula("exp(z)/sum(exp(z))", {"z"}))
    assert not has_sum(parse_formula("max(0, z)", {"z"}))


@pytest.mark.parametrize(
    ("text", "column", "says"),
    [
        ("", 1, "empty"),
        ("   ", 1, "empty"),
        ("1 +", 4, "formula ends"),
        ("1 + * z", 5, "'*' stands"),
        ("(z + 1", 7, "opened at column 1 is not closed"),
        ("z + 1)", 6, "unexpected ')'"),
        ("2z", 2, "no operator before 'z'"),
        ("z**2", 2, "a power is written with ^"),
        ("sigmoid(z)", 1, "unknown function 'sigmoid'"),
        ("tan(z)", 1, "did you mean 'tanh'?"),
        ("expp(z)", 1, "did you mean 'exp'?"),
        ("1 + Z", 5, "did you mean 'z'?"),
        ("z(1)", 1, "'z' is a number"),
        ("exp", 1, "write exp(...)"),
        ("exp()", 5, "')' stands"),
        ("exp(z, z)", 1, "exp has 2 arguments"),
        ("max(z)", 1, "max has 1 argument\n"),
        ("where(z, 1, 2)", 1, "no comparison"),
        ("0 < z < 1", 7, "do not chain"),
        ("z = 1", 3, "written with =="),
        ("z; import os", 2, "';' has no meaning"),
        ("__import__('os')", 12, "has no meaning"),
        ("z.real", 2, "has no meaning"),
        ("λ*z", 1, "has no meaning"),
        ("²", 1, "has no meaning"),
        ("9^9^9^9", 4, "too large"),
        ("(9^99)^99", 7, "the power"),
        ("(1.000000000000000000000001^100)^100", 28, "the power"),
        ("z^1000", 2, "too large"),
        ("(-8)^0.5", 5, "the power"),
        ("0^-1", 2, "the power"),
        ("z/(1 - 1)", 2, "division by zero"),
        ("1e999999999", 1, "out of bounds"),
        ("9" * 50, 1, "out of bounds"),
        ("sum(z*sum(z))", 7, "a sum inside a sum"),
    ],
)
def test_formula_that_cannot_be_read_is_refused_with_place(text: str, column: int, says: str) -> None:
    with pytest.raises(DeriveError) as caught:
        parse_formula(text, {"z"}, source="net.toml")
    message = str(caught.value)
    assert says in message
    assert caught.value.place is not None
    assert (caught.value.place.line, caught.value.place.column) == (1, column)
    assert message.startswith(f"net.toml:1:{column}: ")
    assert caught.value.expected
    assert caught.value.remedy


def test_place_counts_lines() -> None:
    with pytest.raises(DeriveError) as caught:
        parse_formula("z +\n  1 + q", {"z"}, line=10)
    assert caught.value.place is not None
    assert (caught.value.place.line, caught.value.place.column, caught.value.place.text) == (11, 7, "  1 + q")
    assert str(caught.value).splitlines()[2] == "          ^"


@pytest.mark.parametrize(
    "text",
    [
        "(" * 20_000 + "z" + ")" * 20_000,
        "(" * 1_900 + "z" + ")" * 1_900,
        "-" * 20_000 + "z",
        "exp(" * 900 + "z",
        "z" + "/2" * 1_900,
        "z" + "^z" * 1_900,
        "(" * 50 + "z" + "/2/2/2/2/2/2/2/2)" * 50,
        "((1/1" + "/1" * 1_800 + "))^2",
    ],
)
def test_deep_and_long_formulas_are_refused_quickly(text: str) -> None:
    start = time.perf_counter()
    with pytest.raises(DeriveError):
        parse_formula(text, {"z"})
    assert time.perf_counter() - start < 2


def test_many_signs_are_no_depth() -> None:
    assert parse_formula("-" * 1_000 + "z", {"z"}) == z


def test_every_function_can_be_called() -> None:
    for name, (least, _) in FUNCTIONS.items():
        arguments = ["z"] * least if name != "where" else ["z < 1", "z", "0"]
        parse_formula(f"{name}({', '.join(arguments)})", {"z"})
