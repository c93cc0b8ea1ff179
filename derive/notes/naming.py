"""What the factors of a product are called, printed as braces under them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.tree import Expr, Fn, Hadamard, MatMul, Partial, Ref, Sum, Transpose

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from derive.derivation.steps import Derivation, Step
    from derive.model.model import Model


def factor_names(step: Step, model: Model) -> Mapping[Expr, str]:
    """The names of the factors of one line: those the step gives, else the derivatives of a chain rule."""
    if step.names:
        return dict(step.names)
    if not step.rule.startswith("chain"):
        return {}
    found: dict[Expr, str] = {
        n: name for n in _factors(step.after) if isinstance(n, Partial) and (name := _of_partial(n, model))
    }
    return found if len(found) > 1 else {}


def _factors(e: Expr) -> Iterator[Expr]:
    """The factors of a product, through sums over units."""
    if isinstance(e, Sum):
        yield from _factors(e.body)
    else:
        yield from e.children


def _of_partial(e: Partial, model: Model) -> str:
    """The name by what is differentiated and by what."""
    if not isinstance(e.of, Ref) or not isinstance(e.wrt, Ref):
        return ""
    top = "J" if e.of == model.objective else e.of.name
    if top == "J" and e.wrt.name == "a":
        last = model.definitions_of("a")[-1].layers
        at_end = last is not None and e.wrt.slots == (last.ranges[-1].high,)
        return "cost by output" if at_end else "cost by activation"
    return NAMES.get((top, e.wrt.name), "")


NAMES = {
    ("J", "z"): "error",
    ("J", "C"): "share of the sample",
    ("C", "a"): "cost of the sample",
    ("a", "z"): "slope",
    ("z", "w"): "input",
    ("z", "b"): "one",
    ("z", "a"): "weight",
    ("z", "h"): "weight",
    ("h", "a"): "mask",
    ("a", "x"): "input",
}
"""(differentiated, by): what the factor will turn out to be."""


INPUTS = {"a": "input", "h": "input", "mask": "mask"}
"""What arrays of a layer are called where they stand as they are in a result."""


def result_names(d: Derivation) -> Mapping[Expr, str]:
    """The names of the factors of a result in matrix form."""
    if d.label.startswith("update"):
        return {}
    return {n: name for n in _top(d.claim[1]) if (name := _of_result(n))}


def _top(e: Expr) -> Iterator[Expr]:
    if isinstance(e, Hadamard | MatMul):
        yield from e.factors


def _of_result(e: Expr) -> str:
    if isinstance(e, Fn) and e.order:
        return "slope"
    if isinstance(e, MatMul) and any(_is_error(f) for f in e.factors):
        return "errors sent back"
    if _is_error(e):
        return "error"
    bare = e.arg if isinstance(e, Transpose) else e
    return INPUTS.get(bare.name, "") if isinstance(bare, Ref) else ""


def _is_error(e: Expr) -> bool:
    bare = e.arg if isinstance(e, Transpose) else e
    return isinstance(bare, Ref) and bare.name == "delta"
