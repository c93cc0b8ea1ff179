"""Which networks are drawn: sizes unlike each other, numbers away from kinks, conditions fulfilled."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from derive.algebra.layers import layers
from derive.algebra.tree import Add, Div, Expr, Fn, Mul, Partial, Ref, Sum, num, sub
from derive.meaning import (
    ComplexStep,
    NoDraw,
    PrimeField,
    Unsupported,
    agree,
    field_for,
    satisfying,
    standard_worlds,
    world,
)
from derive.meaning.watch import NEAR
from derive.model.model import Definition, Function
from tests.meaning.models import (
    HALF,
    INNER,
    ONE,
    RELU,
    SQUARE,
    J,
    L,
    N,
    a,
    chain,
    delta,
    general,
    i,
    k,
    l,
    n,
    network,
    relu_network,
    s,
    softmax_network,
    squared_error,
    squares,
    t,
    w,
    y,
    z,
)


def test_depths_and_widths_of_a_symbolic_network() -> None:
    worlds = standard_worlds(general)
    assert {v.depth for v in worlds} == {1, 2, 3, 4, 5}
    assert all(len(v.widths) == v.depth + 1 and min(v.widths) >= 2 for v in worlds)
    different = [v for v in worlds if len(set(v.widths)) == len(v.widths)]
    assert len(different) >= 5
    assert len([v for v in worlds if len(set(v.widths)) == 1]) == 2
    assert len(worlds) == 8


def test_samples_differ_from_widths() -> None:
    model = network(Fn("square", (z(l, k, s),)), Sum(Sum(a(L, i, s), i, ONE, n(L)), s, ONE, N), (SQUARE,), batch=True)
    worlds = standard_worlds(model)
    assert len([v for v in worlds if v.sizes["N"] not in v.widths]) == 6
    assert len([v for v in worlds if {v.sizes["N"]} == set(v.widths)]) == 2


def fixed(*widths: int) -> list[tuple[int, ...]]:
    model = replace(network(Fn("square", (z(l, k),)), squares(num(2)), (SQUARE,), depth=2), widths=widths)
    return [v.widths for v in standard_worlds(model)]


def test_fixed_widths_are_kept_where_they_are_small() -> None:
    assert set(fixed(2, 3, 1)) == {(2, 3, 1)}
    large = fixed(784, 128, 1)
    assert all(v[2] == 1 and max(v) <= 8 for v in large)
    assert len({v for v in large if v[0] != v[1]}) >= 3


def test_the_field_fits_the_functions() -> None:
    assert isinstance(field_for(general), PrimeField)
    assert isinstance(field_for(network(Fn("square", (z(l, k),)), squares(L), (SQUARE,))), PrimeField)
    for model in (softmax_network, squared_error, relu_network, chain()):
        assert isinstance(field_for(model), ComplexStep)
    known = Function("f", "unknown", per_layer=True, members={1: "tanh"})
    assert isinstance(field_for(network(Fn("f", (z(l, k),), (l,)), squares(L), (known,))), ComplexStep)


def test_targets_are_generic() -> None:
    for net in standard_worlds(softmax_network):
        targets = net.value(y())
        assert abs(targets.sum() - 1) > 1e-3
        assert np.all(targets != 0)


def test_functions_differ_between_layers_and_repeat_for_one_seed() -> None:
    for field in (ComplexStep(), PrimeField()):
        net, again = (world(general, 2, 3, (2, 3, 4, 5), field) for _ in range(2))
        values = [net.value(Fn("f", (HALF,), (num(m),))) for m in (1, 2, 3)]
        assert len({float(v) for v in values}) == 3
        assert again.value(Fn("f", (HALF,), (num(2),))) == values[1]


def test_unknown_functions_are_neither_linear_nor_odd() -> None:
    for seed in range(1, 12):
        net = world(general, seed, 1, (2, 3), ComplexStep())

        def f(at: Expr, net: object = net) -> float:
            return float(net.value(Fn("f", (at,), (ONE,))))  # type: ignore[attr-defined]

        assert abs(f(num(1)) + f(num(-1)) - 2 * f(num(0))) > 1e-3
        assert abs(f(num(1)) + f(num(-1))) > 1e-3


def test_an_unknown_cost_is_not_separable() -> None:
    net = world(general, 1, 1, (2, 3), ComplexStep())
    at = net.base.fetch("a", 1)[0]

    def cost(first: float, second: float) -> float:
        moved = at + np.array([first, second, 0.0])
        values = {"a": {1: moved}, "y": net.base.fetch("y", None)[0]}
        free = replace(general, definitions=tuple(d for d in general.definitions if d.label == "cost"))
        return float(world(free, 1, 1, (2, 3), ComplexStep(), values=values).value(J))

    assert abs(cost(1, 1) - cost(1, 0) - cost(0, 1) + cost(0, 0)) > 1e-3


def test_kinks_are_avoided_and_both_sides_present() -> None:
    for net in standard_worlds(relu_network):
        inputs = np.concatenate([net.base.fetch("z", m)[0] for m in range(1, net.depth + 1)])
        assert np.abs(inputs).min() > NEAR
        assert (inputs > 0).any()
        assert (inputs < 0).any()
        for layer in range(1, net.depth + 1):
            assert (net.base.fetch("z", layer)[0] > 0).any()


def test_a_network_that_is_always_at_a_kink_has_no_draw() -> None:
    always = network(Fn("relu", (sub(z(l, k), z(l, k)),)), squares(L), (RELU,))
    with pytest.raises(NoDraw):
        world(always, 1, 1, (2, 3))


def test_numbers_stay_inside_the_domain_of_the_functions() -> None:
    logarithm = network(Fn("log", (z(l, k),)), squares(L))
    for net in standard_worlds(logarithm)[:2]:
        assert (net.base.fetch("z", 1) > 0).all()


def test_targets_that_sum_to_one() -> None:
    condition = (Sum(y(i), i, ONE, n(L)), ONE)
    worlds = satisfying(standard_worlds(softmax_network), [condition])
    for net in worlds:
        targets = net.value(y())
        assert abs(targets.sum() - 1) < 1e-14
        assert np.sort(np.abs(targets), axis=0)[-2] > 1e-3
    short = sub(a(L, k), y(k))
    assert agree(softmax_network, delta(L, k), short, None, layers(L, L), ((k, n(L)),), worlds)
    with pytest.raises(Unsupported):
        satisfying(standard_worlds(general), [condition])
    with pytest.raises(Unsupported):
        satisfying(worlds, [(J, ONE)])


def test_targets_of_each_sample_that_sum_to_one_stay_positive() -> None:
    cost = Sum(Sum(Mul((y(i, s), Fn("log", (a(L, i, s),)))), i, ONE, n(L)), s, ONE, N)
    model = network(Fn("exp", (z(l, k, s),)), cost, batch=True)
    targets = replace(model.quantities["y"], domain="unit")
    model = replace(model, quantities={**model.quantities, "y": targets})
    (net,) = satisfying([world(model, 1, 2)], [(Sum(y(i, s), i, ONE, n(L)), ONE)], ((s, N),))
    assert np.allclose(net.value(y()).sum(axis=0), 1, rtol=1e-14)
    assert (net.value(y()) > 0).all()


UPDATE = Definition(
    Ref("w", (l,), (k, i), Add((t, ONE))),
    sub(w(l, k, i), Mul((Ref("eta"), delta(l, k), a(Add((l, num(-1))), i)))),
    "u",
    INNER,
)


def test_updates_take_everything_at_the_current_iteration() -> None:
    net = world(squared_error, 1, 2, (2, 3, 4))
    later = Ref("w", (l,), None, Add((t, ONE)))
    for layer in (1, 2):
        expected = net.base.fetch("w", layer)[0] - net.base.fetch("eta", None) * np.outer(
            net.base.fetch("delta", layer)[0], net.base.fetch("a", layer - 1)[0]
        )
        assert np.allclose(net.value(later, {l: layer}, (), (UPDATE,)), expected, rtol=1e-14)
    assert np.array_equal(net.value(later, {l: 1}), net.value(w(l), {l: 1}))
    assert np.array_equal(net.value(Ref("w", (l,), None, t), {l: 1}, (), (UPDATE,)), net.value(w(l), {l: 1}))


def test_one_update_of_the_two_nodes_in_numbers() -> None:
    model = chain()
    step = Div(Ref("eta"), ONE)
    weight, bias, error = Ref("w", (l,)), Ref("b", (l,)), Ref("delta", (l,))
    moved = {"w": Mul((step, error, Ref("a", (Add((l, num(-1))),)))), "b": Mul((step, error))}
    updates = tuple(
        Definition(Ref(q.name, (l,), (), Add((t, ONE))), sub(q, moved[q.name]), "u", INNER) for q in (weight, bias)
    )
    values = {"x": 1.5, "y": 1.0, "w": {1: 0.8, 2: -1.2}, "b": {1: -0.2, 2: 0.3}, "eta": 0.5}
    net = world(model, 1, 2, (1, 1, 1), values=values)
    expected = {("w", 1): 0.773904, ("w", 2): -1.146092, ("b", 1): -0.217398, ("b", 2): 0.373739}
    for (name, layer), number in expected.items():
        got = net.value(Ref(name, (l,), (), Add((t, ONE))), {l: layer}, (), updates)
        assert np.isclose(got, number, atol=5e-7)
    assert np.isclose(net.value(Ref("J", (), (), Add((t, ONE))), {}, (), updates), 0.186617, atol=5e-7)


def test_functions_named_layer_by_layer() -> None:
    known = Function("f", "unknown", per_layer=True, members={1: "relu", 2: "tanh"})
    model = network(Fn("f", (z(l, k),), (l,)), squares(num(2)), (known, RELU), depth=2)
    net = world(model, 1)
    assert np.allclose(net.value(a(num(1))), np.maximum(net.value(z(num(1))), 0))
    assert np.allclose(net.value(a(num(2))), np.tanh(net.value(z(num(2)))))


def test_an_unknown_map_mixes_the_units_of_a_layer() -> None:
    mixing = Function("g", "unknown map", per_layer=True)
    model = network(Fn("square", (z(l, k),)), squares(L), (SQUARE, mixing))
    whole = Definition(Ref("a", (l,), None), Fn("g", (z(l),), (l,)), "forward-a", INNER)
    definitions = tuple(whole if d.label == "forward-a" else d for d in model.definitions)
    model = replace(model, definitions=definitions)
    jacobian = world(model, 1, 2, (2, 3, 4), ComplexStep()).value(Partial(a(l), z(l)), {l: 1})
    assert (np.abs(jacobian) > 1e-6).all()


def test_no_activation_is_saturated() -> None:
    for model in (softmax_network, squared_error):
        for net in standard_worlds(model):
            inputs = [net.base.fetch("z", m)[0] for m in range(1, net.depth + 1)]
            assert max(float(np.abs(z).max()) for z in inputs) < 7
