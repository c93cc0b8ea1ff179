"""Contraction of Kronecker deltas against sums that are written out."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from derive.algebra.contract import contract, contract_one, solve
from derive.algebra.products import Product, rebuild, terms
from derive.algebra.tree import ONE, ZERO, Add, Expr, Kron, Mul, Ref, Sum, Sym, num
from tests.algebra.brute_force import LETTERS, Numbers, every, i, j, k, l, n, numbers_in_letters, p, q, ref, total

VALUES = Numbers(7)


def summed(parts: list[Product]) -> Expr:
    return Add((ZERO, *map(rebuild, parts)))


@given(tree=numbers_in_letters(), data=st.data())
def test_contraction_keeps_the_value(tree: Expr, data: st.DataObject) -> None:
    """Every letter runs over the same range, as the units of one layer do."""
    letter, other = data.draw(st.permutations(LETTERS))[:2]
    delta = data.draw(st.sampled_from([Kron(letter, other), Kron(other, letter)]))
    whole = total(Mul((delta, tree)), letter)
    parts = terms(whole)
    done, log = contract(parts)
    assume(all(isinstance(high, Sym) for part in parts for _, _, high in part.limits))
    try:
        for at in every(LETTERS):
            assert VALUES.value(summed(done), at) == VALUES.value(whole, at)
    except ZeroDivisionError:
        return
    assert bool(log) == any(contract_one(part) is not None for part in parts)


@given(tree=numbers_in_letters())
def test_no_delta_against_a_bound_letter_is_left(tree: Expr) -> None:
    done, _ = contract(terms(tree))
    for part in done:
        bound = {v for v, _, _ in part.limits}
        assert not any(isinstance(b, Kron) and b.left != b.right and b.symbols & bound for b, _ in part.powers)


def test_one_term_is_left() -> None:
    (part,) = terms(total(Mul((Kron(i, k), ref("w", i, j))), i))
    done, log = contract([part])
    assert [rebuild(d) for d in done] == [ref("w", k, j)]
    assert log == [(i, k)]


@pytest.mark.parametrize(("low", "high"), [(num(2), n), (ONE, Add((n, num(-1))))], ids=["later", "earlier"])
def test_a_sum_that_leaves_an_end_out_has_no_term_for_every_entry(low: Expr, high: Expr) -> None:
    tree = Sum(Mul((Kron(i, k), ref("w", i, j))), i, low, high)
    done, log = contract(terms(tree))
    assert log == []
    for at in every(LETTERS):
        assert VALUES.value(summed(done), at) == VALUES.value(tree, at)


@pytest.mark.parametrize(("low", "high"), [(num(2), n), (ONE, Add((n, num(-1))))], ids=["later", "earlier"])
def test_two_sums_that_leave_the_same_end_out(low: Expr, high: Expr) -> None:
    inner = Sum(Mul((Kron(p, q), ref("w", p, j))), p, low, high)
    (done,), log = contract(terms(Sum(inner, q, low, high)))
    assert len(log) == 1
    for at in every(LETTERS):
        assert VALUES.value(rebuild(done), at) == VALUES.value(Sum(inner, q, low, high), at)


def test_deltas_one_after_the_other() -> None:
    tree = total(total(Mul((Kron(p, q), Kron(q, k), ref("w", p, q))), q), p)
    (done,), log = contract(terms(tree))
    assert rebuild(done) == ref("w", k, k)
    assert [letter for letter, _ in log] in ([p, q], [q, p])


def test_free_deltas_stay() -> None:
    (part,) = terms(Mul((Kron(i, k), ref("a", i))))
    assert contract([part]) == ([part], [])


def test_deltas_of_layers() -> None:
    """[m - 1 = l]: the letter stands with a number beside it."""
    m = Sym("m")
    tree = Sum(Mul((Kron(Add((m, num(-1))), l), Ref("b", (m,), (k,)))), m, ONE, n)
    (done,), log = contract(terms(tree))
    assert rebuild(done) == Ref("b", (Add((l, ONE)),), (k,))
    assert log == [(m, Add((l, ONE)))]


@pytest.mark.parametrize(
    ("delta", "value"),
    [
        (Kron(i, k), k),
        (Kron(k, i), k),
        (Kron(Add((i, ONE)), k), Add((k, num(-1)))),
        (Kron(num(3), Add((i, num(-1)))), num(4)),
        (Kron(i, i), None),
        (Kron(j, k), None),
        (Kron(Mul((num(2), i)), k), None),
        (Kron(Add((i, k)), j), None),
    ],
    ids=str,
)
def test_solve(delta: Kron, value: Expr | None) -> None:
    found = solve(delta, i)
    assert found == value
