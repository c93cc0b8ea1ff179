"""Emitted modules to be tried, and what the tests ask of all of them."""

from __future__ import annotations

from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.codegen import code
from derive.data.activations import ACTIVATIONS
from derive.data.costs import COSTS
from derive.derivation.chapter import derive_chapter
from derive.derivation.steps import Chapter
from derive.errors import DeriveError
from derive.spec import NetworkSpec, PenaltySpec, PenaltyTerm, parse_network
from derive.spec.network import check_fit

Floats = NDArray[np.float64]
HIDDEN = ACTIVATIONS.names
CODE_SECTIONS = ("activations", "batch-rows", "penalty-batch")
PENALTIES = (
    None,
    PenaltySpec.of("l2", 0.1),
    PenaltySpec.of("l2", 0.3, "one"),
    PenaltySpec.of("l1", 0.2),
    PenaltySpec((PenaltyTerm("l1", 0.1), PenaltyTerm("l2", 0.3))),
)


def fitting() -> list[tuple[str, str]]:
    """Every (last activation, cost) that go together."""
    return [(last, cost) for last in ACTIVATIONS.names for cost in COSTS.names if _fits(last, cost)]


def _fits(last: str, cost: str) -> bool:
    try:
        check_fit(cost, last)
    except DeriveError:
        return False
    return True


def chosen() -> list[tuple[str, str]]:
    """Some of the pairs that fit: each cost with up to three last activations, each of these with some cost."""
    found = []
    for i, cost in enumerate(COSTS.names):
        lasts = [last for last, fits in fitting() if fits == cost]
        found += [(lasts[(3 * i + j) % len(lasts)], cost) for j in range(min(3, len(lasts)))]
    assert {last for last, _ in found} == set(ACTIVATIONS.names)
    return found


def every_kind() -> list[NetworkSpec]:
    """Every activation in hidden layers, every cost, every last activation, each penalty."""
    made = []
    for i, (last, cost) in enumerate(chosen()):
        hidden = [HIDDEN[(2 * i + j) % len(HIDDEN)] for j in range(2)]
        widths = (3, *(4, 2)[: len(hidden)], 2 + i % 2)
        made.append(NetworkSpec(f"{last} with {cost}", widths, (*hidden, last), cost, PENALTIES[i % len(PENALTIES)]))
    return made


def compact(text: str, **more: Any) -> NetworkSpec:
    return parse_network(text, **more)


@cache
def chapter(spec: NetworkSpec) -> Chapter:
    return derive_chapter(spec, checked=CODE_SECTIONS)


@cache
def text(spec: NetworkSpec, dtype: str = "float64") -> str:
    return code(chapter(spec), spec, dtype=dtype)


def run(source: str, name: str = "emitted") -> Any:
    """The module as it would be imported."""
    module = ModuleType(name)
    exec(compile(source, f"<{name}>", "exec"), module.__dict__)
    return module


@cache
def module(spec: NetworkSpec) -> Any:
    return run(text(spec))


def batch(sizes: tuple[int, ...], seed: int = 0, rows: int = 4) -> tuple[Floats, Floats]:
    """Inputs, and targets that do not sum to one."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((rows, sizes[0])), rng.random((rows, sizes[-1]))


def parameters(made: Any, seed: int = 0) -> Floats:
    """Initial parameters with biases that are not zero."""
    theta: Floats = made.initial_parameters(seed)
    return theta + 0.2 * np.random.default_rng(seed).standard_normal(theta.shape)


def alive(made: Any) -> tuple[Floats, tuple[Floats, Floats]]:
    """Parameters and a batch for which ReLU outputs are not all dead: a gradient of zeros would prove nothing."""
    drawn = ((parameters(made, seed), batch(made.SIZES, seed)) for seed in range(5, 50))
    return next((theta, (X, Y)) for theta, (X, Y) in drawn if made.weights(made.gradient(theta, X, Y))[-1][1].any())


def near(f: Any, values: Floats, claimed: Floats) -> Floats:
    """Claimed minus numeric; of two steps the one that does not cross a kink."""
    errors = [claimed - differences(f, values, step) for step in (1e-3, 1e-5)]
    return np.where(np.abs(errors[0]) < np.abs(errors[1]), *errors)


def differences(f: Any, values: Floats, step: float) -> Floats:
    """Central differences of order 4, in place."""
    found = np.zeros(values.size)
    at = values.reshape(-1)
    for i, here in enumerate(at.copy()):
        for shift, weight in ((-2, 1), (-1, -8), (1, 8), (2, -1)):
            at[i] = here + shift * step
            found[i] += weight * f() / (12 * step)
        at[i] = here
    return found.reshape(values.shape)
