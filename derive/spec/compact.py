"""Compact strings: ``784-128:relu-64:relu-10:softmax``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from derive.data.table import canonical
from derive.errors import DeriveError, Place, quoted
from derive.spec.kinks import KinkChoice
from derive.spec.network import (
    DEFAULT_OPTIMISERS,
    NetworkSpec,
    check_fit,
    check_widths,
    default_activations,
    default_cost,
)
from derive.spec.own import NOTHING_OWN, Own
from derive.spec.penalty import PenaltySpec, read_penalty

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

EXAMPLE = "784-128:relu-10:softmax"
MAX_WIDTH_DIGITS = 9

_NEXT_WIDTH = re.compile(r"-(?![A-Za-z_])")
"""The hyphen that ends a layer; one before a letter belongs to a name (leaky-relu)."""


@dataclass(frozen=True)
class _Layer:
    """A piece of the string: ``128:relu`` and the columns of its parts; ``activation`` None when there is no colon."""

    width: str
    activation: str | None
    at: int
    activation_at: int


def parse_network(
    text: str,
    *,
    cost: str | None = None,
    penalty: str | Mapping[str, object] | PenaltySpec | None = None,
    optimisers: Sequence[str] = DEFAULT_OPTIMISERS,
    name: str | None = None,
    own: Own = NOTHING_OWN,
    kinks: tuple[KinkChoice, ...] = (),
    dropout: float | None = None,
) -> NetworkSpec:
    """The network that a compact string means: widths joined by ``-``, after the first with ``:activation`` or not.

    Args:
        text: the compact string.
        cost: a name of the table of costs; by default what fits the last activation.
        penalty: ``"l2=1e-4"`` or ``{"l2": 1e-4, "factor": "one"}``.
        optimisers: names of the table of optimisers.
        name: what to call the network; by default the string itself.
        own: formulas of one's own; their names may stand in the string.
        kinks: slopes chosen at kinks.
        dropout: the share of the outputs of hidden layers that a step of training leaves out.

    Raises:
        DeriveError: the string means no network, with the place and a caret.

    >>> parse_network("64-32-10:softmax").text
    '64-32:relu-10:softmax'
    """
    reader = _Reader(text, own)
    layers = reader.layers()
    widths = tuple(reader.width(layer) for layer in layers)
    check_widths(widths, reader.place(0))
    activations = reader.activations(layers)
    chosen = default_cost(activations[-1]) if cost is None else own.all_costs.get(cost).name
    check_fit(chosen, activations[-1], reader.place(layers[-1].activation_at), own)
    called = name or "".join(text.split())
    return NetworkSpec(
        called, widths, activations, chosen, read_penalty(penalty), tuple(optimisers), own, kinks=kinks, dropout=dropout
    )


@dataclass(frozen=True)
class _Reader:
    """The string, its pieces, and how to name a place in it."""

    text: str
    own: Own

    def place(self, at: int) -> Place:
        return Place("network", 1, at + 1, self.text)

    def fail(self, problem: str, at: int, expected: str, remedy: str = f"write a network like {EXAMPLE}") -> NoReturn:
        raise DeriveError(problem, expected=expected, remedy=remedy, place=self.place(at))

    def layers(self) -> list[_Layer]:
        """The pieces between the hyphens that stand before a width."""
        if not self.text.strip():
            self.fail("the network is empty", 0, "widths joined by -")
        cuts = [hit.start() for hit in _NEXT_WIDTH.finditer(self.text)]
        starts, ends = [0, *(c + 1 for c in cuts)], [*cuts, len(self.text)]
        return [self._layer(start, end) for start, end in zip(starts, ends, strict=True)]

    def _layer(self, start: int, end: int) -> _Layer:
        width, colon, activation = self.text[start:end].partition(":")
        return _Layer(width.strip(), activation if colon else None, start, start + len(width) + len(colon))

    def width(self, layer: _Layer) -> int:
        """The width of a piece."""
        if not layer.width:
            problem = "a width is negative" if self._doubled(layer) else "a width is missing"
            self.fail(problem, layer.at, "a whole number, 1 or more")
        if not re.fullmatch("[0-9]+", layer.width):
            self.fail(
                f"the width {quoted(layer.width)} is no whole number", layer.at, "digits, then perhaps :activation"
            )
        if len(layer.width) > MAX_WIDTH_DIGITS:
            self.fail(
                f"the width {quoted(layer.width, 20)} is too large", layer.at, f"at most {MAX_WIDTH_DIGITS} digits"
            )
        if int(layer.width) == 0:
            self.fail("a layer of width 0 has no units", layer.at, "a whole number, 1 or more")
        return int(layer.width)

    def _doubled(self, layer: _Layer) -> bool:
        return re.match(r"-\s*[0-9]", self.text[layer.at :]) is not None

    def activations(self, layers: list[_Layer]) -> tuple[str, ...]:
        """The activations of the layers behind the input, those not named by default."""
        first, *others = layers
        if first.activation is not None:
            remedy = f"remove :{first.activation[:20]}"
            self.fail("the input has no activation", first.activation_at - 1, "the width of the input alone", remedy)
        defaults = default_activations(len(others))
        return tuple(self._activation(layer, default) for layer, default in zip(others, defaults, strict=True))

    def _activation(self, layer: _Layer, default: str) -> str:
        if layer.activation is None:
            return default
        if not canonical(layer.activation):
            expected = "one of " + ", ".join(self.own.all_activations.names)
            self.fail("no activation after the colon", layer.activation_at, expected, "name one, or remove the colon")
        return self.own.all_activations.get(layer.activation, self.place(layer.activation_at)).name
