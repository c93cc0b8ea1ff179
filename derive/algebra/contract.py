"""Contraction of Kronecker deltas:  sum_i [i = k] c_i = c_k,  because only the term i = k is left."""

from __future__ import annotations

from dataclasses import replace as changed
from typing import TYPE_CHECKING

from derive.algebra.layers import split
from derive.algebra.products import Product, gathered
from derive.algebra.substitute import put
from derive.algebra.tree import ONE, Add, Expr, Kron, Sym, add, num

if TYPE_CHECKING:
    from collections.abc import Iterable


def solve(delta: Kron, letter: Sym) -> Expr | None:
    """The value of ``letter`` for which the delta is one, where it occurs as ``letter + c`` on one side."""
    for here, there in ((delta.left, delta.right), (delta.right, delta.left)):
        if letter in here.symbols and letter not in there.symbols:
            try:
                _, offset = split(here)
            except ValueError:  # [2i = k]: no letter plus a number
                continue
            return add(there, num(-offset)) if offset else there
    return None


def contract_one(term: Product) -> tuple[Product, Sym, Expr] | None:
    """One delta against a bound letter removed: (the product, the letter, what it became); None where there is none."""
    for base, _ in term.powers:
        if not isinstance(base, Kron):
            continue
        for letter, low, high in term.limits:
            value = solve(base, letter)
            if value is not None and _has(term, value, low, high):
                return _inserted(term, base, letter, value), letter, value
    return None


def _has(term: Product, value: Expr, low: Expr, high: Expr) -> bool:
    """Whether a sum has the term of a value: entries count from 1 to a size, a bound letter as far as its own sum.

    ``sum_{i=2}^n [i = k] c_i`` is not c_k, which it is not for k = 1; nor is a sum up to ``n - 1``, for k = n.
    """
    own = [(start, end) for letter, start, end in term.limits if letter == value]
    return low in (ONE, *(start for start, _ in own)) and (not isinstance(high, Add) or high in [end for _, end in own])


def _inserted(term: Product, delta: Expr, letter: Sym, value: Expr) -> Product:
    to = {letter: value}
    powers = gathered((put(b, to), e) for b, e in term.powers if b != delta)
    limits = tuple((v, put(lo, to), put(hi, to)) for v, lo, hi in term.limits if v != letter)
    return changed(term, powers=powers, limits=limits)


def contract(parts: Iterable[Product]) -> tuple[list[Product], list[tuple[Sym, Expr]]]:
    """Every delta against a bound letter removed, and which letter became what."""
    done: list[Product] = []
    log: list[tuple[Sym, Expr]] = []
    for part in parts:
        while (hit := contract_one(part)) is not None:
            part, letter, value = hit
            if (letter, value) not in log:
                log.append((letter, value))
        done.append(part)
    return done, log
