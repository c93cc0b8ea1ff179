"""The numbers that show that two sides differ, in the letters of the page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from derive.checking.judging.comparing import same_shape
from derive.checking.verdicts import Counterexample, Judgement
from derive.meaning import MeaningError

if TYPE_CHECKING:
    from derive.checking.judging.comparing import Comparison
    from derive.checking.judging.places import At
    from derive.meaning import World
    from derive.notation.symbols import SymbolTable


def in_letters(found: Judgement, table: SymbolTable) -> Judgement:
    """The judgement with the letters of the page in its counterexample, where they stand for variables of formulas."""
    c = found.counterexample
    if c is None or not (c.letters and table.letters):
        return found
    own = {canonical: letter.removeprefix("\\") for letter, canonical in table.letters.items()}
    return replace(found, counterexample=replace(c, letters={own.get(k, k): v for k, v in c.letters.items()}))


def counterexample(c: Comparison, n: int, world: World, at: At) -> Counterexample | None:
    """The entry with the largest difference on a network of ordinary numbers."""
    try:
        x, y = same_shape(*(c.value(m, world, at) for m in c.reading.members[n : n + 2]))
    except MeaningError:
        return None
    difference = np.abs(np.nan_to_num(np.asarray(x - y), nan=0.0))
    place = np.unravel_index(int(np.argmax(difference)), difference.shape) if difference.size else ()
    names = [s.name for s in c.reading.letters] + ["row", "column"]
    indices = {s.name: v for s, v in at.items()}
    indices.update({name: int(i) + 1 for name, i in zip(names, place, strict=False)})
    sizes = {k: v for k, v in world.sizes.items() if isinstance(v, int)}
    layered = any(q.role == "size" for q in world.model.quantities.values())
    widths = world.widths if layered else ()
    free = {s for m in c.reading.members[n : n + 2] for s in m.symbols} & world.compiler.variables
    free -= {*c.reading.letters, *at}
    letters = {s.name: float(np.real(world.variable(s.name))) for s in sorted(free, key=str)}
    return Counterexample(
        world.seed, widths, indices, float(np.real(x[place])), float(np.real(y[place])), sizes, letters
    )
