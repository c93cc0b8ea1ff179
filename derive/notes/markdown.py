r"""The document as Markdown with mathematics: what GitHub, Jupyter and MathJax all read.

One ``$$\begin{aligned}...\end{aligned}\tag{n}$$`` an equation; no macro, no label, no ``\operatorname`` (the document
is built with the plain notation).  A reason is a sentence between displays, so each display states its left side again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping  # read by singledispatch
from functools import singledispatch
from typing import TYPE_CHECKING

from derive.notes.document import (
    Cite,
    Display,
    Document,
    Group,
    Heading,
    Math,
    Paragraph,
    Procedure,
    Setting,
    Table,
    Text,
)
from derive.notes.layout import LINE, with_tail

if TYPE_CHECKING:
    from derive.notes.document import Block

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|$~])")


def markdown(document: Document, numbers: Mapping[str, str]) -> str:
    """The document; ``numbers`` says what a citation shows."""
    parts = [f"# {escape(document.title)}", *(block(b, numbers) for b in document.blocks)]
    return "\n\n".join(parts) + "\n"


def escape(words: str) -> str:
    """Plain text with every sign that Markdown would take for its own written out."""
    return SPECIAL.sub(r"\\\1", words)


def inline(text: Text, numbers: Mapping[str, str]) -> str:
    """A sentence."""
    return "".join(_part(p, numbers) for p in text)


def _part(part: str | Math | Cite, numbers: Mapping[str, str]) -> str:
    if isinstance(part, Math):
        return f"${part.latex}$"
    return f"({numbers[part.label]})" if isinstance(part, Cite) else escape(part)


@singledispatch
def block(b: Block, numbers: Mapping[str, str]) -> str:
    """One block of the page."""
    raise TypeError(f"no layout for a {type(b).__name__}")


@block.register
def _(b: Heading, numbers: Mapping[str, str]) -> str:
    return f"{'#' * (b.level + 1)} {inline(b.text, numbers)}"


@block.register
def _(b: Paragraph, numbers: Mapping[str, str]) -> str:
    mark = "*" if b.minor else "**"
    title = f"{mark}{inline(b.title, numbers)}.{mark} " if b.title else ""
    return f"{title}{inline(b.text, numbers)}".strip()


@block.register
def _(b: Setting, numbers: Mapping[str, str]) -> str:
    return f"<!-- derive:\n{b.toml}\n-->"


@block.register
def _(b: Display, numbers: Mapping[str, str]) -> str:
    parts: list[str] = []
    for i, row in enumerate(b.rows):
        if row.reason:
            said = inline(row.reason, numbers)
            parts.append(f"{said[:1].upper()}{said[1:]}:")
        number = b.number if i == len(b.rows) - 1 else ""
        full = row if number or not b.range or row is b.rows[-1] else with_tail(row, b.range, LINE)
        parts.append(_formula(b, list(full.lines), number))
    return "\n\n".join(parts)


def _formula(b: Display, lines: list[str], number: str) -> str:
    first = [rf"&{b.left}", r"&\quad " + lines[0].removeprefix("&")] if b.broken else [f"{b.left} {lines[0]}"]
    body = " \\\\\n".join([*first, *lines[1:]])
    tag = rf"\tag{{{number}}}" if number else ""
    return f"$$\n\\begin{{aligned}}\n{body}\n\\end{{aligned}}{tag}\n$$"


@block.register
def _(b: Group, numbers: Mapping[str, str]) -> str:
    title = [f"**{inline(b.title, numbers)}**"] if b.title else []
    return "\n\n".join([*title, *(block(d, numbers) for d in b.displays)])


@block.register
def _(b: Table, numbers: Mapping[str, str]) -> str:
    rows = [b.header, ((":--",),) * len(b.header), *b.rows]
    cells = [[inline(c, numbers) if i != 1 else ":--" for c in row] for i, row in enumerate(rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


@block.register
def _(b: Procedure, numbers: Mapping[str, str]) -> str:
    lines = [f"{'  ' * indent}- {inline(text, numbers)}" for indent, text in b.lines]
    return "\n".join([f"**{inline(b.title, numbers)}**", "", *lines])
