"""Which printed expressions are arrays: the extent ``(has rows, has columns)`` of a tree, without sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.tree import (
    COLON,
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
    MatMul,
    MatProd,
    Mul,
    Ones,
    Partial,
    Pow,
    Ref,
    Transpose,
)

if TYPE_CHECKING:
    from derive.notation.notation import Notation

Extent = tuple[bool, bool]
NUMBER: Extent = (False, False)
COLUMN: Extent = (True, False)
MATRIX: Extent = (True, True)
TO_NUMBER = frozenset({"sqnorm", "total", "trace"})


def extent(e: Expr, notation: Notation) -> Extent:
    """Whether the array has more than one row and more than one column: (False, False) is a number."""
    if isinstance(e, Ref):
        return _of_ref(e, notation)
    if isinstance(e, Transpose):
        rows, columns = extent(e.arg, notation)
        return columns, rows
    if isinstance(e, MatMul):
        return extent(e.factors[0], notation)[0], extent(e.factors[-1], notation)[1]
    if isinstance(e, Diag | MatProd):
        return MATRIX
    if isinstance(e, Ones):
        return COLUMN
    return _widest(e, notation)


def _widest(e: Expr, notation: Notation) -> Extent:
    """The extent of a node that works entry by entry, or gives a number."""
    if isinstance(e, Fn):
        gives_number = e.name in TO_NUMBER or len(e.args) != 1
        return NUMBER if gives_number else extent(e.args[0], notation)
    if isinstance(e, Elem):
        return COLUMN if COLON in e.entries else NUMBER
    if isinstance(e, Partial):
        top, bottom = extent(e.of, notation), extent(e.wrt, notation)
        return bottom if top == NUMBER else top if bottom == NUMBER else MATRIX
    if isinstance(e, Binder):
        return extent(e.body, notation)
    if isinstance(e, Add | Mul | Div | Hadamard | Pow | Cases | Compare):
        parts = [extent(c, notation) for c in e.children]
        return any(p[0] for p in parts), any(p[1] for p in parts)
    return NUMBER


def _of_ref(e: Ref, notation: Notation) -> Extent:
    """A whole array has one axis or two; a member is a number, a row or a column of it."""
    if e.entries is not None:
        return (True, False) if COLON in e.entries else NUMBER
    return {0: NUMBER, 1: COLUMN, 2: MATRIX}[notation.axes.get(e.name, 0)]
