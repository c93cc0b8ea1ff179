"""What follows from the recursion and the output: paths, rows, logit forms, second derivatives, shifts.

The expected equations are those of the references (Goodfellow 6.5, Bishop 5.4, Nielsen 3), written out by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from unicodedata import normalize

import pytest

from derive.algebra.tree import Expr, Kron, Mul, Ref, Transpose
from derive.derivation.chapter import derive_chapter
from derive.derivation.checked import Checker
from derive.derivation.steps import Chapter, Derivation
from derive.errors import CheckFailed
from derive.model.model import Model
from derive.notation.notation import notation
from derive.notation.plain import text
from derive.spec import NetworkSpec, parse_network


def everything(chapter: Chapter) -> Iterator[tuple[Model, Derivation]]:
    for section in chapter.sections:
        for d in section.derivations:
            yield section.model, d


def found(chapter: Chapter, label: str) -> tuple[Model, Derivation]:
    return next((m, d) for m, d in everything(chapter) if d.label == label)


def claim(chapter: Chapter, label: str) -> str:
    model, d = found(chapter, label)
    n = notation("lecture").fit(model)
    return normalize("NFC", f"{text(d.claim[0], n)} = {text(d.claim[1], n)}")


@pytest.fixture(scope="module")
def general() -> Chapter:
    return derive_chapter(NetworkSpec("general"), checked={"index", "matrix"})


@pytest.fixture(scope="module")
def classes() -> Chapter:
    return derive_chapter(parse_network("3-4:relu-5:softmax"), checked={"index", "matrix"})


@pytest.fixture(scope="module")
def yes_or_no() -> Chapter:
    return derive_chapter(parse_network("3-4:relu-2:sigmoid"), checked={"index", "matrix"})


def test_the_error_is_a_sum_over_paths(general: Chapter) -> None:
    assert claim(general, "delta-hidden/paths") == (
        "δ^l_k = sum_{r_l=1..n_l} ... sum_{r_L=1..n_L} [r_l=k] "
        "(prod_{q=l..L-1} (f_q'(z^q_{r_q}) w^{q+1}_{r_{q+1},r_q})) f_L'(z^L_{r_L}) ∂J/∂a^L_{r_L}"
    )
    assert all(s.check is not None and s.check.bound == 0 for s in found(general, "delta-hidden/paths")[1].steps)


def test_rows(general: Chapter) -> None:
    assert claim(general, "delta-output/row") == "(δ^L)^T = (∂J/∂a^L)^T diag(f_L'(z^L))"
    assert claim(general, "delta-hidden/row") == "(δ^l)^T = (δ^{l+1})^T W^{l+1} diag(f_l'(z^l))"
    assert claim(general, "gradient-W/row") == "(∂J/∂W^l)^T = a^{l-1} (δ^l)^T"


def test_masks_stand_in_every_closed_form() -> None:
    """Of the general network with dropout; units with masks of their own do not stay equal."""
    chapter = derive_chapter(NetworkSpec("general", dropout=0.5), checked={"index", "matrix"})
    assert claim(chapter, "delta-hidden/paths") == (
        "δ^l_k = sum_{r_l=1..n_l} ... sum_{r_L=1..n_L} [r_l=k] "
        "(prod_{q=l..L-1} (f_q'(z^q_{r_q}) ξ^q_{r_q} w^{q+1}_{r_{q+1},r_q})) f_L'(z^L_{r_L}) ∂J/∂a^L_{r_L}"
    )
    assert claim(chapter, "delta-hidden/product") == (
        "δ^l = (prod_{q=l..L-1} (diag(f_q'(z^q)) diag(ξ^q) (W^{q+1})^T)) diag(f_L'(z^L)) ∂J/∂a^L"
    )
    assert claim(chapter, "delta-hidden/row") == "(δ^l)^T = (δ^{l+1})^T W^{l+1} diag(ξ^l) diag(f_l'(z^l))"
    assert claim(chapter, "gradient-W/row") == "(∂J/∂W^l)^T = ã^{l-1} (δ^l)^T"
    assert "equal" not in {s.key for s in chapter.sections}


def test_softmax_with_cross_entropy(classes: Chapter) -> None:
    assert claim(classes, "cost/logits") == (
        "J = ln(sum_{q=1..n_2} exp(z^2_q)) sum_{i=1..n_2} y_i - sum_{i=1..n_2} y_i z^2_i"
    )
    assert claim(classes, "delta-output/logits") == "δ^2_k = a^2_k sum_{i=1..n_2} y_i - y_k"
    assert claim(classes, "delta-output/second") == "∂δ^2/∂z^2 = 1_{n_2}^T y (diag(a^2) - a^2 (a^2)^T)"


def test_sigmoid_with_binary_cross_entropy(yes_or_no: Chapter) -> None:
    assert claim(yes_or_no, "cost/logits") == "J = sum_{i=1..n_2} ln(1 + exp(z^2_i)) - sum_{i=1..n_2} y_i z^2_i"
    assert claim(yes_or_no, "delta-output/logits") == "δ^2_k = a^2_k - y_k"
    assert claim(yes_or_no, "delta-output/second") == "∂δ^2/∂z^2 = diag(a^2 ⊙ (1_{n_2} - a^2))"


def test_a_shift_changes_no_softmax(classes: Chapter, yes_or_no: Chapter) -> None:
    label = "forward-a-softmax/shift"
    assert claim(classes, label) == "exp(z^2_k + c)/(sum_{i=1..n_2} exp(z^2_i + c)) = a^2_k"
    assert not any(d.label.endswith("/shift") for _, d in everything(yes_or_no))


@pytest.mark.parametrize(
    ("network", "told"),
    [
        ("2-3:tanh-2", False),
        ("2-3:tanh-2:sigmoid", True),
        ("2-2:softmax", True),
        ("2-2:softplus", False),
        ("1-1:sigmoid", True),
    ],
)
def test_logit_forms_are_found_where_output_and_cost_fuse(network: str, told: bool) -> None:
    chapter = derive_chapter(parse_network(network), checked=())
    assert any(d.label == "cost/logits" for _, d in everything(chapter)) == told


def test_no_logit_form_where_the_pair_does_not_fuse() -> None:
    chapter = derive_chapter(parse_network("2-2:softmax", cost="half-squared-error"), checked=())
    assert not any("logits" in d.label for _, d in everything(chapter))


# ---------------------------------------------------------------- wrong ones are stopped


def swapped(e: Expr) -> Expr:
    """The two indices of every weight exchanged."""
    if isinstance(e, Ref) and e.name == "w" and e.entries:
        return Ref(e.name, e.slots, tuple(reversed(e.entries)), e.time)
    return e.map(swapped)


def open_start(e: Expr) -> Expr:
    """Paths from every unit instead of unit k."""
    if isinstance(e, Mul) and any(isinstance(f, Kron) for f in e.factors):
        return Mul(tuple(f for f in e.factors if not isinstance(f, Kron)))
    return e.map(open_start)


def not_turned(e: Expr) -> Expr:
    """Without the transposes."""
    return e.arg if isinstance(e, Transpose) else e.map(not_turned)


@pytest.mark.parametrize(
    ("label", "spoil"),
    [
        ("delta-hidden/paths", swapped),
        ("delta-hidden/paths", open_start),
        ("delta-hidden/row", not_turned),
    ],
)
def test_a_wrong_closed_form_is_stopped(general: Chapter, label: str, spoil: Callable[[Expr], Expr]) -> None:
    model, d = found(general, label)
    last = replace(d.steps[-1], after=spoil(d.claim[1]))
    wrong = replace(d, steps=(*d.steps[:-1], last), claim=(d.claim[0], last.after))
    with pytest.raises(CheckFailed, match=label):
        Checker(model).derivation(wrong)
    assert Checker(model).derivation(d)
