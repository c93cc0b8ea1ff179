"""Gradient descent: the derived update against one step in plain NumPy, and how the penalty shrinks the weights."""

from __future__ import annotations

import numpy as np
import pytest

from derive.algebra.tree import ONE, Add, Expr, Mul, Partial, Ref, Sym, add, mul, num, sub
from derive.derivation.chapter import derive_chapter
from derive.derivation.steps import Derivation, Section
from derive.derivation.updates import TIME, descent, update_derivation
from derive.meaning import ComplexStep, world
from derive.model.build import Form, network_model
from derive.spec import NetworkSpec, PenaltySpec, parse_network
from tests.meaning.by_hand import Array

l, k, j = map(Sym, "lkj")
ETA, LAMBDA = Ref("eta"), Ref("lambda")
NET = "3-4:tanh-2:sigmoid"


def sections(factor: str = "half") -> dict[str, Section]:
    spec = NetworkSpec(NET, (3, 4, 2), ("tanh", "sigmoid"), "half-squared-error", PenaltySpec.of("l2", 0.25, factor))
    return {s.key: s for s in derive_chapter(spec).sections}


def named(section: Section, label: str) -> Derivation:
    return next(d for d in section.derivations if d.label == label)


def gradients(
    w: dict[int, Array], b: dict[int, Array], X: Array, Y: Array
) -> tuple[dict[int, Array], dict[int, Array]]:
    """Of half the squared error, the mean over the columns; by hand."""
    A1 = np.tanh(w[1] @ X + b[1][:, None])
    A2 = 1 / (1 + np.exp(-(w[2] @ A1 + b[2][:, None])))
    D2 = (A2 - Y) * A2 * (1 - A2) / X.shape[1]
    D1 = (w[2].T @ D2) * (1 - A1**2)
    return {1: D1 @ X.T, 2: D2 @ A1.T}, {1: D1.sum(axis=1), 2: D2.sum(axis=1)}


@pytest.mark.parametrize(
    ("key", "label", "factor", "shrinks"),
    [
        ("matrix", "update-W", "half", 0),
        ("batch-rows", "update-W-batch", "half", 0),
        ("batch-rows", "update-b-batch", "half", 0),
        ("penalty-batch", "update-W", "half", 1),
        ("penalty-batch", "update-W", "one", 2),
    ],
)
def test_one_step(key: str, label: str, factor: str, shrinks: int) -> None:
    section = sections(factor)[key]
    d = next(d for d in section.derivations if d.label.startswith(label))
    assert d.layer is not None
    net = world(section.model, 4, 2, (3, 4, 2), ComplexStep())
    fetch = net.base.fetch
    w, b = {m: fetch("w", m)[0].real for m in (1, 2)}, {m: fetch("b", m)[0].real for m in (1, 2)}
    X, Y = fetch("x", None)[0].real, fetch("y", None)[0].real
    columns = (X[:, None], Y[:, None]) if X.ndim == 1 else (X.T, Y.T)
    eta = float(fetch("eta", None)[0].real)
    strength = float(fetch("lambda", None)[0].real) if shrinks else 0.0
    by_w, by_b = gradients(w, b, *columns)
    for m in (1, 2):
        wanted = w[m] - eta * (by_w[m] + shrinks * strength * w[m]) if "-W" in label else b[m] - eta * by_b[m]
        ours = net.value(d.claim[1], {d.layer: m, TIME: 0})
        assert ours.reshape(wanted.shape) == pytest.approx(wanted, rel=1e-10)


@pytest.mark.parametrize(("factor", "times"), [("half", 1), ("one", 2)])
def test_the_penalty_shrinks_the_weights(factor: str, times: int) -> None:
    found = sections(factor)
    told = [d for s in found.values() for d in s.derivations if d.label.startswith("update")]
    shrunk = {d.label: d.claim[1].children[0] for d in told if any(n == LAMBDA for n in d.claim[1].walk())}
    assert set(shrunk) == {"update-W-penalty", "update-W-penalty-batch"}
    for first in shrunk.values():
        assert isinstance(first, Mul)
        assert first.factors[0] == sub(ONE, mul(num(times), ETA, LAMBDA))


def test_the_rule_goes_in_as_a_definition() -> None:
    model = network_model(NetworkSpec("general"), Form())
    w = Ref("w", (l,), (k, j))
    update = descent(model, w, "update-W")
    now, then = Ref("w", (l,), (k, j), TIME), Ref("w", (l,), (k, j), Add((TIME, ONE)))
    assert update.target == then
    assert update.value == Add((now, Mul((num(-1), ETA, Partial(Ref("J"), w)))))


def derivation(right: Expr) -> Derivation:
    w = Ref("w", (l,), (k, j))
    return Derivation("gradient-W", "gradient-W", (Partial(Ref("J"), w), right), ())


w_now, w_t, g = Ref("w", (l,), (k, j)), Ref("w", (l,), (k, j), TIME), Ref("g", (l,), (k, j))


@pytest.mark.parametrize(
    ("gradient", "shrink"),
    [
        (Add((g, mul(LAMBDA, w_now))), sub(ONE, mul(ETA, LAMBDA))),
        (Add((g, mul(num(2), LAMBDA, w_now))), sub(ONE, mul(num(2), ETA, LAMBDA))),
        (Add((mul(LAMBDA, w_now), g)), sub(ONE, mul(ETA, LAMBDA))),
        (mul(LAMBDA, w_now), sub(ONE, mul(ETA, LAMBDA))),
        (w_now, sub(ONE, ETA)),
    ],
    ids=["half", "one", "the penalty first", "the penalty alone", "the weight itself"],
)
def test_shrink_factor(gradient: Expr, shrink: Expr) -> None:
    """(1 - eta lambda) w - eta g."""
    model = network_model(NetworkSpec("general"), Form())
    _, found = update_derivation(model, derivation(gradient), "update-W")
    rest = [mul(num(-1), ETA, g)] if g in gradient.children else []
    assert found.claim[1] == add(mul(shrink, w_t), *rest)
    assert found.steps[0].relation == ":="
    assert [s.rule for s in found.steps] == ["gradient descent", "lemma", "multiply out"]


def test_without_a_penalty_nothing_is_multiplied_out() -> None:
    model = network_model(parse_network(NET), Form())
    _, found = update_derivation(model, derivation(g), "update-W")
    assert [s.rule for s in found.steps] == ["gradient descent", "lemma"]
