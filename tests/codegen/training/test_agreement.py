"""The training module computes what the textbook module does, whose gradients are proven."""

from __future__ import annotations

import math
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from derive.codegen import gradcheck
from derive.spec import NetworkSpec
from tests.codegen import emitted
from tests.codegen.emitted import Floats, batch, chapter, compact, parameters
from tests.codegen.training.networks import DEEP, IDS, NETWORKS, module, text

each_network = pytest.mark.parametrize("spec", NETWORKS, ids=IDS)
BATCHED = {"epochs": 3, "batch_size": 2, "learning_rate": 0.1, "verbose": False}


def near(found: Floats, wanted: Floats, bound: float = 1e-12) -> None:
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).max() <= bound * np.abs(wanted).max()


@each_network
def test_training_and_textbook_agree(spec: NetworkSpec) -> None:
    made, plain = module(spec), emitted.module(spec)
    theta, (X, Y) = parameters(plain, 4), batch(plain.SIZES, 3, rows=5)
    for name in ("gradient", "input_gradient"):
        near(getattr(made, name)(theta, X, Y), getattr(plain, name)(theta, X, Y))
    near(made.forward(theta, X), plain.forward(theta, X))
    assert made.cost(theta, X, Y) == pytest.approx(plain.cost(theta, X, Y), rel=1e-12)
    np.testing.assert_array_equal(made.initial_parameters(2), plain.initial_parameters(2))


@each_network
def test_every_step_of_training_agrees(spec: NetworkSpec) -> None:
    """Batches of two of five rows: the last one is smaller."""
    made, plain = module(spec), emitted.module(spec)
    theta, (X, Y) = parameters(plain, 4), batch(plain.SIZES, 3, rows=5)
    near(made.train(theta, X, Y, **BATCHED), plain.train(theta, X, Y, **BATCHED))
    near(made.train(theta, X, Y, **BATCHED, shuffle=False), plain.train(theta, X, Y, **BATCHED, shuffle=False))


@pytest.mark.parametrize("spec", [s for s in NETWORKS if s not in DEEP], ids=IDS[: -len(DEEP)])
def test_a_sample_at_a_time_in_floats_is_the_same(spec: NetworkSpec) -> None:
    made, plain = module(spec), emitted.module(spec)
    theta, (X, Y) = parameters(plain, 4), batch(plain.SIZES, 3, rows=5)
    one = {**BATCHED, "batch_size": 1}
    near(made.train(theta, X, Y, **one), plain.train(theta, X, Y, **one))
    weight = np.array([1.0, 0, 2, 1, 1])
    found = made.train(theta, X, Y, **one, sample_weight=weight)
    made._in_floats, kept = failing, getattr(made, "_in_floats", failing)
    try:
        near(found, made.train(theta, X, Y, **one, sample_weight=weight))
    finally:
        made._in_floats = kept


def test_small_networks_with_short_formulas_are_trained_in_floats() -> None:
    texts = {s: "_in_floats" in text(compact(s)) for s in ("1-1:sigmoid-1:sigmoid", "2-3:relu-2:softmax", "9-9-1")}
    assert texts == {"1-1:sigmoid-1:sigmoid": True, "2-3:relu-2:softmax": True, "9-9-1": True}
    assert "_in_floats" not in text(compact("9-9-9"))


def failing(*_: object) -> None:
    """Arrays take over where floats are too small."""
    raise OverflowError


@pytest.mark.parametrize("spec", [compact("3-4:tanh-2:softmax"), DEEP[0]], ids=["shallow", "deep"])
def test_gradients_agree_with_complex_steps_through_the_definitions(spec: NetworkSpec, tmp_path: Path) -> None:
    (tmp_path / "made.py").write_text(text(spec), encoding="utf-8")
    found = gradcheck(chapter(spec), spec, against=tmp_path / "made.py", seed=3)
    assert {r.array for r in found.rows} >= {"W_1", "b_1", "X"}
    assert found.worst <= 1e-10, found.text()


@pytest.mark.parametrize("cost", ["poisson", "cross-entropy"])
@pytest.mark.parametrize("z", [50.0, 5e3, 5e4, 1e6, 1e8, 1e10])
def test_digits_stay_where_a_softplus_is_a_straight_line(cost: str, z: float) -> None:
    """One output of z for all inputs: beyond 40 a is z, whose slope is 1; errors by hand, in single precision."""
    made = module(compact("2-1:softplus", cost=cost), "float32")
    theta, Y = np.array([0, 0, z], np.float32), np.array([[1.01 * z]], np.float32)
    wanted = {"poisson": 1 - 1.01, "cross-entropy": -1.01}[cost]
    assert made.gradient(theta, np.zeros((1, 2)), Y)[-1] == pytest.approx(wanted, rel=2e-4)
    told = {"poisson": z - 1.01 * z * math.log(z), "cross-entropy": -1.01 * z * math.log(z)}[cost]
    assert made.cost(theta, np.zeros((1, 2)), Y) == pytest.approx(told, rel=1e-6)


def test_steps_compute_no_number_that_is_known_before() -> None:
    assert "np." not in text(compact("8-16:gelu-3")).split("def backward")[1].split("return grad")[0].replace("# ", "")


def test_single_precision_is_single_precision_everywhere() -> None:
    spec = compact("64-32:relu-10:softmax")
    made = module(spec, "float32")
    theta, (X, Y) = made.initial_parameters(), batch(made.SIZES)
    arrays = [made.forward(theta, X), made.gradient(theta, X, Y), made.input_gradient(theta, X, Y)]
    arrays.append(made.train(theta, X, Y, **{**BATCHED, "learning_rate": np.float64(0.1)}))
    assert {a.dtype for a in (theta, *arrays)} == {np.dtype("float32")}
    near(made.gradient(theta, X, Y), made.gradient(theta.astype(np.float64), X, Y), 1e-5)


@pytest.mark.parametrize("spec", [compact("3-4:tanh-2:sigmoid"), compact("3-2"), DEEP[1]], ids=["two", "one", "deep"])
def test_nothing_returned_shares_memory(spec: NetworkSpec) -> None:
    made = module(spec)
    theta, (X, Y) = made.initial_parameters(1), batch(made.SIZES)
    before = theta.copy(), X.copy(), Y.copy()
    found = (
        made.forward(theta, X),
        made.gradient(theta, X, Y),
        made.input_gradient(theta, X, Y),
        made.train(theta, X, Y, **BATCHED),
    )
    for array in found:
        assert array.base is None or array.base.size == array.size
        assert not any(np.shares_memory(array, other) for other in (theta, X, Y))
    for array, old in zip((theta, X, Y), before, strict=True):
        np.testing.assert_array_equal(array, old)


def test_data_that_do_not_fit_in_one_piece_are_all_seen() -> None:
    spec = compact("3-4:tanh-2:sigmoid")
    made, plain = module(spec), emitted.module(spec)
    theta, (X, Y) = made.initial_parameters(), batch(made.SIZES, rows=23)
    wanted = plain.train(theta, X, Y, **{**BATCHED, "batch_size": 4})
    made.PIECE = 300
    try:
        near(made.train(theta, X, Y, **{**BATCHED, "batch_size": 4}), wanted)
    finally:
        made.PIECE = 2**17


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("spec", [compact("3-4:tanh-2:sigmoid"), compact("3-4:relu-2:softmax")], ids=["full", "row"])
def test_targets_of_a_minibatch_lie_together(spec: NetworkSpec, shuffle: bool) -> None:
    """A call takes twice as long on arrays whose rows lie apart."""
    made = module(spec)
    X, Y = batch(made.SIZES, rows=8)
    minibatches = made._Minibatches(made.initial_parameters(), X, Y, np.ones(8), 4, shuffle)
    for *_, targets, share in minibatches.of(np.arange(8), np.ones(2)):
        assert targets.flags.c_contiguous
        assert share.flags.c_contiguous


@pytest.mark.skipif(shutil.which("ruff") is None and not Path(sys.executable).with_name("ruff").exists(), reason="ruff")
def test_files_are_formatted_and_clean(tmp_path: Path) -> None:
    ruff = shutil.which("ruff") or str(Path(sys.executable).with_name("ruff"))
    for i, spec in enumerate(NETWORKS):
        (tmp_path / f"network_{i}.py").write_text(text(spec), encoding="utf-8")
    for arguments in (["format", "--diff"], ["check", "--output-format", "concise"]):
        done = subprocess.run(
            [ruff, *arguments, "--isolated", str(tmp_path)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
