"""Pages that tell layers by the letter of the index: ``net_j``, ``w_{ji}``, ``\\sum_{k \\in \\text{output}}``.

The units stand in sets, one after another: a set is a layer that is not written.  A quantity with one index lies in the
layer of its index, one with two in the layer of the receiving one.  In the setting the layer of a head is a letter; on
the page each letter takes every layer for which all terms exist, and a sum those for which its own terms do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from derive.algebra.layers import join, split
from derive.algebra.tree import Expr, Ref, Sum, Sym, num
from derive.errors import DeriveError
from derive.notation.raw import bare, unknown_size

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

LAYER = Sym("layer")
SET, AFTER, BEFORE = "set ", "after ", "before "
NAMED = re.compile(r"(?P<name>[A-Za-z][\w -]*?)\s*(?:\((?P<size>\w+)\))?")
Row = tuple[Expr, Expr]


@dataclass(frozen=True)
class Units:
    """The sets of units in order; ``letters``: the set of a letter, or another set that it stands for.

    ``counts``: how many units a set has, a number or a letter.
    """

    names: tuple[str, ...]
    counts: Mapping[int, str] = field(default_factory=dict)
    letters: Mapping[str, str] = field(default_factory=dict)

    @property
    def last(self) -> int:
        return len(self.names) - 1

    def layers(self, said: str) -> list[int]:
        """The layers of a set by its name, ``outputs`` too."""
        said = said.strip().lower()
        return [n for n, name in enumerate(self.names) if said in (name.lower(), name.lower() + "s")]

    def sets(self) -> dict[str, tuple[Expr, Expr]]:
        """What a sum may run over, by its text."""
        out: dict[str, tuple[Expr, Expr]] = {}
        for name in self.names:
            for said in (name, name + "s"):
                out[said] = (Sym(SET + name), Sym(SET + name))
        for letter, says in {"Downstream(j)": "after j", "downstream(j)": "after j", **self.letters}.items():
            if says.startswith((AFTER, BEFORE)):
                key = re.sub(r"\(.*\)", "(.)", letter)
                out[key] = (Sym(says), Sym(says))
        return out

    def of_letter(self, letter: str) -> list[int]:
        """The layers in which a letter may number units."""
        says = self.letters.get(letter) or self.letters.get("\\" + letter) or ""
        return self.layers(says) or list(range(len(self.names)))


def read_units(text: str, index: Mapping[str, str]) -> Units | None:
    """``input -> hidden -> output``.

    Raises:
        DeriveError: the text is nothing of the kind.
    """
    if not text.strip():
        return None
    found = [NAMED.fullmatch(part.strip()) for part in re.split(r"->|→", text)]
    if len(found) < 2 or None in found:
        raise DeriveError(f"units = {text!r} are no sets in order", expected="such as 'input -> hidden -> output'")
    rows = [m for m in found if m is not None]
    counts = {n: m["size"] for n, m in enumerate(rows) if m["size"]}
    return Units(tuple(m["name"] for m in rows), counts, dict(index))


# ------------------------------------------------------------ the setting


@dataclass(frozen=True)
class Placing:
    """Where the quantities of a setting stand.

    ``receiving``: which of two indices tells the layer; ``known``: the quantities that lie in layers.
    """

    units: Units
    known: frozenset[str]
    receiving: Mapping[str, int]

    def statement(self, left: Expr, right: Expr, spread: frozenset[str] = frozenset()) -> Row:
        """A line of the setting with the layer of its head as a letter; ``spread``: whose last index is the example."""
        at = self._letters(_units(left, spread), _units(right, spread))
        fresh = count(900)
        return self._put(left, at, fresh), self._put(right, at, fresh)

    def _letters(self, left: Expr, right: Expr) -> dict[Expr, Expr]:
        """The layer of every letter of a line."""
        head = bare(left)
        at: dict[Expr, Expr] = {}
        if isinstance(head, Ref) and head.name in self.known and head.entries:
            at.update(self._of_member(head, LAYER))
        for e in right.walk():
            if isinstance(e, Sum) and isinstance(e.low, Sym) and e.low.name.startswith(SET):
                found = self.units.layers(e.low.name.removeprefix(SET))
                at[e.index] = num(found[-1])
        members = [n for n in right.walk() if isinstance(n, Ref) and n.name in self.known and n.entries]
        for _ in members:
            for m in members:
                known = [n for n, e in enumerate(m.entries or ()) if e in at]
                if len(m.entries or ()) == 2 and len(known) == 1:
                    self._other(m, known[0], at)
        for m in members:
            for e in m.entries or ():
                if isinstance(e, Sym):
                    at.setdefault(e, num(self.units.last))
        return at

    def _of_member(self, m: Ref, layer: Expr) -> dict[Expr, Expr]:
        entries = m.entries or ()
        own = self.receiving.get(m.name, 0)
        return {e: layer if n == own else _moved(layer, -1) for n, e in enumerate(entries)}

    def _other(self, m: Ref, known: int, at: dict[Expr, Expr]) -> None:
        entries = m.entries or ()
        by = -1 if self.receiving.get(m.name, 0) == known else 1
        at[entries[1 - known]] = _moved(at[entries[known]], by)

    def _put(self, e: Expr, at: Mapping[Expr, Expr], fresh: Iterator[int]) -> Expr:
        e = e.map(lambda child: self._put(child, at, fresh))
        if isinstance(e, Sum) and isinstance(e.low, Sym) and e.low.name.startswith((SET, AFTER, BEFORE)):
            return Sum(e.body, e.index, unknown_size(next(fresh)), unknown_size(next(fresh)))
        if isinstance(e, Ref) and e.name in self.known and e.entries and not e.slots:
            own = e.entries[self.receiving.get(e.name, 0)]
            return Ref(e.name, (at.get(own, LAYER),), e.entries, e.time)
        return e


def _units(e: Expr, spread: frozenset[str]) -> Expr:
    """The expression without the numbers of examples."""
    e = e.map(lambda child: _units(child, spread))
    return Ref(e.name, e.slots, e.entries[:-1]) if isinstance(e, Ref) and e.name in spread and e.entries else e


def _moved(layer: Expr, by: int) -> Expr:
    letter, offset = split(layer)
    return num(offset + by) if letter is None else join(letter, offset + by)


def placing(units: Units, rows: Sequence[Row], known: frozenset[str]) -> Placing:
    """Which index of each quantity with two receives: the one that a line has on its left side."""
    receiving: dict[str, int] = {}
    for _ in range(2):
        for left, right in rows:
            head = bare(left)
            if isinstance(head, Ref) and head.entries:
                _orient(head, right, known, receiving)
    return Placing(units, known, receiving)


def _orient(head: Ref, right: Expr, known: frozenset[str], receiving: dict[str, int]) -> None:
    entries = head.entries or ()
    pairs = [n for n in right.walk() if isinstance(n, Ref) and n.name in known and len(n.entries or ()) == 2]
    if len(entries) == 1:
        for p in pairs:
            if entries[0] in (p.entries or ()):
                receiving.setdefault(p.name, (p.entries or ()).index(entries[0]))
    elif len(entries) == 2:
        told = next((p for p in pairs if p.name in receiving and set(p.entries or ()) == set(entries)), None)
        if told is not None:
            letter = (told.entries or ())[receiving[told.name]]
            receiving.setdefault(head.name, entries.index(letter))
