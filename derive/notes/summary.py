"""The equations to keep, the procedure that cites them, and remarks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.notes import equations
from derive.notes.document import Display, Group, Heading, Paragraph, Setting
from derive.notes.procedure import KEPT, PENALISED, PENALISED_UPDATES, UPDATES, chosen, procedure
from derive.notes.sentences import remarks
from derive.notes.setting import setting_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from derive.derivation.steps import Chapter, Section
    from derive.notes.document import Block
    from derive.notes.voice import Voice
    from derive.spec import NetworkSpec


def summary(chapter: Chapter, spec: NetworkSpec, voices: Mapping[str, Voice]) -> Iterator[Block]:
    """The box of the four equations and the updates, and the pseudocode."""
    results = next(s for s in chapter.sections if s.key in ("scalar", "matrix"))
    forward = next(s for s in chapter.sections if s.key in ("scalar", "index"))
    voice = voices[results.key]
    yield Heading(("Summary",))
    yield Setting(setting_of(results, voice.notation))
    yield Group(tuple(_claims(results, KEPT + UPDATES, voice)), ("The four equations and the updates",))
    yield from _with_penalty(chapter, voices)
    yield procedure(chapter, spec, forward, results, voice)
    yield from (Paragraph((words.said(spec.dropout),), (words.title,)) for words in remarks())


def _with_penalty(chapter: Chapter, voices: Mapping[str, Voice]) -> Iterator[Block]:
    """What a penalty changes."""
    section = next((s for s in chapter.sections if s.key == "penalty"), None)
    if section is not None:
        voice = voices[section.key]
        yield Setting(setting_of(section, voice.notation))
        yield Group(tuple(_claims(section, PENALISED + PENALISED_UPDATES, voice)), ("With the penalty",))


def _claims(section: Section, stems: tuple[str, ...], voice: Voice) -> Iterator[Display]:
    for d in chosen(section, stems):
        yield equations.claim(d, voice, again=True)
