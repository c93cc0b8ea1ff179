"""The tables: every formula is read, ranges and domains hold in numbers, names are found, no derivative in them."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import TYPE_CHECKING

import pytest

from derive.algebra.tree import Add, Cases, Compare, Div, Expr, Fn, Mul, Num, Pow, Sym
from derive.data.activations import ACTIVATIONS, Activation
from derive.data.costs import COSTS, Cost
from derive.data.interval import CLOSED_UNIT, NON_NEGATIVE, POSITIVE, REAL, UNIT, Interval
from derive.data.optimisers import OPTIMISERS, Optimiser
from derive.data.penalties import PENALTIES, Penalty
from derive.errors import DeriveError

if TYPE_CHECKING:
    from derive.data.table import Table


def number(x: Expr, values: dict[str, float], units: list[dict[str, float]]) -> float:
    """The value of a formula at one unit; ``units`` are the values at all of them, for the sum over units."""
    if isinstance(x, Fn) and x.name == "total":
        return sum(number(x.args[0], unit, units) for unit in units)
    v = [number(c, values, units) for c in x.children]
    if isinstance(x, Compare):
        return float({"<": v[0] < v[1], "<=": v[0] <= v[1], ">": v[0] > v[1], ">=": v[0] >= v[1]}[x.op])
    if isinstance(x, Cases):
        n = len(x.values)
        return next((v[i] for i in range(n) if v[n + i]), v[-1])
    if isinstance(x, Num):
        return float(x.value)
    if isinstance(x, Sym):
        return values[x.name]
    if isinstance(x, (Add, Mul)):
        return sum(v) if isinstance(x, Add) else math.prod(v)
    if isinstance(x, (Div, Pow)):
        return v[0] / v[1] if isinstance(x, Div) else v[0] ** v[1]
    assert isinstance(x, Fn)
    functions = {"exp": math.exp, "log": math.log, "tanh": math.tanh, "max": max, "abs": abs, "cosh": math.cosh}
    functions |= {"erf": math.erf, "sqrt": math.sqrt, "pi": lambda: math.pi}
    return float(functions[x.name](*v))  # type: ignore[operator]


def outputs(row: Activation, pre_activations: list[float]) -> list[float]:
    units = [{"z": z} for z in pre_activations]
    return [number(row.expression, unit, units) for unit in units]


REFERENCE = {
    "identity": [-2.0, 0.5, 1.0],
    "sigmoid": [0.11920292, 0.62245933, 0.73105858],
    "tanh": [-0.96402758, 0.46211716, 0.76159416],
    "relu": [0.0, 0.5, 1.0],
    "leaky-relu": [-0.02, 0.5, 1.0],
    "hard-sigmoid": [1 / 6, 7 / 12, 2 / 3],
    "elu": [-0.86466472, 0.5, 1.0],
    "selu": [-1.52016647, 0.52535049, 1.05070099],
    "softplus": [0.12692801, 0.97407698, 1.31326169],
    "softsign": [-2 / 3, 1 / 3, 0.5],
    "gelu": [-0.0455002639, 0.345731231, 0.841344746],
    "gelu-tanh": [-0.0454023059, 0.34571401, 0.841191991],
    "silu": [-0.238405844, 0.311229666, 0.731058579],
    "mish": [-0.252501483, 0.375245211, 0.865098388],
    "softmax": [0.03005889, 0.36619222, 0.60374890],
}


@pytest.mark.parametrize("row", ACTIVATIONS, ids=lambda row: row.name)
def test_activation_formula_and_range(row: Activation) -> None:
    found = outputs(row, [-2.0, 0.5, 1.0])
    assert found == pytest.approx(REFERENCE[row.name], abs=1e-7)
    assert all(a in row.range for a in outputs(row, [-9.0, -1.0, 0.0, 0.1, 8.0]))


def test_only_softmax_mixes_units() -> None:
    assert [row.name for row in ACTIVATIONS if not row.elementwise] == ["softmax"]


def test_relu_has_a_kink_and_a_convention() -> None:
    kinks = {row.name: [(k.at, k.slope) for k in row.kinks] for row in ACTIVATIONS if row.kinks}
    assert kinks["relu"] == [(0.0, 0.0)]
    assert kinks["leaky-relu"] == [(0.0, 0.01)]
    assert kinks["hard-sigmoid"] == [(-3.0, 0.0), (3.0, 0.0)]


COST_OF_ONE_UNIT = {
    "half-squared-error": 0.045,
    "squared-error": 0.09,
    "mean-squared-error": 0.03,
    "mean-absolute-error": 0.1,
    "huber": 0.045,
    "log-cosh": math.log(math.cosh(0.3)),
    "hinge": 0.6,
    "binary-cross-entropy": -(0.5 * math.log(0.8) + 0.5 * math.log(0.2)),
    "cross-entropy": -0.5 * math.log(0.8),
    "poisson": 0.8 - 0.5 * math.log(0.8),
    "kl": 0.5 * math.log(0.5 / 0.8),
}
"""Output 0.8, target 0.5, three units."""


@pytest.mark.parametrize("row", COSTS, ids=lambda row: row.name)
def test_cost_of_one_unit(row: Cost) -> None:
    assert 0.8 in row.domain
    assert 0.5 in row.targets
    assert number(row.expression, {"a": 0.8, "y": 0.5, "n": 3.0}, []) == pytest.approx(COST_OF_ONE_UNIT[row.name])


def test_huber_is_linear_far_out() -> None:
    far = number(COSTS.get("huber").expression, {"a": 4.0, "y": 0.5}, [])
    assert far == 3.0


@pytest.mark.parametrize("row", COSTS, ids=lambda row: row.name)
def test_cost_is_undefined_just_outside_its_domain(row: Cost) -> None:
    for end in {row.domain.low, row.domain.high} - {-math.inf, math.inf}:
        assert end not in row.domain
        with pytest.raises((ValueError, ZeroDivisionError), match=r"math domain|positive|by zero"):
            number(row.expression, {"a": end, "y": 0.5}, [])


def test_penalty_factors() -> None:
    row = PENALTIES.get("l2")
    assert [number(row.expression(f), {"w": 3.0}, []) for f in row.factors] == [4.5, 9.0]
    with pytest.raises(DeriveError, match="unknown factor 'hlaf'") as caught:
        row.expression("hlaf")
    assert caught.value.remedy == "did you mean 'half'?"


def test_penalty_of_two_parts() -> None:
    row = PENALTIES.get("Elastic_Net")
    assert row.formula == "l1*abs(w) + l2*w^2/2"
    assert set(row.parts) <= set(PENALTIES.names)


def test_gradient_descent() -> None:
    row = OPTIMISERS.get("sgd")
    ((target, rule),) = row.expressions
    assert target == "theta"
    assert number(rule, {"theta": 1.0, "g": 2.0, "learning_rate": 0.1}, []) == pytest.approx(0.8)
    assert row.formula == "theta <- theta - learning_rate*g"


@pytest.mark.parametrize("row", OPTIMISERS, ids=lambda row: row.name)
def test_optimisers_have_no_letter_that_nothing_gives(row: Optimiser) -> None:
    made = {name for name, _ in row.updates}
    letters = {s.name for _, tree in row.expressions for s in tree.symbols}
    assert letters <= {"theta", "g", "t", *row.states, *made, *(name for name, _ in row.hyperparameters)}
    assert set(row.states) < made
    assert row.updates[-1][0] == "theta"
    assert set(row.weights_only) <= {name for name, _ in row.hyperparameters}


@pytest.mark.parametrize("table", [ACTIVATIONS, COSTS, PENALTIES, OPTIMISERS], ids=lambda table: table.kind)
def test_names_are_found_in_any_spelling(table: Table[Activation | Cost | Penalty | Optimiser]) -> None:
    for row in table:
        assert table.get(row.name.upper().replace("-", "_")) is row
        assert row.name in table
    assert len(set(table.names)) == len(table.names)
    assert "no such row" not in table
    with pytest.raises(DeriveError, match=f"unknown {table.kind}") as caught:
        table.get(table.names[0][:-1] + "x")
    assert "did you mean" in caught.value.remedy


def test_no_row_has_a_derivative() -> None:
    names = {f.name for row in (Activation, Cost, Penalty, Optimiser) for f in fields(row)}
    assert not any("deriv" in name or "grad" in name or "prime" in name for name in names)


@pytest.mark.parametrize(
    ("inner", "outer", "inside"),
    [
        (UNIT, UNIT, True),
        (UNIT, POSITIVE, True),
        (UNIT, CLOSED_UNIT, True),
        (CLOSED_UNIT, UNIT, False),
        (NON_NEGATIVE, POSITIVE, False),
        (POSITIVE, NON_NEGATIVE, True),
        (REAL, REAL, True),
        (REAL, POSITIVE, False),
        (Interval(-1, 1), UNIT, False),
    ],
)
def test_interval_within(inner: Interval, outer: Interval, inside: bool) -> None:
    assert inner.within(outer) is inside


def test_interval_ends() -> None:
    assert 0.0 in NON_NEGATIVE
    assert 0.0 not in POSITIVE
    assert (str(NON_NEGATIVE), str(CLOSED_UNIT), str(REAL)) == ("[0, inf)", "[0, 1]", "(-inf, inf)")
