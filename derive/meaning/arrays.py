"""Codes of array form, evaluated as arrays: never through entries, so that it checks the index form independently."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from derive.algebra.tree import Ref, Sym
from derive.meaning.errors import ShapeError
from derive.meaning.index import integer
from derive.meaning.kinds import Code, beside_array, is_array
from derive.meaning.numbers import fold, shape_text, strict

if TYPE_CHECKING:
    from collections.abc import Callable

    from derive.algebra.tree import Diag, Hadamard, MatMul, Ones, Transpose
    from derive.meaning.compiler import Compiler
    from derive.meaning.kinds import Frame, Kind, Scope, Side, Value


def matmul(c: Compiler, e: MatMul, scope: Scope) -> Code:
    """A matrix product; a row times a column is a number."""
    codes = [c.code(factor, scope) for factor in e.factors]
    if not any(code.kind for code in codes):
        return Code(None, fold(c.field.mul, [code.run for code in codes]))
    kinds: list[tuple[Side, Side]] = [code.kind or ("one", "one") for code in codes]
    run = fold(_conforming(c), [_as_matrix(c, code, len(scope)) for code in codes])
    kind: Kind = (kinds[0][0], kinds[-1][1])
    if kind == ("one", "one"):
        return Code(None, lambda f: run(f)[..., 0, 0])
    return Code(kind, run)


def _conforming(c: Compiler) -> Callable[[Value, Value], Value]:
    product = c.field.matmul

    def combine(x: Value, y: Value) -> Value:
        if x is None or y is None:  # an empty product of matrices
            return y if x is None else x
        if x.shape[-1] != y.shape[-2]:
            raise ShapeError(f"a matrix product of a {shape_text(x)} and a {shape_text(y)} array")
        return product(x, y)

    return combine


def _as_matrix(c: Compiler, code: Code, axes: int) -> Callable[[Frame], Value]:
    """The code's value; a number as an array of one row and column."""
    run, dtype = code.run, type(c.field.const(1))
    if code.kind:
        return run

    def single(frame: Frame) -> Value:
        value = run(frame)
        return beside_array(value) if is_array(value) else np.full((1,) * (axes + 3), value, dtype=dtype)

    return single


def hadamard(c: Compiler, e: Hadamard, scope: Scope) -> Code:
    """An elementwise product."""
    codes = [c.code(factor, scope) for factor in e.factors]
    if not any(code.kind for code in codes):
        return Code(None, fold(c.field.mul, [code.run for code in codes]))
    if not all(code.kind for code in codes):
        raise ShapeError("an elementwise product of a number and an array")
    return Code(codes[0].kind, fold(strict(c.field.mul, "an elementwise product"), [code.run for code in codes]))


def transpose(c: Compiler, e: Transpose, scope: Scope) -> Code:
    """A transpose; of a number the number."""
    code = c.code(e.arg, scope)
    if code.kind is None:
        return code
    run = code.run

    def value(frame: Frame) -> Value:
        out = run(frame)
        return out if out is None else out.swapaxes(-1, -2)

    return Code((code.kind[1], code.kind[0]), value)


def diagonal(c: Compiler, e: Diag, scope: Scope) -> Code:
    """The diagonal matrix of a column."""
    kind, run = c.array(e.arg, scope)
    if kind[1] != "one":
        raise ShapeError("a diagonal matrix of something that is not a column")

    def value(frame: Frame) -> Value:
        column = run(frame)
        n = column.shape[-2]
        out = np.zeros((*column.shape[:-1], n), dtype=column.dtype)
        out[..., np.arange(n), np.arange(n)] = column[..., 0]
        return out

    return Code((kind[0], kind[0]), value)


def ones(c: Compiler, e: Ones, scope: Scope) -> Code:
    """A column of ones."""
    size, dtype = integer(c, e.size, scope), type(c.field.const(1))
    samples = isinstance(e.size, Sym | Ref) and e.size.name in c.sample_sizes
    lead = (1,) * (1 + len(scope))
    return Code(("sample" if samples else "unit", "one"), lambda f: np.ones((*lead, size(f), 1), dtype=dtype))
