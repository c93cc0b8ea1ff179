"""The step of gradient descent as the chapter has it, for the whole parameter vector at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.tree import Expr, Partial, Ref
from derive.codegen.arrange import arranged
from derive.codegen.naming import HYPER
from derive.codegen.nodes import Name
from derive.codegen.program import Op

if TYPE_CHECKING:
    from derive.derivation.steps import Chapter, Update


def update(chapter: Chapter, gradient: str = "gradient") -> Op:
    """``theta := theta - learning_rate * gradient``: the same for weights and biases, so it is one line for all.

    Raises:
        ValueError: the updates of a chapter differ (a fault of ours).
    """
    section = next(s for s in chapter.sections if s.key == "batch-rows")
    values = {_flat(u, Name(f"{gradient}(theta, X[rows], Y[rows])")) for u in section.updates}
    if len(values) != 1:
        raise ValueError(f"{chapter.network}: weights and biases have different updates")
    labels = ", ".join(u.label for u in section.updates)
    return Op("theta", arranged(values.pop()), labels, ", ".join(chapter.numbers[u.label] for u in section.updates), "")


def _flat(update: Update, gradient: Name) -> Expr:
    """The value with the parameter called ``theta``."""

    def visit(e: Expr) -> Expr:
        if isinstance(e, Partial):
            return gradient
        if isinstance(e, Ref):
            return Name("theta") if e.name == update.target.name else Name(HYPER[e.name])
        return e.map(visit)

    return visit(update.value)
