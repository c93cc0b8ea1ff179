"""The text of a formula: its tokens, and messages that point into it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from derive.errors import DeriveError, Place

MAX_LENGTH = 4_000
"""Characters in a formula."""

_TOKEN = re.compile(
    r"(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z_0-9]*)"
    r"|(?P<sign>\*\*|<=|>=|==|!=|[-+*/^(),<>])"
)
_HINTS = {
    "**": "a power is written with ^: z^2",
    "=": "a comparison is written with ==",
    "[": "use round parentheses",
    "{": "use round parentheses",
    "×": "a product is written with *",
    "·": "a product is written with *",
    "−": "use the hyphen for minus",
}


@dataclass(frozen=True)
class Token:
    """``kind`` is number, name, sign or end; ``at`` the offset in the text."""

    kind: str
    text: str
    at: int


@dataclass(frozen=True)
class Text:
    """The text, and how to name a place in it."""

    text: str
    source: str
    line: int

    def place(self, at: int) -> Place:
        before = self.text[:at]
        start = before.rfind("\n") + 1
        end = self.text.find("\n", at)
        row = self.text[start:] if end < 0 else self.text[start:end]
        return Place(self.source, self.line + before.count("\n"), at - start + 1, row)

    def fail(self, problem: str, at: int, *, expected: str = "", remedy: str = "") -> NoReturn:
        raise DeriveError(problem, expected=expected, remedy=remedy, place=self.place(at))

    def tokens(self) -> list[Token]:
        """The tokens and one ``end``; white space is dropped."""
        if len(self.text) > MAX_LENGTH:
            problem = f"a formula of {len(self.text)} characters is too long"
            self.fail(problem, 0, expected=f"at most {MAX_LENGTH} characters", remedy="write a shorter formula")
        found: list[Token] = []
        at = 0
        while at < len(self.text):
            if self.text[at].isspace():
                at += 1
                continue
            hit = _TOKEN.match(self.text, at)
            if hit is None or hit.group() == "**":
                self.unknown(at, hit.group() if hit else self.text[at])
            found.append(Token(str(hit.lastgroup), hit.group(), at))
            at = hit.end()
        return [*found, Token("end", "", len(self.text.rstrip()))]

    def unknown(self, at: int, sign: str) -> NoReturn:
        remedy = _HINTS.get(sign, "remove it, or write it with the signs of the grammar")
        self.fail(
            f"{sign!r} has no meaning in a formula", at, expected="numbers, names, + - * / ^ ( ) ,", remedy=remedy
        )
