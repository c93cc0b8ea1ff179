"""Peers that have to be installed (``pip install ".[bench]"``): scikit-learn, torch, JAX; absent ones are left out.

Each maker returns ``run(epochs, shuffle) -> [(W, b), ...]``, which starts from the same layers every time.
"""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.peers.numpy_peers import shuffled

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[[int, bool], Any]


def there(name: str) -> bool:
    """Whether a library is installed."""
    return find_spec(name) is not None


def sklearn_peer(layers: list[Any], names: tuple[str, ...], X: Any, Y: Any, size: int, rate: float) -> Run:
    """``MLPClassifier.fit`` with plain gradient descent, started from the layers; its hidden activations are alike."""
    from sklearn.neural_network import MLPClassifier

    hidden = {"sigmoid": "logistic"}.get(names[0], names[0])
    widths, labels = tuple(len(b) for _, b in layers[:-1]), Y.argmax(axis=1)
    plain: dict[str, Any] = {"solver": "sgd", "alpha": 0, "momentum": 0, "n_iter_no_change": 10**6, "random_state": 0}
    net = MLPClassifier(widths, activation=hidden, batch_size=size, learning_rate_init=rate, max_iter=1, **plain)

    def run(epochs: int, shuffle: bool) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it has not converged
            if not hasattr(net, "coefs_"):
                net.fit(X, labels)
            net.set_params(warm_start=True, max_iter=epochs, shuffle=shuffle)
            net.coefs_, net.intercepts_ = [W.T.copy() for W, _ in layers], [b.copy() for _, b in layers]
            net.fit(X, labels)
        return [(W.T, b) for W, b in zip(net.coefs_, net.intercepts_, strict=True)]

    return run


def torch_peer(layers: list[Any], names: tuple[str, ...], X: Any, Y: Any, size: int, rate: float) -> Run:
    """Modules and an optimiser, eager, as its tutorials have it; the tensors of minibatches are made beforehand."""
    import torch

    torch.set_num_threads(1)
    kinds = {"sigmoid": torch.nn.Sigmoid, "tanh": torch.nn.Tanh, "relu": torch.nn.ReLU}
    costs = {"softmax": torch.nn.CrossEntropyLoss(), "sigmoid": torch.nn.BCEWithLogitsLoss(reduction="sum")}
    batches = [(torch.tensor(x), torch.tensor(y)) for x, y in shuffled(X, Y, size, 1, shuffle=False)]
    cost = costs[names[-1]]

    def fresh() -> Any:
        parts: list[Any] = []
        for i, (W, b) in enumerate(layers):
            linear = torch.nn.Linear(W.shape[1], W.shape[0])
            linear.weight.data, linear.bias.data = torch.tensor(W), torch.tensor(b)
            parts += [linear, *([kinds[names[i]]()] if i < len(layers) - 1 else [])]
        return torch.nn.Sequential(*parts)

    def run(epochs: int, shuffle: bool) -> Any:
        assert not shuffle
        model = fresh()
        optimiser = torch.optim.SGD(model.parameters(), lr=rate)
        for _ in range(epochs):
            for x, y in batches:
                optimiser.zero_grad(set_to_none=True)
                value = cost(model(x), y)
                (value if names[-1] == "softmax" else value / len(x)).backward()
                optimiser.step()
        arrays = [p.detach().numpy() for p in model.parameters()]
        return list(zip(arrays[::2], arrays[1::2], strict=True))

    return run


def _jax_step(names: tuple[str, ...], rate: float) -> Any:
    """A step of gradient descent as a function of JAX."""
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

    def step(layers: Any, X: Any, Y: Any) -> Any:
        return jax.tree.map(lambda p, g: p - rate * g, layers, jax.grad(cost)(layers, X, Y))

    return step


def jax_peer(layers: list[Any], names: tuple[str, ...], X: Any, Y: Any, size: int, rate: float) -> Run:
    """A compiled step, one a call, on slices of the NumPy arrays: as in JAX's own example of a classifier."""
    import jax

    step = jax.jit(_jax_step(names, rate))
    start = jax.tree.map(jax.numpy.asarray, [tuple(layer) for layer in layers])

    def run(epochs: int, shuffle: bool) -> Any:
        state = start
        for x, y in shuffled(X, Y, size, epochs, shuffle):
            state = step(state, x, y)
        return jax.tree.map(np.asarray, jax.block_until_ready(state))

    run(1, False)  # compiles
    return run


def jax_device_peer(layers: list[Any], names: tuple[str, ...], X: Any, Y: Any, size: int, rate: float) -> Run:
    """The same with all minibatches cut and handed to JAX beforehand, which no shuffling allows."""
    import jax

    step = jax.jit(_jax_step(names, rate))
    start = jax.tree.map(jax.numpy.asarray, [tuple(layer) for layer in layers])
    batches = [jax.tree.map(jax.numpy.asarray, pair) for pair in shuffled(X, Y, size, 1, shuffle=False)]

    def run(epochs: int, shuffle: bool) -> Any:
        assert not shuffle
        state = start
        for _ in range(epochs):
            for x, y in batches:
                state = step(state, x, y)
        return jax.tree.map(np.asarray, jax.block_until_ready(state))

    run(1, False)
    return run


def scan_peer(layers: list[Any], names: tuple[str, ...], X: Any, Y: Any, size: int, rate: float) -> Run:
    """An epoch of equal minibatches as one compiled ``lax.scan``."""
    import jax

    step = _jax_step(names, rate)
    start = jax.tree.map(jax.numpy.asarray, [tuple(layer) for layer in layers])
    count = len(X) // size
    stacked = [jax.numpy.asarray(a[: count * size].reshape(count, size, -1)) for a in (X, Y)]

    @jax.jit
    def epoch(state: Any, x: Any, y: Any) -> Any:
        return jax.lax.scan(lambda s, xy: (step(s, *xy), None), state, (x, y))[0]

    def run(epochs: int, shuffle: bool) -> Any:
        assert not shuffle
        state = start
        for _ in range(epochs):
            state = epoch(state, *stacked)
        return jax.tree.map(np.asarray, jax.block_until_ready(state))

    run(1, False)
    return run
