"""Code for any network, with an activation and costs of one's own among those of the table."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pytest

import derive
from derive import gallery
from derive.codegen import code
from derive.derivation.chapter import derive_chapter
from derive.errors import DeriveError
from tests.codegen.emitted import CODE_SECTIONS, run

ACTIVATION = {"bent": "(sqrt(z^2 + 1) - 1)/2 + z"}
COSTS = {"quartic": "(a - y)^4", "asked": "-y*log(a) - (1 - y)*log(1 - a)"}


@cache
def emitted() -> Any:
    kinks = {"relu": 1, "hard-sigmoid@3": "1/6"}
    spec = gallery.resolve("general", cost="quartic", activations=ACTIVATION, costs=COSTS, kinks=kinks)
    return run(code(derive_chapter(spec, checked=CODE_SECTIONS), spec))


def test_the_tables_know_them() -> None:
    made = emitted()
    assert "bent" in made.ACTIVATIONS
    assert "quartic" in made.COSTS
    assert ("sigmoid", "asked") in made.PAIRS
    assert ("softmax", "cross-entropy") in made.PAIRS


@pytest.mark.parametrize(
    ("last", "cost"),
    [("bent", "quartic"), ("bent", "huber"), ("softmax", "quartic"), ("sigmoid", "asked"), ("softmax", "asked")],
)
def test_their_gradients_hold(last: str, cost: str) -> None:
    assert emitted().network((3, 4, 2), ("bent", last), cost).check_gradient() < 1e-8


@pytest.mark.parametrize(
    ("name", "z", "slope"),
    [("relu", 0.0, 1.0), ("leaky-relu", 0.0, 0.01), ("hard-sigmoid", 3.0, 1 / 6), ("hard-sigmoid", -3.0, 0.0)],
)
def test_slopes_at_kinks_are_those_that_were_chosen(name: str, z: float, slope: float) -> None:
    """Of relu at its kink and of hard-sigmoid at one of two; the others stay as the table has them."""
    net = emitted().network((1, 1), (name,), "half-squared-error")
    theta, X = np.array([1.0, 0.0]), np.array([[z]])
    found = net.input_gradient(theta, X, net.forward(theta, X) - 1)
    assert found[0, 0] == pytest.approx(slope, rel=1e-15)


def test_notes_without_activations_refuse_a_kink() -> None:
    with pytest.raises(DeriveError, match="these notes name no activation, whose slope could be chosen"):
        derive.network("general", kinks={"relu": 1}).notes()


def test_the_cost_is_the_formula() -> None:
    net = emitted().network((1, 1), ("bent",))
    found = net.cost(np.array([2.0, 0.5]), np.array([[0.7]]), np.array([[0.4]]))
    z = 2.0 * 0.7 + 0.5
    assert found == pytest.approx(((math.sqrt(z * z + 1) - 1) / 2 + z - 0.4) ** 4, rel=1e-14)


def test_a_cost_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="no cost 'asked' for bent"):
        emitted().network((3, 2), ("bent",), "asked")
