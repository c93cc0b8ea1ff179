"""Array forms against the index form, entry by entry with every sum written out."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.algebra.tree import (
    ONE,
    Add,
    Compare,
    Diag,
    Div,
    Elem,
    Expr,
    Fn,
    Hadamard,
    Kron,
    MatMul,
    Mul,
    Ones,
    Pow,
    Ref,
    Sum,
    Sym,
    Transpose,
    mul,
    num,
    sub,
)
from derive.derivation.arrays import to_array
from derive.derivation.entries import NoMatrixForm, flipped, together
from derive.derivation.ruleset import EntryOrderRule
from tests.algebra.brute_force import SIZES, L, N, Numbers, i, j, k, l, m, n, p, q, ref, total

Free = Sequence[tuple[Sym, Expr]]

SHAPES = {"u": (n,), "v": (n,), "g": (m,), "h": (m,), "A": (n, n), "B": (n, n), "W": (n, m), "V": (n, m), "D": (m, m)}
VALUES = Numbers(13, SHAPES)
RULE = EntryOrderRule()
K, KJ, KI = ((k, n),), ((k, n), (j, m)), ((k, n), (i, n))
U, V, G = (Ref(name, (), None) for name in "uvg")
A, W = (Ref(name, (), None) for name in "AW")


def array(name: str) -> Ref:
    return Ref(name, (), None)


def by_entries(expr: Expr, free: Free) -> dict[tuple[int, ...], Fraction]:
    """The number for every value of the free letters."""
    ranges = [range(1, int(SIZES[high]) + 1) for _, high in free if isinstance(high, Sym)]
    places = list(product(*ranges))
    return {at: VALUES.value(expr, {v: Fraction(x) for (v, _), x in zip(free, at, strict=True)}) for at in places}


def entries_of(made: Expr, free: Free) -> dict[tuple[int, ...], Fraction]:
    """The same from the array: a number, a column or a matrix."""
    value: Any = VALUES.value(made, {})
    if not free:
        return {(): value if isinstance(value, Fraction) else value.item()}
    shape = [int(SIZES[high]) for _, high in free if isinstance(high, Sym)]
    assert value.shape == (*shape, *[1] * (2 - len(shape)))
    places = product(*(range(size) for size in shape))
    return {tuple(x + 1 for x in at): value[(*at, *[0] * (2 - len(at)))] for at in places}


def holds(expr: Expr, free: Free) -> Expr:
    """The array form, compared with the index form; every line of the reduction has the value of its product."""
    made, logs = to_array(expr, free, RULE)
    wanted = by_entries(expr, free)
    assert entries_of(made, free) == wanted
    for column in zip(*(_padded(log, logs) for log in logs), strict=True):
        assert by_entries(Add(column), free) == wanted
    return made


def _padded(log: list[tuple[str, Expr]], logs: list[list[tuple[str, Expr]]]) -> list[Expr]:
    """Every product's lines, its last one repeated."""
    states = [state for _, state in log]
    return states + states[-1:] * (max(map(len, logs)) - len(states))


def w(row: Expr, column: Expr, name: str = "W") -> Ref:
    return ref(name, row, column)


FORMS: dict[str, tuple[Expr, Free, Expr]] = {
    "a matrix": (w(k, j), KJ, W),
    "its transpose": (w(k, j), ((j, m), (k, n)), Transpose(W)),
    "matrix times column": (total(mul(w(k, j), ref("g", j)), j, m), K, MatMul((W, G))),
    "transposed matrix times column": (total(mul(w(k, j), ref("u", k)), k), ((j, m),), MatMul((Transpose(W), U))),
    "elementwise": (mul(ref("u", k), ref("v", k)), K, Hadamard((U, V))),
    "outer product": (mul(ref("u", k), ref("g", j)), KJ, MatMul((U, Transpose(G)))),
    "outer product, the other way": (mul(ref("g", j), ref("u", k)), KJ, MatMul((U, Transpose(G)))),
    "inner product": (total(mul(ref("u", k), ref("v", k)), k), (), MatMul((Transpose(U), V))),
    "sum of entries": (total(ref("u", k), k), (), MatMul((Transpose(Ones(n)), U))),
    "delta recursion": (
        mul(Fn("f", (ref("g", j),)), total(mul(w(p, j), ref("u", p)), p)),
        ((j, m),),
        Hadamard((Fn("f", (G,)), MatMul((Transpose(W), U)))),
    ),
    "matrix product": (total(mul(w(k, q, "A"), w(q, j)), q), KJ, MatMul((A, W))),
    "product with diagonal between": (
        total(mul(w(k, q, "A"), ref("u", q), w(q, j)), q),
        KJ,
        MatMul((A, Diag(U), W)),
    ),
    "quadratic form": (
        total(total(mul(ref("u", k), w(k, j), ref("g", j)), j, m), k),
        (),
        MatMul((Transpose(U), MatMul((W, G)))),
    ),
    "rows and columns scaled": (mul(ref("u", k), w(k, j), ref("g", j)), KJ, MatMul((Diag(U), W, Diag(G)))),
    "parallel matrices": (mul(w(k, j), w(k, j, "V")), KJ, Hadamard((W, array("V")))),
    "Kronecker delta": (mul(Kron(k, i), ref("u", k)), KI, Diag(U)),
    "bare Kronecker delta": (Kron(k, i), KI, Diag(Ones(n))),
    "a constant over two letters": (ref("c"), KJ, Mul((ref("c"), MatMul((Ones(n), Transpose(Ones(m))))))),
    "one minus a column": (mul(ref("u", k), sub(ONE, ref("u", k))), K, Hadamard((U, sub(Ones(n), U)))),
    "a fraction": (Div(ref("u", k), ref("v", k)), K, Div(U, V)),
    "an entrywise square": (Pow(w(k, j), num(2)), KJ, Pow(W, num(2))),
    "batch mean": (mul(Div(ONE, N), total(w(k, j), j, m)), K, Mul((Div(ONE, N), MatMul((W, Ones(m)))))),
}


@pytest.mark.parametrize("name", FORMS)
def test_form(name: str) -> None:
    expr, free, _ = FORMS[name]
    holds(expr, free)


@pytest.mark.parametrize(
    "name",
    [name for name in FORMS if name not in ("quadratic form", "one minus a column", "a constant over two letters")],
)
def test_form_reads_as_in_the_lectures(name: str) -> None:
    expr, free, form = FORMS[name]
    assert to_array(expr, free, RULE)[0] == form


@pytest.mark.parametrize(
    "expr",
    [
        total(total(total(mul(w(k, p, "A"), w(p, q, "B"), w(q, i, "A"), ref("u", i)), i), q), p),
        mul(ref("u", k), total(total(mul(w(p, q, "A"), w(q, p, "B")), q), p)),
        mul(ref("u", k), total(mul(w(p, k, "A"), w(p, k, "B")), p)),
        total(mul(Add((ref("u", p), w(p, k, "A"))), ref("v", p)), p),
        mul(ref("u", k), sub(total(mul(ref("v", p), ref("u", p)), p), ref("v", k))),
        total(mul(sub(Kron(k, p), ref("u", k)), ref("v", p)), p),
        Div(total(mul(w(k, j), ref("g", j)), j, m), Mul((N, ref("v", k)))),
    ],
    ids=[
        "a chain of matrices",
        "a number that is a trace",
        "parallel with a transpose",
        "a sum of a column and a matrix",
        "softmax",
        "a delta that was not contracted",
        "a fraction with a size",
    ],
)
def test_value(expr: Expr) -> None:
    """Whatever form is chosen, it has the value of the index form; or it is said that there is none."""
    try:
        holds(expr, K)
    except NoMatrixForm:
        assert any(isinstance(x, Kron) for x in expr.walk())


# ---------------------------------------------------------------- random graphs


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Expr, Free, tuple[tuple[Sym, Sym], ...]]:
    """Columns on letters and matrices between them; up to two free letters, the others summed over."""
    high = {i: n, j: m, k: n, p: n, q: m}
    letters = draw(st.lists(st.sampled_from(list(high)), min_size=1, max_size=5, unique=True))
    count = draw(st.integers(0, min(2, len(letters))))
    edges: list[tuple[Sym, Sym]] = []
    factors: list[Expr] = []
    matrices = {(n, n): "AB", (n, m): "WV", (m, m): "D"}
    for _ in range(draw(st.integers(1, 6))):
        one, two = draw(st.sampled_from(letters)), draw(st.sampled_from(letters))
        row, column = (one, two) if (high[one], high[two]) in matrices else (two, one)
        if one == two:
            factors.append(ref(draw(st.sampled_from("uv" if high[one] == n else "gh")), one))
        else:
            edges.append((row, column))
            factors.append(w(row, column, draw(st.sampled_from(matrices[high[row], high[column]]))))
    body: Expr = Mul((num(draw(st.sampled_from([1, 2, -3]))), *factors))
    for letter in letters[count:]:
        body = total(body, letter, high[letter])
    return body, tuple((v, high[v]) for v in letters[:count]), tuple(edges)


def series_parallel(edges: Sequence[tuple[Sym, Sym]], free: Free) -> bool:
    """Whether every bound letter can be taken out while at most two others are joined to it."""
    joined = {frozenset(e) for e in edges}
    left = {v for e in edges for v in e} - {v for v, _ in free}
    while left:
        around = {v: {u for e in joined if v in e for u in e} - {v} for v in left}
        letter = min(left, key=lambda v: len(around[v]))
        if len(around[letter]) > 2:
            return False
        joined = {e for e in joined if letter not in e}
        if len(around[letter]) == 2:
            joined.add(frozenset(around[letter]))
        left.remove(letter)
    return True


@settings(max_examples=200)
@given(drawn=graphs())
def test_random_products(drawn: tuple[Expr, Free, tuple[tuple[Sym, Sym], ...]]) -> None:
    expr, free, edges = drawn
    if series_parallel(edges, free):
        holds(expr, free)
    else:
        with pytest.raises(NoMatrixForm):
            to_array(expr, free, RULE)


# ---------------------------------------------------------------- what has no array form


K4 = mul(w(k, i, "A"), w(k, p, "A"), w(k, l, "A"), w(i, p, "A"), w(i, l, "B"), w(p, l, "B"))
NONE: dict[str, tuple[Expr, Free]] = {
    "three letters in a factor": (total(total(mul(ref("T", k, i, p), ref("u", i), ref("v", p)), i), p), K),
    "three letters in a sum": (total(mul(Add((ref("u", i), ref("v", k), ref("g", j))), ref("u", i)), i), KJ),
    "three free letters": (ref("u", k), ((k, n), (i, n), (p, n))),
    "all of four letters joined": (total(total(total(K4, i), p), l), K),
    "all of four letters joined, in a number": (total(total(total(total(K4, i), p), l), k), ()),
    "the diagonal of a matrix": (w(k, k, "A"), K),
    "the diagonal of a matrix, by a delta": (mul(Kron(k, i), w(k, i, "A")), KI),
    "a sum from the second unit on": (Sum(mul(w(k, j), ref("g", j)), j, num(2), m), K),
    "a sum up to another letter": (total(Sum(mul(w(k, i, "A"), ref("u", p)), p, ONE, i), i), K),
    "a sum over layers": (Sum(Ref("b", (l,), (k,)), l, ONE, L), K),
    "a letter as a number": (mul(k, ref("u", k)), K),
    "a comparison": (mul(Compare("!=", k, i), ref("u", k)), KI),
    "different letters in one function": (Fn("f", (mul(ref("u", k), ref("v", i)),)), KI),
    "one row of a matrix": (w(k, num(1)), K),
}


@pytest.mark.parametrize("name", NONE)
def test_no_matrix_form(name: str) -> None:
    expr, free = NONE[name]
    with pytest.raises(NoMatrixForm) as raised:
        to_array(expr, free, RULE)
    assert str(raised.value)


def test_three_joined_matrices_are_fine_when_two_of_them_are_parallel() -> None:
    expr = total(mul(w(k, p, "A"), w(p, k, "B"), w(p, i, "A")), p)
    holds(expr, KI)


def test_transposes_and_elementwise_products_stay_flat() -> None:
    assert flipped(flipped(W)) == W
    assert flipped(MatMul((A, W))) == MatMul((Transpose(W), Transpose(A)))
    assert flipped(Diag(U)) == Diag(U)
    assert together(U, Hadamard((V, U))) == Hadamard((U, V, U))
    assert together(Div(ONE, V), U) == Div(U, V)


def test_the_line_with_the_transpose_is_shown() -> None:
    """w_{pk} delta_p -> [W^T]_{kp} delta_p -> [W^T delta]_k."""
    _, (log,) = to_array(total(mul(w(p, j), ref("u", p)), p), ((j, m),), RULE)
    assert [rule for rule, _ in log] == ["index form", "transpose", "matrix-vector product"]
    assert Elem(Transpose(W), (j, p)) in list(log[1][1].walk())
    assert log[2][1] == Elem(MatMul((Transpose(W), U)), (j,))


def test_a_wrong_order_of_letters_shows() -> None:
    """The oracle goes red: a transpose that is forgotten."""

    class Forgotten(EntryOrderRule):
        def transposed(self, row: Expr, column: Expr, first: Expr) -> bool:
            return False

    expr = total(mul(w(p, k, "A"), ref("u", p)), p)
    made, _ = to_array(expr, K, Forgotten())
    assert entries_of(made, K) != by_entries(expr, K)
