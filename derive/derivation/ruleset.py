"""The rule objects in force, all in one place: replace one and see a check go red."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from derive.derivation.consumers import ConsumerRule
from derive.derivation.rules import Rules

if TYPE_CHECKING:
    from derive.algebra.tree import Expr, Ref


class DefinitionRule:
    """A defined member may be replaced by the right side of its definition."""

    def __call__(self, head: Ref, rhs: Expr) -> Expr:
        return rhs


class LemmaRule:
    """A factor may be replaced by what a lemma found for it: ``before`` with the factor, ``after`` without."""

    def __call__(self, before: Expr, after: Expr) -> Expr:
        return after


class EntryOrderRule:
    """Row and column letters of arrays: ``[W^T]_{kp} = w_{pk}``, ``[W]_{kp} = w_{kp}``, ``[u v^T]_{kj} = u_k v_j``."""

    def transposed(self, row: Expr, column: Expr, first: Expr) -> bool:
        """Whether the array must be transposed to be read as ``row`` by ``column``: its first index is not the row."""
        return first != row

    def outer(self, row: Expr, column: Expr) -> tuple[Expr, Expr]:
        """``[u v^T]_{kj} = u_k v_j``: the factor with the row letter stands first."""
        return row, column


@dataclass(frozen=True)
class EngineRules:
    """Everything that the engine applies."""

    calculus: Rules = field(default_factory=Rules)
    consumers: ConsumerRule = field(default_factory=ConsumerRule)
    definition: DefinitionRule = field(default_factory=DefinitionRule)
    lemma: LemmaRule = field(default_factory=LemmaRule)
    orientation: EntryOrderRule = field(default_factory=EntryOrderRule)
