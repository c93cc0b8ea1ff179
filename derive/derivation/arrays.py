"""From index form to matrix form by series-parallel reduction of the index graph.

Letters are nodes; a factor with one letter is a column on its node, a factor with two letters a matrix on an edge:

    sum_p w_{pk} d_p :   k --w-- p(d)      p is bound and a leaf:   [W^T d]_k   (w's first letter is p: its transpose)

Parallel edges and two columns on a node give an elementwise product, a bound leaf a matrix-vector product, a bound node
of degree two a matrix product (with diag between).  What does not reduce has no matrix form, and that is said.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from derive.algebra.products import Product, terms
from derive.algebra.tree import (
    ONE,
    Add,
    Diag,
    Div,
    Expr,
    Hadamard,
    Kron,
    Num,
    Ones,
    Pow,
    Ref,
    Sum,
    Sym,
    Transpose,
    add,
    mul,
    num,
)
from derive.derivation.entries import Letters, NoMatrixForm, entry, flipped, product, together, whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from derive.derivation.ruleset import EntryOrderRule


IDENTITY = Ref("identity", (), None)
"""Stands on an edge for a Kronecker delta of two free letters."""


@dataclass
class Graph:
    """One product during its reduction."""

    free: Letters
    bound: dict[Sym, Expr]
    sizes: Mapping[Sym, Expr]
    orientation: EntryOrderRule
    numbers: list[Expr] = field(default_factory=list)
    columns: dict[Sym, Expr] = field(default_factory=dict)
    edges: dict[tuple[Sym, Sym], Expr] = field(default_factory=dict)
    log: list[tuple[str, Expr]] = field(default_factory=list)

    # ------------------------------------------------------------ filling

    def load(self, term: Product) -> Graph:
        units = frozenset((*self.free, *self.bound))
        if any(low != ONE or high.symbols & units for _, low, high in term.limits):
            raise NoMatrixForm("a sum that does not run over a whole axis")
        if term.scale != 1:
            self.numbers.append(Num(term.scale))
        for base, exponent in term.powers:
            self._put(base, exponent, units)
        return self

    def _put(self, base: Expr, exponent: int, units: frozenset[Sym]) -> None:
        if isinstance(base, Kron) and base.left in self.free and base.right in self.free:
            self.edge(base.left, base.right, IDENTITY)
            return
        array, letters = self._array(base, units)
        if array.symbols & units or len(set(letters)) < len(letters):
            raise NoMatrixForm("a letter that is not an axis, or the diagonal of a matrix")
        if not letters:
            self.numbers.append(_raised(base, exponent))
        elif len(letters) == 1:
            self.column(letters[0], _raised(array, exponent))
        elif len(letters) == 2:
            self.edge(*letters, _raised(array, exponent))
        else:
            raise NoMatrixForm(f"a factor with {len(letters)} letters")

    def _array(self, base: Expr, units: frozenset[Sym]) -> tuple[Expr, Letters]:
        """A factor as an array; a sum of terms that do not share their letters is brought to array form on its own."""
        try:
            return whole(base, units)
        except NoMatrixForm:
            if not isinstance(base, Add):
                raise
        letters = tuple(v for v in (*self.free, *self.bound) if v in base.symbols)
        if len(letters) > 2:
            raise NoMatrixForm(f"a factor with {len(letters)} letters")
        ends = [(v, self.sizes[v] if v in self.sizes else self.bound[v]) for v in letters]
        return to_array(base, ends, self.orientation)[0], letters

    def column(self, letter: Sym, array: Expr) -> None:
        """A column on a node; a second one there multiplies elementwise."""
        self.columns[letter] = together(self.columns[letter], array) if letter in self.columns else array

    def edge(self, row: Sym, column: Sym, array: Expr) -> None:
        """A matrix between two nodes; a parallel one multiplies elementwise."""
        if (column, row) in self.edges:
            row, column, array = column, row, flipped(array)
        old = self.edges.get((row, column))
        if old is not None and IDENTITY in (old, array):
            raise NoMatrixForm("the diagonal of a matrix")
        self.edges[row, column] = together(old, array) if old is not None else array

    # ------------------------------------------------------------ reducing

    def reduce(self) -> Expr:
        """The array whose axes are the free letters, in their order."""
        self._write("index form")
        while self.bound:
            letter = min(self.bound, key=lambda v: (len(self._around(v)), list(self.bound).index(v)))
            self._remove(letter, self._around(letter))
        return mul(*self.numbers, self._core())

    def _around(self, letter: Sym) -> list[tuple[Sym, Sym]]:
        return [e for e in self.edges if letter in e]

    def _remove(self, letter: Sym, around: list[tuple[Sym, Sym]]) -> None:
        """One bound letter summed away."""
        if len(around) > 2:
            raise NoMatrixForm(f"the letter {letter.name} joins {len(around)} matrices")
        around = sorted(around, key=lambda e: self._place(e[1] if e[0] == letter else e[0]))
        reached = [self._oriented(e, letter, last=i == 0) for i, e in enumerate(around)]
        for e in around:
            del self.edges[e]
        if reached:
            self._show_transposes(letter, reached)
        size = self.bound.pop(letter)
        column = self.columns.pop(letter, None)
        self._joined(reached, column, size)
        self._write("matrix-vector product" if len(reached) < 2 else "matrix product")

    def _place(self, letter: Sym) -> int:
        """Rows first: the order of the letters of the result."""
        return self.free.index(letter) if letter in self.free else len(self.free)

    def _oriented(self, e: tuple[Sym, Sym], letter: Sym, *, last: bool) -> tuple[Sym, Expr]:
        """(the other end, the matrix with ``letter`` as its column (``last``) or as its row)."""
        other = e[1] if e[0] == letter else e[0]
        row, column = (other, letter) if last else (letter, other)
        array = self.edges[e]
        return other, flipped(array) if self.orientation.transposed(row, column, e[0]) else array

    def _show_transposes(self, letter: Sym, reached: list[tuple[Sym, Expr]]) -> None:
        """The line in which a transpose appears: ``w_{pk} = [W^T]_{kp}``."""
        turned = [a for (_, a) in reached if isinstance(a, Transpose)]
        if not turned:
            return
        places = [(o, letter) if i == 0 else (letter, o) for i, (o, _) in enumerate(reached)]
        extra = [entry(a, place) for (_, a), place in zip(reached, places, strict=True)]
        self.log.append(("transpose", self._expression(extra)))

    def _joined(self, reached: list[tuple[Sym, Expr]], column: Expr | None, size: Expr) -> None:
        if not reached:
            self.numbers.append(_inner(column, size))
        elif len(reached) == 1:
            (other, matrix) = reached[0]
            self.column(other, product(matrix, column if column is not None else Ones(size)))
        else:
            (row, left), (other, right) = reached
            self.edge(row, other, product(left, *([Diag(column)] if column is not None else []), right))

    def _core(self) -> Expr:
        if not self.free:
            return ONE
        if len(self.free) == 1:
            return self.columns.get(self.free[0]) or Ones(self.sizes[self.free[0]])
        row, column = self.free
        matrix = self._between(row, column)
        u, v = self.columns.get(row), self.columns.get(column)
        if matrix is None:
            first, second = self.orientation.outer(u or Ones(self.sizes[row]), v or Ones(self.sizes[column]))
            return product(first, flipped(second))
        if matrix == IDENTITY:
            found = [x for x in (u, v) if x is not None]
            return Diag(together(*found) if found else Ones(self.sizes[row]))
        return product(*([Diag(u)] if u else []), matrix, *([Diag(v)] if v else []))

    def _between(self, row: Sym, column: Sym) -> Expr | None:
        if (row, column) in self.edges:
            return self.edges[row, column]
        found = self.edges.get((column, row))
        return None if found is None else flipped(found)

    # ------------------------------------------------------------ the lines of the page

    def _write(self, rule: str) -> None:
        self.log.append((rule, self._expression([])))

    def _expression(self, extra: Sequence[Expr]) -> Expr:
        """The present state as a number."""
        outside = [_identity(a, e) for e, a in self.edges.items() if not set(e) & set(self.bound)]
        factors = [entry(a, (v,)) for v, a in self.columns.items() if v not in self.bound]
        inner = [_identity(a, e) for e, a in self.edges.items() if set(e) & set(self.bound)]
        inside = [entry(a, (v,)) for v, a in self.columns.items() if v in self.bound]
        body = mul(*inner, *extra, *inside)
        for letter, high in reversed(self.bound.items()):
            body = Sum(body, letter, ONE, high)
        return mul(*self.numbers, *outside, *factors, body)


def _raised(base: Expr, exponent: int) -> Expr:
    if exponent == -1:
        return Div(ONE, base)
    return base if exponent == 1 else Pow(base, num(exponent))


def _inner(column: Expr | None, size: Expr) -> Expr:
    """The sum of the entries of a column; of an elementwise product ``u o v`` it is ``u^T v``."""
    if isinstance(column, Hadamard):
        first, *rest = column.factors
        return product(Transpose(first), together(*rest))
    return product(Transpose(Ones(size)), column if column is not None else Ones(size))


def _identity(array: Expr, e: tuple[Sym, Sym]) -> Expr:
    return Kron(*e) if array == IDENTITY else entry(array, e)


def to_array(
    expr: Expr, free: Sequence[tuple[Sym, Expr]], orientation: EntryOrderRule
) -> tuple[Expr, list[list[tuple[str, Expr]]]]:
    """The array form of a number with free letters, and for each of its products the lines of the reduction.

    Raises:
        NoMatrixForm: it has none.
    """
    if len(free) > 2:
        raise NoMatrixForm(f"an array with {len(free)} axes")
    letters = tuple(v for v, _ in free)
    arrays, logs = [], []
    for term in _unexpanded(expr):
        bound = {v: high for v, _, high in term.limits}
        graph = Graph(letters, bound, dict(free), orientation).load(term)
        arrays.append(graph.reduce())
        logs.append(graph.log)
    return add(*arrays), logs


def _unexpanded(expr: Expr) -> list[Product]:
    """The products of a sum, factors that are sums kept whole."""
    parts = expr.terms if isinstance(expr, Add) else (expr,)
    return [t for part in parts for t in terms(part, frozenset(n for n in part.walk() if isinstance(n, Add)))]
