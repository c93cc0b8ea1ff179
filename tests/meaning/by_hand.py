"""Forward passes and derivatives in plain NumPy, written apart from the product."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Layers = dict[int, Array]


def sigmoid(z: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-z)))


def softmax(z: Array) -> Array:
    return np.asarray(np.exp(z) / np.exp(z).sum(axis=0))


def forward(w: Layers, b: Layers, x: Array, activation: Callable[[Array], Array]) -> tuple[Layers, Layers]:
    """Pre-activations and activations of every layer."""
    z: Layers = {}
    a: Layers = {0: x}
    for layer, weights in w.items():
        z[layer] = weights @ a[layer - 1] + b[layer].reshape(-1, *[1] * (x.ndim - 1))
        a[layer] = activation(z[layer])
    return z, a


def central_difference(function: Callable[[Array], float], at: Array, step: float = 1e-6) -> Array:
    """The derivative by every entry, to about 9 digits."""
    out = np.zeros_like(at)
    for index in np.ndindex(*at.shape):
        up, down = at.copy(), at.copy()
        up[index] += step
        down[index] -= step
        out[index] = (function(up) - function(down)) / (2 * step)
    return out


def random_layers(seed: int, widths: tuple[int, ...]) -> tuple[Layers, Layers]:
    """Weights and biases."""
    rng = np.random.default_rng(seed)
    layers = range(1, len(widths))
    weights = {m: rng.normal(size=(widths[m], widths[m - 1])) for m in layers}
    return weights, {m: rng.normal(size=widths[m]) for m in layers}
