"""The forward equations of every form, evaluated, against a forward pass in plain NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from derive.algebra.tree import Div, Expr, Fn, Mul, Ref, Sum, Sym, num
from derive.meaning import ComplexStep, World, world
from derive.model.build import Form, network_model
from derive.model.formulas import runs
from derive.model.model import Model
from derive.spec import NetworkSpec, PenaltySpec, parse_network
from tests.meaning.by_hand import Array, sigmoid, softmax

HAND: dict[str, Callable[[Array], Array]] = {
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
    "identity": lambda z: z,
    "softmax": softmax,
}
COSTS: dict[str, Callable[[Array, Array], Array]] = {
    "half-squared-error": lambda a, y: 0.5 * ((a - y) ** 2).sum(axis=0),
    "squared-error": lambda a, y: ((a - y) ** 2).sum(axis=0),
    "cross-entropy": lambda a, y: -(y * np.log(a)).sum(axis=0),
    "binary-cross-entropy": lambda a, y: -(y * np.log(a) + (1 - y) * np.log(1 - a)).sum(axis=0),
}
NETWORKS = (
    "3-4:tanh-2:sigmoid",
    "4-3:relu-5:relu-3:softmax",
    "2-3:softmax-4:tanh-2:identity",
    "3-2:sigmoid",
    "2-1:tanh-3:tanh-2:softmax-2:softmax",
    "5-3:identity-2:softmax",
)


def numbers(found: World, name: str, layer: int | None = None) -> Array:
    """What was drawn or computed for a member, in its own axes."""
    return np.asarray(found.base.fetch(name, layer)[0]).real


def drawn(model: Model, seed: int = 6) -> World:
    return world(model, seed, field=ComplexStep(), samples=4)


def by_columns(found: World, name: str, layer: int | None, samples: str) -> Array:
    """Units down, samples across."""
    values = numbers(found, name, layer)
    return values[:, None] if samples == "one" else values.T if samples == "rows" else values


@pytest.mark.parametrize("samples", ["one", "columns", "rows"])
@pytest.mark.parametrize("text", NETWORKS)
@pytest.mark.parametrize("cost", [None, "half-squared-error"])
def test_forward_pass(text: str, samples: Any, cost: str | None) -> None:
    spec = parse_network(text, cost=cost)
    assert spec.activations is not None
    assert spec.cost is not None
    found = drawn(network_model(spec, Form(samples=samples)))
    a = by_columns(found, "x", None, samples)
    for layer, name in enumerate(spec.activations, start=1):
        z = numbers(found, "w", layer) @ a + numbers(found, "b", layer)[:, None]
        assert by_columns(found, "z", layer, samples) == pytest.approx(z, rel=1e-12)
        a = HAND[name](z)
        assert by_columns(found, "a", layer, samples) == pytest.approx(a, rel=1e-12)
    costs = COSTS[spec.cost](a, by_columns(found, "y", None, samples))
    assert numbers(found, "J") == pytest.approx(costs.mean(), rel=1e-12)
    if samples != "one":
        assert numbers(found, "C") == pytest.approx(costs, rel=1e-12)


@pytest.mark.parametrize("cost", ["squared-error", "binary-cross-entropy", "cross-entropy"])
def test_costs(cost: str) -> None:
    found = drawn(network_model(parse_network("3-4:tanh-2:sigmoid", cost=cost), Form(samples="rows")))
    a, y = numbers(found, "a", 2).T, numbers(found, "y").T
    assert numbers(found, "J") == pytest.approx(COSTS[cost](a, y).mean(), rel=1e-12)


@pytest.mark.parametrize(("factor", "times"), [("half", 0.5), ("one", 1.0)])
@pytest.mark.parametrize("samples", ["one", "columns", "rows"])
def test_penalty_is_on_all_weights_and_not_divided_by_the_samples(factor: str, times: float, samples: Any) -> None:
    spec = NetworkSpec("n", (3, 4, 2), ("tanh", "sigmoid"), "half-squared-error", PenaltySpec.of("l2", 0.1, factor))
    model = network_model(spec, Form(samples=samples, penalty=True))
    found = drawn(model)
    squares = sum((numbers(found, "w", m) ** 2).sum() for m in (1, 2))
    wanted = numbers(found, "J") + times * numbers(found, "lambda") * squares
    assert numbers(found, "Jhat") == pytest.approx(wanted, rel=1e-12)
    assert model.objective == Ref("Jhat")


def test_elastic_net_has_two_strengths() -> None:
    model = network_model(parse_network("3-4:tanh-2:sigmoid", penalty="l1=0.1,l2=0.1"), Form(penalty=True))
    found = drawn(model)
    w = np.concatenate([numbers(found, "w", m).ravel() for m in (1, 2)])
    added = numbers(found, "lambda_1") * np.abs(w).sum() + numbers(found, "lambda_2") / 2 * (w**2).sum()
    assert numbers(found, "Jhat") == pytest.approx(numbers(found, "J") + added, rel=1e-12)


def test_no_weight_is_drawn_near_the_kink_of_its_absolute_value() -> None:
    model = network_model(parse_network("3-4:tanh-2:sigmoid", penalty="l1=0.1"), Form(penalty=True))
    for seed in range(40):
        found = drawn(model, seed)
        assert min(np.abs(numbers(found, "w", m)).min() for m in (1, 2)) > 1e-4


def test_chain_without_unit_axes() -> None:
    model = network_model(
        parse_network("1-1:tanh-1:sigmoid", cost="half-squared-error", penalty="l2=0.5"),
        Form(units=False, penalty=True),
    )
    found = drawn(model)
    a = numbers(found, "x")
    for layer, f in ((1, np.tanh), (2, sigmoid)):
        assert numbers(found, "w", layer).shape == ()
        a = f(numbers(found, "w", layer) * a + numbers(found, "b", layer))
        assert numbers(found, "a", layer) == pytest.approx(a, rel=1e-12)
    assert numbers(found, "J") == pytest.approx(0.5 * (a - numbers(found, "y")) ** 2, rel=1e-12)
    squares = numbers(found, "w", 1) ** 2 + numbers(found, "w", 2) ** 2
    assert numbers(found, "Jhat") == pytest.approx(
        numbers(found, "J") + numbers(found, "lambda") / 2 * squares, rel=1e-12
    )


def test_softmax_of_one_unit_is_one() -> None:
    found = drawn(network_model(parse_network("1-1:softmax", cost="half-squared-error"), Form(units=False)))
    assert numbers(found, "a", 1) == pytest.approx(1.0)


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_general_network_of_any_depth(depth: int) -> None:
    """Everything but the unknown functions can be said: pre-activations, and a different function in each layer."""
    model = network_model(NetworkSpec("general"), Form())
    found = world(model, 3, depth, field=ComplexStep())
    for layer in range(1, depth + 1):
        before = numbers(found, "a", layer - 1) if layer > 1 else numbers(found, "x")
        z = numbers(found, "w", layer) @ before + numbers(found, "b", layer)
        assert numbers(found, "z", layer) == pytest.approx(z, rel=1e-12)
    assert (model.last, model.least_layers, model.widths) == (Sym("L"), 1, None)
    assert model.functions["f"].per_layer
    assert model.functions["C"].kind == "unknown cost"


# ---------------------------------------------------------------- how the equations are written


def test_definitions_cover_every_layer_once() -> None:
    for text in NETWORKS:
        model = network_model(parse_network(text), Form(penalty=True, suffix="-here"))
        for name in ("z", "a"):
            quantity = model.quantities[name]
            assert quantity.layers is not None
            told = [m for d in model.definitions_of(name) if d.layers is not None for m in d.layers.members({})]
            assert sorted(told) == quantity.layers.members({})
        labels = [d.label for d in model.definitions]
        assert len(set(labels)) == len(labels)
        assert all(label.endswith("-here") for label in labels)


def test_layers_of_one_activation_are_one_definition() -> None:
    model = network_model(parse_network("2-3:tanh-4:relu-5:tanh-5:tanh-2"), Form())
    found = {d.label: str(d.layers) for d in model.definitions_of("a")}
    assert found == {
        "forward-input": "0",
        "forward-a-tanh": "1, 3..4",
        "forward-a-relu": "2",
        "forward-a-identity": "5",
    }


def test_a_definition_for_one_layer_names_it() -> None:
    model = network_model(parse_network("2-3:tanh-2:softmax"), Form())
    (last,) = [d for d in model.definitions_of("a") if d.kind == "softmax"]
    assert last.head == Ref("a", (num(2),), (Sym("k"),))
    assert Sym("l") not in last.rhs.symbols


def test_identity_needs_no_function() -> None:
    model = network_model(parse_network("2-2"), Form())
    assert not model.functions
    (a,) = [d for d in model.definitions_of("a") if d.label == "forward-a"]
    assert a.rhs == Ref("z", (num(1),), (Sym("k"),))


def test_a_cost_is_written_with_its_sign_in_front() -> None:
    model = network_model(parse_network("2-3:softmax"), Form())
    (cost,) = model.definitions_of("J")
    assert isinstance(cost.rhs, Mul)
    assert cost.rhs.factors[0] == num(-1)
    assert isinstance(cost.rhs.factors[1], Sum)


def test_samples_are_divided_by_once() -> None:
    model = network_model(parse_network("2-3:softmax"), Form(samples="rows"))
    divisions = [
        n for d in model.definitions for n in d.rhs.walk() if isinstance(n, Div) and Sym("N") in n.denominator.symbols
    ]
    assert len(divisions) == 1


def test_kinks_and_formulas_come_from_the_tables() -> None:
    model = network_model(parse_network("2-3:relu-3:tanh-1:sigmoid"), Form())
    assert model.functions["relu"].kinks == (0.0,)
    assert not model.functions["tanh"].kinks
    body: Expr | None = model.functions["tanh"].body
    assert body is not None
    assert {n.name for n in body.walk() if isinstance(n, Fn)} == {"exp"}


def test_scalar_form_needs_widths_of_one() -> None:
    with pytest.raises(ValueError, match="widths 1"):
        network_model(parse_network("2-1"), Form(units=False))


def test_runs() -> None:
    assert str(runs([1, 2, 5])) == "1..2, 5"
    assert str(runs([3])) == "3"
    assert runs([1, 2, 5]).members({}) == [1, 2, 5]
