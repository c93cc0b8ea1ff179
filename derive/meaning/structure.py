"""The shape of one network: its layers and widths, which members quantities have, what defines them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from derive.algebra.layers import split
from derive.algebra.tree import Sym
from derive.meaning.errors import RangeError
from derive.meaning.index import integer
from derive.meaning.kinds import Frame

if TYPE_CHECKING:
    from collections.abc import Mapping

    from derive.algebra.layers import LayerSet
    from derive.algebra.tree import Expr
    from derive.meaning.compiler import Compiler
    from derive.meaning.stages import Stage
    from derive.model.model import Definition

Member: TypeAlias = "tuple[str, int | None]"
"""A quantity's name and a layer, None without layers."""

DEEP = 12
"""Networks with more layers are compared at ``PROBES`` layers at each end, and at the ends of sets in the middle."""

PROBES = 3

SAMPLED = 2
"""In how many layers of one network an equation is compared, unless every layer is asked for."""


class Structure:
    """A model with numbers for its sizes.  ``widths``: (n_0, ..., n_L); ``sizes``: the letters of sizes by name."""

    base: Stage

    def __init__(
        self, compiler: Compiler, seed: int, depth: int, widths: tuple[int, ...], sizes: Mapping[str, int]
    ) -> None:
        self.compiler, self.model = compiler, compiler.model
        self.seed, self.depth, self.widths, self.sizes = seed, depth, widths, dict(sizes)
        self.letters: dict[str, Any] = dict(sizes)
        if self.model.last is not None:
            self.letters[self.model.last.name] = depth
        self._last = {} if self.model.last is None else {self.model.last: depth}
        self._bounds: dict[int, tuple[LayerSet, list[tuple[int, int]]]] = {}
        self._places: dict[tuple[LayerSet, bool], list[int]] = {}
        self._shapes: dict[Member, tuple[int, ...]] = {}
        self._definitions: dict[Member, Definition | None] = {}
        sizes_of_layers = [q.name for q in self.model.quantities.values() if q.role == "size"]
        self._first = {name: min(self.layers(name), default=0) for name in sizes_of_layers}

    def number(self, expression: Expr) -> int:
        """A whole number made of literals and sizes: ``L - 1``."""
        return int(integer(self.compiler, expression, ())(Frame(self.base, dict(self.letters), [])))

    def layers(self, name: str) -> list[int]:
        """The layers in which a quantity has members; empty without a layer axis."""
        layers = self.model.quantities[name].layers
        return [] if layers is None else layers.members(self._last)

    def within(self, layer: int, layers: LayerSet) -> bool:
        """Whether a layer belongs to a set of the model's."""
        known = self._bounds.get(id(layers))
        if known is None:
            ends = [(split(r.low), split(r.high)) for r in layers.ranges]
            bounds = [(c + self._end(x), d + self._end(y)) for (x, c), (y, d) in ends]
            known = self._bounds[id(layers)] = (layers, bounds)
        return any(low <= layer <= high for low, high in known[1])

    @property
    def probes(self) -> range | list[int]:
        """The layers whose members are moved and compared: all, or those near both ends of a deep network."""
        if self.depth <= DEEP:
            return range(self.depth + 1)
        return [*range(PROBES + 1), *range(self.depth - PROBES, self.depth + 1)]

    def _end(self, letter: Sym | None) -> int:
        return 0 if letter is None else self._last[letter]

    def places(self, layers: LayerSet, every: bool) -> list[int]:
        """The layers of a set at which this network is compared: the last and one that the seed chooses, or all.

        Of a set that is near neither end of a deep network, its own ends.
        """
        found = self._places.get((layers, every))
        if found is None:
            probes, members = self.probes, layers.members(self._last)
            found = [m for m in members if m in probes] or sorted({*members[:1], *members[-1:]})
            if not every and self.depth <= DEEP and len(found) > SAMPLED:
                found = [found[self.seed // 2 % (len(found) - 1)], found[-1]]
            self._places[layers, every] = found
        return found

    def size(self, name: str, layer: int | None) -> int:
        """The number for a quantity of role ``size``: the width of a layer.

        Raises:
            RangeError: there is no such layer.
        """
        if layer is None:
            return int(self.letters[name])
        at = layer - self._first[name]
        if not 0 <= at < len(self.widths) or layer > self.depth:
            raise RangeError(f"there is no layer {layer}")
        return self.widths[at]

    def shape(self, name: str, layer: int | None) -> tuple[int, ...]:
        """The sizes of the axes of a member.

        Raises:
            RangeError: it does not exist.
        """
        found = self._shapes.get((name, layer))
        if found is None:
            quantity = self.model.quantities[name]
            if layer is not None and (quantity.layers is None or not self.within(layer, quantity.layers)):
                raise RangeError(f"{name} has no member in layer {layer}")
            letters = dict(self.letters)
            if quantity.layer is not None:
                letters[quantity.layer.name] = layer
            frame = Frame(self.base, letters, [])
            found = tuple(integer(self.compiler, a.high, ())(frame) for a in quantity.axes)
            self._shapes[name, layer] = found
        return found

    def covers(self, definition: Definition, layer: int | None) -> bool:
        """Whether a definition or an update holds in a layer."""
        for slot in definition.head.slots:
            if not isinstance(slot, Sym) or slot == self.model.last:
                return layer == self.number(slot)
        return definition.layers is None or (layer is not None and self.within(layer, definition.layers))

    def definition(self, name: str, layer: int | None) -> Definition | None:
        """The definition that gives a member its value; None for a free leaf."""
        if (name, layer) not in self._definitions:
            candidates = self.compiler.definitions.get(name, ())
            self._definitions[name, layer] = next((d for d in candidates if self.covers(d, layer)), None)
        return self._definitions[name, layer]

    def members(self) -> list[Member]:
        """Every member of the forward pass, in the order of layers."""
        forward = [q.name for q in self.model.quantities.values() if q.role not in ("adjoint", "size")]
        plain = [name for name in forward if self.model.quantities[name].layer is None]
        layered = [(name, layer) for name in forward for layer in self.layers(name)]
        return [*sorted(layered, key=lambda m: m[1]), *((name, None) for name in plain)]
