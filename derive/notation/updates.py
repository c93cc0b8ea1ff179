r"""Updates in the style of a notation: ``w \leftarrow w - \eta ...`` or ``w(t+1) = w(t) - \eta ...``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.tree import Expr, Ref

if TYPE_CHECKING:
    from derive.notation.notation import Notation


def timeless(e: Expr) -> Expr:
    """The expression with every iteration left out, as ``\\leftarrow`` needs none."""
    e = e.map(timeless)
    return Ref(e.name, e.slots, e.entries) if isinstance(e, Ref) and e.time is not None else e


def assignment(target: Expr, value: Expr, notation: Notation) -> tuple[Expr, str, Expr]:
    """The left side, the sign and the right side of an update as the notation writes it."""
    if notation.update == "=":
        return target, "=", value
    return timeless(target), notation.update, timeless(value)
