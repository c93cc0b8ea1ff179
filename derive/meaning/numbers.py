"""Codes of arithmetic: sums, products, powers, Kronecker deltas, comparisons, cases."""

from __future__ import annotations

import operator
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from derive.algebra.tree import Num
from derive.meaning.errors import ShapeError, UnknownName
from derive.meaning.index import along, position, whole
from derive.meaning.kinds import Code, beside_array, is_array

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from derive.algebra.tree import Add, Cases, Compare, Div, Kron, Mul, Pow, Sym
    from derive.meaning.compiler import Compiler
    from derive.meaning.kinds import Array, Frame, Scope, Value

    Run = Callable[[Frame], Value]

RELATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


def number(c: Compiler, e: Num, _: Scope) -> Code:
    """An exact number."""
    value = c.field.const(e.value)
    return Code(None, lambda _: value)


def symbol(c: Compiler, e: Sym, scope: Scope) -> Code:
    """A letter: an index as a number, a size, the variable of a formula, a quantity written without a reference."""
    at = position(e, scope)
    if at is not None:
        run, dtype = along(at, len(scope)), type(c.field.const(1))
        return Code(None, lambda f: run(f)[None].astype(dtype))
    name, const, variables, axes = e.name, c.field.const, {s.name for s in c.variables}, 1 + len(scope)
    quantity = c.model.quantities.get(name)
    if quantity is not None and quantity.layer is None and not quantity.axes and name not in variables:
        lift = (slice(None), *(None for _ in scope))
        return Code(None, lambda f: f.stage.fetch(name, None)[lift])

    def value(frame: Frame) -> Value:
        found = frame.letters.get(name)
        if found is None:
            raise UnknownName(f"nothing binds the letter {name}")
        if isinstance(found, int) and name not in variables:
            return const(found)
        return found.reshape(*found.shape, *(1,) * (axes - found.ndim)) if is_array(found) else found

    return Code(None, value)


def fold(operation: Callable[[Value, Value], Value], runs: Sequence[Run]) -> Run:
    """One code that combines the values of several, left to right."""
    if len(runs) == 1:
        return runs[0]
    if len(runs) == 2:
        first, second = runs
        return lambda f: operation(first(f), second(f))
    return lambda f: reduce(operation, [run(f) for run in runs])


def same_shape(x: Array, y: Array, what: str) -> None:
    """Strict: nothing is broadcast.

    Raises:
        ShapeError: rows or columns differ.
    """
    if x.shape[-2:] != y.shape[-2:]:
        raise ShapeError(f"{what} of a {shape_text(x)} and a {shape_text(y)} array")


def shape_text(x: Array) -> str:
    """``3 x 1``."""
    return f"{x.shape[-2]} x {x.shape[-1]}"


def strict(operation: Callable[[Value, Value], Value], what: str) -> Callable[[Value, Value], Value]:
    """The entry-by-entry operation, refusing arrays of different shapes; a literal number stands for all entries."""

    def combine(x: Value, y: Value) -> Value:
        if is_array(x) and is_array(y):
            same_shape(x, y, what)
        return operation(x, y)

    return combine


def addition(c: Compiler, e: Add, scope: Scope) -> Code:
    """A sum of numbers or of arrays of one shape; a literal number beside arrays means all entries equal to it."""
    codes = [c.code(term, scope) for term in e.terms]
    kinds = [code.kind for code in codes if code.kind]
    if not kinds:
        return Code(None, fold(c.field.add, [code.run for code in codes]))
    for term, code in zip(e.terms, codes, strict=True):
        if code.kind is None and not isinstance(term, Num):
            raise ShapeError(f"a number is added to an array: {term}")
    return Code(kinds[0], fold(strict(c.field.add, "a sum"), [code.run for code in codes]))


def product(c: Compiler, e: Mul, scope: Scope) -> Code:
    """A product of numbers, or of numbers and one array."""
    codes = [c.code(factor, scope) for factor in e.factors]
    arrays = [code for code in codes if code.kind]
    if len(arrays) > 1:
        raise ShapeError(f"a product of numbers has {len(arrays)} arrays: say which product is meant")
    scale = fold(c.field.mul, [code.run for code in codes if not code.kind]) if len(codes) > len(arrays) else None
    if not arrays or scale is None:
        return arrays[0] if arrays else Code(None, scale or (lambda _: c.field.const(1)))
    mul, numbers, array = c.field.mul, scale, arrays[0].run
    return Code(arrays[0].kind, lambda f: mul(beside_array(numbers(f)), array(f)))


def quotient(c: Compiler, e: Div, scope: Scope) -> Code:
    """A fraction; of two arrays, or of a literal number and an array, entry by entry."""
    above, below = c.code(e.numerator, scope), c.code(e.denominator, scope)
    if above.kind is None and below.kind is not None and not isinstance(e.numerator, Num):
        raise ShapeError(f"a number is divided by an array: {e}")
    div, top, bottom = strict(c.field.div, "a quotient"), above.run, below.run
    if above.kind is not None and below.kind is None:
        plain = c.field.div
        return Code(above.kind, lambda f: plain(top(f), beside_array(bottom(f))))
    if above.kind is None:
        plain = c.field.div
        return Code(below.kind, lambda f: plain(top(f), bottom(f)))
    return Code(above.kind, lambda f: div(top(f), bottom(f)))


def power(c: Compiler, e: Pow, scope: Scope) -> Code:
    """A power; of an array entry by entry."""
    base = c.code(e.base, scope)
    run, field = base.run, c.field
    fixed = e.exponent.symbols.isdisjoint(c.variables.union(scope))
    exponent = whole(c, e.exponent, ()) if fixed else None
    if exponent is not None and not isinstance(e.exponent, Num):
        count = exponent
        return Code(base.kind, lambda f: field.power(run(f), count(f)))
    if isinstance(e.exponent, Num) and e.exponent.value.denominator == 1:
        n = int(e.exponent.value)
        return Code(base.kind, lambda f: field.power(run(f), n))
    other = c.number(e.exponent, scope)
    meet = beside_array if base.kind else lambda x: x
    return Code(base.kind, lambda f: field.general_power(run(f), meet(other(f))))


def kronecker(c: Compiler, e: Kron, scope: Scope) -> Code:
    """1 where two indices are equal."""
    left, right = whole(c, e.left, scope), whole(c, e.right, scope)
    if left is None or right is None:
        raise UnknownName(f"a Kronecker delta of something that is no index: {e}")
    return Code(None, _flag(c, operator.eq, left, right))


def _flag(c: Compiler, relation: Callable[[Any, Any], Any], left: Run, right: Run) -> Run:
    """The relation of two whole-number codes as a number of the field."""
    flag = c.field.flag

    def run(frame: Frame) -> Value:
        mask = relation(left(frame), right(frame))
        return flag(mask[None] if isinstance(mask, np.ndarray) else mask)

    return run


def comparison(c: Compiler, e: Compare, scope: Scope) -> Code:
    """1 where the relation holds; numbers are compared by their real part, arrays entry by entry with a number."""
    relation, field = RELATIONS[e.op], c.field
    left, right = whole(c, e.left, scope), whole(c, e.right, scope)
    if left is not None and right is not None and not _formal(c, e, scope):
        return Code(None, _flag(c, relation, left, right))
    one, two = c.code(e.left, scope), c.code(e.right, scope)
    x, y = _meeting([one, two])

    def run(frame: Frame) -> Value:
        a, b = field.ordered(x(frame)), field.ordered(y(frame))
        frame.stage.world.watch.switch(a, b)
        return field.flag(relation(a, b))

    return Code(one.kind or two.kind, run)


def _formal(c: Compiler, e: Compare, scope: Scope) -> bool:
    """Whether a letter in the comparison may be the variable of a formula, which is no index."""
    return any(s in c.variables and s not in scope for s in e.symbols)


def _meeting(codes: Sequence[Code]) -> list[Run]:
    """Codes whose values broadcast: numbers get the two axes of arrays where arrays are among them."""
    if not any(code.kind for code in codes):
        return [code.run for code in codes]
    return [code.run if code.kind else _beside(code.run) for code in codes]


def _beside(run: Run) -> Run:
    return lambda f: beside_array(run(f))


def cases(c: Compiler, e: Cases, scope: Scope) -> Code:
    """The first value whose condition holds."""
    codes = [c.code(x, scope) for x in e.children]
    kind = next((code.kind for code in codes if code.kind), None)
    runs = _meeting(codes)
    n, field = len(e.values), c.field

    def run(frame: Frame) -> Value:
        out = runs[-1](frame)
        for value, condition in zip(reversed(runs[:n]), reversed(runs[n : 2 * n]), strict=True):
            out = field.where(field.ordered(condition(frame)) != 0, value(frame), out)
        return out

    return Code(kind, run)
