"""What people see of a report: lines, colours, a table over files, comments in a copy, a page."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from derive.checking import Report, check, check_text
from derive.checking.showing import annotated
from derive.errors import DeriveError

if TYPE_CHECKING:
    from pathlib import Path

CHAIN = r"""
given = '''
  p = a x + b
  q = \tanh(p)
  V = (q - t)^2
'''
[conventions]
vectors = 'scalars'
"""
GOOD = r"$$ \frac{\partial V}{\partial q} = 2 (q - t) $$"
BAD = r"$$ \frac{\partial V}{\partial q} = 2 (t - q) $$"
OPEN = r"$$ \frac{\partial V}{\partial q} = \unheard $$"
MARKDOWN = f"<!-- derive:{CHAIN}-->\ntext\n\n{GOOD}\n\nmore -- text\n\n{BAD}\n\n{OPEN}\n"
LATEX = "\n".join(["% derive: " + line for line in CHAIN.strip().split("\n")]) + (
    "\n\\begin{document}\n\\begin{align}\n  p &= a x + b \\\\\n  \\frac{\\partial V}{\\partial q} &= 2 (t - q)\n"
    "\\end{align}\n\\end{document}\n"
)


@pytest.fixture(scope="module")
def report() -> Report:
    return Report((check_text(MARKDOWN, "sheet.md"),))


# ------------------------------------------------------------ lines


def test_a_wrong_equation_in_lines(report: Report) -> None:
    text = report.text()
    assert "WRONG        step 1 of 1\n    slip:    wrong sign: $t - q$ should be $q - t$\n    right:   " in text
    assert "    numbers: seed 1: definition " in text
    assert text.endswith("3 equations: 1 right, 1 wrong, 1 cannot tell")
    assert "\x1b" not in text


def test_colours_where_they_are_asked_for(report: Report) -> None:
    text = report.text(colours=True)
    assert "\x1b[32mRIGHT" in text
    assert "\x1b[1;31mWRONG" in text
    assert re.sub(r"\x1b\[[0-9;]*m", "", text) == report.text()


def test_no_slip_is_said_not_to_be_found() -> None:
    text = check(r"$$ \frac{\partial V}{\partial q} = \exp(x) + t^2 q - \cos(b t) $$", setting=CHAIN).text()
    assert "slip:    no single slip found" in text


# ------------------------------------------------------------ several files


def test_a_table_over_files_counts_the_slips(tmp_path: Path) -> None:
    for name, text in {"a.md": MARKDOWN, "b.md": MARKDOWN, "c.md": "nothing"}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    report = check([tmp_path], jobs=2)
    text = report.text()
    assert re.search(r"all files +2 +2 +2\n", text)
    assert "slips:\n  wrong_sign     2  in 2 files" in text
    assert report.to_json()["slips"] == {"wrong_sign": 2}


# ------------------------------------------------------------ comments


def test_comments_in_markdown_stand_above_and_change_nothing(report: Report) -> None:
    copy = annotated(MARKDOWN, report.files[0])
    assert f"<!-- verdict on equation 1: RIGHT -->\n{GOOD}" in copy
    assert "<!-- verdict on equation 2: WRONG; slip: wrong sign: t - q should be q - t; right: " in copy
    assert re.sub(r"<!-- verdict .*?-->\n", "", copy) == MARKDOWN
    assert [v.verdict for v in check_text(copy, "sheet.md").verdicts] == ["right", "wrong", "cannot_tell"]


def test_comments_in_latex(tmp_path: Path) -> None:
    found = check_text(LATEX, "sheet.tex")
    copy = annotated(LATEX, found)
    assert "% verdict on equation 2: WRONG\n%   slip: " in copy
    assert [line for line in copy.split("\n") if not line.startswith("% verdict") and not line.startswith("%   ")] == [
        line for line in LATEX.split("\n") if not line.startswith("%   ")
    ]
    assert [v.verdict for v in check_text(copy, "sheet.tex").verdicts] == [v.verdict for v in found.verdicts]


def test_line_ends_of_the_source_are_kept(report: Report) -> None:
    windows = MARKDOWN.replace("\n", "\r\n")
    copy = annotated(windows, check_text(windows, "sheet.md"))
    assert "\n" not in copy.replace("\r\n", "")


def test_a_notebook_is_not_annotated() -> None:
    found = check_text('{"cells": [], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "sheet.ipynb")
    with pytest.raises(DeriveError, match="notebook"):
        annotated("{}", found)


# ------------------------------------------------------------ the page


class Elements(HTMLParser):
    """Collects what a browser would fetch or run, and whether elements close."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [f"{tag} {k}" for k, v in attrs if k in ("src", "href") or k.startswith("on")]
        self.fetched += [tag] if tag in ("script", "link", "iframe", "object") else []
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_needs_nothing_else_and_is_well_formed(report: Report) -> None:
    elements = Elements()
    elements.feed(report.page())
    assert elements.fetched == []
    assert elements.open == []
    assert '<section class="equation wrong">' in report.page()
    assert "<math" in report.page()


def test_text_of_the_author_is_no_markup_on_the_page() -> None:
    evil = r"<img src=x onerror=alert(1)>"
    found = check_text(f"$$ a = \\text{{{evil}}} $$\n\n$$ b = \\frac{{{evil}}} $$", f"{evil}.md")
    page = Report((found,)).page()
    assert "<img" not in page
    elements = Elements()
    elements.feed(page)
    assert elements.fetched == []


def test_a_notebook_shows_the_page(report: Report) -> None:
    shown = report._repr_html_()
    assert "<math" in shown
    assert "<html" not in shown
