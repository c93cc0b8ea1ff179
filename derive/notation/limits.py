"""The limits of a sum that writes none: the size of the slot that its letter occupies, or the layers that exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.layers import shift, split
from derive.algebra.tree import ONE, Expr, MatProd, Prod, Ref, Sum, Sym
from derive.notation.raw import is_unknown
from derive.notation.shapes import Shape, put_layer, sizes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from derive.notation.symbols import SymbolTable
    from derive.notation.typing import Typing

Limits = tuple[Expr, Expr]


def limits(typing: Typing, e: Sum | Prod | MatProd, body: Expr) -> Limits:
    """The ends of a sum; written ones are kept, and an end that is not written comes from the body.

    Raises:
        ShapeMismatch: two slots of different size hold the letter, or written ends that do not agree with its slot.
    """
    slots = list(dict.fromkeys(_of_entries(body, e.index, typing.table)))
    found = slots or list(dict.fromkeys(_of_layers(body, e.index, typing.table)))
    for other in found[1:]:
        _agree(typing, e, found[0], other)
    low = found[0][0] if found and is_unknown(e.low) else e.low
    high = found[0][1] if found and is_unknown(e.high) else e.high
    if slots and low == ONE:
        _agree(typing, e, slots[0], (low, high))
    return low, high


def _agree(typing: Typing, e: Sum | Prod | MatProd, one: Limits, other: Limits) -> None:
    if not typing.same(one, other):
        raise typing.mismatch(f"the range of the letter {e.index.name}", one[1:], other[1:])


def _of_entries(body: Expr, letter: Sym, table: SymbolTable) -> Iterator[Limits]:
    """1 and the size for every entry that the letter occupies alone."""
    for node in body.walk():
        if isinstance(node, Ref) and node.entries and letter in node.entries:
            for size, entry in zip(sizes(table.quantities[node.name], node.slots), node.entries, strict=True):
                if entry == letter:
                    yield ONE, size


def _of_layers(body: Expr, letter: Sym, table: SymbolTable) -> Iterator[Limits]:
    """The layers that exist of every member that the letter numbers."""
    for node in body.walk():
        quantity = table.quantities.get(node.name) if isinstance(node, Ref) and node.slots else None
        if quantity is None or quantity.role == "size" or quantity.layers is None or len(quantity.layers.ranges) != 1:
            continue
        own, offset = split(node.children[0])
        if own == letter:
            whole = quantity.layers.ranges[0]
            yield shift(whole.low, -offset), shift(whole.high, -offset)


def of_product(shape: Shape, index: Sym, low: Expr, high: Expr) -> Shape:
    """The shape of a product of matrices: the rows of its first factor, the columns of its last."""
    if len(shape) != 2:
        return ()
    return put_layer(shape[0], index, low), put_layer(shape[1], index, high)
