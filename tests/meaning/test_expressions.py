"""Every node in index form and in array form against plain NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from derive.algebra.tree import (
    COLON,
    Add,
    Cases,
    Compare,
    Diag,
    Div,
    Elem,
    Expr,
    Fn,
    Hadamard,
    Kron,
    MatMul,
    MatProd,
    Mul,
    Ones,
    Partial,
    Pow,
    Prod,
    Ref,
    Sum,
    Sym,
    Transpose,
    num,
    sub,
)
from derive.meaning import ComplexStep, PrimeField, RangeError, ShapeError, UnknownName, Unsupported, World, world
from derive.meaning.complex_step import STEP
from tests.meaning.by_hand import Array
from tests.meaning.models import (
    HALF,
    KJ,
    NEXT,
    ONE,
    PREVIOUS,
    SIGMOID,
    J,
    K,
    L,
    N,
    Z,
    a,
    b,
    delta,
    general,
    i,
    j,
    k,
    l,
    n,
    network,
    p,
    q,
    s,
    squares,
    w,
    x,
    y,
    z,
)

WIDTHS = (4, 2, 5, 3)
AT = {l: 2}
NET = world(general, 3, 3, WIDTHS, ComplexStep())


def matrix(name: str, layer: int | None = None) -> Array:
    """The numbers of a member, columns as one axis."""
    found: Array = NET.base.fetch(name, layer)[0]
    return found


def value(expression: Expr, *axes: tuple[Sym, Expr]) -> Array:
    return NET.value(expression, AT, axes)


W2, A1, A2, Z2, B2 = matrix("w", 2), matrix("a", 1), matrix("a", 2), matrix("z", 2), matrix("b", 2)
(KN, JN), IN = KJ, (i, n(l))

INDEX: dict[str, tuple[Expr, tuple[tuple[Sym, Expr], ...], Array]] = {
    "axes in another order": (w(l, k, j), (JN, KN), W2.T),
    "a letter as a number": (Mul((k, b(l, k))), (KN,), np.arange(1, 6) * B2),
    "a width as a number": (Div(b(l, k), n(PREVIOUS)), (KN,), B2 / 2),
    "last layer and size letters": (Mul((L, b(l, num(1)))), (), 3 * B2[0]),
    "an entry by number": (w(l, num(3), j), (JN,), W2[2]),
    "a repeated letter": (w(l, j, j), (JN,), np.diag(W2[:2])),
    "Kronecker delta of letters": (Kron(i, k), (IN, KN), np.eye(5)),
    "Kronecker delta of layers": (Kron(l, num(2)), (), np.array(1.0)),
    "Kronecker delta contracted": (Sum(Mul((Kron(i, k), b(l, i))), i, ONE, n(l)), (KN,), B2),
    "a sum that leaves one out": (Sum(Mul((Compare("!=", i, k), b(l, i))), i, ONE, n(l)), (KN,), B2.sum() - B2),
    "a sum from the second on": (Sum(b(l, i), i, num(2), n(l)), (), B2[1:].sum()),
    "a shifted letter": (Sum(Mul((b(l, i), b(l, Add((i, ONE))))), i, ONE, num(4)), (), (B2[:4] * B2[1:]).sum()),
    "a sum whose body lacks the letter": (Sum(b(l, k), i, ONE, n(PREVIOUS)), (KN,), 2 * B2),
    "an empty sum": (Sum(b(l, i), i, num(2), ONE), (), np.array(0.0)),
    "a sum over layers": (Sum(Sum(b(q, i), i, ONE, n(q)), q, ONE, L), (), sum(matrix("b", m).sum() for m in (1, 2, 3))),
    "a product over layers": (Prod(b(q, ONE), q, ONE, L), (), np.prod([matrix("b", m)[0] for m in (1, 2, 3)])),
    "a product over units": (Prod(b(l, i), i, ONE, n(l)), (), B2.prod()),
    "an empty product": (Prod(b(q, ONE), q, num(3), num(2)), (), np.array(1.0)),
    "an inner letter hides an outer one": (
        Sum(Mul((b(l, k), b(l, k))), k, ONE, n(l)),
        (KN,),
        np.full(5, (B2**2).sum()),
    ),
    "cases": (Cases((b(l, k),), (Compare(">", b(l, k), num(0)),), num(0)), (KN,), np.maximum(B2, 0)),
    "comparison of letters": (Compare("<=", k, num(2)), (KN,), np.array([1, 1, 0, 0, 0])),
    "powers": (Add((Pow(b(l, k), num(3)), Pow(Pow(b(l, k), num(2)), HALF))), (KN,), B2**3 + abs(B2)),
    "a power by a size": (Pow(num(2), Mul((num(-1), L))), (), np.array(0.125)),
    "elementary functions": (Fn("exp", (Fn("sin", (b(l, k),)),)), (KN,), np.exp(np.sin(B2))),
    "abs, max and min": (
        Fn("max", (Fn("abs", (b(l, k),)), Fn("min", (num(1), HALF)))),
        (KN,),
        np.maximum(abs(B2), 0.5),
    ),
    "an entry of a product": (Elem(MatMul((w(l), a(PREVIOUS))), (k,)), (KN,), W2 @ A1),
    "an entry of a matrix": (Elem(MatMul((b(l), Transpose(b(l)))), (k, i)), (KN, IN), np.outer(B2, B2)),
    "a diagonal entry of a matrix": (Elem(MatMul((b(l), Transpose(b(l)))), (k, k)), (KN,), B2**2),
    "an entry of a row": (Elem(Transpose(b(l)), (k,)), (KN,), B2),
    "a derivative of an entry by itself": (Partial(z(l, i), z(l, k)), (IN, KN), np.eye(5)),
    "a derivative by the diagonal": (Partial(z(l, k), w(l, k, j)), (KN, JN), np.tile(A1, (5, 1))),
}

ARRAY: dict[str, tuple[Expr, Array]] = {
    "a column": (b(l), B2[:, None]),
    "a row": (Transpose(b(l)), B2[None]),
    "a matrix times a column": (MatMul((w(l), a(PREVIOUS))), (W2 @ A1)[:, None]),
    "a row times a column is a number": (MatMul((Transpose(b(l)), b(l))), np.array(B2 @ B2)),
    "a number times an array": (Mul((MatMul((Transpose(Ones(n(l))), b(l))), w(l))), B2.sum() * W2),
    "a row of a matrix": (w(l, num(2), COLON), W2[1:2]),
    "a column of a matrix": (w(l, COLON, num(2)), W2[:, 1:]),
    "elementwise": (Hadamard((b(l), Fn("exp", (b(l),)))), (B2 * np.exp(B2))[:, None]),
    "one minus an array": (sub(num(1), b(l)), 1 - B2[:, None]),
    "one over an array": (Div(num(1), b(l)), 1 / B2[:, None]),
    "an array over an array": (Div(a(l), b(l)), (A2 / B2)[:, None]),
    "a diagonal matrix": (Diag(b(l)), np.diag(B2)),
    "a product over layers": (MatProd(Transpose(w(q)), q, ONE, num(3)), matrix("w", 1).T @ W2.T @ matrix("w", 3).T),
    "an empty product over layers": (MatMul((MatProd(Transpose(w(q)), q, num(3), num(2)), b(l))), B2[:, None]),
    "norms and traces": (
        Add((Fn("sqnorm", (w(l),)), Fn("total", (b(l),)), Fn("trace", (Diag(b(l)),)))),
        np.array((W2**2).sum() + 2 * B2.sum()),
    ),
    "softmax of a column": (Fn("softmax", (b(l),)), (np.exp(B2) / np.exp(B2).sum())[:, None]),
    "a sum of outer products": (Sum(Mul((b(l, i), w(l))), i, ONE, n(l)), B2.sum() * W2),
}


@pytest.mark.parametrize("title", INDEX)
def test_index_form(title: str) -> None:
    expression, axes, expected = INDEX[title]
    got = value(expression, *axes)
    assert got.shape == np.shape(expected)
    assert np.allclose(got, expected, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("title", ARRAY)
def test_array_form(title: str) -> None:
    expression, expected = ARRAY[title]
    got = value(expression)
    assert got.shape == expected.shape
    assert np.allclose(got, expected, rtol=1e-13)


@pytest.mark.parametrize(
    "expression",
    [
        Add((b(l), num(1), J)),
        Mul((b(l), b(l))),
        Hadamard((b(l), a(PREVIOUS))),
        Hadamard((b(l), J)),
        Diag(w(l)),
        MatMul((b(l), b(l))),
        MatMul((w(l), w(l))),
        Fn("trace", (w(l),)),
        Fn("softmax", (w(l),)),
        w(l, k),
        Elem(w(l), (k,)),
        Div(J, b(l)),
        Sum(b(l), i, ONE, b(l)),
        Partial(J, w(l, k)),
        Kron(b(l), k),
        MatMul((J, w(l))),
        MatProd(w(q), q, ONE, L),
    ],
    ids=str,
)
def test_what_has_no_shape_is_refused(expression: Expr) -> None:
    with pytest.raises((ShapeError, UnknownName)):
        value(expression, KN)


@pytest.mark.parametrize(
    "expression",
    [
        b(l, num(6)),
        b(l, num(0)),
        Sum(b(l, i), i, ONE, num(6)),
        b(NEXT, k),
        Elem(b(l), (num(7),)),
        Sum(b(l, Add((i, ONE))), i, ONE, n(l)),
        Partial(J, b(l, num(6))),
        z(num(0), k),
        w(Add((l, num(2))), k, j),
        n(num(4)),
    ],
    ids=str,
)
def test_indices_out_of_range_are_refused(expression: Expr) -> None:
    with pytest.raises(RangeError):
        value(expression, KN, JN)


@pytest.mark.parametrize(
    "expression",
    [b(l, p), Ref("u", (l,)), Fn("g", (J,)), Fn("f", (b(l),)), Mul((p, J)), Kron(p, k), b(k), Ref("b"), p],
    ids=str,
)
def test_unknown_names_and_dangling_letters_are_refused(expression: Expr) -> None:
    with pytest.raises(UnknownName):
        value(expression, KN)


@pytest.mark.parametrize(
    "expression",
    [
        Partial(Partial(delta(l, k), b(l, k)), b(l, k)),
        Partial(Partial(Partial(J, b(l, k)), b(l, k)), b(l, k)),
        Partial(w(l), w(l)),
        Fn("C", (a(L), y()), (), 1),
        Partial(J, Mul((J, J))),
        Ref("b", (l,), (k,), Add((Sym("t"), num(-1)))),
    ],
    ids=str,
)
def test_what_is_not_supported_says_so(expression: Expr) -> None:
    with pytest.raises(Unsupported):
        value(expression, KN)


def test_second_derivatives_of_functions() -> None:
    logistic = network(Fn("sigmoid", (z(l, k),)), squares(L), (SIGMOID,))
    net = world(logistic, 1, 2, (2, 3, 4), ComplexStep())
    sigma = net.value(a(l, k), AT, K)
    slope = sigma * (1 - sigma)
    assert np.allclose(net.value(Fn("sigmoid", (z(l, k),), (), 2), AT, K), slope * (1 - 2 * sigma), atol=1e-13)
    moved = Partial(Fn("sigmoid", (z(l, k),), (), 1), z(l, k))
    assert np.allclose(net.value(moved, AT, K), slope * (1 - 2 * sigma), atol=1e-13)


@pytest.mark.parametrize("field", [ComplexStep(), PrimeField()], ids=["floats", "exact"])
def test_second_derivative_of_an_unknown_function_is_that_of_its_first(field: ComplexStep | PrimeField) -> None:
    net = world(general, 1, 3, WIDTHS, field)
    first = Fn("f", (z(l, k),), (l,), 1)
    left, right = net.value(Partial(first, z(l, k)), AT, K), net.value(Fn("f", (z(l, k),), (l,), 2), AT, K)
    assert np.allclose(left, right, rtol=1e-10)


def test_the_variable_of_a_formula() -> None:
    logistic = network(Fn("sigmoid", (z(l, k),)), squares(L), (SIGMOID,))
    net = world(logistic, 1, 2, (2, 3, 4), ComplexStep())
    sigma = Fn("sigmoid", (Z,))
    product = Mul((sigma, sub(ONE, sigma)))
    assert SIGMOID.body is not None
    expected = net.value(product)
    for found in (Fn("sigmoid", (Z,), (), 1), Partial(sigma, Z), Partial(SIGMOID.body, Z)):
        assert np.allclose(net.value(found), expected, rtol=1e-14)


def batch() -> World:
    cost = Mul((Div(HALF, N), Sum(Sum(Pow(a(L, i, s), num(2)), i, ONE, n(L)), s, ONE, N)))
    model = network(Fn("sigmoid", (z(l, k, s),)), cost, (SIGMOID,), batch=True)
    return world(model, 1, 2, (2, 5, 4), ComplexStep(), samples=3)


def test_batches_in_array_form() -> None:
    net = batch()
    columns = Add((MatMul((w(l), a(PREVIOUS))), MatMul((b(l), Transpose(Ones(N))))))
    assert np.allclose(net.value(columns, AT), net.value(z(l), AT))
    found = net.value(Fn("softmax", (z(l),)), AT)
    assert np.allclose(found.sum(axis=0), 1)
    assert np.allclose(net.value(Fn("softmax", (Transpose(z(l)),)), AT), found.T)
    assert np.allclose(net.value(z(l, COLON, s), AT, ((s, N),))[1], net.value(z(l), AT)[:, 1:2])
    assert np.allclose(
        net.value(Sum(MatMul((z(l, COLON, s), Transpose(x(COLON, s)))), s, ONE, N), AT),
        net.value(MatMul((z(l), Transpose(x()))), AT),
    )
    with pytest.raises(ShapeError):
        net.value(MatMul((Transpose(z(l)), Transpose(x()))), AT)


@pytest.mark.parametrize("at", [0.004, 0.05, 0.23, -0.1, 2.0])
@pytest.mark.parametrize("moved", [0, 1j * STEP])
def test_derivatives_beside_a_kink_do_not_look_across_it(at: float, moved: complex) -> None:
    field = ComplexStep()
    x = np.array([at]) + moved if moved else np.array([at])
    slope = field.derivative(lambda v: np.where(np.real(v) > 0, v * v, 0), x, 1)
    assert np.real(slope) == pytest.approx(max(2 * at, 0), rel=1e-9, abs=1e-12)
    assert np.imag(slope) / STEP == pytest.approx(2.0 * bool(moved) * (at > 0), rel=1e-6, abs=1e-6)
    second = field.derivative(lambda v: np.where(np.real(v) > 0, v * v, 0), x, 2)
    assert np.real(second) == pytest.approx(2.0 * (at > 0), rel=1e-6, abs=1e-6)
