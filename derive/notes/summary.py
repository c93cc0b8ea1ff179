"""The equations to keep, the procedure that cites them, and remarks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.notes import equations
from derive.notes.document import Cite, Display, Group, Heading, Math, Paragraph, Procedure, Setting, Text, joined, say
from derive.notes.ranges import conditions
from derive.notes.sentences import remarks
from derive.notes.setting import setting_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from derive.derivation.steps import Chapter, Derivation, Section
    from derive.notes.document import Block
    from derive.notes.voice import Voice

KEPT = ("delta-output", "delta-hidden", "gradient-W", "gradient-b")
UPDATES = ("update-W", "update-b")
PENALISED = ("penalty-gradient", "update-W-penalty")


def summary(chapter: Chapter, voices: Mapping[str, Voice]) -> Iterator[Block]:
    """The box of the four equations and the updates, and the pseudocode."""
    results = next(s for s in chapter.sections if s.key in ("scalar", "matrix"))
    forward = next(s for s in chapter.sections if s.key in ("scalar", "index"))
    voice = voices[results.key]
    yield Heading(("Summary",))
    yield Setting(setting_of(results, voice.notation))
    yield Group(tuple(_claims(results, KEPT + UPDATES, voice)), ("The four equations and the updates",))
    yield from _with_penalty(chapter, voices)
    yield _procedure(forward, results, voice)
    yield from (Paragraph((text,), (title,)) for title, text in remarks())


def _with_penalty(chapter: Chapter, voices: Mapping[str, Voice]) -> Iterator[Block]:
    """What a penalty changes."""
    section = next((s for s in chapter.sections if s.key == "penalty"), None)
    if section is not None:
        voice = voices[section.key]
        yield Setting(setting_of(section, voice.notation))
        yield Group(tuple(_claims(section, PENALISED, voice)), ("With the penalty, for the weights",))


def _chosen(section: Section, stems: tuple[str, ...]) -> list[Derivation]:
    """The derivations of the kinds that are kept, in order; lemmas, bounds and closed forms are not."""
    return [d for stem in stems for d in section.derivations if d.label.startswith(stem) and "/" not in d.label]


def _claims(section: Section, stems: tuple[str, ...], voice: Voice) -> Iterator[Display]:
    for d in _chosen(section, stems):
        yield equations.claim(d, voice, again=True)


# ---------------------------------------------------------------- pseudocode


def _procedure(forward: Section, results: Section, voice: Voice) -> Procedure:
    """Forward, backward, update; each line cites its equations."""
    steps = [d.label for d in forward.forward if d.label.startswith(("forward-z", "forward-a"))]
    output, hidden, weights, biases = (_chosen(results, (stem,)) for stem in KEPT)
    lines: list[tuple[int, Text]] = [
        (0, ("Until the cost is small enough, once for each sample or batch:",)),
        (1, ("Forward: from the input to the output,",)),
        (2, say("set the input, {};", Cite("forward-input"))),
        (2, say("for {}: {};", _all_layers(forward, voice), _cites(steps))),
        (1, ("Backward: from the output to the input,",)),
        *((2, say("the error of the last layer, {};", Cite(d.label))) for d in output),
        *((2, say("{} {};", _where(d, voice), Cite(d.label))) for d in hidden),
        (2, say("the gradients, {};", _cites([d.label for d in weights + biases]))),
        (1, say("Update: all weights and biases at once, {}.", _cites([d.label for d in _chosen(results, UPDATES)]))),
    ]
    return Procedure(("The procedure",), tuple(lines))


def _where(d: Derivation, voice: Voice) -> Text:
    found = equations.layers(d, voice)
    if not found:
        return say("the error {},", voice.math(d.claim[0]))
    return say("for {} in this order: the error {},", _list(found), voice.math(d.claim[0]))


def _all_layers(section: Section, voice: Voice) -> Text:
    z = section.model.quantities["z"]
    return _list(conditions(z.layer, z.layers, voice))


def _list(formulas: list[str]) -> Text:
    return joined([(Math(f),) for f in formulas], ", ")


def _cites(labels: list[str]) -> Text:
    return joined([(Cite(label),) for label in labels], ", ")
