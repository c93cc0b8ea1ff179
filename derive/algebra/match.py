"""Equality up to the names of bound letters, and matching of a pattern with letters to be found."""

from __future__ import annotations

from derive.algebra.layers import join, split
from derive.algebra.substitute import put
from derive.algebra.tree import Binder, Expr, Sym


def alpha(expr: Expr) -> Expr:
    """The expression with bound letters named by depth: equal for sums that differ only in the letter."""
    return _alpha(expr, 0)


def _alpha(expr: Expr, depth: int) -> Expr:
    if not any(isinstance(n, Binder) for n in expr.walk()):
        return expr
    if isinstance(expr, Binder):
        name = Sym(f"#{depth}")
        body = _alpha(put(expr.body, {expr.index: name}), depth + 1)
        return type(expr)(body, name, expr.low, expr.high)  # type: ignore[call-arg]
    return expr.map(lambda child: _alpha(child, depth))


def match(pattern: Expr, expr: Expr, letters: frozenset[Sym]) -> dict[Sym, Expr] | None:
    """Values of ``letters`` that turn ``pattern`` into ``expr`` (up to bound names), or None.

    A value has no letter that a sum of ``expr`` binds: outside the sum it would mean nothing.
    A layer position ``l - 1`` against ``l`` gives ``{l: l + 1}``.
    """
    found: dict[Sym, Expr] = {}
    if not _match(alpha(pattern), alpha(expr), letters, found):
        return None
    return None if any(s.name.startswith("#") for value in found.values() for s in value.symbols) else found


def _match(pattern: Expr, expr: Expr, letters: frozenset[Sym], found: dict[Sym, Expr]) -> bool:
    if isinstance(pattern, Sym) and pattern in letters:
        return found.setdefault(pattern, expr) == expr
    if not pattern.symbols & letters:
        return pattern == expr
    offset = _position(pattern, letters)
    if offset is not None:
        return _match_position(pattern, expr, letters, found)
    if type(pattern) is not type(expr) or len(pattern.children) != len(expr.children):
        return False
    pairs = list(zip(pattern.children, expr.children, strict=True))
    if not all(_match(p, e, letters, found) for p, e in pairs):
        return False
    return pattern.rebuild(tuple(e for _, e in pairs)) == expr


def _position(pattern: Expr, letters: frozenset[Sym]) -> int | None:
    try:
        letter, offset = split(pattern)
    except ValueError:
        return None
    return offset if letter in letters and offset else None


def _match_position(pattern: Expr, expr: Expr, letters: frozenset[Sym], found: dict[Sym, Expr]) -> bool:
    letter, offset = split(pattern)
    try:
        theirs, value = split(expr)
    except ValueError:
        return False
    assert letter is not None
    wanted = join(theirs, value - offset)
    return found.setdefault(letter, wanted) == wanted
