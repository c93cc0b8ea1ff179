"""Fifty digits decide where doubles cannot: small differences are seen, rounding is taken for no difference."""

from __future__ import annotations

import pytest

from derive.checking import Judgement, check_text
from derive.checking.judging.precision import Precision
from derive.checking.setting import from_toml

NEURON = r"""
given = '''
  z = w x + b
  a = \sigma(z)
  C = \frac12 (a - y)^2
'''
[functions]
'\sigma' = 'sigmoid'
[conventions]
vectors = 'scalars'
"""
BATCH = r"""
given = '''
  Z = X W + c
  H = \max(0, Z)
  S = H V
  p_{ik} = \frac{e^{S_{ik}}}{\sum_j e^{S_{ij}}}
  J = -\frac1N \sum_{i=1}^N \sum_k y_{ik} \log p_{ik}
'''
[shapes]
'X' = 'N x D'
'W' = 'D x h'
'V' = 'h x K'
'c' = '1 x h'
'y' = 'N x K'
[index]
'i' = 'example 1..N'
[conventions]
vectors = 'rows'
examples = 'rows'
"""


def judged(latex: str, setting: str = NEURON) -> Judgement:
    (verdict,) = check_text(f"$$ {latex} $$", "page.md", from_toml(setting, "setting"), explain=False).verdicts
    return verdict.judgement


RIGHT = (
    r"\frac{\partial C}{\partial a} = (10^9 + a - y) - 10^9",
    r"\frac{\partial C}{\partial a} = (10^{14} + a - y) - 10^{14}",
    r"\frac{\partial C}{\partial z} = (a - y) a (1 - a) \frac{1 + e^{30}}{1 + e^{30}}",
    r"\frac{\partial C}{\partial a} = \left(e^{20} a - e^{20} y\right) e^{-20}",
    r"\frac{\partial C}{\partial z} = (a - y) \sigma'(z) + (1 + z)^{9} - (z + 1)^9",
)
WRONG = (
    r"\frac{\partial C}{\partial a} = (a - y) + \frac{x}{10^{12}}",
    r"\frac{\partial C}{\partial a} = (a - y) + 10^{-8} x",
    r"\frac{\partial C}{\partial a} = (a - y) + e^{-30} x",
    r"\frac{\partial C}{\partial a} = (a - y) + a^{60}",
    r"\frac{\partial C}{\partial a} = (a - y)(1 + 10^{-9})",
    r"\frac{\partial C}{\partial a} = (10^{14} + a - y) - 10^{14} + 10^{-9} w",
)
"""Doubles see no difference in some, one of rounding in others."""


@pytest.mark.parametrize("latex", RIGHT)
def test_rounding_is_no_difference(latex: str) -> None:
    assert judged(latex).verdict == "right"


@pytest.mark.parametrize("latex", WRONG)
def test_a_difference_below_the_digits_of_doubles_is_seen(latex: str) -> None:
    found = judged(latex)
    assert found.verdict == "wrong"


def test_without_fifty_digits_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Precision, "precise", lambda *_: None)
    assert {judged(latex).verdict for latex in (*RIGHT[:3], *WRONG)} == {"cannot_tell"}


def test_batches_with_kinks_and_softmax() -> None:
    right = r"\frac{\partial J}{\partial S_{ik}} = \frac1N (p_{ik} \sum_j y_{ij} - y_{ik})"
    assert judged(right, BATCH).verdict == "right"
    assert judged(right + " + 10^{-11} p_{ik}", BATCH).verdict == "wrong"
    hidden = r"\frac{\partial J}{\partial Z} = \left(\frac{\partial J}{\partial S} V^T\right) \odot \mathbf 1[Z > 0]"
    assert judged(hidden, BATCH).verdict == "right"


def test_the_numbers_show_where_they_differ() -> None:
    found = judged(WRONG[1]).counterexample
    assert found is not None
    one, _, other = str(found).partition("definition ")[2].partition(", this expression ")
    assert one != other


def test_second_derivatives_are_left_to_doubles() -> None:
    latex = r"\frac{\partial}{\partial w} \frac{\partial C}{\partial a} = \sigma'(z) x"
    assert judged(latex).verdict == "right"
