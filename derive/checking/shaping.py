"""Shapes of the symbols of a setting, found by unification of named sizes over its statements (rule 5)."""

from __future__ import annotations

import re
from functools import singledispatchmethod
from itertools import pairwise
from typing import TYPE_CHECKING

from derive.algebra.layers import join, split
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
from derive.checking.sizes import Sizes, is_open
from derive.notation.arrays import TO_NUMBER
from derive.notation.raw import Placed, Power, Product, bare, is_unknown
from derive.notation.shapes import NUMBER, Shape, put_layer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


DOT = r"\cdot"


class Ambiguous(Exception):
    """A product of symbols whose shapes nothing tells, and no convention."""


class Shaper:
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

    # ------------------------------------------------------------ products

    def product(self, e: Product, expected: Shape | None) -> Shape | None:
        """Runs between elementwise signs have one shape; within a run numbers scale and arrays multiply."""
        runs: list[list[Expr]] = [[]]
        self.dotted |= {id(f) for f, sign in zip(e.factors, e.signs, strict=True) if sign == DOT}
        for factor, sign in zip(e.factors, e.signs, strict=True):
            if sign in self.elementwise:
                runs.append([])
            if sign == "/":
                self.push(factor, NUMBER)
                continue
            runs[-1].append(factor)
        shapes = [self.run(run, expected if len(runs) == 1 else None) for run in runs]
        if len(runs) == 1:
            return shapes[0]
        found = next((s for s in (expected, *shapes) if s is not None), None)
        if found is not None:
            for run in runs:
                self.run(run, found)
        return found

    def run(self, factors: Sequence[Expr], expected: Shape | None) -> Shape | None:
        """Factors side by side."""
        shapes = [self.infer(f) for f in factors]
        shapes = [NUMBER if self.number(s) else s for s in self.dots(factors, shapes)]
        if None not in shapes:
            return self.chain([s for s in shapes if s and not self.number(s)])
        across = self.vectors != "scalars" and any(_is_vector_across(f) for f in factors)
        if self.vectors == "scalars" or (expected is not None and not across and self.explains(shapes, expected)):
            for factor, shape in zip(factors, shapes, strict=True):
                if shape is None:
                    self.push(factor, NUMBER)
            return self.chain([s for s in map(self.infer, factors) if s and not self.number(s)])
        if sum(s != NUMBER for s in shapes) == 1 and expected is not None:
            self.push(factors[shapes.index(None)], expected)
            return expected
        return self.guess(factors, shapes) if self.guessing else None

    def dots(self, factors: Sequence[Expr], shapes: list[Shape | None]) -> list[Shape | None]:
        """A dot between two columns makes a number of them."""
        self._bold_columns(factors, shapes)
        out: list[Shape | None] = []
        for factor, shape in zip(factors, shapes, strict=True):
            before = out[-1] if out else None
            columns = before and shape and self._column(before) and self._column(shape)
            if id(factor) in self.dotted and before and shape and columns:
                self.unify(before, shape)
                out[-1] = NUMBER
            else:
                out.append(shape)
        return out

    def _bold_columns(self, factors: Sequence[Expr], shapes: list[Shape | None]) -> None:
        for n, pair in enumerate(pairwise(map(bare, factors))):
            bold = all(isinstance(f, Ref) and f.name in self.bold for f in pair)
            if bold and id(factors[n + 1]) in self.dotted and self.vectors not in ("scalars", "rows"):
                for at in (n, n + 1):
                    if shapes[at] is None:
                        self.push(factors[at], (self.fresh(), ONE))
                        shapes[at] = self.infer(factors[at])

    def _column(self, shape: Shape) -> bool:
        rows, columns = self.known(shape)
        return columns == ONE and rows != ONE

    def explains(self, shapes: Sequence[Shape | None], expected: Shape) -> bool:
        """Whether the factors that are known make up the whole shape already: the others are numbers."""
        known = [s for s in shapes if s]
        if not known:
            return all(s == ONE for s in self.known(expected)) and len(shapes) - len(known) > 1
        whole = (known[0][0], known[-1][1])
        return self.known(whole) == self.known(expected)

    def chain(self, shapes: Sequence[Shape]) -> Shape:
        """The shape of a matrix product."""
        for left, right in pairwise(shapes):
            self.changed |= self.sizes.unify(left[1], right[0])
        return (shapes[0][0], shapes[-1][1]) if shapes else NUMBER

    def guess(self, factors: Sequence[Expr], shapes: Sequence[Shape | None]) -> Shape | None:
        """What the convention says of symbols that nothing else tells: matrix times column, or row times matrix.

        Raises:
            Ambiguous: there is no convention.
        """
        places = [n for n, s in enumerate(shapes) if s != NUMBER]
        if len(places) == 1:
            return None
        if not self.vectors:
            raise Ambiguous
        columns = self.vectors == "columns"
        end = places[-1] if columns else places[0]
        for n in places:
            if shapes[n] is None:
                column, row = (self.fresh(), ONE), (ONE, self.fresh())
                line, across = (column, row) if columns else (row, column)
                matrix = (self.fresh(), self.fresh())
                self.push(factors[n], line if n == end else across if _is_vector_across(factors[n]) else matrix)
        again = [self.infer(factors[n]) for n in places]
        return None if None in again else self.chain([s for s in again if s])


def _is_vector_across(e: Expr) -> bool:
    r"""``w^\top`` in ``w^\top x``: a small letter, transposed, of no layer, is a vector; matrices have capitals."""
    e = bare(e)
    inner = bare(e.arg) if isinstance(e, Transpose) else None
    return isinstance(inner, Ref) and not inner.slots and is_small(inner.name)


def is_small(name: str) -> bool:
    """Whether the letter of a quantity is a small one, without its accents, scripts and sign of a command."""
    base = re.split("[_^]", name.strip("$"))[0]
    return re.sub(r".*[\\ ]", "", base)[:1].islower()
