"""Small models written by hand, in the house's names."""

from __future__ import annotations

from derive.algebra.layers import LayerSet, layers
from derive.algebra.tree import (
    Add,
    Expr,
    Fn,
    Mul,
    Num,
    Ref,
    Sum,
    Sym,
    num,
)
from derive.model.model import Axis, Definition, Function, Model, Quantity

l, L, k, j, i, p, s, N = map(Sym, ("l", "L", "k", "j", "i", "p", "s", "N"))


def n(at: Expr) -> Expr:
    return Ref("n", (at,))


def unit(letter: Sym, at: Expr) -> Axis:
    return Axis("unit", letter, n(at))


def before(at: Expr) -> Expr:
    return Add((at, num(-1)))


def after(at: Expr) -> Expr:
    return Add((at, num(1)))


def w(at: Expr, *entries: Expr) -> Ref:
    return Ref("w", (at,), entries or None)


def member(name: str):
    def make(at: Expr, *entries: Expr) -> Ref:
        return Ref(name, (at,), entries or None)

    return make


b, z, a, delta = map(member, ("b", "z", "a", "delta"))
J = Ref("J")
half = Num(num("1/2").value)


def x(*entries: Expr) -> Ref:
    return Ref("x", (), entries or None)


def y(*entries: Expr) -> Ref:
    return Ref("y", (), entries or None)


def quantities(last: Expr = L, extra: tuple[Quantity, ...] = ()) -> dict[str, Quantity]:
    inner, all_layers = layers(1, last), layers(0, last)
    found = (
        Quantity("n", "size", "width", l, all_layers),
        Quantity("x", "input", "input", axes=(unit(k, num(0)),)),
        Quantity("y", "target", "target", axes=(unit(k, last),)),
        Quantity("w", "parameter", "weights", l, inner, (unit(k, l), unit(j, before(l)))),
        Quantity("b", "parameter", "biases", l, inner, (unit(k, l),)),
        Quantity("z", "intermediate", "pre-activations", l, inner, (unit(k, l),)),
        Quantity("a", "intermediate", "activations", l, all_layers, (unit(k, l),)),
        Quantity("delta", "adjoint", "errors", l, inner, (unit(k, l),)),
        Quantity("J", "objective", "cost"),
        *extra,
    )
    return {q.name: q for q in found}


def weighted(at: Expr) -> Expr:
    return Add((Sum(Mul((w(at, k, j), a(before(at), j))), j, num(1), n(before(at))), b(at, k)))


def forward(activation: Expr, last: Expr = L) -> tuple[Definition, ...]:
    inner = layers(1, last)
    return (
        Definition(a(num(0), k), x(k), "forward-input"),
        Definition(z(l, k), weighted(l), "forward-z", inner),
        Definition(a(l, k), activation, "forward-a", inner),
    )


def network(activation: Expr, cost: Expr, functions: tuple[Function, ...] = (), **more) -> Model:
    last = more.get("last", L) or num(more["least_layers"])
    return Model(
        quantities(last, more.pop("extra", ())),
        (*forward(activation, last), Definition(J, cost, "cost"), *more.pop("definitions", ())),
        more.pop("objective", J),
        {"z": "delta"},
        {f.name: f for f in functions},
        **{"last": L, **more},
    )


F = Function("f", "unknown", per_layer=True)
COST = Function("C", "unknown cost")
squares = Sum(Mul((half, Add((a(L, i), Mul((num(-1), y(i))))), Add((a(L, i), Mul((num(-1), y(i))))))), i, num(1), n(L))
general = network(Fn("f", (z(l, k),), (l,)), Fn("C", (a(L), y())), (F, COST))

f1 = Fn("f", (z(l, k),), (l,), 1)
recursion = Mul((f1, Sum(Mul((w(after(l), p, k), delta(after(l), p))), p, num(1), n(after(l)))))
hidden: LayerSet = layers(1, Add((L, num(-1))))
