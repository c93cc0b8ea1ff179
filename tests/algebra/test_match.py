"""Equality up to the names of bound letters, and matching: what is found, put in, gives the expression back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.algebra.match import alpha, match
from derive.algebra.substitute import put
from derive.algebra.tree import ONE, Add, Div, Expr, Fn, Mul, Ref, Sum, Sym, add, num
from tests.algebra.brute_force import LETTERS, Numbers, every, i, j, k, l, numbers_in_letters, p, q, ref, total

VALUES = Numbers(11)
m = Sym("m")


def member(offset: int, entry: Expr) -> Ref:
    return Ref("a", (add(l, num(offset)),), (entry,))


@given(tree=numbers_in_letters())
def test_alpha_keeps_the_value(tree: Expr) -> None:
    made = alpha(tree)
    assert alpha(made) == made
    assert made.symbols == tree.symbols
    for at in every(LETTERS, 2):
        try:
            wanted = VALUES.value(tree, at)
        except ZeroDivisionError:
            continue
        assert VALUES.value(made, at) == wanted


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (total(ref("a", i), i), total(ref("a", j), j)),
        (total(total(ref("w", i, j), j), i), total(total(ref("w", j, i), i), j)),
        (total(total(ref("a", i), i), i), total(total(ref("a", i), i), j)),
        (Div(total(ref("a", i), i), total(ref("a", i), i)), Div(total(ref("a", p), p), total(ref("a", q), q))),
    ],
    ids=["one sum", "two sums", "an inner letter hides an outer one", "side by side"],
)
def test_alpha_equal(one: Expr, two: Expr) -> None:
    assert one != two
    assert alpha(one) == alpha(two)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (total(total(ref("w", i, j), j), i), total(total(ref("w", j, i), j), i)),
        (total(ref("w", i, k), i), total(ref("w", i, j), i)),
        (total(ref("a", k), i), total(ref("a", i), i)),
        (Sum(ref("a", i), i, ONE, k), Sum(ref("a", i), i, ONE, j)),
    ],
    ids=["transposed", "another free letter", "free against bound", "another end"],
)
def test_not_alpha_equal(one: Expr, two: Expr) -> None:
    assert alpha(one) != alpha(two)


def values() -> st.SearchStrategy[Expr]:
    return st.sampled_from([i, j, k, p, num(2), ref("c")])


@settings(max_examples=60)
@given(pattern=numbers_in_letters(), found=st.fixed_dictionaries({i: values(), j: values(), k: values()}))
def test_what_was_put_in_is_found(pattern: Expr, found: dict[Sym, Expr]) -> None:
    pattern = put(put(pattern, {i: p, j: q, k: m}), {p: i, q: j, m: k})  # tidied, as everything is that put returns
    expr = put(pattern, found)
    letters = frozenset(LETTERS)
    values = match(pattern, expr, letters)
    assert values is not None
    assert alpha(put(pattern, values)) == alpha(expr)


@given(pattern=numbers_in_letters(), expr=numbers_in_letters())
def test_what_is_found_gives_the_expression(pattern: Expr, expr: Expr) -> None:
    values = match(pattern, expr, frozenset(LETTERS))
    if values is not None:
        assert alpha(put(pattern, values)) == alpha(expr)


LK = frozenset((l, k))


@pytest.mark.parametrize(
    ("pattern", "expr", "found"),
    [
        (member(0, k), member(0, j), {l: l, k: j}),
        (member(-1, k), member(0, j), {l: Add((l, ONE)), k: j}),
        (member(1, k), Ref("a", (num(3),), (j,)), {l: num(2), k: j}),
        (member(0, k), Ref("a", (Add((m, num(2))),), (num(1),)), {l: Add((m, num(2))), k: num(1)}),
        (member(1, k), Ref("a", (m,), (k,)), {l: Add((m, num(-1))), k: k}),
        (
            Mul((member(0, k), member(-1, k))),
            Mul((Ref("a", (m,), (j,)), Ref("a", (add(m, num(-1)),), (j,)))),
            {l: m, k: j},
        ),
        (Mul((member(0, k), member(-1, k))), Mul((Ref("a", (m,), (j,)), Ref("a", (m,), (j,)))), None),
        (Mul((member(0, k), member(0, k))), Mul((member(0, i), member(0, j))), None),
        (member(0, k), Ref("b", (l,), (j,)), None),
        (member(0, k), Ref("a", (l,), None), None),
        (member(0, k), Ref("a", (l,), (j,), Sym("t")), None),
        (Fn("f", (k,)), Fn("f", (j,), order=1), None),
        (total(ref("w", k, i), i), total(ref("w", j, p), p), {k: j}),
        (total(ref("w", k, i), i), total(ref("w", p, j), p), None),
        (total(ref("a", k), i), total(ref("a", i), i), None),
        (Sum(ref("a", i), i, ONE, k), total(ref("a", j), j), {k: Sym("n")}),
        (Add((k, ONE)), Mul((k, j)), None),
    ],
    ids=str,
)
def test_match(pattern: Expr, expr: Expr, found: dict[Sym, Expr] | None) -> None:
    assert match(pattern, expr, LK) == found
