"""Documents: formulas within lines, definitions that a page gives itself, notebooks, directories."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from derive.checking import check, check_paths, check_text
from derive.checking.documents import read_document
from derive.checking.pages.from_text import from_text
from derive.errors import DeriveError

DOCUMENTS = Path(__file__).parent / "hand_derivations" / "documents"
CHAIN = r"""
given = '''
  z_1 = w_1 x + b_1
  a_1 = \sigma(z_1)
  z_2 = w_2 a_1 + b_2
  \hat y = \sigma(z_2)
  C = \frac12 (\hat y - y)^2
'''
[functions]
'\sigma' = 'sigmoid'
[conventions]
vectors = 'scalars'
"""


def words(text: str, setting: str = CHAIN, *, inline: bool = False) -> list[str]:
    return [v.verdict for v in check(text, setting=setting, inline=inline)]


@pytest.mark.parametrize("name", ["general_network.md", "two_node_chain.tex"])
def test_a_page_that_states_its_own_forward_equations_needs_no_setting(name: str) -> None:
    report = check_text((DOCUMENTS / name).read_text(encoding="utf-8"), name)
    assert {v.verdict for v in report.verdicts} == {"right"}
    wrong = (DOCUMENTS / name).read_text(encoding="utf-8").replace(r"= \delta_2\,w_2", "= w_2")
    wrong = wrong.replace(r"(W^{l+1})^{\top} \delta^{l+1}", r"W^{l+1} \delta^{l+1}")
    assert [v.verdict for v in check_text(wrong, name).verdicts].count("wrong") == 1


def test_what_a_page_states_is_printed_back() -> None:
    document = read_document((DOCUMENTS / "two_node_chain.tex").read_text(encoding="utf-8"), "chain.tex")
    found = from_text(document)
    assert found.functions == {r"\sigma": "sigmoid"}
    assert [line.text for line in found.given][:2] == ["z_1 = w_1 x + b_1", r"a_1=\sigma(z_1)"]
    assert {line.number for line in found.given} == {7, 16, 30}


def test_a_function_that_is_named_only_as_an_example_stays_open() -> None:
    page = (
        "We use $z = w x + b$, $a = f(z)$ with numbers; all quantities are numbers. "
        "If $f$ is the logistic function, life is easy.\n\n"
        "$$ \\frac{\\partial a}{\\partial w} = f'(z) x $$\n\n$$ \\frac{\\partial a}{\\partial w} = a (1 - a) x $$\n\n"
        "$$ \\frac{\\partial a}{\\partial w} = f(z) x $$\n"
    )
    found = list(check(page))
    assert [v.verdict for v in found] == ["right", "cannot_tell", "wrong"]
    assert found[1].judgement.reason == "right if f is sigmoid: say so"


@pytest.mark.parametrize(
    "sentence",
    [
        r"Let $\delta = \frac{\partial C}{\partial z_2}$.",
        r"Write $\delta = \partial C/\partial z_2$ and go on.",
        r"$$ \delta := \frac{\partial C}{\partial z_2} $$",
        "Here we denote by\n$$ \\delta = \\frac{\\partial C}{\\partial z_2} $$",
    ],
)
def test_a_definition_with_a_word_is_used_and_not_judged(sentence: str) -> None:
    found = words(f"{sentence}\n\n$$ \\frac{{\\partial C}}{{\\partial b_2}} = \\delta $$\n")
    assert found[-1] == "right"
    assert set(found[:-1]) <= {"definition"}


def test_a_clause_behind_its_use_defines() -> None:
    page = r"$$ \frac{\partial C}{\partial w_2} = -e \hat y (1 - \hat y) a_1, \quad e = y - \hat y $$"
    assert words(page) == ["right", "definition"]


@pytest.mark.parametrize("sentence", ["Therefore", "We get", "Let us see. So", "If we define nothing, we find"])
def test_a_consequence_defines_nothing(sentence: str) -> None:
    assert words(f"{sentence}\n$$ \\delta = \\hat y - y $$\n") == ["cannot_tell"]


def test_a_known_letter_is_judged_even_after_let() -> None:
    assert words("Let\n$$ z_2 = w_2 x + b_2 $$\n") == ["wrong"]


def test_formulas_within_lines_are_judged_when_asked_for() -> None:
    page = r"Then $\partial C/\partial b_2 = \hat y - y$ holds for 5 $ or \(l = 1\), and `$x = y$` is code."
    assert words(page) == []
    assert words(page, inline=True) == ["wrong"]
    (verdict,) = check("one\n\n" + page, setting=CHAIN, inline=True)
    assert verdict.line == 3


def test_what_holds_under_a_condition_in_words_is_not_called_wrong() -> None:
    page = r"If $a_1$ is one, then $\partial C/\partial w_2 = \partial C/\partial b_2$."
    assert words(page, inline=True) == ["cannot_tell"]


def notebook(*cells: tuple[str, list[str]]) -> str:
    made = [{"cell_type": kind, "metadata": {}, "source": source} for kind, source in cells]
    return json.dumps({"cells": made, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}, indent=1)


def test_markdown_cells_of_a_notebook_with_lines_of_the_file(tmp_path: Path) -> None:
    text = notebook(
        (
            "markdown",
            ["# Title\n", "\n", "$$ \\frac{\\partial C}{\\partial b_2} =\n", " (\\hat y - y) \\sigma'(z_2) $$\n"],
        ),
        ("code", ["print('$$ z_1 = z_2 $$')\n"]),
        ("markdown", ["$$ \\frac{\\partial C}{\\partial b_2} = \\hat y $$"]),
    )
    path = tmp_path / "page.ipynb"
    path.write_text(text, encoding="utf-8")
    report = check_paths([str(path)], setting=CHAIN)
    rows = text.split("\n")
    assert [(v.verdict, v.line) for v in report] == [
        ("right", next(n for n, row in enumerate(rows, 1) if "b_2} =\\n" in row)),
        ("wrong", next(n for n, row in enumerate(rows, 1) if "= \\\\hat y $$" in row)),
    ]


def test_a_file_that_is_no_notebook_says_so() -> None:
    with pytest.raises(DeriveError, match="no notebook"):
        check_text("$$ a = b $$", "page.ipynb")
    assert check_text("[1, 2]", "page.ipynb").verdicts == ()
    assert check_text('{"cells": [{"cell_type": "markdown", "source": 3}, 4]}', "page.ipynb").verdicts == ()


def test_a_directory_stands_for_its_documents(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / ".hidden").mkdir()
    for name in ("b/two.tex", "one.md", "note.txt", ".hidden/three.md"):
        (tmp_path / name).write_text("$$ z_2 = z_1 $$", encoding="utf-8")
    report = check_paths([str(tmp_path)], setting=CHAIN)
    assert [Path(f.file).name for f in report.files] == ["two.tex", "one.md"]
    with pytest.raises(DeriveError, match="no document"):
        check_paths([str(_empty(tmp_path))])


def _empty(folder: Path) -> Path:
    (folder / "empty").mkdir()
    return folder / "empty"
