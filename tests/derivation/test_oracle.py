"""The naive way as the oracle: expand the cost with SymPy, differentiate it by every parameter, compare the numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sympy

from derive.algebra.substitute import put
from derive.algebra.tree import Num, Partial, Ref, Sym, num
from derive.derivation.chapter import derive_chapter
from derive.derivation.steps import Chapter, Derivation, Section
from derive.meaning import World, world
from derive.spec import NetworkSpec, parse_network

SMOOTH = {
    "sigmoid": lambda z: 1 / (1 + sympy.exp(-z)),
    "tanh": sympy.tanh,
    "identity": lambda z: z,
}
ACTIVATIONS = ("sigmoid", "tanh", "sigmoid", "tanh", "identity", "sigmoid")


def section(chapter: Chapter, key: str) -> Section:
    return next(s for s in chapter.sections if s.key == key)


def derived(where: Section, name: str, layer: int, entries: dict[str, int], found: World) -> float:
    """The value of the derived right side for one member."""
    for d in where.derivations:
        if d.label.startswith(name) and "/three" not in d.label and _covers(d, layer):
            to = {Sym(k): num(v) for k, v in entries.items()}
            right = put(d.claim[1], to)
            letters = {d.layer: layer} if d.layer is not None else {}
            return float(found.value(right, letters))
    raise AssertionError(f"no {name} for layer {layer}")


def _covers(d: Derivation, layer: int) -> bool:
    return d.layers is None or layer in d.layers.members({})


def expanded_cost(widths: tuple[int, ...], activations: tuple[str, ...]) -> tuple[Any, dict[tuple[Any, ...], Any]]:
    """Half the squared error as one expression of all parameters, written out without any layers."""
    names: dict[tuple[Any, ...], Any] = {}

    def symbol(*key: Any) -> Any:
        return names.setdefault(key, sympy.Symbol("_".join(map(str, key)), real=True))

    a = [symbol("x", j) for j in range(1, widths[0] + 1)]
    for l, f in enumerate(activations, start=1):
        z = [
            sum(symbol("w", l, k, j) * a[j - 1] for j in range(1, widths[l - 1] + 1)) + symbol("b", l, k)
            for k in range(1, widths[l] + 1)
        ]
        a = [SMOOTH[f](u) for u in z]
    cost = sum((u - symbol("y", k)) ** 2 for k, u in enumerate(a, start=1)) / 2
    return cost, names


def numbers(names: dict[tuple[Any, ...], Any], leaf: Callable[..., float]) -> dict[Any, float]:
    return {symbol: leaf(*key) for key, symbol in names.items()}


@pytest.mark.parametrize("nodes", range(1, 7))
def test_chain_against_the_expanded_cost(nodes: int) -> None:
    activations = ACTIVATIONS[:nodes]
    text = "-".join(["1", *(f"1:{f}" for f in activations)])
    spec = parse_network(text, cost="half-squared-error")
    told = section(derive_chapter(spec), "scalar")
    found = world(told.model, seed=5)
    cost, names = expanded_cost(spec.widths or (), activations)

    def leaf(name: str, *key: int) -> float:
        return float(found.value(Ref(name, tuple(num(k) for k in key[:1]) if name in "wb" else ())))

    at = numbers(names, leaf)
    for l in range(1, nodes + 1):
        for name, key in (("gradient-W", ("w", l, 1, 1)), ("gradient-b", ("b", l, 1))):
            naive = float(sympy.diff(cost, names[key]).subs(at))
            assert derived(told, name, l, {}, found) == pytest.approx(naive, rel=1e-11, abs=1e-14)
    naive = float(sympy.diff(cost, names["x", 1]).subs(at))
    assert derived(told, "gradient-x", 1, {}, found) == pytest.approx(naive, rel=1e-11, abs=1e-14)


def test_two_three_one_against_the_expanded_cost() -> None:
    spec = parse_network("2-3:tanh-1:sigmoid", cost="half-squared-error")
    told = section(derive_chapter(spec), "index")
    found = world(told.model, seed=7)
    widths = (2, 3, 1)
    assert found.widths == widths
    cost, names = expanded_cost(widths, ("tanh", "sigmoid"))

    def leaf(name: str, *key: int) -> float:
        slots, entries = (key[:1], key[1:]) if name in "wb" else ((), key)
        return float(found.value(Ref(name, tuple(map(num, slots)), tuple(map(num, entries)))))

    at = numbers(names, leaf)
    for key, symbol in names.items():
        naive = float(sympy.diff(cost, symbol).subs(at))
        if key[0] == "w":
            _, l, k, j = key
            ours = derived(told, "gradient-W", l, {"k": k, "j": j}, found)
        elif key[0] == "b":
            ours = derived(told, "gradient-b", key[1], {"k": key[2]}, found)
        elif key[0] == "x":
            ours = derived(told, "gradient-x", 1, {"k": key[1]}, found)
        else:
            continue
        assert ours == pytest.approx(naive, rel=1e-11, abs=1e-14)


def test_general_network_reduces_to_the_chain() -> None:
    """With all widths 1 the index form of the general network says what the form without unit axes says."""
    chapter = derive_chapter(NetworkSpec("general"))
    wide, chain = section(chapter, "index"), section(chapter, "chain")
    thin = world(wide.model, seed=3, depth=3, widths=(1, 1, 1, 1))
    values = {name: {l: thin.value(Ref(name, (num(l),), None)).reshape(()) for l in (1, 2, 3)} for name in ("w", "b")}
    inputs = {name: thin.value(Ref(name, (), None)).reshape(()) for name in ("x", "y")}
    same = world(chain.model, seed=3, depth=3, widths=(1, 1, 1, 1), values={**values, **inputs})
    recursion = next(d for d in wide.derivations if d.label == "delta-hidden/index")
    scalar = next(d for d in chain.derivations if d.label == "delta-hidden-chain")
    assert recursion.layer is not None
    one = put(recursion.claim[1], {Sym("k"): num(1)})
    # the unknown functions are drawn separately, so what is compared is the factor that both share: W^T delta
    for l in (1, 2):
        letters = {recursion.layer: l}
        left = thin.value(put(one, {recursion.layer: num(l)}))
        delta = thin.value(Ref("delta", (num(l),), (num(1),)))
        assert left == delta
        assert same.value(scalar.claim[1], letters) == same.value(scalar.claim[0], letters)


def test_partial_of_a_number_needs_no_sum() -> None:
    told = section(derive_chapter(NetworkSpec("two-node", (1, 1, 1), ("sigmoid", "sigmoid"))), "scalar")
    d = next(d for d in told.derivations if d.label == "chain-w2")
    product = d.steps[0].after
    assert [type(f) for f in product.children] == [Partial] * 3
    assert d.claim[1].children == (Ref("delta", (Num(num(2).value),)), Ref("a", (num(1),)))
