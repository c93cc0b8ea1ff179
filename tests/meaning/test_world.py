"""Values and derivatives of given networks against plain NumPy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from derive.algebra.tree import Div, Fn, Mul, Partial, Ref, Sum, num, sub
from derive.meaning import ComplexStep, RangeError, ShapeError, UnknownName, World, world
from derive.model.model import Model
from tests.meaning import by_hand
from tests.meaning.by_hand import Array, Layers
from tests.meaning.models import (
    HALF,
    KJ,
    NEXT,
    ONE,
    SIGMOID,
    J,
    K,
    L,
    N,
    a,
    b,
    chain,
    cross_entropy,
    delta,
    i,
    j,
    k,
    l,
    n,
    network,
    s,
    softmax_network,
    squared_error,
    w,
    x,
    y,
    z,
)

WIDTHS = (3, 4, 2, 5)
rng = np.random.default_rng(5)
X, Y = rng.normal(size=3), rng.normal(size=5)
WEIGHTS, BIASES = by_hand.random_layers(7, WIDTHS)


def given(model: Model, **more: Array) -> World:
    values = {"w": WEIGHTS, "b": BIASES, "x": X, "y": Y, **more}
    return world(model, 1, 3, WIDTHS, ComplexStep(), values=values)


def half_squares(w: Layers, b: Layers, x: Array) -> float:
    _, activations = by_hand.forward(w, b, x, by_hand.sigmoid)
    return float(((activations[3] - Y) ** 2).sum() / 2)


def test_forward_pass_of_a_given_network() -> None:
    net = given(squared_error)
    pre, post = by_hand.forward(WEIGHTS, BIASES, X, by_hand.sigmoid)
    for layer in (1, 2, 3):
        assert np.allclose(net.value(z(l, k), {l: layer}, K), pre[layer], rtol=1e-14)
        assert np.allclose(net.value(a(l), {l: layer})[:, 0], post[layer], rtol=1e-14)
    assert np.isclose(net.value(J), half_squares(WEIGHTS, BIASES, X), rtol=1e-14)


@pytest.mark.parametrize("layer", [1, 2, 3])
def test_derivatives_by_weights_and_biases_are_those_of_central_differences(layer: int) -> None:
    net = given(squared_error)

    def moved(values: Layers) -> Callable[[Array], Layers]:
        return lambda array: {**values, layer: array}

    by_w = by_hand.central_difference(lambda v: half_squares(moved(WEIGHTS)(v), BIASES, X), WEIGHTS[layer])
    by_b = by_hand.central_difference(lambda v: half_squares(WEIGHTS, moved(BIASES)(v), X), BIASES[layer])
    assert np.allclose(net.value(Partial(J, w(l, k, j)), {l: layer}, KJ), by_w, rtol=1e-7, atol=1e-10)
    assert np.allclose(net.value(Partial(J, w(l)), {l: layer}), by_w, rtol=1e-7, atol=1e-10)
    assert np.allclose(net.value(Partial(J, b(l)), {l: layer})[:, 0], by_b, rtol=1e-7, atol=1e-10)
    assert np.allclose(net.value(delta(l), {l: layer})[:, 0], by_b, rtol=1e-7, atol=1e-10)


def test_derivative_by_the_input() -> None:
    by_x = by_hand.central_difference(lambda v: half_squares(WEIGHTS, BIASES, v), X)
    assert np.allclose(given(squared_error).value(Partial(J, x())), by_x[:, None], rtol=1e-7, atol=1e-10)


def test_softmax_with_cross_entropy_gives_sum_of_targets_times_p_minus_y() -> None:
    net = given(softmax_network)
    p = by_hand.forward(WEIGHTS, BIASES, X, by_hand.softmax)[1][3]
    assert np.allclose(net.value(delta(num(3), k), {}, ((k, n(L)),)), Y.sum() * p - Y, rtol=1e-12)
    assert np.isclose(net.value(J), -(Y * np.log(p)).sum(), rtol=1e-13)


def test_jacobian_of_softmax_is_diag_p_minus_p_p() -> None:
    net = given(softmax_network)
    p = by_hand.forward(WEIGHTS, BIASES, X, by_hand.softmax)[1][2]
    expected = np.diag(p) - np.outer(p, p)
    assert np.allclose(net.value(Partial(a(l), z(l)), {l: 2}), expected, atol=1e-15)
    entries = net.value(Partial(a(l, i), z(l, k)), {l: 2}, ((i, n(l)), (k, n(l))))
    assert np.allclose(entries, expected, atol=1e-15)


def test_jacobian_has_a_row_for_each_entry_that_moves() -> None:
    assert np.allclose(given(squared_error).value(Partial(z(NEXT), a(l)), {l: 1}), WEIGHTS[2])


def test_batch_of_columns() -> None:
    cost = Mul((Div(HALF, N), Sum(Sum(Mul((sub(a(L, i, s), y(i, s)),) * 2), i, ONE, n(L)), s, ONE, N)))
    model = network(Fn("sigmoid", (z(l, k, s),)), cost, (SIGMOID,), batch=True)
    xs, ys = rng.normal(size=(3, 6)), rng.normal(size=(5, 6))
    net = world(model, 1, 3, WIDTHS, ComplexStep(), samples=6, values={"w": WEIGHTS, "b": BIASES, "x": xs, "y": ys})

    def cost_of(v: Array) -> float:
        outputs = by_hand.forward({**WEIGHTS, 2: v}, BIASES, xs, by_hand.sigmoid)[1][3]
        return float(((outputs - ys) ** 2).sum() / 12)

    expected = by_hand.central_difference(cost_of, WEIGHTS[2])
    assert np.allclose(net.value(Partial(J, w(l)), {l: 2}), expected, rtol=1e-6, atol=1e-8)
    assert net.value(delta(l, k, s), {l: 2}, (*K, (s, N))).shape == (2, 6)


TWO_NODES = {"x": 1.5, "y": 1.0, "w": {1: 0.8, 2: -1.2}, "b": {1: -0.2, 2: 0.3}, "eta": 0.5}


@pytest.mark.parametrize(
    ("quantity", "layer", "expected"),
    [("w", 2, -0.107815), ("b", 2, -0.147478), ("w", 1, 0.052193), ("b", 1, 0.034795)],
)
def test_two_nodes_in_numbers(quantity: str, layer: int, expected: float) -> None:
    net = world(chain(), 1, 2, (1, 1, 1), values=TWO_NODES)
    assert np.isclose(net.value(Partial(J, Ref(quantity, (l,))), {l: layer}), expected, atol=5e-7)
    assert np.isclose(net.value(J), 0.205081, atol=5e-7)


def test_a_large_member_is_moved_in_several_passes() -> None:
    model = network(Fn("sigmoid", (z(l, k),)), cross_entropy(num(2)), (SIGMOID,), depth=2)
    widths = (40, 30, 4)
    weights, biases = by_hand.random_layers(1, widths)
    given = {"w": weights, "b": biases, "x": rng.normal(size=40), "y": rng.uniform(size=4)}
    net = world(model, 1, 2, widths, ComplexStep(), values=given)
    got = net.value(Partial(J, w(num(1))))
    errors = net.value(delta(num(1)))
    assert got.shape == (30, 40)
    assert np.allclose(got, errors * given["x"], rtol=1e-12)


def test_the_same_seed_gives_the_same_numbers_in_any_order() -> None:
    one, two = (world(squared_error, 4, 3, WIDTHS, ComplexStep()) for _ in range(2))
    one.value(w(l), {l: 3})
    assert np.array_equal(one.value(delta(l), {l: 1}), two.value(delta(l), {l: 1}))
    assert np.array_equal(one.value(w(l), {l: 3}), two.value(w(l), {l: 3}))


def test_given_numbers_must_have_the_shape_of_the_quantity() -> None:
    with pytest.raises(ShapeError, match="expected"):
        given(squared_error, x=np.zeros(4))


def test_members_that_do_not_exist() -> None:
    net = given(squared_error)
    with pytest.raises(RangeError):
        net.value(w(NEXT), {l: 3})
    with pytest.raises(RangeError):
        net.value(z(num(0)))
    with pytest.raises(UnknownName):
        net.value(Ref("v"))
    with pytest.raises(UnknownName, match="binds"):
        net.value(a(l), {})


def test_an_adjoint_of_nothing_has_no_value() -> None:
    """A model that calls a quantity a derivative without saying by what."""
    orphan = replace(squared_error, named_adjoints={})
    with pytest.raises(UnknownName, match="delta"):
        given(orphan).value(delta(L, ONE))
