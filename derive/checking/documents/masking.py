"""What of a text is no mathematics: comments, code, verbatim text, front matter.  Lines stay where they are."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from derive.errors import DeriveError

if TYPE_CHECKING:
    from collections.abc import Iterator

VERBATIM = re.compile(r"\\begin\s*\{(verbatim|lstlisting|minted|Verbatim|comment)\*?\}")
FENCE = re.compile(r"^[ ]{0,3}(`{3,}|~{3,}).*$", re.MULTILINE)
CODE = re.compile(r"`[^`\n]+`")
TEX_COMMENT = re.compile(r"(?<!\\)%.*")
MD_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
FRONT = re.compile(r"\+\+\+[ \t]*\n(.*?\n)?\+\+\+[ \t]*(?:\n|$)", re.DOTALL)
STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


def blank(text: str, start: int, end: int) -> str:
    """The text with a part blanked out."""
    return text[:start] + re.sub(r"[^\n]", " ", text[start:end]) + text[end:]


def masked_tex(text: str) -> str:
    """Without verbatim text and comments."""
    pieces, at = [], 0
    while (found := VERBATIM.search(text, at)) is not None:
        closing = re.compile(r"\\end\s*\{" + re.escape(found.group(1)) + r"\*?\}").search(text, found.end())
        end = closing.end() if closing else len(text)
        pieces += [text[at : found.start()], re.sub(r"[^\n]", " ", text[found.start() : end])]
        at = end
    return TEX_COMMENT.sub(lambda m: " " * len(m.group()), "".join([*pieces, text[at:]]))


def masked_md(text: str) -> str:
    """Without front matter, code and comments."""
    front = FRONT.match(text)
    if front:
        text = blank(text, 0, front.end())
    pieces, at = [], 0
    while (found := FENCE.search(text, at)) is not None:
        sign = found.group(1)
        closing = re.compile(rf"^[ ]{{0,3}}{re.escape(sign)}+[ \t]*$", re.MULTILINE).search(text, found.end())
        end = closing.end() if closing else len(text)
        pieces += [text[at : found.start()], re.sub(r"[^\n]", " ", text[found.start() : end])]
        at = end
    text = "".join([*pieces, text[at:]])
    text = CODE.sub(lambda m: " " * len(m.group()), text)
    end = end_of_comments(text)
    return MD_COMMENT.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text[:end]) + text[end:]


def end_of_comments(text: str) -> int:
    """The place behind the last comment that closes: beyond it every start of one would be looked for in vain."""
    return text.rfind("-->") + len("-->") if "-->" in text else 0


def notebook_text(text: str, file: str) -> str:
    """The Markdown cells of a notebook, each line on the line of the file where its string starts.

    Raises:
        DeriveError: it is no notebook.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise DeriveError(f"{file} is no notebook: it is not JSON", expected="a file that Jupyter saved") from None
    rows: dict[int, str] = {}
    starts = _Strings(text)
    for source in _markdown(data):
        for part in source:
            for n, line in enumerate(part.split("\n")):
                at = starts.line(part) + n
                if line.strip():
                    rows[at] = f"{rows[at]} {line}" if at in rows else line
    return "\n".join(rows.get(n, "") for n in range(1, max(rows, default=0) + 1))


def _markdown(data: Any) -> Iterator[list[str]]:
    cells = data.get("cells") if isinstance(data, dict) else None
    for cell in cells if isinstance(cells, list) else ():
        source = cell.get("source") if isinstance(cell, dict) and cell.get("cell_type") == "markdown" else None
        if isinstance(source, str):
            yield [source]
        elif isinstance(source, list):
            yield [part for part in source if isinstance(part, str)]


class _Strings:
    """The lines on which the strings of a JSON text start, asked for in their order."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.counted, self.row = text, 0, 0, 1
        self.last: tuple[str, int] = ("", 0)

    def line(self, wanted: str) -> int:
        if self.last[0] == wanted and self.last[1]:
            return self.last[1]
        encoded = {json.dumps(wanted), json.dumps(wanted, ensure_ascii=False)}
        found = STRING.search(self.text, self.at)
        while found is not None and found.group() not in encoded:
            found = STRING.search(self.text, found.end())
        if found is not None:
            self.row += self.text.count("\n", self.counted, found.start())
            self.at, self.counted = found.end(), found.start()
        self.last = (wanted, self.row)
        return self.row
