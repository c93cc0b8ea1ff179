"""Peers that need NumPy alone: a loop over samples, a tutorial's matrices, and the bare products.

The first two are code that is copied all over the world, line by line; data and first parameters are given in the dtype
of the emitted code, and the code is left to its ways from there.  ``layers`` are ``[W, b]`` of each layer, and are
changed.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator


def orders(count: int, epochs: int, shuffle: bool) -> Iterator[Any]:
    """The rows of each epoch, in the order of the emitted ``train`` with ``seed=0``."""
    rng, order = np.random.default_rng(0), np.arange(count)
    for _ in range(epochs):
        if shuffle:
            rng.shuffle(order)
        yield order


def shuffled(X: Any, Y: Any, size: int, epochs: int, shuffle: bool = True) -> Iterator[tuple[Any, Any]]:
    """The minibatches of all epochs, gathered by a permutation, as tutorials have it; slices where nothing shuffles."""
    for order in orders(len(X), epochs, shuffle):
        for i in range(0, len(X), size):
            rows = order[i : i + size] if shuffle else slice(i, i + size)
            yield X[rows], Y[rows]


# ---------------------------------------------------------------- Nielsen's network


def sigmoid(z: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-z))


def sigmoid_prime(z: Any) -> Any:
    return sigmoid(z) * (1 - sigmoid(z))


def per_sample_loop(layers: Any, X: Any, Y: Any, size: int, rate: float, epochs: int, shuffle: bool) -> None:
    """``network.py`` of Nielsen's book, with the cross-entropy of his ``network2.py``: a gradient for each sample.

    Like there the data are a list of pairs of columns, made before training; ``np.zeros(w.shape)`` makes all that
    follows float64, whatever the parameters were.
    """
    weights, biases = [W for W, _ in layers], [b[:, None] for _, b in layers]
    training_data = [(x[:, None], y[:, None]) for x, y in zip(X, Y, strict=True)]
    for order in orders(len(X), epochs, shuffle):
        data = [training_data[i] for i in order.tolist()]
        mini_batches = [data[k : k + size] for k in range(0, len(data), size)]
        for mini_batch in mini_batches:
            nabla_b = [np.zeros(b.shape) for b in biases]
            nabla_w = [np.zeros(w.shape) for w in weights]
            for x, y in mini_batch:
                delta_nabla_b, delta_nabla_w = backprop(weights, biases, x, y)
                nabla_b = [nb + dnb for nb, dnb in zip(nabla_b, delta_nabla_b)]  # noqa: B905
                nabla_w = [nw + dnw for nw, dnw in zip(nabla_w, delta_nabla_w)]  # noqa: B905
            weights = [w - (rate / len(mini_batch)) * nw for w, nw in zip(weights, nabla_w)]  # noqa: B905
            biases = [b - (rate / len(mini_batch)) * nb for b, nb in zip(biases, nabla_b)]  # noqa: B905
    layers[:] = [[w, b[:, 0]] for w, b in zip(weights, biases, strict=True)]


def backprop(weights: Any, biases: Any, x: Any, y: Any) -> Any:
    """The gradient of one sample, layer by layer, as Nielsen has it."""
    nabla_b = [np.zeros(b.shape) for b in biases]
    nabla_w = [np.zeros(w.shape) for w in weights]
    activation = x
    activations = [x]
    zs = []
    for b, w in zip(biases, weights):  # noqa: B905
        z = np.dot(w, activation) + b
        zs.append(z)
        activation = sigmoid(z)
        activations.append(activation)
    delta = activations[-1] - y
    nabla_b[-1] = delta
    nabla_w[-1] = np.dot(delta, activations[-2].transpose())
    for l in range(2, len(weights) + 1):
        z = zs[-l]
        sp = sigmoid_prime(z)
        delta = np.dot(weights[-l + 1].transpose(), delta) * sp
        nabla_b[-l] = delta
        nabla_w[-l] = np.dot(delta, activations[-l - 1].transpose())
    return nabla_b, nabla_w


# ---------------------------------------------------------------- the minimal network of CS231n


def tutorial(layers: Any, X: Any, Y: Any, size: int, rate: float, epochs: int, shuffle: bool) -> None:
    """The network of CS231n's minimal case study, for any number of layers, on minibatches instead of all rows.

    Rows, ``np.dot``, a new array for every result, labels as integers, the loss at every step; no penalty, and the
    exponentials without a shift, as there.
    """
    weights, biases = [W.T.copy() for W, _ in layers], [b[None] for _, b in layers]
    for batch, y in shuffled(X, Y.argmax(axis=1), size, epochs, shuffle):
        num_examples = batch.shape[0]
        hidden = [batch]
        for W, b in zip(weights[:-1], biases[:-1], strict=True):
            hidden.append(np.maximum(0, np.dot(hidden[-1], W) + b))
        scores = np.dot(hidden[-1], weights[-1]) + biases[-1]
        exp_scores = np.exp(scores)
        probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)
        correct_logprobs = -np.log(probs[range(num_examples), y])
        loss = np.sum(correct_logprobs) / num_examples
        assert loss < np.inf
        dscores = probs
        dscores[range(num_examples), y] -= 1
        dscores /= num_examples
        for i in range(len(weights) - 1, -1, -1):
            dW = np.dot(hidden[i].T, dscores)
            db = np.sum(dscores, axis=0, keepdims=True)
            if i:
                dhidden = np.dot(dscores, weights[i].T)
                dhidden[hidden[i] <= 0] = 0
                dscores = dhidden
            weights[i] += -rate * dW
            biases[i] += -rate * db
    layers[:] = [[W.T, b[0]] for W, b in zip(weights, biases, strict=True)]


def lean(layers: Any, X: Any, Y: Any, size: int, rate: float, epochs: int, shuffle: bool) -> None:
    """The leanest that tutorials have: as above with ``@``, one-hot targets, a mask as a factor and no loss."""
    for batch, y in shuffled(X, Y, size, epochs, shuffle):
        activations = [batch]
        for W, b in layers[:-1]:
            activations.append(np.maximum(0, activations[-1] @ W.T + b))
        z = activations[-1] @ layers[-1][0].T + layers[-1][1]
        e = np.exp(z - z.max(axis=-1, keepdims=True))
        delta = (e / e.sum(axis=-1, keepdims=True) - y) / len(batch)
        for i in range(len(layers) - 1, -1, -1):
            W, b = layers[i]
            dW, db = delta.T @ activations[i], delta.sum(axis=0)
            if i:
                delta = delta @ W * (activations[i] > 0).astype(W.dtype)
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
        self.E = [np.full((n + 1, size), 1e-3, dtype) for n in sizes]
        self.D = [e[:-1] for e in self.E]
        self.V_T, self.H_T = [v.T for v in self.V], [h.T for h in self.H]

    @staticmethod
    def views(flat: Any, sizes: tuple[int, ...]) -> list[Any]:
        made, start = [], 0
        for m, n in pairwise(sizes):
            made.append(flat[start : start + n * (m + 1)].reshape(n, m + 1))
            start += n * (m + 1)
        return made

    def run(self, batches: list[Any]) -> None:
        """``batches``: rows of inputs with a column of ones."""
        V, V_T, dV, H, H_T, A, D, E = self.V, self.V_T, self.dV, self.H, self.H_T, self.A, self.D, self.E
        depth = len(V)
        for X in batches:
            H[0], H_T[0] = X.T, X
            for i in range(depth):
                V[i].dot(H[i], A[i + 1])
            for i in range(depth - 1, 0, -1):
                V_T[i].dot(D[i + 1], E[i])  # as V stands in theta: a part of it, W, would be copied
            for i in range(depth):
                D[i + 1].dot(H_T[i], dV[i])
            np.subtract(self.theta, self.grad, out=self.theta)
