"""Emitted gradients, proven twice: by complex steps through the definitions, by differences of the emitted cost."""

from __future__ import annotations

import random

import numpy as np
import pytest

from derive.algebra.tree import Ref, num
from derive.codegen import gradcheck
from derive.data.activations import ACTIVATIONS
from derive.meaning import world
from derive.model.build import Form, network_model
from derive.spec import NetworkSpec, PenaltySpec
from tests.codegen.emitted import alive, batch, chapter, every_kind, fitting, module, near, parameters


def random_networks(count: int) -> list[NetworkSpec]:
    rng = random.Random(20)
    made = []
    for i in range(count):
        depth = rng.randint(1, 6)
        last, cost = rng.choice(fitting())
        inside = tuple(rng.choice(ACTIVATIONS.names) for _ in range(depth - 1))
        widths = tuple(rng.randint(1, 5) for _ in range(depth + 1))
        penalty = rng.choice((None, PenaltySpec.of("l2", 0.2)))
        made.append(NetworkSpec(f"random {i}", widths, (*inside, last), cost, penalty))
    return made


NETWORKS = [*every_kind(), *random_networks(4)]
IDS = [f"{spec.text} {spec.cost} {spec.penalty.text if spec.penalty else ''}" for spec in NETWORKS]
each_network = pytest.mark.parametrize("spec", NETWORKS, ids=IDS)


@each_network
def test_gradients_agree_with_complex_steps_through_the_definitions(spec: NetworkSpec) -> None:
    found = gradcheck(chapter(spec), spec, seed=3)
    assert {r.array for r in found.rows} >= {"W_1", "b_1", "X"}
    assert found.worst <= 1e-10, found.text()


@each_network
def test_gradients_agree_with_differences_of_the_emitted_cost(spec: NetworkSpec) -> None:
    made = module(spec)
    theta, (X, Y) = alive(made)
    claims = made.gradient(theta, X, Y), made.input_gradient(theta, X, Y)
    errors = [near(lambda: made.cost(theta, X, Y), at, claimed) for at, claimed in zip((theta, X), claims, strict=True)]
    arrays = [
        a
        for pair in zip(made.weights(errors[0]), made.weights(claims[0]), strict=True)
        for a in zip(*pair, strict=True)
    ]
    resolved = 1e-12 * abs(made.cost(theta, X, Y))  # finer than this no difference of costs can tell
    for error, claimed in [*arrays, (errors[1], claims[1])]:
        assert np.abs(error).max() <= 1e-7 * np.abs(claimed).max() + resolved


@pytest.mark.parametrize("spec", every_kind(), ids=IDS[: len(every_kind())])
def test_cost_and_outputs_are_what_the_definitions_say(spec: NetworkSpec) -> None:
    made = module(spec)
    theta, (X, Y) = parameters(made), batch(made.SIZES)
    layers = dict(enumerate(made.weights(theta), start=1))
    values = {
        "x": X,
        "y": Y,
        "w": {layer: W for layer, (W, _) in layers.items()},
        "b": {layer: b for layer, (_, b) in layers.items()},
        **{letter: term.strength for letter, term in (spec.penalty.letters if spec.penalty else ())},
    }
    model = network_model(spec, Form(samples="rows", penalty=spec.penalty is not None))
    meant = world(model, 1, values=values, samples=len(X))
    assert made.cost(theta, X, Y) == pytest.approx(float(meant.value(model.objective)), rel=1e-12)
    outputs = meant.value(Ref("a", (num(len(layers)),), None))
    np.testing.assert_allclose(made.forward(theta, X), np.asarray(outputs), rtol=1e-12)


@each_network
def test_module_checks_itself(spec: NetworkSpec) -> None:
    assert module(spec).check_gradient(seed=2) < 1e-7
