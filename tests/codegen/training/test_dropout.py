"""Dropout: masks are quantities of the network; its equations are derived, checked, printed and emitted like others."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import derive
from derive.errors import DeriveError
from derive.spec.file import read_network_file
from tests.codegen import emitted
from tests.codegen.training.drawn import Reference
from tests.codegen.training.networks import DROPPED, module, text

SHARE = 0.4
SHALLOW = DROPPED[0]
each_network = pytest.mark.parametrize("spec", DROPPED, ids=["shallow", "penalised", "deep"])
RNG = np.random.default_rng(3)


def data(made: Any, rows: int = 5) -> tuple[Any, Any, Any]:
    theta = made.initial_parameters(1, np.float64)
    theta += 0.2 * RNG.standard_normal(theta.size)
    return theta, RNG.standard_normal((rows, made.SIZES[0])), RNG.random((rows, made.SIZES[-1]))


def by_layer(masks: list[Any]) -> dict[int, Any]:
    return {layer: M.T for layer, M in enumerate(masks, start=1)}


def with_masks(made: Any, theta: Any, X: Any, Y: Any) -> tuple[Any, dict[int, Any]]:
    """The gradient of the emitted passes under masks that were drawn, and those masks."""
    forward, backward, masks, _ = made._passes(theta, len(X))
    made._draw(np.random.default_rng(5), masks)
    targets, outputs = made._targets(Y, np.ones(len(X))), made.SIZES[-1]
    T = np.empty_like(targets.T)
    made._shared(targets, 1 / len(X), T)
    S = T[outputs] if len(T) == outputs + 1 else T[outputs:]
    H_0_T = made._inputs(X)
    forward(H_0_T.T)
    more = (1.0,) if "LAMBDA" in vars(made) else ()
    return backward(H_0_T, T[:outputs], S, *more).copy(), by_layer(masks)


@each_network
def test_the_gradient_is_right_for_masks_that_are_held_fixed(spec: Any) -> None:
    made = module(spec)
    theta, X, Y = data(made)
    found, masks = with_masks(made, theta, X, Y)
    assert {0.0, 1 / (1 - SHARE)} == {float(m) for M in masks.values() for m in M.ravel()}
    wanted = Reference(spec).gradient(theta, X, Y, masks)
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-10 * np.abs(wanted).max())
    others = {layer: np.ones_like(M) for layer, M in masks.items()}
    assert np.abs(found - Reference(spec).gradient(theta, X, Y, others)).max() > 1e-3 * np.abs(wanted).max()


@each_network
def test_nothing_is_left_out_of_what_is_no_training(spec: Any) -> None:
    made, plain = module(spec), module(replace(spec, dropout=None))
    theta, X, Y = data(made)
    np.testing.assert_allclose(made.gradient(theta, X, Y), plain.gradient(theta, X, Y), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(made.forward(theta, X), plain.forward(theta, X), rtol=1e-12)
    assert made.cost(theta, X, Y) == pytest.approx(plain.cost(theta, X, Y), rel=1e-12)
    assert made.check_gradient() < 1e-6


def test_every_step_draws_masks_and_takes_their_gradient() -> None:
    """Two epochs in order, minibatches of 2 of 5 rows, from the definitions."""
    made, reference = module(SHALLOW), Reference(SHALLOW)
    theta, X, Y = data(made)
    settings: dict[str, Any] = {"epochs": 2, "batch_size": 2, "learning_rate": 0.3, "shuffle": False, "verbose": False}
    wanted = theta.copy()
    for epoch in range(2):
        rng = np.random.default_rng([7, epoch])
        for first in (0, 2, 4):
            x, y = X[first : first + 2], Y[first : first + 2]
            drawn = [rng.random((n, len(x))) for n in made.SIZES[1:-1]]
            masks = by_layer([(u >= SHARE) / (1 - SHARE) for u in drawn])
            wanted -= 0.3 * reference.gradient(wanted, x, y, masks)
    np.testing.assert_allclose(made.train(theta, X, Y, **settings, seed=7), wanted, rtol=1e-9, atol=1e-12)
    assert not np.array_equal(made.train(theta, X, Y, **settings, seed=8), made.train(theta, X, Y, **settings, seed=7))


def test_a_resumed_training_draws_the_same_masks(tmp_path: Path) -> None:
    made, (_, X, Y) = module(SHALLOW), data(module(SHALLOW), rows=12)
    whole = made.Network(epochs=5, batch_size=4).fit(X, Y)
    made.Network(epochs=5, batch_size=4).fit(X, Y, callback=lambda epoch, *_: epoch == 2).save(tmp_path / "half.npz")
    again = made.Network.load(tmp_path / "half.npz").fit(X, Y, resume=True)
    np.testing.assert_array_equal(again.theta_, whole.theta_)


def test_notes_derive_it_code_names_it_and_the_checker_reads_it() -> None:
    net = derive.network("3-4:tanh-2:softmax", dropout=0.5)
    notes, told = net.notes(format="markdown"), json.loads(net.notes(format="json"))
    assert "left out with probability $0.5$" in notes
    assert r"\tilde a^1_k &= \xi^1_k\, a^1_k" in notes
    assert r"\tanh'(\mathbf z^1)}_{\text{slope}} \odot \underbrace{\xi^1}_{\text{mask}} \odot" in notes
    lines = [e["latex"] for e in told["equations"] if e["label"] in ("delta-hidden", "gradient-W")]
    assert len(lines) == 2
    wrong = lines[0].replace(r"\xi^1 \odot ", "")
    page = "\n".join([f"<!-- derive:\n{told['settings']['matrix']}\n-->", *(f"$$\n{x}\n$$" for x in (*lines, wrong))])
    assert [v.verdict for v in derive.check(page)] == ["right", "right", "wrong"]
    emitted = text(SHALLOW)
    assert "multiply(M_1, A_1, out=D_1)  # (" in emitted
    assert f"DROPOUT = {SHARE}" in emitted
    assert "--dropout 0.4" in emitted


def test_a_file_and_the_interface_name_the_share(tmp_path: Path) -> None:
    file = tmp_path / "network.toml"
    layers = 'layers = [{ width = 4, activation = "tanh" }, { width = 2, activation = "softmax" }]'
    file.write_text(f"inputs = 3\ndropout = 0.25\n{layers}\n", encoding="utf-8")
    assert read_network_file(str(file)).dropout == 0.25
    assert derive.network("3-4-2", dropout=0.25).spec.dropout == 0.25
    file.write_text(f"inputs = 3\ndropout = 1\n{layers}\n", encoding="utf-8")
    with pytest.raises(DeriveError, match="dropout is '1'") as raised:
        read_network_file(str(file))
    assert raised.value.place is not None
    assert raised.value.place.line == 2


@pytest.mark.parametrize(
    ("network", "share", "message"),
    [
        ("3-4-2", 0.0, "dropout is '0.0'"),
        ("3-4-2", 1.5, "dropout is '1.5'"),
        ("3-4-2", float("nan"), "dropout is 'nan'"),
        ("3-2", 0.5, "this network has none"),
        ("3-4-2", "half", "dropout is"),
    ],
)
def test_a_share_that_means_nothing_is_refused(network: str, share: Any, message: str) -> None:
    with pytest.raises(DeriveError, match=message):
        derive.network(network, dropout=share)


@each_network
def test_the_textbook_draws_the_same_masks(spec: Any) -> None:
    """Both styles, step by step: minibatches of 2 of 5 rows, two epochs, every optimiser of the file."""
    made, plain = module(spec), emitted.module(spec)
    theta, X, Y = data(made)
    settings: dict[str, Any] = {"epochs": 2, "batch_size": 2, "learning_rate": 0.1, "verbose": False, "seed": 3}
    for name in made.OPTIMISERS:
        found = plain.train(theta, X, Y, **settings, optimiser=name)
        np.testing.assert_allclose(found, made.train(theta, X, Y, **settings, optimiser=name), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(plain.gradient(theta, X, Y), made.gradient(theta, X, Y), rtol=1e-12, atol=1e-15)
    found, rng = plain.gradient(theta, X, Y, np.random.default_rng(5)), np.random.default_rng(5)
    masks = [(rng.random((n, 5)).T >= SHARE) / (1 - SHARE) for n in made.SIZES[1:-1]]
    wanted = Reference(spec).gradient(theta, X, Y, dict(enumerate(masks, start=1)))
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-10 * np.abs(wanted).max())


def test_the_textbook_stays_in_the_dtype_of_its_parameters_and_is_checked() -> None:
    plain = emitted.module(SHALLOW)
    theta, X, _ = data(plain)
    single = theta.astype(np.float32)
    for array in plain._forward_pass(single, X.astype(np.float32), np.random.default_rng(0))[2]:
        assert array.dtype == np.float32
    assert plain.check_gradient() < 1e-6
    assert derive.network("3-4:tanh-2", dropout=0.5).gradcheck().holds
