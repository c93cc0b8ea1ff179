"""How errors vanish in a chain, in numbers: the error of the first layer and its bound, found by meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.substitute import put
from derive.algebra.tree import Div, Expr, Fn, Partial, Ref, num
from derive.meaning import world
from derive.notes.document import Cite, Math, Paragraph, Table, Text, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from derive.derivation.steps import Derivation
    from derive.notes.document import Block
    from derive.notes.voice import Voice

DEPTHS, WEIGHTS = (2, 5, 10, 20), (1, 2, 4)
INPUT = 1.0
LEAD = """\
In numbers, for the first layer, with every weight the same, every bias 0 and the input 1; both columns as \
multiples of the size of {}. The bound {} does not depend on the input. At weights of 4 it promises nothing any more, \
but then the nodes saturate and the slopes are far below their largest value."""


def in_numbers(d: Derivation, voice: Voice) -> Iterator[Block]:
    """The sentence and the table below the bound of a chain."""
    model = voice.section.model
    last = model.last or num(model.least_layers)
    output = Partial(model.objective, Ref("a", (last,)))
    yield Paragraph(say(LEAD, voice.math(output), Cite(d.label)))
    header: tuple[Text, ...] = (
        ("Layers",),
        ("Weights",),
        say("{}, computed", voice.math(_first(d.claim[0], d))),
        ("At most",),
    )
    depths = DEPTHS if model.last is not None else (model.least_layers,)
    rows = [(depth, weight) for depth in depths for weight in (WEIGHTS if depth in (depths[-1], 10) else WEIGHTS[:1])]
    yield Table("cccc", header, tuple(_row(d, voice, output, *row) for row in rows))


def _row(d: Derivation, voice: Voice, output: Expr, depth: int, weight: int) -> tuple[Text, ...]:
    model = voice.section.model
    layers = range(1, depth + 1)
    given = {"x": INPUT, "w": dict.fromkeys(layers, float(weight)), "b": dict.fromkeys(layers, 0.0)}
    chain = world(model, 1, depth, values=given)
    values = [chain.value(Div(_first(side, d), Fn("abs", (output,)))) for side in d.claim]
    return (Math(str(depth)),), (Math(str(weight)),), *((Math(_power(float(v.real))),) for v in values)


def _first(expr: Expr, d: Derivation) -> Expr:
    """What is said about layer 1."""
    assert d.layer is not None
    return put(expr, {d.layer: num(1)})


def _power(value: float) -> str:
    r"""``7.6 \cdot 10^{-10}``, and numbers of moderate size as they are."""
    digits, exponent = f"{value:.1e}".split("e")
    return f"{value:.2g}" if value >= 0.01 else rf"{digits} \cdot 10^{{{int(exponent)}}}"
