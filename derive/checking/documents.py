"""A document to its displayed equations, macros and blocks of its setting, each with the line where it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from derive.errors import DeriveError
from derive.notation.lexing import Source
from derive.notation.macros import read_macros, without_definitions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from derive.notation.lexing import Macro

MOST_CHARACTERS = 2_000_000
DISPLAYS = ["equation", "align", "gather", "multline", "eqnarray", "alignat", "flalign", "displaymath"]
OPENING = re.compile(r"(?<!\\)\$\$|(?<!\\)\\\[|\\begin\s*\{(?P<name>(?:" + "|".join(DISPLAYS) + r")\*?)\}")
VERBATIM = re.compile(r"\\begin\s*\{(verbatim|lstlisting|minted|Verbatim|comment)\*?\}")
FENCE = re.compile(r"^[ ]{0,3}(`{3,}|~{3,}).*$", re.MULTILINE)
CODE = re.compile(r"`[^`\n]+`")
TEX_COMMENT = re.compile(r"(?<!\\)%.*")
TEX_BLOCK = re.compile(r"^[ \t]*%[ \t]?derive:[ ]?(.*)$", re.MULTILINE)
MD_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
MD_BLOCK = re.compile(r"\s*derive:[ ]?(.*)", re.DOTALL)
FRONT = re.compile(r"\+\+\+[ \t]*\n(.*?\n)?\+\+\+[ \t]*(?:\n|$)", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """TOML of the author's setting that holds from ``line`` on."""

    text: str
    line: int


@dataclass(frozen=True)
class Display:
    """A displayed formula."""

    source: Source

    @property
    def line(self) -> int:
        return self.source.line


@dataclass(frozen=True)
class Document:
    """What is read of a file; ``prose``: how many lines were passed over."""

    file: str
    displays: tuple[Display, ...]
    blocks: tuple[Block, ...]
    macros: Mapping[str, Macro]
    prose: int


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
    is_tex = is_latex(text, file)
    blocks = tuple(_tex_blocks(text) if is_tex else _md_blocks(text))
    masked = _masked_tex(text) if is_tex else _masked_md(text)
    macros = read_macros(masked)
    masked = without_definitions(masked)
    displays = tuple(_displays(masked, file))
    return Document(file, displays, blocks, macros, _prose(masked, displays))


def is_latex(text: str, file: str) -> bool:
    """Whether a text is LaTeX rather than Markdown."""
    if file.endswith((".tex", ".md", ".markdown")):
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
    for found in MD_COMMENT.finditer(text, front.end() if front else 0):
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


# ------------------------------------------------------------ what is no mathematics


def _blank(text: str, start: int, end: int) -> str:
    """The text with a part blanked out; lines stay where they are."""
    return text[:start] + re.sub(r"[^\n]", " ", text[start:end]) + text[end:]


def _masked_tex(text: str) -> str:
    """Without verbatim text and comments."""
    pieces, at = [], 0
    while (found := VERBATIM.search(text, at)) is not None:
        closing = re.compile(r"\\end\s*\{" + re.escape(found.group(1)) + r"\*?\}").search(text, found.end())
        end = closing.end() if closing else len(text)
        pieces += [text[at : found.start()], re.sub(r"[^\n]", " ", text[found.start() : end])]
        at = end
    return TEX_COMMENT.sub(lambda m: " " * len(m.group()), "".join([*pieces, text[at:]]))


def _masked_md(text: str) -> str:
    """Without front matter, code and comments."""
    front = FRONT.match(text)
    if front:
        text = _blank(text, 0, front.end())
    pieces, at = [], 0
    while (found := FENCE.search(text, at)) is not None:
        sign = found.group(1)
        closing = re.compile(rf"^[ ]{{0,3}}{re.escape(sign)}+[ \t]*$", re.MULTILINE).search(text, found.end())
        end = closing.end() if closing else len(text)
        pieces += [text[at : found.start()], re.sub(r"[^\n]", " ", text[found.start() : end])]
        at = end
    text = "".join([*pieces, text[at:]])
    text = CODE.sub(lambda m: " " * len(m.group()), text)
    return MD_COMMENT.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


# ------------------------------------------------------------ displays


def _displays(text: str, file: str) -> Iterator[Display]:
    at, line, counted = 0, 1, 0
    while (found := OPENING.search(text, at)) is not None:
        start, end, inner = found.start(), *_closing(text, found)
        line += text.count("\n", counted, inner[0])
        counted = inner[0]
        column = inner[0] - (text.rfind("\n", 0, inner[0]) + 1) + 1
        body = text[inner[0] : inner[1]]
        skipped = len(body) - len(body.lstrip())
        first = line + body.count("\n", 0, skipped)
        if "\n" in body[:skipped]:
            column = 1 + skipped - (body.rfind("\n", 0, skipped) + 1)
        else:
            column += skipped
        yield Display(Source(body[skipped:].rstrip(), file, first, column))
        at = max(end, start + 1)


def _closing(text: str, found: re.Match[str]) -> tuple[int, tuple[int, int]]:
    """Where a display ends, and where its inside starts and ends; an open one goes to the next empty line."""
    name = found.group("name")
    sign = rf"\\end\s*\{{{re.escape(name)}\}}" if name else r"\$\$" if found.group() == "$$" else r"\\\]"
    closing = re.compile(sign).search(text, found.end())
    if closing is None:
        gap = text.find("\n\n", found.end())
        end = gap if gap >= 0 else len(text)
        return end, (found.start() if name else found.end(), end)
    return closing.end(), (found.start(), closing.end()) if name else (found.end(), closing.start())


def _prose(text: str, displays: tuple[Display, ...]) -> int:
    """How many lines with text stand outside the displays."""
    inside: set[int] = set()
    for d in displays:
        inside.update(range(d.line, d.line + d.source.text.count("\n") + 1))
    return sum(bool(row.strip()) for n, row in enumerate(text.split("\n"), start=1) if n not in inside)
