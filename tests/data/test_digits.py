"""The digits: what they are, where they are from, and the fixed shuffled split."""

from __future__ import annotations

import hashlib

import numpy as np

from derive.data import digits
from derive.data.digits import Digits, load_digits


def nearest_neighbour_accuracy(train: Digits, test: Digits) -> float:
    """The share of ``test`` whose nearest image in ``train`` has the right label."""
    distances = (train.X**2).sum(axis=1)[None, :] - 2.0 * test.X @ train.X.T
    return float(np.mean(train.labels[distances.argmin(axis=1)] == test.labels))


def test_digits_are_images_in_the_unit_interval() -> None:
    data = load_digits()
    assert data.X.shape == (1797, 64)
    assert data.X.dtype == np.float64
    assert (data.X.min(), data.X.max()) == (0.0, 1.0)
    assert data.labels.shape == (1797,)
    assert np.bincount(data.labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert data.targets.shape == (1797, 10)
    assert (data.targets.argmax(axis=1) == data.labels).all()
    assert (data.targets.sum(axis=1) == 1).all()


def test_digits_are_those_of_the_source() -> None:
    data = load_digits()
    table = np.column_stack([data.X * 16, data.labels]).astype(np.uint8)
    assert (
        hashlib.sha256(table.tobytes()).hexdigest()
        == "68aea062d35a127749050fa0e52dca09d6569ac08092c925610e0954e172dde2"
    )
    assert digits._FILE.stat().st_size < 100_000
    assert "UCI" in digits.ATTRIBUTION


def test_split_is_fixed_shuffled_and_complete() -> None:
    data = load_digits()
    train, test = data.split()
    assert (len(train), len(test)) == (1437, 360)
    rows = np.concatenate([train.X, test.X])
    assert sorted(map(bytes, rows)) == sorted(map(bytes, data.X))
    assert test.labels[:12].tolist() == [6, 9, 8, 4, 1, 6, 4, 1, 2, 3, 6, 8]
    assert not np.array_equal(data.split(seed=1)[1].labels, test.labels)


def test_last_images_of_the_source_are_harder_than_a_shuffled_fifth() -> None:
    data = load_digits()
    in_order = Digits(data.X[:1437], data.labels[:1437]), Digits(data.X[1437:], data.labels[1437:])
    assert nearest_neighbour_accuracy(*data.split()) > nearest_neighbour_accuracy(*in_order) + 0.01
