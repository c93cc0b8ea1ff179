"""Small models written by hand in the house's names, apart from the product's own builder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from derive.algebra.layers import layers
from derive.algebra.tree import Add, Cases, Compare, Div, Expr, Fn, Mul, Pow, Ref, Sum, Sym, num, sub
from derive.model.model import Axis, Definition, Function, Model, Quantity

l, L, k, j, i, p, q, s, N, t = map(Sym, ("l", "L", "k", "j", "i", "p", "q", "s", "N", "t"))
J, Jhat, ETA = Ref("J"), Ref("Jhat"), Ref("eta")
ONE, HALF = num(1), num("1/2")
PREVIOUS, NEXT = Add((l, num(-1))), Add((l, ONE))
HIDDEN, INNER = layers(1, Add((L, num(-1)))), layers(1, L)


def ref(name: str, slot: Expr | None = None, *entries: Expr) -> Ref:
    """``ref('w', l, k, j)`` is an entry, ``ref('w', l)`` the matrix."""
    return Ref(name, () if slot is None else (slot,), entries or None)


def x(*entries: Expr) -> Ref:
    return ref("x", None, *entries)


def y(*entries: Expr) -> Ref:
    return ref("y", None, *entries)


def w(at: Expr, *entries: Expr) -> Ref:
    return ref("w", at, *entries)


def b(at: Expr, *entries: Expr) -> Ref:
    return ref("b", at, *entries)


def z(at: Expr, *entries: Expr) -> Ref:
    return ref("z", at, *entries)


def a(at: Expr, *entries: Expr) -> Ref:
    return ref("a", at, *entries)


def delta(at: Expr, *entries: Expr) -> Ref:
    return ref("delta", at, *entries)


def n(at: Expr) -> Ref:
    return Ref("n", (at,))


def unit(letter: Sym, at: Expr) -> Axis:
    return Axis("unit", letter, n(at))


SAMPLE = Axis("sample", s, N)


def quantities(last: Expr, samples: tuple[Axis, ...] = ()) -> dict[str, Quantity]:
    """x, y, w, b, z, a, delta, J; with ``samples`` over a batch of columns."""
    inner, every = layers(1, last), layers(0, last)
    rows = (
        Quantity("n", "size", "width", l, every),
        Quantity("eta", "hyper", "learning rate"),
        Quantity("x", "input", "input", axes=(unit(k, num(0)), *samples)),
        Quantity("y", "target", "target", axes=(unit(k, last), *samples)),
        Quantity("w", "parameter", "weights", l, inner, (unit(k, l), unit(j, PREVIOUS))),
        Quantity("b", "parameter", "biases", l, inner, (unit(k, l),)),
        Quantity("z", "intermediate", "pre-activations", l, inner, (unit(k, l), *samples)),
        Quantity("a", "intermediate", "activations", l, every, (unit(k, l), *samples)),
        Quantity("delta", "adjoint", "errors", l, inner, (unit(k, l), *samples)),
        Quantity("J", "objective", "cost"),
    )
    return {row.name: row for row in rows}


def network(
    activation: Expr, cost: Expr, functions: tuple[Function, ...] = (), depth: int | None = None, batch: bool = False
) -> Model:
    """Fully connected: ``activation`` over ``z[l; k]``, ``cost`` over ``a[L]``, y; without ``depth`` L is symbolic."""
    last: Expr = L if depth is None else num(depth)
    more = (s,) if batch else ()
    weighted = Sum(Mul((w(l, k, j), a(PREVIOUS, j, *more))), j, ONE, n(PREVIOUS))
    definitions = (
        Definition(a(num(0), k, *more), x(k, *more), "forward-input"),
        Definition(z(l, k, *more), Add((weighted, b(l, k))), "forward-z", layers(1, last)),
        Definition(a(l, k, *more), activation, "forward-a", layers(1, last)),
        Definition(J, cost, "cost"),
    )
    found = quantities(last, (SAMPLE,) if batch else ())
    named = {f.name: f for f in functions}
    fixed = None if depth is not None else L
    return Model(found, definitions, J, {"z": "delta"}, named, fixed, 1 if depth is None else depth)


def squares(last: Expr) -> Expr:
    """Half the squared error."""
    difference = sub(a(last, i), y(i))
    return Mul((HALF, Sum(Mul((difference, difference)), i, ONE, n(last))))


def cross_entropy(last: Expr) -> Expr:
    return Mul((num(-1), Sum(Mul((y(i), Fn("log", (a(last, i),)))), i, ONE, n(last))))


def softmax(*more: Expr) -> Expr:
    """Of the units of layer l."""
    return Div(Fn("exp", (z(l, k, *more),)), Sum(Fn("exp", (z(l, i, *more),)), i, ONE, n(l)))


def penalised(model: Model) -> Model:
    """``Jhat = J + lambda/2 sum of w^2``, of which delta is the adjoint."""
    squared = Sum(Sum(Sum(Pow(w(l, k, j), num(2)), j, ONE, n(PREVIOUS)), k, ONE, n(l)), l, ONE, L)
    strength = Quantity("lambda", "hyper", "penalty")
    quantities: Mapping[str, Quantity] = {
        **model.quantities,
        "lambda": strength,
        "Jhat": Quantity("Jhat", "objective", "cost with penalty"),
    }
    penalty = Definition(Jhat, Add((J, Mul((Div(Ref("lambda"), num(2)), squared)))), "cost-penalty")
    return replace(model, quantities=quantities, definitions=(*model.definitions, penalty), objective=Jhat)


def chain() -> Model:
    """Widths 1, no unit axes, any length; unknown functions and cost."""
    found = {name: replace(row, axes=()) for name, row in quantities(L).items() if name != "n"}
    zero = Ref("a", (num(0),))
    forward = Add((Mul((Ref("w", (l,)), Ref("a", (PREVIOUS,)))), Ref("b", (l,))))
    definitions = (
        Definition(zero, Ref("x"), "forward-input"),
        Definition(Ref("z", (l,)), forward, "forward-z", INNER),
        Definition(Ref("a", (l,)), Fn("sigmoid", (Ref("z", (l,)),)), "forward-a", INNER),
        Definition(J, Mul((HALF, Pow(sub(Ref("a", (L,)), Ref("y")), num(2)))), "cost"),
    )
    return Model(found, definitions, J, {"z": "delta"}, {"sigmoid": SIGMOID}, L)


Z = Sym("z")
SIGMOID = Function("sigmoid", "formula", body=Div(ONE, Add((ONE, Fn("exp", (Mul((num(-1), Z)),))))))
RELU = Function("relu", "formula", body=Cases((Z,), (Compare(">", Z, num(0)),), num(0)), kinks=(0.0,))
SQUARE = Function("square", "formula", body=Add((Pow(Z, num(2)), Z)))
F = Function("f", "unknown", per_layer=True)
COST = Function("C", "unknown cost")

general = network(Fn("f", (z(l, k),), (l,)), Fn("C", (a(L), y())), (F, COST))
squared_error = network(Fn("sigmoid", (z(l, k),)), squares(L), (SIGMOID,))
softmax_network = network(softmax(), cross_entropy(L))
relu_network = network(Fn("relu", (z(l, k),)), squares(L), (RELU,))

slope = Fn("f", (z(l, k),), (l,), 1)
slopes = Fn("f", (z(l),), (l,), 1)
recursion = Mul((slope, Sum(Mul((w(NEXT, p, k), delta(NEXT, p))), p, ONE, n(NEXT))))
K = ((k, n(l)),)
KJ = ((k, n(l)), (j, n(PREVIOUS)))
