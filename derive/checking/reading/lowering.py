"""Products of partial derivatives in the schematic convention, written out: contracted over what neighbours share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.tree import ONE, Add, Elem, Expr, Hadamard, MatMul, Mul, Partial, Ref, Sum, Sym, Transpose
from derive.notation.raw import Chain
from derive.notation.shapes import Shape, is_number, of_member, sizes
from derive.notation.typing import shape_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from derive.notation.symbols import SymbolTable


class NeedsEntries(Exception):
    """A chain through a matrix: only its entries can be written out."""


def has_chain(e: Expr) -> bool:
    return any(isinstance(n, Chain) for n in e.walk())


def lowered(e: Expr, table: SymbolTable) -> Expr:
    """The expression with every chain as a matrix product of Jacobians.

    Raises:
        NeedsEntries: a chain leads through an array with two axes.
    """
    if not isinstance(e, Chain):
        return e.map(lambda child: lowered(child, table))
    path = _path(e)
    shapes = [shape_of(p.wrt, table) for p in path]
    if any(len(s) > 1 and s[1] != ONE for s in (*shapes, shape_of(path[0].of, table))):
        raise NeedsEntries
    made: Expr = path[0]
    scalar = is_number(shape_of(path[0].of, table))
    for p, variable in zip(path[1:], shapes, strict=False):
        if is_number(variable):
            made = Mul((made, p))
        elif scalar:
            made = MatMul((Transpose(p), made))
        else:
            made = MatMul((made, p))
    return made


def _path(chain: Chain) -> list[Partial]:
    """The links from what is differentiated to the variable, whatever the order in which they stand.

    Raises:
        NeedsEntries: they are no single path (a derivative of something by itself is none).
    """
    rest = [f for f in chain.factors if isinstance(f, Partial)]
    bottoms = {p.wrt for p in rest}
    path = [p for p in rest if p.of not in bottoms][:1]
    while path and len(path) < len(rest):
        following = [p for p in rest if p.of == path[-1].wrt and p not in path]
        if not following:
            break
        path.append(following[0])
    if len(path) < len(rest):
        raise NeedsEntries
    return path


def entry(e: Expr, index: Sequence[Expr], table: SymbolTable) -> Expr:
    """One entry of an array expression that may hold chains."""
    if isinstance(e, Chain):
        return _entry_of_chain(e, index, table)
    if isinstance(e, Partial) and len(shape_of(e, table)) > 2:
        return _entry_of_chain(Chain((e,)), index, table)
    if isinstance(e, Add):
        return Add(tuple(entry(t, index, table) if _is_array(t, table) else t for t in e.terms))
    if isinstance(e, Mul):
        return Mul(tuple(entry(f, index, table) if _is_array(f, table) else f for f in e.factors))
    if isinstance(e, Hadamard):
        return Mul(tuple(entry(f, index, table) for f in e.factors))
    if isinstance(e, Transpose):
        return entry(e.arg, tuple(reversed(index)), table)
    if not _is_array(e, table):
        return e
    return Elem(lowered(e, table), tuple(index))


def _is_array(e: Expr, table: SymbolTable) -> bool:
    if isinstance(e, Chain):
        return True
    return not is_number(shape_of(e, table))


def _entry_of_chain(chain: Chain, index: Sequence[Expr], table: SymbolTable) -> Expr:
    """The sum over all entries of the variables between; ``index``: first the entry of what is differentiated."""
    path = _path(chain)
    factors: list[Expr] = []
    sums: list[tuple[Sym, Expr]] = []
    of, rest = _first(path[0].of, index, table)
    for n, p in enumerate(path):
        last = n == len(path) - 1
        letters = list(rest) if last else [Sym(f"c{n}_{m}") for m in range(len(_ends(p.wrt, table)))]
        if not last:
            sums += [(x, end) for x, end in zip(letters, _ends(p.wrt, table), strict=True) if isinstance(x, Sym)]
        wrt = _member(p.wrt, letters)
        factors.append(Partial(of, wrt))
        of = wrt
    body: Expr = Mul(tuple(factors)) if len(factors) > 1 else factors[0]
    for letter, end in reversed(sums):
        body = Sum(body, letter, ONE, end)
    return body


def _first(of: Expr, index: Sequence[Expr], table: SymbolTable) -> tuple[Expr, Sequence[Expr]]:
    """One entry of what is differentiated, and the letters that are left for the variable."""
    shape = shape_of(of, table)
    if is_number(shape):
        return of, index
    if not isinstance(of, Ref) or of.entries is not None:
        raise NeedsEntries
    ends = _ends(of, table)
    own, rest = index[: len(shape)], index[len(shape) :]
    return _member(of, own[: len(ends)]), rest


def _ends(e: Expr, table: SymbolTable) -> Shape:
    if not isinstance(e, Ref):
        return ()
    return sizes(table.quantities[e.name], e.slots) if e.entries is None else of_member(e, table.quantities)


def _member(e: Expr, letters: Sequence[Expr]) -> Expr:
    if isinstance(e, Ref) and e.entries is None:
        return Ref(e.name, e.slots, tuple(letters))
    return e
