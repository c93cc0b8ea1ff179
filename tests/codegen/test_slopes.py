"""Which line of a slope is computed, and that the count of lost digits behind the choice is right."""

from __future__ import annotations

import mpmath  # type: ignore[import-untyped]
import numpy as np
import pytest

from derive.algebra.tree import ONE, Add, Compare, Div, Expr, Fn, Mul, Num, Pow, Sym, neg, num, sub
from derive.codegen import code, slopes
from derive.codegen.rounding import Rounded, rounded
from derive.spec import NetworkSpec
from tests.codegen.emitted import chapter, run

Z = Sym("z")
EXP, TANH = Fn("exp", (Z,)), Fn("tanh", (Z,))
SIGMOID = Div(ONE, Add((ONE, Fn("exp", (neg(Z),)))))
FORMULAS = {
    "difference from 1": sub(ONE, Mul((SIGMOID, SIGMOID))),
    "difference of squares": sub(ONE, Pow(TANH, num(2))),
    "sum that cancels": sub(Add((EXP, Z)), EXP),
    "logarithm near 1": Fn("log", (Add((ONE, EXP)),)),
    "quotient of small numbers": Div(Fn("expm1", (EXP,)), EXP),
    "careful function": Fn("log_of_cosh", (Z,)),
    "number that is no float": Mul((Num(num(1).value / 3), Z)),
}
POINTS = (-700.0, -36.5, -9.7, -0.1, 1e-7, 0.3, 4.1, 17.3, 41.0, 300.0)


@pytest.mark.parametrize("name", FORMULAS)
def test_the_error_is_within_its_bound(name: str) -> None:
    for point in POINTS:
        found = rounded(FORMULAS[name], {Z: Rounded(point)})
        with mpmath.workdps(700):
            true = exactly(FORMULAS[name], mpmath.mpf(point))
            assert abs(true - mpmath.mpf(found.value)) <= found.error + 5e-324 if np.isfinite(found.error) else True


def exactly(x: Expr, z: mpmath.mpf) -> mpmath.mpf:
    """The value in many digits."""
    if isinstance(x, Num):
        return mpmath.mpf(x.value.numerator) / x.value.denominator
    v = [exactly(c, z) for c in x.children]
    if isinstance(x, Add):
        return mpmath.fsum(v)
    if isinstance(x, Mul):
        return mpmath.fprod(v)
    if isinstance(x, (Div, Pow)):
        return v[0] / v[1] if isinstance(x, Div) else v[0] ** v[1]
    if not isinstance(x, Fn):
        return z
    return mpmath.log(mpmath.cosh(*v)) if x.name == "log_of_cosh" else getattr(mpmath, x.name)(*v)


def test_lost_digits_are_seen() -> None:
    """No digit of 1 - a is left where a is 1 to a computer, all of them where a is small; a bound is no alarm."""
    a = sub(ONE, SIGMOID)
    assert not rounded(a, {Z: Rounded(40.0)}).exact
    assert not rounded(a, {Z: Rounded(19.0)}).exact
    assert rounded(a, {Z: Rounded(-40.0)}).exact
    assert rounded(Fn("exp", (neg(Fn("logaddexp", (num(0), Z))),)), {Z: Rounded(700.0)}).exact


def test_what_is_no_formula_of_an_entry_is_told() -> None:
    with pytest.raises(TypeError, match="entry by entry"):
        rounded(Fn("unknown", (Z,)), {Z: Rounded(1.0)})


def test_nothing_is_known_behind_a_division_by_zero() -> None:
    assert not rounded(Div(ONE, sub(Z, Z)), {Z: Rounded(1.0)}).exact
    assert rounded(Compare(">", Z, num(0)), {Z: Rounded(1.0)}) == Rounded(1.0)


# ---------------------------------------------------------------- the choice


def emitted(hidden: str, style: str = "textbook") -> str:
    spec = NetworkSpec(f"{hidden} inside", (2, 2, 1), (hidden, "identity"), "half-squared-error")
    return code(chapter(spec), spec, style)


def test_the_line_before_the_last_is_computed_and_cited() -> None:
    text = emitted("sigmoid")
    assert "A_1 * np.exp(-np.logaddexp(0, Z_1)) * (Delta_2 @ W_2)" in text
    assert "activation-derivative-sigmoid:  σ'(z) = σ(z) σ(-z)" in text


def test_the_last_line_is_computed_where_it_keeps_its_digits() -> None:
    assert "activation-derivative" not in emitted("silu")


def test_training_code_calls_one_function_at_most_for_the_sake_of_digits() -> None:
    """``a - a^2`` in float32 is what everybody computes; an exponential for a slope of elu is one call."""
    assert "subtract(A_1, P_1, out=P_1)" in emitted("sigmoid", "training")
    assert "exp(Q_1, out=Q_1)" in emitted("elu", "training")


@pytest.mark.parametrize(("hidden", "far"), [("sigmoid", 40.0), ("tanh", 40.0), ("selu", -60.0), ("elu", -60.0)])
def test_without_the_choice_digits_are_lost(hidden: str, far: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last line of each, taken whatever it loses: nothing is left of the slope."""
    found = slope_far_out(hidden, far)
    monkeypatch.setattr(slopes, "_exact", lambda *_: True)
    lost = slope_far_out(hidden, far)
    assert 0 < found < 1e-15
    assert not abs(lost - found) <= 1e-10 * found


def slope_far_out(hidden: str, z: float) -> float:
    made = run(emitted(hidden))
    theta = np.array([1.0, 0, 0, 0, 1.0, 0, 1.0, 0, 0])
    X = np.array([[z, 0.0]])
    return float(made.input_gradient(theta, X, made.forward(theta, X) - 1)[0, 0])
