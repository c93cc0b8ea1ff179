"""Printing: signs, parentheses, slots, in the notations of the lectures."""

# ruff: noqa: E501  (rows of tables)

from __future__ import annotations

from fractions import Fraction

import pytest

from derive.algebra.tree import (
    COLON,
    MINUS_ONE,
    ONE,
    ZERO,
    Binder,
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
    Mul,
    Ones,
    Partial,
    Pow,
    Prod,
    Ref,
    Sum,
    Sym,
    Transpose,
    add,
    neg,
    num,
    sub,
)
from derive.errors import DeriveError
from derive.model.build import Form, network_model
from derive.notation.latex import latex
from derive.notation.notation import Notation, UnknownName, from_table, names, notation
from derive.notation.pieces import long_decimals
from derive.notation.plain import text
from derive.notation.printer import UnprintableNode
from derive.notation.width import chunks, width
from derive.spec import NetworkSpec

l, L, k, j, i, p, q, s, t, N = (Sym(c) for c in "lLkjipqstN")
NEXT, BEFORE = add(l, ONE), add(l, MINUS_ONE)
LECTURE, CHAIN, MATRIX = notation("lecture"), notation("lecture-chain"), notation("lecture-matrix")


def n(layer: Expr) -> Ref:
    return Ref("n", (layer,))


def w(layer: Expr, *entries: Expr) -> Ref:
    return Ref("w", (layer,), entries or None)


def z(layer: Expr, *entries: Expr) -> Ref:
    return Ref("z", (layer,), entries or None)


def delta(layer: Expr, *entries: Expr) -> Ref:
    return Ref("delta", (layer,), entries or None)


FAN_OUT = Sum(Mul((w(NEXT, p, k), delta(NEXT, p))), p, ONE, n(NEXT))
SLOPE = Fn("f", (z(l, k),), (l,), 1)
BACK = MatMul((Transpose(w(NEXT)), delta(NEXT)))
A = Ref("a", (L,), (k,))
Y = Ref("y", (), (k,))
J = Ref("J")

PRINTED: list[tuple[str, Expr, str]] = [
    ("delta recursion, index form", Mul((SLOPE, FAN_OUT)), r"f_l'(z^l_k)\, \sum_{p=1}^{n_{l+1}} w^{l+1}_{pk}\, \delta^{l+1}_p"),
    ("a sum before a factor", Mul((FAN_OUT, SLOPE)), r"\left( \sum_{p=1}^{n_{l+1}} w^{l+1}_{pk}\, \delta^{l+1}_p \right)\, f_l'(z^l_k)"),
    ("a sum of a sum of terms", Sum(add(A, Y), k, ONE, n(L)), r"\sum_{k=1}^{n_L} (a^L_k + y_k)"),
    ("a sum before a term", add(Sum(A, k, ONE, n(L)), Y), r"\sum_{k=1}^{n_L} a^L_k + y_k"),
    ("delta recursion, matrix form", Hadamard((BACK, Fn("f", (z(l),), (l,), 1))), r"\left( (\mathbf W^{l+1})^T \delta^{l+1} \right) \odot f_l'(\mathbf z^l)"),
    ("weight gradient", Partial(J, w(l, k, j)), r"\frac{\partial J}{\partial w^l_{kj}}"),
    ("derivative of an expression", Partial(Mul((A, Y)), A), r"\frac{\partial}{\partial a^L_k} (a^L_k\, y_k)"),
    ("difference", sub(A, Y), "a^L_k - y_k"),
    ("minus a sum", neg(add(A, Y)), "-(a^L_k + y_k)"),
    ("minus in front of a term", add(neg(A), Y), "-a^L_k + y_k"),
    ("minus inside a product", Mul((A, neg(Y))), "a^L_k (-y_k)"),
    ("half a square", Mul((num("1/2"), Pow(sub(A, Y), num(2)))), r"\frac{1}{2} (a^L_k - y_k)^2"),
    ("minus a fraction", Mul((num("-1/2"), A)), r"-\frac{1}{2}\, a^L_k"),
    ("a number behind a factor", Mul((A, num(2))), r"a^L_k \cdot 2"),
    ("power of a symbol with a layer", Pow(w(l, k, j), num(2)), "(w^l_{kj})^2"),
    ("power of a function", Pow(Fn("f", (z(l, k),), (l,)), num(2)), "f_l(z^l_k)^2"),
    ("softmax", Div(Fn("exp", (z(l, k),)), Sum(Fn("exp", (z(l, i),)), i, ONE, n(l))), r"\frac{e^{z^l_k}}{\sum_{i=1}^{n_l} e^{z^l_i}}"),
    ("logarithm", Fn("log", (sub(ONE, A),)), r"\ln(1 - a^L_k)"),
    ("Kronecker delta", Kron(i, k), r"\mathbf 1[i=k]"),
    ("indicator", Compare(">", z(l, k), ZERO), "[z^l_k > 0]"),
    ("cases", Cases((ZERO,), (Compare("<", Sym("z"), ZERO),), Sym("z")), r"\begin{cases} 0 & \text{if } z < 0 \\ z & \text{otherwise} \end{cases}"),
    ("entry of a product", Elem(BACK, (k,)), r"\left[ (\mathbf W^{l+1})^T \delta^{l+1} \right]_k"),
    ("outer product", MatMul((delta(l), Transpose(Ref("a", (BEFORE,), None)))), r"\delta^l (\mathbf a^{l-1})^T"),
    ("diagonal", Diag(Fn("f", (z(l),), (l,), 1)), r"\operatorname{diag}(f_l'(\mathbf z^l))"),
    ("ones", MatMul((Ref("b", (l,), None), Transpose(Ones(N)))), r"\mathbf b^l \mathbf 1_N^T"),
    ("norm of a matrix", Fn("sqnorm", (w(l),)), r"\left\| \mathbf W^l \right\|_F^2"),
    ("norm of a column", Fn("sqnorm", (Ref("x", (), None),)), r"\left\| \mathbf x \right\|^2"),
    ("power of an array", Pow(w(l), num(2)), r"(\mathbf W^l)^{\circ 2}"),
    ("chain product", Prod(Ref("w", (q,)), q, num(2), L), r"\prod_{q=2}^{L} w^q"),
    ("product of products", Prod(Mul((Ref("w", (q,)), A)), q, num(2), L), r"\prod_{q=2}^{L} (w^q\, a^L_k)"),
    ("unknown cost", Fn("C", (Ref("a", (L,), None), Ref("y", (), None))), r"C(\mathbf a^L, \mathbf y)"),
    ("a user's activation", Fn("leaky-relu", (Sym("z"),), (), 1), r"\text{leaky-relu}'(z)"),
    ("a function by a bracket", Mul((Sym("N"), add(A, Y))), "N (a^L_k + y_k)"),
    ("a column of a batch", Ref("x", (), (COLON, s)), r"\mathbf x_{:,s}"),
    ("entries that would run together", w(l, add(k, ONE), num(2)), "w^l_{k+1,2}"),
    ("a numbered letter", Ref("x", (), (Sym("i_1"),)), "x_{i_{1}}"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "e", "expected"), PRINTED, ids=[row[0] for row in PRINTED])
def test_lecture(what: str, e: Expr, expected: str) -> None:
    assert latex(e, LECTURE) == expected


OTHERS: list[tuple[Notation, Expr, str]] = [
    (CHAIN, Mul((Ref("delta", (num(2),)), Ref("w", (num(2),)))), r"\delta_2\, w_2"),
    (CHAIN, Partial(J, Ref("a", (L,))), r"\frac{\partial J}{\partial \hat y}"),
    (CHAIN, Fn("sigmoid", (Ref("z", (num(2),)),), (), 1), r"\sigma'(z_2)"),
    (CHAIN, Pow(Ref("a", (L,)), num(2)), r"\hat y^2"),
    (CHAIN, Mul((J, add(ONE, J))), r"J \cdot (1 + J)"),
    (MATRIX, Mul((MINUS_ONE, Ref("eta"), delta(l))), r"-\alpha\, \delta^m"),
    (MATRIX, Ref("w", (l,), None, add(t, ONE)), r"\mathbf W^m(k+1)"),
    (MATRIX, Hadamard((Fn("f", (z(l),), (l,), 1), BACK)), r"f_m'(\mathbf z^m) * \left( (\mathbf W^{m+1})^T \delta^{m+1} \right)"),
    (MATRIX, w(l, k, j), "w^m_{ij}"),
]  # fmt: skip


@pytest.mark.parametrize(("own", "e", "expected"), OTHERS)
def test_other_lectures(own: Notation, e: Expr, expected: str) -> None:
    assert latex(e, own) == expected


def test_batch_arrays_are_capitals() -> None:
    own = LECTURE.fit(network_model(NetworkSpec("general"), Form(samples="columns")))
    e = Hadamard((BACK, Fn("f", (z(l),), (l,), 1)))
    assert latex(e, own) == r"\left( (\mathbf W^{l+1})^T \Delta^{l+1} \right) \odot f_l'(\mathbf Z^l)"


def test_output_of_two_nodes_is_y_hat() -> None:
    model = network_model(NetworkSpec("two-node", (1, 1, 1), ("sigmoid", "sigmoid")), Form(units=False))
    own = CHAIN.fit(model)
    assert latex(Ref("a", (num(2),)), own) == r"\hat y"
    assert latex(Ref("a", (ONE,)), own) == "a_1"


def test_bracketed_slots_are_rows_not_branches() -> None:
    rows = {
        "name": "brackets",
        "reading": "",
        "layer_slot": "superscript-brackets",
        "transpose": r"\top",
        "transpose_joins_slot": True,
        "letters": {},
        "axes": {"W": 2},
        "functions": {},
        "quantities": {"W": {"entry": "w", "matrix": "W", "shift": -1}},
    }
    own = from_table(rows)
    assert latex(Transpose(Ref("W", (NEXT,), None)), own) == r"W^{[l]\top}"
    assert latex(Ref("W", (NEXT,), (k, j)), own) == "w^{[l]}_{kj}"


def test_underbrace_by_wrap() -> None:
    named = {SLOPE: "slope"}
    said = latex(
        Mul((SLOPE, A)), LECTURE, lambda e, x: rf"\underbrace{{{x}}}_{{\text{{{named[e]}}}}}" if e in named else x
    )
    assert said == r"\underbrace{f_l'(z^l_k)}_{\text{slope}}\, a^L_k"


def test_chunks_carry_their_signs() -> None:
    found = chunks(add(neg(A), Y, neg(Mul((A, Y)))), LECTURE)
    assert [c.text for c in found] == ["-a^L_k", "+ y_k", r"- a^L_k\, y_k"]
    assert all(c.width > 0 for c in found)


def test_width_of_a_fraction_is_that_of_its_longer_side() -> None:
    assert width(r"\frac{a}{b + c + d}") == pytest.approx(width(r"\frac{b + c + d}{a}"))
    assert width(r"\mathbf W^{l+1}") < width(r"\mathbf W^{l+1} \delta^{l+1}")


def test_plain_text() -> None:
    assert text(Mul((SLOPE, FAN_OUT)), LECTURE) == "f_l'(z^l_k) sum_{p=1..n_{l+1}} w^{l+1}_{pk} δ^{l+1}_p"
    assert text(Mul((MINUS_ONE, Ref("eta"), A)), LECTURE) == "-η a^L_k"
    assert text(Div(ONE, add(ONE, A)), LECTURE) == "1/(1 + a^L_k)"


def test_unknown_node_names_itself() -> None:
    class Strange(Binder):
        def __repr__(self) -> str:
            return "Strange"

    with pytest.raises(UnprintableNode, match="Strange"):
        latex(Strange(), LECTURE)


def test_unknown_quantity_names_itself() -> None:
    with pytest.raises(UnknownName, match="'xi'"):
        latex(Ref("xi"), LECTURE)


def test_unknown_notation_is_guessed() -> None:
    with pytest.raises(UnknownName, match="did you mean 'lecture-chain'"):
        notation("lecture-chian")
    assert "lecture" in names()


def test_letters_are_never_written_alike() -> None:
    with pytest.raises(DeriveError, match="already uses i"):
        _with_letters({"k": "i"}).letter("i")


def _with_letters(letters: dict[str, str]) -> Notation:
    return from_table({"name": "x", "reading": "", "letters": letters, "axes": {}, "functions": {}, "quantities": {}})


def test_long_fractions_are_decimals() -> None:
    assert long_decimals(Fraction("1.0507009873554805")) == "1.0507009873554805"
    assert long_decimals(Fraction(1, 100)) is None
    assert long_decimals(Fraction(1, 30000)) is None
