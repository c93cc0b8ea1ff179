"""A line that decides and was left out: targets that sum to 1."""

from __future__ import annotations

import pytest

from derive.checking import check_text, replay
from derive.checking.setting import from_toml
from derive.errors import DeriveError

ENTRIES = r"""
given = '''
  o_n = V h_n + c
  p_n = \operatorname{softmax}(o_n)
  \ell_n = -\sum_k y_{nk} \log p_{nk}
  TOLD
  L = \frac1N \sum_{n=1}^N \ell_n
'''
[index]
'n' = 'example 1..N'
[conventions]
vectors = 'columns'
"""
VECTORS = r"""
given = '''
  z = W x + b
  p = \operatorname{softmax}(z)
  L = -y^\top \log p
  TOLD
'''
[conventions]
vectors = 'columns'
"""
SUM_N, SUM = r"\sum_k y_{nk} = 1", r"\sum_k y_k = 1"
CASES = [
    (ENTRIES, SUM_N, r"\frac{\partial \ell_n}{\partial o_n} = p_n - y_n"),
    (ENTRIES, SUM_N, r"\frac{\partial L}{\partial V} = \frac1N \sum_n (p_n - y_n) h_n^\top"),
    (VECTORS, SUM, r"\frac{\partial L}{\partial z} = p - y"),
]


def verdict(setting: str, told: str, equation: str) -> tuple[str, str]:
    given = from_toml(setting.replace("  TOLD\n", f"  {told}\n" if told else ""), "setting")
    (found,) = check_text(f"$$ {equation} $$", "page.md", given).verdicts
    return found.verdict, found.judgement.reason


@pytest.mark.parametrize(("setting", "told", "equation"), CASES)
def test_the_line_that_decides_is_told(setting: str, told: str, equation: str) -> None:
    word, why = verdict(setting, "", equation)
    assert word == "cannot_tell"
    assert f"right if {told}" in why.replace(r"\sum_{k}", r"\sum_k")
    assert verdict(setting, told, equation)[0] == "right"


@pytest.mark.parametrize(("setting", "told", "equation"), CASES)
def test_what_is_wrong_with_that_line_too_is_wrong(setting: str, told: str, equation: str) -> None:
    slipped = equation.replace("p_n - y_n", "p_n + y_n").replace("p - y", "y - p")
    assert slipped != equation
    assert verdict(setting, "", slipped)[0] == verdict(setting, told, slipped)[0] == "wrong"


def test_another_line_about_the_targets_stands() -> None:
    """An author who says that they sum to 2 is taken at his word."""
    assert verdict(VECTORS, r"\sum_k y_k = 2", r"\frac{\partial L}{\partial z} = p - y")[0] == "wrong"
    assert verdict(VECTORS, r"\sum_k y_k = 2", r"\frac{\partial L}{\partial z} = 2 p - y")[0] == "right"


STEPS = r"""
layers = 't = 0..T'
given = '''
  m_0 = 0
  m_t = \beta_1 m_{t-1} + (1 - \beta_1) g
  v_t = \beta_2 m_t
'''
[conventions]
vectors = 'scalars'
"""


def test_a_number_that_is_part_of_a_name_is_no_last_layer() -> None:
    r"""``\beta_1`` does not say that there is one step: ``1 - \beta_1`` for ``1 - \beta_1^t`` is wrong."""
    steps = r"\qquad t = 1, \dots, T"
    assert verdict(STEPS, "", rf"m_t = (1 - {{\beta_1}}^t) g, {steps}")[0] == "right"
    assert verdict(STEPS, "", rf"m_t = (1 - \beta_1) g, {steps}")[0] == "wrong"


def test_an_equation_that_is_not_called_wrong_has_no_counterexample_to_replay() -> None:
    setting, equation = VECTORS.replace("  TOLD\n", ""), r"$$ \frac{\partial L}{\partial z} = p - y $$"
    with pytest.raises(DeriveError, match="right if"):
        replay(equation, 1, setting=setting)
    assert "this expression" in replay(equation.replace("p - y", "y - p"), 1, setting=setting)
