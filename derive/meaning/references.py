"""Codes of members and entries: ``w[l; k, j]``, ``W^l``, ``M[i, :]``, ``[W^T d]_k``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from derive.algebra.layers import split
from derive.algebra.tree import COLON, Expr
from derive.meaning.errors import RangeError, ShapeError, UnknownName, Unsupported
from derive.meaning.index import counted, integer, shifted_letter, slot_of, zero_based
from derive.meaning.kinds import Code

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from derive.algebra.tree import Elem, Ref
    from derive.meaning.compiler import Compiler
    from derive.meaning.kinds import Array, Frame, Kind, Scope, Value
    from derive.model.model import Quantity


def reference(c: Compiler, e: Ref, scope: Scope) -> Code:
    """A quantity: an entry, a row or column, or the whole array."""
    quantity = c.model.quantities.get(e.name)
    if quantity is None:
        raise UnknownName(f"the model has no quantity {e.name}")
    if quantity.role == "size":
        size, const = integer(c, e, scope), c.field.const
        return Code(None, lambda f: const(size(f)))
    fetch = _fetch(c, e, scope)
    if e.entries is None:
        return _whole_array(c, quantity, fetch, len(scope))
    if len(e.entries) != len(quantity.axes):
        raise ShapeError(f"{e.name} has {len(quantity.axes)} indices, not {len(e.entries)}")
    letters = [shifted_letter(entry, scope) for entry in e.entries]
    places = [at[0] for at in letters if at]
    if len(set(places)) == len(places) and all(
        at or entry == COLON or not entry.symbols & set(scope) for at, entry in zip(letters, e.entries, strict=True)
    ):
        return _aligned(c, e, quantity, fetch, scope)
    return _gathered(c, e.entries, fetch, scope)


def _fetch(c: Compiler, e: Ref, scope: Scope) -> Callable[[Frame], Array]:
    """The whole array of a member, at this iteration or a later one."""
    name, slot = e.name, slot_of(c, e, scope)
    later = split(e.time)[1] if e.time is not None else 0
    if later < 0:
        raise Unsupported(f"{name} at an earlier iteration")
    if later:
        return lambda f: f.stage.later(later, f.updates).fetch(name, slot(f))
    return lambda f: f.stage.fetch(name, slot(f))


def _whole_array(c: Compiler, quantity: Quantity, fetch: Callable[[Frame], Array], axes: int) -> Code:
    """The array with its axes behind those in scope; one axis is a column."""
    kind = c.kind(quantity)
    view: tuple[Any, ...] = (slice(None), *(None for _ in range(axes)), *(slice(None) for _ in quantity.axes))
    if len(quantity.axes) == 1:
        view += (None,)
    return Code(kind, lambda f: fetch(f)[view])


def _aligned(c: Compiler, e: Ref, q: Quantity, fetch: Callable[[Frame], Array], scope: Scope) -> Code:
    """Entries that are distinct letters, numbers or colons: a view, its axes moved to the places of the letters."""
    entries = e.entries or ()
    letters = [None if entry == COLON else shifted_letter(entry, scope) for entry in entries]
    picks = [
        None if at or entry == COLON else integer(c, entry, scope) for at, entry in zip(letters, entries, strict=True)
    ]
    kept = [i for i, pick in enumerate(picks) if pick is None]
    order = sorted(kept, key=lambda i: at[0] if (at := letters[i]) else len(scope) + i)
    turn = (0, *(1 + kept.index(i) for i in order))
    taken = {at[0] for at in letters if at}
    view: tuple[Any, ...] = (slice(None), *(slice(None) if p in taken else None for p in range(len(scope))))
    kind = _slice_kind(c, q, entries)
    if kind:
        view += (slice(None), slice(None)) if entries.count(COLON) == 2 else _line(entries)
    straight = turn == tuple(range(len(turn)))
    plan = list(zip(letters, picks, strict=True))

    def value(frame: Frame) -> Value:
        out = fetch(frame)
        cut: list[Any] = [slice(None)]
        whole_axes = True
        for (at, pick), length in zip(plan, out.shape[1:], strict=True):
            if at:
                low, high = frame.domains[at[0]]
                piece: Any = _piece(low + at[1], high + at[1], length, e.name)
            else:
                piece = None if pick is None else _entry(pick(frame), length, e.name)
            whole_axes = whole_axes and piece is None
            cut.append(slice(None) if piece is None else piece)
        if not whole_axes:
            out = out[tuple(cut)]
        return (out if straight else out.transpose(turn))[view]

    return Code(kind, value)


def _piece(low: int, high: int, length: int, name: str) -> slice | None:
    """The part of an axis that a letter runs over; None for all of it."""
    if low == 1 and high == length:
        return None
    if low <= high and not (low >= 1 and high <= length):
        raise RangeError(f"an index of {name} runs over {low}..{high}, but the axis has {length} entries")
    return slice(low - 1, max(high, low - 1))


def _entry(number: int, length: int, name: str) -> int:
    if not 1 <= number <= length:
        raise RangeError(f"entry {number} of {name}, which has {length}")
    return number - 1


def _slice_kind(c: Compiler, q: Quantity, entries: Sequence[Expr]) -> Kind:
    """The kind of a reference with colons."""
    if COLON not in entries:
        return None
    whole_kind = c.kind(q)
    assert whole_kind is not None
    if len(entries) == 1 or all(entry == COLON for entry in entries):
        return whole_kind
    return ("one", whole_kind[1]) if entries[1] == COLON else (whole_kind[0], "one")


def _line(entries: Sequence[Expr]) -> tuple[Any, ...]:
    """Rows and columns of a single axis: a row where the colon stands second, else a column."""
    return (None, slice(None)) if len(entries) == 2 and entries[1] == COLON else (slice(None), None)


def element(c: Compiler, e: Elem, scope: Scope) -> Code:
    """An entry of an array expression; of a row or column one index is enough."""
    entries = e.entries
    if not entries and c.code(e.array, scope).kind is None:
        return c.code(e.array, scope)
    kind, run = c.array(e.array, scope)
    if COLON in entries:
        raise Unsupported("a row or column of an array expression")
    if len(entries) == 1 and "one" not in kind:
        raise ShapeError("one index for an array of two axes")
    if len(entries) not in (1, 2):
        raise ShapeError(f"{len(entries)} indices for an array")
    if len(entries) == 2:
        return _gathered(c, entries, run, scope, len(scope))
    line: tuple[Any, ...] = (Ellipsis, 0) if kind[1] == "one" else (Ellipsis, 0, slice(None))
    return _gathered(c, entries, lambda f: run(f)[line], scope, len(scope))


def _gathered(c: Compiler, entries: Sequence[Expr], run: Callable[[Frame], Array], scope: Scope, own: int = 0) -> Code:
    """Any entries, repeated letters too, by index arrays; ``own``: how many scope axes the array itself has."""
    picks = [zero_based(c, entry, scope) for entry in entries]
    count = len(scope)

    def value(frame: Frame) -> Value:
        out = run(frame)
        lead = [counted(0, n - 1, at, count) for at, n in enumerate(out.shape[1 : 1 + own])]
        return out[(slice(None), *lead, *(p(frame, n) for p, n in zip(picks, out.shape[1 + own :], strict=True)))]

    return Code(None, value)
