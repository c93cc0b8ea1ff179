"""Compact strings: what they mean, and every way in which they go wrong."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.data.activations import ACTIVATIONS
from derive.data.costs import COSTS
from derive.errors import DeriveError
from derive.spec import NetworkSpec, PenaltySpec, parse_network, read_penalty


@pytest.mark.parametrize(
    ("text", "widths", "activations", "cost"),
    [
        ("784-128-64-10:softmax", (784, 128, 64, 10), ("relu", "relu", "softmax"), "cross-entropy"),
        ("2-3:tanh-1:sigmoid", (2, 3, 1), ("tanh", "sigmoid"), "binary-cross-entropy"),
        ("4-1", (4, 1), ("identity",), "half-squared-error"),
        ("2-3:softmax-2", (2, 3, 2), ("softmax", "identity"), "half-squared-error"),
        (" 2 - 3 : ReLU - 1 ", (2, 3, 1), ("relu", "identity"), "half-squared-error"),
    ],
)
def test_compact_string(text: str, widths: tuple[int, ...], activations: tuple[str, ...], cost: str) -> None:
    spec = parse_network(text)
    assert (spec.widths, spec.activations, spec.cost) == (widths, activations, cost)
    assert spec.depth == len(activations)
    assert spec.name == "".join(text.split())


@given(
    widths=st.lists(st.integers(1, 300), min_size=2, max_size=6),
    data=st.data(),
)
def test_compact_string_names_itself(widths: list[int], data: st.DataObject) -> None:
    names = st.sampled_from(ACTIVATIONS.names)
    activations = tuple(data.draw(names) for _ in widths[1:])
    spec = NetworkSpec("n", tuple(widths), activations)
    assert spec.text is not None
    again = parse_network(spec.text)
    assert (again.widths, again.activations) == (spec.widths, spec.activations)
    assert again.text == spec.text


def test_options_go_into_the_spec() -> None:
    spec = parse_network("2-2:tanh", cost="Squared_Error", penalty="L2=1e-4", optimisers=("SGD",), name="mine")
    assert (spec.cost, spec.optimisers, spec.name) == ("squared-error", ("sgd",), "mine")
    assert spec.penalty == PenaltySpec.of("l2", 1e-4, "half")


def test_parameters_are_counted() -> None:
    assert parse_network("64-32-10:softmax").parameters == 32 * 65 + 10 * 33


def test_open_networks() -> None:
    general = NetworkSpec("general")
    assert (general.depth, general.parameters, general.text) == (None, None, None)
    chain = NetworkSpec("chain", widths=(1, 1, 1), cost="half_squared_error")
    assert (chain.depth, chain.text, chain.cost) == (2, None, "half-squared-error")


@pytest.mark.parametrize(
    ("text", "column", "says"),
    [
        ("", 1, "empty"),
        ("  ", 1, "empty"),
        ("5", 1, "at least one layer"),
        ("0-1", 1, "width 0"),
        ("3-0", 3, "width 0"),
        ("64--32", 4, "negative"),
        ("-64-32", 1, "negative"),
        ("64-", 4, "missing"),
        ("64-:relu-10", 4, "missing"),
        ("64-3.5-1", 4, "no whole number"),
        ("64-1e3-1", 4, "no whole number"),
        ("two-3-1", 1, "no whole number"),
        ("3-²", 3, "no whole number"),
        ("3,2,1", 1, "no whole number"),
        ("3:relu-2", 2, "the input has no activation"),
        ("3-2:", 5, "no activation after the colon"),
        ("3-2:sigmiod-1", 5, "did you mean 'sigmoid'?"),
        ("3-2:qqqq-1", 5, "derive list activations"),
        ("3-9999999999", 3, "too large"),
        ("3-" + "9" * 5000, 3, "too large"),
        ("100000-100000", 1, "too many"),
        ("-".join(["1"] * 10_002), 1, "10001 layers are too many"),
    ],
)
def test_unusable_string_is_refused_with_place(text: str, column: int, says: str) -> None:
    with pytest.raises(DeriveError, match=r"^network:1:") as caught:
        parse_network(text)
    error = caught.value
    assert says in str(error)
    assert error.place is not None
    assert error.place.column == column
    assert error.expected
    assert error.remedy
    assert len(str(error)) < 1_000


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        ("2-1:tanh", "binary-cross-entropy"),
        ("2-1", "cross-entropy"),
        ("2-1:relu", "cross-entropy"),
        ("2-3:softmax", "binary-cross-entropy"),
    ],
)
def test_cost_that_does_not_fit_the_last_layer(text: str, cost: str) -> None:
    with pytest.raises(DeriveError, match="does not fit") as caught:
        parse_network(text, cost=cost)
    assert caught.value.place is not None
    assert caught.value.place.column == text.index(":") + 2 if ":" in text else 3
    assert "half-squared-error" in caught.value.expected


def test_every_default_cost_fits() -> None:
    for activation in ACTIVATIONS.names:
        assert parse_network(f"3-2:{activation}").cost in COSTS


def test_unknown_cost_and_optimiser() -> None:
    with pytest.raises(DeriveError, match="did you mean 'cross-entropy'"):
        parse_network("2-2:softmax", cost="crossentropy")
    with pytest.raises(DeriveError, match="unknown optimiser 'sdg'"):
        parse_network("2-2", optimisers=("sdg",))


def test_spec_checks_itself() -> None:
    with pytest.raises(DeriveError, match="2 activations for 1 layers"):
        NetworkSpec("n", (2, 1), ("relu", "relu"))
    with pytest.raises(DeriveError, match="1 activations for 0 layers"):
        NetworkSpec("n", None, ("relu",))
    with pytest.raises(DeriveError, match="impossible"):
        NetworkSpec("n", (2, -1))
    with pytest.raises(DeriveError, match="impossible"):
        NetworkSpec("n", (2, True))


@pytest.mark.parametrize(
    ("given_penalty", "expected"),
    [
        (None, None),
        ("l2=1e-4", PenaltySpec.of("l2", 1e-4)),
        (" L2 = 0.5 ", PenaltySpec.of("l2", 0.5)),
        ("l2=0", None),
        ({"l2": 1e-4}, PenaltySpec.of("l2", 1e-4, "half")),
        ({"l2": 1, "factor": "one"}, PenaltySpec.of("l2", 1.0, "one")),
        ({"l2": 0}, None),
        ("l2=1,factor=one", PenaltySpec.of("l2", 1.0, "one")),
        ("l1=0.5", PenaltySpec.of("l1", 0.5)),
        ({"l1": 1, "l2": 1}, PenaltySpec.of("elastic-net", 1.0)),
        ("elastic-net=2", PenaltySpec.of("elastic-net", 2.0)),
        ({"l1": 1, "l2": 1, "factor": "one"}, PenaltySpec.of("elastic-net", 1.0, "one")),
        (PenaltySpec.of("l2"), PenaltySpec.of("l2", None, "half")),
    ],
)
def test_penalty(given_penalty: object, expected: PenaltySpec | None) -> None:
    assert read_penalty(given_penalty) == expected  # type: ignore[arg-type]


def test_penalty_names_itself() -> None:
    assert PenaltySpec.of("l2", 1e-4).text == "l2=0.0001"
    assert PenaltySpec.of("l2", 1e-4, "one").text == "l2=0.0001,factor=one"
    assert PenaltySpec.of("elastic-net", 0.5).text == "l1=0.5,l2=0.5"


def test_two_penalties_are_the_elastic_net() -> None:
    both = read_penalty("l2=0.2,l1=0.1")
    assert both is not None
    assert both.name == "elastic-net"
    assert [(letter, t.name, t.strength) for letter, t in both.letters] == [
        ("lambda_1", "l1", 0.1),
        ("lambda_2", "l2", 0.2),
    ]
    assert read_penalty(both.text) == both
    single = read_penalty("l1=0.1,l2=0")
    assert single is not None
    assert (single.name, single.letters[0][0]) == ("l1", "lambda")


@pytest.mark.parametrize(
    ("given_penalty", "says"),
    [
        ("", "empty"),
        ("l2", "gives no strength"),
        ("l2=", "no number"),
        ("l2=x", "no number"),
        ("l2=-1", "cannot be -1"),
        ("l2=nan", "cannot be nan"),
        ("l2=inf", "cannot be inf"),
        ("l3=1", "did you mean 'l2'?"),
        ("=1", "unknown penalty"),
        ({}, "0 names"),
        ({"l2": 1, "elastic-net": 1}, "l2 is given twice"),
        ({"l1": 1, "factor": "half"}, "unknown factor 'half'"),
        ({"l2": 10**400}, "cannot be inf"),
        ("l2=1,l2=1", "l2 is given twice"),
        ("l1=1,", "empty"),
        ("factor=one", "unknown penalty"),
        ({"l2": "1"}, "not made of a number"),
        ({"l2": True}, "not made of a number"),
        ({"l2": -1}, "cannot be -1"),
        ({"l2": float("nan")}, "cannot be nan"),
        ({"l2": 1, "factor": "two"}, "unknown factor 'two'"),
    ],
)
def test_unusable_penalty(given_penalty: object, says: str) -> None:
    with pytest.raises(DeriveError) as caught:
        read_penalty(given_penalty)  # type: ignore[arg-type]
    assert says in str(caught.value)


def test_specs_load_neither_sympy_nor_numpy() -> None:
    code = """
import sys, derive.spec, derive.data.digits, derive.data.optimisers, derive.templating
derive.spec.parse_network("2-3-1:sigmoid")
raise SystemExit([m for m in ("sympy", "numpy", "jinja2") if m in sys.modules] or 0)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
