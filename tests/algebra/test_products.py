"""Expanding, collecting and gathering keep the value: random numbers in index form, every sum written out."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given

from derive.algebra.factor import gather, size
from derive.algebra.products import Product, canonical, collect, expand, gathered, rebuild, same, terms
from derive.algebra.tree import ONE, ZERO, Add, Div, Expr, Kron, Mul, Pow, Sum, num, sub
from tests.algebra.brute_force import LETTERS, N, Numbers, every, i, j, k, n, numbers_in_letters, p, q, ref, total

VALUES = Numbers(5)
a, b, c, y = ref("a", k), ref("b", k), ref("c"), ref("y", k)


def values(tree: Expr) -> list[Fraction] | None:
    """At all values of the free letters up to 2; None where something is divided by zero."""
    try:
        return [VALUES.value(tree, at) for at in every(LETTERS, 2)]
    except ZeroDivisionError:
        return None


@given(tree=numbers_in_letters())
def test_rewriting_keeps_the_value(tree: Expr) -> None:
    wanted = values(tree)
    parts = terms(tree)
    if wanted is None:
        return
    assert values(expand(tree)) == wanted
    assert values(gather(parts)) == wanted
    assert values(gather(collect(parts))) == wanted
    assert values(Add((ZERO, ZERO, *map(rebuild, parts)))) == wanted


@given(tree=numbers_in_letters())
def test_letters_of_sums_occur_nowhere_else(tree: Expr) -> None:
    for part in terms(tree):
        bound = [v for v, _, _ in part.limits]
        assert len(set(bound)) == len(bound)
        rebuilt = rebuild(part)
        assert not rebuilt.symbols & set(bound)
        assert rebuilt.symbols <= tree.symbols


@given(one=numbers_in_letters(), two=numbers_in_letters())
def test_what_is_called_the_same_has_the_same_value(one: Expr, two: Expr) -> None:
    left, right = values(one), values(two)
    if left is not None and right is not None and same(one, two):
        assert left == right


@given(one=numbers_in_letters(), two=numbers_in_letters())
def test_order_does_not_matter_to_sameness(one: Expr, two: Expr) -> None:
    assert same(Mul((one, two)), Mul((two, one)))
    assert same(Add((one, two)), Add((two, one)))
    assert same(Mul((one, Add((one, two)))), Add((Mul((one, one)), Mul((two, one)))))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (total(ref("a", i), i), total(ref("a", j), j)),
        (Mul((total(ref("a", i), i), ref("a", i))), total(Mul((ref("a", i), ref("a", p))), p)),
        (Pow(total(ref("a", i), i), num(2)), total(total(Mul((ref("a", p), ref("a", q))), q), p)),
        (Div(a, a), ONE),
        (Div(Mul((sub(ONE, a), y)), sub(ONE, a)), y),
        (Pow(a, ZERO), ONE),
        (Mul((Kron(i, k), Kron(i, k))), Kron(i, k)),
        (Div(y, Div(a, Add((b, c)))), Div(Add((Mul((y, b)), Mul((y, c)))), a)),
        (total(total(ref("w", i, j), j), i), total(total(ref("w", i, j), i), j)),
    ],
    ids=str,
)
def test_same(one: Expr, two: Expr) -> None:
    assert same(one, two)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (total(ref("w", i, k), i), total(ref("w", k, i), i)),
        (total(ref("a", i), i), Sum(ref("a", i), i, num(2), n)),
        (Mul((total(ref("b", i), i), ref("a", i))), total(Mul((ref("b", i), ref("a", i))), i)),
        (Pow(total(ref("a", i), i), num(2)), total(Pow(ref("a", i), num(2)), i)),
        (Div(ONE, sub(ONE, a)), sub(ONE, a)),
        (a, b),
    ],
    ids=str,
)
def test_not_the_same(one: Expr, two: Expr) -> None:
    assert not same(one, two)
    assert values(one) != values(two)


def test_a_free_letter_behind_a_sum_is_not_captured() -> None:
    done = expand(Mul((total(ref("b", i), i), ref("a", i))))
    assert i in done.symbols
    assert VALUES.value(done, {i: Fraction(2)}) == VALUES.value(ref("a", i), {i: Fraction(2)}) * sum(
        VALUES.value(ref("b", i), {i: Fraction(m)}) for m in (1, 2)
    )


def test_collecting_adds_and_cancels() -> None:
    parts = terms(Add((a, b, Mul((num(2), a)), Mul((num(-1), b)))))
    assert collect(parts) == [Product(Fraction(3), ((a, 1),))]
    assert expand(sub(a, a)) == ZERO


def test_powers_are_gathered_at_the_place_of_the_first() -> None:
    assert gathered([(a, 1), (b, 2), (a, 2), (b, -2)]) == ((a, 3),)
    assert gathered([(Kron(i, k), 1), (Kron(i, k), 1)]) == ((Kron(i, k), 1),)


def test_canonical_form_forgets_names_and_order() -> None:
    (one,) = terms(total(total(Mul((ref("w", i, j), ref("a", j))), j), i))
    (two,) = terms(total(total(Mul((ref("a", p), ref("w", q, p))), q), p))
    (other,) = terms(total(total(Mul((ref("a", p), ref("w", p, q))), q), p))
    assert canonical(one) == canonical(two)
    assert canonical(one) != canonical(other)


# ---------------------------------------------------------------- how it reads


@pytest.mark.parametrize(
    ("tree", "written"),
    [
        (Add((Div(a, N), Mul((num(-1), Div(y, N))))), Mul((Div(ONE, N), sub(a, y)))),
        (
            sub(Div(ONE, sub(ONE, a)), Div(y, sub(ONE, a))),
            Mul((Div(ONE, sub(ONE, a)), sub(ONE, y))),
        ),
        (sub(Mul((num(2), a)), Mul((num(2), y))), Mul((num(2), sub(a, y)))),
        (sub(Mul((num(-1), y)), Mul((num(-1), a))), sub(a, y)),
        (Add((Mul((Pow(a, num(2)), y, b)), Mul((a, y, c)))), Mul((a, y, Add((Mul((a, b)), c))))),
    ],
    ids=["shared size", "shared denominator", "shared number", "plus first", "the lower power is shared"],
)
def test_gather_writes_what_is_shared_in_front(tree: Expr, written: Expr) -> None:
    made = gather(terms(tree))
    assert values(made) == values(tree)
    assert made == written


def test_gather_is_not_longer_than_the_plain_sum() -> None:
    tree = Add((Mul((a, b)), Mul((a, c))))
    assert size(gather(terms(tree))) <= size(tree)
    assert size(Mul((a, b))) == 5


def test_letter_of_a_sum_is_no_common_factor() -> None:
    """a_i under the sum and a_i outside are different things."""
    tree = Add((Mul((ref("a", i), c)), total(Mul((ref("a", i), c)), i)))
    assert values(gather(terms(tree))) == values(tree)
