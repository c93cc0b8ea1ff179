"""Each pass leaves what is computed as it was: its program and the one before it, carried out on random numbers."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from derive.algebra.tree import ONE, Add, Compare, Div, Expr, Fn, MatMul, Mul, Transpose, num
from derive.codegen.build import build
from derive.codegen.equations import Equations
from derive.codegen.lines import flat, formula
from derive.codegen.module import STRAIGHT
from derive.codegen.naming import HYPER, Naming
from derive.codegen.nodes import Name, Reduce
from derive.codegen.numpy_text import numpy_text
from derive.codegen.program import Op, Program
from derive.codegen.training import cheaper as rules
from derive.codegen.training import stacked as stacks_of
from derive.codegen.training.biased import biased
from derive.codegen.training.cheaper import cheaper, rectified, signs
from derive.codegen.training.columns import columns
from derive.codegen.training.folded import folded, regrouped
from derive.codegen.training.passes import peeled
from derive.codegen.training.placing import Places, placed, turned
from derive.codegen.training.stacked import Stack, longest, stacked
from derive.codegen.training.variables import BATCH, letter, names, variable
from derive.codegen.training.whole import whole
from derive.spec import NetworkSpec
from tests.codegen.emitted import chapter, compact
from tests.codegen.training.interpreter import Interpreter, carried_out
from tests.codegen.training.networks import DEEP, DROPPED, NETWORKS

N, RATE = 4, 0.7
TRIED = [*NETWORKS, *DROPPED]
each_network = pytest.mark.parametrize("spec", TRIED, ids=[f"{s.text} {s.cost}"[:60] for s in TRIED])


@cache
def program(spec: NetworkSpec) -> Program:
    assert spec.widths
    return build(Equations(chapter(spec)), Naming(len(spec.widths) - 1 > STRAIGHT))


def drawn(spec: NetworkSpec, *, as_columns: bool) -> dict[str, Any]:
    """Random inputs, targets and parameters."""
    assert spec.widths
    rng = np.random.default_rng(3)
    X, Y = rng.standard_normal((N, spec.widths[0])), rng.random((N, spec.widths[-1]))
    values: dict[str, Any] = {"X": X.T if as_columns else X, "Y": Y.T if as_columns else Y, "N": N, "rate": RATE}
    for layer, (m, n) in enumerate(pairwise(spec.widths), start=1):
        values |= {f"W_{layer}": rng.standard_normal((n, m)) / m**0.5, f"b_{layer}": rng.standard_normal(n) / 5}
    if spec.dropout is not None:
        masks = {f"M_{layer}": rng.integers(0, 2, (N, n)) / 0.6 for layer, n in enumerate(spec.widths[1:-1], start=1)}
        values |= {name: mask.T if as_columns else mask for name, mask in masks.items()}
    letters = spec.penalty.letters if spec.penalty else ()
    return values | {HYPER[letter]: term.strength for letter, term in letters}


def same(
    found: dict[str, Any], wanted: dict[str, Any], *, turned: bool = False, besides: frozenset[str] = frozenset()
) -> None:
    """Every array that both programs computed."""
    common = [n for n in wanted if n in found and variable(n).letter not in besides]
    assert {variable(n).letter for n in common} >= {"A", "Delta", "J"} - besides
    for name in common:
        is_turned = turned and variable(name).letter in BATCH
        np.testing.assert_allclose(found[name].T if is_turned else found[name], wanted[name], rtol=1e-12, atol=1e-14)


@each_network
def test_columns_are_the_transposes_of_rows(spec: NetworkSpec) -> None:
    before = program(spec)
    wanted = carried_out(before, drawn(spec, as_columns=False))
    same(carried_out(columns(before), drawn(spec, as_columns=True)), wanted, turned=True)


@each_network
def test_the_last_layer_alone_is_the_last_layer(spec: NetworkSpec) -> None:
    before, values = program(spec), drawn(spec, as_columns=False)
    assert isinstance(peeled(before).forward[-1], Op)
    same(carried_out(peeled(before), values), carried_out(before, values))


@each_network
def test_cheaper_formulas_are_identities(spec: NetworkSpec) -> None:
    before, values = columns(program(spec)), drawn(spec, as_columns=True)
    same(carried_out(cheaper(before), values), carried_out(before, values))


def test_a_formula_that_is_no_identity_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(e: Expr) -> Expr | None:
        return Mul((num(2), Fn("cosh", e.args))) if isinstance(e, Fn) and e.name == "tanh" else None

    monkeypatch.setattr(rules, "RULES", (wrong,))
    with pytest.raises(AssertionError, match="Not equal"):
        test_cheaper_formulas_are_identities(compact("2-3:tanh-1"))


@each_network
def test_biases_in_the_weight_matrix_change_nothing(spec: NetworkSpec) -> None:
    before, values = columns(program(spec)), drawn(spec, as_columns=True)
    found, wanted = carried_out(biased(before), values), carried_out(before, values)
    same(found, wanted)
    for layer in range(1, len(spec.widths or ())):
        whole = found[f"dV_{layer}"]
        weights = found.get(f"dW_{layer}", whole[:, :-1])
        np.testing.assert_allclose(weights, wanted[f"dW_{layer}"], rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(whole[:, -1], wanted[f"db_{layer}"], rtol=1e-12, atol=1e-14)


@each_network
def test_a_folded_step_is_rate_times_the_gradient(spec: NetworkSpec) -> None:
    before, values = biased(cheaper(columns(peeled(program(spec))))), drawn(spec, as_columns=True)
    wanted = carried_out(before, values)
    made = folded(before)
    row, targets = (Interpreter((), values)(e) * np.ones((1, N)) for e in (made.row, made.targets))
    share = RATE / N
    scaled = {**values, "S": row * share, "Y": targets * (share if made.scaled else 1), "N": float("nan")}
    found = Interpreter((), scaled)
    for part in (made.program.forward, made.program.errors, made.program.gradients):
        found.run(part)
    for name, array in wanted.items():
        if variable(name).letter in ("dV", "dW", "Delta"):
            np.testing.assert_allclose(found.values[name], RATE * array, rtol=1e-11, atol=1e-14)


def test_softmax_with_cross_entropy_takes_its_factor_from_the_targets() -> None:
    assert folded(biased(columns(program(compact("3-2:softmax"))))).scaled
    assert not folded(biased(columns(program(compact("3-2:sigmoid"))))).scaled


def test_a_constant_beside_the_targets_becomes_a_part_of_them() -> None:
    made = folded(biased(cheaper(columns(program(compact("3-2:sigmoid"))))))
    assert (made.row, numpy_text(made.targets)) == (HALF, "2 * Y - 1")
    assert folded(biased(cheaper(columns(program(compact("3-2:identity")))))).targets == Name("Y")


@each_network
def test_errors_that_come_back_through_whole_matrices_are_the_same(spec: NetworkSpec) -> None:
    before, values = biased(cheaper(columns(peeled(program(spec))))), drawn(spec, as_columns=True)
    assert spec.widths
    errors = whole(signs(before.errors, rectified(before.forward), spec.widths))
    products = [n for op in flat(errors) for n in op.value.walk() if isinstance(n, MatMul)]
    assert not any(letter(name) == "W" for n in products for name in n.walk())
    same(carried_out(replace(before, errors=errors), values), carried_out(before, values))


def test_a_mask_is_taken_from_activations_only_where_they_tell_it() -> None:
    spec = compact("4-" + "-".join(["3:relu"] * 3 + ["3:elu"] * 3) + "-2:softmax")
    before = cheaper(columns(peeled(program(spec))))
    assert rectified(before.forward) == {1, 2, 3}
    read = [{variable(n).letter for op in flat([s]) for n in names(op.value)} for s in before.errors]
    assert ["Z" in letters for letters in read] == [False, True, False]  # outputs, elu, relu
    made = signs(before.errors, rectified(before.forward), (4, 3, 3, 41, 3, 3, 3, 2))
    assert made == before.errors  # one of the loop is too wide
    assert signs(before.errors, rectified(before.forward), (4, 3, 3, 3, 3, 3, 3, 2)) != before.errors


@pytest.mark.parametrize("spec", DEEP[2:], ids=["too short", "two runs of one width"])
def test_what_layers_compute_apart_is_the_same_in_stacks(spec: NetworkSpec) -> None:
    before, values = biased(cheaper(columns(peeled(program(spec))))), drawn(spec, as_columns=True)
    before = replace(before, errors=whole(before.errors))
    assert spec.widths
    run = longest(spec.widths)
    made = replace(before, errors=stacked(before.errors, run), gradients=stacked(before.gradients, run))
    same(carried_out(made, values), carried_out(before, values))
    stacks = [s for s in (*made.errors, *made.gradients) if isinstance(s, Stack)]
    if run is None:
        assert made == before
        return
    assert [(s.first, s.last) for s in stacks] == [(11, 18), (2, 10), (3, 18)]
    products = [n for s in stacks[:2] for op in s.body for n in op.value.walk() if isinstance(n, MatMul)]
    assert not products


def test_errors_that_need_each_other_are_not_stacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stacks_of, "OWN", stacks_of.OWN | {"Delta"})
    with pytest.raises((AssertionError, KeyError)):
        test_what_layers_compute_apart_is_the_same_in_stacks(DEEP[3])


# ---------------------------------------------------------------- placing

A, B, S = Name("A_1"), Name("Delta_1"), Name("S")
HALF = num("1/2")
EXPRESSIONS: list[Expr] = [
    A,
    Mul((A, Add((ONE, Mul((num(-1), A)))), B)),
    Add((Mul((num(-1), A)), Mul((num(-1), B)))),
    Add((HALF, Mul((HALF, Fn("tanh", (Mul((HALF, A)),)))))),
    Add((Mul((Fn("exp", (A,)), Div(S, Reduce("sum", Fn("exp", (A,)), 0, True)))), Mul((num(-1), B)))),
    Mul((A, Add((B, Mul((num(-1), Reduce("sum", Mul((A, B)), 0, True))))))),
    Mul((Fn("max", (A, num(0))), MatMul((Transpose(Name("W_1")), Fn("exp", (Mul((A, B)),)))))),
    Div(Mul((Fn("exp", (A,)), Fn("exp", (B,)))), Add((ONE, Mul((Fn("exp", (A,)), Fn("exp", (B,))))))),
    Fn("where", (Compare(">", A, num("1/3")), Mul((A, B)), Fn("min", (A, B)))),
    Add((Reduce("max", A, 0, True), Fn("log", (Reduce("sum", Fn("exp", (Mul((A, A)),)), 0, True),)), B, A)),
    Div(ONE, Add((ONE, Fn("abs", (A,))))),
]


@pytest.mark.parametrize("value", EXPRESSIONS, ids=lambda e: str(type(e).__name__))
@pytest.mark.parametrize("target", ["A_1", "Delta_1", "Z_1"])
def test_calls_fill_the_target_and_leave_what_they_read(value: Expr, target: str) -> None:
    rng = np.random.default_rng(1)
    before = {n: rng.standard_normal((3, N)) for n in ("A_1", "Delta_1", "Z_1")}
    before |= {"S": rng.random(N), "W_1": rng.standard_normal((3, 3))}
    places = Places()
    lines = placed(Op(target, value, "", "", ""), places)
    names: dict[str, Any] = {n: a.copy() for n, a in before.items()} | {f: getattr(np, f) for f in places.functions}
    names |= {name: np.array(float(eval(text))) for name, text in places.constants.items()}
    names |= {turned(name): names[name].T for name in places.turned}
    for name, filled in places.arrays.items():
        shape = N if name.startswith("row") else 3 if name.startswith("ones") else (3, N)
        names[name] = np.full(shape, float(filled or "nan"))
    exec("\n".join(lines), names)
    np.testing.assert_allclose(names[target], Interpreter((), before)(value) + np.zeros((3, N)), rtol=1e-13)
    for other in set(before) - {target}:
        np.testing.assert_array_equal(names[other], before[other])


@pytest.mark.parametrize("value", EXPRESSIONS, ids=lambda e: str(type(e).__name__))
def test_the_comment_above_calls_says_what_they_compute(value: Expr) -> None:
    rng = np.random.default_rng(1)
    before: dict[str, Any] = {n: rng.standard_normal((3, N)) for n in ("A_1", "Delta_1", "Z_1")}
    before |= {"S": rng.random(N), "W_1": rng.standard_normal((3, 3))}
    lines = formula(Op("Z_1", value, "", "", ""), "    ")
    assert all(line.startswith("    # ") and len(line) <= 88 for line in lines)
    text = "\n".join(line.removeprefix("    # ") for line in lines).replace("\n    ", " ")
    names = {**vars(np), **before}
    exec(text, names)
    np.testing.assert_allclose(names["Z_1"], Interpreter((), before)(value) + np.zeros((3, N)), rtol=1e-13)


@pytest.mark.parametrize("value", EXPRESSIONS, ids=lambda e: str(type(e).__name__))
def test_regrouping_changes_no_number(value: Expr) -> None:
    rng = np.random.default_rng(2)
    values = {n: rng.random((3, N)) for n in ("A_1", "Delta_1")} | {"S": rng.random((1, N)), "W_1": rng.random((3, 3))}
    run = Interpreter((), values)
    np.testing.assert_allclose(run(regrouped(value)), run(value), rtol=1e-13)


def test_a_label_stays_with_its_line() -> None:
    before = program(compact("2-3:tanh-1"))
    labels = {op.label for op in before.forward if isinstance(op, Op)}
    assert labels == {op.label for op in columns(before).forward if isinstance(op, Op)}
    assert replace(before, helpers=()) != columns(before)
