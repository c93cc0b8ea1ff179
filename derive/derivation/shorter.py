"""The shortest way of writing a slope: a search over short rational expressions in the activation, z and sigmoids.

    e^z / (1 + e^z)  =  sigma(z)               1 + e^-z + z e^-z over (1 + e^-z)^2  =  a + sigma(z) (1 - a)

Candidates are sums of a few monomials with the coefficients that exact values of the slope give; each is proved before
it is used.  Which function may help (the sigmoid) is a row of the table of activations, its formula all that is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING

from derive.algebra.exponential import NotRational, Rational, denominator, in_exponentials, power_of
from derive.algebra.factor import gather, size
from derive.algebra.products import Product, collect, terms
from derive.algebra.scalar import proves_equal
from derive.algebra.substitute import put
from derive.algebra.tree import Add, Div, Expr, Fn, Mul, Num, Pow, Sym, add, mul, num
from derive.data.activations import ACTIVATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Z, A = Sym("z"), Sym("a")
HELPERS = ("sigmoid",)
"""Rows of the table whose function a slope may be written with."""
MOST_TERMS = 3
POINTS = tuple((Fraction(z), Fraction(t)) for z, t in ((2, 3), (-1, 2), (5, 7), (-3, 5), (7, 11), (3, 13), (-5, 17)))
"""Values of z and of e^(z/q), which are independent of one another."""


def definition(function: Fn) -> Expr:
    """A helping function written out."""
    return put(ACTIVATIONS.get(function.name).expression, {Sym("z"): function.args[0]})


def written_out(expr: Expr) -> Expr:
    """Helping functions written out."""
    expr = expr.map(written_out)
    return definition(expr) if isinstance(expr, Fn) and expr.name in HELPERS and not expr.order else expr


@cache
def shortest(slope: Expr, activation: Expr) -> Expr:
    """The slope in the letters ``a`` (the activation) and ``z`` and in helping functions; itself where nothing is
    shorter.
    """
    candidates = [slope, _recognised(slope, activation), *_whole(slope, activation)]
    parts = _parts_rewritten(slope)
    if parts != slope and proves_equal(slope, written_out(parts)):
        candidates.append(parts)
    return min(candidates, key=_length)


def _length(expr: Expr) -> tuple[int, int]:
    """Letters, functions and numbers other than 1, and more for a helping function; then nodes."""
    leaves = sum(isinstance(n, (Sym, Fn)) or (isinstance(n, Num) and abs(n.value) != 1) for n in expr.walk())
    helpers = {n for n in expr.walk() if isinstance(n, Fn) and n.name in HELPERS}
    return leaves + 2 * len(helpers), size(expr)


def _recognised(slope: Expr, activation: Expr) -> Expr:
    """The activation where it stands in its own slope: ``-2 z e^(-z^2) = -2 z a``."""
    return A if slope == activation else slope.map(lambda child: _recognised(child, activation))


# ---------------------------------------------------------------- the whole slope


@dataclass(frozen=True)
class Monomial:
    """``written`` in the letters; ``meant``: as a rational function of z and e^z."""

    written: Expr
    meant: Rational


def _whole(slope: Expr, activation: Expr) -> Iterator[Expr]:
    """Sums of a few monomials that are the slope."""
    known = _rational(slope, activation)
    if known is None:
        return
    meant, monomials = known
    wanted = [meant.value(*p) for p in POINTS]
    rows = [[m.meant.value(*p) for p in POINTS] for m in monomials]
    for count in range(1, MOST_TERMS + 1):
        for chosen in combinations(range(len(monomials)), count):
            coefficients = solved([rows[i] for i in chosen], wanted)
            if coefficients is None or not all(coefficients):
                continue
            found = _nested([mul(Num(c), monomials[i].written) for c, i in zip(coefficients, chosen, strict=True)])
            if proves_equal(slope, written_out(put(found, {A: activation}))):
                yield found


def _rational(slope: Expr, activation: Expr) -> tuple[Rational, list[Monomial]] | None:
    """The slope and the monomials, where the slope is a rational function of z and e^z."""
    try:
        q = denominator(in_exponentials(slope), Z)
        meant = Rational(slope, Z, q)
        for p in POINTS:
            meant.value(*p)
    except (NotRational, ZeroDivisionError):
        return None
    return meant, list(_monomials(slope, activation, q))


def _monomials(slope: Expr, activation: Expr, q: int) -> Iterator[Monomial]:
    """``1``, letters, and products of at most three of them."""
    letters: list[Expr] = [A, *_helpers(slope)]
    if any(n == Z for n in _outside_exponents(slope)):
        letters.append(Z)
    powers = [num(1), *letters]
    powers += [_product(pair) for n in (2, 3) for pair in _choices(letters, n)]
    for written in powers:
        try:
            meant = Rational(written_out(put(written, {A: activation})), Z, q)
            for p in POINTS:
                meant.value(*p)
        except (NotRational, ZeroDivisionError):
            continue
        yield Monomial(written, meant)


def _choices(letters: Sequence[Expr], count: int) -> Iterator[tuple[Expr, ...]]:
    """Products of so many letters: of two any, of three those with a square of a helping function and z."""
    for i, x in enumerate(letters):
        for y in letters[i:]:
            if count == 2:
                yield x, y
            elif isinstance(x, Fn) and Z in letters and y == x:
                yield Z, x, x


def _product(factors: tuple[Expr, ...]) -> Expr:
    alike = len(set(factors)) == 1
    if alike and len(factors) > 1:
        return Pow(factors[0], num(len(factors)))
    if len(factors) == 3:
        return Mul((factors[0], Pow(factors[1], num(2))))
    return Mul(factors) if len(factors) > 1 else factors[0]


def _helpers(slope: Expr) -> Iterator[Fn]:
    """``sigma(k z)`` for the exponents k z that occur."""
    scales = set()
    for n in in_exponentials(slope).walk():
        if isinstance(n, Fn) and n.name == "exp":
            try:
                scales.add(abs(power_of(n.args[0], Z).scale))
            except NotRational:
                continue
    for k in sorted(scales - {Fraction(0)})[:2]:
        yield from (Fn(name, (mul(Num(k), Z),)) for name in HELPERS)


def _outside_exponents(expr: Expr) -> Iterator[Expr]:
    yield expr
    if not (isinstance(expr, Fn) and expr.name == "exp"):
        for child in expr.children:
            yield from _outside_exponents(child)


def solved(rows: Sequence[Sequence[Fraction]], wanted: Sequence[Fraction]) -> list[Fraction] | None:
    """The coefficients with which the rows add up to what is wanted, in every point; None where there are none.

    Args:
        rows: the values of each function in all points.
        wanted: the values of the sum.
    """
    n = len(rows)
    matrix = [[*(row[p] for row in rows), wanted[p]] for p in range(len(wanted))]
    for column in range(n):
        pivot = next((r for r in range(column, len(matrix)) if matrix[r][column]), None)
        if pivot is None:
            return None
        matrix[column], matrix[pivot] = matrix[pivot], matrix[column]
        first = matrix[column]
        for r, row in enumerate(matrix):
            if r != column and row[column]:
                factor = row[column] / first[column]
                matrix[r] = [x - factor * y for x, y in zip(row, first, strict=True)]
    if any(row[n] for row in matrix[n:]):
        return None
    return [matrix[i][n] / matrix[i][i] for i in range(n)]


def _nested(summands: list[Expr]) -> Expr:
    """``a + s - a s`` as ``a + s (1 - a)``: the shortest way of taking a common factor out of some of the terms."""
    parts = [p for s in summands for p in terms(s)]
    ways = [gather(collect(parts))]
    if len(parts) == 3:
        for alone in range(3):
            pair = [p for i, p in enumerate(parts) if i != alone]
            ways += [add(gather([parts[alone]]), gather(order)) for order in (pair, pair[::-1])]
    return min(ways, key=lambda way: (_length(way), _minus_first(way)))


def _minus_first(expr: Expr) -> int:
    """How many sums begin with a minus sign."""
    return sum(isinstance(n, Add) and _negative(n.terms[0]) for n in expr.walk())


def _negative(expr: Expr) -> bool:
    first = expr.factors[0] if isinstance(expr, Mul) else expr
    return isinstance(first, Num) and first.value < 0


# ---------------------------------------------------------------- parts of it


def _parts_rewritten(slope: Expr) -> Expr:
    """Factors that are rational functions of e^z, such as ``e^z / (1 + e^z)``, written with helping functions."""
    products = collect(terms(slope, frozenset(_sums(slope))))
    return gather([_rewritten(p) for p in products])


def _sums(expr: Expr) -> Iterator[Expr]:
    """Sums that stand as factors stay whole."""
    for n in expr.walk():
        if isinstance(n, (Mul, Div, Pow)):
            yield from (c for c in n.children if isinstance(c, Add))


def _rewritten(product: Product) -> Product:
    """The powers of exponentials and of sums of them in one product as one helping function."""
    inside = [(b, e) for b, e in product.powers if _exponential(b)]
    if len(inside) < 2:
        return product
    found = min(_whole(gather([Product(Fraction(1), tuple(inside))]), num(0)), key=_length, default=None)
    if found is None or not isinstance(found, Fn):
        return product
    return Product(product.scale, (*(p for p in product.powers if p not in inside), (found, 1)), product.limits)


def _exponential(base: Expr) -> bool:
    """Whether it is a power of e^z or a sum of them and numbers."""
    parts = base.terms if isinstance(base, Add) else (base,)
    return any(isinstance(p, Fn) for p in parts) and all(
        isinstance(p, Num) or (isinstance(p, Fn) and p.name == "exp") for p in parts
    )
