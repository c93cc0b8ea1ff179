"""Whatever stands on a page: a verdict or one clear message, never a traceback."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.checking import check, check_text
from derive.checking.setting import from_preset
from derive.errors import DeriveError

WORDS = r"""
\delta ^ _ { } l L l+1 {l+1} k j p = \sum \frac \partial J z a w b ( ) [ ] \left \right ' ^T \odot * + - , . 1 0 2.50 \\
& \qquad \begin{align} \end{align} \begin{cases} \end{cases} \text{if} \mathbf W \sigma \hat y \le \dots \approx \prod
\leftarrow \nabla \exp \sqrt | \| \mathbf1 [i=k] \newcommand{\q}{\q\q} \q \x n_l \int $ % # \def\r#1{#1} \tag{3}
"""
PARTS = st.sampled_from(WORDS.split())
PRESET = from_preset("lecture_index")


@given(st.lists(PARTS, max_size=25))
@settings(max_examples=100, deadline=None)
def test_any_formula_gets_a_verdict(parts: list[str]) -> None:
    for text in (f"$$ {' '.join(parts)} $$", f"\\[ {''.join(parts)} = \\delta^l_k \\]\n"):
        check_text(text, "page.md", PRESET)


@given(st.lists(PARTS, max_size=14))
@settings(max_examples=80, deadline=None)
def test_any_setting_is_read_or_refused(parts: list[str]) -> None:
    line = " ".join(parts).replace("\n", " ")
    with contextlib.suppress(DeriveError):
        check_text(f"<!-- derive:\nlayers = 'l = 0..L'\ngiven = '''\n{line}\n'''\n-->\n$$ a = b $$", "page.md")


@pytest.mark.parametrize(
    "text",
    [
        "$$ " + "{" * 500 + "x" + "}" * 500 + " = 1 $$",
        "$$ " + r"\frac{1}{" * 300 + "x" + "}" * 300 + " = 1 $$",
        "$$ " + r"\sqrt" * 2000 + " x = 1 $$",
        "$$ " + "-" * 3000 + "J = J $$",
        "$$ J = " + " + ".join(["J"] * 3000) + " $$",
        "$$ " + r"\sum_i " * 40 + " a^l_i = 1 $$",
        r"\def\a{\a\a} $$ \a = 1 $$",
        "$$ \\delta^l_k = \x00 $$",
        "$$ J = 1 ",
        r"\begin{align} J = 1 \end{equation}",
        r"$$ \delta^l_k = \sigma'() J $$ $$ \delta^l_k = \sigma() $$",
        r"$$ \sum_{k=1}^{1000000000} a^l_k = J $$",
        r"$$ J^{99999999} = 1 $$",
        r"$$ a^{99999999}_k = x_k $$",
        "$$ = $$ $$ J = $$ $$ $$",
        "$$" * 1001,
        r"\begin{align}" * 300,
        r"\newcommand{\x}[9]{#1#2} $$ \x{1} = J $$",
    ],
)
def test_hostile_pages(text: str) -> None:
    for name in ("page.md", "page.tex"):
        for verdict in check_text(text, name, PRESET).verdicts:
            assert verdict.verdict in ("right", "wrong", "cannot_tell", "definition")


def test_huge_pages_and_bytes_that_are_no_text(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_bytes(b"$$ \xff\xfe $$")
    with pytest.raises(DeriveError, match="UTF-8"):
        check(page)
    page.write_text("{" * 3_000_000, encoding="utf-8")
    with pytest.raises(DeriveError, match="at most"):
        check(page)


@pytest.mark.parametrize(
    "text",
    ["$$ " + "(" * 100_000 + " $$", "$$ x = " + "9" * 100_000 + " $$", "<!-- derive:" * 20_000,
     "$$ x = " + " + ".join(["x"] * 10_000) + " $$"],
    ids=["brackets", "digits", "comments", "terms"],
)  # fmt: skip
def test_time_grows_with_the_length_of_a_text_and_no_faster(text: str) -> None:
    start = time.process_time()
    check_text(text, "page.md", PRESET)
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    "formula",
    [
        r"\delta^l = \sigma'(z) \delta^l",
        r"\frac{\partial J}{\partial z^l} = \frac{\partial z^l}{\partial z^l} \frac{\partial J}{\partial z^l}",
        r"\frac{\partial J}{\partial L} = 1",
        r"\delta^{a^{l}} = 1",
        r"\frac{\partial}{\partial x} \frac{\partial J}{\partial x} = 0",
    ],
)
def test_formulas_that_speak_of_what_cannot_be(formula: str) -> None:
    for preset in ("lecture_matrix", "lecture_chain", "lecture_index"):
        check(f"$$ {formula} $$", preset=preset)


def test_a_layer_may_be_written_either_way() -> None:
    (verdict,) = check(r"$$ \delta^{1+l} = \delta^{l+1} $$", preset="lecture_matrix")
    assert verdict.verdict in ("right", "definition")


def test_the_example_before_is_not_this_one() -> None:
    setting = (
        "given = '''\n  p = a x\n  V = \\sum_{n=1}^N (p - t)^2\n'''\n[shapes]\n'x' = 'scalar per example'\n"
        "'t' = 'scalar per example'\n[index]\n'n' = 'example 1..N'\n[conventions]\nvectors = 'scalars'\n"
    )
    for example, wanted in (("n", "right"), ("n-1", "cannot_tell")):
        formula = rf"\frac{{\partial V}}{{\partial p^{{(n)}}}} = 2 (p^{{(n)}} - t^{{({example})}})"
        (verdict,) = check(f"$$ {formula} $$", setting=setting)
        assert verdict.verdict == wanted


def test_scripts_of_a_function_that_can_have_none_are_not_passed_over() -> None:
    (verdict,) = check(r"$$ \delta^l_k = \max'(\delta^l_k, \delta^l_k) $$", preset="lecture_index")
    assert verdict.verdict == "cannot_tell"


def test_letters_that_are_too_few_for_an_array_are_refused() -> None:
    setting = r"""
given = '''
  z_1 = x W_1 + b_1
  a_1 = \tanh(z_1)
  z_2 = a_D1 W_2 + b_2
  a_2 = \mathrm{softmax}(z_2)
  \hat y = a_2
  L = -\sum_{n=1}^N \sum_i y_{ni} \log \hat y_{ni}
'''
[shapes]
'x' = 'N x d'
'y' = 'N x c'
'b_1' = '1 x h'
'b_2' = '1 x c'
[index]
'n' = 'example 1..N'
[conventions]
vectors = 'rows'
examples = 'rows'
"""
    with pytest.raises(DeriveError, match="a_1"):
        check("$$ z_1 = a_1 $$", setting=setting)


@pytest.mark.parametrize("addend", ["", "+ 10^{-12} t"])
def test_functions_of_a_letter_are_compared_in_fifty_digits(addend: str) -> None:
    setting = (
        "given = '''\n  z = w x + b\n  a = \\sigma(z)\n  f(t) = \\sigma(t)\n'''\n"
        "[functions]\n'\\sigma' = 'sigmoid'\n[conventions]\nvectors = 'scalars'\n"
    )
    (verdict,) = check(rf"$$ \sigma'(t) = \sigma(t) (1 - \sigma(t)) {addend} $$", setting=setting)
    assert verdict.verdict == ("wrong" if addend else "right")


@pytest.mark.parametrize(
    ("preset", "right", "nonsense"),
    [
        ("lecture_index", r"\delta^l_j = \delta^l_j + 0", r"\delta^l_{\odot j} = \delta^l_j + 0"),
        ("cs229", r"\nabla_{b^{[\ell]}} J(W,b) = \delta^{[\ell]}", r"\nabla_{b^{[\ell]}} J(b,b) = \delta^{[\ell]}"),
        ("cs229", r"\nabla_{b^{[\ell]}} J(W,b) = \delta^{[\ell]}", r"\nabla_{b^{[\ell]}} J(W,J) = \delta^{[\ell]}"),
    ],
)
def test_signs_without_a_meaning_are_not_passed_over(preset: str, right: str, nonsense: str) -> None:
    verdicts = [v.verdict for v in check(f"$$ {right} $$\n$$ {nonsense} $$", preset=preset)]
    assert verdicts == ["right", "cannot_tell"]


def test_arrays_of_layers_that_differ_in_width_have_no_sum() -> None:
    formula = r"\frac{\partial \text{loss}}{\partial b^{(l)}} = \sum_{l=1}^{N} G^{(l)}_{i,:}"
    (verdict,) = check(f"$$ {formula} $$", preset="pytorch")
    assert verdict.verdict == "cannot_tell"
    assert "do not go together" in verdict.judgement.reason
