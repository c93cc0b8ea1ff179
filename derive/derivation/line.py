"""Writing a derivation down, one justified line after another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.derivation.steps import Relation, Step

if TYPE_CHECKING:
    from derive.algebra.tree import Expr


class Line:
    """Collects the steps of one derivation; the end of a step is the beginning of the next."""

    def __init__(self, start: Expr) -> None:
        self.start = self.now = start
        self.steps: list[Step] = []

    def to(
        self,
        after: Expr,
        rule: str,
        reason: str,
        *math: Expr,
        uses: tuple[str, ...] = (),
        names: tuple[tuple[Expr, str], ...] = (),
        relation: Relation = "=",
    ) -> Line:
        """One step; nothing is written where nothing changed."""
        if after != self.now:
            self.steps.append(Step(self.now, relation, after, rule, reason, math, names, uses))
            self.now = after
        return self
