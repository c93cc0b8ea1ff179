"""A number in index form as a sum of products, each with its sums in front: the form in which deltas are contracted.

    (a + b) * sum_i c_i d   ->   [sum_i a c_i d, sum_i b c_i d]

Factors keep the order in which they were written; powers of one base are gathered, so ``a / a`` disappears.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import product as cartesian
from typing import TYPE_CHECKING

from derive.algebra.match import alpha
from derive.algebra.substitute import fresh, put
from derive.algebra.tree import (
    ONE,
    ZERO,
    Add,
    Div,
    Expr,
    Kron,
    Mul,
    Num,
    Pow,
    Sum,
    Sym,
    add,
    mul,
    num,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Limit = tuple[Sym, Expr, Expr]


@dataclass(frozen=True)
class Product:
    """``scale * sum over limits of prod base^exponent``; the letters of the limits occur nowhere else."""

    scale: Fraction
    powers: tuple[tuple[Expr, int], ...]
    limits: tuple[Limit, ...] = ()

    @property
    def symbols(self) -> frozenset[Sym]:
        """Letters in factors and limits, bound ones included."""
        found = [b.symbols for b, _ in self.powers] + [s.symbols | {v} for v, *s2 in self.limits for s in s2]
        return frozenset().union(*found)

    @property
    def free(self) -> frozenset[Sym]:
        """Letters that no limit binds."""
        return self.symbols - {v for v, _, _ in self.limits}


def terms(expr: Expr, whole: frozenset[Expr] | None = None) -> list[Product]:
    """``expr`` expanded into products.

    What stands below a fraction line somewhere (``1 - a`` in ``y / (1 - a)``) is kept whole at first, so that it can
    cancel against the same factor above, and is multiplied out afterwards where it did not.
    """
    return list(_expanded(expr)) if whole is None else _terms(expr, whole)


@lru_cache(maxsize=2048)
def _expanded(expr: Expr) -> tuple[Product, ...]:
    below = frozenset(d for d in _denominators(expr) if isinstance(d, (Add, Sum)))
    return tuple(piece for term in _terms(expr, below) for piece in _opened(term, below))


def _denominators(expr: Expr) -> Iterable[Expr]:
    for here in expr.walk():
        if isinstance(here, Div):
            yield from _bases(here.denominator)
        elif isinstance(here, Pow) and isinstance(here.exponent, Num) and here.exponent.value < 0:
            yield from _bases(here.base)


def _bases(expr: Expr) -> Iterable[Expr]:
    if isinstance(expr, Mul):
        for factor in expr.factors:
            yield from _bases(factor)
    else:
        yield expr.base if isinstance(expr, Pow) else expr


def _opened(term: Product, whole: frozenset[Expr]) -> list[Product]:
    """A kept sum that is left above the line is multiplied out after all."""
    if not any(b in whole and e > 0 for b, e in term.powers):
        return [term]
    closed = Product(term.scale, tuple((b, e) for b, e in term.powers if not (b in whole and e > 0)), term.limits)
    opened = [_terms(b, frozenset()) for b, e in term.powers if b in whole and e > 0 for _ in range(e)]
    return _multiply([[closed], *opened])


def _terms(expr: Expr, whole: frozenset[Expr]) -> list[Product]:
    if isinstance(expr, Num):
        return [Product(expr.value, ())] if expr.value else []
    if expr in whole:
        return [Product(Fraction(1), ((expr, 1),))]
    if isinstance(expr, Add):
        return [t for term in expr.terms for t in _terms(term, whole)]
    if isinstance(expr, Mul):
        return _multiply([_terms(f, whole) for f in expr.factors])
    if isinstance(expr, Div):
        return _multiply([_terms(expr.numerator, whole), _inverse(expr.denominator)])
    if isinstance(expr, Pow) and isinstance(expr.exponent, Num) and expr.exponent.value.denominator == 1:
        return _power(expr.base, int(expr.exponent.value), whole)
    if isinstance(expr, Sum):
        return [_under_sum(t, expr) for t in _terms(expr.body, whole)]
    return [Product(Fraction(1), ((expr, 1),))]


def _power(base: Expr, exponent: int, whole: frozenset[Expr]) -> list[Product]:
    if exponent >= 0 and isinstance(base, (Add, Mul, Num, Sum)) and base not in whole:
        return _multiply([_terms(base, whole)] * exponent)
    if not exponent:
        return [Product(Fraction(1), ())]
    if exponent < 0 and isinstance(base, (Num, Mul)):
        return _multiply([_inverse(base)] * -exponent)
    return [Product(Fraction(1), ((base, exponent),))]


def _inverse(expr: Expr) -> list[Product]:
    """``1 / expr``: a sum below the line stays one base; ``1 / (a / (b + c))`` has the sum above it."""
    if isinstance(expr, Num):
        return [Product(1 / expr.value, ())]
    if isinstance(expr, Mul):
        return _multiply([_inverse(f) for f in expr.factors])
    if isinstance(expr, Pow) and isinstance(expr.exponent, Num) and expr.exponent.value.denominator == 1:
        return [Product(Fraction(1), ((expr.base, -int(expr.exponent.value)),))]
    if isinstance(expr, Div):
        return _multiply([_inverse(expr.numerator), _terms(expr.denominator, frozenset())])
    return [Product(Fraction(1), ((expr, -1),))]


def _multiply(factors: Sequence[list[Product]]) -> list[Product]:
    return [_join(choice) for choice in cartesian(*factors)]


def _join(parts: Sequence[Product]) -> Product:
    """The product of products; bound letters are renamed where two would clash, or one with a free letter."""
    scale, powers, limits = Fraction(1), [], []  # type: ignore[var-annotated]
    taken = frozenset().union(*(part.free for part in parts))
    for part in parts:
        part = renamed(part, taken)
        scale *= part.scale
        powers += part.powers
        limits += part.limits
        taken |= part.symbols
    return Product(scale, gathered(powers), tuple(limits))


def renamed(part: Product, taken: frozenset[Sym]) -> Product:
    """The product with bound letters away from ``taken``."""
    for v, _, _ in part.limits:
        if v in taken:
            part = rename(part, v, fresh(taken | part.symbols))
    return part


def rename(part: Product, old: Sym, new: Sym) -> Product:
    """One bound letter renamed."""
    to = {old: new}
    return Product(
        part.scale,
        tuple((put(b, to), e) for b, e in part.powers),
        tuple((new if v == old else v, put(lo, to), put(hi, to)) for v, lo, hi in part.limits),
    )


def gathered(powers: Iterable[tuple[Expr, int]]) -> tuple[tuple[Expr, int], ...]:
    """Powers of equal bases added, at the place of the first; ``x^0`` dropped."""
    found: dict[Expr, int] = {}
    written: dict[Expr, Expr] = {}
    for base, exponent in powers:
        key = alpha(base)
        written.setdefault(key, base)
        found[key] = 1 if isinstance(base, Kron) and key in found else found.get(key, 0) + exponent
    return tuple((written[key], e) for key, e in found.items() if e)


def _under_sum(term: Product, node: Sum) -> Product:
    clash = {v for v, _, _ in term.limits} & {node.index}
    term = renamed(term, frozenset(clash | node.low.symbols | node.high.symbols))
    return Product(term.scale, term.powers, ((node.index, node.low, node.high), *term.limits))


def rebuild(term: Product) -> Expr:
    """The product as an expression: what is free of the summation letters stands in front of the sum."""
    inner_letters = {v for v, _, _ in term.limits}
    free = [(b, e) for b, e in term.powers if not (b.symbols & inner_letters)]
    bound = [(b, e) for b, e in term.powers if b.symbols & inner_letters]
    if not term.limits:
        return _fraction(term.scale, free)
    body: Expr = _fraction(Fraction(1), bound)
    for v, low, high in reversed(term.limits):
        body = Sum(body, v, low, high)
    if not free:
        return mul(Num(term.scale), body)
    return mul(_fraction(term.scale, free), body)


def _fraction(scale: Fraction, powers: Iterable[tuple[Expr, int]]) -> Expr:
    """``2/3 x y^-1 -> (2 x) / (3 y)``; a size below the line stands in front: ``(1/N) (y / a)``."""
    powers = list(powers)
    above = [_raised(b, e) for b, e in powers if e > 0]
    sizes = [_raised(b, -e) for b, e in powers if e < 0 and isinstance(b, Sym)]
    below = [_raised(b, -e) for b, e in powers if e < 0 and not isinstance(b, Sym)]
    if sizes:
        front = Div(num(abs(scale.numerator)), mul(num(scale.denominator), *sizes))
        rest = Div(mul(*above), mul(*below)) if below else mul(*above)
        return mul(_sign(scale), front, rest)
    if not below:
        return mul(Num(scale), *above)
    top = mul(num(abs(scale.numerator)), *above)
    return mul(_sign(scale), Div(top, mul(num(scale.denominator), *below)))


def _sign(scale: Fraction) -> Expr:
    return num(-1) if scale < 0 else ONE


def _raised(base: Expr, exponent: int) -> Expr:
    return base if exponent == 1 else Pow(base, num(exponent))


def canonical(term: Product) -> tuple[object, Fraction]:
    """(a key that is equal for equal products, the scale): factors sorted, bound letters numbered by where they
    stand.
    """
    powers = sorted(term.powers, key=lambda p: (_skeleton(p[0], term), p[1]))
    names: dict[Sym, Expr] = {}
    bound = {v for v, _, _ in term.limits}
    for base, _ in powers:
        for s in _letters(base):
            if s in bound and s not in names:
                names[s] = Sym(f"#{len(names)}")
    for v, _, _ in term.limits:
        names.setdefault(v, Sym(f"#{len(names)}"))
    fixed = tuple(sorted(((put(b, names), e) for b, e in powers), key=repr))
    limits = tuple(sorted(((names[v], put(lo, names), put(hi, names)) for v, lo, hi in term.limits), key=repr))
    return (fixed, limits), term.scale


def _letters(expr: Expr) -> list[Sym]:
    return [n for n in expr.walk() if isinstance(n, Sym)]


def _skeleton(expr: Expr, term: Product) -> str:
    blank: dict[Sym, Expr] = {v: Sym("#") for v, _, _ in term.limits}
    return repr(put(expr, blank))


def collect(parts: Iterable[Product]) -> list[Product]:
    """Like products added, at the place of the first; what cancels disappears."""
    parts = list(parts)
    if len(parts) == 1:
        return [p for p in parts if p.scale]
    found: dict[object, Product] = {}
    for part in parts:
        key, scale = canonical(part)
        if key in found:
            old = found[key]
            found[key] = Product(old.scale + scale, old.powers, old.limits)
        else:
            found[key] = part
    return [p for p in found.values() if p.scale]


def expand(expr: Expr) -> Expr:
    """``expr`` multiplied out and collected."""
    return total(collect(terms(expr)))


def total(parts: Iterable[Product]) -> Expr:
    """The sum of products; terms with a plus sign first, so that it reads ``a - y``."""
    ordered = sorted(parts, key=lambda p: p.scale < 0)
    return add(*(rebuild(p) for p in ordered)) if ordered else ZERO


def same(left: Expr, right: Expr) -> bool:
    """Whether two numbers are equal by expanding and collecting (false does not prove that they differ)."""
    return left == right or not collect([*terms(left), *terms(mul(num(-1), right))])
