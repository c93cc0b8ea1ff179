"""Conditions such as "if j = 0": they name the bias unit, a symbol of its own where the setting counts from 1."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from derive.checking.reading import Misread, Written, read
from derive.notation.display import relations
from derive.notation.marks import FIRST, LAST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from derive.notation.display import Piece
    from derive.notation.symbols import SymbolTable
    from derive.notation.tokens import Token


def with_noughts(w: Written, table: SymbolTable) -> Written:
    """The equation with 0 put in for every index that a condition behind it says is 0.

    Only where the setting has symbols with the index 0; what could not be read with it is left as it is.
    """
    letters = {letter: c for c in w.conditions if (letter := _nought(c)) and letter not in table.examples}
    if not letters or not any(tag[:2] in (FIRST, LAST) for s in table.symbols for tag in s.tags):
        return w
    members = tuple(_put(m, frozenset(letters)) for m in w.members)
    if any(t.word in letters for m in members for t in m):
        return w  # it is no index below a symbol alone
    rest = tuple(c for c in w.conditions if c not in letters.values())
    made = replace(w, members=members, conditions=rest)
    try:
        read(made, table)
    except Misread:
        return w
    return made


def _nought(piece: Piece) -> str:
    """The letter of ``j = 0``, nothing for other conditions."""
    (part, *more) = piece.parts
    at = relations(part)
    plain = not more and len(part) == 3 and at == [1] and part[1].text == "="
    return part[0].word if plain and part[0].kind == "symbol" and part[2].text == "0" else ""


def _put(found: Sequence[Token], letters: frozenset[str]) -> list[Token]:
    """The tokens with 0 for the letters in subscripts."""
    out: list[Token] = []
    depth, below = 0, False
    for n, t in enumerate(found):
        if not depth:
            below = n > 0 and found[n - 1].text == "_"
        out.append(replace(t, kind="digit", text="0", accents=()) if below and t.word in letters else t)
        depth += below * ((t.text == "{") - (t.text == "}"))
    return out
