"""Random well-typed trees over the general network: numbers, columns of a layer, matrices."""

from __future__ import annotations

from hypothesis import strategies as st

from derive.algebra.tree import (
    ONE,
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
    Ones,
    Partial,
    Pow,
    Prod,
    Ref,
    Sum,
    Sym,
    Transpose,
    neg,
    num,
)

Tree = st.SearchStrategy[Expr]
l, L, k, j, i, p, q = (Sym(c) for c in "lLkjipq")
NEXT, BEFORE = Add((l, ONE)), Add((l, num(-1)))


def width(layer: Expr) -> Ref:
    return Ref("n", (layer,))


def entries() -> Tree:
    rows: list[Expr] = [
        Ref("w", (l,), (k, j)),
        Ref("w", (NEXT,), (p, k)),
        Ref("z", (l,), (k,)),
        Ref("a", (BEFORE,), (j,)),
        Ref("a", (L,), (k,)),
        Ref("delta", (NEXT,), (p,)),
        Ref("b", (l,), (num(2),)),
        Ref("x", (), (j,)),
        Ref("eta"),
        Ref("J"),
        Ref("w", (l,), (k, j), Add((Sym("t"), ONE))),
    ]
    return st.sampled_from(rows)


def constants() -> Tree:
    return st.fractions(min_value=0, max_value=9, max_denominator=5).map(num)


def numbers(depth: int) -> Tree:
    """Numbers in index form."""
    if depth == 0:
        return st.one_of(constants(), entries())
    below = numbers(depth - 1)
    several = st.lists(below, min_size=2, max_size=3).map(tuple)
    unary = st.sampled_from(["exp", "log", "tanh", "sqrt", "abs"])
    return st.one_of(
        below,
        below.map(neg),
        several.map(Add),
        several.map(Mul),
        st.builds(Div, below, below.filter(lambda e: e != num(0))),
        st.builds(Pow, below, st.sampled_from([num(2), num(3), num(-1), num("1/2")])),
        st.builds(lambda x, order: Fn("f", (x,), (l,), order), below, st.integers(0, 2)),
        st.builds(lambda name, x: Fn(name, (x,)), unary, below),
        st.builds(lambda x: Sum(x, p, ONE, width(NEXT)), below),
        st.builds(lambda x: Prod(x, q, num(2), L), below),
        st.just(Kron(i, k)),
        st.builds(Compare, st.sampled_from(["<", "<=", ">", ">=", "!="]), below, below),
        st.builds(lambda x, y: Cases((x,), (Compare(">", y, num(0)),), num(0)), below, below),
        st.builds(
            Partial, below, st.sampled_from([Ref("w", (l,), (k, j)), Ref("z", (NEXT,), (p,)), Ref("x", (), (k,))])
        ),
        st.builds(lambda c: Elem(c, (k,)), columns(depth - 1)),
        st.builds(lambda c: Fn("sqnorm", (c,)), st.one_of(columns(depth - 1), matrices(depth - 1))),
    )


def columns(depth: int) -> Tree:
    """Columns of n_l numbers."""
    leaves: Tree = st.sampled_from([*(Ref(name, (l,), None) for name in ("z", "a", "delta", "b")), Ones(width(l))])
    if depth == 0:
        return leaves
    below, back = columns(depth - 1), Transpose(Ref("w", (NEXT,), None))
    return st.one_of(
        leaves,
        below.map(neg),
        st.lists(below, min_size=2, max_size=3).map(tuple).map(Add),
        st.lists(below, min_size=2, max_size=3).map(tuple).map(Hadamard),
        st.builds(lambda x, c: Mul((x, c)), numbers(depth - 1), below),
        st.just(MatMul((back, Ref("delta", (NEXT,), None)))),
        st.builds(lambda c: MatMul((Diag(c), c)), below),
        st.builds(lambda m: MatMul((m, Ref("a", (BEFORE,), None))), matrices(depth - 1)),
        st.builds(lambda c: Fn("f", (c,), (l,), 1), below),
        st.just(Partial(Ref("J"), Ref("z", (l,), None))),
    )


def matrices(depth: int) -> Tree:
    """Matrices of n_l by n_{l-1} numbers."""
    leaf = st.just(Ref("w", (l,), None))
    if depth == 0:
        return leaf
    below = matrices(depth - 1)
    outer = st.builds(lambda c: MatMul((c, Transpose(Ref("a", (BEFORE,), None)))), columns(depth - 1))
    return st.one_of(
        leaf,
        outer,
        st.lists(below, min_size=2, max_size=2).map(tuple).map(Add),
        st.builds(lambda x, m: Mul((x, m)), numbers(0), below),
        st.builds(lambda m: Hadamard((m, Ref("w", (l,), None))), below),
        st.just(Partial(Ref("J"), Ref("w", (l,), None))),
        st.just(
            MatMul((MatProd(Ref("w", (q,), None), q, l, l), Transpose(Ref("w", (l,), None)), Ref("w", (l,), None)))
        ),
    )
