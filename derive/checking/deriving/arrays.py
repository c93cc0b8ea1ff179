"""From one entry to the whole array, with rows where the author has rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.tree import ONE, Add, Diag, Div, Expr, Fn, Hadamard, MatMul, Mul, Ones, Partial, Pow, Ref, Transpose
from derive.checking.deriving.entrywise import NoEntries, without_single
from derive.derivation.arrays import to_array
from derive.derivation.ruleset import EntryOrderRule
from derive.notation.typing import shape_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from derive.algebra.tree import Sym
    from derive.notation.symbols import SymbolTable


def in_arrays(e: Expr, left: Expr, free: Sequence[tuple[Sym, Expr]], table: SymbolTable) -> Expr:
    """The array whose general entry is ``e``; a row where ``left`` is one.

    Raises:
        NoMatrixForm: it has none.
    """
    columns, _ = to_array(_without_single(e, table), free, EntryOrderRule())
    shape = shape_of(left, table)
    lying = len(shape) == 2 and shape[0] == ONE and shape[1] != ONE
    return _turned(columns, table, turn=lying)


def _without_single(e: Expr, table: SymbolTable) -> Expr:
    made = e.map(lambda child: _without_single(child, table))
    if isinstance(made, Ref) and made.entries and made.name in table.quantities:
        quantity = table.quantities[made.name]
        return Ref(made.name, made.slots, without_single(quantity, made.entries), made.time)
    return made


def _turned(e: Expr, table: SymbolTable, *, turn: bool) -> Expr:
    """The array, or its transpose, of an array whose columns may be the author's rows; transposes at the leaves."""

    def inner(child: Expr) -> Expr:
        return _turned(child, table, turn=turn)

    if isinstance(e, Transpose):
        return _turned(e.arg, table, turn=not turn)
    if isinstance(e, MatMul):
        made = [inner(f) for f in e.factors]
        return MatMul(tuple(reversed(made) if turn else made))
    if isinstance(e, Ref | Partial):
        member = e.wrt if isinstance(e, Partial) else e
        return Transpose(e) if turn != _lies(member, table) else e
    if isinstance(e, Diag):
        return Diag(_turned(e.arg, table, turn=False))
    if isinstance(e, Ones):
        return Transpose(e) if turn else e
    if isinstance(e, Add | Mul | Hadamard | Div | Fn | Pow):
        return e.map(inner)
    if any(isinstance(n, Ref) and n.entries is None for n in e.walk()):
        raise NoEntries(f"no transpose of {type(e).__name__}")
    return e


def _lies(e: Expr, table: SymbolTable) -> bool:
    """Whether a member that is a column to the engine is a row to the author."""
    if not isinstance(e, Ref) or e.entries is not None or e.name not in table.quantities:
        return False
    axes = table.quantities[e.name].axes
    return len(axes) == 2 and axes[0].high == ONE and axes[1].high != ONE
