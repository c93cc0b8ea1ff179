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
