"""The pass that puts the biases into the weight matrices: ``V = [W | b]``, ``H`` is ``A`` over a row of ones.

``W A + b[:, None] = V H`` and ``[D A^T | sum of D over samples] = D H^T``: one product each; theta is not rearranged.
"""

from __future__ import annotations

from dataclasses import replace

from derive.algebra.tree import Add, Expr, MatMul, Transpose, add
from derive.codegen.nodes import Name, NewAxis, Reduce
from derive.codegen.program import Loop, Op, Program, Statement
from derive.codegen.training.variables import letter, variable


def biased(program: Program) -> Program:
    """The program (in columns) with one matrix for the weights and biases of a layer.

    What a gradient has besides its product (a penalty) is added in a line of its own.
    """
    forward = tuple(_each(s, _forward) for s in program.forward)
    return replace(program, forward=forward, gradients=tuple(_gradients(program.gradients)))


def _each(s: Statement, change: object) -> Statement:
    assert callable(change)
    return replace(s, body=tuple(map(change, s.body))) if isinstance(s, Loop) else change(s)


def _forward(op: Op) -> Op:
    return replace(op, value=_one_product(op.value))


def _one_product(value: Expr) -> Expr:
    """``W A + b[:, None] -> V H``"""
    if not isinstance(value, Add) or len(value.terms) != 2:
        return value
    product, bias = value.terms
    if not (isinstance(product, MatMul) and isinstance(bias, NewAxis) and letter(bias.arg) == "b"):
        return value
    W, A = product.factors
    assert isinstance(W, Name)
    return MatMul((called(W, "V"), called(A, "H")))


def called(name: Expr, new: str) -> Name:
    """The variable of another letter in the same layer."""
    assert isinstance(name, Name)
    return Name(variable(name.text).called(new))


def _gradients(statements: tuple[Statement, ...]) -> list[Statement]:
    made: list[Statement] = []
    ops: list[Op] = []
    for s in statements:
        if isinstance(s, Loop):
            made.append(replace(s, body=tuple(_joined(*s.body))))
            continue
        ops.append(s)
        if len(ops) == 2:
            made += _joined(*ops)
            ops = []
    assert not ops
    return made


def _joined(weights: Op, biases: Op) -> list[Op]:
    """``dW = D A^T + rest, db = sum of D``  as  ``dV = D H^T, dW = dW + rest``."""
    product, rest = _split(weights.value)
    D, A_T = product.factors
    assert biases.value == Reduce("sum", D, 1)
    assert isinstance(A_T, Transpose)
    matrix = Name(weights.target)
    whole = Op(
        called(matrix, "dV").text,
        MatMul((D, Transpose(called(A_T.arg, "H")))),
        f"{weights.label}, {biases.label}",
        f"{weights.number}, {biases.number}",
        _wider(weights.shape),
    )
    if not rest:
        return [whole]
    return [whole, replace(weights, value=add(matrix, *rest), into=False)]


def _split(value: Expr) -> tuple[MatMul, list[Expr]]:
    """The product of a gradient, and what is added to it."""
    terms = list(value.terms) if isinstance(value, Add) else [value]
    (product,) = [t for t in terms if isinstance(t, MatMul)]
    terms.remove(product)
    return product, terms


def _wider(shape: str) -> str:
    """``(32, 64) -> (32, 65)``, ``(n_l, n_(l-1)) -> (n_l, n_(l-1) + 1)``"""
    rows, columns = shape.strip("()").split(", ", 1) if not shape.endswith("))") else shape[1:-1].split(", ", 1)
    return f"({rows}, {int(columns) + 1 if columns.isdigit() else f'{columns} + 1'})"
