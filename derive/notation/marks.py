"""Scripts that are neither layer nor entry: parts of a name, and the number of an example."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.tree import Expr, Num, Sym, num
from derive.notation.failures import SyntaxFailure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from derive.notation.members import Part
    from derive.notation.symbols import Symbol
    from derive.notation.tokens import Token

FIRST, LAST = "_<", "_>"
"""Start the tag of a first or last entry that belongs to the name: ``_>0`` for the bias weights ``\\Theta_{i0}``."""

EXAMPLE = Sym("example")
"""Stands for the example that is meant where a value is written without its number."""


def example_letter(name: str) -> Sym:
    """The letter ``i`` where it numbers examples: ``W_{ij}`` beside ``x^{(i)}`` means another i."""
    return Sym(f"{EXAMPLE.name} {name}")


def take_tags(tags: Sequence[str], above: list[Part], below: list[Part]) -> bool:
    """Takes the scripts away that belong to the name; whether all are there."""
    for tag in tags:
        if tag[:2] in (FIRST, LAST):
            if not _take_entry(tag[2:], below, 0 if tag[:2] == FIRST else -1):
                return False
            continue
        parts = above if tag[0] == "^" else below
        at = next((n for n, part in enumerate(parts) if _text(part) in (tag[1:], tag[1:].strip("()[]"))), None)
        if at is None:
            return False
        del parts[at]
    return True


def _take_entry(text: str, below: list[Part], at: int) -> bool:
    """Takes the first or the last of several entries away: ``\\Theta_{i0}``, ``\\Theta_{i,0}``."""
    if len(below) > 1 and not below[at].mark and [t.word for t in below[at].tokens] == [text]:
        del below[at]
        return True
    for n, part in enumerate(below):
        rest = [t for t in part.tokens if t.text != ","]
        if len(rest) > 1 and rest[at].word == text:
            del rest[at]
            below[n] = type(part)(part.mark, rest)
            return True
    return False


def _text(part: Part) -> str:
    if part.mark == "'":
        return part.mark
    closing = {"(": ")", "[": "]"}.get(part.mark, "")
    return (part.mark if closing else "") + "".join(t.word for t in part.tokens if t.text not in "{}") + closing


class ExampleReader:
    """Finds the number of the example among scripts; ``letters``: those that number examples."""

    def __init__(self, letters: Mapping[str, int], index: Callable[[Sequence[Token]], Expr]) -> None:
        self.letters, self.index = letters, index
        self.first = min(letters.values(), default=1)

    def declared(self, above: list[Part], below: list[Part]) -> Expr | None:
        """The example by a letter that is declared for it, taken away from its script."""
        for parts in (above, below):
            for n, part in enumerate(parts):
                if _text(part).strip("()[]") in self.letters:
                    return self.number(parts.pop(n).tokens)
        return self._among(below)

    def _among(self, below: list[Part]) -> Expr | None:
        """The letter among others that stand side by side: ``x_{ni}``."""
        for n, part in enumerate(below):
            for at, t in enumerate(part.tokens):
                if t.word in self.letters and all(x.kind in ("symbol", "digit") or x.text == "," for x in part.tokens):
                    rest = [x for i, x in enumerate(part.tokens) if i != at and x.text != ","]
                    below[n] = type(part)(part.mark, rest)
                    return self.number([t])
        return None

    def left(self, symbol: Symbol, above: list[Part], below: list[Part]) -> Expr | None:
        """The example by its place: in brackets above, or below where nothing else can stand."""
        at = next((n for n, p in enumerate(above) if p.mark == "("), None)
        if at is not None:
            return self.number(above.pop(at).tokens)
        if below and not symbol.axes:
            return self.number(below.pop(0).tokens)
        return None

    def number(self, found: Sequence[Token]) -> Expr:
        """A letter, or a number counted from 1.

        Raises:
            SyntaxFailure: anything else, such as the example before.
        """
        made = self.index(found)
        if isinstance(made, Sym):
            return example_letter(made.name)
        if not isinstance(made, Num):
            raise SyntaxFailure(found[0].place, "a letter or a number that counts examples", found[0].word)
        return num(made.value + 1 - self.first)
