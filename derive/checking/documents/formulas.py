"""The formulas of a text with their places and the words before them: displayed ones, and those within a line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from derive.notation.lexing import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

DISPLAYS = ["equation", "align", "gather", "multline", "eqnarray", "alignat", "flalign", "displaymath"]
OPENING = re.compile(
    r"(?<!\\)\$\$|(?<!\\)\\\[|(?<!\\)\\\(|(?<![\\$])\$(?!\$)|\\begin\s*\{(?P<name>(?:" + "|".join(DISPLAYS) + r")\*?)\}"
)
CLOSINGS = {"$$": r"\$\$", r"\[": r"\\\]", r"\(": r"\\\)"}
CLOSING_DOLLAR = re.compile(r"(?<!\\)\$")
LONGEST, LONGEST_DISPLAY, BEFORE = 4000, 200_000, 160


@dataclass(frozen=True)
class Formula:
    """A formula; ``lead``: the words of its sentence before it, with ``$`` for formulas among them."""

    source: Source
    inline: bool = False
    lead: str = ""

    @property
    def line(self) -> int:
        return self.source.line


def formulas(text: str, file: str) -> Iterator[Formula]:
    """Every formula of a text in order."""
    at, line, counted = 0, 1, 0
    while (found := OPENING.search(text, at)) is not None:
        start = found.start()
        inline = found.group() in ("$", r"\(")
        ends = _inline_end(text, found) if inline else _closing(text, found)
        if ends is None:
            at = found.end()
            continue
        end, inner = ends
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
        yield Formula(Source(body[skipped:].rstrip(), file, first, column), inline, _lead(text, start))
        at = max(end, start + 1)


Ends = tuple[int, tuple[int, int]]


def _closing(text: str, found: re.Match[str]) -> Ends:
    """Where a display ends, and where its inside starts and ends; an open one goes to the next empty line."""
    name = found.group("name")
    sign = rf"\\end\s*\{{{re.escape(name)}\}}" if name else CLOSINGS[found.group()]
    limit = found.end() + LONGEST_DISPLAY
    closing = re.compile(sign).search(text, found.end(), limit)
    if closing is None:
        gap = text.find("\n\n", found.end(), limit)
        end = gap if gap >= 0 else min(len(text), limit)
        return end, (found.start() if name else found.end(), end)
    return closing.end(), (found.start(), closing.end()) if name else (found.end(), closing.start())


def _inline_end(text: str, found: re.Match[str]) -> Ends | None:
    """Where a formula within a paragraph ends; None where the sign is none of a formula (``5 $``)."""
    start = found.end()
    gap = text.find("\n\n", start, start + LONGEST)
    limit = gap if gap >= 0 else min(len(text), start + LONGEST)
    pattern = CLOSING_DOLLAR if found.group() == "$" else re.compile(CLOSINGS[r"\("])
    closing = pattern.search(text, start, limit)
    if closing is None or not text[start : closing.start()].strip():
        return None
    if found.group() == "$" and (text[start].isspace() or text[closing.start() - 1].isspace()):
        return None
    return closing.end(), (start, closing.start())


def _lead(text: str, start: int) -> str:
    """The words of the sentence before a place."""
    before = text[max(0, start - BEFORE) : start]
    before = re.sub(r"\$[^$\n]*\$|\\\(.*?\\\)", "$", before)
    return re.split(r"[.!?]\s|\n\s*\n|\$\$|\\\]|\\end\s*\{", before)[-1].strip()
