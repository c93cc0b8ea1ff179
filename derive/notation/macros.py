r"""The macro definitions of a document: ``\newcommand``, ``\renewcommand``, ``\def``, ``\DeclareMathOperator``."""

from __future__ import annotations

import re

from derive.notation.lexing import Macro

COMMAND = re.compile(r"\\(?:re)?newcommand\*?\s*\{?\s*(\\[A-Za-z]+)\s*\}?\s*(?:\[(\d)\])?\s*(?=\{)")
PROVIDE = re.compile(r"\\providecommand\*?\s*\{?\s*(\\[A-Za-z]+)\s*\}?\s*(?:\[(\d)\])?\s*(?=\{)")
DEF = re.compile(r"\\def\s*(\\[A-Za-z]+)\s*((?:#\d)*)\s*(?=\{)")
OPERATOR = re.compile(r"\\DeclareMathOperator(\*?)\s*\{\s*(\\[A-Za-z]+)\s*\}\s*(?=\{)")
COMMENT = re.compile(r"(?<!\\)%.*")


def read_macros(document: str) -> dict[str, Macro]:
    """Every macro that the text defines; a later definition of a name wins."""
    text = COMMENT.sub("", document)
    found: list[tuple[int, str, Macro]] = []
    for pattern in (COMMAND, PROVIDE):
        found += [
            (m.start(), m.group(1), Macro(int(m.group(2) or 0), _body(text, m.end()))) for m in pattern.finditer(text)
        ]
    found += [(m.start(), m.group(1), Macro(len(m.group(2)) // 2, _body(text, m.end()))) for m in DEF.finditer(text)]
    found += [
        (m.start(), m.group(2), Macro(0, rf"\operatorname{{{_body(text, m.end())}}}")) for m in OPERATOR.finditer(text)
    ]
    return {name: macro for _, name, macro in sorted(found, key=lambda row: row[0])}


def without_definitions(text: str) -> str:
    """The text with macro definitions blanked out, every other character in its place."""
    for pattern in (COMMAND, PROVIDE, DEF, OPERATOR):
        for match in list(pattern.finditer(text)):
            end = match.end() + len(_body(text, match.end())) + 2
            text = text[: match.start()] + re.sub(r"[^\n]", " ", text[match.start() : end]) + text[end:]
    return text


def _body(text: str, start: int) -> str:
    """The inside of the braces that open at ``start`` (up to the end of the text if they do not close)."""
    depth = 0
    for i in range(start, len(text)):
        escaped = i > 0 and text[i - 1] == "\\"
        depth += 0 if escaped else {"{": 1, "}": -1}.get(text[i], 0)
        if depth == 0:
            return text[start + 1 : i]
    return text[start + 1 :]
