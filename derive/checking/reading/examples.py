"""Values for each example that are written without its number: which they are, and which example is meant (rule 6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from derive.algebra.tree import ONE, ZERO, Expr, Num, Ref, Sum, Sym, add
from derive.notation.marks import EXAMPLE, example_letter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from derive.notation.symbols import SymbolTable


def spread(statements: Iterable[tuple[str, Expr]], told: Iterable[str], letters: Mapping[str, int]) -> frozenset[str]:
    """The quantities with a value for each example: those that are told, and what they flow into.

    ``statements``: (name, right side) of every definition.
    """
    rows = list(statements)
    out = set(told)
    before = -1
    while len(out) != before:
        before = len(out)
        out |= {name for name, rhs in rows if any(n in out for n in _outside(rhs, letters))}
    return frozenset(out)


def _outside(e: Expr, letters: Mapping[str, int]) -> Iterator[str]:
    """The quantities of an expression that no sum over the examples adds up."""
    if isinstance(e, Ref):
        yield e.name
    if isinstance(e, Sum) and _sums_examples(e, letters):
        return
    for child in e.children:
        yield from _outside(child, letters)


def _sums_examples(e: Sum, letters: Mapping[str, int]) -> bool:
    """Whether a sum runs over the examples: its letter is declared so, or numbers an example inside."""
    if e.index.name in letters or "\\" + e.index.name in letters:
        return True
    own = example_letter(e.index.name)
    return any(isinstance(n, Ref) and own in (n.entries or ()) for n in e.body.walk())


def with_examples(members: Sequence[Expr], table: SymbolTable) -> list[Expr]:
    """The members of an equation with the example of every value written out.

    It is that of the sum around the value; outside sums the one that the equation names, else any.
    """
    names = frozenset(s.name for s in table.symbols if s.example)
    if not names:
        return list(members)
    own = _Examples(names, table.examples)
    current = own.named(members)
    return [own.at(m, current) for m in members]


@dataclass(frozen=True)
class _Examples:
    """``names``: the quantities with a value for each example; ``letters``: those that number examples."""

    names: frozenset[str]
    letters: Mapping[str, int]

    def named(self, members: Sequence[Expr]) -> Expr:
        """The example that an equation names outside sums."""
        found = {x for m in members for x in self._free(m, frozenset())} - {EXAMPLE}
        return found.pop() if len(found) == 1 else EXAMPLE

    def _free(self, e: Expr, bound: frozenset[Expr]) -> Iterator[Expr]:
        if isinstance(e, Sum) and _sums_examples(e, self.letters):
            bound = bound | {example_letter(e.index.name), EXAMPLE}
        if isinstance(e, Ref) and e.name in self.names and e.entries and e.entries[-1] not in bound:
            last = e.entries[-1]
            if isinstance(last, Sym | Num):
                yield last
        for child in e.children:
            yield from self._free(child, bound)

    def at(self, e: Expr, current: Expr) -> Expr:
        """The expression where the example is ``current``."""
        if isinstance(e, Ref) and e.entries and EXAMPLE in e.entries:
            return Ref(e.name, e.slots, tuple(current if x == EXAMPLE else x for x in e.entries), e.time)
        if isinstance(e, Sum) and _sums_examples(e, self.letters):
            return self._sum(e)
        return e.map(lambda child: self.at(child, current))

    def _sum(self, e: Sum) -> Expr:
        """Examples that the page numbers from 0 are numbered from 1 here."""
        own = example_letter(e.index.name)
        low, high = (ONE, add(e.high, ONE)) if e.low == ZERO else (e.low, e.high)
        return Sum(self.at(e.body, own), own, low, high)
