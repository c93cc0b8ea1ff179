r"""LaTeX text to lexemes with their positions: comments and spaces gone, macros expanded.

A macro's expansion is bounded; its lexemes stand where the macro was called.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from derive.errors import Place
from derive.notation.failures import SyntaxFailure
from derive.notation.greek import FROM_UNICODE

if TYPE_CHECKING:
    from collections.abc import Mapping

LEXEME = re.compile(
    r"\\begin\s*\{\s*([A-Za-z]+\*?)\s*\}|\\end\s*\{\s*([A-Za-z]+\*?)\s*\}|\\(?:operatorname|tag|hspace)\*|\\[A-Za-z]+|\\.|:=|%.*|\S"
)
MOST_LEXEMES = 20_000
ARGUMENT = re.compile(r"#([1-9])")

UNICODE = {
    "∂": r"\partial", "∑": r"\sum", "∏": r"\prod", "∇": r"\nabla", "⊙": r"\odot", "∘": r"\circ",
    "·": r"\cdot", "×": r"\times", "−": "-", "←": r"\leftarrow", "→": r"\to", "≤": r"\le", "≥": r"\ge",
    "≠": r"\ne", "≈": r"\approx", "∝": r"\propto", "′": "'", "∈": r"\in", "…": r"\dots", "⋯": r"\dots",
    "‖": r"\|", "∗": "*", "•": r"\bullet",
}  # fmt: skip
SCRIPTS = {"²": "^2", "³": "^3", "ᵀ": "^T", **{chr(0x2080 + d): f"_{d}" for d in range(10)}}
COMBINING = {"\u0302": r"\hat", "\u0304": r"\bar", "\u0303": r"\tilde", "\u0307": r"\dot", "\u20d7": r"\vec"}


@dataclass(frozen=True)
class Source:
    """Text that is read and where it stands: 1-based line and column of its first character in ``file``."""

    text: str
    file: str = ""
    line: int = 1
    column: int = 1

    @cached_property
    def _rows(self) -> list[str]:
        """The lines, the first one moved to its column."""
        first, *rest = self.text.split("\n")
        return [" " * (self.column - 1) + first, *rest]

    @cached_property
    def _starts(self) -> list[int]:
        """Where each line starts."""
        return [0, *(n + 1 for n, c in enumerate(self.text) if c == "\n")]

    def place(self, offset: int) -> Place:
        """The place of a character."""
        row = bisect_right(self._starts, offset) - 1
        column = offset - self._starts[row] + (self.column if row == 0 else 1)
        return Place(self.file, self.line + row, column, self._rows[row])


@dataclass(frozen=True)
class Lexeme:
    """A command, a sign or a character; ``begin align`` for the start of an environment.  ``spaced``: after a space."""

    text: str
    offset: int
    spaced: bool = False


@dataclass(frozen=True)
class Macro:
    r"""``\newcommand{\name}[arity]{body}``."""

    arity: int
    body: str


def lex(text: str) -> list[Lexeme]:
    """The lexemes of a text; comments are dropped, Unicode is turned into commands."""
    out: list[Lexeme] = []
    end = 0
    for match in LEXEME.finditer(text):
        word = match.group()
        if word.startswith("%"):
            continue
        spaced = match.start() > end
        end = match.end()
        environment = match.group(1) or match.group(2)
        if environment:
            word = ("begin " if match.group(1) else "end ") + environment
        out.extend(Lexeme(part, match.start(), spaced) for part in _parts(word))
    return _accents(out)


def _parts(word: str) -> list[str]:
    """One Unicode character as the commands that it stands for."""
    if word in SCRIPTS:
        return list(SCRIPTS[word])
    if word in FROM_UNICODE:
        return ["\\" + FROM_UNICODE[word]]
    if word in UNICODE:
        return [UNICODE[word]]
    if len(word) == 1 and not word.isascii():
        return list(unicodedata.normalize("NFD", word))
    return [word]


def _accents(lexemes: list[Lexeme]) -> list[Lexeme]:
    r"""``y`` and a combining hat to ``\hat y``."""
    out: list[Lexeme] = []
    for x in lexemes:
        if x.text in COMBINING and out:
            out.insert(len(out) - 1, Lexeme(COMBINING[x.text], out[-1].offset, out[-1].spaced))
        else:
            out.append(x)
    return out


def group(lexemes: list[Lexeme], i: int, source: Source) -> tuple[list[Lexeme], int]:
    """The argument at ``i``: the inside of braces, or one lexeme; and the place after it."""
    if i >= len(lexemes):
        raise SyntaxFailure(source.place(len(source.text)), "an argument", "")
    if lexemes[i].text != "{":
        return [lexemes[i]], i + 1
    depth, j = 1, i + 1
    while j < len(lexemes) and depth:
        depth += {"{": 1, "}": -1}.get(lexemes[j].text, 0)
        j += 1
    if depth:
        raise SyntaxFailure(source.place(lexemes[i].offset), "a closing brace }", "an open brace")
    return lexemes[i + 1 : j - 1], j


def expand(lexemes: list[Lexeme], macros: Mapping[str, Macro], source: Source) -> list[Lexeme]:
    """The lexemes with every macro replaced by its body.

    Raises:
        SyntaxFailure: an argument is missing, or the expansion does not end.
    """
    out: list[Lexeme] = []
    rest = list(reversed(lexemes))
    steps = 0
    while rest:
        x = rest.pop()
        macro = macros.get(x.text)
        if macro is None:
            out.append(x)
            continue
        steps += 1
        arguments: list[list[Lexeme]] = []
        ahead = list(reversed(rest))
        i = 0
        for _ in range(macro.arity):
            argument, i = group(ahead, i, source)
            arguments.append(argument)
        rest = list(reversed(_fill(macro, arguments, x.offset) + ahead[i:]))
        if steps > 1000 or len(rest) + len(out) > MOST_LEXEMES:
            raise SyntaxFailure(source.place(x.offset), "a macro whose expansion ends", x.text)
    return out


def _fill(macro: Macro, arguments: list[list[Lexeme]], offset: int) -> list[Lexeme]:
    """The body with ``#1`` ... replaced."""
    out: list[Lexeme] = []
    pieces = ARGUMENT.split(macro.body)
    for n, piece in enumerate(pieces):
        if n % 2:
            number = int(piece) - 1
            out.extend(arguments[number] if number < len(arguments) else ())
        else:
            out.extend(Lexeme(x.text, offset, x.spaced) for x in lex(piece))
    return out
