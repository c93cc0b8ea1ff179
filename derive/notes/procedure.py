"""The pseudocode that ends the notes: what is done in which order, each line with the equations that it computes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.data.optimisers import OPTIMISERS
from derive.notes import equations
from derive.notes.document import Cite, Math, Procedure, Text, joined, say
from derive.notes.ranges import conditions, is_single
from derive.spec.network import PLAIN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from derive.derivation.steps import Chapter, Derivation, Section
    from derive.model.model import Definition, Quantity
    from derive.notes.voice import Voice
    from derive.spec import NetworkSpec

KEPT = ("delta-output", "delta-hidden", "gradient-W", "gradient-b")
UPDATES = ("update-W", "update-b")
PENALISED = ("penalty-gradient",)
PENALISED_UPDATES = ("update-W-penalty", "update-b-penalty")
"""How the labels begin of what is computed, and of what takes the place of gradients and updates with a penalty."""


def chosen(section: Section, stems: Sequence[str]) -> list[Derivation]:
    """The derivations of the kinds that are kept, in order; lemmas, bounds and closed forms are not."""
    return [d for stem in stems for d in section.derivations if d.label.startswith(stem) and "/" not in d.label]


def procedure(chapter: Chapter, spec: NetworkSpec, forward: Section, results: Section, voice: Voice) -> Procedure:
    """Draw the masks, forward, backward, update; then how to predict, where that is something else."""
    masks = forward.model.masks
    learnt = _learnt(chapter, spec, results)
    lines = (
        *_begin(chapter, spec),
        (0, ("Until the cost is small enough, once for each sample or batch:",)),
        *((1, _drawn(q, voice)) for q in masks),
        *_forward(forward, voice),
        *_backward(results, learnt, voice),
        *_updates(chapter, spec, learnt),
        *((0, _prediction(q, voice)) for q in masks),
    )
    return Procedure(("The procedure",), lines)


def _learnt(chapter: Chapter, spec: NetworkSpec, results: Section) -> tuple[list[Derivation], list[Derivation]]:
    """Gradients and plain updates: those of the cost that is made small, which may have a penalty."""
    if spec.penalty is None:
        return chosen(results, KEPT[2:]), chosen(results, UPDATES)
    section = next(s for s in chapter.sections if s.key == "penalty")
    return chosen(section, PENALISED), chosen(section, PENALISED_UPDATES)


def _in_network(chapter: Chapter, spec: NetworkSpec) -> Iterator[tuple[str, Section]]:
    """What each optimiser that was asked for is called, and the section of its updates of the network."""
    for name in spec.optimisers:
        section = next((s for s in chapter.sections if s.key == f"optimised-{name}"), None)
        if section is not None:
            yield OPTIMISERS.get(name).reading, section


def _begin(chapter: Chapter, spec: NetworkSpec) -> Iterator[tuple[int, Text]]:
    if any(True for _ in _in_network(chapter, spec)):
        yield 0, ("Begin: what the optimiser keeps is 0.",)


def _drawn(mask: Quantity, voice: Voice) -> Text:
    where = _list(conditions(mask.layer, mask.layers, voice))
    return say("Draw the masks {} anew, for {} and for each sample;", voice.math(mask.head), where)


def _prediction(mask: Quantity, voice: Voice) -> Text:
    return say("To predict: the same way forward, with every mask {} equal to 1.", voice.math(mask.head))


# ---------------------------------------------------------------- forward and backward


def _forward(section: Section, voice: Voice) -> Iterator[tuple[int, Text]]:
    """What is about layer 0 sets the input; the rest is computed in each layer in which it is defined."""
    steps = [d for d in section.forward if d.label.startswith("forward")]
    begin = [d for d in steps if is_single(d.layers, 0)]
    layer = [d for d in steps if d not in begin]
    yield 1, ("Forward: from the input to the output,",)
    yield 2, say("set the input, {};", _cites(begin))
    yield 2, say("for {}: {}{};", _all_layers(section, voice), _cites(layer), _where_defined(layer))


def _where_defined(found: Sequence[Definition]) -> str:
    """Not every layer has each of the equations."""
    return "" if len({d.layers for d in found}) == 1 else ", those that the layer has"


def _backward(
    results: Section, learnt: tuple[list[Derivation], list[Derivation]], voice: Voice
) -> Iterator[tuple[int, Text]]:
    output, hidden = (chosen(results, (stem,)) for stem in KEPT[:2])
    yield 1, ("Backward: from the output to the input,",)
    yield from ((2, say("the error of the last layer, {};", Cite(d.label))) for d in output)
    yield from ((2, say("{} {};", _where(d, voice), Cite(d.label))) for d in hidden)
    yield 2, say("the gradients, {};", _cites(learnt[0]))


def _where(d: Derivation, voice: Voice) -> Text:
    found = equations.layers(d, voice)
    if not found:
        return say("the error {},", voice.math(d.claim[0]))
    return say("for {} in this order: the error {},", _list(found), voice.math(d.claim[0]))


# ---------------------------------------------------------------- update


def _updates(
    chapter: Chapter, spec: NetworkSpec, learnt: tuple[list[Derivation], list[Derivation]]
) -> Iterator[tuple[int, Text]]:
    """One line for each way that was asked for; plain gradient descent where no other was."""
    ways = [(reading, list(section.derivations)) for reading, section in _in_network(chapter, spec)]
    if not ways:
        yield 1, say("Update: all weights and biases at once, {}.", _cites(learnt[1]))
        return
    if PLAIN in spec.optimisers:
        ways.insert(0, (OPTIMISERS.get(PLAIN).reading, learnt[1]))
    for number, (reading, made) in enumerate(ways):
        text = "Update with {}: all weights and biases at once, {}." if not number else "Or with {}: {}."
        yield 1, say(text, reading, _cites(made))


def _all_layers(section: Section, voice: Voice) -> Text:
    z = section.model.quantities["z"]
    return _list(conditions(z.layer, z.layers, voice))


def _list(formulas: list[str]) -> Text:
    return joined([(Math(f),) for f in formulas], ", ")


def _cites(found: Sequence[Derivation | Definition]) -> Text:
    return joined([(Cite(d.label),) for d in found], ", ")
