"""LaTeX: what pdflatex says to it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from derive.derivation.chapter import derive_chapter
from derive.notes import notes
from derive.notes.document import Cite, Heading, Math, Paragraph
from derive.notes.latex import PREAMBLE, SKIPS, block, escape
from tests.notes.networks import NAMES, RANDOM, network, random_specs

if TYPE_CHECKING:
    from collections.abc import Callable

PARTS = 5
"""Tests that the random networks are spread over, so that workers share them."""
MOST = 1.0
"""The widest overfull box that is forgiven, in pt."""
TOO_WIDE = re.compile(r"Overfull \\hbox \((\d+\.?\d*)pt")


def compiled(pdflatex: str, folder: Path, text: str) -> str:
    """The log of the second run."""
    (folder / "notes.tex").write_text(text, encoding="utf-8")
    command = [pdflatex, "-interaction=nonstopmode", "-halt-on-error", "notes.tex"]
    for only_labels in (["-draftmode"], []):
        done = subprocess.run([*command[:-1], *only_labels, command[-1]], cwd=folder, capture_output=True, check=False)
        assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]
    return (folder / "notes.log").read_text(encoding="utf-8", errors="replace")


def is_clean(log: str) -> None:
    assert "undefined" not in log
    assert [w for w in TOO_WIDE.findall(log) if float(w) > MOST] == []


def together(fragments: list[str]) -> str:
    """Several bodies in one document; the labels of each are its own."""
    own = [re.sub(r"(\\label|\\eqref)\{eq:", rf"\1{{{i}:", f) for i, f in enumerate(fragments)]
    return f"{PREAMBLE}\\begin{{document}}\n{SKIPS}\n" + "\n\\newpage\n".join(own) + "\n\\end{document}\n"


@pytest.mark.parametrize("name", NAMES)
def test_the_notes_of_the_gallery_compile(tool: Callable[[str], str], tmp_path: Path, name: str) -> None:
    is_clean(compiled(tool("pdflatex"), tmp_path, notes(*network(name))))


def test_fragments_compile_together(tool: Callable[[str], str], tmp_path: Path) -> None:
    is_clean(compiled(tool("pdflatex"), tmp_path, together([notes(*network(n), format="fragment") for n in NAMES])))


@pytest.mark.parametrize("notation", ["lecture-index", "lecture-matrix"])
def test_other_notations_compile(tool: Callable[[str], str], tmp_path: Path, notation: str) -> None:
    is_clean(compiled(tool("pdflatex"), tmp_path, notes(*network("general"), notation)))


@pytest.mark.parametrize("part", range(PARTS))
def test_fifty_random_networks_compile(tool: Callable[[str], str], tmp_path: Path, part: int) -> None:
    pdflatex = tool("pdflatex")
    mine = random_specs(RANDOM)[part::PARTS]
    made = [notes(derive_chapter(spec), spec, format="fragment") for spec in mine]
    is_clean(compiled(pdflatex, tmp_path, together(made)))


def test_they_are_fifty() -> None:
    assert len(random_specs(RANDOM)) == 50


@pytest.mark.parametrize("name", NAMES)
def test_every_reference_has_its_label(name: str) -> None:
    text = notes(*network(name))
    labels = re.findall(r"\\label\{(.*?)\}", text)
    assert len(labels) == len(set(labels))
    assert set(re.findall(r"\\eqref\{(.*?)\}", text)) <= set(labels)


def test_many_layers_that_are_left_out_are_listed_on_several_lines(tool: Callable[[str], str], tmp_path: Path) -> None:
    alternating = "4" + "-4:relu-4:tanh" * 20
    is_clean(compiled(tool("pdflatex"), tmp_path, notes(*network(alternating))))


def test_a_log_with_a_wide_box_is_seen(tool: Callable[[str], str], tmp_path: Path) -> None:
    wide = PREAMBLE + r"\begin{document}\begin{align*}" + "x + " * 200 + r"x\end{align*}\end{document}"
    with pytest.raises(AssertionError):
        is_clean(compiled(tool("pdflatex"), tmp_path, wide))


def test_text_is_escaped() -> None:
    assert escape(r"50% of a_b & {c} \input{x} $") == (r"50\% of a\_b \& \{c\} \textbackslash{}input\{x\} \$")
    assert block(Heading(("a_b",))) == r"\section*{a\_b}"
    assert block(Paragraph(("by ", Cite("cost"), ", ", Math("x_1")), ("T",))) == (
        r"\textbf{T.} by \eqref{eq:cost}, $x_1$"
    )


def test_the_article_is_the_fragment_in_a_frame() -> None:
    chapter, spec = network("two-node")
    body = notes(chapter, spec, format="fragment").split("\n", 1)[1].strip()
    article = notes(chapter, spec)
    assert body in article
    assert article.startswith(r"\documentclass")
    assert r"\documentclass" not in body


def test_the_same_input_gives_the_same_text() -> None:
    chapter, spec = network("general")
    for form in ("latex", "markdown", "json"):
        assert notes(chapter, spec, format=form) == notes(derive_chapter(spec), spec, format=form)
