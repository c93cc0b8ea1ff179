"""The networks on which everything is checked: few, small, and unlike each other in every way that hides a mistake."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from derive.meaning.compiler import Compiler
from derive.meaning.errors import NoDraw
from derive.meaning.fields import Field, field_for
from derive.meaning.structure import DEEP
from derive.meaning.world import World, acceptable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from derive.model.model import Model

ATTEMPTS = 400
SAMPLES = 3
DIFFERENT = (4, 2, 5, 6, 7, 8)
"""Widths of networks with pairwise different ones: at least 2, none the number of samples."""

EQUAL = 3
"""The width of networks with equal ones: order mistakes that conform show as values (samples are 3 too)."""

DEEPEST = 5
MODERATE = 90
"""Fixed widths are kept where the network has at most so many weights."""

COUNT, COUNT_DEEP = 8, 2
"""How many networks; how many of more than ``DEEP`` layers."""


def world(
    model: Model,
    seed: int,
    depth: int | None = None,
    widths: tuple[int, ...] | None = None,
    field: Field | None = None,
    *,
    samples: int = SAMPLES,
    sizes: Mapping[str, int] | None = None,
    values: Mapping[str, Any] | None = None,
    compiler: Compiler | None = None,
) -> World:
    """One random network, or with ``values`` a given one (what is not given is drawn).

    ``depth``: the number of layers where it is a letter; ``widths``: (n_0, ..., n_L); ``sizes``: further sizes by name;
    ``values``: ``{name: array}`` or ``{name: {layer: array}}`` in the shapes of the quantities.  Draws are repeated
    until every definition is finite and away from kinks.

    Raises:
        NoDraw: no such numbers were found.
    """
    compiler = compiler or Compiler(model, field or field_for(model))
    depth = depth or model.least_layers
    widths = widths or model.widths or _turned(DIFFERENT, depth + 1, 0)
    named = {**_sizes(model, samples), **(sizes or {})}
    for attempt in range(ATTEMPTS):
        made = World(compiler, seed, depth, tuple(widths), named, values or {}, attempt)
        if acceptable(made) or values:
            return made
    raise NoDraw(f"no random network of widths {widths} has finite values away from kinks in {ATTEMPTS} draws")


def _sizes(model: Model, samples: int) -> dict[str, int]:
    """Numbers for the letters of sizes: samples, and units counted by a letter of their own."""
    letters: dict[str, int] = {}
    for quantity in model.quantities.values():
        for axis in quantity.axes:
            for size in sorted(axis.high.symbols - {quantity.layer, model.last}, key=lambda s: s.name):
                fresh = next(n for n in (4, 2, 5, 6, 7, 8, 9) if n not in letters.values())
                letters.setdefault(size.name, samples if axis.kind == "sample" else fresh)
    return letters


def standard_worlds(model: Model, field: Field | None = None) -> tuple[World, ...]:
    """The networks used for checking.

    A symbolic number of layers runs from the least to five, widths pairwise different, then some networks with equal
    widths.  A fixed network keeps its layers, and its widths where they are small; else small ones stand for them (1
    stays 1).  More than ``DEEP`` layers: two networks, compared near both ends only.
    """
    compiler = Compiler(model, field or field_for(model))
    return tuple(
        world(model, seed, depth, widths, samples=samples, compiler=compiler)
        for seed, (depth, widths, samples) in enumerate(_plans(model), start=1)
    )


def _plans(model: Model) -> list[tuple[int, tuple[int, ...], int]]:
    """(depth, widths, samples) of each network."""
    least = model.least_layers
    if not any(a.kind == "unit" for q in model.quantities.values() for a in q.axes):
        depths = [least] * _count(least) if model.last is None else [least + i % DEEPEST for i in range(COUNT)]
        return [(d, (1,) * (d + 1), SAMPLES) for d in depths]
    if model.last is not None:
        depths = list(range(least, max(DEEPEST, least + 2) + 1))
        different = [(d, _turned(DIFFERENT, d + 1, i), SAMPLES) for i, d in enumerate(depths)]
        equal = [(max(least, d), (EQUAL,) * (max(least, d) + 1), EQUAL) for d in (2, 3)]
        more = [
            (max(least, d), _turned(DIFFERENT, max(least, d) + 1, 3 + i), 2 + i) for i, d in enumerate((3, 2, 4, 1))
        ]
        return [*different, *equal, *[(d, w, s if s not in w else 9) for d, w, s in more]][:COUNT]
    if model.widths is None or sum(a * b for a, b in pairwise(model.widths)) <= MODERATE:
        return [(least, model.widths or _turned(DIFFERENT, least + 1, i), SAMPLES) for i in range(_count(least))]
    return [(least, _small(model.widths, i), SAMPLES) for i in range(_count(least))]


def _count(depth: int) -> int:
    return COUNT if depth <= DEEP else COUNT_DEEP


def _turned(widths: tuple[int, ...], count: int, by: int) -> tuple[int, ...]:
    """``count`` of the widths, starting at another place; pairwise different as far as they reach."""
    return tuple(widths[: max(count, 4)][(i + by) % min(len(widths), max(count, 4))] for i in range(count))


def _small(widths: tuple[int, ...], variant: int) -> tuple[int, ...]:
    """Small widths for large ones; every fourth network has equal ones."""
    if variant % 4 == 3:
        return tuple(1 if n == 1 else EQUAL for n in widths)
    return tuple(1 if n == 1 else m for n, m in zip(widths, _turned(DIFFERENT, len(widths), variant), strict=True))
