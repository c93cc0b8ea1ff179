"""The model that the engine walks: what leads from a setting's leaves to one number, entry by entry."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from derive.algebra.layers import layers, split
from derive.algebra.substitute import put
from derive.algebra.tree import COLON, ONE, Expr, Fn, Partial, Ref, Sym, mul
from derive.checking.deriving.entrywise import Entrywise, NoEntries, without_single
from derive.model.model import Definition, Model, Quantity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from derive.checking.understanding import Understood

WANTED = "#wanted"
"""The name of the number that is differentiated, where it is no quantity of the setting."""

NAMED = "#d "
"""Before the name of a quantity: what the derivative by it is called while the engine works."""


@dataclass(frozen=True)
class Head:
    """A letter of the author for a derivative: ``head = factor * d of / d wrt``."""

    head: Ref
    factor: Expr
    of: Expr
    wrt: Ref


class Network:
    """The definitions of a setting, entry by entry."""

    def __init__(self, understood: Understood) -> None:
        self.understood, self.model = understood, understood.model
        self.writing = Entrywise(understood.table)
        self.quantities = {name: self._reduced(q) for name, q in self.model.quantities.items()}
        self.definitions: list[Definition] = []
        self.heads: list[Head] = []
        for d in self.model.definitions:
            for one in self._by_layer(d):
                self._add(one)
        self.updates = [made for d in understood.updates if (made := self._single(d)) is not None]

    # ------------------------------------------------------------ the setting, entry by entry

    def _reduced(self, q: Quantity) -> Quantity:
        """A quantity without its axes of size 1, its entries in letters that are no layer's."""
        return replace(q, axes=tuple(replace(a, letter=self.writing.fresh()) for a in q.axes if a.high != ONE))

    def _by_layer(self, d: Definition) -> Iterator[Definition]:
        """A definition with the functions of single layers put in where they stand."""
        rest = d
        found = {n.name for n in d.rhs.walk() if isinstance(n, Fn)} & set(self.understood.members)
        for name in sorted(found):
            for point, known in self.understood.members[name]:
                if rest.layers is None or not d.head.slots:
                    continue
                to = {s: point for s in d.head.slots if isinstance(s, Sym)}
                head, rhs = put(d.head, to), _renamed(put(d.rhs, to), name, point, known)
                assert isinstance(head, Ref)
                yield replace(d, head=head, rhs=rhs, layers=layers(point, point))
                rest = replace(rest, layers=rest.layers.minus(layers(point, point), self.model.order))
        yield rest

    def _add(self, d: Definition) -> None:
        own = self._single(d)
        if own is None:
            return
        if any(isinstance(n, Partial) for n in own.rhs.walk()):
            self.heads += _heads(own.head, own.rhs)
        self.definitions.append(own)

    def _single(self, d: Definition) -> Definition | None:
        """The definition of one entry; None where it cannot be written."""
        quantity = self.model.quantities[d.head.name]
        letters = [x if isinstance(x, Sym) and x != COLON else None for x in d.head.entries or ()]
        letters = letters or [None] * len(quantity.axes)
        entries = tuple(ONE if a.high == ONE else x or self.writing.fresh()
                        for x, a in zip(letters, quantity.axes, strict=True))  # fmt: skip
        place = self._place(d.head, entries)
        try:
            rhs = self.writing.inner(d.rhs, place)
        except NoEntries:
            return None
        return replace(d, head=Ref(d.head.name, d.head.slots, without_single(quantity, entries)), rhs=rhs)

    def _place(self, head: Ref, entries: tuple[Expr, ...]) -> tuple[Expr, ...]:
        """The row and the column of the right side for these entries of the left one."""
        if head.entries is not None:
            free = [x for x, e in zip(entries, head.entries, strict=True) if e == COLON]
        else:
            free = list(entries)
        return (*free, ONE) if len(free) == 1 else tuple(free)

    # ------------------------------------------------------------ for the engine

    def model_of(self, of: Expr, named: Iterable[str]) -> Model:
        """What leads to a number; the derivatives by the quantities ``named`` have a name of their own."""
        plain = isinstance(of, Ref) and not of.entries and not of.slots
        wanted = of if plain else Ref(WANTED)
        assert isinstance(wanted, Ref)
        told = [*self._disjoint()] + ([] if plain else [Definition(wanted, of, WANTED)])
        quantities = dict(self.quantities)
        if not plain:
            quantities[WANTED] = Quantity(WANTED, "objective", "")
        adjoints = {name: NAMED + name for name in named}
        for name, adjoint in adjoints.items():
            quantities[adjoint] = replace(quantities[name], name=adjoint, role="adjoint")
        functions = self.model.functions
        return Model(
            quantities, tuple(_leading_to(wanted.name, told)), wanted, adjoints, functions, self.model.last,
            self.model.least_layers,
        )  # fmt: skip

    def _disjoint(self) -> Iterator[Definition]:
        """The forward definitions; one that is given for a single layer takes this layer from the general one."""
        forward = [d for d in self.definitions if not any(isinstance(n, Partial) for n in d.rhs.walk())]
        for d in forward:
            general = bool(d.head.slots) and split(d.head.slots[0])[0] not in (None, self.model.last)
            left = d.layers
            for other in forward:
                point = other.head.slots[0] if other.head.slots else None
                single = point is not None and split(point)[0] in (None, self.model.last)
                if general and single and other.head.name == d.head.name and left is not None and point is not None:
                    left = left.minus(layers(point, point), self.model.order)
            yield replace(d, layers=left)

    def definition_at(self, member: Ref) -> Expr | None:
        """The right side of the definition of a member, of its update where it is that of the next iteration."""
        known = self.definitions if member.time is None else self.updates
        found = [d for d in known if d.head.name == member.name]
        for d in sorted(found, key=lambda d: d.head.slots != member.slots):
            general = all(isinstance(s, Sym) and s != self.model.last for s in d.head.slots)
            if d.head.slots == member.slots or general:
                pairs = [*zip(d.head.slots, member.slots, strict=True)]
                pairs += zip(d.head.entries or (), member.entries or (), strict=True)
                return put(d.rhs, {x: y for x, y in pairs if isinstance(x, Sym) and x != y})
        return None


def _renamed(e: Expr, name: str, point: Expr, known: str) -> Expr:
    """``g^{[L]}(z)`` as the sigmoid of z, where that is what g is in layer L."""
    made = e.map(lambda child: _renamed(child, name, point, known))
    if isinstance(made, Fn) and made.name == name and made.slots == (point,):
        return Fn(known, made.args, (), made.order)
    return made


def _heads(head: Ref, rhs: Expr) -> Iterator[Head]:
    """``delta = d E / d z`` and ``dZ = m d J / d Z``: one derivative and a number."""
    factors = rhs.children if not isinstance(rhs, Partial) else (rhs,)
    partials = [f for f in factors if isinstance(f, Partial)]
    rest = [f for f in factors if not isinstance(f, Partial)]
    if len(partials) == 1 and isinstance(partials[0].wrt, Ref) and not any(isinstance(n, Ref) for f in rest
                                                                           for n in f.walk()):  # fmt: skip
        yield Head(head, mul(*rest), partials[0].of, partials[0].wrt)


def _leading_to(name: str, told: list[Definition]) -> list[Definition]:
    """The definitions on which a number depends, in their order."""
    users: dict[str, list[Definition]] = {}
    for d in told:
        users.setdefault(d.head.name, []).append(d)
    known, todo = {name}, [name]
    while todo:
        for d in users.get(todo.pop(), ()):
            found = {n.name for n in d.rhs.walk() if isinstance(n, Ref)} - known
            known |= found
            todo += found
    return [d for d in told if d.head.name in known]
