"""The 19 wrong formulas, each written out in LaTeX, are judged wrong; what they should be is judged right."""

from __future__ import annotations

import pytest

from derive.checking import check

MATRIX = r"""
layers = 'l = 0..L'
given = '''
  a^0 = x
  z^l = W^l a^{l-1} + b^l
  a^l = f_l(z^l)
  J = C(a^L, y)
  \delta^l = \frac{\partial J}{\partial z^l}
'''
[functions]
'f_l' = 'any'
'C' = 'any cost'
[conventions]
vectors = 'columns'
"""
INDEX = r"""
layers = 'l = 0..L'
given = '''
  a^0_k = x_k
  z^l_k = \sum_j w^l_{kj} a^{l-1}_j + b^l_k
  a^l_k = f_l(z^l_k)
  J = C(a^L, y)
  \delta^l_k = \frac{\partial J}{\partial z^l_k}
'''
[functions]
'f_l' = 'any'
'C' = 'any cost'
"""
HALF = MATRIX.replace("J = C(a^L, y)", r"J = \frac12 \|a^L - y\|^2")
WHOLE = MATRIX.replace("J = C(a^L, y)", r"J = \|a^L - y\|^2")
SIGMOID = MATRIX.replace("'f_l' = 'any'", "'f_l' = 'sigmoid'")
SIGMOID_HALF = HALF.replace("'f_l' = 'any'", "'f_l' = 'sigmoid'")
SIGMOID_BCE = SIGMOID.replace("J = C(a^L, y)", r"J = -\sum_k \left( y_k \ln a^L_k + (1 - y_k) \ln(1 - a^L_k) \right)")
SOFTMAX = r"""
layers = 'l = 0..L'
given = '''
  a^0_k = x_k
  z^l_k = \sum_j w^l_{kj} a^{l-1}_j + b^l_k
  a^l_k = \frac{e^{z^l_k}}{\sum_i e^{z^l_i}}
  J = C(a^L, y)
  \delta^l_k = \frac{\partial J}{\partial z^l_k}
'''
[functions]
'C' = 'any cost'
"""
HIDDEN = r"\delta^l = "
DW, DB = r"\frac{\partial J}{\partial W^l} = ", r"\frac{\partial J}{\partial b^l} = "
DA = r"\frac{\partial J}{\partial a^L}"

FORMULAS = [
    ("target minus output", HALF, r"\delta^L = (y - a^L) \odot f_L'(z^L)", r"\delta^L = (a^L - y) \odot f_L'(z^L)"),
    ("factor 2 dropped", WHOLE, r"\delta^L = (a^L - y) \odot f_L'(z^L)", r"\delta^L = 2 (a^L - y) \odot f_L'(z^L)"),
    ("sigma squared", SIGMOID, r"f_l'(z^l) = a^l \odot a^l", r"f_l'(z^l) = a^l \odot (1 - a^l)"),
    (
        "diagonal softmax Jacobian",
        SOFTMAX,
        r"\frac{\partial a^l_i}{\partial z^l_k} = a^l_i (1 - a^l_i)\, \mathbf 1[i=k]",
        r"\frac{\partial a^l_i}{\partial z^l_k} = a^l_i (\mathbf 1[i=k] - a^l_k)",
    ),
    ("a - y for every cost", SIGMOID_HALF, r"\delta^L = a^L - y", r"\delta^L = (a^L - y) \odot a^L \odot (1 - a^L)"),
    ("f' omitted at the output", MATRIX, rf"\delta^L = {DA}", rf"\delta^L = f_L'(z^L) \odot {DA}"),
    (
        "f' twice at the output",
        MATRIX,
        rf"\delta^L = f_L'(z^L) \odot f_L'(z^L) \odot {DA}",
        rf"\delta^L = {DA} \odot f_L'(z^L)",
    ),
    (
        "no transpose",
        MATRIX,
        HIDDEN + r"f_l'(z^l) \odot W^{l+1} \delta^{l+1}",
        HIDDEN + r"f_l'(z^l) \odot (W^{l+1})^T \delta^{l+1}",
    ),
    (
        "indices of the weight exchanged",
        INDEX,
        r"\delta^l_k = f_l'(z^l_k) \sum_p w^{l+1}_{kp} \delta^{l+1}_p",
        r"\delta^l_k = f_l'(z^l_k) \sum_p w^{l+1}_{pk} \delta^{l+1}_p",
    ),
    (
        "the weights of the layer itself",
        MATRIX,
        HIDDEN + r"f_l'(z^l) \odot (W^l)^T \delta^{l+1}",
        HIDDEN + r"(W^{l+1})^T \delta^{l+1} \odot f_l'(z^l)",
    ),
    (
        "the function of the next layer",
        INDEX,
        r"\delta^l_k = f_{l+1}'(z^l_k) \sum_p w^{l+1}_{pk} \delta^{l+1}_p",
        r"\delta^l_k = \sum_p f_l'(z^l_k)\, w^{l+1}_{pk} \delta^{l+1}_p",
    ),
    (
        "f' at the next pre-activation",
        INDEX,
        r"\delta^l_k = f_l'(z^{l+1}_k) \sum_p w^{l+1}_{pk} \delta^{l+1}_p",
        r"\delta^{l-1}_k = f_{l-1}'(z^{l-1}_k) \sum_p w^l_{pk} \delta^l_p",
    ),
    (
        "f' at the activation",
        MATRIX,
        HIDDEN + r"f_l'(a^l) \odot (W^{l+1})^T \delta^{l+1}",
        HIDDEN + r"\operatorname{diag}(f_l'(z^l)) (W^{l+1})^T \delta^{l+1}",
    ),
    (
        "f' omitted in hidden layers",
        MATRIX,
        HIDDEN + r"(W^{l+1})^T \delta^{l+1}",
        r"\frac{\partial J}{\partial a^l} = (W^{l+1})^T \delta^{l+1}",
    ),
    ("activation of the same layer", MATRIX, DW + r"\delta^l (a^l)^T", DW + r"\delta^l (a^{l-1})^T"),
    (
        "z for a",
        MATRIX,
        DW + r"\delta^l (z^{l-1})^T",
        r"\frac{\partial J}{\partial W^{l+1}} = \delta^{l+1} (a^l)^{\mathsf T}",
    ),
    ("outer product transposed", MATRIX, DW + r"a^{l-1} (\delta^l)^T", DW + r"\bigl(a^{l-1} (\delta^l)^T\bigr)^T"),
    (
        "diagonal of the outer product",
        INDEX,
        r"\frac{\partial J}{\partial w^l_{kj}} = \delta^l_k a^{l-1}_j\, \mathbf 1[k=j]",
        r"\frac{\partial J}{\partial w^l_{kj}} = \delta^l_k a^{l-1}_j",
    ),
    ("bias gradient zero", MATRIX, DB + "0", DB + r"\delta^l"),
    ("bias gradient times b", MATRIX, DB + r"\delta^l \odot b^l", r"\frac{\partial J}{\partial b^l} = \delta^l"),
]


@pytest.mark.parametrize(("setting", "wrong"), [row[1:3] for row in FORMULAS], ids=[row[0] for row in FORMULAS])
def test_wrong_formula_is_wrong(setting: str, wrong: str) -> None:
    (verdict,) = check(f"$$ {wrong} $$", setting=setting)
    assert verdict.verdict == "wrong", verdict.text()
    assert verdict.judgement.step == 1


@pytest.mark.parametrize(("setting", "right"), [row[1::2] for row in FORMULAS], ids=[row[0] for row in FORMULAS])
def test_right_formula_is_right(setting: str, right: str) -> None:
    (verdict,) = check(f"$$ {right} $$", setting=setting)
    assert verdict.verdict == "right", verdict.text()


def test_a_minus_y_is_right_for_cross_entropy() -> None:
    (verdict,) = check(r"$$ \delta^L = a^L - y $$", setting=SIGMOID_BCE)
    assert verdict.verdict == "right", verdict.text()


def test_diagonal_of_a_square_layer_is_no_excuse() -> None:
    """With all widths equal the shapes conform; the values still tell."""
    square = MATRIX + "\n[shapes]\n'W^l' = 'n x n'\n'x' = 'n'\n"
    (verdict,) = check(r"$$ \delta^l = f_l'(z^l) \odot W^{l+1} \delta^{l+1} $$", setting=square)
    assert verdict.verdict == "wrong"
    assert verdict.judgement.counterexample is not None
