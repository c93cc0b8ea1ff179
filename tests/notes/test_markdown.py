"""Markdown: only what GitHub, Jupyter, KaTeX and MathJax all read."""

from __future__ import annotations

import re

import pytest

from derive.notes import notes
from derive.notes.markdown import escape
from tests.notes.networks import NAMES, network

BANNED = (
    r"\operatorname", r"\phantom", r"\mbox", r"\label", r"\ref", r"\eqref", "multline", r"\intertext", r"\nicefrac",
    r"\bm", r"\providecommand", r"\newcommand", r"\def", r"\coloneqq", r"\shortintertext",
)  # fmt: skip
DISPLAY = re.compile(r"^\$\$\n(.*?)\n\$\$$", re.DOTALL | re.MULTILINE)
SHAPE = re.compile(r"\\begin\{aligned\}\n.*\n\\end\{aligned\}(\\tag\{\d+\})?", re.DOTALL)


@pytest.mark.parametrize("name", NAMES)
def test_no_command_that_a_reader_lacks(name: str) -> None:
    text = notes(*network(name), format="markdown")
    assert [b for b in BANNED if re.search(re.escape(b) + r"(?![A-Za-z])", text)] == []


@pytest.mark.parametrize("name", NAMES)
def test_one_aligned_an_equation_with_its_number_outside(name: str) -> None:
    chapter, _ = network(name)
    found = DISPLAY.findall(notes(*network(name), format="markdown"))
    assert len(found) > len(chapter.numbers) / 2
    assert all(SHAPE.fullmatch(d) and d.count(r"\begin{aligned}") == 1 for d in found)
    assert all(r"\tag" not in d.split(r"\end{aligned}")[0] for d in found)


def test_dollars_come_in_pairs() -> None:
    for line in notes(*network("general"), format="markdown").splitlines():
        if line != "$$":
            assert line.count("$") % 2 == 0, line


def test_the_setting_is_a_comment() -> None:
    text = notes(*network("general"), format="markdown")
    assert text.count("<!-- derive:\n") == text.count("\n-->") == len(network("general")[0].sections) + 2


def test_text_is_escaped() -> None:
    assert escape("a_b*c|<d>") == r"a\_b\*c\|\<d\>"
