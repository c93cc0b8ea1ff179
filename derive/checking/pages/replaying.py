"""The network on which an equation fails, with all its numbers: what a counterexample stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from derive.algebra.tree import Ref, num
from derive.checking.explaining.author import author
from derive.checking.explaining.spelling import spellings
from derive.errors import DeriveError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from derive.checking.explaining.author import AuthorPrinter
    from derive.checking.judging import Judge
    from derive.checking.reading import Written
    from derive.checking.verdicts import Judgement
    from derive.meaning import World

DIGITS = 17
"""So many digits give the same numbers back."""


def replayed(judge: Judge, w: Written, found: Judgement) -> str:
    """Every number of the network of a counterexample, and the two numbers that differ.

    Raises:
        DeriveError: there is no counterexample, or it is a network under conditions of its own.
    """
    c = found.counterexample
    if c is None:
        why = f": {found.reason}" if found.verdict == "cannot_tell" else ""
        what = f"this equation has no counterexample{why}"
        raise DeriveError(what, expected="one that is wrong in numbers, not in shape")
    plan = next((p for p in judge.worlds.plans() if p.seed == c.seed), None)
    if plan is None:
        raise DeriveError("this counterexample is a network under conditions of its own: it cannot be replayed")
    world = judge.worlds.one(plan, exact=False)
    printer = author(spellings(w.members, judge.understood), judge.understood, limits=False)
    asked = [f"{name} = {value!r}   (drawn)" for name, value in c.letters.items()]
    network = [line for line in _numbers(world, printer) if line.partition(" = ")[0] not in c.letters]
    lines = [f"equation: {w.latex}", str(c), "", *asked, *network]
    return "\n".join([*lines, "", f"definition: {c.expected!r}", f"this expression: {c.got!r}"])


def _numbers(world: World, printer: AuthorPrinter) -> Iterator[str]:
    """``name = numbers`` for every member: leaves first, as they are drawn, then what is computed from them."""
    members = sorted(world.members(), key=lambda m: world.definition(*m) is not None)
    for name, layer in members:
        role = world.model.quantities[name].role
        if role in ("size", "adjoint"):
            continue
        values = np.real(world.base.fetch(name, layer)[0])
        drawn = "" if world.definition(name, layer) is not None else "   (drawn)"
        shown = np.array2string(values, separator=", ", floatmode="maxprec", precision=DIGITS, max_line_width=10**6)
        yield f"{_written(name, layer, world, printer)} = {' '.join(shown.split())}{drawn}"


def _written(name: str, layer: int | None, world: World, printer: AuthorPrinter) -> str:
    whole = None if world.model.quantities[name].axes else ()
    try:
        return printer.written(Ref(name, () if layer is None else (num(layer),), whole))
    except DeriveError:
        return name.strip("$") + ("" if layer is None else f" in layer {layer}")
