"""Codes of applied functions: built in, formulas, unknown functions, costs and maps."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from derive.meaning.errors import ShapeError, UnknownName, Unsupported
from derive.meaning.fields import CONSTANTS, ELEMENTARY
from derive.meaning.index import integer
from derive.meaning.kinds import Code, Value, beside_array, is_array
from derive.meaning.numbers import strict
from derive.meaning.watch import Watch

if TYPE_CHECKING:
    from derive.algebra.tree import Fn
    from derive.meaning.compiler import Compiler
    from derive.meaning.kinds import Frame, Scope
    from derive.model.model import Function


def call(c: Compiler, e: Fn, scope: Scope) -> Code:
    """A function applied to its arguments."""
    if not e.slots and e.name in ELEMENTARY:
        return _elementary(c, e, scope)
    if not e.slots and e.name in CONSTANTS:
        value = c.field.constant(e.name)
        return Code(None, lambda _: value)
    if not e.slots and e.name in ("max", "min"):
        return _extreme(c, e, scope)
    if not e.slots and e.name in REDUCTIONS:
        return REDUCTIONS[e.name](c, e, scope)
    function = c.model.functions.get(e.name)
    if function is None:
        raise UnknownName(f"the model has no function {e.name}")
    if function.kind in ("unknown cost", "unknown map"):
        return _of_arrays(c, e, function, scope)
    return _of_numbers(c, e, function, scope)


def _single(e: Fn) -> None:
    if len(e.args) != 1:
        raise ShapeError(f"{e.name} has one argument, not {len(e.args)}")


def _elementary(c: Compiler, e: Fn, scope: Scope) -> Code:
    """``exp`` and its like, entry by entry."""
    _single(e)
    code, function, field = c.code(e.args[0], scope), c.field.elementary(e.name), c.field
    run, order = code.run, e.order
    if order:
        return Code(code.kind, lambda f: field.derivative(function, run(f), order))
    note = NOTES.get(e.name)
    if note is None:
        return Code(code.kind, lambda f: function(run(f)))

    def noted(frame: Frame) -> Value:
        x = run(frame)
        if frame.stage.world.watch.active:
            note(frame.stage.world.watch, field.ordered(x))
        return function(x)

    return Code(code.kind, noted)


NOTES: dict[str, Callable[[Watch, Value], None]] = {
    "abs": lambda watch, x: watch.switch(x, 0),
    "exp": lambda watch, x: watch.exponent(x),
    "tanh": lambda watch, x: watch.exponent(2 * x),
    "erf": lambda watch, x: watch.exponent(x * x),
}
"""What is written down about arguments while numbers are drawn."""


def _extreme(c: Compiler, e: Fn, scope: Scope) -> Code:
    """The largest or smallest of several numbers, or entry by entry of arrays of one shape and literal numbers."""
    codes = [c.code(a, scope) for a in e.args]
    kind = next((code.kind for code in codes if code.kind), None)
    field, larger = c.field, e.name == "max"
    if e.order:
        raise Unsupported(f"a derivative of {e.name} without its arguments: write it as a formula")

    def choose(frame: Frame, x: Value, y: Value) -> Value:
        a, b = field.ordered(x), field.ordered(y)
        frame.stage.world.watch.switch(a, b)
        return field.where(a >= b if larger else a <= b, x, y)

    def value(frame: Frame) -> Value:
        values = [code.run(frame) for code in codes]
        if kind:
            values = [v if code.kind else beside_array(v) for v, code in zip(values, codes, strict=True)]
        return reduce(strict(lambda x, y: choose(frame, x, y), e.name), values)

    return Code(kind, value)


def _of_numbers(c: Compiler, e: Fn, function: Function, scope: Scope) -> Code:
    """A function of one number, of an array entry by entry."""
    _single(e)
    code, layer, name, order = c.code(e.args[0], scope), layer_of(c, e, function, scope), e.name, e.order
    run = code.run
    return Code(code.kind, lambda f: f.stage.world.function(name, layer(f))(f.stage, run(f), order))


def layer_of(c: Compiler, e: Fn, function: Function, scope: Scope) -> Callable[[Frame], int | None]:
    """Which layer's function is meant; None where all layers have the same."""
    if not e.slots:
        if function.per_layer:
            raise UnknownName(f"{e.name} is another function in each layer: which layer is meant?")
        return lambda _: None
    return integer(c, e.slots[0], scope)


def _of_arrays(c: Compiler, e: Fn, function: Function, scope: Scope) -> Code:
    """An unknown cost (a number) or an unknown map (an array like its argument)."""
    if e.order:
        raise Unsupported(f"a derivative of {e.name} that does not say by what: write it as a partial derivative")
    codes = [c.code(a, scope) for a in e.args]
    layer, name, axes = layer_of(c, e, function, scope), e.name, len(scope)
    is_map = function.kind == "unknown map"

    def value(frame: Frame) -> Value:
        apply = frame.stage.world.array_function(name, layer(frame))
        values = [code.run(frame) for code in codes]
        out = apply([_flat(c, v, code.kind is not None, axes) for v, code in zip(values, codes, strict=True)])
        if not is_map:
            return out
        return out.reshape(out.shape[: 1 + axes] + (np.shape(values[0])[1 + axes :] if codes[0].kind else ()))

    return Code(codes[0].kind if is_map else None, value)


def _flat(c: Compiler, value: Value, array: bool, axes: int) -> Value:
    """All entries of one argument in a single last axis."""
    if not is_array(value):
        return np.full((1,) * (axes + 2), value, dtype=type(c.field.const(1)))
    return value.reshape(*value.shape[:-2], -1) if array else value[..., None]


def _square_norm(c: Compiler, e: Fn, scope: Scope) -> Code:
    """The sum of the squares of all entries."""
    _single(e)
    code, field = c.code(e.args[0], scope), c.field
    run = code.run
    if code.kind is None:
        return Code(None, lambda f: field.power(run(f), 2))
    return Code(None, lambda f: field.total(field.power(run(f), 2), (-2, -1)))


def _total(c: Compiler, e: Fn, scope: Scope) -> Code:
    """The sum of all entries."""
    _single(e)
    code, field = c.code(e.args[0], scope), c.field
    run = code.run
    return code if code.kind is None else Code(None, lambda f: field.total(run(f), (-2, -1)))


def _trace(c: Compiler, e: Fn, scope: Scope) -> Code:
    """The sum of the diagonal of a square matrix."""
    _single(e)
    code, field = c.code(e.args[0], scope), c.field
    if code.kind is None:
        return code
    run = code.run

    def value(frame: Frame) -> Value:
        x = run(frame)
        if x.shape[-1] != x.shape[-2]:
            raise ShapeError("the trace of a matrix that is not square")
        return field.total(x.diagonal(axis1=-2, axis2=-1), -1)

    return Code(None, value)


def _softmax(c: Compiler, e: Fn, scope: Scope) -> Code:
    """Softmax over the units of a column, a row, or each sample of a batch."""
    _single(e)
    kind, run = c.array(e.args[0], scope)
    exponential, field = c.field.elementary("exp"), c.field
    if "one" not in kind and "sample" not in kind:
        raise ShapeError("softmax of a matrix: over rows or columns?")
    axis = -2 if kind[1] in ("one", "sample") and kind[0] == "unit" else -1

    def function(x: Value) -> Value:
        powers = exponential(x)
        return powers / np.expand_dims(field.total(powers, axis), axis)

    if e.order:
        raise Unsupported("the derivative of softmax is a matrix: write it as a partial derivative")

    def value(frame: Frame) -> Value:
        x = run(frame)
        frame.stage.world.watch.exponent(field.ordered(x))
        return function(x)

    return Code(kind, value)


REDUCTIONS = {"sqnorm": _square_norm, "total": _total, "trace": _trace, "softmax": _softmax}
