"""The first section of the notes: the network in a sentence, the symbols, the widths, letters that are kept apart."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from derive.algebra.tree import Kron, Ref, Sym
from derive.notes.document import Heading, Math, Paragraph, Table, Text, joined, say
from derive.notes.sentences import renamed, section
from derive.notes.symbols import SAMPLES, TIME, layer_of, rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from derive.notes.document import Block
    from derive.notes.voice import Voice
    from derive.spec import NetworkSpec

OPEN = "A fully connected network: any number of layers, any widths, in each layer a function of its own."

DROPOUT = (
    " Dropout: in each step of training every output of a hidden layer is left out with probability {0},"
    " and what stays is divided by {1}."
)


def glossary(spec: NetworkSpec, voices: Mapping[str, Voice]) -> Iterator[Block]:
    """The section of the symbols."""
    main = voices["scalar"] if "scalar" in voices else voices["index"]
    yield Heading(("Symbols",))
    yield Paragraph(_what(spec))
    yield Table("llp", (("Symbol",), ("Shape",), ("Reading",)), tuple(rows(voices)))
    if spec.widths is not None and "index" in voices:
        yield _widths(spec, main)
    yield Paragraph(_letters(main, voices))


def _what(spec: NetworkSpec) -> Text:
    """The network in a sentence, its cost, and what dropout does."""
    row = spec.cost_row
    cost = f" The cost is {row.reading}." if row is not None else " The cost is left open."
    told = say(DROPOUT, Math(f"{spec.dropout:g}"), Math(f"1 - {spec.dropout:g}")) if spec.dropout is not None else ()
    return (f"{OPEN if spec.widths is None else _layers(spec)}{cost}", *told)


def dropout(spec: NetworkSpec, voice: Voice) -> Text:
    """What a mask is, why it is larger than 1 where a unit stays, and when it is drawn."""
    (mask,) = voice.section.model.masks
    stays = f"1 - {spec.dropout:g}"
    mean = rf"{spec.dropout:g} \cdot 0 + ({stays}) \cdot 1 / ({stays})"
    words = section("dropout").lead
    return say(words, voice.math(mask.head), Math(f"{spec.dropout:g}"), Math(f"1 / ({stays})"), Math(mean))


def _layers(spec: NetworkSpec) -> str:
    kinds = [spec.activation(a).reading for a in spec.activations or ()]
    runs = [f"{name} in {_times(len(list(group)), 'layer')}" for name, group in groupby(kinds)]
    layers = _times(len(kinds), "layer")
    return f"A fully connected network with {layers} behind the input: {', then '.join(runs)}."


def _times(count: int, what: str) -> str:
    return f"one {what}" if count == 1 else f"{count} {what}s"


def _widths(spec: NetworkSpec, voice: Voice) -> Table:
    """The widths of a concrete network, layers that are alike in one row."""
    assert spec.widths is not None
    layer = layer_of(voice.section.model)
    told = [("input", spec.widths[0]), *zip(spec.activations or (), spec.widths[1:], strict=True)]
    made, start = [], 0
    for (name, width), group in groupby(told):
        end = start + len(list(group)) - 1
        numbers = str(start) if end == start else rf"{start}, \dots, {end}"
        kind = name if name == "input" else spec.activation(name).reading
        made.append(((Math(numbers),), (Math(str(width)),), (kind,)))
        start = end + 1
    header = (say("Layer {}", voice.math(layer)), say("Width {}", voice.math(Ref("n", (layer,)))), ("Activation",))
    return Table("ccl", header, tuple(made))


def _letters(main: Voice, voices: Mapping[str, Voice]) -> Text:
    """Which letters of the lectures collide, and what is written instead."""
    said = [
        say(renamed("time"), main.math(TIME)),
        say(renamed("kronecker"), main.math(Kron(Sym("i"), Sym("k")))),
        say(renamed("samples"), main.math(SAMPLES)),
    ]
    if "penalty" in voices:
        own = voices["penalty"]
        strength = next(q.head for q in own.section.model.quantities.values() if q.name.startswith("lambda"))
        said.append(say(renamed("penalty"), own.math(strength), own.math(Ref("eta"))))
    return (
        "Letters that collide in the lectures are kept apart here: ",
        *joined(said, "; "),
        ". An equation has the number that it has in the whole chapter; one that stands there already is cited.",
    )
