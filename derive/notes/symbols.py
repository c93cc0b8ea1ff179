"""The rows of the glossary: every symbol with its shape and its reading in English."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.tree import ONE, Fn, Kron, Ones, Partial, Paths, Ref, Sym, Transpose, Waypoint, add, num
from derive.notation.latex import tight
from derive.notes.document import Math, Text, joined, say
from derive.notes.press import width

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from derive.algebra.tree import Expr
    from derive.model.model import Function, Model, Quantity
    from derive.notes.voice import Voice

ROW = tuple[Text, Text, Text]
TIME = Sym("t")
SAMPLES = Sym("N")
NUMBER: Text = ("number",)
WIDEST = 20.0
"""The width in em of a formula that has room beside the reading of its function."""
ARRAYS = {
    "x": "the inputs of a batch",
    "y": "the targets of a batch",
    "z": "the pre-activations of a batch",
    "a": "the activations of a batch",
    "mask": "the masks of a batch",
    "h": "what is left of the activations of a batch",
    "delta": "the errors of a batch",
}
SIGN = "1 for positive and -1 for negative numbers; 0 at 0, where {} has no slope: the smallest of those from -1 to 1"
UNITS = "units: {} receives, {} emits (layer before), {} any of the same layer, {} of the layer after; {} spare"


def rows(voices: Mapping[str, Voice]) -> Iterator[ROW]:
    """Quantities of the main form, functions, signs; then what a batch and a penalty add."""
    main = voices["scalar"] if "scalar" in voices else voices["index"]
    yield from _counting(main)
    yield from (_quantity(q, main) for q in main.section.model.quantities.values() if q.role != "size")
    for function in main.section.model.functions.values():
        yield from _function(function, main)
    yield from _signs(main)
    if main.section.key == "index":
        yield from _arrays(main)
    yield from _paths(main)
    yield from _batch(voices)
    yield from _of_chain(voices)
    if "penalty" in voices:
        own = voices["penalty"]
        names = [q.name for q in own.section.model.quantities.values() if q.name.startswith("lambda")]
        yield from (_quantity(own.section.model.quantities[n], own) for n in (*names, "Jhat"))
        yield from _sign(own)
    if "equal" in voices:
        own = voices["equal"]
        yield from (_quantity(own.section.model.quantities[n], own) for n in "vuc")
    yield from _of_optimisers(voices)


def _paths(voice: Voice) -> Iterator[ROW]:
    """The letter of the units on a path, where a sum over paths is written."""
    lines = [d.claim[1] for d in voice.section.derivations]
    found = next((n for line in lines for n in line.walk() if isinstance(n, Paths)), None)
    if found is not None:
        letter = voice.math(Waypoint(found.letter, layer_of(voice.section.model)))
        yield (letter,), (), of_layer("the unit at which a path through the layers passes layer {l}", voice)


def _of_chain(voices: Mapping[str, Voice]) -> Iterator[ROW]:
    """The second name of the output in the special case of a chain."""
    own = voices.get("chain")
    last = own.section.model.last if own is not None else None
    if own is not None and last is not None:
        output = own.math(Ref("a", (last,)))
        if output != own.math(Ref("a", (layer_of(own.section.model),))):
            yield (output,), NUMBER, ("the output of the chain of single nodes",)


def _of_optimisers(voices: Mapping[str, Voice]) -> Iterator[ROW]:
    """The iterations, and what each optimiser keeps; what several have in common once."""
    told: set[str] = set()
    for key, own in voices.items():
        if not key.startswith(("optimiser-", "optimised-")):
            continue
        model = own.section.model
        kept = list(model.quantities.values())
        if key.startswith("optimised-"):
            kept = [q for q in kept if q.name.endswith(("_w", "_b"))]
        if not told:
            letters = [own.math(s) for s in (layer_of(model), model.last) if s is not None]
            yield _listed(letters), (), ("an iteration, counted from 1, and the last one",)
        for q in kept:
            reading = f"{own.notation.spelling(q.head).entry} {q.reading}"
            if reading not in told and q.name != "eta":
                told.add(reading)
                yield _quantity(q, own)


def _sign(voice: Voice) -> Iterator[ROW]:
    """What the slope of an absolute value is, where the penalty has one."""
    model = voice.section.model
    for node in (n for d in model.definitions for n in d.rhs.walk() if isinstance(n, Fn) and n.name == "abs"):
        slope = voice.math(Fn("sign", node.args))
        yield (slope,), NUMBER, say(SIGN, voice.math(node))
        return


def layer_of(model: Model) -> Sym:
    """The letter of layers."""
    return next(q.layer for q in model.quantities.values() if q.layer is not None)


def of_layer(reading: str, voice: Voice) -> Text:
    """``the weights into layer {l}`` with the letter of the notation."""
    return say(reading.replace("{l}", "{0}"), voice.math(layer_of(voice.section.model)))


def _listed(letters: list[Math]) -> Text:
    return joined([(x,) for x in letters], ", ")


# ---------------------------------------------------------------- quantities


def _counting(voice: Voice) -> Iterator[ROW]:
    """Layers, widths and the letters of units."""
    model = voice.section.model
    yield (voice.math(layer_of(model)),), (), ("a layer, counted from the input, which is layer 0",)
    if model.last is not None:
        yield (voice.math(model.last),), (), ("the last layer, the output",)
    if voice.section.key == "index":
        yield from _units(voice)


def _units(voice: Voice) -> Iterator[ROW]:
    """The width of a layer and the letters of its units."""
    width = Ref("n", (layer_of(voice.section.model),))
    yield (voice.math(width),), NUMBER, of_layer("the width of layer {l}: how many units it has", voice)
    letters = [voice.math(Sym(x)) for x in "kjipq"]
    yield _listed(letters), (), say(UNITS, *letters)


def _quantity(q: Quantity, voice: Voice) -> ROW:
    """Array and entry, shape, reading."""
    whole = _whole(q)
    symbol: Text = (voice.math(whole), ", entries ", voice.math(q.head)) if q.axes else (voice.math(q.head),)
    return symbol, _shape(q, voice), _reading(q, voice)


def _whole(q: Quantity) -> Ref:
    return Ref(q.name, q.head.slots, None if q.axes else ())


def _shape(q: Quantity, voice: Voice) -> Text:
    sizes: list[Expr] = [a.high for a in q.axes] + [ONE] * (len(q.axes) == 1)
    return (Math(r" \times ".join(tight(voice.latex(s)) for s in sizes)),) if sizes else NUMBER


def _reading(q: Quantity, voice: Voice) -> Text:
    said = of_layer(q.reading, voice) if q.layer is not None else (q.reading,)
    if q.name != "a":
        return said
    last = voice.section.model.last or num(voice.section.model.least_layers)
    return (*said, "; ", voice.math(Ref("a", (last,), None if q.axes else ())), " is the output")


# ---------------------------------------------------------------- functions and signs


def _function(f: Function, voice: Voice) -> Iterator[ROW]:
    """A function and its slope; an unknown cost as it stands in the definition of the cost."""
    if f.kind == "unknown cost":
        cost = next(d.rhs for d in voice.section.model.definitions if d.label.startswith("cost"))
        yield (voice.math(cost),), NUMBER, ("the cost as a function of output and target",)
        return
    slots = (layer_of(voice.section.model),) if f.per_layer else ()
    formula: Text = (", ", voice.math(f.body)) if f.body is not None and width(voice.latex(f.body)) < WIDEST else ()
    shape: Text = ("as its argument",)
    yield (voice.math(Fn(f.name, (Sym("z"),), slots)),), shape, (*of_layer(f.reading, voice), *formula)
    slope = Fn(f.name, (Sym("z"),), slots, order=1)
    yield (voice.math(slope),), shape, ("its slope, taken of every entry",)


def _signs(voice: Voice) -> Iterator[ROW]:
    """Derivatives and iterations."""
    model = voice.section.model
    member, objective = model.quantities["z"].head, model.objective
    reading = say("how much {} changes when {} is moved a little", voice.math(objective), voice.math(member))
    yield (voice.math(Partial(objective, member)),), NUMBER, reading
    whole = _whole(model.quantities["w"])
    times = [voice.math(Ref("w", whole.slots, whole.entries, t)) for t in (TIME, add(TIME, num(1)))]
    yield _listed(times), ("as the weights",), ("the weights before and after an update",)


def _arrays(voice: Voice) -> Iterator[ROW]:
    """Signs between and on arrays, and the Kronecker delta."""
    yield (voice.math(Kron(Sym("i"), Sym("k"))),), NUMBER, ("1 where the letters are equal, else 0",)
    yield (Math(voice.notation.elementwise),), (), ("product entry by entry of arrays of one shape",)
    weights = _whole(voice.section.model.quantities["w"])
    yield (voice.math(Transpose(weights)),), (), ("the transpose: rows become columns",)


# ---------------------------------------------------------------- a batch


def _batch(voices: Mapping[str, Voice]) -> Iterator[ROW]:
    """The arrays of a batch, with the samples as columns or as rows; of a chain also what has units only there."""
    columns, other = voices["batch-columns"], voices["batch-rows"]
    if "scalar" in voices:
        yield from _units(columns)
        yield from (_quantity(columns.section.model.quantities[n], columns) for n in ("w", "b"))
        yield from _arrays(columns)
    letters = [columns.math(Sym("s")), columns.math(Sym("r"))]
    yield (columns.math(SAMPLES),), NUMBER, ("how many samples a batch has",)
    yield _listed(letters), (), ("samples",)
    yield (columns.math(Ref("C", (), (Sym("s"),))),), NUMBER, say("the cost of sample {}", letters[0])
    for name, reading in ((n, r) for n, r in ARRAYS.items() if n in columns.section.model.quantities):
        first, second = (v.section.model.quantities[name] for v in (columns, other))
        shape = (*_shape(first, columns), " or ", *_shape(second, other))
        yield (columns.math(_whole(first)),), shape, (f"{reading}: samples as columns, or as rows",)
    ones = Math(rf"{columns.latex(SAMPLES)} \times 1")
    yield (columns.math(Ones(SAMPLES)),), (ones,), ("a column of ones",)
