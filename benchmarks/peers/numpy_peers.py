"""Peers that need NumPy alone: a loop over samples, a tutorial's matrices, and the bare products.

Activations: ``sigmoid``, ``tanh``, ``relu`` inside; the last is softmax with cross-entropy or sigmoid with binary
cross-entropy, whose error is ``a - y``.  ``layers`` are ``[W, b]`` of each layer.  ``orders``: the rows of each epoch.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

SLOPES = {
    "sigmoid": lambda a: a * (1 - a),
    "tanh": lambda a: 1 - a**2,
    "relu": lambda a: (a > 0).astype(a.dtype),
}


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def softmax(z: Any) -> Any:
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def relu(z: Any) -> Any:
    return np.maximum(0, z)


FUNCTIONS = {"sigmoid": sigmoid, "tanh": np.tanh, "relu": relu, "softmax": softmax}


def shuffled(X: Any, Y: Any, size: int, epochs: int, shuffle: bool = True) -> Iterator[tuple[Any, Any]]:
    """The minibatches of all epochs, gathered by a permutation, as tutorials have it; slices where nothing shuffles.

    The order is that of the emitted ``train`` with ``seed=0``.
    """
    rng, order = np.random.default_rng(0), np.arange(len(X))
    for _ in range(epochs):
        if shuffle:
            rng.shuffle(order)
        for i in range(0, len(X), size):
            rows = order[i : i + size] if shuffle else slice(i, i + size)
            yield X[rows], Y[rows]


def per_sample_loop(layers: list[Any], names: tuple[str, ...], batches: Iterator[tuple[Any, Any]], rate: float) -> None:
    """Nielsen's network.py line by line: a gradient for each sample in new arrays, added up over the minibatch.

    Its samples are columns (n, 1), its slopes are computed from the pre-activations.
    """
    for X, Y in batches:
        columns = [(x[:, None], y[:, None]) for x, y in zip(X, Y, strict=True)]
        nabla = [(np.zeros_like(W), np.zeros_like(b)[:, None]) for W, b in layers]
        for x, y in columns:
            delta_nabla = _of_a_sample(layers, names, x, y)
            nabla = [(n + d, m + e) for (n, m), (d, e) in zip(nabla, delta_nabla, strict=True)]
        layers[:] = [
            [W - rate / len(X) * n, b - (rate / len(X) * m)[:, 0]] for (W, b), (n, m) in zip(layers, nabla, strict=True)
        ]


def _of_a_sample(layers: list[Any], names: tuple[str, ...], x: Any, y: Any) -> list[Any]:
    """The gradient of one sample, layer by layer."""
    made: list[Any] = [(np.zeros_like(W), np.zeros_like(b)[:, None]) for W, b in layers]
    activations, zs = [x], []
    for (W, b), name in zip(layers, names, strict=True):
        zs.append(np.dot(W, activations[-1]) + b[:, None])
        activations.append(FUNCTIONS[name](zs[-1]))
    delta = activations[-1] - y
    made[-1] = np.dot(delta, activations[-2].T), delta
    for l in range(len(layers) - 2, -1, -1):
        slope = SLOPES[names[l]](FUNCTIONS[names[l]](zs[l]))
        delta = np.dot(layers[l + 1][0].T, delta) * slope
        made[l] = np.dot(delta, activations[l].T), delta
    return made


def tutorial(layers: list[Any], names: tuple[str, ...], batches: Iterator[tuple[Any, Any]], rate: float) -> None:
    """What tutorials write: rows, ``@``, one new array for every result."""
    for X, Y in batches:
        activations = [X]
        for (W, b), name in zip(layers, names, strict=True):
            activations.append(FUNCTIONS[name](activations[-1] @ W.T + b))
        delta = (activations[-1] - Y) / len(X)
        for i in range(len(layers) - 1, -1, -1):
            W, b = layers[i]
            dW, db = delta.T @ activations[i], delta.sum(axis=0)
            if i:
                delta = delta @ W * SLOPES[names[i - 1]](activations[i])
            W -= rate * dW
            b -= rate * db


class Floor:
    """The matrix products of a step with ``out=``, and one ``theta -= grad``: nothing can be computed with less."""

    def __init__(self, sizes: tuple[int, ...], size: int, dtype: Any) -> None:
        count = sum(n * (m + 1) for m, n in pairwise(sizes))
        self.theta, self.grad = np.zeros(count, dtype), np.zeros(count, dtype)
        self.V, self.dV = self.views(self.theta, sizes), self.views(self.grad, sizes)
        self.H = [np.ones((n + 1, size), dtype) for n in sizes]
        self.A = [h[:-1] for h in self.H]
        self.D = [np.full((n, size), 1e-3, dtype) for n in sizes]
        self.W_T = [v[:, :-1].T for v in self.V]

    @staticmethod
    def views(flat: Any, sizes: tuple[int, ...]) -> list[Any]:
        made, start = [], 0
        for m, n in pairwise(sizes):
            made.append(flat[start : start + n * (m + 1)].reshape(n, m + 1))
            start += n * (m + 1)
        return made

    def run(self, batches: list[Any]) -> None:
        """``batches``: rows of inputs with a column of ones."""
        depth = len(self.V)
        for X in batches:
            self.H[0] = X.T
            for i in range(depth):
                self.V[i].dot(self.H[i], out=self.A[i + 1])
            for i in range(depth - 1, 0, -1):
                self.W_T[i].dot(self.D[i + 1], out=self.D[i])
            for i in range(depth):
                self.D[i + 1].dot(self.H[i].T, out=self.dV[i])
            np.subtract(self.theta, self.grad, out=self.theta)
