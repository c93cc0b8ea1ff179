"""Pages: displays with their lines, settings in the document, verdicts of every kind, JSON, exit codes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from derive.checking import check, check_paths
from derive.checking.documents import read_document
from derive.errors import DeriveError

CHAIN = r"""
given = '''
  z_1 = w_1 x + b_1
  a_1 = \sigma(z_1)
  z_2 = w_2 a_1 + b_2
  \hat y = \sigma(z_2)
  J = \frac12 (\hat y - y)^2
  \delta_1 = \frac{\partial J}{\partial z_1}
  \delta_2 = \frac{\partial J}{\partial z_2}
'''
[functions]
'\sigma' = 'sigmoid'
[conventions]
vectors = 'scalars'
"""
NUMBERS = CHAIN.replace(
    "'''\n[functions]",
    "  x = 1.5\n  y = 1\n  w_1 = 0.8\n  b_1 = -0.2\n  w_2 = -1.2\n  b_2 = 0.3\n  \\eta = 0.5\n"
    "  w_2 \\leftarrow w_2 - \\eta \\frac{\\partial J}{\\partial w_2}\n'''\n[functions]",
)


def words(text: str, **setting: Any) -> list[str]:
    return [v.verdict for v in check(text, **setting)]


def test_lines_of_every_display_in_latex() -> None:
    page = r"""\documentclass{article}
% \[ a = b \]
\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}
\begin{document}
\begin{verbatim}
\[ z_1 = z_2 \]
\end{verbatim}
Text \\[3pt] and
\[ \pd{J}{b_2} = \delta_2 \]
\begin{align}
  \pd{J}{w_2} &= \delta_2 a_1 \label{eq:w} \\
  \intertext{and so}
  \delta_1 &= \delta_2 w_2 \sigma'(z_1) \nonumber \\
           &= \delta_2 w_2 a_1 (1 - a_1). \tag{7}
\end{align}
\begin{equation*}\begin{split}
  \pd{J}{x} &= \delta_1 w_1
\end{split}\end{equation*}
\begin{eqnarray}
 \delta_2 &=& (\hat y - y) \hat y (1 - \hat y)
\end{eqnarray}
$$ \delta_2 = (\hat y - y)\,\sigma'(z_2) $$
\end{document}
"""
    (report,) = check(page, setting=CHAIN).files
    assert [v.line for v in report.verdicts] == [9, 11, 13, 17, 20, 22]
    assert {v.verdict for v in report.verdicts} == {"right"}
    assert [v.equation for v in report.verdicts] == [1, 2, 3, 4, 5, 6]
    assert report.verdicts[1].latex == r"\pd{J}{w_2} &= \delta_2 a_1"


def test_code_in_markdown_is_no_mathematics() -> None:
    page = "`$$ a = b $$`\n\n```tex\n$$ a = b $$\n```\n<!-- $$ a = b $$ -->\n\n$$\n\\delta_2 = J\n$$\n"
    found = read_document(page, "page.md")
    assert [d.line for d in found.displays] == [9]


def test_front_matter_says_what_letters_mean() -> None:
    assert words(f"+++\n{CHAIN}+++\n\n$$ \\frac{{\\partial J}}{{\\partial b_1}} = \\delta_1 $$\n") == ["right"]


def test_blocks_of_a_latex_file_hold_from_their_line_on() -> None:
    rows = "\n".join(f"% derive: {row}" for row in CHAIN.strip().split("\n"))
    page = (
        "\\begin{document}\n\\[ \\delta_2 = J \\]\n" + rows + "\n\\[ \\delta_2 = (\\hat y - y) \\sigma'(z_2) \\]\n"
        "% derive: given = 'J = (\\hat y - y)^2'\n\\[ \\delta_2 = 2 (\\hat y - y) \\sigma'(z_2) \\]\n\\end{document}\n"
    )
    assert words(page) == ["cannot_tell", "right", "right"]


def test_block_of_a_markdown_file_and_a_fresh_start() -> None:
    page = (
        f"<!-- derive:\n{CHAIN}-->\n$$ \\delta_2 = (\\hat y - y) \\sigma'(z_2) $$\n"
        "<!-- derive: fresh = true\n[functions]\n'g' = 'tanh'\n[shapes]\n'z' = 'scalar'\n-->\n"
        "$$ g'(z) = 1 - g(z)^2 $$\n\n$$ \\delta_2 = 0 $$\n"
    )
    assert words(page) == ["right", "right", "cannot_tell"]


def test_unknown_symbol_is_named_with_its_place() -> None:
    (verdict,) = check("text\n\n$$ \\delta_2 = \\epsilon^2 $$", setting=CHAIN)
    assert verdict.verdict == "cannot_tell"
    assert "\\epsilon" in verdict.judgement.reason
    assert "line 3, column 15" in verdict.judgement.reason


def test_first_wrong_step_and_numbers_to_replay() -> None:
    tex = (
        r"$$ \frac{\partial J}{\partial w_2} = (\hat y - y) \sigma'(z_2) a_1 = (\hat y - y) \hat y (1 + \hat y) a_1"
        r" = (\hat y - y) \hat y (1 - \hat y) a_1 $$"
    )
    report = check(tex, setting=CHAIN)
    (verdict,) = report
    assert (verdict.verdict, verdict.judgement.step, verdict.steps) == ("wrong", 2, 3)
    found = verdict.judgement.counterexample
    assert found is not None
    assert found.expected != pytest.approx(found.got, rel=1e-3)
    data = report.to_json()["files"][0]  # type: ignore[index]
    assert data["verdict"] == "wrong"
    (equation,) = data["equations"]
    assert equation["first_wrong_step"] == 2
    assert set(equation["counterexample"]) >= {"seed", "widths", "indices", "expected", "got"}
    assert "step 2 of 3" in report.text()
    assert report.exit_code == 1


def test_numbers_are_right_within_half_a_unit_of_the_last_digit() -> None:
    right = (
        r"z_1 = w_1 x + b_1 = 0.8 \cdot 1.5 - 0.2 = 1",
        r"a_1 = \sigma(1.000000) \approx 0.731059",
        r"z_2 = -1.2 \cdot 0.731059 + 0.3 \approx -0.577270",
        r"\hat y \approx 0.3596",
        r"\frac{\partial J}{\partial w_2} \approx -0.107815",
        r"w_2 \leftarrow w_2 - \eta \frac{\partial J}{\partial w_2} \approx -1.146092",
        r"w_2 - 0.5 \cdot (-0.107815) \approx -1.146092",
    )
    for tex in right:
        assert words(f"$$ {tex} $$", setting=NUMBERS) == ["right"], tex
    for tex in (
        r"a_1 \approx 0.731058",
        r"\hat y \approx 0.3595",
        r"z_2 = -1.2 \cdot 0.731059 + 0.3 \approx -0.577272",
    ):
        assert words(f"$$ {tex} $$", setting=NUMBERS) == ["wrong"], tex


def test_updates() -> None:
    known = CHAIN.replace("'''\n[func", "  w_2(t+1) = w_2(t) - \\eta \\frac{\\partial J}{\\partial w_2}\n'''\n[func")
    assert words(r"$$ w_2(t+1) = w_2(t) - \eta\, \delta_2 a_1 $$", setting=known) == ["right"]
    assert words(r"$$ w_2 \leftarrow w_2 - \eta\, \delta_2 a_1 $$", setting=known) == ["right"]
    assert words(r"$$ w_2(t+1) = w_2(t) + \eta\, \delta_2 a_1 $$", setting=known) == ["wrong"]
    assert words(r"$$ w_2 \leftarrow w_2 - \delta_2 a_1 $$", setting=known) == ["wrong"]
    assert words(r"$$ w_1 \leftarrow w_1 - \eta\, \delta_1 x $$", setting=known) == ["cannot_tell"]
    assert words(r"$$ w_2(t+1) = w_2(t) - \eta \frac{\partial J}{\partial w_2} $$", setting=known) == ["definition"]


def test_given_lines_are_definitions() -> None:
    assert words(r"$$ a_1 = \sigma(z_1), \qquad \delta_2 = \frac{\partial J}{\partial z_2} $$", setting=CHAIN) == [
        "definition",
        "definition",
    ]


def test_stated_range_beyond_the_members_is_wrong() -> None:
    index = "$$ \\delta^l_k = \\sigma'(z^l_k) \\sum_p w^{l+1}_{pk} \\delta^{l+1}_p, \\quad l = %s $$"
    assert words(index % r"L-1, \dots, 1", preset="lecture_index") == ["right"]
    assert words(index % r"L-1, \dots, 0", preset="lecture_index") == ["wrong"]
    assert words(r"$$ \delta^0_k = x_k $$", preset="lecture_index") == ["wrong"]


def test_inequalities() -> None:
    bound = r"$$ |\delta_1| \le \frac{1}{%d} \left|\frac{\partial J}{\partial \hat y}\right| |w_2| $$"
    assert words(bound % 16, setting=CHAIN) == ["right"]
    assert words(bound % 17, setting=CHAIN) == ["wrong"]


def test_exit_codes(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"+++\n{CHAIN}+++\n$$ \\delta_2 = \\frac{{\\partial J}}{{\\partial b_2}} $$\n", encoding="utf-8")
    assert check(page).exit_code == 0
    page.write_text("no mathematics\n", encoding="utf-8")
    report = check([page])
    assert (report.exit_code, len(report)) == (3, 0)
    assert "no displayed equation" in report.text()
    with pytest.raises(DeriveError, match="cannot read"):
        check_paths([str(tmp_path / "none.md")])


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("given = 3", "neither text nor a list"),
        ("gven = 'a = b'", "did you mean 'given'"),
        ("given = '''\n a = b\n", "no TOML"),
        ("given = '''\n  a = \\sigma(b) = c\n'''", "not one relation"),
        ("given = 'a = W b'", "vectors"),
        ("given = 'a = f(b)'\n[functions]\n'f' = 'sigmiod'", "did you mean 'sigmoid'"),
        ("layers = 'l from 1'\ngiven = 'a = b + c'", "is no range"),
        ("given = 'a = b + c'\n[conventions]\nvectors = 'sideways'", "unknown convention"),
        ("units = 'input'\ngiven = 'a = b + c'", "no sets in order"),
    ],
)
def test_settings_that_cannot_be_read_say_why(setting: str, said: str) -> None:
    with pytest.raises(DeriveError) as caught:
        check("$$ a = b $$", setting=setting)
    assert said in str(caught.value)


def test_a_row_with_a_product_of_letters_is_an_equation_and_no_range() -> None:
    rows = "\\begin{align}\n p &= w_1 x \\\\ q &= a x + b \\\\ r &= q \\end{align}"
    assert len(words(rows, setting="given = '''\n  q = a x + b\n'''\n[conventions]\nvectors = 'scalars'\n")) == 2


def test_a_power_alone_is_no_second_name() -> None:
    setting = "given = '''\n  p = a x\n  V = p^2\n'''\n[conventions]\nvectors = 'scalars'\n"
    assert words(r"$$ \frac{\partial V}{\partial p} = 2 p $$", setting=setting) == ["right"]


def test_a_fraction_without_an_argument_leaves_the_other_equations_alone() -> None:
    assert words("$$ b = \\frac{x} $$\n\n$$ \\delta_2 = \\delta_2 $$", setting=CHAIN) == ["cannot_tell", "definition"]


ASSIGNMENTS = r"""<!-- derive:
given = '''
  \hat y = w x + b
  L = \frac12 (\hat y - y)^2
  w \leftarrow w - \eta \frac{\partial L}{\partial w}
'''
conventions.vectors = 'scalars'
-->
$$w = w - \eta (\hat y - y) x$$
$$w := w - \eta (\hat y - y) x$$
$$w = w + \eta (\hat y - y) x$$
$$b = b - \eta (\hat y - y)$$
$$\hat y = \hat y + b$$
"""


def test_assignments_written_as_equations() -> None:
    """``w = w - ...`` is true of no w; people mean the update."""
    assert [v.verdict for v in check(ASSIGNMENTS)] == ["right", "right", "wrong", "cannot_tell", "wrong"]
