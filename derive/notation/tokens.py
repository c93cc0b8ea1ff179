r"""LaTeX to tokens: fonts and accents sit on their symbol, spaces, labels and growing brackets are gone.

``\mathbf{W}^{l}`` is the symbol ``W`` with font ``bf`` and a script; ``\hat{y_d}`` is ``\hat y`` with a subscript;
``\underbrace{X}_{...}`` is ``X``; ``\text{net}`` is one symbol, ``\text{ if }`` a text token.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from derive.notation.commands import (
    ACCENTS,
    BRACES,
    DROPPED,
    FONTS,
    GAPS,
    PLAIN_WORDS,
    SAME,
    SIZES,
    SPACES,
    STACKED,
    SWITCHES,
    TEXT,
    TRANSPARENT,
)
from derive.notation.failures import ReadFailure, SyntaxFailure
from derive.notation.greek import GREEK
from derive.notation.lexing import Lexeme, Macro, Source, expand, group, lex

if TYPE_CHECKING:
    from collections.abc import Mapping

    from derive.errors import Place


MOST_LEXEMES, DEEPEST = 10_000, 200
MINIMA = frozenset({"argmin", "argmax"})
NAME_SIGNS = str.maketrans("", "", "-._\\")
"""Signs that may stand inside a name: ``np.sum``, ``leaky-relu``."""


@dataclass(frozen=True)
class Token:
    """``kind``: symbol, digit, sign, command, text, begin, end, row or gap.

    ``text`` of a symbol is its letter, Greek command or word; ``accents`` from the outermost inwards.
    """

    kind: str
    text: str
    place: Place
    font: str = ""
    accents: tuple[str, ...] = ()
    spaced: bool = False

    @property
    def word(self) -> str:
        r"""The symbol with its accents: ``\hat y``."""
        return " ".join((*self.accents, self.text))


def tokens(source: Source, macros: Mapping[str, Macro] | None = None) -> list[Token]:
    """The tokens of a text.

    Raises:
        SyntaxFailure: braces that do not match, a macro that does not end.
        ReadFailure: more signs or deeper braces than anybody writes.
    """
    found = lex(source.text)
    _bounded(found, source)
    expanded = expand(found, macros or {}, source)
    _bounded(expanded, source)
    return _norms(_Normaliser(source).run(expanded, ""))


def _norms(found: list[Token]) -> list[Token]:
    r"""``||x||`` as ``\|x\|``, where every bar stands beside another."""
    out: list[Token] = []
    for token in found:
        if token.text == "|" and out and out[-1].text == "|":
            out[-1] = replace(out[-1], text=r"\|")
        else:
            out.append(token)
    return found if any(t.text == "|" for t in out) else out


def _bounded(lexemes: list[Lexeme], source: Source) -> None:
    """Refuse what would take minutes to read: its length and its depth are looked at before anything else."""
    if len(lexemes) > MOST_LEXEMES:
        problem = f"a formula of {len(lexemes)} signs"
        raise ReadFailure(problem, expected=f"at most {MOST_LEXEMES}", place=source.place(0))
    depth = 0
    for x in lexemes:
        depth += {"{": 1, "}": -1}.get(x.text, 0)
        if depth > DEEPEST:
            raise ReadFailure(
                "braces nested too deeply", expected=f"at most {DEEPEST} levels", place=source.place(x.offset)
            )


class _Normaliser:
    """One pass over the lexemes."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def run(self, lexemes: list[Lexeme], font: str) -> list[Token]:
        out: list[Token] = []
        i = 0
        while i < len(lexemes):
            made, i = self.one(lexemes, i, font)
            if lexemes[i - 1].text in SWITCHES:
                font = FONTS[lexemes[i - 1].text]
            out.extend(made)
        return out

    def one(self, lexemes: list[Lexeme], i: int, font: str) -> tuple[list[Token], int]:
        """The tokens of what stands at ``i``, and the place after it."""
        x = lexemes[i]
        text = SAME.get(x.text, x.text)
        if text in SPACES or text in SWITCHES:
            return [], i + 1
        if text in SIZES:
            return [], i + 1 + (i + 1 < len(lexemes) and lexemes[i + 1].text == ".")
        if text in DROPPED:
            return [], self.skip_argument(lexemes, i + 1)
        if text == "{":
            return self.braces(lexemes, i, font)
        if text in FONTS or text in TEXT or text in ACCENTS or text in TRANSPARENT or text in BRACES or text in STACKED:
            return self.with_argument(text, lexemes, i, font)
        return [self.plain(replace(x, text=text), font)], i + 1

    def skip_argument(self, lexemes: list[Lexeme], i: int) -> int:
        return group(lexemes, i, self.source)[1]

    def braces(self, lexemes: list[Lexeme], i: int, font: str) -> tuple[list[Token], int]:
        """A group keeps its braces; one that only sets the font of a symbol loses them."""
        inner, j = group(lexemes, i, self.source)
        made = self.run(inner, font)
        switched = bool(inner) and inner[0].text in SWITCHES
        if switched and len(made) == 1:
            return made, j
        if not switched and len(made) == 1 and made[0].kind == "symbol" and (made[0].font or made[0].accents):
            return made, j
        return self.wrapped(made, lexemes[i], lexemes[j - 1]), j

    def wrapped(self, made: list[Token], opening: Lexeme, closing: Lexeme) -> list[Token]:
        first = Token("sign", "{", self.place(opening), spaced=opening.spaced)
        return [first, *made, Token("sign", "}", self.place(closing))]

    def with_argument(self, text: str, lexemes: list[Lexeme], i: int, font: str) -> tuple[list[Token], int]:
        """Commands that say something about their argument."""
        if text in TEXT:
            return self.words(lexemes, i)
        first, beside = lexemes[i], lexemes[:0]
        if text in STACKED:
            beside, i = group(lexemes, i + 1, self.source)
            i -= 1
        inner, j = group(lexemes, i + 1, self.source)
        made = self.run(inner, FONTS.get(text, font))
        if beside and len(made) == 1 and made[0].text in MINIMA:  # what stands below an argmin is its letter
            return [made[0], Token("sign", "_", made[0].place), *self.wrapped(self.run(beside, ""), first, first)], j
        if text in ACCENTS:
            return self.accented(text, made, lexemes[i]), j
        if text in FONTS:
            return self.in_font(made, lexemes[i], lexemes[j - 1]), j
        if BRACES.get(text) == (lexemes[j].text if j < len(lexemes) else ""):
            j = self.skip_argument(lexemes, j + 1)
        return self.wrapped(made, lexemes[i], lexemes[j - 1]), j

    def in_font(self, made: list[Token], opening: Lexeme, closing: Lexeme) -> list[Token]:
        """One symbol, one number, or letters that spell an upright word; else a group."""
        letters = [t for t in made if t.kind == "symbol" and not t.accents]
        if len(made) > 1 and len(letters) == len(made) and made[0].font == "rm" and all(t.text.isalpha() for t in made):
            return [replace(made[0], text="".join(t.text for t in made), place=self.place(opening))]
        return made if len(made) <= 1 else self.wrapped(made, opening, closing)

    def accented(self, accent: str, made: list[Token], x: Lexeme) -> list[Token]:
        r"""The accent on the first symbol: ``\hat{y_d}`` is ``\hat y`` and a subscript."""
        one_symbol = bool(made) and made[0].kind in ("symbol", "digit") and (len(made) == 1 or made[1].text in "^_'")
        if not one_symbol:
            raise SyntaxFailure(self.place(x), "an accent over one symbol", accent)
        return [replace(made[0], accents=(accent, *made[0].accents), place=self.place(x)), *made[1:]]

    def words(self, lexemes: list[Lexeme], i: int) -> tuple[list[Token], int]:
        r"""``\text{net}`` is a symbol, ``\text{ if }`` is text."""
        inner, j = group(lexemes, i + 1, self.source)
        said = "".join((" " if x.spaced else "") + x.text for x in inner).replace("$", "").strip()
        is_name = said.translate(NAME_SIGNS).isalnum() and said.lower() not in PLAIN_WORDS
        kind = "symbol" if is_name and not said.isdigit() else "text"
        return [Token(kind, said, self.place(lexemes[i]), "rm", spaced=lexemes[i].spaced)], j

    def place(self, x: Lexeme) -> Place:
        return self.source.place(x.offset)

    def plain(self, x: Lexeme, font: str) -> Token:
        """A lexeme that stands for itself."""
        place = self.place(x)
        if x.text.startswith(("begin ", "end ")):
            kind, name = x.text.split(" ", 1)
            return Token(kind, name, place)
        if x.text in (r"\\", r"\cr"):
            return Token("row", x.text, place)
        if x.text in GAPS:
            return Token("gap", x.text, place)
        if x.text.isalpha() or x.text[1:] in GREEK:
            return Token("symbol", x.text, place, font, spaced=x.spaced)
        if x.text.isdigit():
            return Token("digit", x.text, place, font, spaced=x.spaced)
        kind = "command" if x.text.startswith("\\") and x.text[1:].isalpha() else "sign"
        return Token(kind, x.text, place, font, spaced=x.spaced)
