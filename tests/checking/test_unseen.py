"""Settings in the conventions of other books than those in the folder: whole derivations, and the same with slips."""

from __future__ import annotations

import pytest

from derive.checking import check_text
from derive.checking.setting import from_toml
from derive.errors import DeriveError
from tests.checking.unseen_pages import MORE

PAGES = {
    "haykin": (
        r"""
layers = 'l = 0..L'
given = '''
  v^{(l)}_j = \sum_i w^{(l)}_{ji} y^{(l-1)}_i + b^{(l)}_j
  y^{(l)}_j = \varphi_l(v^{(l)}_j)
  y^{(0)}_j = x_j
  o_j = y^{(L)}_j
  e_j = d_j - o_j
  \mathcal E = \frac12 \sum_j e_j^2
  \delta^{(l)}_j = -\frac{\partial \mathcal E}{\partial v^{(l)}_j}
  \Delta w^{(l)}_{ji} = -\eta \frac{\partial \mathcal E}{\partial w^{(l)}_{ji}}
'''
[functions]
'\varphi_l' = 'any'
[shapes]
'\eta' = 'scalar'
""",
        [
            r"\delta^{(L)}_j = e_j \varphi_L'(v^{(L)}_j)",
            r"\delta^{(l)}_j = \varphi_l'(v^{(l)}_j) \sum_k \delta^{(l+1)}_k w^{(l+1)}_{kj}",
            r"\Delta w^{(l)}_{ji} = \eta \delta^{(l)}_j y^{(l-1)}_i",
            r"\frac{\partial \mathcal E}{\partial w^{(L)}_{ji}} = -e_j \varphi_L'(v^{(L)}_j) y^{(L-1)}_i",
        ],
        [
            r"\delta^{(L)}_j = -e_j \varphi_L'(v^{(L)}_j)",
            r"\delta^{(l)}_j = \varphi_l'(v^{(l)}_j) \sum_k \delta^{(l+1)}_k w^{(l+1)}_{jk}",
        ],
    ),
    "rows with layers below": (
        r"""
layers = 't = 0..T'
given = '''
  \mathbf s_t = \mathbf h_{t-1} \mathbf V_t + \mathbf c_t
  \mathbf h_t = g_t(\mathbf s_t)
  \mathbf h_0 = \mathbf u
  \ell = \frac12 \|\mathbf h_T - \mathbf r\|^2
  \mathbf q_t = \frac{\partial \ell}{\partial \mathbf s_t}
'''
[functions]
'g_t' = 'any'
[conventions]
vectors = 'rows'
""",
        [
            r"\mathbf q_t = (\mathbf q_{t+1} \mathbf V_{t+1}^\top) \odot g_t'(\mathbf s_t)",
            r"\frac{\partial \ell}{\partial \mathbf V_t} = \mathbf h_{t-1}^\top \mathbf q_t",
            r"\frac{\partial \ell}{\partial \mathbf c_t} = \mathbf q_t",
            r"\mathbf q_T = (\mathbf h_T - \mathbf r) \odot g_T'(\mathbf s_T)",
        ],
        [
            r"\mathbf q_t = (\mathbf V_{t+1} \mathbf q_{t+1}) \odot g_t'(\mathbf s_t)",
            r"\frac{\partial \ell}{\partial \mathbf V_t} = \mathbf q_t^\top \mathbf h_{t-1}",
        ],
    ),
    "two layers by entries, examples": (
        r"""
given = '''
  z_{mi} = \sigma(\alpha_{0m} + \sum_l \alpha_{ml} x_{il})
  f_{ki} = g(\beta_{0k} + \sum_m \beta_{km} z_{mi})
  R_i = \sum_k (y_{ik} - f_{ki})^2
  R = \sum_{i=1}^N R_i
'''
[functions]
'\sigma' = 'any'
'g' = 'any'
[index]
'i' = 'example 1..N'
[shapes]
'\gamma' = 'scalar'
""",
        [
            (
                r"\frac{\partial R_i}{\partial \beta_{km}}"
                r" = -2(y_{ik} - f_{ki}) g'(\beta_{0k} + \sum_{m} \beta_{km} z_{mi}) z_{mi}"
            ),
            r"\frac{\partial R}{\partial \beta_{km}} = \sum_{i=1}^N \frac{\partial R_i}{\partial \beta_{km}}",
        ],
        [
            r"\frac{\partial R}{\partial \beta_{km}} = \frac1N \sum_{i=1}^N \frac{\partial R_i}{\partial \beta_{km}}",
        ],
    ),
    "a toy chain": (
        r"""
given = '''
  u = a x + b
  v = \sin(u)
  w = e^{c v}
  E = (w - t)^2
'''
[conventions]
vectors = 'scalars'
""",
        [
            r"\frac{dE}{da} = 2(w - t) \cdot c w \cdot \cos(u) \cdot x",
            r"\frac{\partial E}{\partial c} = 2 (w-t) w v",
        ],
        [
            r"\frac{dE}{da} = 2(w - t) c \cos(u) x",
        ],
    ),
    "units by letter": (
        r"""
units = 'in -> hid -> out'
given = '''
  s_j = \sum_i v_{ij} u_i - \theta_j
  u_j = f(s_j)
  H = \frac12 \sum_{k \in \text{out}} (\zeta_k - u_k)^2
  \delta_j = -\frac{\partial H}{\partial s_j}
'''
[functions]
'f' = 'any'
[index]
'm' = 'out'
""",
        [
            r"\delta_m = (\zeta_m - u_m) f'(s_m)",
            r"\delta_j = f'(s_j) \sum_m v_{jm} \delta_m",
            r"\frac{\partial H}{\partial \theta_j} = \delta_j",
            r"\frac{\partial H}{\partial v_{ij}} = -\delta_j u_i",
        ],
        [
            r"\frac{\partial H}{\partial v_{ij}} = -\delta_i u_j",
            r"\delta_j = f'(s_j) \sum_m v_{mj} \delta_m",
            r"\frac{\partial H}{\partial \theta_j} = -\delta_j",
        ],
    ),
    "layers below in brackets": (
        r"""
layers = 'n = 0..N'
given = '''
  h_{(n)} = \Lambda_{(n)} u_{(n-1)} + \beta_{(n)}
  u_{(n)} = \tau(h_{(n)})
  u_{(0)} = s
  Q = \frac12 (u_{(N)} - r)^\top (u_{(N)} - r)
  e_{(n)} = -\frac{\partial Q}{\partial h_{(n)}}
'''
[functions]
'\tau' = 'any'
[conventions]
vectors = 'columns'
""",
        [
            r"e_{(N)} = (r - u_{(N)}) \odot \tau'(h_{(N)})",
            r"e_{(n)} = \Lambda_{(n+1)}^\top e_{(n+1)} \odot \tau'(h_{(n)})",
            r"\frac{\partial Q}{\partial \Lambda_{(n)}} = -e_{(n)} u_{(n-1)}^\top",
            r"\frac{\partial Q}{\partial \beta_{(n)}} = -e_{(n)}",
            r"\frac{\partial Q}{\partial s} = -\Lambda_{(1)}^\top e_{(1)}",
        ],
        [
            r"e_{(N)} = (u_{(N)} - r) \odot \tau'(h_{(N)})",
            r"e_{(n)} = \Lambda_{(n+1)} e_{(n+1)} \odot \tau'(h_{(n)})",
            r"e_{(n)} = \Lambda_{(n+1)}^\top e_{(n+1)} \odot \tau'(h_{(n+1)})",
            r"\frac{\partial Q}{\partial \Lambda_{(n)}} = e_{(n)} u_{(n-1)}^\top",
            r"\frac{\partial Q}{\partial \Lambda_{(n)}} = -u_{(n-1)} e_{(n)}^\top",
            r"\frac{\partial Q}{\partial s} = -\Lambda_{(1)}^\top e_{(1)} \odot \tau'(s)",
            r"\frac{\partial Q}{\partial u_{(n)}} = -\Lambda_{(n)}^\top e_{(n)}",
        ],
    ),
    "rows and a function by its name": (
        r"""
given = '''
  G = \Xi P^T + \mathbf 1 \kappa
  M = \operatorname{sigmoid}(G)
  F = M R
  E = \frac{1}{2B} \| F - T \|_F^2 + \frac{\mu}{2} \|P\|_F^2
  \bar F = \frac{\partial E}{\partial F}
  \bar G = \frac{\partial E}{\partial G}
'''
[shapes]
'\Xi' = 'B x d'
'P' = 'h x d'
'\kappa' = '1 x h'
'R' = 'h x c'
'T' = 'B x c'
[conventions]
vectors = 'rows'
examples = 'rows'
""",
        [
            r"\bar F = \frac1B (F - T)",
            r"\bar G = (\bar F R^\top) \odot M \odot (1 - M)",
            r"\frac{\partial E}{\partial R} = M^\top \bar F",
            r"\frac{\partial E}{\partial P} = \bar G^\top \Xi + \mu P",
            r"\frac{\partial E}{\partial \kappa} = \mathbf 1^\top \bar G",
        ],
        [
            r"\bar F = (F - T)",
            r"\bar G = (\bar F R) \odot M \odot (1 - M)",
            r"\bar G = (\bar F R^\top) \odot G \odot (1 - G)",
            r"\frac{\partial E}{\partial R} = \bar F^\top M",
            r"\frac{\partial E}{\partial P} = \bar G^\top \Xi",
            r"\frac{\partial E}{\partial \kappa} = \bar G",
        ],
    ),
    "each example with its number": (
        r"""
layers = 'l = 0..L'
given = '''
  z^{[l](i)} = W^{[l]} a^{[l-1](i)} + b^{[l]}
  a^{[l](i)} = \tanh(z^{[l](i)})
  a^{[0](i)} = x^{(i)}
  \hat y^{(i)} = a^{[L](i)}
  \mathcal L^{(i)} = \frac12 \| \hat y^{(i)} - y^{(i)} \|^2
  J = \frac1m \sum_{i=1}^m \mathcal L^{(i)}
'''
[conventions]
vectors = 'columns'
""",
        [
            r"\frac{\partial \mathcal L^{(i)}}{\partial \hat y^{(i)}} = \hat y^{(i)} - y^{(i)}",
            r"\frac{\partial J}{\partial a^{[L](i)}} = \frac1m (\hat y^{(i)} - y^{(i)})",
            (
                r"\frac{\partial J}{\partial z^{[l](i)}} = ((W^{[l+1]})^\top \frac{\partial J}{\partial z^{[l+1](i)}})"
                r" \odot (1 - (a^{[l](i)})^{\odot 2})"
            ),
            (
                r"\frac{\partial J}{\partial W^{[L]}} = \frac1m \sum_{i=1}^m"
                r" \left( (\hat y^{(i)} - y^{(i)}) \odot (1 - \hat y^{(i)} \odot \hat y^{(i)}) \right) a^{[L-1](i)\top}"
            ),
            r"\frac{\partial J}{\partial b^{[l]}} = \sum_{i=1}^m \frac{\partial J}{\partial z^{[l](i)}}",
            (
                r"\frac{\partial J}{\partial z^{[L](i)}} = \frac1m (\hat y^{(i)} - y^{(i)})"
                r" \odot (1 - (\hat y^{(i)})^{\circ 2})"
            ),
        ],
        [
            r"\frac{\partial J}{\partial \hat y^{(i)}} = \hat y^{(i)} - y^{(i)}",
            r"\frac{\partial J}{\partial b^{[l]}} = \frac1m \sum_{i=1}^m \frac{\partial J}{\partial z^{[l](i)}}",
            r"\frac{\partial \mathcal L^{(i)}}{\partial \hat y^{(i)}} = y^{(i)} - \hat y^{(i)}",
        ],
    ),
    "softmax in every layer": (
        r"""
layers = 'l = 0..L'
given = '''
  z^l = W^l a^{l-1} + b^l
  a^l = \operatorname{softmax}(z^l)
  a^0 = x
  C = \frac12 \|a^L - y\|^2
  \delta^l = \frac{\partial C}{\partial z^l}
'''
[conventions]
vectors = 'columns'
jacobian = 'numerator'
""",
        [
            r"\delta^L = (\operatorname{diag}(a^L) - a^L (a^L)^T)(a^L - y)",
            r"\delta^l = a^l \odot ((W^{l+1})^T \delta^{l+1} - ((a^l)^T (W^{l+1})^T \delta^{l+1}) \mathbf 1)",
            r"\frac{\partial a^l_i}{\partial z^l_j} = a^l_i (\delta_{ij} - a^l_j)",
        ],
        [
            r"\delta^L = (a^L - y) \odot a^L \odot (1 - a^L)",
            r"\delta^l = a^l \odot ((W^{l+1})^T \delta^{l+1} - (W^{l+1})^T \delta^{l+1} (a^l)^T \mathbf 1)",
            r"\frac{\partial a^l}{\partial z^l} = \operatorname{diag}(a^l \odot (1 - a^l))",
        ],
    ),
    "example and layer in one bracket": (
        r"""
layers = 'l = 1..L'
given = '''
  a^{(i,1)} = x^{(i)}
  z^{(i,l)} = W^{l} a^{(i,l-1)} + b^{l}
  a^{(i,l)} = \sigma(z^{(i,l)})
  \hat y^{(i)} = a^{(i,L)}
  J = \frac1m\sum_{i=1}^m \frac12\|\hat y^{(i)} - y^{(i)}\|^2
'''
[functions]
'\sigma' = 'any'
[index]
'i' = 'example 1..m'
[conventions]
vectors = 'columns'
""",
        [
            r"\frac{\partial J}{\partial \hat y^{(i)}} = \frac1m (\hat y^{(i)} - y^{(i)})",
            r"\frac{\partial J}{\partial W^L} = \sum_{i=1}^m \frac{\partial J}{\partial z^{(i,L)}} (a^{(i,L-1)})^T",
        ],
        [r"\frac{\partial J}{\partial z^{(i,L)}} = (\hat y^{(i)} - y^{(i)}) \odot \sigma'(z^{(i,L)})"],
    ),
}
"""The setting, what is right in it, what is wrong."""

PAGES |= MORE


@pytest.mark.parametrize("name", PAGES)
def test_a_derivation_in_other_conventions(name: str) -> None:
    text, right, wrong = PAGES[name]
    page = "\n".join(f"$$ {tex} $$" for tex in [*right, *wrong])
    verdicts = check_text(page, "page.md", from_toml(text, "setting"), explain=False).verdicts
    assert [v.verdict for v in verdicts] == ["right"] * len(right) + ["wrong"] * len(wrong)


def test_ranges_are_told_in_the_letter_of_the_last_layer() -> None:
    text, right, _ = PAGES["rows with layers below"]
    (verdict,) = check_text(f"$$ {right[0]} $$", "page.md", from_toml(text, "setting")).verdicts
    assert verdict.judgement.range == "t = 1..T-1"


NO_PATH = r"""
layers = 'l = 0..L'
given = '''
  z^l = W^l a^{l-1} + b^l
  a^l = \sigma(z^l)
  a^0 = x
  C = \frac12 \|\hat y - y\|^2
'''
[functions]
'\sigma' = 'any'
[conventions]
vectors = 'columns'
"""
"""Nothing says that the prediction is what the last layer gives."""


def test_a_derivative_that_is_nought_for_want_of_a_line_is_refused() -> None:
    head = r"  \delta^l = \frac{\partial C}{\partial z^l}" + "\n'''\n[fun"
    with pytest.raises(DeriveError, match=r"C does not depend on z\^l"):
        check_text("$$ z = 1 $$", "page.md", from_toml(NO_PATH.replace("'''\n[fun", head), "setting"))
    whole = NO_PATH.replace("'''\n[fun", "  \\hat y = a^L\n" + head)
    (verdict,) = check_text(r"$$ \frac{\partial C}{\partial b^l} = \delta^l $$", "p", from_toml(whole, "s")).verdicts
    assert verdict.verdict == "right"


@pytest.mark.parametrize(
    ("latex", "wanted"),
    [
        (r"\frac{\partial C}{\partial W^l} = \frac{\partial C}{\partial z^l} (a^{l-1})^T", "cannot_tell"),
        (r"\frac{\partial C}{\partial b^l} = 0", "right"),
        (r"\frac{\partial C}{\partial \hat y} + \frac{\partial C}{\partial y} = 0", "right"),
        (r"\frac{\partial C}{\partial b^l} = b^l", "wrong"),
    ],
)
def test_an_equation_about_nothing_is_not_right(latex: str, wanted: str) -> None:
    (verdict,) = check_text(f"$$ {latex} $$", "p.md", from_toml(NO_PATH, "s"), explain=False).verdicts
    assert verdict.verdict == wanted, verdict.text()


def test_slopes_near_a_kink_are_those_beside_it_though_derivatives_were_taken_before() -> None:
    text = r"""
given = '''
  z = W x + b
  h = \operatorname{ReLU}(z)
  p = \operatorname{softmax}(V h + c)
  L = -\sum_k y_k \log p_k
  \sum_k y_k = 1
  \delta = \frac{\partial L}{\partial z}
'''
[conventions]
vectors = 'columns'
"""
    right = r"$$ \delta = V^T (p - y) \odot \operatorname{ReLU}'(z) $$"
    report = check_text(right, "page.md", from_toml(text, "setting"))
    assert [v.verdict for v in report.verdicts] == ["right"], report.fault


@pytest.mark.parametrize(
    ("said", "wanted"),
    [(r"2 \le l \le L-1", "right"), (r"2 \le l < L", "right"), (r"\text{for } 2 \le l \le L", "wrong"),
     (r"l = 2, \dots, L", "wrong"), (r"1 \le l < L", "wrong"), (r"l < L", "right")],
)  # fmt: skip
def test_a_range_that_goes_too_far_is_wrong_however_it_is_written(said: str, wanted: str) -> None:
    text, _, _ = PAGES["layers in brackets, spaces behind definitions, a product with dots"]
    latex = r"\delta^{[l]} = \sigma'(z^{[l]}) \circ (W^{[l+1]})^T \delta^{[l+1]}, \qquad " + said
    (verdict,) = check_text(f"$$ {latex} $$", "p.md", from_toml(text, "s"), explain=False).verdicts
    assert verdict.verdict == wanted, verdict.text()
