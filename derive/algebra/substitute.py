"""Capture-avoiding substitution and fresh letters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.tree import Add, Binder, Expr, Num, Ref, Sym, add

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

POOL = ("i", "p", "q", "r", "u", "v")
"""Letters given to new bound indices, in order of preference."""


def fresh(taken: Iterable[Sym], *wishes: str) -> Sym:
    """A letter not in ``taken``: the first free one of ``wishes``, then of ``POOL``, then ``i_1``, ``i_2``, ..."""
    names = {s.name for s in taken}
    for wish in (*wishes, *POOL):
        if wish not in names:
            return Sym(wish)
    count = 1
    while f"i_{count}" in names:
        count += 1
    return Sym(f"i_{count}")


def put(expr: Expr, values: Mapping[Sym, Expr]) -> Expr:
    """``expr`` with letters replaced; bound letters that would capture are renamed first; positions stay ``l + c``."""
    wanted = {s: v for s, v in values.items() if s in expr.symbols and s != v}
    return _put(expr, wanted) if wanted else expr


def at(member: Ref, values: Mapping[Sym, Expr]) -> Ref:
    """A member of a quantity with letters put in."""
    made = put(member, values)
    assert isinstance(made, Ref)
    return made


def _put(expr: Expr, values: Mapping[Sym, Expr]) -> Expr:
    if isinstance(expr, Sym):
        return values.get(expr, expr)
    if isinstance(expr, Binder):
        return _put_under(expr, values)
    return _tidy(expr.map(lambda child: put(child, values)))


def _put_under(expr: Binder, values: Mapping[Sym, Expr]) -> Expr:
    low, high = put(expr.low, values), put(expr.high, values)
    inner = {s: v for s, v in values.items() if s != expr.index and s in expr.body.symbols}
    arriving = frozenset().union(*(v.symbols for v in inner.values())) if inner else frozenset()
    index = expr.index
    if index in arriving:
        index = fresh(arriving | expr.body.symbols | {expr.index})
        inner[expr.index] = index
    return type(expr)(put(expr.body, inner), index, low, high)  # type: ignore[call-arg]


def _tidy(expr: Expr) -> Expr:
    """``(l + 1) - 1 -> l``: sums are re-added so that layer positions keep one form."""
    if isinstance(expr, Add) and any(isinstance(t, (Num, Add)) for t in expr.terms):
        return add(*expr.terms)
    return expr


def replace(expr: Expr, old: Expr, new: Expr) -> Expr:
    """Every occurrence of the node ``old`` replaced by ``new`` (not below a binder of one of old's letters)."""
    if expr == old:
        return new
    if isinstance(expr, Binder) and expr.index in old.symbols:
        return expr
    return expr.map(lambda child: replace(child, old, new))
