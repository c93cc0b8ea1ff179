"""Equality up to nesting: sums in sums, products in products, where the number of a product stands."""

from __future__ import annotations

from fractions import Fraction

from derive.algebra.tree import Add, Div, Expr, Hadamard, MatMul, Mul, Num, Ref
from derive.model.model import Model


def flat(e: Expr, model: Model | None = None) -> Expr:
    """The expression without differences that no reader sees."""
    e = e.map(lambda child: flat(child, model))
    if isinstance(e, Add):
        return Add(tuple(x for t in e.terms for x in (t.terms if isinstance(t, Add) else (t,))))
    if isinstance(e, MatMul | Hadamard):
        return type(e)(tuple(x for f in e.factors for x in (f.factors if isinstance(f, type(e)) else (f,))))
    if isinstance(e, Div) and isinstance(e.numerator, Num) and isinstance(e.denominator, Num):
        return Num(e.numerator.value / e.denominator.value)
    if isinstance(e, Mul):
        return _product(e)
    if isinstance(e, Ref) and e.entries is None and model is not None and not model.quantities[e.name].axes:
        return Ref(e.name, e.slots, (), e.time)
    return e


def _product(e: Mul) -> Expr:
    factors = [x for f in e.factors for x in (f.factors if isinstance(f, Mul) else (f,))]
    scale = Fraction(1)
    for f in factors:
        scale *= f.value if isinstance(f, Num) else 1
    kept: list[Expr] = [f for f in factors if not isinstance(f, Num)]
    if scale != 1 or not kept:
        kept.insert(0, Num(scale))
    return kept[0] if len(kept) == 1 else Mul(tuple(kept))
