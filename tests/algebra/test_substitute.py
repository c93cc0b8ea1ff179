"""Substitution against evaluation: putting values in and evaluating is evaluating at the values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.algebra.substitute import POOL, at, fresh, put, replace
from derive.algebra.tree import ONE, Add, Expr, Kron, Mul, Partial, Ref, Sum, Sym, add, num
from tests.algebra.brute_force import LETTERS, Numbers, every, i, j, k, l, n, numbers_in_letters, p, ref, total

VALUES = Numbers(3)


def arrivals() -> st.SearchStrategy[Expr]:
    return st.sampled_from([i, j, k, p, num(2)])


@given(tree=numbers_in_letters(), values=st.dictionaries(st.sampled_from(LETTERS), arrivals()))
def test_put_is_evaluation_elsewhere(tree: Expr, values: dict[Sym, Expr]) -> None:
    """Under sums whose letters clash with what arrives."""
    done = put(tree, values)
    for here in every([i, j, k, p], 2):
        there = {**here, **{s: VALUES.value(v, here) for s, v in values.items()}}
        try:
            wanted = VALUES.value(tree, there)
        except ZeroDivisionError:
            continue
        assert VALUES.value(done, here) == wanted


def test_a_letter_that_arrives_is_not_captured() -> None:
    inner = total(Mul((ref("w", k, i), ref("a", i))), i)
    done = put(inner, {k: i})
    assert isinstance(done, Sum)
    assert done.index != i
    assert done == total(Mul((ref("w", i, done.index), ref("a", done.index))), done.index)


def test_a_new_letter_is_not_captured_further_in() -> None:
    """The bound letter's new name meets a sum inside that has it already."""
    tree = total(total(Mul((ref("w", i, p), ref("a", k))), p), i)
    assert fresh([i]) == p
    done = put(tree, {k: i})
    for here in every([i, k]):
        assert VALUES.value(done, here) == VALUES.value(tree, {k: here[i]})


def test_values_go_in_at_once() -> None:
    assert put(ref("w", i, j), {i: j, j: i}) == ref("w", j, i)


def test_bound_letters_and_ends_of_ranges() -> None:
    assert put(Sum(ref("a", i), i, ONE, i), {i: num(3)}) == Sum(ref("a", i), i, ONE, num(3))
    assert put(total(ref("a", i), i), {i: k}) == total(ref("a", i), i)


def test_positions_keep_one_form() -> None:
    after = Ref("w", (Add((l, ONE)),), (k, j))
    assert put(after, {l: Add((l, num(-1)))}) == Ref("w", (l,), (k, j))
    assert put(after, {l: num(2)}) == Ref("w", (num(3),), (k, j))
    assert at(after, {l: add(l, ONE)}) == Ref("w", (Add((l, num(2))),), (k, j))


def test_nothing_to_put_in_is_the_same_node() -> None:
    tree = total(Mul((ref("w", k, i), ref("a", i))), i)
    assert put(tree, {j: k, i: k, k: k}) is tree


def test_fresh_letters() -> None:
    assert fresh([], "p", "q") == p
    assert fresh([p], "p", "q") == Sym("q")
    assert fresh([Sym(name) for name in POOL]) == Sym("i_1")
    assert fresh([Sym(name) for name in (*POOL, "i_1")], "i") == Sym("i_2")


def test_replace_stops_at_a_binder_of_its_letter() -> None:
    bound = total(ref("a", i), i)
    tree = Mul((ref("a", i), bound))
    assert replace(tree, ref("a", i), ref("c")) == Mul((ref("c"), bound))
    assert replace(tree, bound, ref("c")) == Mul((ref("a", i), ref("c")))
    assert replace(total(ref("a", k), i), ref("a", k), ref("c")) == total(ref("c"), i)


@pytest.mark.parametrize("letter", LETTERS)
def test_put_reaches_every_child(letter: Sym) -> None:
    tree = Partial(Ref("z", (letter,), (letter,), letter), Kron(letter, n))
    done = put(tree, {letter: p})
    assert letter not in done.symbols
    assert done.rebuild(done.children).symbols == {p, n}
