"""Architectures drawn at random, and a small grid: the gradient and every step of training against the definitions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from derive.spec import NetworkSpec
from tests.codegen import emitted
from tests.codegen.emitted import PENALTIES, Floats
from tests.codegen.training.drawn import Reference, drawn
from tests.codegen.training.networks import DROPPED, KINDS, module

SEEDS = (2, 4, 5)
GRID = [*KINDS, DROPPED[0]]
ROWS = 5
BOUNDS = {"float64": 1e-9, "float32": 2e-3}


def tried(spec: NetworkSpec, dtype: str) -> list[tuple[str, float]]:
    """(what was compared, the largest error over the largest entry)"""
    made, reference = module(spec, dtype), Reference(spec)
    rng = np.random.default_rng(7)
    X, Y = rng.standard_normal((ROWS, made.SIZES[0])), rng.random((ROWS, made.SIZES[-1]))
    theta = made.initial_parameters(1, np.float64) + 0.2 * rng.standard_normal(made.initial_parameters().size)
    own = theta.astype(dtype)
    found = [("gradient", error(made.gradient(own, X, Y), reference.gradient(own.astype(np.float64), X, Y)))]
    for name in made.OPTIMISERS:
        for size in (ROWS, 2):
            settings: dict[str, Any] = {"epochs": 2, "batch_size": size, "learning_rate": 0.02, "optimiser": name}
            reached: list[Floats] = []
            made.train(own, X, Y, **settings, verbose=False, callback=lambda _, at, __: reached.append(at))  # noqa: B023
            wanted: list[Floats] = []
            start = own.astype(np.float64)
            reference.train(start, X, Y, name, 0.02, 2, size, lambda at: wanted.append(at.copy()), dtype)  # noqa: B023
            assert len(reached) == len(wanted) == 2
            found += [(f"{name}, {size} rows", error(a, b)) for a, b in zip(reached, wanted, strict=True)]
    return found


def both_styles(spec: NetworkSpec) -> list[tuple[str, float]]:
    """What both styles reach by training, against each other."""
    made, plain = module(spec), emitted.module(spec)
    rng = np.random.default_rng(7)
    X, Y = rng.standard_normal((ROWS, made.SIZES[0])), rng.random((ROWS, made.SIZES[-1]))
    theta = made.initial_parameters(1, np.float64)
    settings: dict[str, Any] = {"epochs": 2, "batch_size": 2, "learning_rate": 0.02, "verbose": False}
    return [
        (f"{name}, both styles", error(*(m.train(theta, X, Y, **settings, optimiser=name) for m in (made, plain))))
        for name in made.OPTIMISERS
    ]


def error(found: Floats, wanted: Floats) -> float:
    return float(np.abs(found - wanted).max() / (np.abs(wanted).max() or 1.0))  # 1: where no unit is active


@pytest.mark.parametrize("seed", SEEDS)
def test_a_network_drawn_at_random_trains_as_its_definitions_say(seed: int) -> None:
    dtype = "float32" if seed % 3 == 2 else "float64"
    for what, worst in tried(drawn(seed), dtype) + (both_styles(drawn(seed)) if dtype == "float64" else []):
        assert worst <= BOUNDS[dtype], f"{drawn(seed)}: {what} differs by {worst:.1e}"


@pytest.mark.parametrize("dtype", BOUNDS)
@pytest.mark.parametrize("spec", GRID, ids=[s.name for s in GRID])
def test_a_network_of_the_grid_trains_as_its_definitions_say(spec: NetworkSpec, dtype: str) -> None:
    for what, worst in tried(spec, dtype):
        assert worst <= BOUNDS[dtype], f"{spec}: {what} differs by {worst:.1e}"


def test_there_is_every_penalty_and_dropout() -> None:
    assert {s.penalty for s in GRID} >= set(PENALTIES)
    assert {s.dropout is None for s in GRID} == {drawn(seed).dropout is None for seed in SEEDS} == {True, False}


def test_a_wrong_step_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = drawn(0)
    original = Reference.gradient
    monkeypatch.setattr(Reference, "gradient", lambda *given: 1.001 * original(*given))
    assert all(worst > BOUNDS["float64"] for what, worst in tried(spec, "float64") if "sgd" in what)
