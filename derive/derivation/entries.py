"""Entries and arrays: ``w_{kj}`` is an entry of ``W``, ``f'(z_k)`` one of ``f'(z)``."""

from __future__ import annotations

from derive.algebra.tree import (
    ONE,
    Add,
    Diag,
    Div,
    Elem,
    Expr,
    Fn,
    Hadamard,
    MatMul,
    Mul,
    Partial,
    Pow,
    Ref,
    Sym,
    Transpose,
    mul,
)


class NoMatrixForm(Exception):
    """A factor with three letters, or a letter that joins three matrices."""


Letters = tuple[Sym, ...]


def whole(factor: Expr, units: frozenset[Sym]) -> tuple[Expr, Letters]:
    """A factor as an array and the letters of its axes: ``w[l; k, j] -> W^l, (k, j)``.

    Raises:
        NoMatrixForm: its letters do not agree (``a_i b_j`` inside one function).
    """
    seen: list[Letters] = []
    if not factor.symbols & units:
        return factor, ()
    array = _whole(factor, units, seen)
    letters = list(dict.fromkeys(seen))
    if len(letters) > 1:
        raise NoMatrixForm(f"factors on different letters in one factor: {letters}")
    return array, letters[0] if letters else ()


def _whole(expr: Expr, units: frozenset[Sym], seen: list[Letters]) -> Expr:
    if isinstance(expr, Ref):
        letters = tuple(e for e in expr.entries or () if isinstance(e, Sym) and e in units)
        if not letters:
            return expr
        if len(letters) != len(expr.entries or ()):
            raise NoMatrixForm(f"only some axes of {expr.name} are free")
        seen.append(letters)
        return Ref(expr.name, expr.slots, None, expr.time)
    if isinstance(expr, Partial):
        if expr.of.symbols & units:
            raise NoMatrixForm("a derivative of one entry of an array by an entry of another")
        return Partial(expr.of, _whole(expr.wrt, units, seen))
    if isinstance(expr, Fn):
        return Fn(expr.name, tuple(_whole(a, units, seen) for a in expr.args), expr.slots, expr.order)
    return _arithmetic(expr, units, seen) if expr.symbols & units else expr


def _arithmetic(expr: Expr, units: frozenset[Sym], seen: list[Letters]) -> Expr:
    if isinstance(expr, Mul):
        return _elementwise(expr, units, seen)
    if isinstance(expr, Add) and not all(t.symbols & units for t in expr.terms):
        raise NoMatrixForm("a number beside an array")
    if isinstance(expr, Add | Div | Pow):
        return expr.map(lambda child: _whole(child, units, seen))
    raise NoMatrixForm(f"no array form of {type(expr).__name__}")


def _elementwise(expr: Mul, units: frozenset[Sym], seen: list[Letters]) -> Expr:
    parts = [_whole(f, units, seen) for f in expr.factors]
    numbers = [p for p, f in zip(parts, expr.factors, strict=True) if not f.symbols & units]
    arrays = [p for p, f in zip(parts, expr.factors, strict=True) if f.symbols & units]
    return mul(*numbers, arrays[0] if len(arrays) == 1 else Hadamard(tuple(arrays)))


def entry(array: Expr, letters: Letters) -> Expr:
    """One entry of an array, as a reader would write it: ``w_{kj}`` rather than ``[W]_{kj}``."""
    if not letters:
        return array
    if isinstance(array, Ref):
        return Ref(array.name, array.slots, tuple(letters), array.time)
    if isinstance(array, Partial) and isinstance(array.wrt, Ref):
        return Partial(array.of, entry(array.wrt, letters))
    if isinstance(array, Fn):
        return Fn(array.name, tuple(entry(a, letters) for a in array.args), array.slots, array.order)
    return Elem(array, tuple(letters))


def flipped(array: Expr) -> Expr:
    """The transpose; twice is none; of a product the transposes in reverse order."""
    if isinstance(array, Transpose):
        return array.arg
    if isinstance(array, MatMul):
        return MatMul(tuple(flipped(f) for f in reversed(array.factors)))
    if isinstance(array, Diag):
        return array
    return Transpose(array)


def product(*factors: Expr) -> Expr:
    """A matrix product, nested products flattened."""
    flat: list[Expr] = []
    for f in factors:
        flat.extend(f.factors if isinstance(f, MatMul) else (f,))
    return flat[0] if len(flat) == 1 else MatMul(tuple(flat))


def together(*arrays: Expr) -> Expr:
    """An elementwise product, flattened; with ``1 / A`` among the factors a fraction, entry by entry."""
    below = [a.denominator for a in arrays if isinstance(a, Div) and a.numerator == ONE]
    if below and len(below) < len(arrays):
        above = [a for a in arrays if not (isinstance(a, Div) and a.numerator == ONE)]
        return Div(together(*above), together(*below))
    flat: list[Expr] = []
    for a in arrays:
        flat.extend(a.factors if isinstance(a, Hadamard) else (a,))
    return flat[0] if len(flat) == 1 else Hadamard(tuple(flat))
