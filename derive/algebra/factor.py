"""Writing a sum of products so that it reads well: common factors in front, equal denominators on one line.

a/N - y/N  ->  (1/N) (a - y)          1/(1 - a) - y/(1 - a)  ->  (1 - y)/(1 - a)
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from derive.algebra.match import alpha
from derive.algebra.products import Product, rebuild, total
from derive.algebra.tree import ONE, Add, Div, Expr, mul

if TYPE_CHECKING:
    from collections.abc import Sequence

Powers = dict[Expr, tuple[Expr, int]]


def size(expr: Expr) -> int:
    """The number of nodes."""
    return 1 + sum(size(c) for c in expr.children)


def gather(parts: Sequence[Product]) -> Expr:
    """The sum of the products in the shortest of a few ways of writing it."""
    plain, factored = total(parts), _factored(parts)
    best = min((plain, _grouped(parts)), key=size)
    return factored if size(factored) <= size(best) + 2 else best


def _factored(parts: Sequence[Product]) -> Expr:
    """What all products share stands in front."""
    if len(parts) < 2:
        return total(parts)
    shared, number = _common(parts), _common_number(parts)
    if not shared and number == 1:
        return total(parts)
    rest = [replace(p, scale=p.scale / number, powers=tuple(_divided(p, shared))) for p in parts]
    front = Product(number, tuple(shared.values()))
    return mul(rebuild(front), _grouped(rest))


def _common_number(parts: Sequence[Product]) -> Fraction:
    """``2 a - 2 y``: 2."""
    sizes = {abs(p.scale) for p in parts}
    return sizes.pop() if len(sizes) == 1 else Fraction(1)


def _common(parts: Sequence[Product]) -> Powers:
    first, *others = [{alpha(b): (b, e) for b, e in p.powers if not _bound(b, p)} for p in parts]
    shared: Powers = {}
    for key, (base, exponent) in first.items():
        theirs = [o[key][1] for o in others if key in o]
        if len(theirs) == len(others) and all(t * exponent > 0 for t in theirs):
            least = min([exponent, *theirs], key=abs)
            shared[key] = (base, least)
    return shared


def _bound(base: Expr, part: Product) -> bool:
    return bool(base.symbols & {v for v, _, _ in part.limits})


def _divided(part: Product, shared: Powers) -> list[tuple[Expr, int]]:
    left = [(b, e - shared[alpha(b)][1] if alpha(b) in shared else e) for b, e in part.powers]
    return [(b, e) for b, e in left if e]


def _grouped(parts: Sequence[Product]) -> Expr:
    """Products without sums over the same denominator become one fraction."""
    groups: dict[object, list[Product]] = {}
    for index, part in enumerate(parts):
        below = frozenset((alpha(b), e) for b, e in part.powers if e < 0)
        key: object = below if below and not part.limits else index
        groups.setdefault(key, []).append(part)
    if all(len(g) == 1 for g in groups.values()):
        return total(parts)
    written = [_fraction(group) if len(group) > 1 else rebuild(group[0]) for group in groups.values()]
    return Add(tuple(written)) if len(written) > 1 else written[0]


def _fraction(group: Sequence[Product]) -> Expr:
    top = total([replace(p, powers=tuple((b, e) for b, e in p.powers if e > 0)) for p in group])
    below = Product(ONE.value, tuple((b, -e) for b, e in group[0].powers if e < 0))
    return Div(top, rebuild(below))
