"""The derivative of an activation is found from its formula: compared with differences, proved by SymPy, and short."""

from __future__ import annotations

import cmath
from collections.abc import Callable
from fractions import Fraction

import pytest
import sympy

from derive.algebra.exponential import in_exponentials
from derive.algebra.formula import parse_formula
from derive.algebra.scalar import by_definition, proves_equal, to_sympy
from derive.algebra.substitute import put
from derive.algebra.tree import ONE, Add, Cases, Compare, Div, Expr, Fn, Mul, Num, Pow, Sym, add, mul, neg, num, sub
from derive.derivation.activations import ActivationDerivative, activation_derivative, activation_model
from derive.derivation.rules import Rules
from derive.derivation.shorter import A, Z, shortest, solved, written_out
from derive.model.model import Function

POINTS = (-2.3, -0.7, 0.3, 1.9)


def body(text: str) -> Expr:
    return in_exponentials(parse_formula(text, {"z"}))


def derived(text: str, variable: str = "z") -> ActivationDerivative:
    function = Function("phi", "formula", variable=Sym(variable), body=by_definition(parse_formula(text, {variable})))
    model = activation_model({"phi": function})
    return activation_derivative(model.functions["phi"], model, Rules())


FUNCTIONS: dict[str, Callable[[complex], complex]] = {
    "exp": cmath.exp,
    "sin": cmath.sin,
    "cos": cmath.cos,
    "log": cmath.log,
    "tanh": cmath.tanh,
}


SELECTING: dict[str, Callable[..., complex]] = {
    "abs": lambda u: -u if u.real < 0 else u,
    "max": lambda *v: max(v, key=lambda u: u.real),
    "min": lambda *v: min(v, key=lambda u: u.real),
}


def by_cases(x: Compare | Cases, v: list[complex]) -> complex:
    """A truth value, or the value of the first case that holds."""
    if isinstance(x, Compare):
        above, equal = v[0].real > v[1].real, v[0].real == v[1].real
        return complex({">": above, ">=": above or equal, "<=": not above, "<": not above and not equal}[x.op])
    n = len(x.values)
    return next((v[i] for i in range(n) if v[n + i]), v[-1])


def value(x: Expr, at: complex) -> complex:
    """At a complex point: a derivative is the imaginary part of a tiny step, to all digits."""
    v = [value(c, at) for c in x.children]
    if isinstance(x, Num):
        return complex(x.value)
    if isinstance(x, Sym):
        return at
    if isinstance(x, Add):
        return sum(v)
    if isinstance(x, Mul):
        out = 1 + 0j
        for factor in v:
            out *= factor
        return out
    if isinstance(x, Div):
        return v[0] / v[1]
    if isinstance(x, Pow):
        return v[0] ** v[1]
    if isinstance(x, (Compare, Cases)):
        return by_cases(x, v)
    assert isinstance(x, Fn)
    if x.name in SELECTING:
        return SELECTING[x.name](*v)
    return FUNCTIONS[x.name](*v)


SMOOTH = (
    "1/(1 + exp(-z))",
    "1/(1 + exp(-3*z))",
    "tanh(z)",
    "tanh(z/2)",
    "2/(1 + exp(-z)) - 1",
    "exp(z)",
    "exp(-2*z) + 1",
    "z^2 + z",
    "z/(1 + exp(-z))",
    "log(1 + exp(z))",
    "exp(-z^2)",
    "sin(z)",
    "3*z - 2",
    "z^3/3",
    "z",
)


BY_CASES = (
    "z/(1 + abs(z))",
    "where(z > 0, z, z/100)",
    "where(z <= -1, 0, where(z >= 1, 1, z/6 + 1/2))",
)


@pytest.mark.parametrize("text", [*SMOOTH, "max(0, z)", "max(z/10, z)", "min(1, z)", *BY_CASES])
def test_value(text: str) -> None:
    """In a and z together, and at every line."""
    found = derived(text)
    inside = written_out(put(found.value, {A: body(text)}))
    for at in POINTS:
        wanted = value(body(text), at + 1e-30j).imag / 1e-30
        assert value(inside, at).real == pytest.approx(wanted, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("text", SMOOTH)
def test_sympy_agrees(text: str) -> None:
    inside = to_sympy(written_out(put(derived(text).value, {A: body(text)})))
    z = sympy.Symbol("z", real=True)
    naive = sympy.diff(to_sympy(body(text)), z)
    assert sympy.simplify((inside - naive).rewrite(sympy.exp)) == 0


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("1/(1 + exp(-z))", "a*(1 - a)"),
        ("1/(1 + exp(-3*z))", "3*a*(1 - a)"),
        ("tanh(z)", "1 - a^2"),
        ("tanh(z/2)", "1/2 - a^2/2"),
        ("2/(1 + exp(-z)) - 1", "1/2 - a^2/2"),
        ("exp(z)", "a"),
        ("exp(-2*z) + 1", "2 - 2*a"),
        ("4/(1 + exp(-z))", "a*(1 - a/4)"),
    ],
)
def test_short_form(text: str, short: str) -> None:
    """Nothing knows the sigmoid: the form in a is found."""
    found = derived(text).value
    assert Z not in found.symbols
    assert proves_equal(found, parse_formula(short, {"a"}))


SIGMA = Fn("sigmoid", (Z,))
LONGER = {
    "log(1 + exp(z))": SIGMA,
    "z/(1 + exp(-z))": mul(SIGMA, add(ONE, Z, neg(A))),
    "z/(1 + exp(-2*z))": mul(Fn("sigmoid", (mul(num(2), Z),)), add(ONE, mul(num(2), Z), mul(num(-2), A))),
    "exp(-z^2)": mul(num(-2), A, Z),
    "where(z > 0, z, exp(z) - 1)": Cases((ONE,), (Compare(">", Z, num(0)),), add(ONE, A)),
    "3*where(z > 0, z, 2*(exp(z) - 1))": Cases((num(3),), (Compare(">", Z, num(0)),), add(num(6), A)),
    "max(0, z)": Cases((ONE,), (Compare(">", Z, num(0)),), num(0)),
    "min(1, z)": Cases((ONE,), (Compare("<", Z, ONE),), num(0)),
}


@pytest.mark.parametrize("text", LONGER)
def test_short_form_in_other_functions_and_by_cases(text: str) -> None:
    """The sigmoid is a row of the table; where it helps is found."""
    assert derived(text).value == LONGER[text]


def test_a_factor_is_recognised_inside_a_slope() -> None:
    """mish: the slope of the softplus inside it is a sigmoid."""
    found = derived("z*tanh(log(1 + exp(z)))")
    inside = Fn("tanh", (Fn("log", (add(ONE, Fn("exp", (Z,))),)),))
    assert found.value == add(inside, mul(Z, sub(ONE, Pow(inside, num(2))), SIGMA))
    assert "sigmoid" in str(found.derivation.steps[-1].reason_math)


def test_candidates_are_proved() -> None:
    """Coefficients come from a few points; what is equal there only is not taken."""
    assert solved([[Fraction(1), Fraction(2), Fraction(3)]], [Fraction(2), Fraction(4), Fraction(6)]) == [Fraction(2)]
    assert solved([[Fraction(1), Fraction(2), Fraction(3)]], [Fraction(2), Fraction(4), Fraction(7)]) is None
    wrong = shortest(parse_formula("exp(2*z)", {"z"}), parse_formula("exp(z)", {"z"}))
    assert proves_equal(put(wrong, {A: parse_formula("exp(z)", {"z"})}), parse_formula("exp(2*z)", {"z"}))


@pytest.mark.parametrize("text", ["sin(z)", "z^2 + z", "z^3/3"])
def test_without_a_short_form_it_stays_in_z(text: str) -> None:
    found = derived(text).value
    assert found.symbols == {Z}


def test_sigmoid_as_it_is_told() -> None:
    found = derived("1/(1 + exp(-z))").derivation
    assert found.label == "activation-derivative-phi"
    rules = [step.rule for step in found.steps]
    assert rules[0] == "definition"
    assert rules[-1] == "in terms of the activation"
    assert "mirror" in rules
    assert all(a.after == b.before for a, b in zip(found.steps, found.steps[1:], strict=False))
    assert found.claim == (found.steps[0].before, found.steps[-1].after)


def test_the_letter_of_the_formula_does_not_matter() -> None:
    assert derived("1/(1 + exp(-v))", "v").value == derived("1/(1 + exp(-z))").value


def test_slope_of_relu_is_a_step() -> None:
    found = derived("max(0, z)").value
    assert [value(found, at).real for at in (-2.0, 0.0, 3.0)] == [0.0, 0.0, 1.0]
    assert any(isinstance(n, Compare) for n in found.walk())


def test_absolute_values_are_gathered() -> None:
    found = derived("z/(1 + abs(z))")
    assert found.value == parse_formula("1/(1 + abs(z))^2", {"z"})
    assert "absolute value" in [step.rule for step in found.derivation.steps]
