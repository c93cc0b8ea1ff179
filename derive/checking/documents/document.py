"""A document to its formulas, macros and blocks of its setting, each with the line where it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from derive.checking.documents.formulas import Formula, formulas
from derive.checking.documents.masking import FRONT, MD_COMMENT, end_of_comments, masked_md, masked_tex, notebook_text
from derive.errors import DeriveError
from derive.notation.macros import read_macros, without_definitions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from derive.notation.lexing import Macro

MOST_CHARACTERS = 2_000_000
Display = Formula
"""A displayed formula."""

TEX_BLOCK = re.compile(r"^[ \t]*%[ \t]?derive:[ ]?(.*)$", re.MULTILINE)
MD_BLOCK = re.compile(r"\s*derive:[ ]?(.*)", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """TOML of the author's setting that holds from ``line`` on."""

    text: str
    line: int


@dataclass(frozen=True)
class Document:
    """What is read of a file; ``prose``: how many lines were passed over.

    ``text``: the file without comments and code, line for line.
    """

    file: str
    displays: tuple[Formula, ...]
    blocks: tuple[Block, ...]
    macros: Mapping[str, Macro]
    prose: int
    inlines: tuple[Formula, ...] = ()
    text: str = ""


def read_document(text: str, file: str) -> Document:
    """The document of a text; ``file`` ending in ``.tex`` is LaTeX, else the text itself tells.

    Raises:
        DeriveError: it is too long.
    """
    if len(text) > MOST_CHARACTERS:
        raise DeriveError(
            f"{file} has {len(text)} characters", expected=f"at most {MOST_CHARACTERS}", remedy="check it in parts"
        )
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if file.endswith(".ipynb"):
        text = notebook_text(text, file)
    is_tex = is_latex(text, file)
    blocks = tuple(_tex_blocks(text) if is_tex else _md_blocks(text))
    masked = masked_tex(text) if is_tex else masked_md(text)
    macros = read_macros(masked)
    masked = without_definitions(masked)
    found = tuple(formulas(masked, file))
    displays = tuple(f for f in found if not f.inline)
    inlines = tuple(f for f in found if f.inline)
    return Document(file, displays, blocks, macros, _prose(masked, displays), inlines, masked)


def is_latex(text: str, file: str) -> bool:
    """Whether a text is LaTeX rather than Markdown."""
    if file.endswith((".tex", ".md", ".markdown", ".ipynb")):
        return file.endswith(".tex")
    return bool(re.search(r"\\documentclass|\\begin\s*\{document\}", text) or TEX_BLOCK.search(text))


# ------------------------------------------------------------ settings


def _tex_blocks(text: str) -> Iterator[Block]:
    """Runs of ``% derive:`` lines."""
    rows: list[str] = []
    start = 0
    for number, row in enumerate(text.split("\n"), start=1):
        found = TEX_BLOCK.match(row)
        if found:
            start = start if rows else number
            rows.append(found.group(1))
        elif rows:
            yield Block("\n".join(rows), start)
            rows = []
    if rows:
        yield Block("\n".join(rows), start)


def _md_blocks(text: str) -> Iterator[Block]:
    """The front matter, and comments that start with ``derive:``; comments side by side are one block."""
    front = FRONT.match(text)
    if front:
        yield Block(front.group(1) or "", 2)
    waiting: Block | None = None
    end = 0
    for found in MD_COMMENT.finditer(text, front.end() if front else 0, end_of_comments(text)):
        inner = MD_BLOCK.fullmatch(found.group(1))
        if inner is None:
            continue
        line = text.count("\n", 0, found.start(1) + inner.start(1)) + 1
        if waiting is not None and not text[end : found.start()].strip():
            waiting = Block(waiting.text + "\n" + inner.group(1), waiting.line)
        else:
            if waiting is not None:
                yield waiting
            waiting = Block(inner.group(1), line)
        end = found.end()
    if waiting is not None:
        yield waiting


def _prose(text: str, found: tuple[Formula, ...]) -> int:
    """How many lines with text stand outside the displays."""
    inside: set[int] = set()
    for d in found:
        inside.update(range(d.line, d.line + d.source.text.count("\n") + 1))
    return sum(bool(row.strip()) for n, row in enumerate(text.split("\n"), start=1) if n not in inside)
