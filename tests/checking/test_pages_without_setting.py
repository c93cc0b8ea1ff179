"""Pages as students hand them in: no setting, the forward equations stand in the text."""

from __future__ import annotations

import pytest

from derive.checking import check_text

LAYERS = r"""# Exercise 3

We consider a network with $z^l = W^l a^{l-1} + b^l$ and $a^l = \sigma(z^l)$, SAID $a^0 = x$ and the cost is
$C = \frac12\|a^L - y\|^2$. Let $\delta^l = \frac{\partial C}{\partial z^l}$. Then

$$\delta^L = (a^L - y) \odot a^L \odot (1 - a^L)$$

and for the hidden layers

$$\delta^l = (W^{l+1} \delta^{l+1}) \odot \sigma'(z^l).$$

The gradients are
\begin{align}
\frac{\partial C}{\partial W^l} &= \delta^l (a^{l-1})^T \\
\frac{\partial C}{\partial b^l} &= \delta^l
\end{align}
"""
NEURON = r"""\documentclass{article}
\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}
\begin{document}
A single neuron computes $\hat y = \sigma(z)$ with $z = \sum_i w_i x_i + b$ and $\sigma(z) = \frac{1}{1+e^{-z}}$.
We minimise
\[ E = \tfrac12 (\hat y - y)^2 . \]
By the chain rule
\begin{align*}
\pd{E}{w_i} &= \pd{E}{\hat y} \pd{\hat y}{z} \pd{z}{w_i} \\
  &= (\hat y - y)\, \hat y (1 - \hat y)\, x_i ,\\
\pd{E}{b} &= (\hat y - y)\, \hat y (1 + \hat y) .
\end{align*}
\end{document}
"""
ROWS = r"""
The layer computes $h = \tanh(x V + c)$ and $o = h U + d$, and the error is $E = \frac12 \|o - t\|^2$. We get

$$\frac{\partial E}{\partial U} = h^T (o - t)$$
$$\frac{\partial E}{\partial h} = (o - t) U^T$$
$$\frac{\partial E}{\partial h} = U^T (o - t)$$
"""


def verdicts(text: str, file: str = "page.md") -> list[str]:
    return [v.verdict for v in check_text(text, file, explain=True).verdicts]


def test_a_network_in_layers() -> None:
    """``W a`` with a capital and a small letter: columns."""
    page = LAYERS.replace("SAID", r"where $\sigma$ is the sigmoid,")
    assert verdicts(page) == ["right", "wrong", "right", "right"]


def test_a_function_that_nobody_names_decides_nothing() -> None:
    found = check_text(LAYERS.replace("SAID", ""), "page.md").verdicts
    assert [v.verdict for v in found] == ["cannot_tell", "wrong", "right", "right"]
    assert found[0].judgement.reason == r"right if \sigma is sigmoid: say so"


def test_a_formula_of_the_activation_in_the_text() -> None:
    """The activation is the formula that stands there, though its argument has a definition, too."""
    assert verdicts(NEURON, "page.tex") == ["definition", "right", "wrong"]


def test_rows_are_told_by_their_matrices() -> None:
    assert verdicts(ROWS) == ["right", "right", "wrong"]


@pytest.mark.parametrize("line", ["z^l = W^l ? a^{l-1}", r"z^l = \mathrm{conv}(W^l, a^{l-1})"])
def test_what_rests_on_a_line_that_is_not_understood_is_not_judged(line: str) -> None:
    """Else z would be a free number, and every claim about W be judged without it."""
    page = LAYERS.replace("z^l = W^l a^{l-1} + b^l", line).replace("SAID", r"where $\sigma$ is the sigmoid,")
    assert set(verdicts(page)) == {"cannot_tell"}


TWO_LAYERS = r"""
Forward pass of a two-layer network:
$$z_1 = W_1 x + b_1, \quad a_1 = \mathrm{ReLU}(z_1), \quad z_2 = W_2 a_1 + b_2, \quad \hat{y} = \mathrm{softmax}(z_2)$$
with loss $L = -\sum_i y_i \log \hat{y}_i$, where $\sum_i y_i = 1$. Backward pass:
$$\frac{\partial L}{\partial a_1} = W_2^T \frac{\partial L}{\partial z_2}$$
$$\frac{\partial L}{\partial z_1} = \frac{\partial L}{\partial a_1} \odot \mathbb{1}[z_1 > 0]$$
$$\frac{\partial L}{\partial W_1} = \frac{\partial L}{\partial z_1} x^T$$
$$\frac{\partial L}{\partial x} = W_1 \frac{\partial L}{\partial z_1}$$
"""
LOGISTIC = r"""
The model is $\hat y^{(i)} = \sigma(w^T x^{(i)} + b)$ with the sigmoid function $\sigma$,
and the cost over m examples is
$$J(w,b) = -\frac{1}{m}\sum_{i=1}^{m} \left[ y^{(i)}\log \hat y^{(i)} + (1-y^{(i)})\log(1-\hat y^{(i)}) \right].$$
The gradients are
$$\frac{\partial J}{\partial w} = \frac{1}{m}\sum_{i=1}^m (\hat y^{(i)} - y^{(i)}) x^{(i)}$$
$$\frac{\partial J}{\partial b} = \frac{1}{m}\sum_{i=1}^m (\hat y^{(i)} - y^{(i)})$$
$$\frac{\partial J}{\partial w_j} = \frac{1}{m}\sum_{i=1}^m (\hat y^{(i)} - y^{(i)}) x^{(i)}_j$$
$$\frac{\partial J}{\partial w} = \frac{1}{m}\sum_{i=1}^m (y^{(i)} - \hat y^{(i)}) x^{(i)}$$
"""
HAVE = r"""
We have $h = \tanh(Wx + b)$, $s = v^\top h + c$ and $\ell = ||s - y||^2$.
$$\frac{\partial \ell}{\partial v} = 2(s-y) h$$
$$\frac{\partial \ell}{\partial b} = 2(s-y) v \odot (1-h \odot h)$$
$$\frac{\partial \ell}{\partial x} = 2(s-y) W (v \odot (1-h \odot h))$$
"""


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (TWO_LAYERS, ["definition"] * 4 + ["right"] * 3 + ["wrong"]),
        (LOGISTIC, ["definition", "right", "right", "right", "wrong"]),
        (HAVE, ["right", "right", "wrong"]),
    ],
    ids=["two layers", "logistic regression", "we have"],
)
def test_whole_pages(page: str, expected: list[str]) -> None:
    assert verdicts(page) == expected
