"""Nothing overflows, no digits are lost, and every rule is an identity."""

from __future__ import annotations

from typing import Any

import mpmath  # type: ignore[import-untyped]
import numpy as np
import pytest

from derive.algebra.tree import (
    ONE,
    ZERO,
    Add,
    Cases,
    Compare,
    Div,
    Expr,
    Fn,
    Mul,
    Num,
    Pow,
    Ref,
    Sum,
    Sym,
    neg,
    num,
    sub,
)
from derive.codegen import stable as rules
from derive.codegen.arrange import arranged
from derive.codegen.helpers import CAREFUL
from derive.codegen.lines import helper_lines
from derive.codegen.lower import Lowering
from derive.codegen.nodes import LogSumExp, Name
from derive.codegen.numpy_text import numpy_text
from derive.codegen.special import SPECIAL as LACKING
from derive.spec import NetworkSpec, Own
from derive.spec.own import own_activation
from tests.codegen.emitted import HIDDEN, Floats, module

S, K, I, N = (Sym(c) for c in "skin")
U, V = Ref("u", (), (S, K)), Ref("v", (), (S, K))
EACH = Ref("u", (), (S, I))


def exp(e: Expr) -> Expr:
    return Fn("exp", (e,))


def log(e: Expr) -> Expr:
    return Fn("log", (e,))


TOTAL = Sum(exp(EACH), I, ONE, N)
TWO = Add((exp(U), exp(V)))
SIZE = Fn("abs", (U,))
CASES = {
    "log_of_exp": log(exp(U)),
    "log_of_fraction": log(Div(exp(U), TOTAL)),
    "log_of_mirrored": log(sub(ONE, Div(ONE, Add((ONE, exp(neg(U))))))),
    "log_of_sum_over_units": Add((log(TOTAL), U)),
    "log_of_two_exponentials": log(TWO),
    "log_of_cosh": log(Fn("cosh", (U,))),
    "sinh_over_cosh": Div(Mul((V, Fn("sinh", (U,)))), Mul((Fn("cosh", (U,)), V))),
    "log_of_softplus": log(log(Add((ONE, exp(U))))),
    "over_softplus": Div(V, Mul((U, log(Add((ONE, exp(V))))))),
    "product_of_exponentials": Mul((U, exp(U), exp(V))),
    "own_logarithm": Mul((SIZE, Add((V, log(SIZE))))),
    "over_two_exponentials": Div(U, TWO),
    "share_of_exponentials": Div(exp(U), TOTAL),
    "over_power_of_two_exponentials": Div(Add((ONE, Mul((U, exp(U))))), Mul((V, Pow(TWO, num(2))))),
    "exponential_beside_fraction": Mul((U, Div(V, TWO), exp(U))),
    "exponential_minus_one": sub(exp(U), ONE),
    "complement_of_erf": sub(ONE, Fn("erf", (U,))),
    "complement_of_tanh": sub(ONE, Fn("tanh", (U,))),
    "both_ways": sub(neg(Fn("logaddexp", (ZERO, U))), Fn("logaddexp", (ZERO, neg(U)))),
    "complement_of_fraction": sub(Div(exp(U), Add((exp(U), exp(V)))), ONE),
    "slope_of_tanh": sub(ONE, Pow(Fn("tanh", (U,)), num(2))),
    "fraction_of_differences": Div(sub(exp(U), exp(V)), TWO),
    "other_case": Cases((U,), (Compare(">", U, ZERO),), exp(U)),
    "indicator": Cases((ONE,), (Compare(">", U, ZERO),), ZERO),
    "difference_of_signs": sub(Compare(">", U, V), Compare("<", U, V)),
}


@pytest.mark.parametrize("name", CASES)
def test_rule_is_an_identity(name: str) -> None:
    before = CASES[name]
    after = rules.stable(before)
    assert after != before
    np.testing.assert_allclose(value(after), value(before), rtol=1e-13)


def test_every_rule_has_a_case() -> None:
    assert {rule.__name__ for rule in rules.RULES} == {*CASES, "largest_of_several"}


def test_largest_of_several() -> None:
    """NumPy takes two at a time, so that what stood there before has no value here."""
    found = value(rules.stable(Fn("max", (U, V, neg(U)))))
    np.testing.assert_array_equal(found, np.maximum.reduce([value(U), value(V), -value(U)]))


def test_log_sum_exp_is_shifted() -> None:
    u = np.array([[1e4, 0.0], [-1e4, -1e4]])
    found = value(LogSumExp(EACH, I, ONE, N), u)
    np.testing.assert_allclose(found, [[1e4], [-1e4 + np.log(2)]], rtol=1e-15)


def test_zero_times_its_logarithm_is_zero() -> None:
    found = value(rules.stable(Mul((U, log(U)))), np.array([[0.0, 1.0, 2.0, 3.0]]))
    np.testing.assert_allclose(found, [[0.0, 0.0, 2 * np.log(2), 3 * np.log(3)]], rtol=1e-15)


FAR = np.array([[1e-9, -1e-4, 0.3, -39.0, 41.0, 600.0, -1e4, 1e4]])


@pytest.mark.parametrize("name", ["log_of_cosh", "log_of_softplus"])
def test_careful_functions_against_many_digits(name: str) -> None:
    found = value(Fn(name, (U,)), FAR)
    with mpmath.workdps(10_000):
        inner = mpmath.cosh if name == "log_of_cosh" else (lambda z: mpmath.log(1 + mpmath.exp(z)))
        exact = [float(mpmath.log(inner(mpmath.mpf(u)))) for u in FAR[0]]
    np.testing.assert_allclose(found[0], exact, rtol=1e-15)


def value(expr: Expr, u: Floats | None = None) -> Floats:
    rng = np.random.default_rng(1)
    known = {"np": np, "u": rng.standard_normal((3, 4)) if u is None else u, "v": rng.standard_normal((3, 4))}
    lower = Lowering(lambda member: Name(member.name if isinstance(member, Ref) else "n"), frozenset({S}))
    for row in LACKING:
        exec("\n    ".join([f"def {row.name}(Z):", *row.lines]), known)
    for careful in CAREFUL.values():
        helper = careful()
        exec("\n    ".join([f"def {helper.name}(Z):", *helper_lines(helper)]), known)
    found = eval(numpy_text(arranged(lower(expr, (S, K)))), known)
    return np.asarray(found)


EXTREMES = (-1e4, -800.0, -40.0, -1.0, 0.0, 1.0, 40.0, 800.0, 1e4)


@pytest.mark.parametrize("hidden", HIDDEN)
def test_hidden_layers_do_not_overflow(hidden: str) -> None:
    made = module(NetworkSpec("extreme inside", (2, 2, 2), (hidden, "softmax"), "cross-entropy"))
    theta = np.array([1.0, 0, 0, 0, 1.0, 0] * 2)
    X = np.array([(a, b) for a in EXTREMES for b in EXTREMES])
    Y = np.random.default_rng(0).random(X.shape)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert np.isfinite(made.gradient(theta, X, Y)).all()
        assert np.isfinite(made.cost(theta, X, Y))


def test_sigmoid_keeps_its_digits_in_the_far_tail() -> None:
    made = module(NetworkSpec("tail", (1, 1), ("sigmoid",), "binary-cross-entropy"))
    z = np.array([[-700.0], [-300.0], [-40.0], [-1.0]])
    np.testing.assert_allclose(made.forward(np.array([1.0, 0.0]), z), np.exp(z) / (1 + np.exp(z)), rtol=1e-13)


def test_cost_keeps_its_digits_where_it_is_small() -> None:
    made = module(NetworkSpec("tail", (1, 1), ("sigmoid",), "binary-cross-entropy"))
    found = made.cost(np.array([1.0, 0.0]), np.array([[-40.0]]), np.array([[0.0]]))
    assert found == pytest.approx(np.exp(-40.0), rel=1e-13)


SPECIAL = (-700.0, -300.0, -40.0, -10.0, -5.0, -1.5, -1e-9, 1e-9, 0.3, 2.0, 10.0, 40.0, 700.0)
SUBNORMAL = 1e-300
"""Below this a float cannot hold ten digits."""


OWN = Own(
    activations=(
        own_activation("steep", "1/(1 + exp(-3*z))"),
        own_activation("lecun", "1.7159*tanh(2*z/3)"),
        own_activation("bent", "where(z > 0, z, 2*(exp(z) - 1))"),
        own_activation("flipped", "1/(1 + exp(z))"),
    )
)


@pytest.mark.parametrize("name", [row.name for row in OWN.all_activations if row.elementwise])
def test_activation_and_its_slope_against_many_digits(name: str) -> None:
    """One unit with the target a - 1, so that the gradient by the input is the slope itself."""
    made = module(NetworkSpec("digits", (1, 1), (name,), "half-squared-error", own=OWN))
    theta = np.array([1.0, 0.0])
    for z in SPECIAL:
        x = np.array([[z]])
        a = made.forward(theta, x)
        with mpmath.workdps(700):
            exact, slope = precisely(OWN.all_activations.get(name).expression, mpmath.mpf(z))
        assert a[0, 0] == pytest.approx(float(exact), rel=1e-10, abs=SUBNORMAL)
        assert made.input_gradient(theta, x, a - 1)[0, 0] == pytest.approx(float(slope), rel=1e-10, abs=SUBNORMAL)


def precisely(formula: Expr, z: Any) -> tuple[Any, Any]:
    """The value and, by a difference with hundreds of digits, the slope."""
    step = mpmath.mpf(10) ** -200
    above, below = at(formula, z + step), at(formula, z - step)
    return at(formula, z), (above - below) / (2 * step)


def at(x: Expr, z: Any) -> Any:
    """The value of a formula in many digits."""
    if isinstance(x, Num):
        return mpmath.mpf(x.value.numerator) / x.value.denominator
    if isinstance(x, Sym):
        return z
    v = [at(c, z) for c in x.children]
    if isinstance(x, Compare):
        return {"<=": v[0] <= v[1], ">=": v[0] >= v[1], ">": v[0] > v[1]}[x.op]
    if isinstance(x, Cases):
        n = len(x.values)
        return next((v[i] for i in range(n) if v[n + i]), v[-1])
    if isinstance(x, (Add, Mul)):
        return mpmath.fsum(v) if isinstance(x, Add) else mpmath.fprod(v)
    if isinstance(x, (Div, Pow)):
        return v[0] / v[1] if isinstance(x, Div) else v[0] ** v[1]
    assert isinstance(x, Fn)
    if x.name == "pi":
        return +mpmath.pi
    return max(v) if x.name == "max" else getattr(mpmath, {"abs": "fabs"}.get(x.name, x.name))(*v)
