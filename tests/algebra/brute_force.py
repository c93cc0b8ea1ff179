"""Values of trees by writing every sum out, in exact fractions, apart from the product's own meaning."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

import numpy as np
from hypothesis import strategies as st

from derive.algebra.tree import (
    ONE,
    Add,
    Compare,
    Diag,
    Div,
    Elem,
    Expr,
    Fn,
    Hadamard,
    Kron,
    MatMul,
    Mul,
    Num,
    Ones,
    Pow,
    Prod,
    Ref,
    Sum,
    Sym,
    Transpose,
    num,
)

Array = np.ndarray[Any, Any]
"""Two axes of fractions."""

SIZE = 2
n, m, N, L = Sym("n"), Sym("m"), Sym("N"), Sym("L")
i, j, k, p, q, l = map(Sym, "ijkpql")
SIZES: Mapping[Sym, Fraction] = {n: Fraction(SIZE), m: Fraction(3), N: Fraction(5), L: Fraction(3)}
COMPARE: dict[str, Callable[[Any, Any], bool]] = {"!=": lambda x, y: x != y, "<=": lambda x, y: x <= y}


@dataclass(frozen=True)
class Numbers:
    """Numbers for every member of every quantity, each from its own stream; ``shapes``: letters of the axes' ends."""

    seed: int
    shapes: Mapping[str, tuple[Sym, ...]] = field(default_factory=dict)

    def draw(self, *what: object) -> Fraction:
        """Never 0, and not often equal to another."""
        stream = random.Random(f"{self.seed}:{what}")
        return Fraction(stream.choice((1, -1)) * stream.randint(1, 97), stream.randint(1, 13))

    def value(self, x: Expr, at: Mapping[Sym, Any]) -> Any:
        """A fraction, or an array of them with two axes."""
        if isinstance(x, Num):
            return x.value
        if isinstance(x, Sym):
            return at[x] if x in at else SIZES[x]
        if isinstance(x, Ref):
            return self._member(x, at)
        if isinstance(x, Sum | Prod):
            return self._bound(x, at)
        return self._node(x, [self.value(c, at) for c in x.children])

    def _bound(self, x: Sum | Prod, at: Mapping[Sym, Any]) -> Any:
        low, high = self.value(x.low, at), self.value(x.high, at)
        values = [self.value(x.body, {**at, x.index: Fraction(m)}) for m in range(int(low), int(high) + 1)]
        return sum(values, Fraction(0)) if isinstance(x, Sum) else prod(values, start=Fraction(1))

    def _member(self, x: Ref, at: Mapping[Sym, Any]) -> Any:
        where = tuple(self.value(s, at) for s in x.slots)
        if x.entries is not None:
            return self.draw(x.name, where, tuple(self.value(e, at) for e in x.entries))
        sizes = [int(SIZES[s]) for s in self.shapes.get(x.name, ())]
        out = np.empty((*sizes, *[1] * (2 - len(sizes))), dtype=object)
        for place in product(*(range(size) for size in sizes)):
            entries = tuple(Fraction(m + 1) for m in place)
            out[(*place, *[0] * (2 - len(sizes)))] = self.draw(x.name, where, entries)
        return out

    def _node(self, x: Expr, v: Sequence[Any]) -> Any:
        """Of arithmetic and arrays."""
        if isinstance(x, Add):
            return sum(v[1:], v[0])
        if isinstance(x, Mul | Hadamard):
            return prod(map(plain, v), start=Fraction(1))
        if isinstance(x, Div):
            return plain(v[0]) / v[1]
        if isinstance(x, Pow):
            return v[0] ** int(v[1])
        if isinstance(x, Kron):
            return Fraction(v[0] == v[1])
        if isinstance(x, Compare):
            return Fraction(COMPARE[x.op](*v))
        return self._function(x, v) if isinstance(x, Fn) else self._array(x, v)

    def _function(self, x: Fn, v: Sequence[Any]) -> Any:
        """Any function: a number for each argument."""
        (u,) = v
        if not isinstance(u, np.ndarray):
            return self.draw(x.name, x.order, u)
        out = np.empty(u.shape, dtype=object)
        for place in np.ndindex(*u.shape):
            out[place] = self.draw(x.name, x.order, u[place])
        return out

    def _array(self, x: Expr, v: Sequence[Any]) -> Any:
        if isinstance(x, MatMul):
            out = v[0]
            for factor in v[1:]:
                out = out @ factor
            return out
        if isinstance(x, Transpose):
            return v[0].T
        if isinstance(x, Diag):
            out = np.full((len(v[0]), len(v[0])), Fraction(0), dtype=object)
            np.fill_diagonal(out, v[0][:, 0])
            return out
        if isinstance(x, Ones):
            return np.full((int(v[0]), 1), Fraction(1), dtype=object)
        assert isinstance(x, Elem), type(x)
        places = [int(e) - 1 for e in v[1:]]
        return v[0][(*places, *[0] * (2 - len(places)))]


def plain(value: Any) -> Any:
    """An array of one number in a product of numbers is that number."""
    return value[0, 0] if isinstance(value, np.ndarray) and value.shape == (1, 1) else value


def ref(name: str, *entries: Expr) -> Ref:
    return Ref(name, (), entries)


def total(body: Expr, letter: Sym, high: Expr = n) -> Sum:
    """The sum from 1."""
    return Sum(body, letter, ONE, high)


def every(letters: Sequence[Sym], size: int = SIZE) -> list[dict[Sym, Fraction]]:
    """All values of the letters."""
    return [dict(zip(letters, map(Fraction, v), strict=True)) for v in product(range(1, size + 1), repeat=len(letters))]


# ---------------------------------------------------------------- random expressions in the free letters i, j, k

LETTERS = (i, j, k)


def leaves() -> st.SearchStrategy[Expr]:
    """Numbers and members, some on one letter, some on two."""
    letters = st.sampled_from(LETTERS)
    return st.one_of(
        st.integers(-3, 3).map(num),
        st.sampled_from([num("1/2"), num("-2/3"), ref("c"), N]),
        st.builds(ref, st.sampled_from("ab"), letters),
        st.builds(lambda u, v: ref("w", u, v), letters, letters),
        st.builds(Kron, letters, letters),
    )


def grown(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    """One operation more; sums bind one of the free letters, so that letters clash as often as they can."""
    below = st.sampled_from(
        [num(2), N, ref("c"), ref("a", i), ref("b", j), Add((num(1), ref("a", k))), Mul((N, ref("c")))]
    )
    return st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda xs: Add(tuple(xs))),
        st.lists(inner, min_size=2, max_size=3).map(lambda xs: Mul(tuple(xs))),
        st.builds(total, inner, st.sampled_from(LETTERS)),
        st.builds(Div, inner, below),
        st.builds(lambda x, e: Pow(x, num(e)), inner, st.integers(0, 2)),
        st.builds(lambda x: Div(x, Div(num(3), Add((num(1), ref("a", k))))), inner),
    )


def numbers_in_letters() -> st.SearchStrategy[Expr]:
    """Random numbers in index form."""
    return st.recursive(leaves(), grown, max_leaves=6)
