"""Sizes as names that are found to be equal: union of families ``n_l`` up to a shift of the layer.

A size is a tree: a number, a letter ``m``, a family ``Ref('?3', (l + 1,))`` or a size without layer ``Ref('?4')``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.layers import shift, split
from derive.algebra.tree import ONE, Expr, Ref, Sym
from derive.notation.shapes import said

if TYPE_CHECKING:
    from collections.abc import Iterator


class Disagreement(Exception):
    """Two sizes that cannot be one; the reader of the setting says where."""


class Sizes:
    """What is known of the sizes of a setting."""

    def __init__(self, letter: Sym | None) -> None:
        self._letter, self._count = letter, 0
        self.samples: Expr | None = None
        self._links: dict[str, tuple[Ref, int]] = {}
        self._values: dict[str, Expr] = {}

    def fresh(self, at: Expr | None) -> Ref:
        """A size that nothing is known of: one of a family where ``at`` is a layer."""
        self._count += 1
        return Ref(f"?{self._count}", () if at is None else (at,))

    def resolve(self, size: Expr) -> Expr:
        """The size under the name of its class."""
        while isinstance(size, Ref):
            if size.name in self._values:
                size = self._values[size.name]
            elif size.name in self._links:
                root, by = self._links[size.name]
                size = Ref(root.name, (shift(size.slots[0], by),))
            else:
                break
        return size

    def unify(self, x: Expr, y: Expr) -> bool:
        """Make two sizes one; whether anything was learnt.

        Raises:
            Disagreement: they are two different numbers or names, or one family at two layers.
        """
        x, y = self.resolve(x), self.resolve(y)
        if x == y:
            return False
        for one, other in ((x, y), (y, x)):
            if is_open(one) and self._bind(one, other):
                return True
        raise Disagreement(f"{said((x,))} and {said((y,))}")

    def _bind(self, one: Expr, other: Expr) -> bool:
        assert isinstance(one, Ref)
        if not one.slots:
            self._values[one.name] = other
            return True
        letter, offset = split(one.slots[0])
        if is_open(other):
            assert isinstance(other, Ref)
            if not other.slots:
                self._values[other.name] = one
                return True
            theirs, by = split(other.slots[0])
            if theirs != letter:
                return False
            if one.name == other.name:  # the same in two layers: the size of every layer
                self._values[one.name] = self.fresh(None)
            else:
                self._links[one.name] = (other, by - offset)
            return True
        if isinstance(other, Ref) and other.slots:  # a named family
            theirs, by = split(other.slots[0])
            if theirs == letter:
                self._links[one.name] = (other, by - offset)
            return theirs == letter
        if letter != self._letter and other not in (ONE, self.samples):
            return False
        self._values[one.name] = other
        return True

    def names(self, sizes: Iterator[Expr]) -> list[str]:
        """The classes that are left open, in the order met."""
        return list(dict.fromkeys(s.name for size in sizes if isinstance(s := self.resolve(size), Ref) and is_open(s)))


def is_open(size: Expr) -> bool:
    """Whether a size is a class without a name."""
    return isinstance(size, Ref) and size.name.startswith("?")
