r"""Forms of single books read in general: ``t(k)``, ``if j = 0``, ``\sum_{i \in \mathcal B}``, arguments of costs."""

from __future__ import annotations

import pytest

from derive.checking import check_text
from derive.checking.setting import Setting, from_preset, from_toml

ITERATIONS = r"""
layers = 'l = 0..L'
given = '''
  z^l = W^l a^{l-1}
  a^l = \sigma(z^l)
  a^0 = x
  e = a^L - y
  C = \frac12 e^T e
  W^l(k+1) = W^l(k) - \eta \frac{\partial C}{\partial W^l}
'''
[functions]
'\sigma' = 'any'
[conventions]
vectors = 'columns'
"""
BATCH = r"""
given = '''
  L = \frac1{|\mathcal B|} \sum_{i\in\mathcal B} \frac12 (\mathbf w^\top \mathbf x^{(i)} + b - y^{(i)})^2
'''
[shapes]
'\mathbf w' = 'd'
[conventions]
vectors = 'columns'
"""
SAME_BATCH = BATCH + "[index]\n'i' = 'example in \\mathcal B'\n"
R = r"(\mathbf w^\top \mathbf x^{(i)} + b - y^{(i)})"
BIASES = from_preset("ng_2011")


def setting(text: str) -> Setting:
    return from_toml(text, "setting")


def judged(base: Setting, tex: str) -> tuple[str, str]:
    (found,) = check_text(f"$$ {tex} $$", "page.md", base, explain=False).verdicts
    return found.verdict, found.judgement.reason


CASES = [
    # the current iteration in brackets says nothing new; another one is another value
    (ITERATIONS, r"C = \frac12 e(k)^T e(k) + \frac12 \|e(k)\|^2 - C(k)", "right"),
    (ITERATIONS, r"\frac{\partial C}{\partial a^L(k)} = a^L(k) - y(k)", "right"),
    (ITERATIONS, r"\frac{\partial C}{\partial a^L(k)} = y(k) - a^L(k)", "wrong"),
    (ITERATIONS, r"\frac{\partial C}{\partial a^L} = a^L(k+1) - y", "cannot_tell"),
    (ITERATIONS, r"W^L(k+1) - W^L(k) = -\eta \frac{\partial C}{\partial z^L} a^{L-1}(k)^T", "right"),
    (ITERATIONS, r"W^L(k+1) - W^L(k+1) = -\eta \frac{\partial C}{\partial z^L} a^{L-1}(k)^T", "wrong"),
    # a mini-batch is the set of the examples
    (BATCH, rf"\frac{{\partial L}}{{\partial b}} = \frac1{{|\mathcal B|}} \sum_{{i \in \mathcal B}} {R}", "right"),
    (BATCH, rf"|B| \frac{{\partial L}}{{\partial \mathbf w}} = \sum_{{i \in B}} \mathbf x^{{(i)}} {R}", "right"),
    (BATCH, rf"\frac{{\partial L}}{{\partial b}} = \sum_{{i \in \mathcal B}} {R}", "wrong"),
    (BATCH, rf"\frac{{\partial L}}{{\partial b}} = \frac1{{|\mathcal B|^2}} \sum_{{i \in \mathcal B}} {R}", "wrong"),
    (BATCH, rf"\frac{{\partial L}}{{\partial b}} = {R}", "wrong"),
    (
        BATCH,
        rf"\frac{{\partial L}}{{\partial b}} = \frac1{{|\mathcal B|}} \sum_{{i \in \mathcal C}} {R}",
        "cannot_tell",
    ),
    (BATCH, rf"\frac{{\partial L}}{{\partial b}} = \frac1m \sum_{{i=1}}^m {R}", "cannot_tell"),
    (SAME_BATCH, rf"\frac{{\partial L}}{{\partial b}} = \frac1{{|B|}} \sum_{{i \in B}} {R}", "right"),
    (SAME_BATCH, rf"\frac{{\partial L}}{{\partial b}} = -\frac1{{|B|}} \sum_{{i \in B}} {R}", "wrong"),
]


@pytest.mark.parametrize(("text", "tex", "verdict"), CASES, ids=[row[1][:60] for row in CASES])
def test_form(text: str, tex: str, verdict: str) -> None:
    assert judged(setting(text), tex)[0] == verdict


@pytest.mark.parametrize(
    ("tex", "verdict"),
    [
        (r"D_{i,j}^{(l)} = \frac1m \Delta_{i,j}^{(l)} \text{ if } j = 0", "right"),
        (r"D_{i,0}^{(l)} = \frac1m \Delta_{i,0}^{(l)}", "right"),
        (r"D_{ij}^{(l)} = \Delta_{ij}^{(l)} \text{ if } j = 0", "wrong"),
        (r"D_{ij}^{(l)} = \frac1m \Delta_{ij}^{(l)} + \frac\lambda m \Theta_{ij}^{(l)} \text{ if } j = 0", "wrong"),
        (r"D_{ij}^{(l)} = \frac1m \Delta_{ij}^{(l)} + \frac\lambda m \Theta_{ij}^{(l)} \text{ if } j \ne 0", "right"),
        (r"D_{ij}^{(l)} = \frac1m \Delta_{ij}^{(l)} \text{ if } j \ne 0", "wrong"),
        (r"D_{ij}^{(l)} = \frac1m \Delta_{ij}^{(l)} \text{ if } i = 0", "cannot_tell"),
    ],
)
def test_a_condition_names_the_bias(tex: str, verdict: str) -> None:
    assert judged(BIASES, tex)[0] == verdict


def test_an_unknown_set_is_told_with_the_line_that_would_make_it_known() -> None:
    reason = judged(setting(BATCH), rf"\frac{{\partial L}}{{\partial b}} = \frac1{{|B|}} \sum_{{i \in Q}} {R}")[1]
    assert "'i' = 'example in Q'" in reason


@pytest.mark.parametrize(
    ("tex", "verdict"),
    [
        (r"\frac{\partial J(W,b)}{\partial b^{[\ell]}} = \delta^{[\ell]}", "right"),
        (r"\frac{\partial J(W,b)}{\partial b^{[\ell]}} = -\delta^{[\ell]}", "wrong"),
        (r"\frac{\partial J(\theta)}{\partial b^{[\ell]}} = \delta^{[\ell]}", "right"),
        (r"\frac{\partial J(\theta, x, y)}{\partial b^{[\ell]}} = \delta^{[\ell]}", "right"),
        (r"\frac{\partial J(a^{[N]})}{\partial z^{[N]}} = \delta^{[N]}", "right"),
        (r"\frac{\partial J(W,J)}{\partial b^{[\ell]}} = \delta^{[\ell]}", "cannot_tell"),
        (r"\frac{\partial J(J)}{\partial b^{[\ell]}} = \delta^{[\ell]}", "cannot_tell"),
        (r"\frac{\partial J(W,q)}{\partial b^{[\ell]}} = \delta^{[\ell]}", "cannot_tell"),
        (r"\frac{\partial J(W,\alpha)}{\partial b^{[\ell]}} = \delta^{[\ell]}", "cannot_tell"),
        (r"\frac{\partial J(\delta^{[\ell]},b)}{\partial b^{[\ell]}} = \delta^{[\ell]}", "cannot_tell"),
    ],
)
def test_arguments_are_what_the_value_depends_on(tex: str, verdict: str) -> None:
    found, reason = judged(from_preset("cs229"), tex)
    assert found == verdict
    assert verdict != "cannot_tell" or "does not depend on" in reason


@pytest.mark.parametrize(
    ("tex", "verdict"),
    [
        (r"\mathbf s^M = -2 \dot{\mathbf F}^M(\mathbf n^M) (\mathbf t - \mathbf a)", "right"),
        (r"\mathbf s^M = -2 \dot{\mathbf F}^M(\mathbf n^M) (\mathbf a - \mathbf t)", "wrong"),
        (r"\mathbf s^m = \dot{\mathbf F}^m(\mathbf n^{m+1}) (\mathbf W^{m+1})^T \mathbf s^{m+1}", "wrong"),
        (r"\mathbf s^m = \dot{\mathbf F}^{m+1}(\mathbf n^m) (\mathbf W^{m+1})^T \mathbf s^{m+1}", "wrong"),
    ],
)
def test_the_layer_of_an_argument_is_that_of_the_quantity(tex: str, verdict: str) -> None:
    assert judged(from_preset("hagan"), tex)[0] == verdict


@pytest.mark.parametrize("alias", ["a^0 = x", "x = a^0"])
@pytest.mark.parametrize(
    ("tex", "verdict", "where"),
    [
        (r"\delta^l = (W^{l+1})^T \delta^{l+1} \odot \sigma'(z^l)", "right", "l = 1..L-1"),
        (r"\frac{\partial C}{\partial W^l} = \delta^l (a^{l-1})^T", "right", "l = 1..L"),
        (r"\frac{\partial C}{\partial x} = (W^1)^T \delta^1", "right", ""),
        (r"\frac{\partial C}{\partial x} = (W^2)^T \delta^2", "wrong", ""),
        (r"\delta^0 = (W^1)^T \delta^1 \odot \sigma'(z^0)", "wrong", ""),
    ],
)
def test_layers_begin_where_the_input_is_named(alias: str, tex: str, verdict: str, where: str) -> None:
    """``l = 1..L`` counts the layers that have weights where another line says that the input is ``a^0``."""
    text = ITERATIONS.replace("l = 0..L", "l = 1..L").replace("a^0 = x", alias)
    text = text.replace(
        "z^l = W^l a^{l-1}", "z^l = W^l a^{l-1} + b^l\n  \\delta^l = \\frac{\\partial C}{\\partial z^l}"
    )
    (found,) = check_text(f"$$ {tex} $$", "page.md", setting(text), explain=False).verdicts
    assert found.verdict == verdict
    assert verdict == "wrong" or found.judgement.range == where


@pytest.mark.parametrize(
    ("tex", "said"),
    [
        (r"\delta^L = f_L'(\mathbf z^L) * \frac{\partial J}{\partial \mathbf a^L}", "the setting writes f (the same"),
        (r"\mathbf a^m = f_m(\mathbf z^m)", "the setting writes f (the same"),
        (r"\mathbf a^m = f^m(\mathbf z^m)", "the setting writes f (the same"),
        (r"\delta_m = \mathbf a^m", r"the setting writes \delta^m;"),
        (
            r"\delta^L = \sigma'(\mathbf z^L) * \frac{\partial J}{\partial \mathbf a^L}",
            "the functions of the setting are f",
        ),
        (r"\delta^L = q", "add a line about it to given"),
    ],
)
def test_an_unknown_symbol_is_told_as_the_setting_writes_it(tex: str, said: str) -> None:
    verdict, reason = judged(from_preset("lecture_matrix"), tex)
    assert verdict == "cannot_tell"
    assert said in reason


def jacobians(layout: str) -> Setting:
    return setting(ITERATIONS + (f"jacobian = '{layout}'\n" if layout else ""))


CHAIN = (
    r"\frac{\partial z^{l+1}}{\partial W^l} = \frac{\partial z^{l+1}}{\partial z^l} \frac{\partial z^l}{\partial W^l}"
)
GRADIENT = r"\frac{\partial C}{\partial W^l} = \frac{\partial C}{\partial z^l} \frac{\partial z^l}{\partial W^l}"
BACKWARDS = (
    r"\frac{\partial z^{l+1}}{\partial W^l} = \frac{\partial z^l}{\partial W^l} \frac{\partial z^{l+1}}{\partial z^l}"
)


@pytest.mark.parametrize(
    ("layout", "tex", "verdict"),
    [
        ("numerator", CHAIN, "right"),
        ("numerator", BACKWARDS, "cannot_tell"),
        ("denominator", BACKWARDS, "right"),
        ("denominator", CHAIN, "cannot_tell"),
        ("schematic", CHAIN, "right"),
        ("numerator", CHAIN.replace("= ", "= -"), "wrong"),
        ("", r"\frac{\partial z^l}{\partial W^l} = \frac{\partial a^l}{\partial W^l}", "wrong"),
        ("", r"\frac{\partial W^l}{\partial W^{l+1}} = 0", "right"),
        ("", r"\frac{\partial z^l}{\partial W^l} = a^{l-1}", "cannot_tell"),
        ("", GRADIENT, "cannot_tell"),
        ("schematic", GRADIENT, "right"),
    ],
)  # fmt: skip
def test_jacobians_by_a_matrix(layout: str, tex: str, verdict: str) -> None:
    found, reason = judged(jacobians(layout), tex)
    assert found == verdict
    assert verdict != "cannot_tell" or "write its entries, or state jacobian = 'schematic' in [conventions]" in reason


MINIMUM = r"""
given = '''
  C = \sum_j (w_j x_j - y)^2 + \lambda \sum_j w_j^2
  \hat w = \operatorname{argmin}_w \left[ C \right]
'''
[shapes]
'\hat w' = 'n'
'w_j' = 'n'
"""
COST = r"\sum_j (w_j x_j - y)^2 + \lambda \sum_j w_j^2"
SWAPPED = r"\lambda \sum_j w_j^2 + \sum_i (y - w_i x_i)^2"


@pytest.mark.parametrize(
    ("tex", "verdict"),
    [
        (rf"\hat w = \operatorname{{argmin}}_w \left[ {COST} \right]", "definition"),
        (rf"\hat w = \underset{{w}}{{\text{{argmin}}}} \left[ {SWAPPED} \right]", "definition"),
        (rf"2 \hat w = \hat w + \operatorname{{argmin}}_w \left[ {COST} \right]", "right"),
        (rf"\hat w = 3 + \operatorname{{argmin}}_w \left[ {COST} \right]", "wrong"),
        (rf"x = \operatorname{{argmin}}_w \left[ {COST} \right]", "wrong"),
        # another function may have its minimum at the same place
        (r"\hat w = \operatorname{argmin}_w \left[ 2 C \right]", "cannot_tell"),
        (r"\hat w = \operatorname{argmin}_w \left[ \sum_j (w_j x_j - y)^2 \right]", "cannot_tell"),
        (rf"\hat w = \operatorname{{argmin}}_x \left[ {COST} \right]", "cannot_tell"),
        (rf"\hat w = \operatorname{{argmax}}_w \left[ {COST} \right]", "cannot_tell"),
    ],
)
def test_an_argmin_has_the_name_that_the_setting_gives_it(tex: str, verdict: str) -> None:
    assert judged(setting(MINIMUM), tex)[0] == verdict


def test_sizes_do_not_depend_on_the_order_of_the_lines() -> None:
    """``h_k = a[f_{k-1}]`` before ``f_k``: the widths of f reach the last layer, those of h begin one earlier."""
    lines = [r"h_k = a[f_{k-1}]", r"f_k = W_k h_k", r"f_0 = W_0 x", r"E = \|f_K\|^2"]
    for given in (lines, lines[::-1]):
        text = "layers = 'k = 0..K'\ngiven = '''\n" + "\n".join(given) + "\n'''\n[functions]\n'a' = 'any'\n"
        text += "[conventions]\nvectors = 'columns'\n"
        assert judged(setting(text), r"\frac{\partial E}{\partial h_K} = 2 W_K^T f_K")[0] == "right"
        assert judged(setting(text), r"\frac{\partial E}{\partial h_K} = W_K^T f_K")[0] == "wrong"


@pytest.mark.parametrize(
    "tex",
    [
        r"\hat w = \operatorname{argmin}_w \left[ C \right=",
        r"\hat w = \operatorname{argmin}_{w [ C ]",
        r"\hat w = \operatorname{argmin}",
        r"\hat w = \operatorname{argmin}_",
        r"y = x_1 + \cdots",
        r"y = C \text{ if } 0 = 0",
    ],
)
def test_what_is_broken_off_is_no_traceback(tex: str) -> None:
    found = check_text(f"$$ {tex} $$", "page.md", setting(MINIMUM), explain=False).verdicts
    assert all(v.verdict in ("cannot_tell", "wrong") for v in found)


def test_an_iteration_is_a_letter_and_a_number() -> None:
    verdict, reason = judged(setting(ITERATIONS), r"W^L(k+k) - W^L(k) = -\eta \frac{\partial C}{\partial W^L}")
    assert verdict == "cannot_tell"
    assert "k+k" in reason
