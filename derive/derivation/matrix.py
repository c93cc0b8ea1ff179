"""The matrix form of an equation, read off its index form line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.tree import Add, Elem, Expr, MatMul, Partial, Ref, Sym, add
from derive.derivation.arrays import to_array
from derive.derivation.entries import NoMatrixForm
from derive.derivation.line import Line
from derive.derivation.ruleset import EntryOrderRule
from derive.derivation.steps import Derivation

if TYPE_CHECKING:
    from collections.abc import Sequence

REASONS = {
    "index form": "the entries of a product that belong to the sum stand under it",
    "transpose": "an entry of a transpose is the entry with the two letters exchanged; "
    "the sum runs over the first letter of the matrix, down a column, so its transpose is what multiplies",
    "matrix-vector product": "the sum over the columns of a matrix, times the entries of a column vector, "
    "is an entry of their product",
    "matrix product": "the sum over the columns of one matrix and the rows of the next is an entry of their product",
    "elementwise": "a product of entries with the same letters is an entry of the elementwise product",
    "sum": "an entry of a sum of arrays is the sum of their entries",
    "entry": "for every value of its letters the number is an entry of one array",
    "outer product": "an entry of a column times a row is the product of their entries",
}


def matrix_derivation(index: Derivation, label: str, orientation: EntryOrderRule | None = None) -> Derivation | None:
    """The same equation for all entries at once; None where the index form has no matrix form."""
    orientation = orientation or EntryOrderRule()
    for candidate in (index.claim[1], *(s.before for s in reversed(index.steps[1:]))):
        try:
            return _derivation(index, candidate, label, orientation)
        except NoMatrixForm:
            continue
    return None


def _derivation(index: Derivation, candidate: Expr, label: str, orientation: EntryOrderRule) -> Derivation:
    letters = tuple(v for v, _ in index.free)
    array, logs = to_array(candidate, index.free, orientation)
    line = Line(index.claim[0])
    line.to(candidate, "index form", "the index form", uses=(index.label,))
    pending = [log[0][1] for log in logs]
    for place, log in enumerate(logs):
        for rule, state in log:
            pending[place] = state
            after = add(*pending)
            told = "elementwise" if rule == "index form" and _has_entries(after) else rule
            line.to(after, told, REASONS[told])
    last = _last_rule(array, letters)
    line.to(Elem(array, letters), last, REASONS[last])
    return Derivation(
        label,
        label,
        (array_of(index.claim[0]), array),
        tuple(line.steps),
        layer=index.layer,
        layers=index.layers,
        free=index.free,
        shape=tuple(high for _, high in index.free),
        array=True,
    )


def _last_rule(array: Expr, letters: tuple[Sym, ...]) -> str:
    """What turns the last line into one entry of one array."""
    if isinstance(array, Ref | Partial):
        return "entry"
    if isinstance(array, Add):
        return "sum"
    products = any(isinstance(n, MatMul) for n in array.walk())
    return "outer product" if products and len(letters) > 1 else "elementwise"


def _has_entries(expr: Expr) -> bool:
    """Whether an entry of an array expression stands in the line."""
    return any(isinstance(n, Elem) for n in expr.walk())


def array_of(left: Expr) -> Expr:
    """``delta^l_k -> delta^l``;  ``dJ/dw^l_{kj} -> dJ/dW^l``;  ``d delta_k/dz_j -> d delta/dz``."""
    if isinstance(left, Partial):
        of = array_of(left.of) if isinstance(left.of, Ref) and left.of.entries else left.of
        return Partial(of, array_of(left.wrt))
    assert isinstance(left, Ref)
    return Ref(left.name, left.slots, None, left.time)


def array_definition(head: Ref, rhs: Expr, free: Sequence[tuple[Sym, Expr]]) -> tuple[Ref, Expr] | None:
    """A forward equation for all entries at once, where it has a matrix form."""
    try:
        array, _ = to_array(rhs, free, EntryOrderRule())
    except NoMatrixForm:
        return None
    return Ref(head.name, head.slots, None), array
