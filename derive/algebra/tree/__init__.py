"""The one expression tree of the house.

Index form (``w[l, k, j]``, sums, Kronecker deltas), array form (``W^l a^{l-1}``, transposes, elementwise products) and
an author's own text are all trees of these nodes.  A node is plain immutable data: nothing evaluates, reorders or
cancels on construction, so a step of a derivation can say exactly what stood there before and after, and a student's
page keeps the order in which it was written.  Rewriting lives in the modules beside this one.

Shapes of array-form nodes: a family of numbers with one unit axis is a column ``(n, 1)``, with two axes a matrix.
"""

from derive.algebra.tree.arrays import Diag, Elem, Hadamard, MatMul, Ones, Transpose
from derive.algebra.tree.binders import Binder, MatProd, Paths, Prod, Sum, Waypoint
from derive.algebra.tree.node import COLON, Expr, Num, Ref, Sym, node
from derive.algebra.tree.numbers import (
    MINUS_ONE,
    ONE,
    ZERO,
    Add,
    Cases,
    Compare,
    Div,
    Fn,
    Kron,
    Mul,
    Partial,
    Pow,
    add,
    mul,
    neg,
    num,
    sub,
)

__all__ = [
    "COLON",
    "MINUS_ONE",
    "ONE",
    "ZERO",
    "Add",
    "Binder",
    "Cases",
    "Compare",
    "Diag",
    "Div",
    "Elem",
    "Expr",
    "Fn",
    "Hadamard",
    "Kron",
    "MatMul",
    "MatProd",
    "Mul",
    "Num",
    "Ones",
    "Partial",
    "Paths",
    "Pow",
    "Prod",
    "Ref",
    "Sum",
    "Sym",
    "Transpose",
    "Waypoint",
    "add",
    "mul",
    "neg",
    "node",
    "num",
    "sub",
]
