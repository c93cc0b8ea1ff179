"""The emitted ``Network`` as its users meet it: fitted, saved, resumed, interrupted, given bad data."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import derive
from derive.data.costs import COSTS
from derive.data.optimisers import OPTIMISERS
from derive.spec import NetworkSpec, PenaltySpec
from tests.codegen.emitted import compact, fitting, parameters, run
from tests.codegen.training.networks import module, text

CLASSES = compact("3-4:tanh-3:softmax", optimisers=OPTIMISERS.names)
YES_NO = compact("3-4:tanh-1:sigmoid", penalty={"l2": 0.01})
NUMBERS = compact("3-4:tanh-1")
RNG = np.random.default_rng(0)
X = RNG.standard_normal((30, 3))
LABELS = (X[:, 0] + X[:, 1] > 0).astype(int) + (X[:, 2] > 0.5)
SCHEDULES = ("constant", "step", "cosine", "1cycle")


def fitted(spec: Any = CLASSES, **more: Any) -> Any:
    net = module(spec).Network(**{"epochs": 4, "batch_size": 8, **more})
    return net.fit(X, X @ [1, 2, 3] if spec == NUMBERS else np.minimum(LABELS, 1) if spec == YES_NO else LABELS)


# ---------------------------------------------------------------- optimisers, step by step


def plain(name: str, made: Any, theta: Any, Y: Any, options: dict[str, float], rate: Any) -> Any:
    """Three epochs in order, batches of 8 of 30 rows, the formulas of the table entry by entry."""
    row = OPTIMISERS.get(name)
    hyper = {**{n: v for n, v in row.hyperparameters if v is not None}, **options}
    state = {s: np.zeros_like(theta) for s in row.states}
    theta, t = theta.copy(), 0
    weights = np.zeros_like(theta)
    for W, _ in made.weights(weights):
        W[:] = 1
    hyper |= {n: hyper[n] * weights for n in getattr(row, "weights_only", ())}
    for _ in range(3):
        for first in range(0, 30, 8):
            t += 1
            names = {**state, **hyper, "theta": theta, "t": t, "sqrt": np.sqrt, "learning_rate": rate((t - 1) / 12)}
            at = eval(getattr(row, "point", "theta"), {}, names)
            names["g"] = made.gradient(at, X[first : first + 8], Y[first : first + 8])
            for target, formula in row.updates:
                names[target] = eval(formula.replace("^", "**"), {}, names)
            theta, state = names["theta"], {s: names[s] for s in row.states}
    return theta


@pytest.mark.parametrize("name", OPTIMISERS.names)
def test_every_optimiser_is_its_formula_step_by_step(name: str) -> None:
    made, Y = module(CLASSES), np.eye(3)[LABELS]
    theta = parameters(made, 3)
    options = {n: 0.1 * v + 0.05 for n, v in OPTIMISERS.get(name).hyperparameters if v is not None and n != "eps"}
    settings: dict[str, Any] = {"epochs": 3, "batch_size": 8, "shuffle": False, "verbose": False}
    found = made.train(theta, X, Y, learning_rate=0.05, optimiser=name, options=options, **settings)
    wanted = plain(name, made, theta, Y, options, lambda _: 0.05)
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12)
    assert np.abs(wanted - theta).max() > 0.01


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("name", ["sgd", OPTIMISERS.names[-1]])
def test_schedules_hold_at_every_step(schedule: str, name: str) -> None:
    made, Y = module(CLASSES), np.eye(3)[LABELS]
    theta, factor = parameters(made, 3), made.SCHEDULES[schedule]
    settings: dict[str, Any] = {"epochs": 3, "batch_size": 8, "shuffle": False, "verbose": False}
    found = made.train(theta, X, Y, learning_rate=0.1, schedule=schedule, optimiser=name, **settings)
    wanted = plain(name, made, theta, Y, {}, lambda p: 0.1 * factor(p))
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12)


def test_schedules_begin_and_end_as_they_are_called() -> None:
    schedules = module(CLASSES).SCHEDULES
    assert tuple(schedules) == SCHEDULES
    values = {name: [f(p) for p in (0.0, 0.3, 0.5, 1.0)] for name, f in schedules.items()}
    assert values["constant"] == [1, 1, 1, 1]
    assert values["step"] == pytest.approx([1, 1, 0.1, 0.01])
    assert values["cosine"] == pytest.approx([1, 0.7939, 0.5, 0], abs=1e-4)
    assert values["1cycle"] == pytest.approx([0.04, 1, 0.811, 0], abs=1e-2)


# ---------------------------------------------------------------- weights of rows


def test_a_row_of_weight_two_is_a_row_given_twice() -> None:
    made, Y = module(YES_NO), np.minimum(LABELS, 1)[:, None]
    twice = np.r_[np.arange(30), np.arange(10)]
    weight = np.r_[np.full(10, 2.0), np.ones(20)]
    settings: dict[str, Any] = {"epochs": 3, "learning_rate": 0.3, "shuffle": False, "verbose": False}
    theta = made.initial_parameters()
    for spec, targets in ((YES_NO, Y), (CLASSES, np.eye(3)[LABELS])):
        made = module(spec)
        theta = made.initial_parameters()
        wanted = made.train(theta, X[twice], targets[twice], batch_size=40, **settings)
        scale = 30 / 40
        found = made.train(theta, X, targets, batch_size=30, sample_weight=weight * scale, **settings)
        np.testing.assert_allclose(found, wanted, rtol=1e-12)


def test_balanced_classes_count_alike() -> None:
    made = module(CLASSES)
    labels = np.array([0] * 6 + [1] * 3 + [2])
    weight = made._class_weights("balanced", labels)
    assert [weight[labels == k].sum() for k in range(3)] == pytest.approx([10 / 3] * 3)
    given = made._class_weights({1: 5.0}, labels)
    assert given.tolist() == [1.0] * 6 + [5.0] * 3 + [1.0]
    one, other = fitted(class_weight="balanced"), fitted()
    assert not np.array_equal(one.theta_, other.theta_)


# ---------------------------------------------------------------- estimator


def test_classes_and_one_hot_rows_are_the_same_targets() -> None:
    made = module(CLASSES)
    by_rows = made.Network(epochs=4, batch_size=8).fit(X, np.eye(3)[LABELS])
    np.testing.assert_array_equal(fitted().theta_, by_rows.theta_)
    assert fitted().score(X, LABELS) == fitted().score(X, np.eye(3)[LABELS])


def test_learning_is_seen_in_the_score() -> None:
    more: dict[str, Any] = {"epochs": 300, "learning_rate": 0.5}
    assert fitted(**more).score(X, LABELS) > 0.9
    yes_no = fitted(YES_NO, **more)
    assert yes_no.score(X, LABELS > 0) > 0.9
    np.testing.assert_allclose(yes_no.predict_proba(X).sum(axis=1), 1)
    assert set(yes_no.predict(X)) == {0, 1}
    assert yes_no.score(X, (LABELS > 0)[:, None].astype(float)) > 0.9
    numbers = fitted(NUMBERS, **{**more, "learning_rate": 0.05})
    y = X @ [1, 2, 3]
    assert numbers.predict(X).shape == (30,)
    wanted = 1 - ((numbers.predict(X) - y) ** 2).mean() / y.var()
    assert numbers.score(X, y) == pytest.approx(wanted)
    assert wanted > 0.9


def test_partial_fit_goes_on_from_what_was_reached() -> None:
    net = module(CLASSES).Network(batch_size=8, optimiser="momentum" if "momentum" in OPTIMISERS else "sgd")
    costs = []
    for _ in range(5):
        net.partial_fit(X, LABELS)
        costs.append(net.history_["cost"][-1])
    assert costs == sorted(costs, reverse=True)
    assert len(net.history_["cost"]) == 5


def test_early_stopping_keeps_the_best_parameters() -> None:
    net = fitted(epochs=400, learning_rate=3.0, validation=0.3, patience=5, seed=3)
    found = net.history_["validation"]
    assert len(found) < 400
    assert len(found) == int(np.argmin(found)) + 1 + 5
    _, other = net._split(30)
    made = module(CLASSES)
    assert made.cost(net.theta_, X[other], np.eye(3)[LABELS[other]]) == min(found)


@pytest.mark.parametrize("name", ["sgd", OPTIMISERS.names[-1]])
@pytest.mark.parametrize("more", [{}, {"schedule": "1cycle"}, {"patience": 2, "learning_rate": 0.3}], ids=str)
def test_a_resumed_training_is_the_same_bit_for_bit(name: str, more: dict[str, Any], tmp_path: Path) -> None:
    more = {"optimiser": name, "epochs": 16 if "patience" in more else 6, "validation": 0.2, **more}
    whole = fitted(**more)

    def stop(epoch: int, *_: Any) -> bool:
        return epoch == 2

    net = module(CLASSES).Network(batch_size=8, **more).fit(X, LABELS, callback=stop)
    net.save(tmp_path / "half.npz")
    again = module(CLASSES).Network.load(tmp_path / "half.npz").fit(X, LABELS, resume=True)
    np.testing.assert_array_equal(again.theta_, whole.theta_)
    assert again.history_ == whole.history_
    assert ("patience" in more) == (len(whole.history_["cost"]) < more["epochs"])


def test_ctrl_c_keeps_the_last_whole_epoch(capsys: pytest.CaptureFixture[str]) -> None:
    made = module(CLASSES)
    net = made.Network(epochs=6, batch_size=8)
    steps = 0
    original = made._Minibatches.of

    def interrupting(self: Any, *arguments: Any) -> Iterator[Any]:
        nonlocal steps
        for minibatch in original(self, *arguments):
            steps += 1
            if steps == 6:
                raise KeyboardInterrupt
            yield minibatch

    made._Minibatches.of = interrupting
    try:
        net.fit(X, LABELS)
    finally:
        made._Minibatches.of = original
    assert "epoch" in capsys.readouterr().err
    done = len(net.history_["cost"])
    assert 0 < done < 6
    np.testing.assert_array_equal(net.theta_, fitted(epochs=done).theta_)
    np.testing.assert_array_equal(net.fit(X, LABELS, resume=True).theta_, fitted(epochs=6).theta_)


def test_a_diverging_run_stops_before_the_step() -> None:
    made = module(NUMBERS)
    theta, y = made.initial_parameters(), (X @ [1, 2, 3])[:, None]
    settings: dict[str, Any] = {"epochs": 50, "batch_size": 8, "verbose": False}
    with pytest.warns(UserWarning, match=r"not finite at step \d+, in epoch \d+"):
        kept = made.train(theta, 1e3 * X, 1e3 * y, learning_rate=1e4, **settings)
    assert np.isfinite(kept).all()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made.train(theta, X, y, learning_rate=0.01, **settings)


# ---------------------------------------------------------------- files


def test_saved_and_loaded_is_the_same(tmp_path: Path) -> None:
    net = fitted(class_weight={0: 2.0})
    net.save(tmp_path / "net.npz")
    again = module(CLASSES).Network.load(tmp_path / "net.npz")
    np.testing.assert_array_equal(again.predict_proba(X), net.predict_proba(X))
    assert again.get_params() == net.get_params()
    assert again.history_ == net.history_
    assert [p.name for p in tmp_path.iterdir()] == ["net.npz"]


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    fitted(YES_NO).save(tmp_path / "other.npz")
    with pytest.raises(ValueError, match=r"another network: sizes \[3, 4, 1\], not \[3, 4, 3\]"):
        module(CLASSES).Network.load(tmp_path / "other.npz")
    (tmp_path / "junk.npz").write_bytes(b"PK not really")
    np.savez(tmp_path / "plain.npz", a=np.ones(2))
    np.save(tmp_path / "array.npy", np.ones(2))
    np.savez(tmp_path / "pickled.npz", told=np.array([{}], dtype=object))
    whole = (tmp_path / "other.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "empty.npz").write_bytes(b"")
    no_file = ("junk.npz", "array.npy", "pickled.npz", "cut.npz", "empty.npz")
    for name, message in {**dict.fromkeys(no_file, "no .npz file"), "plain.npz": "not written by save"}.items():
        with pytest.raises(ValueError, match=message):
            module(CLASSES).Network.load(tmp_path / name)


def test_weights_of_another_formula_of_the_same_name_are_refused(tmp_path: Path) -> None:
    one, other = (
        derive.network("3-4:bent-2", activations={"bent": formula}, costs={"far": "(a - y)^4"}, cost="far")
        for formula in ("z + z^2/9", "z + z^3/9")
    )
    made, another = (run(net.code("training", without=["check", "shell"])) for net in (one, other))
    made.Network(epochs=1, batch_size=8, learning_rate=1e-4).fit(X, X[:, :2]).save(tmp_path / "one.npz")
    made.Network.load(tmp_path / "one.npz")
    with pytest.raises(ValueError, match=r"activations \['bent=z \+ z\^2/9', 'identity'\], not .*z\^3"):
        another.Network.load(tmp_path / "one.npz")


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    net = fitted()
    net.save(tmp_path / "net.npz")
    before = (tmp_path / "net.npz").read_bytes()

    def full(file: Any, **_: Any) -> None:
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module(CLASSES).np, "savez", full)
    with pytest.raises(OSError, match="No space"):
        net.save(tmp_path / "net.npz")
    assert (tmp_path / "net.npz").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["net.npz"]


# ---------------------------------------------------------------- bad input


ABSURD = [
    ("momentum", "momentum", 1.0),
    ("nesterov", "momentum", -0.5),
    ("rmsprop", "rho", 1.5),
    ("adam", "beta1", float("nan")),
    ("adam", "beta2", 1),
    ("adam", "eps", 0),
    ("adam", "eps", "small"),
    ("adamw", "weight_decay", -1e-4),
]


@pytest.mark.parametrize(
    ("inputs", "targets", "more", "message"),
    [
        (np.where(np.arange(3) == 1, np.nan, X), LABELS, {}, "X has a number that is not finite, in row 0"),
        (X, np.full((30, 3), np.inf), {}, "Y has a number that is not finite"),
        (X, LABELS + 1, {}, "classes are 0 to 2; row"),
        (X, LABELS - 0.5, {}, "classes are 0 to 2; row 0"),
        (X[:0], LABELS[:0], {}, "no rows"),
        (X[:, :2], LABELS, {}, r"expected an array \(N, 3\), got \(30, 2\)"),
        (X, LABELS[:7], {}, "rows"),
        (X, LABELS, {"batch_size": 31}, "batch_size is 31, but there are 30 rows"),
        (X, LABELS, {"batch_size": 0}, "batch_size is 0"),
        (X, LABELS, {"optimiser": "adm"}, "no optimiser 'adm'.*derive code 3-4:tanh-3:softmax"),
        (X, LABELS, {"schedule": "slow"}, "no schedule 'slow', but one of constant, step"),
        (X, LABELS, {"patience": 3}, "patience needs validation"),
        (np.full((30, 3), "a"), LABELS, {}, r"expected numbers, \(N, 3\)"),
        (X, LABELS.astype(str), {}, "classes are the numbers 0 to 2"),
        (X, LABELS, {"batch_size": 2.5}, "batch_size is 2.5"),
        (X, LABELS, {"epochs": 1.5}, "epochs is 1.5"),
        (X, LABELS, {"epochs": -1}, "epochs is -1"),
        (X, LABELS, {"learning_rate": float("nan")}, "learning_rate is nan"),
        (X, LABELS, {"learning_rate": "fast"}, "learning_rate is 'fast'"),
        (X, LABELS, {"options": {"beta1": 0.5}}, "sgd has no option 'beta1', but none"),
        (X, LABELS, {"optimiser": "adam", "options": {"rho": 1}}, "adam has no option 'rho', but beta1, beta2, eps"),
        (X, LABELS, {"class_weight": "even"}, "class_weight is 'even'"),
        (X, LABELS, {"class_weight": {7: 2.0}}, "class_weight is {7: 2.0}"),
        (X, LABELS, {"class_weight": {1: "a"}}, "class_weight is {1: 'a'}"),
        (X, LABELS, {"class_weight": {1: -1.0}}, "class_weight is {1: -1.0}"),
        (X, LABELS, {"class_weight": np.ones(3)}, "class_weight is array"),
        (X, np.eye(3)[LABELS] / 2, {"class_weight": {1: 2.0}}, "class_weight needs y of classes"),
        (X, np.eye(3)[LABELS] - 1, {}, "Y: row 0 has -1, but targets are: probabilities"),
        (X, LABELS, {"patience": 2, "validation": 0.01}, "patience needs validation data, but 0 of 30 rows"),
        (X, LABELS, {"learning_rate": np.ones((300, 5))}, r"learning_rate is array\(.{,25}, but"),
        (X, LABELS, {"validation": 1.0}, "validation is 1.0"),
        (X, LABELS, {"validation": None}, "validation is None"),
        (X, LABELS, {"validation": 0.99}, "no rows"),
        (X, LABELS, {"validation": 0.2, "patience": 0}, "patience is 0"),
        (X, LABELS, {"seed": "one"}, "seed is 'one'"),
        (X, LABELS, {"options": "beta1"}, "options is 'beta1'"),
        (X, LABELS, {"optimiser": ["sgd"]}, r"optimiser is \['sgd'\], but it must be one name"),
        (1j * X, LABELS, {}, "X: expected numbers, .*, got complex"),
        (None, None, {}, "as many rows"),
        (X[:, 0], LABELS, {}, r"X: expected an array \(N, 3\), got \(30,\)"),
        *((X, LABELS, {"optimiser": name, "options": {o: v}}, f"{o} is {v!r}, but") for name, o, v in ABSURD),
    ],
)
def test_bad_input_is_named_before_training(inputs: Any, targets: Any, more: dict[str, Any], message: str) -> None:
    net = module(CLASSES).Network(**{"batch_size": 8, **more})
    with pytest.raises(ValueError, match=message):
        net.fit(inputs, targets)
    assert not hasattr(net, "theta_")


HOLE = np.where(np.arange(90).reshape(30, 3) == 13, np.nan, X)


@pytest.mark.parametrize(
    ("inputs", "targets", "message"),
    [
        (HOLE, LABELS, "X has a number that is not finite, in row 4"),
        (X[:, :2], LABELS, r"expected an array \(N, 3\), got \(30, 2\)"),
        (X, LABELS[:1], "as many rows"),
        (X, LABELS.astype(str), "classes are the numbers 0 to 2"),
    ],
)
def test_bad_input_is_named_before_it_is_judged(inputs: Any, targets: Any, message: str) -> None:
    net = fitted(epochs=1)
    with pytest.raises(ValueError, match=message):
        net.score(inputs, targets)
    numbers = fitted(NUMBERS, epochs=1)
    for wrong in (HOLE, X[:, :2], X.astype(str), None, 1j * X):
        for asked in (net.predict, net.predict_proba, numbers.predict):
            with pytest.raises(ValueError, match=r"^X"):
                asked(wrong)
    with pytest.raises(ValueError, match=r"y: expected \(30, 1\), got \(30, 2\)"):
        numbers.score(X, X[:, :2])


def test_bad_validation_data_are_named_before_training() -> None:
    made, theta = module(CLASSES), module(CLASSES).initial_parameters()
    Y = np.eye(3)[LABELS]
    pairs = {"not finite": (HOLE, Y), "no rows": (X[:0], Y[:0]), "a pair": 0.2, "30 rows of X": (X, Y[:2])}
    for message, pair in pairs.items():
        with pytest.raises(ValueError, match=message):
            made.train(theta, X, Y, epochs=1, batch_size=8, learning_rate=0.1, validation=pair, callback=failing)
    with pytest.raises(ValueError, match="theta has a number that is not finite"):
        made.train(theta * np.nan, X, Y, epochs=1, batch_size=8, learning_rate=0.1)


def failing(*_: Any) -> None:
    raise RuntimeError("a callback that fails")


def test_a_callback_that_fails_loses_nothing() -> None:
    net = module(CLASSES).Network(epochs=4, batch_size=8)
    with pytest.raises(RuntimeError, match="callback"):
        net.fit(X, LABELS, callback=failing)
    np.testing.assert_array_equal(net.theta_, fitted(epochs=1).theta_)
    np.testing.assert_array_equal(net.fit(X, LABELS, resume=True).theta_, fitted(epochs=4).theta_)


def test_a_refused_training_leaves_what_was_reached() -> None:
    net = fitted()
    before, history = net.theta_.copy(), dict(net.history_)
    for bad in ({"patience": 3}, {"options": {"eps": 1}}, {"batch_size": 99}):
        with pytest.raises(ValueError, match=r"\w"):
            module(CLASSES).Network.fit(net.set_params(**{"patience": None, "options": None, **bad}), X, LABELS)
    np.testing.assert_array_equal(net.theta_, before)
    assert net.history_ == history


def test_what_is_not_trained_does_not_predict() -> None:
    with pytest.raises(ValueError, match="call fit"):
        module(CLASSES).Network().predict(X)
    with pytest.raises(ValueError, match="no parameter 'rate', but epochs"):
        module(CLASSES).Network().set_params(rate=1)
    with pytest.raises(ValueError, match="call fit"):
        module(CLASSES).Network().save("x.npz")
    with pytest.raises(ValueError, match="call fit"):
        module(CLASSES).Network(batch_size=8).fit(X, LABELS, resume=True)
    with pytest.raises(ValueError, match="30 weights of rows, finite"):
        module(CLASSES).Network(batch_size=8).fit(X, LABELS, sample_weight=[1, 2])
    with pytest.raises(
        ValueError, match=r"the training began with sgd, seed 0, 30 rows.*, not with sgd, seed 0, 20 rows"
    ):
        fitted().fit(X[:20], LABELS[:20], resume=True)
    with pytest.raises(ValueError, match="theta must be a vector of 31 floats"):
        module(CLASSES).forward(np.zeros(3), X)
    with pytest.raises(ValueError, match="30 weights of rows"):
        module(CLASSES).Network(batch_size=8).fit(X, LABELS, sample_weight=-np.ones(30))


# ---------------------------------------------------------------- settings of a grid search


def test_numbers_of_numpy_as_settings_survive_a_file(tmp_path: Path) -> None:
    sizes: dict[str, Any] = {"epochs": np.int64(3), "seed": np.int64(3), "batch_size": np.int16(8)}
    flags: dict[str, Any] = {"shuffle": np.bool_(True), "validation": np.float64(0.2), "patience": np.int32(2)}
    net = module(CLASSES).Network(**sizes, **flags, class_weight={np.int64(0): np.float32(2)}).fit(X, LABELS)
    net.save(tmp_path / "net.npz")
    again = module(CLASSES).Network.load(tmp_path / "net.npz")
    assert again.get_params() == net.get_params()
    assert {type(again.get_params()[name]) for name in sizes} == {int}
    whole = net.set_params(epochs=5).fit(X, LABELS)
    np.testing.assert_array_equal(again.set_params(epochs=5).fit(X, LABELS, resume=True).theta_, whole.theta_)


def test_what_is_loaded_knows_its_classes_and_inputs(tmp_path: Path) -> None:
    fitted().save(tmp_path / "net.npz")
    again = module(CLASSES).Network.load(tmp_path / "net.npz")
    assert again.classes_.tolist() == [0, 1, 2]
    assert again.n_features_in_ == 3


def test_the_constructor_reads_its_arguments_once() -> None:
    """Comprehensions over ``locals()`` grow it while they run, from Python 3.12 under a tracer."""
    tree = ast.parse(text(CLASSES))
    loops = [c.iter for node in ast.walk(tree) for c in getattr(node, "generators", [])]
    loops += [node.iter for node in ast.walk(tree) if isinstance(node, ast.For)]
    assert loops
    assert not any("locals()" in ast.unparse(loop) for loop in loops)
    given = {"epochs": 7, "options": {"beta1": 0.5}, "optimiser": "adam"}
    assert module(CLASSES).Network(**given).get_params().items() >= given.items()


# ---------------------------------------------------------------- numbers that are not finite


def test_a_state_that_overflows_stops_the_training(tmp_path: Path) -> None:
    """The squares of Adam in single precision: theta would stay finite, and stand still."""
    made = module(replace(NUMBERS, optimisers=("adam",)), "float32")
    net = made.Network(epochs=3, batch_size=8, learning_rate=1e-3)
    with pytest.warns(UserWarning, match="not finite at step 1, in epoch 1: the parameters before it are kept"):
        net.fit(X, np.full(30, 1e22))
    assert net.stopped_ == "not finite at step 1, in epoch 1"
    net.save(tmp_path / "net.npz")
    np.testing.assert_array_equal(made.Network.load(tmp_path / "net.npz").theta_, made.initial_parameters())


def test_a_cost_that_is_not_finite_stops_the_training() -> None:
    made = module(NUMBERS)
    net = made.Network(epochs=3, batch_size=8, learning_rate=1e-300)
    with pytest.warns(UserWarning, match="not finite") as raised:
        net.fit(X, np.full(30, 1e200))
    assert [str(w.message) for w in raised] == [
        "the cost is not finite after epoch 1: the parameters before it are kept"
    ]
    np.testing.assert_array_equal(net.theta_, made.initial_parameters())
    assert net.history_ == {}
    assert fitted().stopped_ == ""


# ---------------------------------------------------------------- weights and targets


def by_hand(made: Any, theta: Any, rows: Any, targets: Any, weight: Any) -> float:
    """The mean of the costs of the rows, each as much as it counts."""
    costs = [made.cost(theta, rows[i : i + 1], targets[i : i + 1]) for i in range(len(rows))]
    return float(np.mean(weight * np.array(costs)))


def test_weights_count_in_the_costs_that_are_told() -> None:
    weight = RNG.random(30)
    net = module(CLASSES).Network(epochs=3, batch_size=8, validation=0.3, class_weight={1: 5.0})
    net.fit(X, LABELS, sample_weight=weight)
    made, (kept, other) = module(CLASSES), net._split(30)
    weight, Y = weight * np.where(LABELS == 1, 5.0, 1.0), np.eye(3)[LABELS]
    for name, rows in (("cost", kept), ("validation", other)):
        wanted = by_hand(made, net.theta_, X[rows], Y[rows], weight[rows])
        assert net.history_[name][-1] == pytest.approx(wanted, rel=1e-12)
        assert wanted != pytest.approx(made.cost(net.theta_, X[rows], Y[rows]), rel=1e-3)


def test_weights_of_validation_rows_count_in_train() -> None:
    made, Y, weight, told = module(CLASSES), np.eye(3)[LABELS], RNG.random(30), []
    settings: dict[str, Any] = {"epochs": 1, "batch_size": 8, "learning_rate": 0.1, "verbose": False}
    theta = made.train(
        made.initial_parameters(), X, Y, **settings, validation=(X, Y, weight), callback=lambda *a: told.append(a[2])
    )
    assert told[0]["validation"] == pytest.approx(by_hand(made, theta, X, Y, weight), rel=1e-12)
    assert told[0]["cost"] == made.cost(theta, X, Y)


@pytest.mark.parametrize("wanted", ["balanced", {1: 4.0}], ids=str)
def test_weights_of_classes_count_where_targets_are_rows(wanted: Any) -> None:
    rows = module(CLASSES).Network(epochs=4, batch_size=8, class_weight=wanted).fit(X, np.eye(3)[LABELS])
    np.testing.assert_array_equal(rows.theta_, fitted(class_weight=wanted).theta_)
    column = module(YES_NO).Network(epochs=4, batch_size=8, class_weight=wanted).fit(X, np.minimum(LABELS, 1)[:, None])
    np.testing.assert_array_equal(column.theta_, fitted(YES_NO, class_weight=wanted).theta_)
    assert not np.array_equal(column.theta_, fitted(YES_NO).theta_)


@pytest.mark.parametrize("name", COSTS.names)
def test_targets_are_what_the_table_of_costs_says(name: str) -> None:
    """Just outside of each end that the table names is refused, the end itself taken where it belongs to it."""
    row = COSTS.get(name)
    last = next(last for last, cost in fitting() if cost == name)
    made = module(NetworkSpec("drawn", (3, 2), (last,), name))
    settings: dict[str, Any] = {"epochs": 0, "batch_size": 2, "learning_rate": 0.1, "verbose": False}
    ends = [(end, away) for end, away in ((row.targets.low, -1e-3), (row.targets.high, 1e-3)) if np.isfinite(end)]
    for end, away in ends:
        made.train(made.initial_parameters(), X, np.full((30, 2), end), **settings)
        with pytest.raises(ValueError, match=re.escape(row.targets_reading)):
            made.train(made.initial_parameters(), X, np.full((30, 2), end + away), **settings)
    made.train(made.initial_parameters(), X, np.full((30, 2), 0.5), **settings)
    assert (made.__dict__.get("TARGETS") == row.targets_reading) == bool(ends)
    assert ("TARGETS says which" in made.Network.__doc__) == (
        bool(ends) and made.Network._estimator_type != "classifier"
    )


# ---------------------------------------------------------------- going on


def test_a_target_between_the_two_answers_is_none() -> None:
    """Labels 0 and 1 for the hinge cost: rows of 0 would have no gradient."""
    made = module(NetworkSpec("signs", (3, 1), ("identity",), "hinge"))
    made.Network(epochs=1, batch_size=8).fit(X, np.where(LABELS > 0, 1, -1))
    with pytest.raises(ValueError, match=r"Y: row \d+ has 0, but targets are: for each unit -1 or \+1"):
        made.Network(epochs=1, batch_size=8).fit(X, np.minimum(LABELS, 1))


def test_a_training_goes_on_with_its_own_rows_only() -> None:
    net = fitted()
    for inputs, targets in ((X[::-1], LABELS), (X, LABELS[::-1])):
        with pytest.raises(ValueError, match=r"30 rows of checksum \w{8}, not .* 30 rows of checksum \w{8}"):
            net.fit(inputs, targets, resume=True)
    net.set_params(epochs=6).fit(X.astype(np.longdouble), LABELS.tolist(), resume=True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"penalty": PenaltySpec.of("l2", 0.5)}, "penalty l2=0.01, not l2=0.5"),
        ({"penalty": None}, "penalty l2=0.01, not none"),
        ({"dropout": 0.25}, "dropout 0, not 0.25"),
    ],
    ids=str,
)
def test_weights_of_another_penalty_or_dropout_are_refused(change: Any, message: str, tmp_path: Path) -> None:
    fitted(YES_NO).save(tmp_path / "net.npz")
    with pytest.raises(ValueError, match=f"another network: {message}"):
        module(replace(YES_NO, **change)).Network.load(tmp_path / "net.npz")


def test_a_few_rows_are_a_smaller_minibatch_for_partial_fit() -> None:
    made = module(CLASSES)
    few = made.Network(batch_size=32).partial_fit(X[:5], LABELS[:5])
    np.testing.assert_array_equal(few.theta_, made.Network(batch_size=5).partial_fit(X[:5], LABELS[:5]).theta_)


# ---------------------------------------------------------------- what is judged


def test_scores_that_a_ratio_does_not_give() -> None:
    net = fitted(NUMBERS)
    assert net.score(X, np.ones(30)) == 0
    assert net.score(X[[0, 0]], np.repeat(net.predict(X[:1]), 2)) == 1
    with pytest.raises(ValueError, match="two rows"):
        net.score(X[:1], [1.0])
    for trained in (net, fitted()):
        with pytest.raises(ValueError, match="no rows"):
            trained.score(X[:0], LABELS[:0])
        with pytest.raises(ValueError, match="30 weights of rows"):
            trained.score(X, LABELS, sample_weight=[1, 2])
        with pytest.raises(ValueError, match="all weights of rows are 0"):
            trained.score(X, LABELS, sample_weight=np.zeros(30))
    with pytest.raises(ValueError, match="y: expected numbers"):
        net.score(X, (X @ [1, 2, 3]).astype(str))
    weight = RNG.random(30)
    y, found = X @ [1, 2, 3], net.predict(X)
    spread = np.average((y - np.average(y, weights=weight)) ** 2, weights=weight)
    wanted = 1 - np.average((y - found) ** 2, weights=weight) / spread
    assert net.score(X, y, sample_weight=weight) == pytest.approx(wanted)


def test_numbers_among_objects_are_numbers_and_text_is_none() -> None:
    np.testing.assert_array_equal(
        fitted().theta_,
        module(CLASSES).Network(epochs=4, batch_size=8).fit(X.astype(object), LABELS.astype(object)).theta_,
    )
    with pytest.raises(ValueError, match="X: expected numbers"):
        fitted().predict(X.astype(str).astype(object))


def test_what_train_is_given_is_named_before_it_trains() -> None:
    made, Y = module(CLASSES), np.eye(3)[LABELS]
    settings: dict[str, Any] = {"epochs": 1, "batch_size": 8, "learning_rate": 0.1, "verbose": False}
    theta = made.initial_parameters()
    with pytest.raises(ValueError, match=r"a pair \(X, Y\), but it is a tuple"):
        made.train(theta, X, Y, **settings, validation=(X,))
    with pytest.raises(ValueError, match="callback is 'x', but it must be a function"):
        made.train(theta, X, Y, **settings, callback="x")
    net, before = fitted(), fitted().theta_
    with pytest.raises(ValueError, match="callback is 'x'"):
        net.fit(X, LABELS, callback="x")
    np.testing.assert_array_equal(net.theta_, before)
    with pytest.raises(ValueError, match="theta must be a vector of 31 numbers"):
        made.weights(np.zeros(5000))


def test_masks_are_drawn_in_32_or_64_bits() -> None:
    made = module(replace(NUMBERS, dropout=0.5))
    theta = made.initial_parameters(dtype=np.float16)
    with pytest.raises(ValueError, match="21 floats, of 32 or 64 bits"):
        made.train(theta, X, X[:, :1], epochs=1, batch_size=8, learning_rate=0.1)
