"""The limits of a sum that writes none: the size of the slot that its letter occupies, or the layers that exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.layers import shift, split
from derive.algebra.tree import ONE, Elem, Expr, MatProd, Prod, Ref, Sum, Sym
from derive.notation.failures import UnknownSymbol
from derive.notation.raw import is_unknown
from derive.notation.shapes import Shape, put_layer, sizes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from derive.notation.symbols import SymbolTable
    from derive.notation.typing import Typing

Limits = tuple[Expr, Expr]


def limits(typing: Typing, e: Sum | Prod | MatProd, body: Expr) -> Limits:
    """The ends of a sum; written ones are kept, and an end that is not written comes from the body.

    Raises:
        ShapeMismatch: two slots of different size hold the letter, or written ends that do not agree with its slot.
    """
    slots = list(dict.fromkeys(_of_entries(body, e.index, typing.table)))
    for other in slots[1:]:
        _agree(typing, e, slots[0], other)
    if not is_unknown(e.low) and not is_unknown(e.high):
        if slots and e.low == ONE:
            _agree(typing, e, slots[0], (e.low, e.high))
        return e.low, e.high
    found = slots[0] if slots else _common(typing, e, list(_of_layers(body, e.index, typing.table)))
    return found[0] if is_unknown(e.low) else e.low, found[1] if is_unknown(e.high) else e.high


def _common(typing: Typing, e: Sum | Prod | MatProd, ranges: list[Limits]) -> Limits:
    """The layers in all ranges; without any range the ends stay unknown."""
    if not ranges:
        return e.low, e.high
    for low, high in ranges[1:]:
        if split(low)[0] != split(ranges[0][0])[0] or split(high)[0] != split(ranges[0][1])[0]:
            _agree(typing, e, ranges[0], (low, high))
    return max((r[0] for r in ranges), key=_offset), min((r[1] for r in ranges), key=_offset)


def _offset(position: Expr) -> int:
    return split(position)[1]


def _agree(typing: Typing, e: Sum | Prod | MatProd, one: Limits, other: Limits) -> None:
    if not typing.same(one, other):
        for end in (*one, *other):
            if isinstance(end, Sym) and end.name not in typing.table.sizes:
                raise UnknownSymbol(typing.place, end.name)
        raise typing.mismatch(f"the range of the letter {e.index.name}", one[1:], other[1:])


def _of_entries(body: Expr, letter: Sym, table: SymbolTable) -> Iterator[Limits]:
    """1 and the size for every entry that the letter occupies alone."""
    for node in body.walk():
        if isinstance(node, Ref) and node.entries and letter in node.entries:
            for size, entry in zip(sizes(table.quantities[node.name], node.slots), node.entries, strict=True):
                if entry == letter:
                    yield ONE, size
        elif isinstance(node, Elem) and isinstance(node.array, Ref) and node.array.entries is None:
            axes = sizes(table.quantities[node.array.name], node.array.slots)
            yield from ((ONE, size) for size, entry in zip(axes, node.entries, strict=False) if entry == letter)


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


def letter_sizes(typing: Typing, members: Sequence[Expr]) -> dict[Sym, Expr]:
    """The size of every free entry letter: one letter in two positions means one size.

    Raises:
        ShapeMismatch: two positions have different sizes.
    """
    found: dict[Sym, Expr] = {}
    for member in members:
        for letter in member.symbols:
            for _, size in _of_entries(member, letter, typing.table):
                if not typing.same_size(found.setdefault(letter, size), size):
                    raise typing.mismatch(f"the letter {letter.name}", (found[letter],), (size,))
    return found


def of_product(shape: Shape, index: Sym, low: Expr, high: Expr) -> Shape:
    """The shape of a product of matrices: the rows of its first factor, the columns of its last."""
    if len(shape) != 2:
        return ()
    return put_layer(shape[0], index, low), put_layer(shape[1], index, high)
