"""Shapes of the symbols of a setting, found by unification of named sizes over its statements (rule 5)."""

from __future__ import annotations

from functools import singledispatchmethod
from typing import TYPE_CHECKING

from derive.algebra.tree import (
    COLON,
    ONE,
    Add,
    Binder,
    Cases,
    Compare,
    Diag,
    Div,
    Elem,
    Expr,
    Fn,
    Hadamard,
    Kron,
    Num,
    Ones,
    Partial,
    Pow,
    Ref,
    Sym,
    Transpose,
)
from derive.checking.shapes.products import ProductShapes
from derive.notation.arrays import TO_NUMBER
from derive.notation.raw import Elided, Placed, Power, Product, bare, is_unknown
from derive.notation.shapes import NUMBER, Shape, put_layer

if TYPE_CHECKING:
    from collections.abc import Sequence


class Shaper(ProductShapes):
    """Learns from whole statements, up and down their trees."""

    # ------------------------------------------------------------ statements

    def statement(self, sides: Sequence[Expr], *, guess: bool = False) -> None:
        """Learn from ``head = expression``."""
        self.letters, self.guessing = {}, guess
        slots = [s for side in sides for n in side.walk() if isinstance(n, Ref) for s in n.slots]
        self.layered = any(self.letter in s.symbols for s in slots)
        shapes = [self.infer(side) for side in sides]
        known = next((s for s in shapes if s is not None), None)
        if known is not None:
            for side in sides:
                self.push(side, known)

    # ------------------------------------------------------------ from the parts to the whole

    @singledispatchmethod
    def infer(self, e: Expr) -> Shape | None:
        """The shape of an expression as far as it is known."""
        for child in e.children:
            self.infer(child)
        return NUMBER

    @infer.register
    def _placed(self, e: Placed) -> Shape | None:
        return self.infer(e.inner)

    @infer.register
    def _ref(self, e: Ref) -> Shape | None:
        if not e.entries:
            return self.of(e)
        sizes = self.entry_sizes(e)
        kept = []
        for entry, size in zip(e.entries, sizes, strict=False):
            if entry == COLON:
                kept.append(size)
            elif isinstance(entry, Sym):
                self.changed |= self.sizes.unify(self.letters.setdefault(entry, size), size)
        return NUMBER if not kept else (ONE, kept[0]) if e.entries[0] != COLON else (kept[0], ONE)

    def entry_sizes(self, e: Ref) -> tuple[Expr, ...]:
        """The sizes of a family that is given by entries."""
        sizes = self.axes[e.name]
        if e.slots and self.letter is not None:
            return tuple(put_layer(s, self.letter, e.slots[0]) for s in sizes)
        return sizes

    @infer.register(Add)
    @infer.register(Hadamard)
    def _alike(self, e: Add | Hadamard) -> Shape | None:
        return self.all_alike([c for c in e.children if not isinstance(bare(c), Num)])

    @infer.register
    def _cases(self, e: Cases) -> Shape | None:
        return self.all_alike([*e.values, e.otherwise])

    def all_alike(self, parts: Sequence[Expr]) -> Shape | None:
        """Terms of one shape: what one of them tells holds for all."""
        shapes = [s for p in parts if (s := self.infer(p)) is not None]
        found = next((s for s in shapes if self.samples in self.known(s)), next(iter(shapes), None))
        if self.samples is not None and found is not None and ONE in found and len(shapes) < len(parts):
            return None  # the others may have an axis of examples
        if found is not None:
            for part in parts:
                self.push(part, found)
        return found if parts else NUMBER

    @infer.register
    def _product(self, e: Product) -> Shape | None:
        return self.product(e, None)

    @infer.register
    def _div(self, e: Div) -> Shape | None:
        top, bottom = self.infer(e.numerator), self.infer(e.denominator)
        for part, shape in ((e.numerator, top), (e.denominator, bottom)):
            if shape is None:
                self.push(part, NUMBER)
        return top or bottom or NUMBER

    @infer.register(Power)
    @infer.register(Pow)
    def _power(self, e: Power | Pow) -> Shape | None:
        if isinstance(e, Power):
            self.push(e.base, NUMBER)
        return self.infer(e.base)

    @infer.register
    def _binder(self, e: Binder) -> Shape | None:
        outer = self.letters.pop(e.index, None)
        if not is_unknown(e.high) and e.low == ONE and isinstance(e.high, Ref | Sym):
            self.letters[e.index] = e.high
        shape = self.infer(e.body)
        self.letters.pop(e.index, None)
        if outer is not None:
            self.letters[e.index] = outer
        return shape

    @infer.register
    def _elided(self, e: Elided) -> Shape | None:
        """What dots leave out: numbers, or arrays of which nothing is learnt."""
        shape = self.infer(e.body)
        return shape if e.sign == "+" or self.number(shape) else None

    @infer.register
    def _fn(self, e: Fn) -> Shape | None:
        kind = self.kinds.get(e.name, "")
        if e.name in ("max", "min") and not kind:
            return self.all_alike([a for a in e.args if not isinstance(bare(a), Num)])
        shapes = [self.infer(a) for a in e.args]
        return NUMBER if e.name in TO_NUMBER or kind == "any cost" else shapes[0] if shapes else NUMBER

    @infer.register
    def _partial(self, e: Partial) -> Shape | None:
        top, bottom = self.infer(e.of), self.infer(e.wrt)
        if top is None or bottom is None:
            return None
        if self.number(top) or self.number(bottom):
            shape = bottom if self.number(top) else top
            return (shape[1], shape[0]) if self.transposed and shape == bottom and len(shape) == 2 else shape
        return top[0], bottom[0]

    @infer.register
    def _transpose(self, e: Transpose) -> Shape | None:
        inner = self.infer(e.arg)
        return inner if not inner else (inner[1], inner[0])

    @infer.register
    def _diag(self, e: Diag) -> Shape | None:
        inner = self.infer(e.arg)
        return None if not inner else (inner[0], inner[0])

    @infer.register
    def _ones(self, e: Ones) -> Shape | None:
        return None if is_unknown(e.size) else (e.size, ONE)

    @infer.register(Elem)
    @infer.register(Kron)
    @infer.register(Compare)
    def _numbers(self, e: Elem | Kron | Compare) -> Shape | None:
        if isinstance(e, Kron) and isinstance(e.left, Sym) and isinstance(e.right, Sym):
            pair = [self.letters.get(x) for x in (e.left, e.right)]
            if pair[0] is not None and pair[1] is not None:
                self.changed |= self.sizes.unify(pair[0], pair[1])
        elif isinstance(e, Elem):
            self.infer(e.array)
        return NUMBER

    # ------------------------------------------------------------ from the whole to the parts

    def push(self, e: Expr, shape: Shape) -> None:
        """Tell an expression its shape."""
        e = bare(e)
        if isinstance(e, Ref):
            if not e.entries:
                self.set(e, shape)
        elif isinstance(e, Add | Hadamard):
            for term in e.children:
                if not isinstance(bare(term), Num):
                    self.push(term, shape)
        elif isinstance(e, Product):
            self.product(e, shape)
        elif isinstance(e, Transpose):
            self.push(e.arg, shape if not shape else (shape[1], shape[0]))
        elif isinstance(e, Binder):
            self.push(e.body, shape)
        elif (
            isinstance(e, Fn) and len(e.args) == 1 and e.name not in TO_NUMBER and self.kinds.get(e.name) != "any cost"
        ):
            self.push(e.args[0], shape)
