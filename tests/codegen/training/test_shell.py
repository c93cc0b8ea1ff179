"""The emitted module from a shell, beside scikit-learn, and every line of it."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from copy import deepcopy
from dataclasses import replace
from inspect import signature
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from derive.codegen import code
from derive.data.parts import PARTS
from derive.errors import DeriveError
from derive.spec import NetworkSpec
from tests.codegen.emitted import chapter, run
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
    hole, broken = tmp_path / "hole.csv", tmp_path / "broken.npz"
    hole.write_text("1,,3,0\n" * 40, encoding="utf-8")
    broken.write_bytes(b"PK\x03\x04 no archive")
    more = {"train": ["-o", str(tmp_path / "w.npz")], "predict": ["-w", str(junk)], "plot": []}[command]
    for data in (str(tmp_path / "missing.npz"), str(junk), short, str(hole), str(broken)):
        assert made.main([command, data, *more]) == 2
        told = capsys.readouterr().err
        assert told.count("\n") == 1
        assert "Traceback" not in told
    assert not list(tmp_path.glob("w.npz*"))


@pytest.mark.parametrize("where", ["missing/w.npz", ".", "file/w.npz"])
def test_where_nothing_can_be_written_nothing_is_trained(
    where: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("old", encoding="utf-8")
    data = csv(tmp_path / "data.csv", X, LABELS)
    assert module(CLASSES).main(["train", data, "-o", str(tmp_path / where), "--batch-size", "8"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1


@pytest.mark.parametrize("head", ["", "a,b,c,class\n", "\ufeff", "\ufeff1st,2nd,3rd,class\n", '"a","b","c","class"\n'])
def test_a_csv_may_have_a_line_of_names_and_a_mark_of_its_bytes(head: str, tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(head + "\n".join("-1e-1,.5,+2,1" for _ in range(3)), encoding="utf-8")
    inputs, labels = module(CLASSES)._read(str(path), True)
    assert inputs.tolist() == [[-0.1, 0.5, 2]] * 3
    assert labels.tolist() == [1, 1, 1]


ROWS = [f"{a},{b},{c},{k}" for (a, b, c), k in zip(X[:9].round(3).tolist(), LABELS, strict=False)]


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        (
            [",a,b,c,class", *(f"{i},{row}" for i, row in enumerate(ROWS))],
            "has 5 columns, ',a,b,c,class', but needs 4 or 6: 3 inputs, then",
        ),
        ([",a,b,c", *ROWS], None),
        (["2019,2020,2021,class", *ROWS], None),
        (["# made yesterday", "", "a,b,c,class", *ROWS], None),
        (['"a","b","c","class"', *(f'"{row}"'.replace(",", '","') for row in ROWS)], None),
        (
            ["a,b,c", *(row[: row.rindex(",")] for row in ROWS)],
            "has 3 columns, 'a,b,c', but needs 4 or 6: 3 inputs, then targets",
        ),
        (["a,b,c,class", *ROWS[:3], "1,2,3", *ROWS[3:]], "line 5: 3 columns after rows of 4"),
        (["a,b,c,class", "", *ROWS[:3], "1,2,3,yes", *ROWS[3:]], "line 6: 'yes' is no finite number"),
        (["a,b,c,class", *ROWS[:3], ",2,3,1", *ROWS[3:]], "line 5: '' is no finite number"),
        (["a,b,c,class", "", *ROWS[:3], "0,nan,3,1", *ROWS[3:]], "line 6: 'nan' is no finite number"),
        (["inf,0,1,1", *ROWS], "line 1: 'inf' is no finite number"),
        ([*ROWS, "1_0,2,3,1"], "line 10: '1_0' is no finite number"),
        (["\udce9,b,c,class", *ROWS], "is no text in UTF-8"),
    ],
    ids=str,
)
def test_a_csv_is_read_or_its_line_is_named(lines: list[str], wanted: str | None, tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("\n".join(lines), encoding="utf-8", errors="surrogateescape")
    if wanted is None:
        inputs, labels = module(CLASSES)._read(str(path), True)
        np.testing.assert_array_equal(inputs, X[:9].round(3))
        assert labels.tolist() == LABELS[:9].tolist()
        return
    with pytest.raises(ValueError, match=wanted) as raised:
        module(CLASSES)._read(str(path), True)
    assert "data.csv" in str(raised.value)
    assert "usecols" not in str(raised.value)


def test_the_exit_code_says_that_a_training_stopped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """1 where numbers ceased to be finite, 130 at Ctrl-C; what was reached is saved."""
    made, weights = run(text(CLASSES)), tmp_path / "w.npz"
    data = csv(tmp_path / "data.csv", X, LABELS)
    words = ["train", data, "-o", str(weights), "--batch-size", "8", "--epochs", "3"]
    assert made.main(words) == 0
    capsys.readouterr()
    assert made.main([*words, "--quiet", "--learning-rate", "1e308"]) == 1
    assert capsys.readouterr() == ("", "not finite at step 2, in epoch 1: what was before it is saved\n")
    assert np.isfinite(made.Network.load(weights).theta_).all()
    weights.unlink()
    made._Run.walk = lambda *_: stopping()
    assert made.main(words) == 130
    assert made.Network.load(weights).history_ == {}
    made._read = lambda *_: stopping()
    capsys.readouterr()
    assert made.main(words) == 130
    assert capsys.readouterr() == ("", "")
    for asked in (["--help"], ["train", "--help"]):
        with pytest.raises(SystemExit):
            made.main(asked)
        assert "130 Ctrl-C" in capsys.readouterr().out


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
    made.Network(epochs=0, batch_size=8).fit(X, LABELS).save(tmp_path / "none.npz")
    with drawing() as drawn:
        assert made.main(["plot", str(tmp_path / "none.npz")]) == 2
        assert made.main(["plot", str(path), "-o", str(tmp_path / "curve.png")]) == 0
    assert [k["label"] for _, k in drawn] == ["cost", "validation"]
    assert [list(x) for (x, _), _ in drawn] == [[1, 2, 3]] * 2
    assert (tmp_path / "curve.png").read_text() == "drawn"


# ---------------------------------------------------------------- scikit-learn


def test_works_inside_the_tools_of_scikit_learn() -> None:
    pytest.importorskip("sklearn")
    from sklearn.base import clone, is_classifier, is_regressor
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.model_selection import GridSearchCV, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    made = module(CLASSES)
    net = made.Network(epochs=30, batch_size=6, learning_rate=0.5)
    assert clone(net).get_params() == net.get_params()
    assert is_classifier(net)
    assert is_regressor(module(NUMBERS).Network())
    assert cross_val_score(net, X, LABELS, cv=3).mean() > 0.6
    assert cross_val_score(net, X, LABELS, cv=3, scoring="neg_log_loss").mean() > -1
    assert CalibratedClassifierCV(net, cv=2).fit(X, LABELS).score(X, LABELS) > 0.6
    chain = make_pipeline(StandardScaler(), net)
    found = GridSearchCV(chain, {"network__learning_rate": [1e-4, 0.5]}, cv=3).fit(X, LABELS)
    assert found.best_params_ == {"network__learning_rate": 0.5}
    numbers = module(NUMBERS).Network(epochs=30, batch_size=6, learning_rate=0.05)
    assert cross_val_score(numbers, X, X @ [1, 2, 3], cv=3).mean() > 0.6
    assert "sklearn" not in text(CLASSES).replace("__sklearn_tags__", "")


# ---------------------------------------------------------------- every line


def everything(made: Any, folder: Path) -> None:
    """All that the interface offers, good and bad."""
    rng, n = np.random.default_rng(0), made.SIZES[-1]
    inputs, Y = rng.standard_normal((12, made.SIZES[0])), rng.random((12, n))
    theta = made.initial_parameters()
    made.forward(theta, inputs)
    made.cost(theta, inputs, Y)
    made.gradient(theta, inputs, Y)
    made.input_gradient(theta, inputs, Y)
    for name in made.OPTIMISERS:
        made.train(theta, inputs, Y, epochs=1, batch_size=5, learning_rate=0.1, optimiser=name)
    for schedule in made.SCHEDULES:
        made.train(theta, inputs, Y, epochs=2, batch_size=1, learning_rate=1e-3, schedule=schedule)
    settings: dict[str, Any] = {"epochs": 2, "batch_size": 5, "learning_rate": 0.1, "patience": 1}
    settings |= {"validation": (inputs, Y, np.ones(12)), "callback": lambda *_: True}
    made.train(theta, inputs, Y, **settings)
    mistakes(made, theta, inputs, Y)
    if hasattr(made, "check_gradient"):
        made.check_gradient()
    if hasattr(made, "Network"):
        y = np.arange(12) % max(n, 2) if "class_weight" in made.PARAMETERS else Y
        estimator(made, folder, inputs, y, Y)
        if hasattr(made, "main"):
            shell(made, folder, inputs, y)
        wrong_estimates(made, theta, inputs, Y, folder)


def estimator(made: Any, folder: Path, inputs: Any, y: Any, Y: Any) -> None:
    more = {"class_weight": {0: 1.0}} if "class_weight" in made.PARAMETERS else {}
    net = made.Network(epochs=2, batch_size=4, learning_rate=1e-3, validation=0.25, patience=2, verbose=True, **more)
    net.fit(inputs, y, callback=lambda *_: True).save(folder / "net.npz")
    made.Network.load(folder / "net.npz").fit(inputs, y, resume=True).partial_fit(inputs[:8], y[:8])
    net.score(inputs, y)
    tags = deepcopy(net.__sklearn_tags__())
    assert tags.requires_fit
    assert not tags.input_tags.sparse
    assert repr(net).startswith("Network(epochs=2, batch_size=4, ")
    if more:
        made.Network(epochs=1, batch_size=4, class_weight="balanced").fit(inputs, y)
        one_hot = np.eye(made.SIZES[-1])[y] if made.SIZES[-1] > 1 else y[:, None]
        made.Network(epochs=1, batch_size=4, class_weight="balanced").fit(inputs, one_hot)
    made.Network(epochs=1, batch_size=4).partial_fit(inputs[:3], Y[:3])


def shell(made: Any, folder: Path, inputs: Any, y: Any) -> None:
    np.savez(folder / "data.npz", X=inputs, y=y)
    np.savez(folder / "empty.npz")
    data, weights = csv(folder / "data.csv", inputs, y, head="x, y"), str(folder / "shell.npz")
    (folder / "blank.csv").write_text("\n")
    (folder / "word.csv").write_text("1,2\n1,one\n")
    (folder / "long.csv").write_text("1,2\n1,2,3\n")
    (folder / "other.csv").write_bytes(b"\xff\xff\n")
    for words in (
        *([["check"]] if hasattr(made, "check_gradient") else []),
        ["train", data, "-o", weights, "--epochs", "1", "--batch-size", "4", "--quiet"],
        ["train", str(folder / "data.npz"), "-o", weights, "--epochs", "2", "--batch-size", "4", "--resume", weights],
        ["train", data, "-o", str(folder / "far.npz"), "--batch-size", "4", "--learning-rate", "1e308"],
        ["train", str(folder / "empty.npz"), "-o", weights],
        ["train", str(folder / "blank.csv"), "-o", weights],
        ["train", str(folder / "word.csv"), "-o", weights],
        *(["train", str(folder / name), "-o", weights] for name in ("long.csv", "other.csv")),
        ["train", data, "-o", str(folder)],
        ["predict", data, "-w", weights],
        ["predict", csv(folder / "narrow.csv", inputs[:, :0], y[:, None] if y.ndim == 1 else y[:, :1]), "-w", weights],
    ):
        made.main(words)
    with drawing():
        made.main(["plot", weights, "-o", str(folder / "curve.png")])
    made.Network(epochs=0, batch_size=4).fit(inputs, y).save(folder / "none.npz")
    made.main(["plot", str(folder / "none.npz")])
    made._plot = stopping
    made.main(["plot", weights])


def refused(*wrong: Callable[[], Any]) -> None:
    for bad in wrong:
        with pytest.raises(ValueError, match=r"\w"):
            bad()


def mistakes(made: Any, theta: Any, inputs: Any, Y: Any) -> None:
    def train(theta: Any = theta, X: Any = inputs, Y: Any = Y, **more: Any) -> None:
        made.train(theta, X, Y, **{"epochs": 2, "batch_size": 4, "learning_rate": 0.1, "verbose": False, **more})

    refused(
        lambda: train(X=inputs[:, :0]),
        lambda: train(X=1j * inputs),
        lambda: train(X=np.full((12, 1), "x", dtype=object)),
        lambda: train(Y=Y[:3]),
        lambda: train(X=inputs * np.nan),
        lambda: train(X=inputs[:0], Y=Y[:0]),
        lambda: train(batch_size=99),
        lambda: train(optimiser="x"),
        lambda: train(sample_weight=[1]),
        lambda: train(sample_weight=np.zeros(12)),
        *((lambda: train(Y=Y - 9),) if hasattr(made, "TARGETS") else ()),
        lambda: made.weights(theta[1:]),
        lambda: train(patience=2),
        lambda: train(epochs=1.5),
        lambda: train(options={"x": 1}),
        lambda: train(validation=0.5),
        lambda: train(theta=theta[:-1]),
        lambda: train(theta=theta * np.nan),
    )
    if hasattr(made, "OPTIONS"):
        name = next(name for name, row in made.OPTIMISERS.items() if row[1])
        options = [p for p in signature(made.OPTIMISERS[name][0]).parameters if p in made.OPTIONS]
        refused(lambda: train(optimiser=name, options={options[0]: -1}))
    with pytest.warns(UserWarning, match="not finite"):
        train(theta * 1e150 + 1e150, learning_rate=1e300)
    told, made._cost = made._cost, lambda *_: np.inf
    with pytest.warns(UserWarning, match="cost is not finite"):
        train(callback=failing)
    made._cost = told
    train(callback=interrupted, verbose=True)
    if hasattr(made, "_in_floats"):
        made._in_floats = overflowing
        train(batch_size=1)


def wrong_estimates(made: Any, theta: Any, inputs: Any, Y: Any, folder: Path) -> None:
    np.savez(folder / "cut.npz", **{**np.load(folder / "net.npz"), "theta": theta[1:]})
    np.savez(folder / "other.npz", a=theta)
    (folder / "junk.npz").write_bytes(b"junk")
    refused(
        lambda: made.Network(validation=1.5).fit(inputs, Y),
        lambda: made.Network(batch_size=4).fit(inputs, Y, [1.0]),
        lambda: made.Network(batch_size=4).fit(inputs, Y).fit(inputs[:8], Y[:8], resume=True),
        lambda: made.Network(batch_size=4).fit(inputs, Y).predict(inputs * np.nan),
        lambda: made.Network().set_params(x=1),
        lambda: made.Network().predict(inputs),
        lambda: made.Network().fit(inputs, Y[:2]),
        lambda: made.Network().fit(inputs[:0], Y[:0]),
        lambda: made.Network().fit(inputs, Y.astype(str)),
        lambda: made.Network(patience=1).fit(inputs, Y),
        *((lambda name=name: made.Network.load(folder / name)) for name in ("cut.npz", "other.npz", "junk.npz")),
        lambda: made.IDENTITY.update(cost="other") or made.Network.load(folder / "net.npz"),
    )
    if "class_weight" in made.PARAMETERS:
        refused(
            *((lambda y=y: made.Network().fit(inputs, y)) for y in (np.arange(12) + 99, np.full(12, "a"))),
            lambda: made.Network(class_weight={99: 1.0}).fit(inputs, np.zeros(12)),
            lambda: made.Network(class_weight="balanced").fit(inputs, Y),
        )
    else:
        net = made.Network(batch_size=4).fit(inputs, Y)
        refused(lambda: net.score(inputs, np.c_[Y, Y]), lambda: net.score(inputs[:1], Y[:1]))


def failing(*_: Any) -> None:
    raise AssertionError


def stopping(**_: Any) -> None:
    """Ctrl-C outside of the training."""
    raise KeyboardInterrupt


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
PLAIN = replace(CLASSES, optimisers=("sgd",))
CHOICES: dict[str, tuple[NetworkSpec, dict[str, Any]]] = {
    "classes": (CLASSES, {}),
    "yes or no": (YES_NO, {"without": ("check",), "schedules": ("cosine",)}),
    "numbers": (NUMBERS, {"without": ("shell",)}),
    "deep": (DEEP[0], {"without": ("estimator",), "schedules": ("1cycle", "step")}),
    "dropout": (DROPPED, {}),
    "the least": (PLAIN, {"without": PARTS.names, "schedules": ("constant",)}),
}


@pytest.mark.parametrize(("spec", "choice"), CHOICES.values(), ids=CHOICES)
def test_using_the_whole_interface_covers_every_line(spec: NetworkSpec, choice: Any, tmp_path: Path) -> None:
    source = text(spec, **choice)

    def use(made: Any) -> None:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            everything(made, tmp_path)

    missed = lines_of(source) - traced(source, use)
    shown = source.splitlines()
    assert [shown[i - 1] for i in sorted(missed) if "SystemExit" not in shown[i - 1]] == []


def test_what_is_not_chosen_is_not_there() -> None:
    whole, least = text(CLASSES), text(PLAIN, schedules=("constant",), without=PARTS.names)
    names = ("_adam", "_cosine", "Network", "_labels", "check_gradient", "main", "json")
    for name in (*names, "python FILE.py", "argparse", "IDENTITY", "go_on", "cosine", "adam"):
        assert name in whole
        assert name not in least
    some = text(CLASSES, schedules=("cosine",), without=("shell",))
    assert "class Network" in some
    assert "_1cycle" not in some
    assert "main(" not in some
    made = run(some)
    again = "derive code 3-4:tanh-3:softmax .*--style training --schedule cosine --without shell.* --schedule step"
    with pytest.raises(ValueError, match=again):
        made.Network(batch_size=8, schedule="step").fit(X, LABELS)
    made.Network(batch_size=8, schedule="cosine").fit(X, LABELS).partial_fit(X, LABELS)


@pytest.mark.parametrize(
    ("style", "choice", "message"),
    [
        ("training", {"schedules": ["slow"]}, "unknown schedule 'slow'"),
        ("training", {"without": ["shel"]}, "unknown part 'shel'"),
        ("textbook", {"schedules": ["step"]}, "no schedules to choose from"),
        ("textbook", {"without": ["shell"]}, "no parts to choose from"),
    ],
)
def test_a_choice_that_cannot_be_made_is_named(style: str, choice: Any, message: str) -> None:
    with pytest.raises(DeriveError, match=message):
        code(chapter(NUMBERS), NUMBERS, style, **choice)
