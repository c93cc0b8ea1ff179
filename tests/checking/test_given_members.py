"""Single members of a leaf that a setting gives: equal weights into the units of one layer."""

from __future__ import annotations

import pytest

from derive.checking import check

SETTING = r"""<!-- derive:
layers = 'l = 0..L'
given = '''
  w^1_{kj} = v_j
  b^1_k = c
  TIED
  a^0_k = x_k
  z^l_k = \sum_{j=1}^{n_{l-1}} w^l_{kj}\, a^{l-1}_j + b^l_k
  a^l_k = f_l(z^l_k)
  J = C(\mathbf a^L, \mathbf y)
  \delta^l_k = \frac{\partial J}{\partial z^l_k}
'''
[functions]
'f_l' = 'any'
'C' = 'any cost'
[shapes]
'\mathbf x' = 'n_0'
'\mathbf y' = 'n_L'
'w^l' = 'n_l x n_{l-1}'
'b^l' = 'n_l'
'\mathbf v' = 'n_0'
'\mathbf u' = 'n_2'
'c' = 'scalar'
-->

$$EQUATION$$
"""
TIED = "w^2_{kj} = u_k"


def verdict(equation: str, tied: str = TIED) -> str:
    setting = SETTING if tied else SETTING.replace(r"'\mathbf u' = 'n_2'", "")
    return check(setting.replace("TIED", tied).replace("EQUATION", equation)).verdict


@pytest.mark.parametrize("equation", [r"z^1_k = z^1_i", r"\delta^1_k = \delta^1_i", r"w^1_{kj} = w^1_{ij}"])
def test_equal_units(equation: str) -> None:
    assert verdict(equation) == "right"


@pytest.mark.parametrize("equation", [r"z^2_k = z^2_i", r"\delta^2_k = \delta^2_i", r"w^1_{kj} = w^1_{ki}"])
def test_what_is_not_equal(equation: str) -> None:
    assert verdict(equation) == "wrong"


def test_the_weights_out_must_be_equal_too() -> None:
    assert verdict(r"\delta^1_k = \delta^1_i", tied="") == "wrong"
    assert verdict(r"z^1_k = z^1_i", tied="") == "right"
