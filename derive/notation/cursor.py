"""A position in a list of tokens, and cutting at the top level of brackets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.notation.commands import CLOSING
from derive.notation.failures import SyntaxFailure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from derive.errors import Place
    from derive.notation.tokens import Token

OPENING = frozenset(CLOSING)
CLOSERS = frozenset(CLOSING.values())
SELF_CLOSING = frozenset({"|", r"\|"})


class Cursor:
    """Tokens and the place of the next one; ``end`` is the place after the last."""

    def __init__(self, tokens: Sequence[Token], end: Place) -> None:
        self.tokens, self.end, self.i = tokens, end, 0

    @property
    def text(self) -> str:
        """The text of the next token, empty at the end; text in ``\\text`` is no sign."""
        return self.ahead(0)

    def ahead(self, n: int) -> str:
        """The text of the n-th token from here."""
        at = self.i + n
        return self.tokens[at].text if 0 <= at < len(self.tokens) and self.tokens[at].kind != "text" else ""

    @property
    def done(self) -> bool:
        return self.i >= len(self.tokens)

    @property
    def token(self) -> Token:
        """The next token.

        Raises:
            SyntaxFailure: there is none.
        """
        if self.done:
            raise SyntaxFailure(self.end, "more of the formula", "")
        return self.tokens[self.i]

    @property
    def place(self) -> Place:
        return self.end if self.done else self.tokens[self.i].place

    def fail(self, expected: str) -> SyntaxFailure:
        """The failure at this place."""
        return SyntaxFailure(self.place, expected, "" if self.done else self.token.word)

    def take(self, text: str) -> bool:
        """Whether the next token is this one; it is passed over then."""
        if self.text != text:
            return False
        self.i += 1
        return True

    def argument(self) -> Sequence[Token]:
        """What stands in braces, or one token."""
        if self.text == "{":
            return self.bracketed()
        self.i += 1
        if self.i > len(self.tokens):
            raise SyntaxFailure(self.end, "an argument", "")
        return self.tokens[self.i - 1 : self.i]

    def bracketed(self) -> Sequence[Token]:
        """The inside of the brackets that open here; the cursor goes behind them."""
        start = self.i
        close = matching(self.tokens, start)
        if close is None:
            raise SyntaxFailure(self.place, f"a closing {CLOSING.get(self.text, self.text)}", self.text)
        self.i = close + 1
        return self.tokens[start + 1 : close]


def matching(tokens: Sequence[Token], start: int) -> int | None:
    """The index of the bracket that closes the one at ``start``."""
    own = tokens[start].text
    if own in SELF_CLOSING:
        inside = (j for j in top_level(tokens, start + 1) if tokens[j].text == own)
        return next(inside, None)
    depth = 0
    for j in range(start, len(tokens)):
        depth += _step(tokens[j])
        if depth == 0:
            return j
    return None


def _step(token: Token) -> int:
    if token.kind in ("begin", "end"):
        return 1 if token.kind == "begin" else -1
    if token.kind == "text":
        return 0
    return (token.text in OPENING) - (token.text in CLOSERS)


def top_level(tokens: Sequence[Token], start: int = 0) -> list[int]:
    """The indices of the tokens that stand in no bracket (brackets themselves left out)."""
    depth, out = 0, []
    for j in range(start, len(tokens)):
        step = _step(tokens[j])
        if depth == 0 and step == 0:
            out.append(j)
        depth += step
        if depth < 0:
            break
    return out


def cut(tokens: Sequence[Token], at: frozenset[str]) -> list[Sequence[Token]]:
    """The pieces between top-level tokens of these texts."""
    out, start = [], 0
    for j in top_level(tokens):
        if tokens[j].text in at and tokens[j].kind != "text":
            out.append(tokens[start:j])
            start = j + 1
    return [*out, tokens[start:]]
