"""Which members of each family exist: exactly those that a definition can give, the leaves that it uses, the input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from derive.algebra.layers import LayerSet, Range, join, split
from derive.algebra.tree import Binder, Expr, Ref, Sym, num

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from derive.checking.naming.names import Layers

SMALL, LARGE = 12, 17
"""Two numbers of layers: what is the same for both is a number, what moves along is counted from the end."""


@dataclass(frozen=True)
class Use:
    """A member in a definition: name and position."""

    name: str
    at: Expr


@dataclass(frozen=True)
class Rule:
    """``name`` at ``at`` is given by members ``uses``; ``derived``: by a derivative, which makes no member exist."""

    name: str
    at: Expr
    uses: tuple[Use, ...]
    derived: bool = False


def uses(e: Expr) -> Iterator[Use]:
    """The layered members of an expression whose layer is not bound inside it."""
    yield from _uses(e, frozenset())


def _uses(e: Expr, bound: frozenset[Sym]) -> Iterator[Use]:
    if isinstance(e, Ref) and e.slots and not e.slots[0].symbols & bound:
        yield Use(e.name, e.slots[0])
    inner = bound | {e.index} if isinstance(e, Binder) else bound
    for child in e.children:
        yield from _uses(child, inner)


class Existence:
    """The layers of every family, as sets that hold for every number of layers."""

    def __init__(self, layers: Layers, rules: Sequence[Rule], inputs: Sequence[Use]) -> None:
        given = _given_singly(rules)
        self.layers, self.inputs = layers, inputs
        self.rules = [r for r in rules if r.name not in given]
        self._single = [Use(r.name, r.at) for r in rules if r.name in given]
        self._defined = {r.name for r in self.rules}

    def sets(self) -> Mapping[str, LayerSet]:
        """The layers of each family that occurs."""
        if self.layers.last_letter is None:
            found = self._members(split(self.layers.last)[1])
            return {name: _ranges(m, m, 0, 0, None) for name, m in found.items()}
        small, large = self._members(SMALL), self._members(LARGE)
        return {name: _ranges(small[name], large[name], SMALL, LARGE, self.layers.last_letter) for name in small}

    def given_by(self, rule: Rule) -> LayerSet:
        """The layers in which a definition holds."""
        last = self.layers.last_letter
        if last is None:
            end = split(self.layers.last)[1]
            here = self._given(rule, end)
            return _ranges(here, here, 0, 0, None)
        return _ranges(self._given(rule, SMALL), self._given(rule, LARGE), SMALL, LARGE, last)

    def _given(self, rule: Rule, last: int) -> set[int]:
        return {at for at, _ in self._places(rule, last, self._members(last))}

    def _members(self, last: int) -> dict[str, set[int]]:
        """First the forward pass with its leaves, then what is derived from it."""
        forward = [r for r in self.rules if not r.derived]
        found = self._fixpoint(forward, last, {})
        found = {**self._leaves(forward, last, found), **found}
        found = self._fixpoint([r for r in self.rules if r.derived], last, found)
        every = {**self._leaves(self.rules, last, found), **found}
        for use in self._single:
            every.setdefault(use.name, set()).add(self._number(use.at, 0, last))
        return every

    def _fixpoint(self, rules: Sequence[Rule], last: int, known: Mapping[str, set[int]]) -> dict[str, set[int]]:
        forced = self._forced(last)
        found = {**known, **{r.name: set(range(self.layers.first, last + 1)) for r in rules}}
        while True:
            new = {**found, **{r.name: set(known.get(r.name, forced.get(r.name, ()))) for r in rules}}
            for rule in rules:
                new[rule.name] |= {at for at, _ in self._places(rule, last, found)}
            if new == found:
                return found
            found = new

    def _forced(self, last: int) -> dict[str, set[int]]:
        """The input: named as such, or the first layer of the family that is used one layer back."""
        out: dict[str, set[int]] = {}
        for use in self.inputs:
            out.setdefault(use.name, set()).add(self._number(use.at, 0, last))
        for rule in self.rules:
            letter, offset = split(rule.at)
            for use in rule.uses if letter == self.layers.letter else ():
                theirs, by = split(use.at)
                if theirs == letter and by < offset and use.name in self._defined and use.name != rule.name:
                    out.setdefault(use.name, set()).add(self.layers.first)
        return out

    def _number(self, at: Expr, layer: int, last: int) -> int:
        letter, offset = split(at)
        return offset + (layer if letter == self.layers.letter else 0 if letter is None else last)

    def _places(self, rule: Rule, last: int, found: Mapping[str, set[int]]) -> Iterator[tuple[int, int]]:
        """(layer of the head, value of the letter) wherever the right side exists."""
        general = split(rule.at)[0] == self.layers.letter
        for layer in range(self.layers.first - 2, last + 3) if general else (0,):
            places = [(use.name, self._number(use.at, layer, last)) for use in rule.uses]
            at = self._number(rule.at, layer, last)
            inside = all(self.layers.first <= p <= last for p in (at, *(p for _, p in places)))
            if inside and all(name not in found or p in found[name] for name, p in places):
                yield at, layer

    def _leaves(self, rules: Sequence[Rule], last: int, found: Mapping[str, set[int]]) -> dict[str, set[int]]:
        out: dict[str, set[int]] = {}
        for rule in rules:
            for _, layer in self._places(rule, last, found):
                for use in rule.uses:
                    if use.name not in found:
                        out.setdefault(use.name, set()).add(self._number(use.at, layer, last))
        return out


def _given_singly(rules: Sequence[Rule]) -> set[str]:
    """Families of leaves of which some single members are given by leaves: ``w^1_{kj} = v_j``."""
    others = {r.name for r in rules if r.uses or r.at.symbols}
    return {r.name for r in rules} - others


def _ranges(small: set[int], large: set[int], low: int, high: int, last: Sym | None) -> LayerSet:
    """Runs of numbers as ranges whose ends are numbers or counted from the last layer."""
    runs = list(zip(_runs(small), _runs(large), strict=True))
    return LayerSet(tuple(Range(_end(a, c, low, high, last), _end(b, d, low, high, last)) for (a, b), (c, d) in runs))


def _end(x: int, y: int, low: int, high: int, last: Sym | None) -> Expr:
    return num(x) if x == y or last is None else join(last, x - low)


def _runs(numbers: set[int]) -> list[tuple[int, int]]:
    out: list[tuple[int, int]] = []
    for n in sorted(numbers):
        if out and out[-1][1] == n - 1:
            out[-1] = (out[-1][0], n)
        else:
            out.append((n, n))
    return out
