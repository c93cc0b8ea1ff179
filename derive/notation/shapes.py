"""Shapes with named sizes: ``()`` is a number, ``(n_l, 1)`` a column; more than two sizes a Jacobian of a matrix.

Sizes are compared as names: ``n_l`` and ``n_{l+1}`` differ although their numbers may agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.layers import join, split
from derive.algebra.tree import COLON, ONE, Expr, Num, Ref, Sym
from derive.notation.failures import ShapeMismatch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from derive.model.model import Quantity

Shape = tuple[Expr, ...]
NUMBER: Shape = ()


def is_number(shape: Shape) -> bool:
    """A number, or an array with one entry, which may stand for one."""
    return all(size == ONE for size in shape)


def put_layer(size: Expr, letter: Sym | None, layer: Expr) -> Expr:
    """``n_{l-1}`` for ``l = L``: ``n_{L-1}``."""
    if letter is None:
        return size
    if isinstance(size, Ref) and size.slots:
        return Ref(size.name, tuple(_at(slot, letter, layer) for slot in size.slots), size.entries)
    return size.map(lambda child: put_layer(child, letter, layer))


def _at(slot: Expr, letter: Sym, layer: Expr) -> Expr:
    own, offset = split(slot)
    if own != letter:
        return slot
    base, more = split(layer)
    return join(base, offset + more)


def sizes(quantity: Quantity, slots: Shape) -> Shape:
    """The sizes of the axes of a member's array."""
    layer = slots[0] if slots else None
    if layer is None:
        return tuple(a.high for a in quantity.axes)
    return tuple(put_layer(a.high, quantity.layer, layer) for a in quantity.axes)


def of_member(ref: Ref, quantities: Mapping[str, Quantity]) -> Shape:
    """The shape of a quantity's member: whole arrays, rows and columns of matrices, entries."""
    quantity = quantities[ref.name]
    full = sizes(quantity, ref.slots)
    if ref.entries is None:
        return full if len(full) != 1 else (full[0], ONE)
    if len(full) != len(ref.entries):
        what = f"{quantity.name.strip('$')} has {len(full)} indices, not {len(ref.entries)}"
        raise ShapeMismatch(None, what, full, ref.entries, "")
    kept = tuple(size for size, entry in zip(full, ref.entries, strict=True) if entry == COLON)
    return kept if len(kept) != 1 else _row_or_column(ref, kept[0])


def _row_or_column(ref: Ref, size: Expr) -> Shape:
    """All units of one sample are a column whichever way the samples lie; ``W_{i,:}`` is a row."""
    return (size, ONE) if ref.entries and ref.entries[0] == COLON else (ONE, size)


def said(shape: Shape) -> str:
    """A shape in words: ``number``, ``n_l x 1``."""
    return " x ".join(_size(s) for s in shape) or "number"


def _size(size: Expr) -> str:
    if isinstance(size, Num):
        return str(size.value)
    if isinstance(size, Sym):
        return size.name
    if isinstance(size, Ref):
        return "_".join([size.name, *(_slot(s) for s in size.slots)])
    return str(size)


def _slot(slot: Expr) -> str:
    letter, offset = split(slot)
    sign = f"{offset:+d}" if offset else ""
    text = f"{letter.name}{sign}" if letter else str(offset)
    return f"{{{text}}}" if len(text) > 1 else text
