"""Who uses a quantity, and in which layers: the contraction of the layer axis.

``a[l; k]`` occurs in ``z[m; i] := sum_j w[m; i, j] a[m-1; j] + b[m; i]``.  Its layer axis contributes ``[m - 1 = l]``,
so the consumer is the one at ``m = l + 1``, and the range of the letter that went,
m = 1..L, is left as the guard l = 0..L-1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from derive.algebra.layers import LayerSet, Order, layers, shift, split
from derive.algebra.substitute import at, put
from derive.algebra.tree import Binder, Expr, Ref, Sym

if TYPE_CHECKING:
    from collections.abc import Iterator

    from derive.model.model import Definition, Model, Quantity


@dataclass(frozen=True)
class Occurrence:
    """A definition that uses a quantity of layer l: it is the one at layer ``l + ahead``, for l in ``layers``.

    ``ahead`` is None when the definition has no layer letter (its layer, if any, is written in its head).
    """

    definition: Definition
    ahead: int | None
    layers: LayerSet | None

    def at(self, layer: Expr | None) -> tuple[Ref, Expr]:
        """Head and right side of the consumer of a member in ``layer``."""
        d = self.definition
        if self.ahead is None or layer is None:
            return d.head, d.rhs
        (letter,) = d.head.slots
        assert isinstance(letter, Sym)
        to = {letter: shift(layer, self.ahead)}
        return at(d.head, to), put(d.rhs, to)


@dataclass(frozen=True)
class Piece:
    """Layers in which a quantity has the same consumers."""

    layers: LayerSet | None
    occurrences: tuple[Occurrence, ...]


class ConsumerRule:
    """Finds the consumers of a quantity and the layers in which each exists."""

    def occurrences(self, model: Model, quantity: Quantity) -> list[Occurrence]:
        """Every definition that uses ``quantity``, in the order of the definitions."""
        found: dict[tuple[Definition, int | None], Occurrence] = {}
        for definition in model.consumers.get(quantity.name, ()):
            for ref, limits in _uses(definition.rhs, quantity.name, ()):
                occurrence = self.occurrence(model, definition, ref, limits)
                key = (definition, occurrence.ahead)
                if key in found:
                    occurrence = _joined(found[key], occurrence, model.order)
                found[key] = occurrence
        return list(found.values())

    def occurrence(self, model: Model, definition: Definition, ref: Ref, limits: tuple[Binder, ...]) -> Occurrence:
        """What one use of a member says: which layer it is of, seen from the definition."""
        if not ref.slots:
            return Occurrence(definition, None, None)
        (slot,) = ref.slots
        letter, offset = split(slot)
        for limit in reversed(limits):
            if limit.index == letter:
                return Occurrence(definition, None, layers(shift(limit.low, offset), shift(limit.high, offset)))
        if definition.head.slots and letter == definition.head.slots[0]:
            assert definition.layers is not None
            return Occurrence(definition, self.ahead(offset), definition.layers.shifted(offset))
        return Occurrence(definition, None, layers(slot, slot))

    def ahead(self, offset: int) -> int:
        """``z[m]`` uses ``a[m + offset]``: seen from the layer of a the consumer is ``-offset`` ahead."""
        return -offset


def _uses(expr: Expr, name: str, limits: tuple[Binder, ...]) -> Iterator[tuple[Ref, tuple[Binder, ...]]]:
    if isinstance(expr, Ref) and expr.name == name:
        yield expr, limits
    inside = (*limits, expr) if isinstance(expr, Binder) else limits
    for child in expr.children:
        yield from _uses(child, name, inside)


def _joined(one: Occurrence, two: Occurrence, order: Order) -> Occurrence:
    """Two uses in one definition: they exist in the union of the layers."""
    if one.layers is None or two.layers is None or one.layers == two.layers:
        return one
    return Occurrence(one.definition, one.ahead, one.layers.plus(two.layers, order))


def pieces(model: Model, quantity: Quantity, rule: ConsumerRule) -> list[Piece]:
    """The layers of a quantity cut where its consumers change, the last layers first (the order of the way back)."""
    found = rule.occurrences(model, quantity)
    if quantity.layers is None:
        return [Piece(None, tuple(found))] if found else []
    cuts: list[tuple[LayerSet, tuple[Occurrence, ...]]] = [(quantity.layers, ())]
    for occurrence in found:
        cuts = [piece for where, users in cuts for piece in _cut(where, users, occurrence, model.order)]
    parts = [Piece(where, users) for where, users in cuts if users and where]
    return backwards(parts, model.order)


def _cut(
    where: LayerSet, users: tuple[Occurrence, ...], occurrence: Occurrence, order: Order
) -> list[tuple[LayerSet, tuple[Occurrence, ...]]]:
    if occurrence.layers is None:
        return [(where, (*users, occurrence))]
    inside, outside = where.meet(occurrence.layers, order), where.minus(occurrence.layers, order)
    return [(inside, (*users, occurrence)), (outside, users)]


def backwards(parts: list[Piece], order: Order) -> list[Piece]:
    """Sorted by the highest layer, descending."""
    done: list[Piece] = []
    for part in parts:
        place = next((i for i, other in enumerate(done) if order.at_least(_top(part), _top(other))), len(done))
        done.insert(place, part)
    return done


def _top(part: Piece) -> Expr:
    assert part.layers is not None
    return part.layers.ranges[-1].high
