"""Equations of a page that tells layers by the letter of the index: one reading for each choice of sets."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count, product
from typing import TYPE_CHECKING

from derive.algebra.layers import split
from derive.algebra.tree import Add, Cases, Expr, Kron, Partial, Ref, Sum, Sym, num
from derive.checking.naming.units import AFTER, BEFORE, SET
from derive.notation.raw import Placed, bare, unknown_size

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from derive.checking.naming.units import Placing, Row
    from derive.model.model import Quantity


class NoUnit(Exception):
    """A term that exists for no unit."""


@dataclass(frozen=True)
class Page:
    """Puts the layers into the equations of a page.

    ``reach``: by how many layers a quantity lies behind another on which it depends directly.
    """

    placing: Placing
    quantities: Mapping[str, Quantity]
    reach: Mapping[tuple[str, str], int]

    def readings(self, members: Sequence[Expr]) -> list[tuple[dict[str, str], list[Expr]]]:
        """The equation for every choice of sets: (set of each free letter, members)."""
        letters = sorted({s for m in members for s in self._free(m, frozenset())}, key=lambda s: s.name)
        units = self.placing.units
        out = []
        for layers in product(*(units.of_letter(s.name) for s in letters)):
            at: dict[Expr, int] = dict(zip(letters, layers, strict=True))
            try:
                placed = [self._at(m, at) for m in members]
            except NoUnit:
                continue
            out.append(({s.name: units.names[n] for s, n in zip(letters, layers, strict=True)}, placed))
        return out

    def _free(self, e: Expr, bound: frozenset[Expr]) -> Iterator[Sym]:
        if isinstance(e, Ref) and e.name in self.placing.known:
            yield from (x for x in self._units(e) if isinstance(x, Sym) and x not in bound)
        inner = bound | {e.index} if isinstance(e, Sum) else bound
        for child in e.children:
            yield from self._free(child, inner)

    def _units(self, e: Ref) -> tuple[Expr, ...]:
        """The entries of a member that number units: the example stands last."""
        spread = any(a.kind == "sample" for a in self.quantities[e.name].axes)
        return (e.entries or ())[:-1] if spread else e.entries or ()

    def _at(self, e: Expr, at: Mapping[Expr, int]) -> Expr:
        if isinstance(e, Placed):
            return Placed(self._at(e.inner, at), e.place)
        if isinstance(e, Ref):
            return self._member(e, at)
        if isinstance(e, Sum):
            return self._sum(e, at)
        if isinstance(e, Partial):
            self._connected(e, at)
        if isinstance(e, Cases):
            return self._cases(e, at)
        return e.map(lambda child: self._at(child, at))

    def _member(self, e: Ref, at: Mapping[Expr, int]) -> Expr:
        own = self._units(e) if e.name in self.placing.known else ()
        if not own or e.slots:
            return e
        receiving = self.placing.receiving.get(e.name, 0) if len(own) == 2 else 0
        if any(x not in at for x in own):
            raise NoUnit
        layer = at[own[receiving]]
        if len(own) == 2 and at[own[1 - receiving]] != layer - 1:
            raise NoUnit
        quantity = self.quantities[e.name]
        if quantity.layers is None or layer not in quantity.layers.members({}):
            raise NoUnit
        return Ref(e.name, (num(layer),), e.entries, e.time)

    def _sum(self, e: Sum, at: Mapping[Expr, int]) -> Expr:
        """Over the units of every set for which the terms exist."""
        if not any(e.index in self._units(n) for n in e.body.walk() if isinstance(n, Ref)):
            return Sum(self._at(e.body, at), e.index, e.low, e.high)
        terms = []
        fresh = count(900 + 10 * len(at))
        for layer in self._allowed(e, at):
            try:
                body = self._at(e.body, {**at, e.index: layer})
            except NoUnit:
                continue
            ends = [unknown_size(next(fresh)) for _ in range(2)] if _is_set(e.low) else [e.low, e.high]
            terms.append(Sum(body, e.index, *ends))
        if not terms:
            raise NoUnit
        return terms[0] if len(terms) == 1 else Add(tuple(terms))

    def _allowed(self, e: Sum, at: Mapping[Expr, int]) -> list[int]:
        if not _is_set(e.low):
            return self.placing.units.of_letter(e.index.name)
        assert isinstance(e.low, Sym)
        said = e.low.name
        if said.startswith(SET):
            return self.placing.units.layers(said.removeprefix(SET))
        letter = Sym(said.split()[1].removeprefix("\\"))
        if letter not in at:
            raise NoUnit
        there = at[letter] + (1 if said.startswith(AFTER) else -1)
        return [there] if 0 <= there <= self.placing.units.last else []

    def _connected(self, e: Partial, at: Mapping[Expr, int]) -> None:
        """Units of one sort depend directly on those of another only one step away."""
        of, wrt = bare(e.of), bare(e.wrt)
        if not (isinstance(of, Ref) and isinstance(wrt, Ref)):
            return
        one, other = self._units(of), self._units(wrt)
        if len(one) != 1 or len(other) != 1 or one == other or one[0] not in at or other[0] not in at:
            return
        by = self.reach.get((of.name, wrt.name))
        if by is not None and at[one[0]] - at[other[0]] != by:
            raise NoUnit

    def _cases(self, e: Cases, at: Mapping[Expr, int]) -> Expr:
        """Conditions that name a set are decided here."""
        for n, condition in enumerate(e.conditions):
            c = bare(condition)
            if not (isinstance(c, Kron) and isinstance(c.right, Sym) and c.right.name.startswith(SET)):
                return e.map(lambda child: self._at(child, at))
            if at.get(c.left) in self.placing.units.layers(c.right.name.removeprefix(SET)):
                return self._at(e.values[n], at)
        return self._at(e.otherwise, at)


def _is_set(low: Expr) -> bool:
    return isinstance(low, Sym) and low.name.startswith((SET, AFTER, BEFORE))


def reach(rows: Sequence[Row]) -> dict[tuple[str, str], int]:
    """By how many layers what a line defines lies behind what it uses, directly or through others in between."""
    steps: dict[str, dict[str, int]] = {}
    for left, right in rows:
        head = bare(left)
        if isinstance(head, Ref) and head.slots and not any(isinstance(n, Partial) for n in right.walk()):
            for use in (n for n in right.walk() if isinstance(n, Ref) and n.slots):
                (letter, offset), (own, shift) = split(use.slots[0]), split(head.slots[0])
                if letter == own:
                    steps.setdefault(head.name, {}).setdefault(use.name, shift - offset)
    out: dict[tuple[str, str], int] = {}
    for start, first in steps.items():
        waiting = dict(first)
        while waiting:
            name = min(waiting, key=lambda n: waiting[n])
            by = waiting.pop(name)
            if (start, name) in out:
                continue
            out[start, name] = by
            for after, more in steps.get(name, {}).items():
                if (start, after) not in out:
                    waiting[after] = min(by + more, waiting.get(after, by + more))
    return out
