"""A derivation is data: steps with rule and reason, grouped under labels; the printers, the code and the checker read
these.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from derive.algebra.layers import LayerSet
from derive.algebra.tree import Expr, Ref, Sym

if TYPE_CHECKING:
    from collections.abc import Mapping

    from derive.model.model import Definition, Model

Relation = Literal["=", "<=", ":=", "<-"]


@dataclass(frozen=True)
class Check:
    """What was evaluated: on how many random networks both sides agreed, and within which relative bound (0:
    exactly).
    """

    networks: int
    bound: float


@dataclass(frozen=True)
class Step:
    """``before relation after`` by one rule.

    ``reason`` is a sentence whose mathematics stands in it as ``{0}``, ``{1}``: the printers put ``reason_math`` there.
    ``names``: what the factors of ``after`` are called, printed as underbraces.  ``uses``: labels of the equations
    used.
    """

    before: Expr
    relation: Relation
    after: Expr
    rule: str
    reason: str
    reason_math: tuple[Expr, ...] = ()
    names: tuple[tuple[Expr, str], ...] = ()
    uses: tuple[str, ...] = ()
    check: Check | None = None


@dataclass(frozen=True)
class Derivation:
    """A labelled equation and how it was found.

    ``claim``: (left, right), right being the last ``after``.  ``layers``: where it holds (None: no layer axis),
    ``layer`` the letter that runs over them (None once a single layer was put in).  ``free``: the free unit and sample
    letters with their ranges' ends.  ``conditions``: a relation beyond the definitions, and the short form under it.
    ``lemmas``: the parts worked out on their own, which steps cite by label.  ``array``: the claim is about whole
    arrays of the given ``shape`` while the lines are about one entry, in the letters ``free``.
    """

    label: str
    title: str
    claim: tuple[Expr, Expr]
    steps: tuple[Step, ...]
    layer: Sym | None = None
    layers: LayerSet | None = None
    free: tuple[tuple[Sym, Expr], ...] = ()
    conditions: tuple[tuple[Expr, Expr], ...] = ()
    lemmas: tuple[Derivation, ...] = ()
    shape: tuple[Expr, ...] | None = None
    array: bool = False


@dataclass(frozen=True)
class Update:
    """``target[t+1] := value`` with everything in ``value`` taken at iteration t; evaluated, never differentiated."""

    target: Ref
    value: Expr
    label: str
    layers: LayerSet | None = None


@dataclass(frozen=True)
class Section:
    """One form of the story (scalar, index, matrix, batch ...): its model, forward equations and derivations in
    order.
    """

    key: str
    title: str
    model: Model
    forward: tuple[Definition, ...] = ()
    derivations: tuple[Derivation, ...] = ()
    updates: tuple[Update, ...] = ()


@dataclass(frozen=True)
class Chapter:
    """Everything derived for one network; ``numbers`` gives each label its number in the full standard chapter.

    ``full``: also those of the update equations of optimisers that this chapter leaves out.
    """

    network: str
    sections: tuple[Section, ...]
    numbers: Mapping[str, str] = field(default_factory=dict)
    full: Mapping[str, str] = field(default_factory=dict)
