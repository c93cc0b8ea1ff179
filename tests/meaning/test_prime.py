"""Exact arithmetic: agrees with fractions, dual numbers carry derivatives."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from derive.algebra.tree import Div, Fn, Partial, Pow, num
from derive.meaning import PrimeField, Unsupported, world
from derive.meaning.prime import P
from tests.meaning.models import KJ, SQUARE, J, K, L, a, j, k, l, network, squares, w, z

FIELD = PrimeField()
WEIGHTS = {1: [[1, 2], [-3, 1], [2, 5]], 2: [[1, -1, 2]]}
BIASES = {1: [1, 0, -2], 2: [3]}
X, Y = [2, -1], [Fraction(1, 2)]


def reduced(value: Fraction | int) -> int:
    exact = Fraction(value)
    return exact.numerator * pow(exact.denominator, -1, P) % P


def cost(w11: Fraction) -> Fraction:
    """Half the squared error of the 2-3-1 network whose activation is z^2 + z, in fractions."""
    weights: list[list[Fraction | int]] = [[w11, 2], [-3, 1], [2, 5]]
    values = [Fraction(v) for v in X]
    layers: list[tuple[list[list[Fraction | int]], list[int]]] = [(weights, BIASES[1]), ([[1, -1, 2]], BIASES[2])]
    for matrix, biases in layers:
        sums = [
            sum((m * v for m, v in zip(row, values, strict=True)), Fraction(c))
            for row, c in zip(matrix, biases, strict=True)
        ]
        values = [v * v + v for v in sums]
    return (values[0] - Y[0]) ** 2 / 2


def test_a_polynomial_network_agrees_with_fractions() -> None:
    model = network(Fn("square", (z(l, k),)), squares(L), (SQUARE,))
    net = world(model, 1, 2, (2, 3, 1), FIELD, values={"w": WEIGHTS, "b": BIASES, "x": X, "y": Y})
    assert net.value(J) == reduced(cost(Fraction(1)))
    # cost is a polynomial of degree 8 in one weight, so nine points give its derivative exactly
    points = [Fraction(m) for m in range(-3, 6)]
    slope = derivative_at([(t, cost(t)) for t in points], Fraction(1))
    assert net.value(Partial(J, w(l, k, j)), {l: 1}, KJ)[0, 0] == reduced(slope)


def derivative_at(points: list[tuple[Fraction, Fraction]], at: Fraction) -> Fraction:
    """Of the interpolating polynomial, in Newton's form with dual numbers of fractions."""
    table = [value for _, value in points]
    for width in range(1, len(points)):
        for m in range(len(points) - 1, width - 1, -1):
            table[m] = (table[m] - table[m - 1]) / (points[m][0] - points[m - width][0])
    value, slope = table[-1], Fraction(0)
    for m in range(len(points) - 2, -1, -1):
        gap = at - points[m][0]
        value, slope = value * gap + table[m], slope * gap + value
    return slope


def test_division_and_negative_powers_with_tangents() -> None:
    v, t = 7, 3
    dual = np.array([[v], [t]], dtype=np.int64)
    inverse = FIELD.div(1, dual)
    assert inverse[0, 0] == pow(v, -1, P)
    assert inverse[1, 0] == -t * pow(v, -2, P) % P
    assert np.array_equal(FIELD.power(dual, -2), FIELD.mul(inverse, inverse))


@pytest.mark.parametrize("size", [3, 2000])
def test_reduction_of_small_and_large_arrays(size: int) -> None:
    rng = np.random.default_rng(size)
    left, right = (rng.integers(0, P, size=(1, size)) for _ in range(2))
    left[0, 0] = right[0, 0] = P - 1
    exact = [int(p) * int(q) % P for p, q in zip(left[0], right[0], strict=True)]
    assert FIELD.mul(left, right)[0].tolist() == exact


def test_functions_that_are_not_rational_are_refused() -> None:
    net = world(network(Fn("square", (z(l, k),)), squares(L), (SQUARE,)), 1, 2, field=FIELD)
    for expression in (Fn("exp", (J,)), Pow(J, num("1/2"))):
        with pytest.raises(Unsupported):
            net.value(expression)


def test_the_derivative_of_a_formula_in_exact_arithmetic() -> None:
    net = world(network(Fn("square", (z(l, k),)), squares(L), (SQUARE,)), 1, 2, field=FIELD)
    slope, value = net.value(Fn("square", (z(l, k),), (), 1), {l: 1}, K), net.value(z(l, k), {l: 1}, K)
    assert np.array_equal(slope, (2 * value + 1) % P)
    assert net.value(Div(a(l, k), z(l, k)), {l: 1}, K).tolist() == ((value + 1) % P).tolist()
