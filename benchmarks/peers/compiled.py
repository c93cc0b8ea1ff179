"""The loops of training compiled by numba: relu inside, softmax with cross-entropy at the end, rows in order."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable


def hidden(Z: Any, b: Any) -> None:
    """``max(Z + b, 0)`` in place."""
    for s in range(Z.shape[0]):
        for k in range(Z.shape[1]):
            Z[s, k] = max(Z[s, k] + b[k], np.float32(0))


def first_error(Z: Any, b: Any, y: Any) -> None:
    """``(softmax(Z + b) - y) / N`` in place."""
    for s in range(Z.shape[0]):
        Z[s] += b
        E = np.exp(Z[s] - Z[s].max())
        Z[s] = (E / E.sum() - y[s]) / np.float32(Z.shape[0])


def masked(E: Any, A: Any) -> None:
    """0 where the activation is 0."""
    for s in range(E.shape[0]):
        for k in range(E.shape[1]):
            if A[s, k] <= 0:
                E[s, k] = 0


def changed(W: Any, b: Any, D: Any, A: Any, rate: Any) -> None:
    """A step of one layer."""
    dW = np.dot(D.T, A)
    for k in range(W.shape[0]):
        for j in range(W.shape[1]):
            W[k, j] -= rate * dW[k, j]
        for s in range(D.shape[0]):
            b[k] -= rate * D[s, k]


@cache
def compiled_epoch() -> Any:
    """An epoch as one compiled function."""
    import numba

    relu, error, mask, change = (numba.njit(f) for f in (hidden, first_error, masked, changed))

    @numba.njit
    def epoch(Ws: Any, bs: Any, X: Any, Y: Any, size: int, rate: Any) -> None:
        depth = len(Ws)
        for first in range(0, X.shape[0], size):
            A = [X[first : first + size]]
            for l in range(depth):
                A.append(np.dot(A[l], Ws[l].T))
                if l < depth - 1:
                    relu(A[l + 1], bs[l])
            D = A[depth]
            error(D, bs[depth - 1], Y[first : first + size])
            for l in range(depth - 1, 0, -1):
                E = np.dot(D, Ws[l])
                mask(E, A[l])
                change(Ws[l], bs[l], D, A[l], rate)
                D = E
            change(Ws[0], bs[0], D, A[0], rate)

    return epoch


def numba_peer(
    layers: list[Any], names: tuple[str, ...], X: Any, Y: Any, size: int, rate: float
) -> Callable[[int, bool], Any]:
    """``run(epochs, shuffle) -> [(W, b), ...]``: everything but the products of matrices in one compiled loop."""
    assert set(names[:-1]) == {"relu"}
    assert names[-1] == "softmax"
    epoch = compiled_epoch()

    def run(epochs: int, shuffle: bool) -> Any:
        assert not shuffle
        Ws, bs = tuple(W.copy() for W, _ in layers), tuple(b.copy() for _, b in layers)
        for _ in range(epochs):
            epoch(Ws, bs, X, Y, size, X.dtype.type(rate))
        return list(zip(Ws, bs, strict=True))

    run(1, False)  # compiles
    return run
