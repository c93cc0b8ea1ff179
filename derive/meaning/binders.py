"""Codes of sums and products over a letter: over an axis for units and samples, by a loop for layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.tree import Binder, Expr, Sym
from derive.meaning.errors import RangeError, ShapeError
from derive.meaning.index import integer
from derive.meaning.kinds import Code, is_array

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from derive.algebra.tree import MatProd, Paths, Prod, Sum
    from derive.meaning.compiler import Compiler
    from derive.meaning.kinds import Frame, Scope, Value

HIDDEN = Sym("")
"""Takes the place of an axis letter that a layer letter of the same name hides."""


def summation(c: Compiler, e: Sum, scope: Scope) -> Code:
    """A sum."""
    if e.index in c.slot_letters(e.body):
        return _loop(c, e, scope, c.field.add, 0)
    return _axis(c, e, scope, c.field.total, lambda x, n: c.field.mul(x, c.field.const(n)))


def running_product(c: Compiler, e: Prod, scope: Scope) -> Code:
    """A product of numbers."""
    if e.index in c.slot_letters(e.body):
        return _loop(c, e, scope, c.field.mul, 1)
    c.number(e.body, (*scope, e.index))
    return _axis(c, e, scope, c.field.product, c.field.power)


def _axis(
    c: Compiler, e: Binder, scope: Scope, reduce: Callable[..., Value], repeat: Callable[[Value, int], Value]
) -> Code:
    """Reduce over one more axis; where the body does not depend on the letter, repeat it."""
    low, high = integer(c, e.low, scope), integer(c, e.high, scope)
    body = c.code(e.body, (*scope, e.index))
    run, axis = body.run, 1 + len(scope)

    def value(frame: Frame) -> Value:
        first, last = low(frame), high(frame)
        frame.domains.append((first, last))
        out = run(frame)
        frame.domains.pop()
        count = max(last - first + 1, 0)
        if not is_array(out):
            return repeat(out, count)
        if out.shape[axis] == count:
            return reduce(out, axis)
        return repeat(out[(slice(None),) * axis + (0,)], count)

    return Code(body.kind, value)


def _members(c: Compiler, e: Binder, scope: Scope) -> Callable[[Frame], Iterator[None]]:
    """Sets the layer letter to each of its numbers in turn."""
    low, high, name = integer(c, e.low, scope), integer(c, e.high, scope), e.index.name

    def each(frame: Frame) -> Iterator[None]:
        outer = frame.letters.get(name)
        for number in range(low(frame), high(frame) + 1):
            frame.letters[name] = number
            yield
        if outer is None:
            frame.letters.pop(name, None)
        else:
            frame.letters[name] = outer

    return each


def hidden(scope: Scope, letter: Expr) -> Scope:
    """The scope inside a loop over ``letter``."""
    return tuple(HIDDEN if s == letter else s for s in scope)


def _loop(c: Compiler, e: Binder, scope: Scope, combine: Callable[[Value, Value], Value], empty: int) -> Code:
    body, each = c.code(e.body, hidden(scope, e.index)), _members(c, e, scope)
    run, nothing = body.run, c.field.const(empty)

    def value(frame: Frame) -> Value:
        out = None
        for _ in each(frame):
            term = run(frame)
            try:
                out = term if out is None else combine(out, term)
            except ValueError:  # NumPy's word for arrays that do not conform
                raise ShapeError("the arrays of different layers do not go together in one sum or product") from None
        if out is None and body.kind:
            raise RangeError("a sum of arrays over no layer at all has no shape")
        return nothing if out is None else out

    return Code(body.kind, value)


def paths(c: Compiler, e: Paths, scope: Scope) -> Code:
    """A sum over the units of several layers at once: one axis for each layer, which only the network knows."""
    low, high, width = (integer(c, x, hidden(scope, e.letter)) for x in (e.low, e.high, e.width))
    name, index = e.letter.name, e.index.name
    c.path_letters.add(e.letter)

    def value(frame: Frame) -> Value:
        first, last = low(frame), high(frame)
        sizes = [_with_letter(frame, index, q, width) for q in range(first, last + 1)]
        body = c.number(e.body, (*scope, *(e.letter for _ in sizes)))
        frame.domains += [(1, n) for n in sizes]
        out = _with_letter(frame, name, (first, len(scope)), body)
        del frame.domains[len(scope) :]
        for axis, n in reversed(list(enumerate(sizes, start=1 + len(scope)))):
            one = not is_array(out) or out.shape[axis] < n
            out = c.field.mul(out, c.field.const(n)) if one else out
            out = c.field.total(out, axis) if is_array(out) else out
        return out

    return Code(None, value)


def _with_letter(frame: Frame, name: str, number: object, run: Callable[[Frame], Value]) -> Value:
    """The value with a letter set, and set back afterwards."""
    outer = frame.letters.get(name)
    frame.letters[name] = number
    out = run(frame)
    if outer is None:
        del frame.letters[name]
    else:
        frame.letters[name] = outer
    return out


def matrix_product(c: Compiler, e: MatProd, scope: Scope) -> Code:
    """A product of matrices; None where it has no factor, which stands for an identity of the fitting size."""
    kind, run = c.array(e.body, hidden(scope, e.index))
    each, matmul = _members(c, e, scope), c.field.matmul

    def value(frame: Frame) -> Value:
        out = None
        for _ in each(frame):
            factor = run(frame)
            if out is not None and out.shape[-1] != factor.shape[-2]:
                raise ShapeError(f"a product of matrices with {out.shape[-1]} columns and {factor.shape[-2]} rows")
            out = factor if out is None else matmul(out, factor)
        return out

    return Code(kind, value)
