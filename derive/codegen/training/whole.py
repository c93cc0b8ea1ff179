"""The pass that takes errors back through whole matrices: ``W^T D`` is ``V^T D`` without its last row.

``W`` is a part of ``V``, and ``dot`` copies parts before it multiplies, at every step: a quarter of the time of that
product.  So ``V`` is multiplied as it stands, into an array with a row more (``E``), and the errors are all rows but
the last.
"""

from __future__ import annotations

from dataclasses import replace

from derive.algebra.tree import Expr, MatMul, Transpose
from derive.codegen.nodes import Name
from derive.codegen.program import Loop, Op, Statement
from derive.codegen.training.biased import called
from derive.codegen.training.variables import letter, swapped, variable

COVERED = {"Delta": "E", "dA": "F"}
"""Arrays that are all rows but the last of another one, by letter."""


def whole(statements: tuple[Statement, ...]) -> tuple[Statement, ...]:
    """The errors (of a step in columns) with every product by a transposed weight matrix as a line of its own."""
    return tuple(made for s in statements for made in _each(s))


def _each(s: Statement) -> tuple[Statement, ...]:
    return (replace(s, body=tuple(op for line in s.body for op in _split(line))),) if isinstance(s, Loop) else _split(s)


def _split(op: Op) -> tuple[Op, ...]:
    """``Delta = f' * (W^T D)``  as  ``E = V^T D, Delta = f' * Delta``, where Delta is E without its last row."""
    products = {n for n in op.value.walk() if _goes_back(n)}
    if not products:
        return (op,)
    (product,) = products
    W_T, D = product.children
    own = Name(op.target)
    back = MatMul((Transpose(called(W_T.children[0], "V")), D))
    first = replace(op, target=called(own, COVERED[letter(own)]).text, value=back, shape=_taller(op.shape))
    value = swapped(op.value, {product: own})
    return (first,) if value == own else (first, replace(op, value=value, label="", number=""))


def _goes_back(e: Expr) -> bool:
    return isinstance(e, MatMul) and isinstance(e.factors[0], Transpose) and letter(e.factors[0].arg) == "W"


def _taller(shape: str) -> str:
    """``(32, N) -> (33, N)``, ``(n_l, N) -> (n_l + 1, N)``"""
    rows, columns = shape.strip("()").split(", ")
    return f"({int(rows) + 1 if rows.isdigit() else f'{rows} + 1'}, {columns})"


def covering(targets: frozenset[str]) -> dict[str, str]:
    """``{Delta_1: E_1}``: the arrays of ``targets`` that are parts of others, with those."""
    under = {cover: own for own, cover in COVERED.items()}
    found = (variable(t) for t in sorted(targets))
    return {v.called(under[v.letter]): v.text for v in found if v.letter in under}
