"""The emitted module as its users meet it."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest

from derive.codegen import code
from derive.errors import DeriveError
from derive.spec import NetworkSpec
from tests.codegen.emitted import Floats, batch, chapter, compact, every_kind, fitting, module, parameters, run, text

XOR = compact("2-3:tanh-1:sigmoid")
DIGITS = compact("64-32:relu-10:softmax")
DEEP = compact("2-" + "-".join(["3:tanh"] * 99) + "-1:sigmoid", penalty={"l2": 0.01})
GENERAL = NetworkSpec("general", cost="half-squared-error")
LOOPED = compact("2-" + "-".join(["3:tanh"] * 6) + "-4:softmax-1:sigmoid", penalty={"l2": 0.01})
SHOWN = [XOR, DIGITS, DEEP, compact("1-1:sigmoid-1:sigmoid"), compact("3-4:softmax-2:relu-4"), GENERAL]


def test_parameters_are_layer_by_layer_the_rows_of_weights_and_bias() -> None:
    made = module(XOR)
    theta = np.arange(13.0)
    (W_1, b_1), (W_2, b_2) = made.weights(theta)
    np.testing.assert_array_equal(W_1, [[0, 1], [3, 4], [6, 7]])
    np.testing.assert_array_equal(b_1, [2, 5, 8])
    np.testing.assert_array_equal(W_2, [[9, 10, 11]])
    np.testing.assert_array_equal(b_2, [12])
    W_1[0, 0] = 50
    b_2[:] = 60
    assert theta[0] == 50
    assert theta[-1] == 60
    assert made.SIZES == (2, 3, 1)


def test_initial_parameters_are_fresh_seeded_and_scaled() -> None:
    made = module(DIGITS)
    theta, again, other = made.initial_parameters(), made.initial_parameters(), made.initial_parameters(seed=1)
    np.testing.assert_array_equal(theta, again)
    assert not np.array_equal(theta, other)
    W_1, b_1 = made.weights(theta)[0]
    assert W_1.std() == pytest.approx((2 / 64) ** 0.5, rel=0.05)
    assert not b_1.any()
    assert theta.dtype == np.float64


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_everything_has_the_dtype_of_the_parameters(dtype: str) -> None:
    made = run(text(DIGITS, dtype))
    theta, (X, Y) = made.initial_parameters(), batch(made.SIZES)
    trained = made.train(theta, X, Y, epochs=1, batch_size=2, learning_rate=np.float64(0.1), verbose=False)
    arrays = theta, made.forward(theta, X), made.gradient(theta, X, Y), made.input_gradient(theta, X, Y), trained
    assert {a.dtype for a in arrays} == {np.dtype(dtype)}
    assert type(made.cost(theta, X, Y)) is float


@pytest.mark.parametrize("spec", [XOR, DIGITS, compact("3-2")], ids=str)
def test_nothing_returned_shares_memory(spec: NetworkSpec) -> None:
    made = module(spec)
    theta, (X, Y) = parameters(made), batch(made.SIZES)
    outputs = made.forward(theta, X), made.gradient(theta, X, Y), made.input_gradient(theta, X, Y)
    for array in outputs:
        assert not any(np.shares_memory(array, other) for other in (theta, X, Y))


def test_training_lowers_the_cost_and_leaves_its_argument() -> None:
    made = module(XOR)
    X, Y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])
    theta = made.initial_parameters(seed=1)
    before, shown = theta.copy(), io.StringIO()
    with redirect_stdout(shown):
        trained = made.train(theta, X, Y, epochs=2000, batch_size=2, learning_rate=0.5)
    np.testing.assert_array_equal(theta, before)
    assert made.cost(trained, X, Y) < 0.05
    assert len(shown.getvalue().splitlines()) == 2000
    assert shown.getvalue().startswith("epoch 1: cost 0.")


def test_training_is_repeatable_and_shuffles() -> None:
    made = module(XOR)
    X, Y = batch(made.SIZES, rows=8)
    arguments: dict[str, Any] = {"epochs": 3, "batch_size": 3, "learning_rate": 0.1, "verbose": False}
    theta = made.initial_parameters()
    first, same = made.train(theta, X, Y, **arguments), made.train(theta, X, Y, **arguments)
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, made.train(theta, X, Y, **arguments, shuffle=False))
    assert not np.array_equal(first, made.train(theta, X, Y, **arguments, seed=1))


def test_one_step_is_gradient_descent() -> None:
    made = module(XOR)
    theta, (X, Y) = parameters(made), batch(made.SIZES)
    stepped = made.train(theta, X, Y, epochs=1, batch_size=9, learning_rate=0.3, shuffle=False, verbose=False)
    np.testing.assert_allclose(stepped, theta - 0.3 * made.gradient(theta, X, Y), rtol=1e-15)


def test_another_optimiser_is_answered_with_the_command() -> None:
    made = module(NetworkSpec("xor", (2, 3, 1), ("tanh", "sigmoid"), "half-squared-error"))
    theta, (X, Y) = parameters(made), batch(made.SIZES)
    with pytest.raises(ValueError, match="derive code xor --cost half-squared-error --optimiser nesterov"):
        made.train(theta, X, Y, epochs=1, batch_size=1, learning_rate=1, optimiser="nesterov")


@pytest.mark.parametrize(("x", "y"), [((4, 3), (4, 1)), ((4, 2), (4,)), ((4, 2), (1, 1)), ((2,), (4, 1))])
def test_arrays_of_other_shapes_are_refused(x: tuple[int, ...], y: tuple[int, ...]) -> None:
    made = module(XOR)
    with pytest.raises(ValueError, match=r"expected an array|rows of X"):
        made.cost(made.initial_parameters(), np.zeros(x), np.zeros(y))


DROPPED = compact("3-4:tanh-4:tanh-3:relu-2:softmax", dropout=0.5)


@pytest.mark.parametrize(
    "spec", [XOR, DIGITS, LOOPED, DROPPED, *SHOWN[3:-1], *every_kind()[:3]], ids=lambda s: s.name[:30]
)
def test_using_the_whole_interface_covers_every_line(spec: NetworkSpec) -> None:
    source = text(spec)
    missed = lines_of(source) - traced(source, use_everything)
    shown = source.splitlines()
    assert [shown[i - 1] for i in sorted(missed) if "__name__" not in shown[i - 1] and i < len(shown)] == []


def use_everything(made: Any) -> None:
    theta, (X, Y) = made.initial_parameters(), batch(made.SIZES)
    made.forward(theta, X)
    with redirect_stdout(io.StringIO()):
        for optimiser in ("sgd", "adam"):
            made.train(theta, X, Y, epochs=1, batch_size=2, learning_rate=0.1, optimiser=optimiser)
    for wrong in (X[:, :0], X[:2]):
        with pytest.raises(ValueError, match=r"expected|rows"):
            made.cost(theta, wrong, Y)
    with pytest.raises(ValueError, match="no optimiser"):
        made.train(theta, X, Y, epochs=1, batch_size=2, learning_rate=0.1, optimiser="momentum")
    made.check_gradient()


def lines_of(source: str) -> set[int]:
    """Every line that has code."""

    def of(block: Any) -> set[int]:
        inner = [c for c in block.co_consts if hasattr(c, "co_lines")]
        own = {line for _, _, line in block.co_lines() if line}
        return own.union(*(of(c) for c in inner))

    return of(compile(source, "<traced>", "exec")) - {0}


def traced(source: str, use: Any) -> set[int]:
    """The lines that ran."""
    seen: set[int] = set()

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        if frame.f_code.co_filename != "<traced>":
            return None
        seen.add(frame.f_lineno)
        return trace

    outer = sys.gettrace()
    sys.settrace(trace)
    try:
        use(run(source, "traced"))
    finally:
        sys.settrace(outer)
    return seen


@pytest.mark.skipif(shutil.which("ruff") is None and not Path(sys.executable).with_name("ruff").exists(), reason="ruff")
def test_files_are_formatted_and_clean(tmp_path: Path) -> None:
    ruff = shutil.which("ruff") or str(Path(sys.executable).with_name("ruff"))
    specs = [
        *SHOWN,
        *every_kind(),
        DROPPED,
        replace(GENERAL, dropout=0.5),
        NetworkSpec("it's \"odd\"\\\n'''", (2, 1), ("tanh",), "squared-error"),
    ]
    for i, spec in enumerate(specs):
        (tmp_path / f"network_{i}.py").write_text(text(spec), encoding="utf-8")
    for arguments in (["format", "--diff"], ["check", "--output-format", "concise"]):
        done = subprocess.run(
            [ruff, *arguments, "--isolated", str(tmp_path)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_names_of_users_are_only_text() -> None:
    odd = NetworkSpec('"""; import os\n\\\' {{ x }} #', (2, 1), ("tanh",), "half-squared-error")
    made = module(odd)
    theta, (X, Y) = parameters(made), batch(made.SIZES)
    assert not hasattr(made, "os")
    with pytest.raises(ValueError, match="import os"):
        made.train(theta, X, Y, epochs=1, batch_size=1, learning_rate=1, optimiser="nesterov")


def test_a_deep_network_is_a_short_file() -> None:
    assert len(text(DEEP).splitlines()) < 300
    assert "for l in range(99, 0, -1):" in text(DEEP)


def test_every_computed_line_names_its_equation() -> None:
    source = text(DIGITS)
    numbers = chapter(DIGITS).numbers
    for label in ("forward-z-batch", "delta-output-batch", "gradient-W-batch", "gradient-x-batch", "update-W-batch"):
        assert f"({numbers[label]}" in source
        assert label in source


def test_same_text_every_time() -> None:
    assert code(chapter(XOR), XOR) == text(XOR)


@pytest.mark.parametrize(
    ("style", "dtype", "cost"), [("poem", "float64", "x"), ("textbook", "int8", "x"), ("textbook", "float64", None)]
)
def test_unusable_wishes_are_answered(style: str, dtype: str, cost: str | None) -> None:
    spec = XOR if cost else NetworkSpec("open", (2, 1), ("tanh",), None)
    with pytest.raises(DeriveError) as error:
        code(chapter(spec), spec, style, dtype)
    assert error.value.remedy


# ---------------------------------------------------------------- general


@pytest.mark.parametrize("spec", every_kind()[:6], ids=lambda s: s.name)
def test_general_code_agrees_with_code_for_one_network(spec: NetworkSpec) -> None:
    special = module(spec)
    strengths = {t.name: t.strength for t in spec.penalty.terms} if spec.penalty else {}
    net = module(replace(GENERAL, penalty=spec.penalty)).network(spec.widths, spec.activations, spec.cost, **strengths)
    again = module(replace(GENERAL, penalty=spec.penalty)).network(spec.widths, spec.activations, spec.cost)
    theta, (X, Y) = parameters(special), batch(special.SIZES)
    assert net.cost(theta, X, Y) == pytest.approx(special.cost(theta, X, Y), rel=1e-13)
    assert again.cost(theta, X, Y) == net.cost(theta, X, Y)
    for name in ("gradient", "input_gradient"):
        close(getattr(net, name)(theta, X, Y), getattr(special, name)(theta, X, Y))
    close(net.forward(theta, X), special.forward(theta, X))
    close(net.initial_parameters(4), special.initial_parameters(4))


STEPS: dict[str, Any] = {"epochs": 2, "batch_size": 2, "learning_rate": 0.1, "verbose": False}


def refused(made: Any) -> None:
    """What general code answers to input that cannot be used; nothing is lost where numbers cease to be finite."""
    for sizes in ((), (3,), (3, 0, 2), (3, 2.5)):
        with pytest.raises(ValueError, match=r"two widths or more|a whole number from 1"):
            made.network(sizes)
    for wrong in ("a", -1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match=r"l2 is .*; a number from 0 is needed"):
            made.network((3, 2), l2=wrong)
    net = made.network((3, 4, 2))
    theta, (X, Y) = net.initial_parameters(), batch(net.SIZES)
    settings = [("epochs", -1), ("epochs", 1.5), ("batch_size", 0), ("batch_size", 2.0), ("seed", None)]
    for name, value in (*settings, ("learning_rate", 0), ("learning_rate", "a"), ("learning_rate", float("inf"))):
        with pytest.raises(ValueError, match=rf"{name} is .* is needed"):
            net.train(theta, X, Y, **{**STEPS, name: value})
    with pytest.raises(ValueError, match=r"batch_size is 2, but there are 0 rows"):
        net.train(theta, X[:0], Y[:0], **STEPS)
    for other in (list(theta), theta.astype(int), theta[1:], np.append(theta, 0)):
        with pytest.raises(ValueError, match="theta must be a vector of 26 floats"):
            net.train(other, X, Y, **STEPS)
    with pytest.raises(ValueError, match="expected numbers"):
        net.forward(theta, X.astype(str))
    for name, arrays in (
        ("theta", (theta * np.nan, X, Y)),
        ("X", (theta, X * np.nan, Y)),
        ("Y", (theta, X, Y * np.nan)),
    ):
        with pytest.raises(ValueError, match=f"{name} has a number that is not finite"):
            net.train(*arrays, **STEPS)
    with pytest.warns(UserWarning, match="not finite in epoch 1: the parameters before it are kept"):
        found = net.train(theta, X, Y, **{**STEPS, "learning_rate": 1e300})
    np.testing.assert_array_equal(found, theta)


def test_general_code_says_nothing_that_holds_for_one_cost_only() -> None:
    source = text(GENERAL)
    assert re.search(r"\(\d+\) cost-sample-batch:  C_s, by the function of the cost\n", source)
    assert re.search(r"\(\d+\) delta-output-batch:  Δ\^L, by the cost and the last activation\n", source)
    assert re.search(r"# \(\d+\) delta-output-batch, \(N, n_L\)\n", source)


def close(found: Floats, wanted: Floats) -> None:
    assert np.abs(found - wanted).max() <= 1e-13 * np.abs(wanted).max()


def fitting_activation(cost: str) -> list[str]:
    return [last for last, fitting_cost in fitting() if fitting_cost == cost][:1]


def test_using_the_whole_interface_covers_every_line_of_general_code() -> None:
    source = text(GENERAL)

    def use(made: Any) -> None:
        inside = tuple(made.ACTIVATIONS)
        widths = (2, *(3 for _ in inside), 2)
        for last, cost in [*made.PAIRS, *((a, c) for c in made.COSTS for a in fitting_activation(c))]:
            use_everything(made.network(widths, (*inside, last), cost))
        use_everything(made.network((2, 3, 1)))
        wrong: list[tuple[Any, ...]] = [
            ((2, 1), ("tanh", "tanh")),
            ((2, 1), ("tan",)),
            ((2, 1), ("tanh",), "cross-entropy"),
        ]
        for arguments in wrong:
            with pytest.raises(ValueError, match=r"activation|cost"):
                made.network(*arguments)
        refused(made)

    missed = lines_of(source) - traced(source, use)
    shown = source.splitlines()
    assert [shown[i - 1] for i in sorted(missed) if "__name__" not in shown[i - 1] and i < len(shown) - 2] == []
