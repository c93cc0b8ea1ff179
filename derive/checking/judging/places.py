"""Where an equation claims something: every value of its layer letters for which every member exists (rule 8)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING

from derive.algebra.layers import is_position, split
from derive.algebra.tree import Binder, Expr, Ref, Sym
from derive.notation.reading import Condition, Range

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from derive.checking.reading import Reading
    from derive.meaning import World
    from derive.model.model import Model

OPERATORS = {
    "=": lambda x, y: x == y,
    "!=": lambda x, y: x != y,
    "<=": lambda x, y: x <= y,
    "<": lambda x, y: x < y,
    ">=": lambda x, y: x >= y,
    ">": lambda x, y: x > y,
}
At = dict[Sym, int]


class OutOfRange(Exception):
    """The page states a range in which a member does not exist."""


@dataclass(frozen=True)
class Places:
    """The layer letters of an equation and what restricts them."""

    reading: Reading
    model: Model

    @cached_property
    def members(self) -> tuple[tuple[str, Expr], ...]:
        """The layered members whose layer no sum binds: (name, position)."""
        found = [m for e in self.reading.members for m in _members(e, frozenset())]
        return tuple(dict.fromkeys(found))

    @cached_property
    def letters(self) -> tuple[Sym, ...]:
        """The free layer letters: of the members, and those of exponents and sums whose range the page writes."""
        known = {self.model.last}
        symbols = [s for _, at in self.members for s in sorted(at.symbols, key=lambda s: s.name)]
        free = frozenset().union(*(e.symbols for e in self.reading.members))
        counted = free & {q.layer for q in self.model.quantities.values()} - set(self.reading.letters)
        symbols += [c.letter for c in self.reading.conditions if isinstance(c, Range) and c.letter in counted]
        return tuple(dict.fromkeys(s for s in symbols if s not in known))

    @cached_property
    def stated(self) -> tuple[Range, ...]:
        """The ranges that the page writes behind the equation."""
        return tuple(c for c in self.reading.conditions if isinstance(c, Range) and c.letter in self.letters)

    @cached_property
    def limits(self) -> tuple[Condition, ...]:
        """The conditions on layers alone."""
        known = {*self.letters, self.model.last}
        found = (c for c in self.reading.conditions if isinstance(c, Condition))
        return tuple(c for c in found if all(m.symbols <= known and is_position(m) for m in c.members))

    @cached_property
    def bounded(self) -> frozenset[Sym]:
        r"""The letters of which the page says from where to where they go: ``l = 1, \dots, L-1``, ``1 \le l < L``."""
        between = (c.members[1] for c in self.limits if len(c.members) == 3 and set(c.relations) <= {"<", "<="})
        return frozenset((*(c.letter for c in self.stated), *(m for m in between if isinstance(m, Sym))))

    @cached_property
    def others(self) -> tuple[Range | Condition, ...]:
        """What else stands behind the equation."""
        return tuple(c for c in self.reading.conditions if c not in self.stated and c not in self.limits)

    def on(self, world: World) -> Iterator[At]:
        """The values of the letters for which this network has every member.

        Raises:
            OutOfRange: a stated range goes beyond.
        """
        if not self.letters:
            if self.exists(world, {}) and self.allowed(world, {}):
                yield {}
            return
        layers = sorted({n for q in self.model.quantities.values() for n in world.layers(q.name)})
        for values in product(layers, repeat=len(self.letters)):
            at = dict(zip(self.letters, values, strict=True))
            if not self.allowed(world, at):
                continue
            if self.exists(world, at):
                yield at
            elif self.bounded >= set(self.letters):
                raise OutOfRange(", ".join(f"{s.name} = {n}" for s, n in at.items()))

    def exists(self, world: World, at: Mapping[Sym, int]) -> bool:
        """Whether every member exists there."""
        return all(number(position, world, at) in world.layers(name) for name, position in self.members)

    def missing(self, world: World) -> bool:
        """Whether a member that is named by number, or counted from the last layer, does not exist though it might."""
        found = ((name, number(at, world, {}), split(at)[0] == self.model.last) for name, at in self.members)
        return any((n <= world.depth or counted) and n not in world.layers(name) for name, n, counted in found)

    def allowed(self, world: World, at: Mapping[Sym, int]) -> bool:
        """Whether the page speaks of these layers."""
        for stated in self.stated:
            ends = sorted(number(e, world, at) for e in (stated.first, stated.last))
            first, last = (number(e, world, at) for e in (stated.first, stated.last))
            rising = self._rising(stated)
            if (first > last) if rising else (last > first):
                return False
            if not ends[0] <= at[stated.letter] <= ends[1]:
                return False
        return all(self._holds(c, world, at) for c in self.limits)

    def _rising(self, stated: Range) -> bool:
        """Whether a range is written upwards: ``1, ..., L-1``; for L = 1 it is empty."""
        (a, c), (b, d) = split(stated.first), split(stated.last)
        return b == self.model.last and a is None if a != b else c <= d

    def _holds(self, c: Condition, world: World, at: Mapping[Sym, int]) -> bool:
        numbers = [number(m, world, at) for m in c.members]
        pairs = zip(c.relations, numbers, numbers[1:], strict=False)
        return all(OPERATORS[r](x, y) for r, x, y in pairs if r in OPERATORS)


def number(position: Expr, world: World, at: Mapping[Sym, int]) -> int:
    """A position as a number."""
    letter, offset = split(position)
    if letter is None:
        return offset
    return offset + (at[letter] if letter in at else world.letters.get(letter.name, -(10**6)))


def _members(e: Expr, bound: frozenset[Sym]) -> Iterator[tuple[str, Expr]]:
    if isinstance(e, Ref) and e.slots and not e.slots[0].symbols & bound:
        yield e.name, e.slots[0]
    inner = bound | {e.index} if isinstance(e, Binder) else bound
    for child in e.children:
        yield from _members(child, inner)


def range_text(letters: Sequence[Sym], found: Mapping[int, Sequence[At]], last: Sym | None = None) -> str:
    """``l = 1..L-1`` from the places on networks of several depths."""
    depths = sorted(d for d, places in found.items() if places)
    out = []
    for letter in letters:
        ends = [(min(p[letter] for p in found[d]), max(p[letter] for p in found[d]), d) for d in depths[-2:]]
        one, other = (_end(ends, n, last.name if last is not None else "L") for n in (0, 1))
        out.append(f"{letter.name} = {one}" + (f"..{other}" if one != other else ""))
    return ", ".join(out)


def _end(ends: Sequence[tuple[int, int, int]], n: int, name: str) -> str:
    one, other = ends[0], ends[-1]
    if one[n] == other[n]:
        return str(other[n])
    below = other[2] - other[n]
    return f"{name}-{below}" if below else name
