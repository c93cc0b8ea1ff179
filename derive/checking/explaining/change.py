"""A repair as data: a changed node, what it is called, how far-fetched it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from derive.checking.explaining.scope import Scope
from derive.checking.explaining.spots import Spot

if TYPE_CHECKING:
    from derive.algebra.tree import (
        Expr,
    )


@dataclass(frozen=True)
class Change:
    """A new node for a spot.  ``says``: what was wrong, with ``{0}`` for ``parts``; ``kind``: another name than the
    row's; ``dear``: added to the cost.
    """

    node: Expr
    says: str
    parts: tuple[Expr, ...] = ()
    kind: str = ""
    dear: float = 0.0


Rule = Callable[[Spot, Scope], Iterator[Change]]


@dataclass(frozen=True)
class Repair:
    """A row: ``kind`` names the slip, ``cost`` says how far-fetched the repair is."""

    kind: str
    cost: float
    rule: Rule
