"""Every symbol with its shape and its reading in English; the widths; the letters that were kept apart."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from derive.algebra.tree import ONE, Fn, Kron, Ones, Partial, Ref, Sym, Transpose, add, num
from derive.data.activations import ACTIVATIONS
from derive.data.costs import COSTS
from derive.notation.latex import tight
from derive.notes.document import Heading, Math, Paragraph, Table, Text, joined, say
from derive.notes.sentences import RENAMED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from derive.derivation.steps import Chapter
    from derive.model.model import Model, Quantity
    from derive.notes.document import Block
    from derive.notes.voice import Voice
    from derive.spec import NetworkSpec

ROW = tuple[Text, Text, Text]
TIME = Sym("t")


def glossary(chapter: Chapter, spec: NetworkSpec, voices: Mapping[str, Voice]) -> Iterator[Block]:
    """The first section of the notes."""
    main = voices["scalar"] if "scalar" in voices else voices["index"]
    yield Heading(("Symbols",))
    yield Paragraph(_what(spec))
    yield Table("llp", (("Symbol",), ("Shape",), ("Reading",)), tuple(rows(chapter, voices)))
    if spec.widths is not None and "index" in voices:
        yield _widths(spec, main)
    yield Paragraph(_letters(main, voices))


def _what(spec: NetworkSpec) -> Text:
    """The network in a sentence."""
    if spec.widths is None:
        shape = "A fully connected network with any number of layers, any widths, and in each layer a function of its own."
    else:
        kinds = [ACTIVATIONS.get(a).reading for a in spec.activations or ()]
        runs = [f"{name} in {_times(len(list(group)))}" for name, group in groupby(kinds)]
        shape = f"A fully connected network with {len(kinds)} layers behind the input: {', then '.join(runs)}."
    cost = f" The cost is the {COSTS.get(spec.cost).reading}." if spec.cost else " The cost is left open."
    return (shape + cost,)


def _times(count: int) -> str:
    return "one layer" if count == 1 else f"{count} layers"


# ---------------------------------------------------------------- rows


def rows(chapter: Chapter, voices: Mapping[str, Voice]) -> Iterator[ROW]:
    """Quantities of the main form, functions, signs; then what a batch adds."""
    main = voices["scalar"] if "scalar" in voices else voices["index"]
    model = main.section.model
    yield from _counting(main)
    for q in model.quantities.values():
        if q.role != "size":
            yield _quantity(q, main)
    yield from _functions(main)
    yield from _signs(main)
    if "batch-columns" in voices:
        yield from _batch(voices["batch-columns"], voices["batch-rows"])
    if "penalty" in voices:
        yield from (_quantity(voices["penalty"].section.model.quantities[n], voices["penalty"]) for n in ("lambda", "Jhat"))


def _counting(voice: Voice) -> Iterator[ROW]:
    """Layers, widths and the letters of units."""
    model = voice.section.model
    layer, last = _layer(model), model.last
    yield (voice.math(layer),), (), ("a layer, counted from the input, which is layer 0",)
    if last is not None:
        yield (voice.math(last),), (), ("the last layer, the output",)
    if any(q.axes for q in model.quantities.values()):
        yield (voice.math(Ref("n", (layer,))),), ("number",), say("the width of layer {}: how many units it has", voice.math(layer))
        letters = [voice.math(Sym(x)) for x in "kjip"]
        yield (
            joined([(x,) for x in letters], ", "),
            (),
            say("units: {} receives, {} emits (layer before), {} any of the same layer, {} of the layer after; {} spare", *letters, voice.math(Sym("q"))),
        )


def _layer(model: Model) -> Sym:
    return next(q.layer for q in model.quantities.values() if q.layer is not None)


def _quantity(q: Quantity, voice: Voice) -> ROW:
    """Entry and array, shape, reading."""
    array = Ref(q.name, q.head.slots, None)
    symbol: Text = (voice.math(array), ", entries ", voice.math(q.head)) if q.axes else (voice.math(q.head),)
    return symbol, _shape(q, voice), _reading(q, voice)


def _shape(q: Quantity, voice: Voice) -> Text:
    if not q.axes:
        return ("number",)
    sizes = [a.high for a in q.axes] + [ONE] * (len(q.axes) == 1)
    return (Math(r" \times ".join(tight(voice.latex(s)) for s in sizes)),)


def _of_layer(reading: str, voice: Voice) -> Text:
    """``the weights into layer {l}`` with the letter of the notation."""
    return say(reading.replace("{l}", "{0}"), voice.math(_layer(voice.section.model)))


def _reading(q: Quantity, voice: Voice) -> Text:
    said = _of_layer(q.reading, voice)
    if q.name != "a":
        return said
    last = voice.section.model.last or num(voice.section.model.least_layers)
    top = Ref("a", (last,), None if q.axes else ())
    return (*said, "; ", voice.math(top), " is the output")


def _functions(voice: Voice) -> Iterator[ROW]:
    layer = _layer(voice.section.model)
    z = Sym("z")
    for f in voice.section.model.functions.values():
        slots = (layer,) if f.per_layer else ()
        if f.kind == "unknown cost":
            definition = next(d for d in voice.section.model.definitions if d.label.startswith("cost"))
            yield (voice.math(definition.rhs),), ("number",), ("the cost as a function of output and target",)
            continue
        reading = _of_layer(f.reading, voice)
        formula: Text = (", ", voice.math(f.body)) if f.body is not None else ()
        yield (voice.math(Fn(f.name, (z,), slots)),), ("as its argument",), (*reading, *formula)
        slope = Fn(f.name, (z,), slots, order=1)
        yield (voice.math(slope),), ("as its argument",), ("its slope, entry by entry",)


def _signs(voice: Voice) -> Iterator[ROW]:
    """Signs that are no quantities."""
    model = voice.section.model
    units = bool(model.quantities["z"].axes)
    member = model.quantities["z"].head
    yield (
        (voice.math(Partial(model.objective, member)),),
        ("number",),
        say("how much {} changes when {} is moved a little", voice.math(model.objective), voice.math(member)),
    )
    weight = model.quantities["w"]
    now = Ref("w", weight.head.slots, None if weight.axes else (), TIME)
    after = Ref("w", weight.head.slots, now.entries, add(TIME, num(1)))
    yield (voice.math(now), ", ", voice.math(after)), ("as the weights",), ("the weights before and after an update",)
    if units:
        letters = voice.section.model.quantities["w"].head
        yield (voice.math(Kron(Sym("i"), Sym("k"))),), ("number",), ("1 where the letters are equal, else 0",)
        yield (Math(voice.notation.elementwise),), (), ("product entry by entry of arrays of one shape",)
        yield (voice.math(Transpose(Ref("w", letters.slots, None))),), (), ("the transpose: rows become columns",)


def _batch(columns: Voice, rows_: Voice) -> Iterator[ROW]:
    """The arrays of a batch, with the samples as columns or as rows."""
    size = columns.math(Sym("N"))
    letters = (columns.math(Sym("s")), columns.math(Sym("r")))
    yield (size,), ("number",), ("how many samples a batch has",)
    yield joined([(x,) for x in letters], ", "), (), ("samples",)
    yield (columns.math(Ref("C", (), (Sym("s"),))),), ("number",), say("the cost of sample {}", letters[0])
    for name in ("x", "y", "z", "a", "delta"):
        q, other = columns.section.model.quantities[name], rows_.section.model.quantities[name]
        shape = (*_shape(q, columns), " or ", *_shape(other, rows_))
        yield (columns.math(Ref(name, q.head.slots, None)),), shape, ("the same for a batch: samples as columns, or as rows",)
    yield (columns.math(Ones(Sym("N"))),), (columns_of(columns),), ("a column of ones",)


def columns_of(voice: Voice) -> Math:
    return Math(rf"{voice.latex(Sym('N'))} \times 1")


# ---------------------------------------------------------------- widths and letters


def _widths(spec: NetworkSpec, voice: Voice) -> Table:
    """The widths of a concrete network, layers that are alike in one row."""
    assert spec.widths is not None
    layer = _layer(voice.section.model)
    told = [("input", spec.widths[0]), *zip(spec.activations or (), spec.widths[1:], strict=True)]
    made = []
    start = 0
    for (name, width), group in groupby(told):
        end = start + len(list(group)) - 1
        numbers = str(start) if end == start else rf"{start}, \dots, {end}"
        kind = name if name == "input" else ACTIVATIONS.get(name).reading
        made.append(((Math(numbers),), (Math(str(width)),), (kind,)))
        start = end + 1
    header = (say("Layer {}", voice.math(layer)), say("Width {}", voice.math(Ref("n", (layer,)))), ("Activation",))
    return Table("ccl", header, tuple(made))


def _letters(main: Voice, voices: Mapping[str, Voice]) -> Text:
    """Which letters of the lectures collide, and what is written instead."""
    said = [say(RENAMED["time"], main.math(TIME))]
    if "index" in voices:
        said.append(say(RENAMED["kronecker"], main.math(Kron(Sym("i"), Sym("k")))))
    said.append(say(RENAMED["samples"], main.math(Sym("N"))))
    if "penalty" in voices:
        own = voices["penalty"]
        said.append(say(RENAMED["penalty"], own.math(Ref("lambda")), own.math(Ref("eta"))))
    return (
        "Letters that collide in the lectures are kept apart here: ",
        *joined(said, "; "),
        ". An equation keeps the number that it has in the whole chapter.",
    )


