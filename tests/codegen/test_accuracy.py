"""Emitted cost and gradient of every pair of last activation and cost, against the formulas in many digits."""

from __future__ import annotations

import zlib
from functools import cache
from typing import Any

import mpmath  # type: ignore[import-untyped]
import numpy as np
import pytest

from derive.algebra.tree import Add, Cases, Compare, Div, Expr, Fn, Mul, Num, Pow, Sym
from derive.codegen import code
from derive.derivation.chapter import derive_chapter
from derive.spec import NetworkSpec, Own
from derive.spec.own import own_activation, own_cost
from tests.codegen.emitted import Floats, fitting, run

OWN = Own(
    activations=(
        own_activation("steep", "1/(1 + exp(-3*z))"),
        own_activation("growth", "exp(z)"),
        own_activation("smooth", "log(1 + exp(2*z))/2"),
        own_activation("lecun", "1.7159*tanh(2*z/3)"),
        own_activation("bent", "where(z > 0, z, 2*(exp(z) - 1))"),
    ),
    costs=(own_cost("quartic", "(a - y)^4"), own_cost("asked", "-y*log(a) - (1 - y)*log(1 - a)")),
)
OWN_PAIRS = [
    ("steep", "binary-cross-entropy"),
    ("sigmoid", "asked"),
    ("growth", "poisson"),
    ("smooth", "poisson"),
    ("tanh", "quartic"),
    ("steep", "huber"),
    ("lecun", "log-cosh"),
    ("bent", "quartic"),
]
EXTREMES = (-1e4, -800.0, -40.0, -1.0, 0.0, 1.0, 40.0, 800.0, 1e4)
POINTS = (-700.0, -300.0, -40.0, -3.7, -0.4, 0.3, 2.1, 40.0, 300.0, 700.0)
DIGITS = 50
TRIED = 8
UNFUSED = 1e-15
"""What softmax keeps with a cost that it does not fuse with: ``a_k (g_k - sum_j a_j g_j)`` cancels near a_k = 1."""
FUSED = ("cross-entropy", "kl")


@cache
def emitted(last: str, cost: str) -> Any:
    spec = NetworkSpec("pair", (2, 2), (last,), cost, own=OWN)
    return run(code(derive_chapter(spec, checked=()), spec))


def rows(last: str, values: tuple[float, ...]) -> Floats:
    """Every pair of the values; an activation that is an exponential has numbers for outputs up to 700 only."""
    most = 700.0 if last == "growth" else np.inf
    return np.array([(u, v) for u in values for v in values if max(u, v) <= most])


IDENTITY = np.array([1.0, 0, 0, 0, 1.0, 0])
"""Weights and biases that make the pre-activations equal to the inputs."""


@pytest.mark.parametrize(("last", "cost"), [*fitting(), *OWN_PAIRS])
def test_finite_and_without_a_warning_up_to_ten_thousand(last: str, cost: str) -> None:
    made, z = emitted(last, cost), rows(last, EXTREMES)
    for y in (np.random.default_rng(0).random(z.shape), np.eye(2)[np.arange(len(z)) % 2]):
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            numbers = [made.forward(IDENTITY, z), made.gradient(IDENTITY, z, y), made.input_gradient(IDENTITY, z, y)]
            numbers.append(np.array(made.cost(IDENTITY, z, y)))
        assert all(np.isfinite(n).all() for n in numbers)


@pytest.mark.parametrize(("last", "cost"), [*fitting(), *OWN_PAIRS])
def test_cost_and_gradient_against_fifty_digits(last: str, cost: str) -> None:
    """One sample at a time, so that the gradient by the input is the error; some points of the grid for each pair."""
    made, rng = emitted(last, cost), np.random.default_rng(zlib.crc32(f"{last} {cost}".encode()))
    points = rows(last, POINTS)
    for z in points[rng.permutation(len(points))[:TRIED]]:
        y = rng.uniform(0.1, 0.9, (1, 2))
        value, error = made.cost(IDENTITY, z[None], y), made.input_gradient(IDENTITY, z[None], y)[0]
        true_value, true_error = exactly(last, cost, z, y[0])
        assert abs(value - true_value) <= 1e-10 * abs(true_value), (z, y)
        allowed = 1e-10 * np.abs(true_error) + (UNFUSED if last == "softmax" and cost not in FUSED else 0)
        assert (np.abs(error - true_error) <= allowed).all(), (z, y, error, true_error)


HARD = [("softmax", "cross-entropy"), ("sigmoid", "binary-cross-entropy"), ("steep", "binary-cross-entropy")]
"""Pairs whose targets are 0 or 1 in practice."""


@pytest.mark.parametrize(("last", "cost"), HARD)
def test_targets_of_0_and_1_against_fifty_digits(last: str, cost: str) -> None:
    """Of the largest entry of each array over a batch: ``a - y`` keeps the rounding of 1 where both are near 1."""
    made, rng = emitted(last, cost), np.random.default_rng(7)
    points = rows(last, POINTS)
    z = points[rng.permutation(len(points))[: 2 * TRIED]]
    y = np.eye(2)[rng.integers(0, 2, len(z))]
    values, errors = zip(*(exactly(last, cost, *one) for one in zip(z, y, strict=True)), strict=True)
    assert abs(made.cost(IDENTITY, z, y) - np.mean(values)) <= 1e-10 * np.mean(values)
    truth = np.array(errors) / len(z)
    assert np.abs(made.input_gradient(IDENTITY, z, y) - truth).max() <= 1e-10 * np.abs(truth).max()


def test_an_inaccurate_formula_is_seen() -> None:
    """The formula as it is written, in floats, fails in the same comparison."""
    z, y = np.array([40.0, -40.0]), np.array([0.3, 0.6])
    true_value, _ = exactly("softplus", "poisson", z, y)
    a = np.log(1 + np.exp(z))
    with np.errstate(divide="ignore"):
        written = float((a - y * np.log(a)).sum())
    assert not abs(written - true_value) <= 1e-10 * abs(true_value)


# ---------------------------------------------------------------- the oracle: the two formulas, in many digits


def exactly(last: str, cost: str, z: Floats, y: Floats) -> tuple[float, Floats]:
    """The cost of a row and its derivatives by the pre-activations, by differences with enough digits."""
    outer, inner = OWN.all_costs.get(cost).expression, OWN.all_activations.get(last).expression

    def value(units: list[Any]) -> Any:
        outputs = [number(inner, {"z": u}, [{"z": v} for v in units]) for u in units]
        letters = ({"a": a, "y": mpmath.mpf(t), "n": mpmath.mpf(2)} for a, t in zip(outputs, y, strict=True))
        return mpmath.fsum(number(outer, each, []) for each in letters)

    with mpmath.workdps(150 + int(1.4 * np.abs(z).max())):  # 1 - a has no digit before the 900th where a = sigma(2100)
        at = [mpmath.mpf(u) for u in z]
        step = mpmath.mpf(10) ** -60
        slopes = []
        for i in range(len(at)):
            above, below = ([u + s * (i == j) for j, u in enumerate(at)] for s in (step, -step))
            slopes.append(float((value(above) - value(below)) / (2 * step)))
        return float(value(at)), np.array(slopes)


def number(x: Expr, letters: dict[str, Any], units: list[dict[str, Any]]) -> Any:
    """The value of a formula at one unit; ``units``: the letters of all of them, for a sum over units."""
    if isinstance(x, Num):
        return mpmath.mpf(x.value.numerator) / x.value.denominator
    if isinstance(x, Sym):
        return letters[x.name]
    if isinstance(x, Fn) and x.name == "total":
        return mpmath.fsum(number(x.args[0], each, units) for each in units)
    if isinstance(x, Cases):
        chosen = (v for v, c in zip(x.values, x.conditions, strict=True) if number(c, letters, units))
        return number(next(chosen, x.otherwise), letters, units)
    v = [number(c, letters, units) for c in x.children]
    if isinstance(x, Compare):
        return {"<=": v[0] <= v[1], ">=": v[0] >= v[1], ">": v[0] > v[1], "<": v[0] < v[1]}[x.op]
    if isinstance(x, (Add, Mul)):
        return mpmath.fsum(v) if isinstance(x, Add) else mpmath.fprod(v)
    if isinstance(x, (Div, Pow)):
        return v[0] / v[1] if isinstance(x, Div) else v[0] ** v[1]
    assert isinstance(x, Fn)
    if x.name in ("max", "min"):
        return max(v) if x.name == "max" else min(v)
    return getattr(mpmath, {"abs": "fabs"}.get(x.name, x.name))(*v)
