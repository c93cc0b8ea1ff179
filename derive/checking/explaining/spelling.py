r"""How the author spells each symbol, found in the text itself: ``\mathbf{s}^{m}``, ``W^{[l]}``, ``\hat y``.

The equation at hand is asked first, then the rest of the page, then the setting: a quantity with several names is
written by the one that stands nearest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from derive.algebra.tree import Sym
from derive.notation.cursor import Cursor
from derive.notation.failures import ReadFailure
from derive.notation.lexing import Source
from derive.notation.marks import take_tags
from derive.notation.members import read_scripts
from derive.notation.symbols import BUILTIN
from derive.notation.tokens import tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from derive.checking.understanding import Understood
    from derive.notation.members import Scripts
    from derive.notation.symbols import Symbol, SymbolTable
    from derive.notation.tokens import Token

FONTS = {"bf": r"\mathbf{%s}", "cal": r"\mathcal{%s}", "bb": r"\mathbb{%s}", "rm": r"\mathrm{%s}"}
BRACKETS = {"(": ")", "[": "]", "": ""}


@dataclass(frozen=True)
class Spelled:
    """One way of writing one thing: the row of the table, its base in LaTeX, the bracket around its layer."""

    row: Symbol
    base: str
    bracket: str = ""


@dataclass
class Spellings:
    """What was found, the nearest first; signs that the author uses; where numbers of
    examples stand: ``above`` or ``below``, and ``first`` where they stand before the entries; what the variables of
    formulas are called."""

    rows: dict[str, list[Spelled]] = field(default_factory=dict)
    transpose: str = "T"
    elementwise: str = ""
    log: str = r"\log"
    examples: dict[str, None] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)

    def add(self, found: Spelled) -> None:
        """One more way, unless the same stands there already."""
        own = self.rows.setdefault(found.row.name, [])
        if not any(_alike(s.row, found.row) for s in own):
            own.append(found)


def _alike(one: Symbol, other: Symbol) -> bool:
    return (one.words, one.fixed, one.tags) == (other.words, other.fixed, other.tags)


def spellings(nearest: Iterable[Sequence[Token]], understood: Understood) -> Spellings:
    """The spellings of a page; ``nearest``: runs of tokens, those of the equation at hand first."""
    table = understood.table
    out = Spellings()
    for run in nearest:
        _harvest(run, table, out)
    for line in understood.setting.given:
        try:
            _harvest(tokens(Source(line.text, line.file, line.number), understood.named.macros), table, out)
        except ReadFailure:
            continue
    if understood.model.last == Sym("T") or any(row.words == ("T",) for row in table.symbols):
        out.transpose = r"\top"  # T is something else here
    for row in table.symbols:
        out.add(Spelled(row, base_of_words(row.words), _bracket_of(row)))
    out.elementwise = out.elementwise or (r"\odot" if r"\odot" in table.elementwise else "")
    return out


def _bracket_of(row: Symbol) -> str:
    known = row.slots[0].brackets if row.slots else ""
    return known if known in ("(", "[") else ""


def _harvest(run: Sequence[Token], table: SymbolTable, out: Spellings) -> None:
    for n, token in enumerate(run):
        _sign(run, n, table, out)
        if token.kind in ("symbol", "command"):
            for row, after in table.candidates(run, n):
                found = _spelled(run, n, row, after, table, out)
                if found is not None:
                    out.add(found)


def _sign(run: Sequence[Token], n: int, table: SymbolTable, out: Spellings) -> None:
    token = run[n]
    if token.text in table.elementwise and token.kind != "text":
        out.elementwise = out.elementwise or token.text
    if token.text == r"\top":
        out.transpose = r"\top"
    if token.text in (r"\ln", r"\log"):
        out.log = token.text


def _spelled(
    run: Sequence[Token], start: int, row: Symbol, after: int, table: SymbolTable, out: Spellings
) -> Spelled | None:
    """The spelling of a row that stands here, unless its layer is missing."""
    if row in BUILTIN:
        return None
    cursor = Cursor(run, run[-1].place)
    cursor.i = after
    try:
        scripts = read_scripts(cursor)
    except ReadFailure:
        return None
    if not take_tags(row.tags, scripts.above, scripts.below):
        return None
    if row.kind == "quantity":
        out.examples.update(dict.fromkeys(_places_of_example(scripts, table)))
    bracket = ""
    for slot in row.slots:
        found = _mark(scripts, slot.script, slot.brackets)
        if found is None:
            return None
        bracket = found
    return Spelled(row, base_of(run[start:after]), bracket)


def _places_of_example(scripts: Scripts, table: SymbolTable) -> Iterator[str]:
    """Where a declared number of an example stands."""
    if any(t.word in table.examples for part in scripts.above for t in part.tokens):
        yield "above"
    below = [t.word in table.examples for part in scripts.below for t in part.tokens]
    if True in below:
        yield "below"
        if below[0] and len(below) > 1:
            yield "first"


def _mark(scripts: Scripts, script: str, brackets: str) -> str | None:
    """The bracket around the layer."""
    parts = scripts.above if script == "^" else scripts.below
    marks = [p.mark for p in parts if p.mark in BRACKETS and brackets in ("*", p.mark)]
    return marks[0] if marks else None


# ------------------------------------------------------------ bases


def base_of(run: Iterable[Token]) -> str:
    """The LaTeX of the tokens of a base, with fonts and accents."""
    return _glued(_token(t) for t in run)


def _token(t: Token) -> str:
    word = t.text
    plain = word.startswith("\\") or not word.isalpha()
    if t.font == "rm" and len(word) > 1 and not word.startswith("\\"):
        text = rf"\text{{{word}}}"
    elif t.font == "bf" and word.startswith("\\"):
        text = rf"\boldsymbol{{{word}}}"
    elif t.font in FONTS and not plain:
        text = FONTS[t.font] % word
    else:
        text = word
    for accent in reversed(t.accents):
        text = f"{accent}{{{text}}}"
    return text


def _glued(parts: Iterable[str]) -> str:
    """Commands before letters need a space."""
    out = ""
    for part in parts:
        last = out.rsplit("\\", 1)[-1] if "\\" in out else ""
        needs = bool(out) and last.isalpha() and part[:1].isalpha()
        out += (" " if needs else "") + part
    return out


def base_of_words(words: Sequence[str]) -> str:
    r"""The LaTeX of the words of a row: ``('\hat y',) -> \hat{y}``, ``('E', '_d') -> E_{d}``."""
    return _glued(_word(w) for w in words)


def _word(word: str) -> str:
    if word[0] in "^_":
        return f"{word[0]}{{{word[1:]}}}"
    *accents, letter = word.split(" ")
    if len(letter) > 1 and letter.isalpha():
        letter = rf"\text{{{letter}}}"
    for accent in reversed(accents):
        letter = f"{accent}{{{letter}}}"
    return letter
