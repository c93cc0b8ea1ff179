"""The emitted module from a shell, beside scikit-learn, and every line of it."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from derive.data.optimisers import OPTIMISERS
from derive.spec import NetworkSpec
from tests.codegen.test_module import lines_of, traced
from tests.codegen.training.networks import DEEP, module, text
from tests.codegen.training.test_estimator import CLASSES, LABELS, NUMBERS, YES_NO, X


def csv(path: Path, *columns: Any, head: str = "") -> str:
    np.savetxt(path, np.column_stack(columns), delimiter=",", header=head, comments="")
    return str(path)


def test_train_and_predict_from_a_shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made, weights = module(CLASSES), str(tmp_path / "net.npz")
    data = csv(tmp_path / "data.csv", X, LABELS, head="a,b,c,class")
    options = ["--epochs", "3", "--batch-size", "8", "--learning-rate", "0.3", "--seed", "5"]
    assert made.main(["train", data, "-o", weights, *options]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in shown] == ["epoch 1/3", "epoch 2/3", "epoch 3/3"]
    assert all("s left" in line for line in shown)
    net = made.Network(epochs=3, batch_size=8, learning_rate=0.3, seed=5).fit(X, LABELS)
    assert made.main(["predict", csv(tmp_path / "x.csv", X), "-w", weights]) == 0
    assert [int(line) for line in capsys.readouterr().out.split()] == net.predict(X).tolist()


def test_resuming_from_a_shell_and_npz_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made, half, whole = module(CLASSES), str(tmp_path / "half.npz"), str(tmp_path / "whole.npz")
    np.savez(tmp_path / "data.npz", X=X, y=LABELS)
    data = str(tmp_path / "data.npz")
    options = ["--batch-size", "8", "--quiet"]
    assert made.main(["train", data, "-o", half, "--epochs", "2", *options]) == 0
    assert made.main(["train", data, "-o", whole, "--epochs", "5", "--resume", half, *options]) == 0
    assert capsys.readouterr().out == ""
    wanted = made.Network(epochs=5, batch_size=8).fit(X, LABELS)
    np.testing.assert_array_equal(made.Network.load(whole).theta_, wanted.theta_)


def test_check_answers_with_its_exit_code(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    made = module(CLASSES)
    assert made.main(["check"]) == 0
    assert "largest relative error of the gradient" in capsys.readouterr().out
    monkeypatch.setattr(made, "gradient", lambda theta, *_: 1.01 * np.ones_like(theta))
    assert made.main(["check"]) == 1


@pytest.mark.parametrize("command", ["train", "predict", "plot"])
def test_unusable_files_are_answered_in_one_line(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made, junk = module(CLASSES), tmp_path / "junk.npz"
    np.savez(junk, a=np.ones(3))
    short = csv(tmp_path / "short.csv", X[:, :2])
    more = {"train": ["-o", str(tmp_path / "w.npz")], "predict": ["-w", str(junk)], "plot": []}[command]
    for data in (str(tmp_path / "missing.npz"), str(junk), short):
        assert made.main([command, data, *more]) == 2
        told = capsys.readouterr().err
        assert told.count("\n") == 1
        assert "Traceback" not in told
    assert not (tmp_path / "w.npz").exists()


@contextmanager
def drawing() -> Iterator[list[Any]]:
    """A stand-in for matplotlib: what is drawn, and where it goes."""
    drawn: list[Any] = []
    axes = SimpleNamespace(plot=lambda *a, **k: drawn.append((a, k)), set=lambda **_: None, legend=lambda: None)
    figure = SimpleNamespace(subplots=lambda: axes, savefig=lambda path: Path(path).write_text("drawn"))
    stand_in = SimpleNamespace(Figure=lambda: figure)
    before = {name: sys.modules.get(name) for name in ("matplotlib", "matplotlib.figure")}
    sys.modules |= {"matplotlib": SimpleNamespace(figure=stand_in), "matplotlib.figure": stand_in}  # type: ignore[dict-item]
    try:
        yield drawn
    finally:
        for name, old in before.items():
            sys.modules.pop(name) if old is None else sys.modules.update({name: old})


def test_the_learning_curve_shows_every_epoch(tmp_path: Path) -> None:
    made, path = module(CLASSES), tmp_path / "net.npz"
    made.Network(epochs=3, batch_size=8, validation=0.2).fit(X, LABELS).save(path)
    with drawing() as drawn:
        assert made.main(["plot", str(path), "-o", str(tmp_path / "curve.png")]) == 0
    assert [k["label"] for _, k in drawn] == ["cost", "validation"]
    assert [list(x) for (x, _), _ in drawn] == [[1, 2, 3]] * 2
    assert (tmp_path / "curve.png").read_text() == "drawn"


# ---------------------------------------------------------------- scikit-learn


def test_works_inside_the_tools_of_scikit_learn() -> None:
    pytest.importorskip("sklearn")
    from sklearn.base import clone
    from sklearn.model_selection import GridSearchCV, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    made = module(CLASSES)
    net = made.Network(epochs=60, batch_size=6, learning_rate=0.5)
    assert clone(net).get_params() == net.get_params()
    assert cross_val_score(net, X, LABELS, cv=3).mean() > 0.6
    chain = make_pipeline(StandardScaler(), net)
    found = GridSearchCV(chain, {"network__learning_rate": [1e-4, 0.5]}, cv=3).fit(X, LABELS)
    assert found.best_params_ == {"network__learning_rate": 0.5}
    numbers = module(NUMBERS).Network(epochs=60, batch_size=6, learning_rate=0.05)
    assert cross_val_score(numbers, X, X @ [1, 2, 3], cv=3).mean() > 0.6
    assert "sklearn" not in text(CLASSES).replace("__sklearn_tags__", "")


# ---------------------------------------------------------------- every line


def everything(made: Any, folder: Path) -> None:
    """All that the interface offers, good and bad."""
    rng, n = np.random.default_rng(0), made.SIZES[-1]
    inputs, Y = rng.standard_normal((12, made.SIZES[0])), rng.random((12, n))
    classes = "class_weight" in made.PARAMETERS
    y = np.arange(12) % max(n, 2) if classes else Y
    theta = made.initial_parameters()
    made.input_gradient(theta, inputs, Y)
    for name in made.OPTIMISERS:
        made.train(theta, inputs, Y, epochs=1, batch_size=5, learning_rate=0.1, optimiser=name, schedule="step")
    for schedule in made.SCHEDULES:
        made.train(theta, inputs, Y, epochs=2, batch_size=1, learning_rate=1e-3, schedule=schedule)
    more = {"class_weight": {0: 1.0}} if classes else {}
    net = made.Network(epochs=2, batch_size=4, learning_rate=1e-3, validation=0.25, patience=2, verbose=True, **more)
    net.fit(inputs, y, callback=lambda *_: True).save(folder / "net.npz")
    made.Network.load(folder / "net.npz").fit(inputs, y, resume=True).partial_fit(inputs[:8], y[:8])
    net.score(inputs, y)
    net.__sklearn_tags__()
    if classes:
        made.Network(epochs=1, batch_size=4, class_weight="balanced").fit(inputs, y)
    made.Network(epochs=1, batch_size=4).partial_fit(inputs, Y)
    shell(made, folder, inputs, y)
    mistakes(made, theta, inputs, Y, folder)


def shell(made: Any, folder: Path, inputs: Any, y: Any) -> None:
    np.savez(folder / "data.npz", X=inputs, y=y)
    np.savez(folder / "empty.npz")
    data, weights = csv(folder / "data.csv", inputs, y), str(folder / "shell.npz")
    for words in (
        ["check"],
        ["train", data, "-o", weights, "--epochs", "1", "--batch-size", "4", "--quiet"],
        ["train", str(folder / "data.npz"), "-o", weights, "--epochs", "2", "--batch-size", "4", "--resume", weights],
        ["train", str(folder / "empty.npz"), "-o", weights],
        ["predict", data, "-w", weights],
        ["predict", csv(folder / "narrow.csv", inputs[:, :0], y[:, None] if y.ndim == 1 else y[:, :1]), "-w", weights],
    ):
        made.main(words)
    with drawing():
        made.main(["plot", weights, "-o", str(folder / "curve.png")])


def mistakes(made: Any, theta: Any, inputs: Any, Y: Any, folder: Path) -> None:
    def train(theta: Any = theta, X: Any = inputs, Y: Any = Y, **more: Any) -> None:
        made.train(theta, X, Y, **{"epochs": 2, "batch_size": 4, "learning_rate": 0.1, "verbose": False, **more})

    wrong: tuple[Callable[[], Any], ...] = (
        lambda: train(X=inputs[:, :0]),
        lambda: train(Y=Y[:3]),
        lambda: train(X=inputs * np.nan),
        lambda: train(X=inputs[:0], Y=Y[:0]),
        lambda: train(batch_size=99),
        lambda: train(optimiser="x"),
        lambda: train(sample_weight=[1]),
        lambda: train(patience=2),
        lambda: train(epochs=1.5),
        lambda: train(learning_rate=-1),
        lambda: train(options={"x": 1}),
        lambda: train(theta=theta[:-1]),
        lambda: train(X=[["x"]]),
        lambda: made.Network(validation=1.5).fit(inputs, Y),
        lambda: made.Network(batch_size=4).fit(inputs, Y, [1.0]),
        lambda: made.Network(batch_size=4).fit(inputs, Y).fit(inputs[:8], Y[:8], resume=True),
        lambda: (
            np.savez(folder / "cut.npz", **{**np.load(folder / "net.npz"), "theta": theta[1:]})  # type: ignore[func-returns-value]
            or made.Network.load(folder / "cut.npz")
        ),
        lambda: made.Network().set_params(x=1),
        lambda: made.Network().predict(inputs),
        lambda: made.Network().fit(inputs, Y[:2]),
        *(wrong_classes(made, inputs) if "class_weight" in made.PARAMETERS else ()),
        lambda: made.Network.load(folder / "data.npz"),
        lambda: made.IDENTITY.update(cost="other") or made.Network.load(folder / "net.npz"),
    )
    for bad in wrong:
        with pytest.raises(ValueError, match=r"\w"):
            bad()
    with pytest.warns(UserWarning, match="not finite"):
        train(theta * 1e300 + 1e300, learning_rate=1e300)
    train(callback=interrupted, verbose=True)
    if hasattr(made, "_in_floats"):
        made._in_floats = overflowing
        train(batch_size=1)


def wrong_classes(made: Any, inputs: Any) -> Iterator[Callable[[], Any]]:
    for y in (np.arange(12) + 99, np.full(12, "a")):
        yield lambda y=y: made.Network().fit(inputs, y)  # type: ignore[misc]
    yield lambda: made.Network(class_weight={99: 1.0}).fit(inputs, np.zeros(12))


def overflowing(*_: Any) -> None:
    raise OverflowError


def interrupted(*_: Any) -> None:
    """Ctrl-C in the next epoch."""
    frame = sys._getframe(1)
    run = frame.f_locals["run"]

    def stop() -> None:
        raise KeyboardInterrupt

    run.rates = stop


DROPPED = replace(NUMBERS, dropout=0.5)
KINDS = ["classes", "yes or no", "numbers", "deep", "dropout"]


@pytest.mark.parametrize("spec", [CLASSES, YES_NO, NUMBERS, DEEP[0], DROPPED], ids=KINDS)
def test_using_the_whole_interface_covers_every_line(spec: NetworkSpec, tmp_path: Path) -> None:
    source = text(spec)

    def use(made: Any) -> None:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            everything(made, tmp_path)

    missed = lines_of(source) - traced(source, use)
    shown = source.splitlines()
    assert [shown[i - 1] for i in sorted(missed) if "SystemExit" not in shown[i - 1]] == []
    assert len(OPTIMISERS.names) == len(module(CLASSES).OPTIMISERS)
