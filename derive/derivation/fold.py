"""Recognising a definition in an expression:  e^{z_i} / sum_q e^{z_q}  is  a_i  again."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from derive.algebra.match import alpha, match
from derive.algebra.products import Product, gathered, terms
from derive.algebra.substitute import put
from derive.algebra.tree import Expr, Ref, Sym

if TYPE_CHECKING:
    from derive.model.model import Definition, Model


def fold(parts: list[Product], model: Model) -> tuple[list[Product], Definition | None]:
    """Every definition whose right side is one product of several factors, put back where its factors stand.

    Returns the products and the definition that was recognised (None: none was).
    """
    used: Definition | None = None
    for definition in model.definitions:
        pattern = _pattern(definition)
        if pattern is None:
            continue
        folded = [_folded(part, pattern, definition) for part in parts]
        if folded != parts:
            parts, used = folded, definition
    return parts, used


@lru_cache(maxsize=512)
def _pattern(definition: Definition) -> Product | None:
    if isinstance(definition.rhs, Ref):
        return None
    found = terms(definition.rhs)
    alone = len(found) == 1 and not found[0].limits and found[0].scale == 1
    return found[0] if alone and len(found[0].powers) > 1 else None


def _folded(part: Product, pattern: Product, definition: Definition) -> Product:
    while (once := _fold_once(part, pattern, definition)) is not None:
        part = once
    return part


def _fold_once(part: Product, pattern: Product, definition: Definition) -> Product | None:
    letters = frozenset(s for e in definition.head.children for s in e.symbols)
    first = max(pattern.powers, key=lambda p: len(p[0].symbols & letters))
    for base, exponent in part.powers:
        values = match(first[0], base, letters) if exponent >= first[1] > 0 else None
        if values is not None and (made := _taken(part, pattern, values, definition)) is not None:
            return made
    return None


def _taken(part: Product, pattern: Product, values: dict[Sym, Expr], definition: Definition) -> Product | None:
    """The product with the pattern's factors divided out and the defined member put in, where all are there."""
    left = {alpha(b): (b, e) for b, e in part.powers}
    order = list(left)
    for base, exponent in pattern.powers:
        key = alpha(put(base, values))
        if key not in left or left[key][1] * exponent < 0 or abs(left[key][1]) < abs(exponent):
            return None
        left[key] = (left[key][0], left[key][1] - exponent)
    place = next(i for i, key in enumerate(order) if key == alpha(put(pattern.powers[0][0], values)))
    powers = [left[key] for key in order]
    powers.insert(place, (put(definition.head, values), 1))
    return replace(part, powers=gathered(p for p in powers if p[1]))
