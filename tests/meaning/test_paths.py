"""Sums over paths, and second derivatives: each against numbers that are worked out here in another way."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from derive.algebra.layers import shift
from derive.algebra.tree import Expr, Kron, Mul, Partial, Paths, Prod, Sym, Waypoint, num
from derive.meaning import ComplexStep, PrimeField, RangeError, Unsupported, world
from tests.meaning.models import L, a, cross_entropy, delta, general, j, k, l, n, network, q, softmax, w, y, z

R = Sym("r")
WIDTHS = (3, 4, 2, 5)
K = ((k, n(l)),)


def at(layer: Expr) -> Waypoint:
    return Waypoint(R, layer)


WEIGHTS = Prod(w(shift(q, 1), at(shift(q, 1)), at(q)), q, l, shift(L, -1))
"""The weights along a path from layer l to the output."""


def paths(body: Expr) -> Paths:
    return Paths(body, R, l, L, q, n(q))


@pytest.mark.parametrize("first", [1, 2, 3])
def test_sum_over_paths_against_every_path_walked(first: int) -> None:
    net = world(general, 3, 3, WIDTHS, ComplexStep())
    body = Mul((Kron(at(l), k), WEIGHTS, a(L, at(L))))
    found = net.value(paths(body), {l: first}, K)
    matrices = {m: net.value(w(num(m))) for m in (1, 2, 3)}
    outputs = net.value(a(L)).ravel()
    expected = np.zeros(WIDTHS[first])
    for way in product(*(range(width) for width in WIDTHS[first:])):
        weight = np.prod([matrices[first + 1 + i][way[i + 1], way[i]] for i in range(len(way) - 1)])
        expected[way[0]] += weight * outputs[way[-1]]
    assert np.allclose(found, expected, rtol=1e-13)


def test_a_body_without_the_letter_counts_the_paths() -> None:
    net = world(general, 3, 3, WIDTHS, PrimeField())
    assert net.value(paths(num(1)), {l: 2}) == 2 * 5


def test_a_path_does_not_pass_other_layers() -> None:
    net = world(general, 3, 3, WIDTHS, ComplexStep())
    with pytest.raises(RangeError):
        net.value(paths(a(shift(l, -1), at(shift(l, -1)))), {l: 2})


def test_second_derivatives_against_differences_of_the_cost_by_hand() -> None:
    """The cost is written out here once more; its mixed second differences are the oracle."""
    net = world(network(softmax(), cross_entropy(L)), 5, 2, (3, 2, 4), ComplexStep())
    logits, targets = net.value(z(num(2))).ravel(), net.value(y()).ravel()

    def cost(at: np.ndarray) -> float:
        return float(-(targets * (at - np.log(np.exp(at).sum()))).sum())

    h, steps = 1e-4, np.eye(4) * 1e-4
    signs = [(1, 1), (1, -1), (-1, 1), (-1, -1)]
    expected = [
        [sum(p * m * cost(logits + p * steps[r] + m * steps[c]) for p, m in signs) / (4 * h * h) for c in range(4)]
        for r in range(4)
    ]
    free = ((k, n(L)), (j, n(L)))
    assert np.allclose(net.value(Partial(delta(L, k), z(L, j)), {}, free), expected, atol=1e-6)
    assert np.allclose(net.value(Partial(delta(L), z(L))), expected, atol=1e-6)


def test_exact_arithmetic_has_no_second_derivatives() -> None:
    net = world(general, 1, 2, (2, 3, 4), PrimeField())
    with pytest.raises(Unsupported, match="second derivative"):
        net.value(Partial(delta(L, k), z(L, j)), {}, ((k, n(L)), (j, n(L))))
