"""Scalar calculus: SymPy's tree and our floats against Python's own mathematics; nothing false is proved."""

from __future__ import annotations

import math

import pytest
import sympy

from derive.algebra.exponential import in_exponentials
from derive.algebra.formula import parse_formula
from derive.algebra.scalar import proves_equal, real, to_sympy
from derive.algebra.tree import Cases, Compare, Expr, Fn, Kron, Ref, Sym, num, sub

Z = Sym("z")
POINTS = (-1.3, 0.4, 2.2)
FORMULAS = (
    "1/(1 + exp(-z))",
    "tanh(z)^2 - 3*z/4",
    "z^-2 + 2^z",
    "sqrt(z^2 + 1)*sin(z) - cos(2*z)",
    "log(1 + exp(z))",
    "max(0, z) + min(z, 1) - abs(z)",
    "z*(1 - z)/(1 + z^2)",
)
NAMES = {n: getattr(math, n) for n in ("exp", "log", "sqrt", "sin", "cos", "tanh")} | {
    "abs": abs,
    "max": max,
    "min": min,
}


def formula(text: str) -> Expr:
    return parse_formula(text, {"z"})


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_have_the_values_of_python(text: str) -> None:
    tree = formula(text)
    for at in POINTS:
        wanted = eval(text.replace("^", "**"), {"__builtins__": {}}, {**NAMES, "z": at})  # the oracle
        assert real(tree, {Z: at}) == pytest.approx(wanted, rel=1e-12)
        assert float(to_sympy(tree).subs({sympy.Symbol("z", real=True): at})) == pytest.approx(wanted, rel=1e-12)
        assert real(in_exponentials(tree), {Z: at}) == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize("name", ["sinh", "cosh", "tanh"])
def test_hyperbolic_functions_are_written_out(name: str) -> None:
    made = in_exponentials(Fn(name, (Z,)))
    assert {node.name for node in made.walk() if isinstance(node, Fn)} == {"exp"}
    for at in POINTS:
        assert real(made, {Z: at}) == pytest.approx(getattr(math, name)(at), rel=1e-12)


def test_exact_numbers_stay_exact() -> None:
    assert to_sympy(num("1/3")) == sympy.Rational(1, 3)
    assert to_sympy(num("0.1")) == sympy.Rational(1, 10)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("exp(-z)/(1 + exp(-z))^2", "1/(1 + exp(-z))*(1 - 1/(1 + exp(-z)))"),
        ("2*tanh(z)/(1 + tanh(z)^2)", "tanh(2*z)"),
        ("(z + 1)^2", "z^2 + 2*z + 1"),
        ("sin(z)^2 + cos(z)^2", "1"),
    ],
)
def test_equal_functions(one: str, two: str) -> None:
    assert proves_equal(in_exponentials(formula(one)), in_exponentials(formula(two)))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("exp(-z)/(1 + exp(-z))^2", "1/(1 + exp(-z))*(1 + 1/(1 + exp(-z)))"),
        ("1/(1 + exp(-z))", "1/(1 + exp(z))"),
        ("tanh(z)", "z"),
        ("abs(z)", "z"),
        ("sqrt(z^2)", "z"),
        ("z + 1/1000000000", "z"),
    ],
)
def test_unequal_functions(one: str, two: str) -> None:
    assert not proves_equal(formula(one), formula(two))


@pytest.mark.parametrize("wrong", [Ref("a"), Kron(Z, Z), Fn("unknown", (Z,))], ids=str)
def test_what_is_no_formula(wrong: Expr) -> None:
    with pytest.raises(TypeError, match="not part of a scalar formula"):
        to_sympy(sub(Z, wrong))
    with pytest.raises(TypeError, match="not part of a scalar formula"):
        real(sub(Z, wrong), {Z: 1.0})


def test_comparisons_and_cases_are_numbers_but_no_part_of_an_identity() -> None:
    """Only the piece that holds is looked at."""
    pieces = Cases((Fn("log", (Z,)),), (Compare(">", Z, num(0)),), num(7))
    assert [real(pieces, {Z: z}) for z in (-1.0, 1.0)] == [7.0, 0.0]
    assert real(Compare("<", Z, num(2)), {Z: 1.0}) == 1.0
    with pytest.raises(TypeError, match="not part of a scalar formula"):
        to_sympy(pieces)
