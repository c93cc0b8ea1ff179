"""Which symbols a setting has: bases, where their layer and their example stand, how many entries they take.

Rules 1 and 2 of what is inferred: a slot that holds the layer letter is a layer wherever it is; a script that holds a
letter of the examples is the example; what is left below are entries; a number below that never is a letter belongs to
the name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from derive.algebra.layers import join, split
from derive.algebra.tree import Expr, Sym, num
from derive.checking.naming.statements import Head, Words, read_head
from derive.errors import DeriveError
from derive.notation.cursor import cut
from derive.notation.marks import FIRST, LAST
from derive.notation.symbols import SlotPattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from derive.notation.members import Part
    from derive.notation.tokens import Token

COMMA = frozenset({",", ";"})
MARKS = ("", "(", "[")
Formals = tuple[tuple["Token", ...], ...]


@dataclass(frozen=True)
class Layers:
    """The layer letter, the first layer, the last one (a letter or a number), the name of a last one with a number."""

    letter: Sym
    first: int
    last: Expr
    called: Sym | None = None

    @property
    def last_letter(self) -> Sym | None:
        return self.last if isinstance(self.last, Sym) else None

    def position(self, text: str) -> Expr | None:
        """``l-1``, ``L``, ``3`` as a position on the layer axis; None for anything else."""
        if text.isdigit():
            return num(int(text))
        names = [s for s in (self.letter, self.last_letter, self.called) if s is not None]
        for name in names:
            found = re.fullmatch(re.escape(name.name) + r"(?:([+-])(\d+))?", text.replace("\\", ""))
            if found:
                offset = int(found.group(2) or 0) * (-1 if found.group(1) == "-" else 1)
                return num(split(self.last)[1] + offset) if name == self.called else join(name, offset)
        return None

    @property
    def known(self) -> Mapping[Sym, Expr]:
        """The letter of the last layer where it has a number."""
        return {} if self.called is None else {self.called: self.last}


@dataclass(frozen=True)
class Examples:
    """The letters that number examples with the number of the first one, and the letter of their count.

    ``declared`` letters number examples wherever they stand; ``seen`` ones only in brackets above: ``x^{(t)}``.
    """

    declared: Mapping[str, int] = field(default_factory=dict)
    seen: frozenset[str] = frozenset()
    count: str = ""

    @property
    def sets(self) -> dict[str, tuple[Expr, Expr]]:
        """The set of the examples, where they are told by one, with its ends."""
        return {self.count.strip("|"): (num(1), Sym(self.count))} if self.count.startswith("|") else {}

    def is_example(self, part: Part) -> bool:
        """Whether a script is the number of an example."""
        text = joined(part.tokens)
        return text in self.declared or (part.mark == "(" and text in self.seen)


def count_of(members: str) -> str:
    r"""The letter that counts a set of examples: ``|B|`` of ``\mathcal B``."""
    return f"|{members}|"


@dataclass(frozen=True)
class Family:
    """A base and how it is written.  ``entries``: how many letters its entries have (0: none were seen).

    ``tags``: scripts that belong to the name, ``_2`` or ``^(1)``; ``example``: it was seen with the number of an
    example; ``must``: without its indices it is another symbol; ``formals``: the arguments that it is written with,
    ``J(W,b;x,y)``; ``implied``: it is written without its layer, and that of the equation is meant.
    """

    words: Words
    name: str
    font: str | None = None
    slot: SlotPattern | None = None
    entries: int = 0
    tags: Words = ()
    example: bool = False
    must: bool = False
    formals: Formals | None = None
    implied: bool = False


@dataclass(frozen=True)
class Alias:
    """A second name: ``family`` is written for ``target``, at the layer ``fixed`` or ``shift`` layers further on."""

    family: Family
    target: Family
    fixed: Expr | None = None
    shift: int = 0


@dataclass
class Naming:
    """What is known of the names while the statements are read."""

    layers: Layers | None
    fixed_letters: frozenset[str]
    examples: Examples = field(default_factory=Examples)
    families: list[Family] = field(default_factory=list)
    functions: list[Family] = field(default_factory=list)
    styles: set[str] = field(default_factory=set)

    # ------------------------------------------------------------ one occurrence

    def slot(self, head: Head) -> tuple[str, Part, Expr] | None:
        """The layer of an occurrence: the sign of its script, the part, the position."""
        if self.layers is None:
            return None
        for sign, parts in (("^", head.above), ("_", head.below[:1])):
            for part in parts:
                text = joined(part.tokens)
                found = self.layers.position(text) if part.mark in MARKS else None
                if found is not None and not self.examples.is_example(part):
                    return sign, part, found
        return None

    def example(self, head: Head) -> bool:
        """Whether an occurrence says which example it belongs to."""
        if any(self.examples.is_example(p) for p in head.above):
            return True
        inside = (read_head(a) for a in head.arguments or ())
        if any(h is not None and self.example(h) for h in inside):
            return True
        return any(joined(p) in self.examples.declared for p in self._below(head, None))

    def pieces(self, head: Head, slot: SlotPattern | None) -> list[Sequence[Token]]:
        """The entries below, one list of tokens each, without the layer and the example."""
        return [p for p in self._below(head, slot) if joined(p) not in self.examples.declared]

    def _below(self, head: Head, slot: SlotPattern | None) -> list[Sequence[Token]]:
        below = list(head.below)
        if slot is not None and slot.script == "_" and below:
            below = below[1:]
        out: list[Sequence[Token]] = []
        for part in below:
            letters = all(t.kind in ("symbol", "digit") or t.text == ":" for t in part.tokens)
            number = all(t.kind == "digit" for t in part.tokens)
            if letters and not number and len(part.tokens) > 1 and not part.mark:
                out += [part.tokens[n : n + 1] for n in range(len(part.tokens))]
            else:
                out += [p for p in cut(part.tokens, COMMA) if p]
        return out

    def name_part(self, head: Head) -> Words:
        """The scripts of an occurrence as words that belong to its name."""
        above = [_marked("^", p) for p in head.above if p.mark in ("(", "[") and not self.examples.is_example(p)]
        primes = ["^'"] * sum(p.mark == "'" for p in head.above)
        return (*(f"_{joined(p.tokens)}" for p in head.below), *above, *primes)

    def outer_entries(self, head: Head) -> Words:
        """The first and the last of several entries as parts of the name: one of them is 0 for bias weights."""
        pieces = self._below(head, None)
        return (FIRST + joined(pieces[0]), LAST + joined(pieces[-1])) if len(pieces) > 1 else ()


def _marked(sign: str, part: Part) -> str:
    closing: Mapping[str, Literal[")", "]"]] = {"(": ")", "[": "]"}
    return f"{sign}{part.mark}{joined(part.tokens)}{closing[part.mark]}"


def joined(found: Sequence[Token]) -> str:
    return "".join(t.word for t in found if t.text not in "{}")


def matching(naming: Naming, found: Iterable[Family], head: Head) -> Family | None:
    """The family that an occurrence belongs to."""
    slot = naming.slot(head)
    indexed = naming.example(head) or bool(naming.pieces(head, None))
    candidates = [f for f in found if _fits(naming, f, head) and (indexed or not f.must)]
    rank = sorted(candidates, key=lambda f: (not (f.slot and slot), -len(f.tags), not (f.must and indexed)))
    kept = [f for f in rank if f.slot is None or slot is not None or f.implied]
    return kept[0] if kept else None


def of_key(naming: Naming, key: Head) -> Family | None:
    """The family that a key of a table names: one that is written with arguments may stand there without them."""
    found = matching(naming, naming.families, key)
    called = [f for f in naming.families if f.words == key.words and f.formals is not None]
    return called[0] if found is None and len(called) == 1 else found


def _fits(naming: Naming, family: Family, head: Head) -> bool:
    if family.font is not None and family.font != head.font:
        return False
    if (family.formals is None) != (head.arguments is None) or len(family.formals or ()) != len(head.arguments or ()):
        return False
    return family.words == head.words and set(family.tags) <= {*naming.name_part(head), *naming.outer_entries(head)}


def read_layers(text: str) -> Layers | None:
    """``l = 0..L``, ``l = 0..3``, ``l = 0..L = 3``.

    Raises:
        DeriveError: the text is nothing of the kind.
    """
    if not text:
        return None
    found = re.fullmatch(r"\s*\\?([A-Za-z]+)\s*=\s*(\d+)\s*\.\.\s*([^\s=][^=]*?)\s*(?:=\s*(\d{1,4})\s*)?", text)
    if found is None:
        raise DeriveError(f"layers = {text!r} is no range", expected="such as 'l = 0..L', 'l = 1..3' or 'l = 1..L = 3'")
    letter, first, last, number = found.groups()
    end: Expr = num(int(last)) if last.isdigit() else Sym(re.sub(r"[\\{}\s]", "", last))
    if number is None or not isinstance(end, Sym):
        return Layers(Sym(letter), int(first), end)
    return Layers(Sym(letter), int(first), num(int(number)), end)
