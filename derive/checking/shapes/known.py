"""What is known of the shapes of a setting's quantities, and unification of named sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.layers import join, split
from derive.algebra.tree import ONE, Expr, Ref, Sym
from derive.checking.shapes.sizes import Sizes, is_open
from derive.notation.shapes import NUMBER, Shape, put_layer

if TYPE_CHECKING:
    from collections.abc import Mapping


class KnownShapes:
    """``shapes``: what is known of each quantity in its own layer letter; ``axes``: sizes of entries, for families
    that are given by entries; ``kinds``: ``any``, ``any cost``, ``any map`` of the functions; ``bold``: small bold
    letters, which are vectors where a dot stands between two of them."""

    def __init__(self, letter: Sym | None, vectors: str, elementwise: frozenset[str], kinds: Mapping[str, str]) -> None:
        self.sizes = Sizes(letter)
        self.shapes: dict[str, Shape] = {}
        self.axes: dict[str, tuple[Expr, ...]] = {}
        self.letter, self.vectors, self.elementwise, self.kinds = letter, vectors, elementwise, kinds
        self.letters: dict[Sym, Expr] = {}
        self.layered = False
        self.guessing = False
        self.changed = False
        self.samples: Expr | None = None
        self.dotted: set[int] = set()
        self.transposed = False
        self.single: frozenset[tuple[str, Expr]] = frozenset()
        self.bold: frozenset[str] = frozenset()

    def unify(self, x: Shape, y: Shape) -> None:
        """Two shapes are one; a number agrees with an array of one entry, a bias with one for each example."""
        x, y = self.known(x), self.known(y)
        if len(x) != len(y):
            x, y = x or (ONE,) * len(y), y or (ONE,) * len(x)
        for a, b in zip(x, y, strict=True):
            if not self._may_repeat(a, b):
                self.changed |= self.sizes.unify(a, b)

    def _may_repeat(self, a: Expr, b: Expr) -> bool:
        """Whether one of two sizes is 1 and the other counts examples, or may turn out to."""
        if self.samples is None or ONE not in (a, b):
            return False
        other = b if a == ONE else a
        return other == self.samples or (is_open(other) and not self.guessing)

    def known(self, shape: Shape) -> Shape:
        return tuple(self.sizes.resolve(s) for s in shape)

    def number(self, shape: Shape | None) -> bool:
        return shape is not None and all(s == ONE for s in self.known(shape))

    # ------------------------------------------------------------ quantities

    def of(self, ref: Ref) -> Shape | None:
        """The shape of a bare member where it is known."""
        if ref.slots and (ref.name, ref.slots[0]) in self.single:
            return NUMBER
        shape = self.shapes.get(ref.name)
        if shape is None or not ref.slots or self.letter is None:
            return shape
        return tuple(put_layer(s, self.letter, ref.slots[0]) for s in shape)

    def set(self, ref: Ref, shape: Shape) -> None:
        """Remember the shape of a bare member; one that is named by a number tells nothing of the family."""
        if ref.slots and (ref.name, ref.slots[0]) in self.single:
            return
        if ref.name in self.shapes:
            mine = self.of(ref)
            assert mine is not None
            self.unify(mine, shape)
            return
        if ref.slots:
            letter, offset = split(ref.slots[0])
            if letter is None or letter != self.letter:
                return
            shape = tuple(put_layer(s, self.letter, join(letter, -offset)) for s in self.known(shape))
        self.shapes[ref.name] = shape
        self.changed = True

    def fresh(self) -> Expr:
        return self.sizes.fresh(self.letter if self.layered else None)
