"""The pass to columns: arrays of a batch are stored as (units, samples), so that a layer is ``W @ A``.

Each rule is an identity of arrays.  The variables of ``BATCH`` stand for their transposes from here on.
"""

from __future__ import annotations

from dataclasses import replace

from derive.algebra.tree import Expr, MatMul, Transpose
from derive.codegen.helpers import PARAMETER
from derive.codegen.nodes import Name, NewAxis, Reduce
from derive.codegen.program import Helper, Loop, Op, Program, Statement
from derive.codegen.training.variables import BATCH, letter, rank, swapped


def columns(program: Program) -> Program:
    """The program with samples as columns, and with the calls of its helpers written out."""
    bodies: dict[str, Expr] = {}
    for helper in program.helpers:  # those that others call stand first
        bodies[helper.name] = unfolded(body(helper), bodies)

    def each(s: Statement) -> Statement:
        return replace(s, body=tuple(map(one, s.body))) if isinstance(s, Loop) else one(s)

    def one(op: Op) -> Op:
        return _op(replace(op, value=unfolded(op.value, bodies)))

    return Program(
        forward=tuple(map(each, program.forward)),
        costs=tuple(map(one, program.costs)),
        errors=tuple(map(each, program.errors)),
        gradients=tuple(map(each, program.gradients)),
        input_gradient=one(program.input_gradient),
        helpers=(),
    )


def body(helper: Helper) -> Expr:
    """What a helper computes, as one expression of its parameter."""
    value = helper.result
    for name, part in reversed(helper.lines):
        value = swapped(value, {Name(name): part})
    return value


def unfolded(expr: Expr, bodies: dict[str, Expr]) -> Expr:
    """Calls of helpers replaced by what they compute."""
    expr = expr.map(lambda child: unfolded(child, bodies))
    name = getattr(expr, "name", "")
    if name not in bodies:
        return expr
    (argument,) = expr.children
    return swapped(bodies[name], {Name(PARAMETER): argument})


def _op(op: Op) -> Op:
    value = _in_columns(op.value)
    return replace(op, value=transposed(value) if letter(Name(op.target)) in BATCH else value, shape=_shape(op))


def _shape(op: Op) -> str:
    """``(N, 32) -> (32, N)``"""
    if letter(Name(op.target)) not in BATCH:
        return op.shape
    return f"({', '.join(reversed(op.shape.strip('()').split(', ')))})"


def _in_columns(expr: Expr) -> Expr:
    """The same array: each array of a batch is the transpose of the one that is stored."""
    if letter(expr) in BATCH:
        return Transpose(expr)
    expr = expr.map(_in_columns)
    if isinstance(expr, Reduce) and expr.axis is not None and not expr.keep:
        return Reduce(expr.op, transposed(expr.arg), 1 - expr.axis)
    if isinstance(expr, Reduce) and expr.axis is None:
        return Reduce(expr.op, transposed(expr.arg), None) if rank(expr.arg) == 2 and _batch(expr.arg) else expr
    if isinstance(expr, Transpose):
        return transposed(expr.arg)
    return expr


def _batch(expr: Expr) -> bool:
    return any(letter(n) in BATCH for n in expr.walk())


def transposed(expr: Expr) -> Expr:
    """``(A + b)^T = A^T + b[:, None]``, ``(A B)^T = B^T A^T``, ``sum over axis 1`` of A is over axis 0 of ``A^T``."""
    if isinstance(expr, Transpose):
        return expr.arg
    if isinstance(expr, NewAxis):
        return expr.arg
    if rank(expr) == 0:
        return expr
    if rank(expr) == 1:
        return NewAxis(expr)
    if isinstance(expr, Name):
        return Transpose(expr)
    if isinstance(expr, MatMul):
        return MatMul(tuple(transposed(f) for f in reversed(expr.factors)))
    if isinstance(expr, Reduce):
        assert expr.axis is not None
        return Reduce(expr.op, transposed(expr.arg), 1 - expr.axis, expr.keep)
    return expr.map(transposed)
