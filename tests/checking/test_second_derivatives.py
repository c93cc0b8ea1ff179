"""Second derivatives as people write them."""

from __future__ import annotations

import pytest

from derive.checking import check_text
from derive.checking.setting import from_toml

CHAIN = r"""
given = '''
  u = w_1 x + b_1
  v = \sigma(u)
  \hat y = w_2 v + b_2
  E = (t - \hat y)^2
'''
[functions]
'\sigma' = 'sigmoid'
"""
LOGITS = r"""
given = '''
  z = W x + b
  p = \operatorname{softmax}(z)
  L = -\sum_k y_k \log p_k
  \sum_k y_k = 1
'''
[conventions]
vectors = 'columns'
"""
CASES = [
    (CHAIN, r"\frac{d^2 E}{dw_2^2} = 2v^2", r"\frac{d^2 E}{dw_2^2} = v^2"),
    (CHAIN, r"\frac{d^2 E}{d{w_2}^{2}} = 2v^2", r"\frac{d^2 E}{d{w_2}^{2}} = 2v"),
    (
        CHAIN,
        r"\frac{\partial^2 E}{\partial w_2\,\partial b_2} = 2v",
        r"\frac{\partial^2 E}{\partial w_2\,\partial x} = v",
    ),
    (CHAIN, r"\frac{\partial^{2} E}{\partial \hat y^2} = 2", r"\frac{\partial^{2} E}{\partial \hat y^2} = -2"),
    (
        CHAIN,
        r"\frac{\partial^2 E}{\partial w_1^2} = 2 (w_2 v (1-v) x)^2 - 2(t - \hat y) w_2 v(1-v)(1-2v)x^2",
        r"\frac{\partial^2 E}{\partial w_1^2} = 2 (w_2 v (1-v) x)^2",
    ),
    (CHAIN, r"\frac{d^2 v}{d u^2} = v(1-v)(1-2v)", r"\frac{d^2 v}{d u^2} = v(1-v)(1+2v)"),
    (
        LOGITS,
        r"\frac{\partial^2 L}{\partial z_i \partial z_j} = p_i(\mathbb I[i=j] - p_j)",
        r"\frac{\partial^2 L}{\partial z_i \partial z_j} = p_i(\mathbb I[i=j] + p_j)",
    ),
    (
        LOGITS,
        r"\frac{\partial^2 L}{\partial z\,\partial z^T} = \operatorname{diag}(p) - p p^T",
        r"\frac{\partial^2 L}{\partial z\,\partial z^T} = \operatorname{diag}(p) - p^T p",
    ),
]


@pytest.mark.parametrize(("setting", "right", "wrong"), CASES)
def test_second_derivatives(setting: str, right: str, wrong: str) -> None:
    found = check_text(f"$$ {right} $$\n$$ {wrong} $$", "page.md", from_toml(setting, "setting"))
    assert [v.verdict for v in found.verdicts] == ["right", "wrong"]
