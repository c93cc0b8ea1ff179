"""Emitted optimisers against their update equations, evaluated number by number, over one step and over ten."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from derive.algebra.substitute import put
from derive.algebra.tree import Fn, Ref, num
from derive.codegen import code
from derive.data.optimisers import GRADIENT, OPTIMISERS, PARAMETER, Optimiser
from derive.errors import DeriveError
from derive.meaning import ComplexStep, world
from derive.meaning.compiler import Compiler
from derive.model.iteration import ITERATION, LETTERS, optimiser_model
from derive.model.model import Model
from derive.spec import NetworkSpec, parse_network
from tests.codegen.emitted import Floats, batch, chapter, parameters, run

NET = parse_network("2-1:sigmoid")
RATE = 0.05
OWN = {"momentum": 0.7, "rho": 0.8, "beta1": 0.6, "beta2": 0.9, "eps": 0.01, "weight_decay": 0.3}
"""Hyperparameters that show: an epsilon of 1e-8 hides where it stands."""
GENERAL = NetworkSpec("general", cost="binary-cross-entropy")
every_optimiser = pytest.mark.parametrize("row", OPTIMISERS, ids=lambda row: row.name)


@cache
def text(*optimisers: str) -> str:
    return code(chapter(NET), replace(NET, optimisers=optimisers))


def own(row: Optimiser) -> dict[str, float]:
    """The hyperparameters of a row that have a default."""
    return {name: OWN[name] for name, default in row.hyperparameters if default is not None}


def trained(made: Any, row: Optimiser, theta: Floats, steps: int) -> Floats:
    """Each epoch is one step: the batch is the whole set."""
    X, Y = batch(made.SIZES)
    settings: dict[str, Any] = {"epochs": steps, "batch_size": len(X), "learning_rate": RATE, "verbose": False}
    result: Floats = made.train(theta, X, Y, optimiser=row.name, shuffle=False, **settings, **own(row))
    return result


class Equations:
    """The definitions of an optimiser with the derivatives as given numbers: one entry of theta at a time."""

    def __init__(self, row: Optimiser) -> None:
        self.row = row
        whole = optimiser_model(row)
        given = whole.definitions_of(GRADIENT)[0].rhs
        assert isinstance(given, Fn)
        (self.point,) = given.args
        self.model: Model = replace(
            whole, definitions=tuple(d for d in whole.definitions if d.head.name != GRADIENT), functions={}
        )
        self.compiler = Compiler(self.model, ComplexStep())

    def value(self, what: Any, t: int, start: float, slopes: list[float], *, decays: bool) -> float:
        """A member after t iterations."""
        hypers = {"learning_rate": RATE, **own(self.row)}
        hypers |= dict.fromkeys(() if decays else self.row.weights_only, 0.0)
        values: dict[str, Any] = {LETTERS[name]: value for name, value in hypers.items()}
        given = {**values, PARAMETER: {0: start}, GRADIENT: dict(enumerate([*slopes, 0.0], start=1))}
        meant = world(self.model, 1, max(t, 1), (1,) * (max(t, 1) + 1), values=given, compiler=self.compiler)
        return float(meant.value(what).real)

    def trained(self, made: Any, theta: Floats, steps: int) -> Floats:
        """What the equations say, the derivatives taken where they say."""
        X, Y = batch(made.SIZES)
        marks = np.zeros_like(theta)
        for W, _ in made.weights(marks):
            W[:] = 1
        slopes: list[list[float]] = [[] for _ in theta]

        def everywhere(what: Any, t: int) -> Floats:
            rows = zip(theta, slopes, marks, strict=True)
            return np.array([self.value(what, t, x, s, decays=bool(mark)) for x, s, mark in rows])

        for t in range(1, steps + 1):
            slope = made.gradient(everywhere(put(self.point, {ITERATION: num(t)}), t - 1), X, Y)
            for told, number in zip(slopes, slope, strict=True):
                told.append(float(number))
        return everywhere(Ref(PARAMETER, (num(steps),)), steps)


@cache
def meant(row: Optimiser, steps: int) -> Floats:
    made = run(text(row.name))
    return Equations(row).trained(made, parameters(made), steps)


@every_optimiser
@pytest.mark.parametrize("steps", [1, 10])
def test_emitted_steps_are_the_equations(row: Optimiser, steps: int) -> None:
    made = run(text(row.name))
    theta = parameters(made)
    np.testing.assert_allclose(trained(made, row, theta, steps), meant(row, steps), rtol=1e-12)
    assert not np.allclose(theta, meant(row, steps), rtol=1e-6)


WRONG = {
    "eps inside the root": ("adam", "np.sqrt(v_hat) + eps", "np.sqrt(v_hat + eps)"),
    "m overwritten by what is corrected": ("adam", "m_hat = m /", "m_hat = m[:] = m /"),
    "no power t": ("adam", "(1 - beta1**t)", "(1 - beta1)"),
    "no correction": ("adam", "v_hat = v / (1 - beta2**t)", "v_hat = v"),
    "t starts at 0": ("adam", "t = 0", "t = 1"),
    "the square forgotten": ("rmsprop", "g**2", "abs(g)"),
    "eps inside the root of rmsprop": ("rmsprop", "np.sqrt(s) + eps", "np.sqrt(s + eps)"),
    "a gradient where one stands": ("nesterov", "theta + momentum * v", "theta"),
    "decay of the biases": ("adamw", "W[:] = weight_decay", "weight_decays[:] = weight_decay"),
    "decay through the means": ("adamw", "X[rows], Y[rows])", "X[rows], Y[rows]) + weight_decays * theta"),
    "the sign of the velocity": ("momentum", "theta += v", "theta -= v"),
}
EFFICIENT = """\
rate = learning_rate * np.sqrt(1 - beta2**t) / (1 - beta1**t)
{indent}theta -= rate * m / (np.sqrt(v) + eps)"""


@pytest.mark.parametrize("slip", WRONG)
def test_slips_go_red(slip: str) -> None:
    name, right, wrong = WRONG[slip]
    source = text(name)
    assert right in source
    row, made = OPTIMISERS.get(name), run(source.replace(right, wrong))
    assert np.abs(trained(made, row, parameters(made), 10) - meant(row, 10)).max() > 1e-5


def test_the_efficient_order_needs_another_epsilon() -> None:
    """alpha_t = eta sqrt(1 - beta2^t) / (1 - beta1^t) is the same with eps sqrt(1 - beta2^t) only."""
    row, source = OPTIMISERS.get("adam"), text("adam")
    (line,) = (x for x in source.splitlines() if x.strip().startswith("theta -="))
    efficient = EFFICIENT.format(indent=" " * (len(line) - len(line.lstrip())))
    wrong = run(source.replace(line.strip(), efficient))
    right = run(source.replace(line.strip(), efficient.replace("+ eps", "+ eps * np.sqrt(1 - beta2**t)")))
    assert np.abs(trained(wrong, row, parameters(wrong), 10) - meant(row, 10)).max() > 1e-5
    np.testing.assert_allclose(trained(right, row, parameters(right), 10), meant(row, 10), rtol=1e-12)


# ---------------------------------------------------------------- the interface


def test_all_optimisers_in_one_file_do_what_each_does_alone() -> None:
    made = run(text(*OPTIMISERS.names))
    theta = parameters(made)
    for row in OPTIMISERS:
        alone = trained(run(text(row.name)), row, theta, 3)
        np.testing.assert_array_equal(trained(made, row, theta, 3), alone)


def test_general_code_has_the_same_optimisers() -> None:
    made = run(text(*OPTIMISERS.names))
    spec = replace(GENERAL, optimisers=OPTIMISERS.names)
    net = run(code(chapter(GENERAL), spec)).network(NET.widths, NET.activations, NET.cost)
    theta = parameters(made)
    for row in OPTIMISERS:
        np.testing.assert_allclose(trained(net, row, theta, 3), trained(made, row, theta, 3), rtol=1e-12)


def test_defaults_are_those_of_the_table() -> None:
    from inspect import signature

    found = signature(run(text(*OPTIMISERS.names)).train).parameters
    defaults = {name: value for row in OPTIMISERS for name, value in row.hyperparameters if value is not None}
    assert {name: found[name].default for name in defaults} == {
        "momentum": 0.9,
        "rho": 0.9,
        "beta1": 0.9,
        "beta2": 0.999,
        "eps": 1e-8,
        "weight_decay": 0,
    }
    assert found["optimiser"].default == "sgd"
    assert {p.kind.name for name, p in found.items() if name in defaults} == {"KEYWORD_ONLY"}


def test_gradient_descent_and_adam_unless_something_is_chosen() -> None:
    made = run(code(chapter(NET), NET))
    theta, (X, Y) = parameters(made), batch(made.SIZES)
    settings: dict[str, Any] = {"epochs": 1, "batch_size": 2, "learning_rate": 0.1, "verbose": False}
    made.train(theta, X, Y, optimiser="adam", **settings)
    with pytest.raises(ValueError, match=r"derive code .* --optimiser nesterov"):
        made.train(theta, X, Y, optimiser="nesterov", **settings)
    only = run(text("momentum"))
    np.testing.assert_array_equal(
        only.train(theta, X, Y, **settings), only.train(theta, X, Y, optimiser="momentum", **settings)
    )


def test_unknown_optimisers_are_named() -> None:
    with pytest.raises(DeriveError, match="unknown optimiser 'adma'") as caught:
        parse_network("2-1", optimisers=("adma",))
    assert "did you mean 'adam'?" in str(caught.value)


@every_optimiser
def test_float32_stays_float32(row: Optimiser) -> None:
    made = run(text(row.name))
    theta, (X, Y) = made.initial_parameters(dtype=np.float32), batch(made.SIZES)
    settings: dict[str, Any] = {"epochs": 2, "batch_size": 2, "learning_rate": np.float64(0.1), "verbose": False}
    assert made.train(theta, X, Y, optimiser=row.name, **settings, **own(row)).dtype == np.float32


@every_optimiser
def test_every_line_says_which_equation_it_is(row: Optimiser) -> None:
    numbers, source = chapter(NET).full, text(row.name)
    labels = [label for label in numbers if label.startswith("update-") and label.endswith(f"-{row.name}")]
    computed = [label for label in labels if not label.startswith(("update-phi", "update-W-", "update-b-"))]
    assert bool(computed) == (row.name != "sgd")
    for label in computed:
        assert f"({numbers[label]}) {label}" in source
