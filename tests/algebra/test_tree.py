"""The tree: equality is structure, nothing evaluates, bound letters are not free."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import pytest
from hypothesis import given

from derive.algebra.tree import (
    COLON,
    MINUS_ONE,
    ONE,
    ZERO,
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
    Num,
    Ones,
    Partial,
    Pow,
    Prod,
    Ref,
    Sum,
    Sym,
    Transpose,
    add,
    mul,
    neg,
    num,
    sub,
)
from tests.algebra.brute_force import LETTERS, Numbers, every, i, j, k, l, n, numbers_in_letters, ref, total

a, b = ref("a", k), ref("b", k)
NODES: tuple[Expr, ...] = (
    num(2),
    Sym("z"),
    Ref("w", (l,), (k, j), Sym("t")),
    Ref("w", (l,), None),
    Add((a, b)),
    Mul((a, b)),
    Div(a, b),
    Pow(a, num(2)),
    total(ref("a", i), i),
    Prod(ref("a", i), i, ONE, n),
    MatProd(Ref("w", (i,), None), i, ONE, n),
    Kron(i, k),
    Compare("<", a, b),
    Cases((a, b), (Compare("<", a, b), Kron(i, k)), ZERO),
    Fn("f", (a,), (l,), 1),
    Partial(a, b),
    Elem(MatMul((a, b)), (i, k)),
    MatMul((a, b)),
    Hadamard((a, b)),
    Transpose(a),
    Diag(a),
    Ones(n),
)


@pytest.mark.parametrize("tree", NODES, ids=lambda e: type(e).__name__)
def test_a_node_is_made_again_from_its_children(tree: Expr) -> None:
    again = tree.rebuild(tree.children)
    assert again == tree
    assert hash(again) == hash(tree)
    assert tree.map(lambda child: child) is tree


@pytest.mark.parametrize("tree", [t for t in NODES if t.children], ids=lambda e: type(e).__name__)
def test_a_changed_child_makes_another_node(tree: Expr) -> None:
    for place in range(len(tree.children)):
        children = list(tree.children)
        children[place] = Sym("other")
        changed = tree.rebuild(tuple(children))
        assert changed != tree
        assert type(changed) is type(tree)
        assert list(changed.children) == children


@pytest.mark.parametrize("tree", NODES, ids=lambda e: type(e).__name__)
def test_nodes_do_not_change(tree: Expr) -> None:
    name = dataclasses.fields(tree)[0].name  # type: ignore[arg-type]
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(tree, name, None)


def test_equality_is_structure() -> None:
    assert Add((a, b)) != Add((b, a))
    kinds: list[Expr] = [Mul((a, b)), Hadamard((a, b)), MatMul((a, b)), Sum(a, i, ONE, n), Prod(a, i, ONE, n)]
    assert all(kinds[x] != kinds[y] for x in range(5) for y in range(x))
    assert Sum(ref("a", i), i, ONE, n) != Sum(ref("a", j), j, ONE, n)
    assert Ref("a", (), ()) != Ref("a", (), None)
    assert Ref("a", (k,), ()) != Ref("a", (), (k,))
    assert Fn("f", (a,)) != Fn("f", (a,), order=1)
    assert len({*NODES, *NODES}) == len(NODES)


def test_a_bound_letter_is_not_free() -> None:
    assert total(Mul((ref("w", k, i), ref("a", i))), i).symbols == {k, n}
    assert Sum(ref("a", i), i, ONE, i).symbols == {i}  # the end of the range stands outside
    assert Mul((ref("a", i), total(ref("a", i), i))).symbols == {i, n}
    assert Ref("w", (Add((l, ONE)),), (k, COLON), Sym("t")).symbols == {l, k, COLON, Sym("t")}


@given(tree=numbers_in_letters())
def test_symbols_are_those_that_the_value_needs(tree: Expr) -> None:
    """Free letters that are not listed are not missed."""
    values = Numbers(1)
    listed = [s for s in LETTERS if s in tree.symbols]
    for at in every(listed, 1):
        try:
            values.value(tree, at)
        except ZeroDivisionError:
            return


def test_walk_visits_parents_first() -> None:
    tree = Mul((ref("a", k), Add((b, ONE))))
    assert list(tree.walk()) == [tree, ref("a", k), k, Add((b, ONE)), b, k, ONE]


def test_constructors_tidy_numbers_only() -> None:
    assert add(a, add(num(2), b), num(3)) == Add((a, num(5), b))
    assert add(a, ZERO) == a
    assert add(num(2), num(-2)) == ZERO
    assert add() == ZERO
    assert mul(a, num(2), mul(b, num(3))) == Mul((num(6), a, b))
    assert mul(a, ZERO) == ZERO
    assert mul(ONE, a) == a
    assert mul() == ONE
    assert mul(num(2), num("1/2")) == ONE
    assert sub(a, b) == Add((a, Mul((MINUS_ONE, b))))
    assert sub(a, a) != ZERO
    assert neg(neg(a)) == a
    assert num("0.1") == Num(Fraction(1, 10))
