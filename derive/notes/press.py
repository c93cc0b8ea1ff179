"""A printer that prints each expression once: the lines of a derivation share most of their parts."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from derive.notation import width as estimate
from derive.notation.latex import Latex
from derive.notation.printer import Printer

if TYPE_CHECKING:
    from derive.algebra.tree import Expr
    from derive.notation.notation import Notation
    from derive.notation.pieces import Piece


class Press(Printer):
    """LaTeX in one notation."""

    def __init__(self, notation: Notation) -> None:
        super().__init__(Latex(notation))
        self._printed: dict[Expr, Piece] = {}

    def piece(self, e: Expr) -> Piece:
        found = self._printed.get(e)
        if found is None:
            found = self._printed[e] = self.rule(e)
        return found

    def terms(self, e: Expr) -> tuple[str, ...]:
        """The terms of a sum, the sign in front of each; any other expression is one term."""
        pairs = self.signed_terms(e)
        return tuple(f"{s} {p.text}" if i else ("-" if s == "-" else "") + p.text for i, (s, p) in enumerate(pairs))


@lru_cache(maxsize=4096)
def width(latex: str) -> float:
    """The estimated width in em of mathematics in a display."""
    return estimate.width(latex)
