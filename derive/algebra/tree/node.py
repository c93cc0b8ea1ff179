"""What every node is, and the leaves."""

from __future__ import annotations

from dataclasses import dataclass, fields
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, TypeVar, dataclass_transform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


T = TypeVar("T")


class Expr:
    """A node.  Equality is structural: ``a + b`` and ``b + a`` differ (see ``normal.same`` for equality as numbers)."""

    _fields: ClassVar[tuple[str, ...]] = ()

    @property
    def children(self) -> tuple[Expr, ...]:
        """The child expressions in reading order."""
        return ()

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        """The same node over other children, given in the order of ``children``."""
        assert not children
        return self

    @cached_property
    def contents(self) -> tuple[object, ...]:
        """The values of the fields, in order."""
        return tuple([getattr(self, name) for name in self._fields])

    @cached_property
    def _hash(self) -> int:
        return hash((type(self).__name__, self.contents))

    @cached_property
    def symbols(self) -> frozenset[Sym]:
        """Every symbol that occurs free (a letter bound by a sum is not free outside it)."""
        return frozenset().union(*(c.symbols for c in self.children))

    def walk(self) -> Iterator[Expr]:
        """This node and all below it, parents first."""
        waiting: list[Expr] = [self]
        while waiting:
            current = waiting.pop()
            yield current
            waiting.extend(reversed(current.children))

    def map(self, change: Callable[[Expr], Expr]) -> Expr:
        """The node with ``change`` applied to each child (not recursive); itself when nothing changed."""
        old = self.children
        new = tuple(change(c) for c in old)
        return self if all(a is b for a, b in zip(old, new, strict=True)) else self.rebuild(new)


@dataclass_transform(frozen_default=True)
def node(cls: type[T]) -> type[T]:
    """Class decorator: frozen data with a hash that is computed once."""
    made = dataclass(frozen=True, eq=False)(cls)
    made._fields = tuple(f.name for f in fields(made))  # type: ignore[attr-defined, arg-type]
    made.__hash__ = lambda self: self._hash  # type: ignore[method-assign, attr-defined]
    made.__eq__ = _equal  # type: ignore[method-assign, assignment]
    return made


def _equal(self: Expr, other: object) -> bool:
    """Node by node; the hashes, kept by each node, tell most different ones apart at once."""
    if self is other:
        return True
    if type(self) is not type(other):
        return False
    return hash(self) == hash(other) and self.contents == other.contents


@node
class Num(Expr):
    """An exact rational number."""

    value: Fraction


@node
class Sym(Expr):
    """A letter: an index (``l``, ``k``), a size (``L``, ``N``) or the formal variable of a formula (``z``)."""

    name: str

    @cached_property
    def symbols(self) -> frozenset[Sym]:
        return frozenset((self,))


COLON = Sym(":")
"""Stands in ``Ref.entries`` for "all of this axis": ``M[i, :]`` is a row."""


@node
class Ref(Expr):
    """A member of a quantity: ``w^l_{kj}`` is ``Ref('w', (l,), (k, j))``; the matrix ``W^l`` ``Ref('w', (l,), None)``.

    ``slots`` are layer positions, ``entries`` unit and sample positions in the order of the quantity's axes (``None``:
    the whole array), ``time`` the iteration (``None``: the current one).  A quantity without axes is ``Ref('J')``, and
    widths are a quantity too: ``n_l`` is ``Ref('n', (l,))``.
    """

    name: str
    slots: tuple[Expr, ...] = ()
    entries: tuple[Expr, ...] | None = ()
    time: Expr | None = None

    @property
    def children(self) -> tuple[Expr, ...]:
        return (*self.slots, *(self.entries or ()), *((self.time,) if self.time is not None else ()))

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        cut = len(self.slots)
        end = cut + len(self.entries or ())
        entries = None if self.entries is None else children[cut:end]
        return Ref(self.name, children[:cut], entries, children[end] if self.time is not None else None)
