r"""Where an equation holds: ``l = L-1, \dots, 1`` beside a display, ``l = 1..L-1`` in data."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from derive.algebra.layers import split
from derive.algebra.tree import num
from derive.notation.latex import tight

if TYPE_CHECKING:
    from derive.algebra.layers import LayerSet, Range
    from derive.algebra.tree import Sym
    from derive.notes.voice import Voice


def conditions(layer: Sym | None, layers: LayerSet | None, voice: Voice, *, down: bool = False) -> list[str]:
    r"""The layers as relations: ``l = 1, \dots, 4`` and, where some between are left out, ``l \ne 3``."""
    if layer is None or layers is None:
        return []
    if layers.point is not None:
        return [f"{voice.latex(layer)} = {tight(voice.latex(layers.point))}"]
    first, last = layers.ranges[0].low, layers.ranges[-1].high
    letter = voice.latex(layer)
    values = _values(tight(voice.latex(first)), tight(voice.latex(last)), split(first), split(last), down=down)
    return [f"{letter} = {values}", *(rf"{letter} \ne {n}" for n in _left_out(layers.ranges))]


def _values(first: str, last: str, low: tuple[Sym | None, int], high: tuple[Sym | None, int], *, down: bool) -> str:
    ends = (last, first) if down else (first, last)
    side_by_side = low[0] == high[0] and high[1] - low[1] == 1
    return ", ".join(ends) if side_by_side else rf"{ends[0]}, \dots, {ends[1]}"


def _left_out(ranges: tuple[Range, ...]) -> list[int]:
    """The numbers between the ranges."""
    out: list[int] = []
    for before, after in pairwise(ranges):
        (letter, low), (other, high) = split(before.high), split(after.low)
        assert letter is other is None, "gaps between layers are known by number"
        out.extend(range(low + 1, high))
    return out


def data(layer: Sym | None, layers: LayerSet | None) -> str | None:
    """``l = 1..L-1``, None without a letter."""
    if layer is None or layers is None:
        return None
    return f"{layer.name} = {layers}".replace(" - ", "-").replace(" + ", "+")


def is_single(layers: LayerSet | None, number: int) -> bool:
    """Whether this is one layer, of that number."""
    return layers is not None and layers.point == num(number)
