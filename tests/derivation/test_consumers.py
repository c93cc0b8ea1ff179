"""Who uses a quantity, against a brute-force search through every layer of networks of every depth."""

from __future__ import annotations

from dataclasses import replace

import pytest

from derive.algebra.layers import LayerSet, Undecidable, layers
from derive.algebra.substitute import put
from derive.algebra.tree import ONE, Add, Binder, Expr, Fn, Mul, Pow, Ref, Sum, Sym, add, mul, num
from derive.derivation.consumers import ConsumerRule, Piece, pieces
from derive.model.build import Form, network_model
from derive.model.model import Definition, Model, Quantity
from derive.spec import NetworkSpec, parse_network

L, l, k, m = Sym("L"), Sym("l"), Sym("k"), Sym("m")
RULE = ConsumerRule()


def z(at: Expr) -> Ref:
    return Ref("z", (at,))


def a(at: Expr) -> Ref:
    return Ref("a", (at,))


def back(by: int) -> Expr:
    return add(l, num(-by))


def chain(*definitions: Definition, least: int = 1) -> Model:
    """Numbers z[1..L], a[0..L], w[1..L] and J; without unit axes."""
    rows = (
        Quantity("x", "input", "x"),
        Quantity("w", "parameter", "w", l, layers(1, L)),
        Quantity("z", "intermediate", "z", l, layers(1, L)),
        Quantity("a", "intermediate", "a", l, layers(0, L)),
        Quantity("J", "objective", "J"),
    )
    return Model({r.name: r for r in rows}, definitions, Ref("J"), {"z": "delta"}, last=L, least_layers=least)


INPUT = Definition(a(num(0)), Ref("x"), "forward-input", layers(0, 0))
PLAIN = Definition(z(l), mul(Ref("w", (l,)), a(back(1))), "forward-z", layers(1, L))
ACTIVATION = Definition(a(l), Fn("tanh", (z(l),)), "forward-a", layers(1, L))
COST = Definition(Ref("J"), Pow(a(L), num(2)), "cost")

MODELS: dict[str, Model] = {
    "plain": chain(INPUT, PLAIN, ACTIVATION, COST),
    "skip connection": chain(
        INPUT,
        PLAIN,
        replace(ACTIVATION, layers=layers(1, 1), head=a(num(1)), rhs=Fn("tanh", (z(num(1)),))),
        Definition(a(l), Add((Fn("tanh", (z(l),)), a(back(1)))), "forward-a-residual", layers(2, L)),
        COST,
        least=3,
    ),
    "skip over two layers": chain(
        INPUT,
        PLAIN,
        replace(ACTIVATION, layers=layers(1, 1), head=a(num(1)), rhs=Fn("tanh", (z(num(1)),))),
        Definition(a(l), Add((Fn("tanh", (z(l),)), a(back(2)))), "forward-a-residual", layers(2, L)),
        COST,
        least=4,
    ),
    "one offset twice": chain(INPUT, replace(PLAIN, rhs=mul(a(back(1)), a(back(1)), Ref("w", (l,)))), ACTIVATION, COST),
    "the cost sees the last layer and the first": chain(
        INPUT, PLAIN, ACTIVATION, replace(COST, rhs=Add((a(L), a(num(1))))), least=3
    ),
    "the cost sees three layers": chain(
        INPUT, PLAIN, ACTIVATION, replace(COST, rhs=Add((a(num(2)), a(L), a(num(0)), a(num(2))))), least=4
    ),
    "the cost sees every layer": chain(
        INPUT,
        PLAIN,
        ACTIVATION,
        replace(COST, rhs=Add((Pow(a(L), num(2)), Sum(Pow(a(m), num(2)), m, ONE, L)))),
        least=2,
    ),
    "the cost sees neighbours": chain(
        INPUT, PLAIN, ACTIVATION, replace(COST, rhs=Sum(mul(a(m), a(add(m, num(-1)))), m, num(2), L)), least=3
    ),
}


def users(model: Model, name: str, layer: int, depth: int) -> set[tuple[str, int | None]]:
    """(label, layer of the definition) of everything whose right side, written out, has the member."""
    found: set[tuple[str, int | None]] = set()
    for d in model.definitions:
        own = d.head.slots[0] if d.head.slots else None
        at: list[int | None] = [None]
        if d.layers is not None and isinstance(own, Sym) and own != L:
            at = list(d.layers.members({L: depth}))
        for number in at:
            rhs = d.rhs if number is None else put(d.rhs, {own: num(number)} if isinstance(own, Sym) else {})
            if Ref(name, (num(layer),)) in members(put(rhs, {L: num(depth)})):
                found.add((d.label, number))
    return found


def members(expr: Expr) -> set[Expr]:
    """All members that occur, sums over layers written out."""
    if isinstance(expr, Binder):
        values = [expr.low, expr.high]
        numbers = [int(v.value) for v in values]  # type: ignore[attr-defined]
        return set().union(*(members(put(expr.body, {expr.index: num(x)})) for x in range(numbers[0], numbers[1] + 1)))
    if isinstance(expr, Ref):
        return {expr}
    return set().union(*map(members, expr.children))


def told(found: list[Piece], layer: int, depth: int) -> set[tuple[str, int | None]]:
    """What the pieces say about one member."""
    mine = [p for p in found if p.layers is None or layer in p.layers.members({L: depth})]
    assert len(mine) <= 1, "a layer is in two pieces"
    return {(o.definition.label, None if o.ahead is None else layer + o.ahead) for p in mine for o in p.occurrences}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("quantity", ["a", "z", "w"])
def test_consumers(name: str, quantity: str) -> None:
    model = MODELS[name]
    found = pieces(model, model.quantities[quantity], RULE)
    for depth in range(model.least_layers, model.least_layers + 4):
        for layer in range(0 if quantity == "a" else 1, depth + 1):
            assert told(found, layer, depth) == users(model, quantity, layer, depth)


@pytest.mark.parametrize("name", MODELS)
def test_pieces_lead_backwards(name: str) -> None:
    """Ranges rise within a piece, pieces fall."""
    model = MODELS[name]
    for depth in range(model.least_layers + 1, model.least_layers + 3):
        found = [p.layers.members({L: depth}) for p in pieces(model, model.quantities["a"], RULE) if p.layers]
        assert all(part == sorted(set(part)) for part in found)
        tops = [part[-1] for part in found if part]
        assert tops == sorted(tops, reverse=True)


def test_the_recursion_has_its_range() -> None:
    model = MODELS["plain"]
    last, rest = pieces(model, model.quantities["a"], RULE)
    assert (str(last.layers), str(rest.layers)) == ("L", "0..L - 1")
    (use,) = rest.occurrences
    assert use.at(l) == (z(Add((l, ONE))), Mul((Ref("w", (Add((l, ONE)),)), a(l))))


def test_a_residual_sum_has_two_consumers() -> None:
    model = MODELS["skip connection"]
    found = {
        str(p.layers): [o.definition.label for o in p.occurrences] for p in pieces(model, model.quantities["a"], RULE)
    }
    assert found == {"L": ["cost"], "1..L - 1": ["forward-z", "forward-a-residual"], "0": ["forward-z"]}


def test_layers_that_depend_on_the_depth_are_not_guessed() -> None:
    """Layer 2 is the last one, an inner one or none: with L >= 1 nothing can be said."""
    seen = replace(COST, rhs=Add((a(L), a(num(2)))))
    with pytest.raises(Undecidable, match="depends on the number of layers"):
        pieces(chain(INPUT, PLAIN, ACTIVATION, seen), chain().quantities["a"], RULE)
    fine = chain(INPUT, PLAIN, ACTIVATION, seen, least=3)
    assert [str(p.layers) for p in pieces(fine, fine.quantities["a"], RULE)] == ["L", "0..1, 3..L - 1", "2"]


def test_the_nearest_sum_binds() -> None:
    inner = Sum(a(m), m, ONE, num(2))
    model = chain(INPUT, PLAIN, ACTIVATION, replace(COST, rhs=Sum(mul(z(m), inner), m, num(3), L)), least=4)
    cost = [o for o in RULE.occurrences(model, model.quantities["a"]) if o.definition.label == "cost"]
    assert [str(o.layers) for o in cost] == ["1..2"]


def test_penalty_is_a_second_consumer_of_the_weights() -> None:
    model = network_model(parse_network("3-4:tanh-2", penalty="l2=0.1"), Form(penalty=True))
    (piece,) = pieces(model, model.quantities["w"], RULE)
    assert [o.definition.label for o in piece.occurrences] == ["forward-z", "cost-penalty"]
    assert [o.ahead for o in piece.occurrences] == [0, None]
    assert piece.layers == layers(1, 2)


def test_quantities_without_layers_and_without_users() -> None:
    model = network_model(NetworkSpec("general"), Form(samples="columns"))
    (piece,) = pieces(model, model.quantities["C"], RULE)
    assert piece.layers is None
    assert [o.definition.label for o in piece.occurrences] == ["cost"]
    assert pieces(model, model.quantities["J"], RULE) == []
    unused = pieces(chain(INPUT, PLAIN), chain().quantities["w"], RULE)
    assert [p.layers for p in unused] == [LayerSet(layers(1, L).ranges)]
