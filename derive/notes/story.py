"""From the chapter to the document: the order of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.tree import Ref
from derive.notes import equations
from derive.notes.document import Document, Group, Heading, Paragraph, Setting, say
from derive.notes.glossary import dropout, glossary
from derive.notes.numbers import worked_example
from derive.notes.sentences import SHORT
from derive.notes.sentences import section as words_of
from derive.notes.setting import setting_of
from derive.notes.shapes import shape_line
from derive.notes.summary import summary
from derive.notes.titles import factor_title, title
from derive.notes.vanishing import in_numbers
from derive.notes.voice import COST, Voice, notation_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from derive.algebra.tree import Expr
    from derive.derivation.steps import Chapter, Derivation, Section
    from derive.model.model import Definition
    from derive.notation.notation import Notation
    from derive.notes.document import Block
    from derive.spec import NetworkSpec

TITLES = {"general": "Backpropagation in a fully connected network", "two-node": "Backpropagation through two nodes"}


def document(chapter: Chapter, spec: NetworkSpec, chosen: str | Notation, *, plain: bool = False) -> Document:
    """The notes of a network; ``plain``: for readers that know fewer commands."""
    story = Story(chapter, spec, chosen, plain=plain)
    shown = f" ({spec.text})" if spec.text and spec.text != chapter.network else ""
    heading = TITLES.get(chapter.network, f"Backpropagation in the network {chapter.network}{shown}")
    return Document(heading, tuple(story.blocks()))


class Story:
    """What was told is remembered: an equation that stands under another label already is cited, not repeated."""

    def __init__(self, chapter: Chapter, spec: NetworkSpec, chosen: str | Notation, *, plain: bool = False) -> None:
        self.chapter, self.spec = chapter, spec
        self.told: dict[str, str] = {}
        self.known: dict[object, str] = {}
        self.voices = {
            s.key: Voice(s, notation_of(s, chapter, chosen, plain=plain), chapter.numbers, self.told)
            for s in chapter.sections
        }

    def blocks(self) -> Iterator[Block]:
        main = next(s for s in self.chapter.sections if s.key in ("scalar", "index"))
        yield from glossary(self.spec, self.voices)
        for section in self.chapter.sections:
            if section is main:
                yield from self.network(section)
            yield from self.section(section)
        yield from summary(self.chapter, self.spec, self.voices)
        yield from worked_example(self.chapter, self.spec, self.voices)

    # ------------------------------------------------------------ forward equations

    def network(self, section: Section) -> Iterator[Block]:
        """The forward equations, the cost and the errors of the main form."""
        voice = self.voices[section.key]
        cost = [d for d in section.forward if d.label.startswith("cost")]
        words = words_of("network")
        yield Heading((words.title,))
        left = _left(section)
        yield Setting(setting_of(section, voice.notation))
        yield Paragraph((words.lead,))
        yield self.definitions([d for d in section.forward if d not in (*cost, *left)], voice)
        if left:
            yield Paragraph(dropout(self.spec, voice))
            yield self.definitions(left, voice)
        yield Paragraph((words_of("cost").lead,))
        yield self.definitions(cost, voice)
        yield from self.error(section, voice)

    def error(self, section: Section, voice: Voice, words: str = "error") -> Iterator[Block]:
        """What a delta is."""
        for of, name in section.model.named_adjoints.items():
            head = section.model.quantities[name].head
            member = section.model.quantities[of].head
            yield Paragraph(say(words_of(words).lead, voice.math(member)))
            yield equations.definition_of_error(head, member, voice)

    def definitions(self, found: list[Definition], voice: Voice) -> Block:
        return Group(tuple(equations.definition(d, voice) for d in found))

    def fresh(self, key: object, label: str) -> bool:
        """Whether this was not told before; else its label points to where it was."""
        new = key not in self.known
        first = self.known.setdefault(key, label)
        if first != label:
            self.told[label] = first
        return new

    # ------------------------------------------------------------ sections

    def section(self, section: Section) -> Iterator[Block]:
        voice = self.voices[section.key]
        words = words_of(section.key)
        main = section.key in ("scalar", "index")
        yield Heading((words.title,))
        if not main:
            yield Setting(setting_of(section, voice.notation))
        yield Paragraph((words.said(self.spec.dropout),))
        new = [d for d in section.forward if _is_stated(d, section) or self.fresh(_told(d, voice), d.label)]
        if new and not main:
            yield self.definitions(new, voice)
        if section.model.objective != COST:
            yield from self.error(section, voice, "error-with-penalty")
        for d in section.derivations:
            yield from self.derivation(d, voice)

    def derivation(self, d: Derivation, voice: Voice) -> Iterator[Block]:
        for lemma in d.lemmas:
            yield from self.lemma(lemma, voice)
        heading, lead = title(d, voice)
        brief = voice.section.key in SHORT or d.array
        yield Paragraph(() if brief or not lead else (lead,), heading)
        if equations.is_about_entries(d):
            yield equations.matrix_form(d, voice)
        else:
            yield equations.derived(d, voice)
        if d.array:
            yield Paragraph(shape_line(*d.claim, voice))
        found = equations.condition(d, voice)
        if found is not None:
            yield Setting(setting_of(voice.section, voice.notation, d.conditions[0]))
            yield Paragraph(found[0])
            yield found[1]
            yield Setting(setting_of(voice.section, voice.notation))
        if d.label.endswith("/bound") and d.layer is not None:
            yield from in_numbers(d, voice)

    def lemma(self, d: Derivation, voice: Voice) -> Iterator[Block]:
        """A part that is worked out before it is used."""
        for inner in d.lemmas:
            yield from self.lemma(inner, voice)
        if self.fresh(self.content(d, voice), d.label):
            yield Paragraph((), factor_title(d, voice), minor=True)
            yield equations.derived(d, voice)

    def content(self, d: Derivation, voice: Voice) -> object:
        """What a derivation says, whatever its label is."""
        lines = tuple((s.before, s.relation, s.after) for s in d.steps)
        return lines, d.layers, voice.notation.name, _meaning(d.claim, voice.section)


def _left(section: Section) -> list[Definition]:
    """The definitions of what masks leave of a quantity."""
    masks = {q.name for q in section.model.masks}
    heads = {d.head.name for d in section.forward for n in d.rhs.walk() if isinstance(n, Ref) and n.name in masks}
    return [d for d in section.forward if d.head.name in heads]


def _is_stated(d: Definition, section: Section) -> bool:
    """Whether a definition is printed even where it was told before: what a section is about, and rules as a whole.

    Code cites these under the labels of their own section.
    """
    return d.head == section.model.objective or not section.derivations


def _told(d: Definition, voice: Voice) -> object:
    """What a definition says; optimisers call different things by one letter."""
    return d.head, d.rhs, d.layers, voice.notation.name, voice.section.model.quantities[d.head.name].reading


def _meaning(claim: tuple[Expr, Expr], section: Section) -> object:
    """A claim about errors means what the objective makes of them."""
    names = {getattr(n, "name", "") for side in claim for n in side.walk()}
    return section.model.objective if names & set(section.model.named_adjoints.values()) else None
