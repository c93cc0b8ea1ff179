"""Peers that have to be installed: scikit-learn, torch, JAX (``pip install ".[bench]"``); absent ones are left out."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np


def sklearn_network(names: tuple[str, ...], sizes: tuple[int, ...], size: int, rate: float) -> Any:
    """A network of scikit-learn with plain gradient descent; its activation is one for all hidden layers."""
    from sklearn.neural_network import MLPClassifier

    hidden = {"sigmoid": "logistic"}.get(names[0], names[0])
    return MLPClassifier(
        sizes[1:-1],
        activation=hidden,
        solver="sgd",
        alpha=0,
        batch_size=size,
        learning_rate_init=rate,
        momentum=0,
        max_iter=1,
        shuffle=False,
        n_iter_no_change=10**6,
        random_state=0,
    )


def with_torch(layers: list[Any], names: tuple[str, ...], rate: float) -> Any:
    """A function of minibatches: modules and an optimiser, eager, as its tutorials have it."""
    import torch

    torch.set_num_threads(1)
    kinds = {"sigmoid": torch.nn.Sigmoid, "tanh": torch.nn.Tanh, "relu": torch.nn.ReLU}
    parts: list[Any] = []
    for i, (W, b) in enumerate(layers):
        linear = torch.nn.Linear(W.shape[1], W.shape[0])
        linear.weight.data, linear.bias.data = torch.tensor(W), torch.tensor(b)
        parts += [linear, *([kinds[names[i]]()] if i < len(layers) - 1 else [])]
    model = torch.nn.Sequential(*parts)
    costs = {"softmax": torch.nn.CrossEntropyLoss(), "sigmoid": torch.nn.BCEWithLogitsLoss(reduction="sum")}
    cost, optimiser = costs[names[-1]], torch.optim.SGD(model.parameters(), lr=rate)

    def run(batches: list[Any]) -> None:
        for X, Y in batches:
            optimiser.zero_grad(set_to_none=True)
            value = cost(model(X), Y)
            (value if names[-1] == "softmax" else value / len(X)).backward()
            optimiser.step()

    return run, model


def with_jax(layers: list[Any], names: tuple[str, ...], rate: float) -> Any:
    """A compiled step, one a call."""
    import jax
    from jax import numpy as jnp

    functions = {"sigmoid": jax.nn.sigmoid, "tanh": jnp.tanh, "relu": jax.nn.relu}

    def cost(layers: Any, X: Any, Y: Any) -> Any:
        for (W, b), name in zip(layers[:-1], names[:-1], strict=True):
            X = functions[name](X @ W.T + b)
        Z = X @ layers[-1][0].T + layers[-1][1]
        if names[-1] == "softmax":
            return -(Y * jax.nn.log_softmax(Z)).sum() / len(X)
        return (Y * jnp.logaddexp(0, -Z) + (1 - Y) * jnp.logaddexp(0, Z)).sum() / len(X)

    @jax.jit
    def step(layers: Any, X: Any, Y: Any) -> Any:
        return jax.tree.map(lambda p, g: p - rate * g, layers, jax.grad(cost)(layers, X, Y))

    state = [jax.tree.map(jnp.asarray, layers)]

    def run(batches: list[Any]) -> None:
        for X, Y in batches:
            state[0] = step(state[0], X, Y)
        jax.block_until_ready(state[0])

    return run, state


def there(name: str) -> bool:
    """Whether a library is installed."""
    return find_spec(name) is not None


__all__ = ["np", "sklearn_network", "there", "with_jax", "with_torch"]
