"""Reading: the lines of the lectures, what the table decides, displays, and failures with their places."""

# ruff: noqa: E501  (rows of tables)

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.algebra.tree import (
    COLON,
    MINUS_ONE,
    ONE,
    ZERO,
    Add,
    Cases,
    Compare,
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
    Ref,
    Sum,
    Sym,
    Transpose,
    add,
    num,
    sub,
)
from derive.errors import DeriveError
from derive.model.build import Form, network_model
from derive.model.model import Axis, Function, Quantity
from derive.notation.failures import ReadFailure, ShapeMismatch, SyntaxFailure, UnknownSymbol
from derive.notation.lexing import Macro, Source
from derive.notation.macros import read_macros, without_definitions
from derive.notation.notation import notation
from derive.notation.raw import Chain
from derive.notation.reading import Condition, Equation, Range, read_display, read_equation, read_expression
from derive.notation.symbols import SlotPattern, Symbol, SymbolTable
from derive.notation.table import symbol_table, words_of
from derive.spec import NetworkSpec
from tests.notation import lecture_lines as lines

l, L, k, j, p = (Sym(c) for c in "lLkjp")
NEXT = add(l, ONE)
TABLE = symbol_table(notation("lecture"), network_model(NetworkSpec("general"), Form()))
BATCH = symbol_table(notation("lecture"), network_model(NetworkSpec("general"), Form(samples="columns")))


def n(layer: Expr) -> Ref:
    return Ref("n", (layer,))


def z(*entries: Expr) -> Ref:
    return Ref("z", (l,), entries or None)


def w(layer: Expr, *entries: Expr) -> Ref:
    return Ref("w", (layer,), entries or None)


def delta(layer: Expr, *entries: Expr) -> Ref:
    return Ref("delta", (layer,), entries or None)


LECTURES = [
    *((lines.chain_table(), x) for x in lines.CHAIN),
    *((lines.index_table(), x) for x in lines.INDEX),
    *((lines.matrix_table(), x) for x in lines.MATRIX),
]


@pytest.mark.parametrize(("table", "line"), LECTURES, ids=[line for _, line in LECTURES])
def test_line_of_a_lecture(table: SymbolTable, line: str) -> None:
    found = read_display(Source(line), table)
    assert all(isinstance(row, Equation) for row in found), found
    assert len(found) == line.count("qquad") + 1


def test_schematic_chain_is_a_contraction() -> None:
    found = read_equation(lines.MATRIX[2], lines.matrix_table())
    assert isinstance(found.members[1], Chain)
    m = Sym("m")
    assert found.shape == (n(m), n(add(m, MINUS_ONE)))


READ: list[tuple[str, Expr]] = [
    (r"\sum_p w^{l+1}_{pk} \delta^{l+1}_p", Sum(Mul((w(NEXT, p, k), delta(NEXT, p))), p, ONE, n(NEXT))),
    (r"\sum\limits_{p=1}^{n_{l+1}} \delta_p^{(l+1)}", Sum(delta(NEXT, p), p, ONE, n(NEXT))),
    (r"\sum_{i \ne k} z^l_i", Sum(Mul((Add((ONE, Mul((MINUS_ONE, Kron(Sym("i"), k))))), z(Sym("i")))), Sym("i"), ONE, n(l))),
    (r"\frac{\partial}{\partial w^l_{kj}} J", Partial(Ref("J"), w(l, k, j))),
    (r"\partial J / \partial w^l_{kj}", Partial(Ref("J"), w(l, k, j))),
    (r"\frac{\mathrm dJ}{\mathrm dw^l_{kj}}", Partial(Ref("J"), w(l, k, j))),
    (r"dJ/d\mathbf W^l", Partial(Ref("J"), w(l))),
    (r"\nabla_{\mathbf W^l} J", Partial(Ref("J"), w(l))),
    (r"∂J/∂δ^l_k", Partial(Ref("J"), delta(l, k))),
    (r"a^L_k(1 - a^L_k)", Mul((Ref("a", (L,), (k,)), Add((ONE, Mul((MINUS_ONE, Ref("a", (L,), (k,))))))))),
    (r"f_l^{\prime}\!\left(z^l_k\right)", Fn("f", (z(k),), (l,), 1)),
    (r"f_l^{'}(z^l_k)", Fn("f", (z(k),), (l,), 1)),
    (r"(f_l)'(z^l_k)", Fn("f", (z(k),), (l,), 1)),
    (r"\mathbf W^{l+1,T} \boldsymbol{\delta}^{l+1}", MatMul((Transpose(w(NEXT)), delta(NEXT)))),
    (r"{\mathbf{W}^{(l+1)}}^\top \delta^{[l+1]}", MatMul((Transpose(w(NEXT)), delta(NEXT)))),
    (r"f_l'(\mathbf z^l) * (\mathbf W^{l+1})^T \delta^{l+1}", Hadamard((Fn("f", (z(),), (l,), 1), MatMul((Transpose(w(NEXT)), delta(NEXT)))))),
    (r"\mathbf z^l \cdot \delta^l", MatMul((Transpose(z()), delta(l)))),
    (r"z^l_k \cdot 2 \times 3", Mul((z(k), num(2), num(3)))),
    (r"\frac12 (w^l_{kj})^2", Mul((num("1/2"), Pow(w(l, k, j), num(2))))),
    (r"0.5 \, e^{-z^l_k}", Mul((num("1/2"), Fn("exp", (Mul((MINUS_ONE, z(k))),))))),
    (r"\mathbf 1^T \mathbf y", MatMul((Transpose(Ones(n(L))), Ref("y", (), None)))),
    (r"\|\mathbf W^l\|_F^2", Fn("sqnorm", (w(l),))),
    (r"\|\mathbf x\|", Fn("sqrt", (Fn("sqnorm", (Ref("x", (), None),)),))),
    (r"|z^l_k|", Fn("abs", (z(k),))),
    (r"\tanh^2 z^l_k", Pow(Fn("tanh", (z(k),)), num(2))),
    (r"\mathbb I[z^l_k > 0]", Compare(">", z(k), ZERO)),
    (r"\mathbb{1}_{k = j}", Kron(k, j)),
    (r"2 \mathbf 1[k=j]", Mul((num(2), Kron(k, j)))),
    (r"\begin{cases} 1 & \text{if } k = j, \\ 0 & \text{if } k \neq j. \end{cases}", Cases((ONE,), (Kron(k, j),), ZERO)),
    (r"[(\mathbf W^{l+1})^T \delta^{l+1}]_k", Elem(MatMul((Transpose(w(NEXT)), delta(NEXT))), (k,))),
    (r"\mathbf W^l_{k,:}", Ref("w", (l,), (k, COLON))),
    (r"\underbrace{z^l_k}_{\text{why}}", z(k)),
    ("z^l_k % the rest is a comment )(", z(k)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), READ, ids=[row[0] for row in READ])
def test_reading(text: str, expected: Expr) -> None:
    assert read_expression(text, TABLE) == expected


def test_axis_of_the_samples_above() -> None:
    samples = Sym("m")
    axes = (Axis("unit", k, Ref("n", (l,))), Axis("sample", Sym("i"), samples))
    dz = Quantity("dZ", "intermediate", "", l, axes=axes)
    table = SymbolTable((Symbol(("d", "Z"), "dZ", slots=(SlotPattern("^", "["),), axes=2),), {"dZ": dz})
    found = read_expression(r"\sum_{i=1}^{m} dZ^{[l](i)}", table)
    assert found == Sum(Ref("dZ", (l,), (COLON, Sym("i"))), Sym("i"), ONE, samples)


def test_one_letter_as_function_quantity_and_kronecker() -> None:
    a = Quantity("a", "intermediate", "", axes=(Axis("unit", k, Sym("n")),))
    table = SymbolTable(
        (
            Symbol(("a",), "a", axes=1),
            Symbol(("a",), "act", "function"),
            Symbol((r"\delta",), "kron", "kronecker", axes=2),
            Symbol((r"\delta",), "a", axes=1),
            Symbol(words_of("E_d")[0], "E"),
        ),
        {"a": a, "E": Quantity("E", "objective", "")},
        {"act": Function("act", "unknown")},
    )
    entry = Ref("a", (), (k,))
    assert read_expression("a(a_k)", table) == Fn("act", (entry,))
    assert read_expression(r"\delta_{kj} \delta_k", table) == Mul((Kron(k, j), entry))
    assert read_expression("E_d", table) == Ref("E")


def test_macros_with_arguments() -> None:
    document = r"\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}} \def\W{\mathbf{W}}"
    found = read_expression(r"\pd{J}{\W^l}", TABLE, read_macros(document))
    assert found == Partial(Ref("J"), w(l))
    assert without_definitions(document).strip() == ""


def test_macro_that_does_not_end() -> None:
    with pytest.raises(SyntaxFailure, match=r"\\x"):
        read_expression(r"\x", TABLE, {r"\x": Macro(0, r"\x \x")})


DISPLAY = r"""
\begin{align}
  \delta^l_k &= \frac{\partial J}{\partial z^l_k} \tag{3} \\
             &= f_l'(z^l_k)
                \sum_{p=1}^{n_{l+1}} w^{l+1}_{pk}\, \delta^{l+1}_p, \qquad l = L-1, \dots, 1 \label{x} \\
  \frac{\partial J}{\partial b^l_k} &= \delta^l_k, \quad \frac{\partial J}{\partial w^l_{kj}} = \delta^l_k a^{l-1}_j
     \text{ for } j \ne 2. \\
  z^l_k &= b^l_k \\ &\quad + \sum_j w^l_{kj} a^{l-1}_j
\end{align}
"""


def test_display() -> None:
    found = read_display(Source(DISPLAY), TABLE)
    assert [type(row) for row in found] == [Equation] * 4
    first, second, third, last = (row for row in found if isinstance(row, Equation))
    assert first.relations == ("=", "=")
    assert first.conditions == (Range(l, add(L, MINUS_ONE), ONE),)
    assert [place.line for place in first.places] == [3, 3, 4]
    assert second.members[1] == delta(l, k)
    assert third.conditions == (Condition((j, num(2)), ("!=",)),)
    assert isinstance(last.members[1], Add)


def test_a_row_that_starts_with_a_minus_goes_on_though_a_range_follows() -> None:
    going_on = read_display(Source(r"z^l_k &= b^l_k \\ &\quad - a^l_k, \qquad l = 1, \dots, L"), TABLE)
    z, b, a = (Ref(name, (l,), (k,)) for name in "zba")
    assert [e.members for e in going_on if isinstance(e, Equation)] == [(z, sub(b, a))]
    own = read_display(Source(r"z^l_k &= b^l_k \\ - a^l_k &= b^l_k, \qquad l = 1, \dots, L"), TABLE)
    assert len([e for e in own if isinstance(e, Equation)]) == 2


def test_one_bad_equation_does_not_hide_the_others() -> None:
    bad, good = read_display(Source("\\delta^l_k = \\gamma \\\\\n J = J"), TABLE)
    assert isinstance(bad, UnknownSymbol)
    assert bad.name == r"\gamma"
    assert isinstance(good, Equation)


BAD: list[tuple[str, type[ReadFailure], int]] = [
    (r"\delta^l_k = q^l_k", UnknownSymbol, 14),
    (r"\delta^l_k = \foo z^l_k", UnknownSymbol, 14),
    (r"\delta^l_k = z^l_k +", SyntaxFailure, 20),
    (r"\delta^l_k = (z^l_k", SyntaxFailure, 14),
    (r"\delta^l_k", SyntaxFailure, 1),
    (r"\delta^l_k = \frac{1}", SyntaxFailure, 21),
    (r"\delta^l_k = z^l_k z^{l", SyntaxFailure, 22),
    (r"z^l_k = w^1 \dots w^L", ShapeMismatch, 9),
    (r"z^l_k = b^1_k \dots", ReadFailure, 15),
    (r"\mathbf z^l = \mathbf W^l \delta^l", ShapeMismatch, 23),
    (r"\mathbf z^l = \mathbf a^{l-1}", ShapeMismatch, 23),
    (r"\delta^l = \mathbf W^{l+1} \delta^{l+1}", ShapeMismatch, 20),
    (r"\frac{\partial J}{\partial \mathbf W^l} = \mathbf a^{l-1} (\delta^l)^T", ShapeMismatch, 51),
    (r"\delta^l_k = \sum_p w^{l+1}_{kp} \delta^{l+1}_p", ShapeMismatch, 14),
    (r"\delta^l = f_l'(\mathbf z^l) \odot \delta^{l+1}", ShapeMismatch, 12),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "column"), BAD, ids=[row[0] for row in BAD])
def test_failure_has_its_place(text: str, kind: type[ReadFailure], column: int) -> None:
    with pytest.raises(kind) as caught:
        read_equation(text, TABLE)
    assert caught.value.place is not None
    assert caught.value.place.column == column


def test_place_in_a_file() -> None:
    (bad,) = read_display(Source("J = \n  q", "notes.md", 14, 3), TABLE)
    assert isinstance(bad, UnknownSymbol)
    assert str(bad.place) == "notes.md:15:3"


def test_bias_is_repeated_for_every_sample() -> None:
    found = read_equation(r"\mathbf Z^l = \mathbf W^l \mathbf A^{l-1} + \mathbf b^l", BATCH)
    assert found.shape == (n(l), Sym("N"))


def test_elementwise_sign_that_binds_as_numpy_does() -> None:
    table = replace(TABLE, elementwise_binds="alike")
    product = Hadamard((z(), delta(l)))
    assert read_expression(r"(\mathbf z^l \odot \delta^l) (\mathbf a^{l-1})^T", TABLE) == read_expression(
        r"\mathbf z^l \odot \delta^l (\mathbf a^{l-1})^T", table
    )
    assert read_expression(r"\mathbf z^l \odot \delta^l", table) == product
    with pytest.raises(ShapeMismatch):
        read_expression(r"f_l'(\mathbf z^l) * (\mathbf W^{l+1})^T \delta^{l+1}", table)


def test_gradient_of_a_bias_keeps_its_column() -> None:
    with pytest.raises(ShapeMismatch):
        read_equation(r"\frac{\partial J}{\partial \mathbf b^l} = \Delta^l", BATCH)
    summed = read_equation(r"\frac{\partial J}{\partial \mathbf b^l} = \Delta^l \mathbf 1", BATCH)
    assert summed.members[1] == MatMul((Ref("delta", (l,), None), Ones(Sym("N"))))


PIECES = [
    r"\frac",
    "{",
    "}",
    "^",
    "_",
    "z^l_k",
    r"\sum",
    "(",
    ")",
    "[",
    "]",
    "|",
    r"\|",
    "=",
    "+",
    "-",
    ",",
    r"\\",
    "&",
    r"\hat",
    r"\text",
    "1",
    ".",
]


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.sampled_from([*PIECES, r"\begin{cases}", r"\end{cases}", r"\partial", "/", "'", "T", r"\mathbf", "%"]),
        max_size=12,
    )
)
def test_any_text_is_read_or_refused_with_our_own_failure(parts: list[str]) -> None:
    for row in read_display(Source(" ".join(parts)), TABLE):
        assert isinstance(row, Equation | DeriveError)
