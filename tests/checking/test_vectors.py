"""Vectors that a setting tells only by how they are written: transposed small letters, bold letters beside a dot."""

from __future__ import annotations

import json
import math
import re

import pytest

from derive.checking import check, check_text, replay
from derive.checking.setting import from_toml
from derive.checking.showing import annotated
from derive.errors import DeriveError

NEURON = r"""
given = '''
  z = PRODUCT + b
  \hat y = \sigma(z)
  E = \frac12(\hat y - y)^2
'''
[functions]
'\sigma' = 'sigmoid'
CONVENTIONS
"""
COLUMNS = "[conventions]\nvectors = 'columns'"
PRODUCTS = [
    (r"\mathbf w^\top \mathbf x", COLUMNS),
    (r"w^T x", COLUMNS),
    (r"\mathbf w \cdot \mathbf x", COLUMNS),
    (r"\mathbf w \cdot \mathbf x", ""),
    (r"\vec w \cdot \vec x", ""),
]
EXAMPLES = r"""
given = '''
  z_n = \mathbf w^T \mathbf x_n + b
  \hat y_n = \sigma(z_n)
  E = -\sum_{n=1}^N [y_n \ln \hat y_n + (1-y_n)\ln(1-\hat y_n)]
'''
[functions]
'\sigma' = 'sigmoid'
[index]
'n' = 'example 1..N'
[conventions]
vectors = 'columns'
"""


def verdicts(setting: str, *equations: str) -> list[str]:
    page = "\n".join(f"$$ {tex} $$" for tex in equations)
    return [v.verdict for v in check_text(page, "page.md", from_toml(setting, "setting"), explain=False).verdicts]


@pytest.mark.parametrize(("product", "conventions"), PRODUCTS)
def test_one_neuron(product: str, conventions: str) -> None:
    setting = NEURON.replace("PRODUCT", product).replace("CONVENTIONS", conventions)
    w, x = (r"\vec w", r"\vec x") if r"\vec" in product else (r"\mathbf w", r"\mathbf x")
    right = rf"\frac{{\partial E}}{{\partial {w}}} = (\hat y - y) \hat y (1 - \hat y) {x}"
    wrong = right.replace("(1 -", "(1 +")
    assert verdicts(setting, right, wrong) == ["right", "wrong"]


def test_one_neuron_and_many_examples() -> None:
    right = [
        r"\nabla_{\mathbf w} E = \sum_{n=1}^N (\hat y_n - y_n) \mathbf x_n",
        r"\frac{\partial E}{\partial w_j} = \sum_n (\hat y_n - y_n) x_{nj}",
        r"\frac{\partial E}{\partial z_n} = \hat y_n - y_n",
    ]
    wrong = [right[0].replace(r"\sum_{n=1}^N", r"\frac1N \sum_{n=1}^N"), right[2].replace("=", "= -")]
    assert verdicts(EXAMPLES, *right) == ["right"] * 3
    assert verdicts(EXAMPLES, wrong[0], r"\frac{\partial E}{\partial z_n} = y_n - \hat y_n") == ["wrong"] * 2


def test_matrices_stay_matrices() -> None:
    """A capital letter that is transposed is a matrix, and so is a small one that has a layer."""
    setting = NEURON.replace("PRODUCT", "W^T x").replace("CONVENTIONS", COLUMNS).replace(
        r"E = \frac12(\hat y - y)^2", r"E = \frac12 \|\hat y - y\|^2"
    )  # fmt: skip
    right = r"\frac{\partial E}{\partial W} = x \left((\hat y - y) \odot \hat y \odot (1 - \hat y)\right)^T"
    assert verdicts(setting, right) == ["right"]


def test_without_a_convention_a_row_or_a_column_is_asked_for() -> None:
    with pytest.raises(DeriveError, match="unknown shapes"):
        verdicts(NEURON.replace("PRODUCT", r"\mathbf w^T \mathbf x").replace("CONVENTIONS", ""), r"E = E")


@pytest.mark.parametrize("identity", ["I", r"\mathbf I", r"\mathbf I_n", "I_n"])
def test_the_identity(identity: str) -> None:
    setting = r"""
layers = 'l = 0..L'
given = '''
  u_l = W_l h_{l-1} + b_l
  h_l = h_{l-1} + \sigma(u_l)
  h_0 = x
'''
[functions]
'\sigma' = 'any'
[shapes]
'h_l' = 'n'
[conventions]
vectors = 'columns'
jacobian = 'numerator'
"""
    right = rf"\frac{{\partial h_l}}{{\partial h_{{l-1}}}} = {identity} + \operatorname{{diag}}(\sigma'(u_l)) W_l"
    assert verdicts(setting, right, right.replace("+", "-")) == ["right", "wrong"]


def test_an_i_of_one_s_own_is_no_identity() -> None:
    setting = "given = '''\n  a = I w\n  E = a^2\n'''\n[conventions]\nvectors = 'scalars'"
    assert verdicts(setting, r"\frac{dE}{dw} = 2 a I", r"\frac{dE}{dw} = 2 a") == ["right", "wrong"]


def test_what_is_said_of_a_function_holds_for_numbers_though_its_letter_is_a_vector() -> None:
    setting = NEURON.replace("PRODUCT", r"w^\top x").replace("CONVENTIONS", COLUMNS)
    right = [
        r"\sigma'(x) = \sigma(x) (1 - \sigma(x))",
        r"\sigma(-x) = 1 - \sigma(x)",
        r"\sigma(x) = \frac{1}{1 + e^{-x}}",
    ]
    wrong = [r"\sigma'(x) = \sigma(x) (1 + \sigma(x))", r"\sigma(-x) = -\sigma(x)", r"\sigma(x) = \frac{1}{1 - e^{-x}}"]
    assert verdicts(setting, *right, *wrong) == ["right"] * 3 + ["wrong"] * 3


def test_what_is_said_of_a_wrong_one_is_in_the_letter_of_the_page() -> None:
    """The formula of the sigmoid has a letter of its own inside, which the page does not know."""
    setting = NEURON.replace("PRODUCT", r"w^\top x").replace("CONVENTIONS", COLUMNS)
    page = r"$$ \sigma'(\mathbf x) = \sigma(\mathbf x) (1 + \sigma(\mathbf x)) $$"
    report = check(page, setting=setting)
    (found,) = report
    right = r"\sigma'(\mathbf{x}) = \sigma(\mathbf{x})\, \left( 1 - \sigma(\mathbf{x}) \right)"
    assert found.judgement.right == right
    assert found.judgement.slips[0].message == r"wrong sign: $\sigma(\mathbf{x})$ should be $-\sigma(\mathbf{x})$"
    assert verdicts(setting, right) == ["right"]
    shown = [report.text(), json.dumps(found.to_json()), annotated(page, report.files[0]), report.page()]
    plain = ["".join(re.sub("<(?!!)[^>]*>", "", text.partition("<details")[0]).split()) for text in shown]
    assert [text for text in plain if "(z" in text] == []
    assert all("x" in text for text in plain)


def test_the_number_for_which_a_function_is_asked_is_told() -> None:
    setting = NEURON.replace("PRODUCT", r"w^\top x").replace("CONVENTIONS", COLUMNS)
    page = r"$$ \sigma'(x) = \sigma(x) (1 + \sigma(x)) $$"
    (found,) = check(page, setting=setting)
    c = found.judgement.counterexample
    assert c is not None
    s = 1 / (1 + math.exp(-c.letters["x"]))
    assert (c.expected, c.got) == pytest.approx((s * (1 - s), s * (1 + s)), rel=1e-12)
    assert f"x = {c.letters['x']:.6g}" in str(c)
    (told,) = [line for line in replay(page, 1, setting=setting).splitlines() if line.startswith("x = ")]
    assert float(told.split()[2]) == c.letters["x"]


def test_a_slip_does_not_make_an_equation_say_that_something_is_itself() -> None:
    setting = NEURON.replace("PRODUCT", r"w^\top x").replace("CONVENTIONS", COLUMNS)
    (found,) = check(r"$$ \sigma(-x) = -\sigma(x) $$", setting=setting)
    assert found.verdict == "wrong"
    assert found.judgement.right != r"\sigma(-x) = \sigma(-x)"
    assert not any("should be $-x$" in slip.message for slip in found.judgement.slips)


def test_a_factor_that_nothing_tells_beside_an_inner_product() -> None:
    setting = NEURON.replace("PRODUCT", r"c \mathbf w \cdot \mathbf x").replace("CONVENTIONS", COLUMNS)
    right = r"\frac{\partial z}{\partial \mathbf w} = c \mathbf x"
    assert verdicts(setting, right, right.replace("c ", "2 c ")) == ["right", "wrong"]
