"""Recognising a definition in an expression: only where all its factors stand."""

from __future__ import annotations

import pytest

from derive.algebra.layers import layers
from derive.algebra.products import Product, rebuild, terms
from derive.algebra.tree import ONE, Add, Div, Expr, Fn, Mul, Pow, Ref, Sum, Sym, add, mul, num
from derive.derivation.fold import fold
from derive.model.build import Form, network_model
from derive.model.model import Definition, Model, Quantity
from derive.spec import parse_network

k, i, p, j, l = map(Sym, "kipjl")
SOFTMAX = network_model(parse_network("3-4:softmax-2:softmax"), Form())
"""a[l;k] := exp(z[l;k]) / sum_i exp(z[l;i]) in the layers 1 and 2."""


def e(layer: Expr, unit: Expr) -> Expr:
    return Fn("exp", (Ref("z", (layer,), (unit,)),))


def total(layer: Expr, letter: Sym = p) -> Expr:
    return Sum(e(layer, letter), letter, ONE, Ref("n", (layer,)))


def a(layer: Expr, unit: Expr) -> Ref:
    return Ref("a", (layer,), (unit,))


def folded(expr: Expr, model: Model = SOFTMAX) -> tuple[Expr, str | None]:
    parts, used = fold(terms(expr), model)
    return add(*map(rebuild, parts)), used.label if used else None


@pytest.mark.parametrize(
    ("expr", "wanted"),
    [
        (Div(e(l, k), total(l)), a(l, k)),
        (Div(e(l, j), total(l, i)), a(l, j)),
        (Div(e(num(2), k), total(num(2))), a(num(2), k)),
        (Div(e(add(l, ONE), k), total(add(l, ONE))), a(add(l, ONE), k)),
        (Div(mul(e(l, j), e(l, k)), mul(total(l), total(l, i))), mul(a(l, j), a(l, k))),
        (mul(Ref("y", (), (k,)), Div(e(l, k), total(l))), mul(Ref("y", (), (k,)), a(l, k))),
        (Mul((num(-2), Div(e(l, k), total(l)))), Mul((num(-2), a(l, k)))),
        (Div(mul(e(l, k), e(l, k)), mul(total(l), total(l))), mul(a(l, k), a(l, k))),
    ],
    ids=[
        "itself",
        "another letter",
        "a fixed layer",
        "the next layer",
        "two of them",
        "beside y",
        "a number",
        "a square",
    ],
)
def test_folded(expr: Expr, wanted: Expr) -> None:
    made, label = folded(expr)
    assert terms(made) == terms(wanted)
    assert label == "forward-a"


@pytest.mark.parametrize(
    "expr",
    [
        e(l, k),
        Div(ONE, total(l)),
        Div(e(l, k), total(add(l, ONE))),
        Div(e(l, k), mul(Ref("c"), Ref("n", (l,)))),
        Div(total(l), e(l, k)),
        Div(e(l, k), Sum(e(l, p), p, num(2), Ref("n", (l,)))),
        mul(e(l, k), total(l)),
    ],
    ids=[
        "the numerator alone",
        "the denominator alone",
        "the sum of another layer",
        "other sizes",
        "upside down",
        "a sum that leaves one out",
        "a product",
    ],
)
def test_not_folded(expr: Expr) -> None:
    assert folded(expr) == (add(*map(rebuild, terms(expr))), None)


def test_half_of_a_product_is_folded() -> None:
    """e_j e_k / (sum): one factor finds its sum."""
    made, label = folded(Div(mul(e(l, j), e(l, k)), total(l)))
    assert label == "forward-a"
    assert made in (Mul((a(l, j), e(l, k))), Mul((e(l, j), a(l, k))))


def test_each_term_on_its_own() -> None:
    made, _ = folded(Add((Div(e(l, k), total(l)), Mul((num(-1), e(l, j))))))
    assert made == Add((a(l, k), Mul((num(-1), e(l, j)))))


def test_a_definition_of_one_factor_is_not_a_pattern() -> None:
    """a := x, a := f(z) and z := w a + b are never put back by themselves."""
    model = network_model(parse_network("3-4:tanh-2"), Form())
    expr = mul(Fn("tanh", (Ref("z", (l,), (k,)),)), Ref("x", (), (k,)), Ref("z", (num(2),), (k,)))
    assert folded(expr, model) == (expr, None)


def test_a_product_that_is_a_definition() -> None:
    rows = (Quantity("u", "input", "u"), Quantity("v", "input", "v"), Quantity("h", "intermediate", "h"))
    h = Definition(Ref("h"), mul(Ref("u"), Ref("v")), "h", layers(1, 1))
    model = Model({r.name: r for r in rows}, (h,), Ref("h"), {})
    parts, used = fold([Product(num(3).value, ((Ref("v"), 1), (Ref("u"), 2)))], model)
    assert used is h
    assert rebuild(parts[0]) in (mul(num(3), Ref("u"), Ref("h")), mul(num(3), Ref("h"), Ref("u")))


@pytest.mark.parametrize(("powers", "found"), [((1, 2), True), ((1, 3), True), ((1, 1), False), ((1, -2), False)])
def test_powers_must_be_there_in_full(powers: tuple[int, int], found: bool) -> None:
    """h := v u^2 stands in v u^3 and not in v u."""
    rows = (Quantity("u", "input", "u"), Quantity("v", "input", "v"), Quantity("h", "intermediate", "h"))
    h = Definition(Ref("h"), mul(Ref("v"), Pow(Ref("u"), num(2))), "h")
    model = Model({r.name: r for r in rows}, (h,), Ref("h"), {})
    (part,), used = fold([Product(ONE.value, ((Ref("v"), powers[0]), (Ref("u"), powers[1])))], model)
    assert (used is h) == found
    assert ((Ref("h"), 1) in part.powers) == found
    left = dict(part.powers).get(Ref("u"), 0)
    assert left == powers[1] - 2 * found
