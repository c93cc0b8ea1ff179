"""True equations hold, each wrong one is caught, and a check that compares nothing is an error."""

from __future__ import annotations

import pytest

from derive.algebra.layers import LayerSet, layers
from derive.algebra.tree import (
    Add,
    Diag,
    Expr,
    Fn,
    Hadamard,
    MatMul,
    Mul,
    Partial,
    Pow,
    Prod,
    Ref,
    Sum,
    Transpose,
    num,
    sub,
)
from derive.meaning import (
    ComplexStep,
    EmptyCheck,
    Field,
    PrimeField,
    RangeError,
    ShapeError,
    Unsupported,
    World,
    agree,
    standard_worlds,
    world,
)
from derive.meaning.kinds import Free
from derive.model.model import Model
from tests.meaning.models import (
    HIDDEN,
    INNER,
    KJ,
    NEXT,
    ONE,
    PREVIOUS,
    J,
    Jhat,
    K,
    L,
    a,
    b,
    chain,
    delta,
    general,
    i,
    j,
    k,
    l,
    n,
    network,
    p,
    penalised,
    q,
    recursion,
    relu_network,
    slope,
    slopes,
    softmax,
    softmax_network,
    squared_error,
    squares,
    w,
    x,
    y,
    z,
)

WORLDS = {name: standard_worlds(general, field) for name, field in (("exact", PrimeField()), ("floats", ComplexStep()))}


@pytest.fixture(params=["exact", "floats"])
def worlds(request: pytest.FixtureRequest) -> tuple[World, ...]:
    return WORLDS[str(request.param)]


def errors_of(at: Expr) -> Expr:
    return MatMul((Transpose(w(at)), delta(at)))


TRUE: dict[str, tuple[Expr, Expr, LayerSet, Free]] = {
    "delta recursion, general layer": (delta(l, k), recursion, HIDDEN, K),
    "delta recursion, matrix form": (delta(l), Hadamard((slopes, errors_of(NEXT))), HIDDEN, ()),
    "delta recursion with a diagonal matrix": (delta(l), MatMul((Diag(slopes), errors_of(NEXT))), HIDDEN, ()),
    "delta of the last layer": (
        delta(L, k),
        Mul((Fn("f", (z(L, k),), (L,), 1), Partial(J, a(L, k)))),
        layers(L, L),
        ((k, n(L)),),
    ),
    "fan-out sum": (
        Partial(J, a(l, k)),
        Sum(Mul((delta(NEXT, p), Partial(z(NEXT, p), a(l, k)))), p, ONE, n(NEXT)),
        HIDDEN,
        K,
    ),
    "gradient of the weights": (Partial(J, w(l, k, j)), Mul((delta(l, k), a(PREVIOUS, j))), INNER, KJ),
    "gradient of the weights, matrix form": (Partial(J, w(l)), MatMul((delta(l), Transpose(a(PREVIOUS)))), INNER, ()),
    "gradient of the biases": (Partial(J, b(l)), delta(l), INNER, ()),
    "gradient of the input": (Partial(J, x()), errors_of(ONE), layers(1, 1), ()),
    "a layer named by number": (Partial(z(num(3)), a(num(2))), w(num(3)), layers(1, 1), ()),
}


@pytest.mark.parametrize("title", TRUE)
def test_true_equations_hold(title: str, worlds: tuple[World, ...]) -> None:
    left, right, where, free = TRUE[title]
    found = agree(general, left, right, None if where.point else l, where, free, worlds)
    assert found.holds, found.failure
    assert found.worst <= found.bound
    assert found.networks >= 4
    assert found.entries > 20


WRONG: dict[str, tuple[Expr, Expr, LayerSet, Free]] = {
    "derivative of the activation left out": (delta(l), errors_of(NEXT), HIDDEN, ()),
    "derivative of the activation of the next layer": (
        delta(l, k),
        Mul((Fn("f", (z(l, k),), (NEXT,), 1), *recursion.factors[1:])),
        HIDDEN,
        K,
    ),
    "derivative of the activation at a": (delta(l), Hadamard((Fn("f", (a(l),), (l,), 1), errors_of(NEXT))), HIDDEN, ()),
    "derivative of the activation twice": (delta(l), Hadamard((slopes, slopes, errors_of(NEXT))), HIDDEN, ()),
    "activation instead of its derivative": (delta(l), Hadamard((Fn("f", (z(l),), (l,)), errors_of(NEXT))), HIDDEN, ()),
    "diagonal of the outer product only": (Partial(J, b(l, k)), Mul((delta(l, k), b(l, k))), INNER, K),
    "sign": (delta(l, k), Mul((num(-1), recursion)), HIDDEN, K),
    "pre-activation for activation": (Partial(J, w(l, k, j)), Mul((delta(l, k), z(PREVIOUS, j))), layers(2, L), KJ),
    "zero": (Partial(J, b(l, k)), num(0), INNER, K),
}


@pytest.mark.parametrize("title", WRONG)
def test_wrong_equations_fail(title: str, worlds: tuple[World, ...]) -> None:
    left, right, where, free = WRONG[title]
    found = agree(general, left, right, l, where, free, worlds)
    assert not found
    assert found.failure is not None
    assert found.failure.left != pytest.approx(found.failure.right, rel=1e-6)


NOT_CONFORMING: dict[str, tuple[Expr, Expr, LayerSet]] = {
    "transpose left out": (delta(l), Hadamard((slopes, MatMul((w(NEXT), delta(NEXT))))), HIDDEN),
    "weights of the same layer": (delta(l), Hadamard((slopes, MatMul((Transpose(w(l)), delta(NEXT))))), HIDDEN),
    "outer product transposed": (Partial(J, w(l)), MatMul((a(PREVIOUS), Transpose(delta(l)))), INNER),
    "activation of the same layer": (Partial(J, w(l)), MatMul((delta(l), Transpose(a(l)))), INNER),
    "column against row": (delta(l), Transpose(delta(l)), INNER),
    "two columns multiplied": (delta(l), Mul((slopes, delta(l))), INNER),
    "column and number added": (delta(l), Add((delta(l), J)), INNER),
}


@pytest.mark.parametrize("title", NOT_CONFORMING)
def test_what_does_not_conform_is_an_error_of_shape(title: str, worlds: tuple[World, ...]) -> None:
    left, right, where = NOT_CONFORMING[title]
    with pytest.raises(ShapeError):
        agree(general, left, right, l, where, (), worlds)


def equal_widths(field: Field) -> tuple[World, ...]:
    return tuple(world(general, seed, 3, (3, 3, 3, 3), field) for seed in (1, 2))


@pytest.mark.parametrize("title", ["transpose left out", "weights of the same layer", "outer product transposed"])
@pytest.mark.parametrize("field", [PrimeField(), ComplexStep()], ids=["exact", "floats"])
def test_order_mistakes_show_as_values_where_widths_are_equal(title: str, field: Field) -> None:
    left, right, where = NOT_CONFORMING[title]
    assert not agree(general, left, right, l, where, (), equal_widths(field))


def test_wrong_entry_order_in_index_form_is_out_of_range_or_wrong() -> None:
    swapped = Mul((slope, Sum(Mul((w(NEXT, k, p), delta(NEXT, p))), p, ONE, n(NEXT))))
    with pytest.raises(RangeError):
        agree(general, delta(l, k), swapped, l, HIDDEN, K, WORLDS["exact"])
    assert not agree(general, delta(l, k), swapped, l, HIDDEN, K, equal_widths(PrimeField()))


def test_a_failure_can_be_replayed() -> None:
    right = errors_of(NEXT)
    failure = agree(general, delta(l), right, l, HIDDEN, (), WORLDS["exact"]).failure
    assert failure is not None
    net = world(general, failure.seed, failure.depth, failure.widths, ComplexStep())
    at, row = {l: failure.indices["l"]}, failure.indices["row"] - 1
    assert net.value(delta(l), at)[row, 0] == failure.left
    assert net.value(right, at)[row, 0] == failure.right
    assert str(failure).startswith("widths ")


def test_a_check_of_nothing_is_an_error() -> None:
    with pytest.raises(EmptyCheck):
        agree(general, delta(l), delta(l), l, layers(3, 2), (), WORLDS["exact"])
    with pytest.raises(EmptyCheck):
        agree(general, delta(num(9)), delta(num(9)), None, None, (), WORLDS["exact"])
    with pytest.raises(EmptyCheck):
        agree(general, delta(l), delta(l), l, HIDDEN, (), ())


def test_networks_of_another_model_are_refused() -> None:
    with pytest.raises(ValueError, match="another model"):
        agree(squared_error, J, J, None, None, (), WORLDS["exact"])


def test_worlds_without_the_layer_are_passed_over() -> None:
    assert agree(general, delta(l), delta(l), l, HIDDEN, (), WORLDS["exact"]).networks == 7
    assert agree(general, delta(num(4)), delta(num(4)), None, layers(4, 4), (), WORLDS["exact"]).networks == 2


def test_softmax_and_cross_entropy_fuse() -> None:
    worlds, free = standard_worlds(softmax_network), ((k, n(L)),)
    total = Sum(y(i), i, ONE, n(L))
    assert agree(softmax_network, delta(L, k), sub(Mul((total, a(L, k))), y(k)), None, layers(L, L), free, worlds)
    assert not agree(softmax_network, delta(L, k), sub(a(L, k), y(k)), None, layers(L, L), free, worlds)


def test_softmax_inside_is_not_elementwise() -> None:
    worlds = standard_worlds(softmax_network)
    inner = Sum(Mul((w(NEXT, p, k), delta(NEXT, p))), p, ONE, n(NEXT))
    diagonal = Mul((a(l, k), sub(ONE, a(l, k)), inner))
    full = Sum(
        Mul((Partial(a(l, i), z(l, k)), Sum(Mul((w(NEXT, p, i), delta(NEXT, p))), p, ONE, n(NEXT)))), i, ONE, n(l)
    )
    assert not agree(softmax_network, delta(l, k), diagonal, l, HIDDEN, K, worlds)
    assert agree(softmax_network, delta(l, k), full, l, HIDDEN, K, worlds)


def test_penalty() -> None:
    model = penalised(general)
    worlds = standard_worlds(model)
    shrunk = Add((Mul((delta(l, k), a(PREVIOUS, j))), Mul((Ref("lambda"), w(l, k, j)))))
    assert agree(model, Partial(Jhat, w(l, k, j)), shrunk, l, INNER, KJ, worlds)
    assert not agree(model, Partial(J, w(l, k, j)), shrunk, l, INNER, KJ, worlds)
    twice = Add((Mul((delta(l, k), a(PREVIOUS, j))), Mul((num(2), Ref("lambda"), w(l, k, j)))))
    assert not agree(model, Partial(Jhat, w(l, k, j)), twice, l, INNER, KJ, worlds)


def test_relu_where_the_derivative_is_one_or_nothing() -> None:
    worlds = standard_worlds(relu_network)
    errors = MatMul((Transpose(w(NEXT)), delta(NEXT)))
    right = Hadamard((Fn("relu", (z(l),), (), 1), errors))
    assert agree(relu_network, delta(l), right, l, HIDDEN, (), worlds)
    assert not agree(relu_network, delta(l), errors, l, HIDDEN, (), worlds)


def bound_on_delta(power: int) -> tuple[Model, Expr, Expr]:
    """|delta_1| <= 4^-L prod |w_l| |dJ/da_L| in a chain of sigmoids."""
    weights = Prod(Fn("abs", (Ref("w", (q,)),)), q, num(2), L)
    factor = Pow(num(power), Mul((num(-1), L)))
    right = Mul((factor, weights, Fn("abs", (Partial(J, Ref("a", (L,))),))))
    return chain(), Fn("abs", (Ref("delta", (ONE,)),)), right


def test_inequality() -> None:
    model, left, right = bound_on_delta(4)
    worlds = standard_worlds(model)
    assert agree(model, left, right, None, None, (), worlds, relation="<=")
    assert not agree(model, right, left, None, None, (), worlds, relation="<=")
    model, left, right = bound_on_delta(8)
    assert not agree(model, left, right, None, None, (), worlds, relation="<=")
    with pytest.raises(Unsupported):
        agree(general, J, J, None, None, (), WORLDS["exact"], relation="<=")


def test_a_deep_network_is_compared_near_its_ends() -> None:
    model = network(Fn("tanh", (z(l, k),)), squares(num(300)), depth=300)
    worlds = standard_worlds(model)
    assert len(worlds) == 2
    found = agree(model, Partial(J, w(l)), MatMul((delta(l), Transpose(a(PREVIOUS)))), l, layers(1, 300), (), worlds)
    assert found
    assert found.networks == 2
    assert not agree(model, delta(l), errors_of(NEXT), l, layers(1, 299), (), worlds)


def test_cost_and_output_may_be_any_pair() -> None:
    model = network(softmax(), squares(L))
    assert not agree(model, delta(L), sub(a(L), y()), None, layers(L, L), (), standard_worlds(model))


def test_every_layer_takes_part_where_it_is_asked_for() -> None:
    some = agree(general, delta(l, k), recursion, l, HIDDEN, K, WORLDS["exact"])
    every = agree(general, delta(l, k), recursion, l, HIDDEN, K, WORLDS["exact"], every_layer=True)
    units = sum(sum(net.widths[1 : net.depth]) for net in WORLDS["exact"])
    assert every.entries == units > some.entries


def test_rounding_is_decided_by_other_numbers_but_not_forgiven() -> None:
    worlds = standard_worlds(squared_error)
    rounded = Add((Add((J, num(10**6))), num(-(10**6))))
    assert not agree(squared_error, J, rounded, None, None, (), worlds)
    slightly = Mul((J, Add((ONE, num("1/10000000000")))))
    assert not agree(squared_error, J, slightly, None, None, (), worlds)
