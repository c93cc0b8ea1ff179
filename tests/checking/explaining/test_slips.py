"""Slips in several notations: the repair that makes the line right is named, and the right line reads back as right."""

from __future__ import annotations

import pytest

from derive.checking import Judgement, check
from derive.checking.explaining import search
from derive.checking.explaining.explanation import Explanation
from derive.checking.explaining.trial import Trial

BRACKETS = r"""
layers = 'k = 0..K'
given = '''
  \mathbf{u}^{[k]} = \mathbf{M}^{[k]} \mathbf{h}^{[k-1]} + \mathbf{c}^{[k]}
  \mathbf{h}^{[k]} = g(\mathbf{u}^{[k]})
  \mathbf{h}^{[0]} = \mathbf{x}
  E = \frac12 \| \mathbf{h}^{[K]} - \mathbf{t} \|^2
  \mathbf{e}^{[k]} = \frac{\partial E}{\partial \mathbf{u}^{[k]}}
'''
[functions]
'g' = 'any'
[conventions]
vectors = 'columns'
"""
ENTRIES = r"""
layers = 'l = 1..L'
given = '''
  s^l_i = \sum_j v^l_{ij} o^{l-1}_j + \theta^l_i
  o^l_i = f(s^l_i)
  o^1_i = x_i
  Q = \frac12 \sum_i (o^L_i - d_i)^2
  \epsilon^l_i = \frac{\partial Q}{\partial s^l_i}
'''
[functions]
'f' = 'any'
"""
ROWS = r"""
layers = 'l = 1..L'
given = '''
  S_l = H_{l-1} U_l + c_l
  H_l = \phi(S_l)
  H_0 = X
  F = \frac1N \sum_{n=1}^N \ell(H_L, T)_n
  F = \frac{1}{2N} \| H_L - T \|^2 + \frac\beta2 \sum_l \|U_l\|^2
  G_l = \frac{\partial F}{\partial S_l}
'''
[shapes]
'X' = 'N x p_0'
'T' = 'N x p_L'
'U_l' = 'p_{l-1} x p_l'
'c_l' = '1 x p_l'
[functions]
'\phi' = 'any'
[conventions]
vectors = 'rows'
examples = 'rows'
""".replace("  F = \\frac1N \\sum_{n=1}^N \\ell(H_L, T)_n\n", "").replace("l = 1..L", "l = 0..L")
CHAIN = r"""
given = '''
  p = a x + b
  q = \sin(p)
  r = c q^3
  V = (r - t)^2
'''
[conventions]
vectors = 'scalars'
"""

CASES = [
    (BRACKETS, "missing_transpose",
     r"\mathbf{e}^{[k]} = \mathbf{M}^{[k+1]} \mathbf{e}^{[k+1]} \odot g'(\mathbf{u}^{[k]})"),
    (BRACKETS, "layer_index_off_by_one",
     r"\mathbf{e}^{[k]} = \mathbf{M}^{[k]\top} \mathbf{e}^{[k+1]} \odot g'(\mathbf{u}^{[k]})"),
    (BRACKETS, "missing_prime",
     r"\mathbf{e}^{[k]} = \mathbf{M}^{[k+1]\top} \mathbf{e}^{[k+1]} \odot g(\mathbf{u}^{[k]})"),
    (BRACKETS, "missing_activation_derivative",
     r"\mathbf{e}^{[k]} = \mathbf{M}^{[k+1]\top} \mathbf{e}^{[k+1]}"),
    (BRACKETS, "wrong_sign",
     r"\mathbf{e}^{[K]} = (\mathbf{t} - \mathbf{h}^{[K]}) \odot g'(\mathbf{u}^{[K]})"),
    (BRACKETS, "operand_order",
     r"\frac{\partial E}{\partial \mathbf{M}^{[k]}} = \mathbf{h}^{[k-1]} \mathbf{e}^{[k]\top}"),
    (BRACKETS, "matmul_vs_elementwise",
     r"\mathbf{e}^{[K]} = (\mathbf{h}^{[K]} - \mathbf{t}) g'(\mathbf{u}^{[K]})"),
    (ENTRIES, "swapped_indices",
     r"\epsilon^l_i = f'(s^l_i) \sum_k v^{l+1}_{ik} \epsilon^{l+1}_k"),
    (ENTRIES, "missing_sum",
     r"\epsilon^l_i = f'(s^l_i) v^{l+1}_{ki} \epsilon^{l+1}_k"),
    (ENTRIES, "wrong_variable",
     r"\frac{\partial Q}{\partial v^l_{ij}} = \epsilon^l_i s^{l-1}_j"),
    (ENTRIES, "missing_factor",
     r"\frac{\partial Q}{\partial v^l_{ij}} = \epsilon^l_i"),
    (ENTRIES, "wrong_factor",
     r"\epsilon^L_i = 2 (o^L_i - d_i) f'(s^L_i)"),
    (ROWS, "missing_regulariser",
     r"\frac{\partial F}{\partial U_l} = H_{l-1}^T G_l"),
    (ROWS, "missing_one_over_m",
     r"G_L = (H_L - T) \odot \phi'(S_L)"),
    (CHAIN, "wrong_power",
     r"\frac{\partial r}{\partial q} = 3 c q^3"),
    (CHAIN, "missing_chain_link",
     r"\frac{\partial V}{\partial p} = \frac{\partial V}{\partial r} \frac{\partial q}{\partial p}"),
]  # fmt: skip


def judged(setting: str, latex: str) -> Judgement:
    (verdict,) = check(f"$$ {latex} $$", setting=setting)
    return verdict.judgement


@pytest.mark.parametrize(("setting", "kind", "latex"), CASES, ids=[c[1] for c in CASES])
def test_the_slip_is_named_and_the_right_line_shown(setting: str, kind: str, latex: str) -> None:
    found = judged(setting, latex)
    assert found.verdict == "wrong"
    assert found.slips[0].kind == kind
    assert judged(setting, found.right).verdict == "right"


def test_a_message_in_the_letters_of_the_page() -> None:
    found = judged(BRACKETS, r"\mathbf{e}^{[k]} = \mathbf{M}^{[k]\top} \mathbf{e}^{[k+1]} \odot g'(\mathbf{u}^{[k]})")
    assert r"$\mathbf{M}^{[k+1]}$ is meant, not $\mathbf{M}^{[k]}$" in found.slips[0].message
    assert found.right.startswith(r"\mathbf{e}^{[k]} = ")


def test_a_derivative_of_the_activation_that_is_taken_wrong() -> None:
    setting = CHAIN.replace(r"\sin(p)", r"\tanh(p)")
    found = judged(setting, r"\frac{\partial q}{\partial a} = (1 + q^2) x")
    assert found.slips[0].kind == "wrong_activation_derivative"


SOFTMAX_ROWS = r"""
given = '''
  S = H U + c
  P = \mathrm{softmax}(S)
  F = -\frac1N \sum_{n=1}^N \sum_k T_{nk} \log P_{nk}
  \sum_k T_{nk} = 1
'''
[shapes]
'H' = 'N x h'
'T' = 'N x q'
'c' = '1 x q'
[index]
'n' = 'example 1..N'
[conventions]
vectors = 'rows'
examples = 'rows'
"""


def test_a_gradient_of_biases_without_its_sum() -> None:
    found = judged(SOFTMAX_ROWS, r"\frac{\partial F}{\partial c} = \frac1N (P - T)")
    assert [s.message for s in found.slips] == ["the sum over the examples is missing"]
    assert judged(SOFTMAX_ROWS, found.right).verdict == "right"


@pytest.mark.parametrize("variable", ["U", "H", "c"])
def test_the_right_equation_uses_that_targets_sum_to_1(variable: str) -> None:
    found = judged(SOFTMAX_ROWS, rf"\frac{{\partial F}}{{\partial {variable}}} = {variable}")
    assert found.right_by == "derivation"
    assert found.right.count("P - T") == 1
    assert "T \\mathbf 1" not in found.right
    assert judged(SOFTMAX_ROWS, found.right).verdict == "right"


UPDATES = BRACKETS.replace(
    "  E = ",
    r"""  \mathbf{M}^{[k]} \leftarrow \mathbf{M}^{[k]} - \eta \frac{\partial E}{\partial \mathbf{M}^{[k]}}
  \mathbf{c}^{[k]} \leftarrow \mathbf{c}^{[k]} - \eta \mathbf{e}^{[k]}
  E = \frac\lambda2 \sum_k \|\mathbf{M}^{[k]}\|^2 + """,
)


@pytest.mark.parametrize(
    "line",
    [
        r"\mathbf{M}^{[k]} \leftarrow \mathbf{M}^{[k]} + \eta\, \mathbf{e}^{[k]} \mathbf{h}^{[k-1]\top}",
        r"\mathbf{M}^{[k]} = \mathbf{M}^{[k]} + \eta\, \mathbf{h}^{[k-1]\top} \mathbf{e}^{[k]}",
        r"\mathbf{c}^{[k]} \leftarrow \mathbf{c}^{[k]} + \eta^2 \mathbf{h}^{[k]}",
    ],
)
def test_a_wrong_update_with_the_right_one(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Worked out from the rule in the setting, also where no single slip makes the difference."""
    monkeypatch.setattr(search, "SECONDS", 0.01)  # slips are looked for in other tests
    found = judged(UPDATES, line)
    assert (found.verdict, found.right_by) == ("wrong", "derivation")
    assert r"\leftarrow" in found.right if r"\leftarrow" in line else " = " in found.right
    assert r"\partial" not in found.right
    assert judged(UPDATES, found.right).verdict in ("right", "definition")


def test_a_sum_over_the_wrong_letter() -> None:
    found = judged(ENTRIES, r"\epsilon^l_i = f'(s^l_i) \sum_i v^{l+1}_{ki} \epsilon^{l+1}_i")
    assert found.slips[0].kind == "wrong_index"
    assert found.slips[0].message == "the sum is over $i$ where one over $k$ is meant"


def test_the_same_is_said_once() -> None:
    """Another member and another factor of the chain: two kinds of repair, one message."""
    line = r"\frac{\partial V}{\partial x} = \frac{\partial V}{\partial p} a = 2 (r - t)\, 3 c q^2 \cos(p)\, x"
    found = judged(CHAIN, line)
    assert (found.verdict, found.step, found.reason) == (
        "wrong",
        2,
        "step 2 is the first to fail, the one before it is right",
    )
    messages = [s.message for s in found.slips]
    assert "$x$ is written where $a$ is meant" in messages
    assert len(messages) == len(set(messages))


def test_two_slips_that_cancel() -> None:
    start = r"\frac{\partial V}{\partial a} = \frac{\partial V}{\partial p} x"
    right, slipped = r"2 (r - t)\, 3 c q^2 \cos(p)\, x", r"2 (r - t)\, 3 c q^2 \sin(p)\, x"
    cancelled, lost = (judged(CHAIN, f"{start} = {slipped} = {last}") for last in (right, f"2 {slipped}"))
    assert (cancelled.verdict, cancelled.step, lost.verdict, lost.step) == ("wrong", 2, "wrong", 2)
    assert "another slip makes up for this one" in cancelled.reason
    assert "makes up" not in lost.reason


def test_two_slips_in_one_line() -> None:
    found = judged(BRACKETS, r"\mathbf{e}^{[k]} = - \mathbf{M}^{[k+1]} \mathbf{e}^{[k+1]} \odot g'(\mathbf{u}^{[k]})")
    assert "; and " in found.slips[0].message
    assert judged(BRACKETS, found.right).verdict == "right"


def test_nothing_near_is_said_to_be_a_slip() -> None:
    found = judged(CHAIN, r"\frac{\partial V}{\partial a} = \exp(r) + t^2 x - \cos(q t)")
    assert found.verdict == "wrong"
    assert found.slips == ()


def test_a_right_line_is_not_explained() -> None:
    found = judged(CHAIN, r"\frac{\partial r}{\partial q} = 3 c q^2")
    assert (found.verdict, found.slips, found.right) == ("right", (), "")


# ------------------------------------------------------------ what the judge did not prove is not said


def test_a_repair_that_only_seems_to_hold_is_not_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Trial, "_agrees", lambda *_: True)
    found = judged(CHAIN, r"\frac{\partial r}{\partial q} = 3 c q^3")
    assert all(s.kind == "wrong_power" for s in found.slips)


def test_a_text_that_does_not_read_back_as_right_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Explanation, "printed", lambda _, e: iter([f"{len(str(e))} q"]))
    found = judged(CHAIN, r"\frac{\partial r}{\partial q} = 3 c q^3")
    assert found.slips
    assert found.right == ""


def test_a_number_is_not_the_number_of_examples() -> None:
    """Networks with several numbers of examples tell 1/3 from 1/N."""
    assert judged(ROWS, r"G_L = \frac13 (H_L - T) \odot \phi'(S_L)").verdict == "wrong"
    assert judged(ROWS, r"G_L = \frac1N (H_L - T) \odot \phi'(S_L)").verdict == "right"
