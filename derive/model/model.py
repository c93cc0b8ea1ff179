"""What a network is: definitions over quantities (families of numbers with layer, unit and sample axes)."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from derive.algebra.layers import LayerSet, Order
from derive.algebra.tree import Expr, Ref, Sym

if TYPE_CHECKING:
    from collections.abc import Mapping

Role = Literal["input", "target", "parameter", "intermediate", "objective", "hyper", "size", "adjoint", "mask"]


@dataclass(frozen=True)
class Axis:
    """One way of counting the numbers of a family: units ``k = 1..n_l`` or samples ``s = 1..N``.

    ``high`` may contain the letter of the layer axis of the quantity that owns the axis (``n_l``, ``n_{l-1}``).
    """

    kind: Literal["unit", "sample"]
    letter: Sym
    high: Expr


@dataclass(frozen=True)
class Quantity:
    """A family of numbers.  Array form: no axis a number, one axis a column, two axes a matrix (rows first).

    ``layer`` is the letter of the layer axis and ``layers`` where members exist; both None without a layer axis.
    ``reading`` is the name in English ("pre-activations of layer {l}").  ``domain`` restricts the numbers that are
    drawn when the quantity is free: ``real``, ``positive``, ``unit`` (0, 1).
    """

    name: str
    role: Role
    reading: str
    layer: Sym | None = None
    layers: LayerSet | None = None
    axes: tuple[Axis, ...] = ()
    domain: Literal["real", "positive", "unit"] = "real"

    @property
    def head(self) -> Ref:
        """The general member, in the quantity's own letters: ``w[l; k, j]``."""
        return Ref(self.name, (self.layer,) if self.layer else (), tuple(a.letter for a in self.axes))


@dataclass(frozen=True)
class Definition:
    """``head := rhs`` for every layer in ``layers`` and all entries.

    ``head`` is a quantity's general member; its slot is the layer letter, or a number / ``L`` when it holds in one
    layer. Definitions of one quantity are disjoint; layers of the quantity that none covers are free leaves.  ``kind``
    names the activation where it has a name.
    """

    head: Ref
    rhs: Expr
    label: str
    layers: LayerSet | None = None
    kind: str = ""


@dataclass(frozen=True)
class Function:
    """A function named in the definitions.

    ``kind``: ``unknown`` (any smooth function of one number), ``unknown cost`` (of whole arrays, one number out,
    nothing separable), ``unknown map`` (array to array of the same shape) or ``formula`` (``body`` in the letter
    ``variable``). ``per_layer``: an independent function for each layer slot.  ``members``: which named function each
    layer has (``{1: 'sigmoid', 2: 'tanh'}``) when ``f_l`` is only a way of writing several known ones.
    ``kinks``: points of ``variable`` where the formula is not differentiable (no number is drawn near them);
    ``slopes``: (point, slope) where another slope than that of the formula's own piece is used by convention.
    """

    name: str
    kind: Literal["unknown", "unknown cost", "unknown map", "formula"]
    per_layer: bool = False
    variable: Sym = Sym("z")
    body: Expr | None = None
    members: Mapping[int, str] = field(default_factory=dict)
    kinks: tuple[float, ...] = ()
    slopes: tuple[tuple[Fraction, Fraction], ...] = ()
    reading: str = ""


@dataclass(frozen=True)
class Model:
    """Quantities, their definitions, and the number whose derivatives are wanted.

    ``named_adjoints``: ``{'z': 'delta'}`` says that dJ/dz is written ``delta`` (a quantity of role ``adjoint`` without
    definition here: its meaning is ``Partial(objective, z)``).  ``last``: the letter L, or None where the number of
    layers is fixed; ``least_layers``: the least (or the only) number.  ``widths``: ``(n_0, ..., n_L)`` where fixed.
    """

    quantities: Mapping[str, Quantity]
    definitions: tuple[Definition, ...]
    objective: Ref
    named_adjoints: Mapping[str, str]
    functions: Mapping[str, Function] = field(default_factory=dict)
    last: Sym | None = None
    least_layers: int = 1
    widths: tuple[int, ...] | None = None

    @property
    def order(self) -> Order:
        """Compares layers of this model."""
        return Order(self.last, self.least_layers)

    @property
    def masks(self) -> tuple[Quantity, ...]:
        """What says which units are left out in a step of training; nothing without dropout."""
        return tuple(q for q in self.quantities.values() if q.role == "mask")

    @cached_property
    def consumers(self) -> Mapping[str, tuple[Definition, ...]]:
        """For each quantity the definitions whose right side uses it; built once."""
        index: dict[str, list[Definition]] = {}
        for definition in self.definitions:
            for name in {n.name for n in definition.rhs.walk() if isinstance(n, Ref)}:
                index.setdefault(name, []).append(definition)
        return {name: tuple(users) for name, users in index.items()}

    def definitions_of(self, name: str) -> tuple[Definition, ...]:
        """The definitions of one quantity."""
        return tuple(d for d in self.definitions if d.head.name == name)
