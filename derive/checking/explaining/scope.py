"""What a repair may be made of: the members, layers, letters, sizes and activation derivatives around an equation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import permutations, product
from typing import TYPE_CHECKING

from derive.algebra.layers import shift, split
from derive.algebra.substitute import at, put
from derive.algebra.tree import COLON, ONE, Binder, Div, Elem, Expr, Fn, Kron, Num, Partial, Ref, Sym
from derive.notation.marks import EXAMPLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from derive.checking.understanding import Understood
    from derive.model.model import Axis, Quantity

MOST_MEMBERS = 400
ELEMENTWISE = frozenset({"tanh", "exp", "log", "sin", "cos", "sinh", "cosh", "sqrt"})
ROLES = frozenset({"input", "target", "parameter", "intermediate", "adjoint", "hyper", "objective"})


@dataclass(frozen=True)
class Slope:
    """An activation: ``head = f(z)`` with its derivative as the author would write it."""

    head: Ref
    z: Ref
    derivative: Expr


@dataclass(frozen=True)
class Scope:
    """The material around the two sides of an equation; ``head``: what stands first in the chain."""

    understood: Understood
    sides: tuple[Expr, ...]
    head: Expr

    # ------------------------------------------------------------ letters and layers

    @cached_property
    def in_entries(self) -> bool:
        """Whether the equation is about entries."""
        return bool(self.letters)

    @cached_property
    def letters(self) -> tuple[Sym, ...]:
        """The letters of entries that nothing binds."""
        return tuple(dict.fromkeys(s for e in self.sides for s in _free_letters(e, frozenset())))

    @cached_property
    def positions(self) -> tuple[Expr, ...]:
        """The layers that occur, and those beside them."""
        found = [s for e in self.sides for n in e.walk() if isinstance(n, Ref | Fn) for s in n.slots]
        near = [shift(s, by) for by in (0, 1, -1) for s in dict.fromkeys(found)]
        return tuple(dict.fromkeys(near))

    @cached_property
    def layer_letters(self) -> tuple[Sym, ...]:
        """The free layer letters and the last layer."""
        letters = [split(p)[0] for p in self.positions]
        return tuple(dict.fromkeys([s for s in letters if s is not None]))

    @cached_property
    def sizes(self) -> tuple[Expr, ...]:
        """The numbers that are letters: how many examples there are, what the setting divides by."""
        samples = self.understood.table.samples
        fractions = [n for _, rhs in self.understood.givens for n in rhs.walk() if isinstance(n, Div)]
        below = [n for f in fractions for n in f.denominator.walk()]
        counts = [e for e in below if isinstance(e, Ref) and not e.entries and e.entries is not None and not e.slots]
        ends = [a.high for q in self.understood.model.quantities.values() for a in q.axes]
        known = {*self.layer_letters, self.understood.model.last}
        plain = [e for e in ends if isinstance(e, Sym) and e not in known and not e.name.startswith("width")]
        return tuple(dict.fromkeys([*([samples] if samples is not None else []), *plain, *counts]))

    # ------------------------------------------------------------ members

    @cached_property
    def quantities(self) -> tuple[Quantity, ...]:
        """What the setting speaks of, those that stand in the equation first."""
        model = self.understood.model
        here = [n.name for e in self.sides for n in e.walk() if isinstance(n, Ref)]
        names = dict.fromkeys([*here, *model.quantities])
        return tuple(model.quantities[n] for n in names if n in model.quantities and model.quantities[n].role in ROLES)

    @cached_property
    def strengths(self) -> tuple[Ref, ...]:
        """The free numbers without index: lambda, eta."""
        free = [q for q in self.quantities if not q.axes and q.layer is None and q.role in ("hyper", "parameter")]
        return tuple(q.head for q in free)

    def members(self, bound: Sequence[Sym] = ()) -> Iterator[Ref]:
        """The members that could stand here: whole arrays, or entries in the letters at hand."""
        count = 0
        for q in self.quantities:
            for made in self.of_quantity(q, bound):
                count += 1
                if count > MOST_MEMBERS:
                    return
                yield made

    def of_quantity(self, q: Quantity, bound: Sequence[Sym] = ()) -> Iterator[Ref]:
        """The members of one quantity."""
        by_letters = self.understood.page is not None
        places = [(p,) for p in self.positions] if q.layer is not None and not by_letters else [()]
        letters = (*self.letters, *bound)
        each = q.name in self.per_example
        axes = q.axes[:-1] if each else q.axes
        for slots in places:
            if not axes:
                yield Ref(q.name, slots, (EXAMPLE,) if each else ())
            elif not letters:
                yield Ref(q.name, slots, (*(COLON for _ in axes), EXAMPLE) if each else None)
            else:
                for entries in _filled(axes, letters):
                    yield Ref(q.name, slots, (*entries, EXAMPLE) if each else entries)

    @cached_property
    def per_example(self) -> frozenset[str]:
        """The quantities with a value for each example though none is written."""
        return frozenset(s.name for s in self.understood.table.symbols if s.example)

    # ------------------------------------------------------------ activations

    @cached_property
    def activations(self) -> tuple[Slope, ...]:
        """Every definition that makes one array of one other of the same shape."""
        out = []
        for pair in self.understood.givens:
            head, rhs = pair if self.understood.page is None else map(without_layers, pair)
            found = _argument(head, rhs) if isinstance(head, Ref) else None
            if found is not None:
                assert isinstance(head, Ref)
                out.append(Slope(head, found, self._slope(head, rhs, found)))
        return tuple(dict.fromkeys(out))

    def _slope(self, head: Ref, rhs: Expr, z: Ref) -> Expr:
        known = self.understood.model.functions
        if isinstance(rhs, Fn) and len(rhs.args) == 1 and rhs.order == 0:
            elementwise = rhs.name in ELEMENTWISE or (
                rhs.name in known and known[rhs.name].kind in ("unknown", "formula")
            )
            if elementwise:
                return Fn(rhs.name, rhs.args, rhs.slots, 1)
        return Partial(head, z)

    def slopes(self, bound: Sequence[Sym] = ()) -> Iterator[Slope]:
        """The activation derivatives at the layers and letters at hand."""
        for own in self.activations:
            for z in self.of_quantity(self.understood.model.quantities[own.z.name], bound):
                made = _at(own, z)
                if made is not None:
                    yield made

    # ------------------------------------------------------------ what is differentiated

    @cached_property
    def variable(self) -> Ref | None:
        """What the first side of the equation differentiates by."""
        left = self.head
        if isinstance(left, Ref):
            for head, rhs in self.understood.givens:
                if isinstance(head, Ref) and head.name == left.name:
                    return next((n.wrt for n in rhs.walk() if isinstance(n, Partial) and isinstance(n.wrt, Ref)), None)
        if isinstance(left, Partial) and isinstance(left.wrt, Ref):
            return left.wrt
        return None


def _filled(axes: Sequence[Axis], letters: Sequence[Sym]) -> Iterator[tuple[Expr, ...]]:
    """Entries in the letters at hand; an axis of size 1 has no letter."""
    for chosen in permutations(letters, sum(a.high != ONE for a in axes)):
        rest = list(chosen)
        yield tuple(ONE if a.high == ONE else rest.pop(0) for a in axes)


def _free_letters(e: Expr, bound: frozenset[Sym]) -> Iterator[Sym]:
    if isinstance(e, Ref | Elem):
        for x in e.entries or ():
            if isinstance(x, Sym) and x not in bound and x not in (COLON, EXAMPLE):
                yield x
    if isinstance(e, Kron):
        yield from (x for x in e.children if isinstance(x, Sym) and x not in bound)
    inner = bound | {e.index} if isinstance(e, Binder) else bound
    for child in e.children:
        yield from _free_letters(child, inner)


def free_letters(e: Expr) -> tuple[Sym, ...]:
    """The letters of entries that nothing inside binds."""
    return tuple(dict.fromkeys(_free_letters(e, frozenset())))


def without_layers(e: Expr) -> Expr:
    """The expression as a page writes it that tells layers by letters."""
    made = e.map(without_layers)
    return Ref(made.name, (), made.entries, made.time) if isinstance(made, Ref) else made


def _argument(head: Ref, rhs: Expr) -> Ref | None:
    """The only quantity on the right, where it is as large as the head."""
    if any(isinstance(n, Partial) for n in rhs.walk()):
        return None
    refs = [n for n in rhs.walk() if isinstance(n, Ref)]
    if len({r.name for r in refs}) != 1 or not any(isinstance(n, Fn) for n in rhs.walk()):
        return None
    found = next((r for r in refs if r.entries == head.entries and r.slots == head.slots), None)
    return found if found is not None and found.name != head.name else None


def _at(own: Slope, z: Ref) -> Slope | None:
    """The activation at another layer and in other letters."""
    own = _in_form(own, z)
    letters: dict[Sym, Expr] = {}
    for mine, theirs in zip((*own.z.slots, *(own.z.entries or ())), (*z.slots, *(z.entries or ())), strict=True):
        letter, offset = (mine, 0) if isinstance(mine, Sym) else _split(mine)
        if letter is not None:
            letters[letter] = shift(theirs, -offset) if offset else theirs
        elif mine != theirs:
            return None
    return Slope(at(own.head, letters), z, put(own.derivative, letters))


def _in_form(own: Slope, z: Ref) -> Slope:
    """The activation of entries where entries are wanted, of arrays where those are."""
    if (own.z.entries is None) == (z.entries is None):
        return own
    entries = z.entries if own.z.entries is None else None
    head, inner = (Ref(r.name, r.slots, entries) for r in (own.head, own.z))
    known = own.derivative
    if isinstance(known, Fn) and isinstance(known.args[0], Ref):
        return Slope(head, inner, Fn(known.name, (inner,), known.slots, 1))
    return Slope(head, inner, Partial(head, inner))


def _split(position: Expr) -> tuple[Sym | None, int]:
    return (None, 0) if isinstance(position, Num) else split(position)


def letter_pairs(scope: Scope, bound: Sequence[Sym]) -> Iterator[tuple[Sym, Sym]]:
    """Two different letters."""
    letters = (*scope.letters, *bound)
    yield from ((x, y) for x, y in product(letters, repeat=2) if x.name < y.name)
