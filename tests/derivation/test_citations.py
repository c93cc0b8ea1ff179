"""What is cited says what was put in, where it was put in, under a label of its own; else nothing is printed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from derive.algebra.layers import layers
from derive.algebra.tree import Partial, Ref, Sym, num
from derive.derivation.chapter import derive_chapter
from derive.derivation.citations import check_citations, with_lemmas
from derive.derivation.consumers import Piece
from derive.derivation.engine import Engine
from derive.derivation.steps import Chapter, Derivation, Section
from derive.errors import CheckFailed
from derive.gallery import resolve
from derive.model.model import Quantity
from derive.notes.story import Story
from tests.notes.networks import ALL, network

DROPPED = resolve("general", dropout=0.5)


def told(chapter: Chapter) -> dict[str, Derivation]:
    return {d.label: d for s in chapter.sections for top in s.derivations for d in with_lemmas(top)}


def changed(chapter: Chapter, label: str, new: Derivation) -> list[Section]:
    """The sections with another equation under a label."""

    def put(d: Derivation) -> Derivation:
        return new if d.label == label else replace(d, lemmas=tuple(map(put, d.lemmas)))

    return [replace(s, derivations=tuple(map(put, s.derivations))) for s in chapter.sections]


def test_what_is_left_and_the_activation_share_no_label(monkeypatch: pytest.MonkeyPatch) -> None:
    name_of = Engine.name_of

    def shared(self: Engine, quantity: Quantity, piece: Piece) -> str:
        return name_of(self, quantity, piece).replace("fan-out-left", "fan-out")

    monkeypatch.setattr(Engine, "name_of", shared)
    with pytest.raises(CheckFailed, match="label of two equations"):
        derive_chapter(DROPPED, checked=())


def test_the_derivative_by_the_activations_of_the_input_is_not_that_of_the_layers_behind_it() -> None:
    chapter = network("general --dropout 0.5")[0]
    inner, first = told(chapter)["delta-hidden/fan-out"], told(chapter)["gradient-x/fan-out"]
    assert str(inner.layers) == "1..L - 1"
    assert str(first.layers) == "0"
    assert not any(isinstance(n, Ref) and n.name == "mask" for n in first.claim[1].walk())
    assert "forward-dropout-input" in {label for d in with_lemmas(first) for s in d.steps for label in s.uses} | {
        label for s in told(chapter)["gradient-x/fan-out/left"].steps for label in s.uses
    }


def test_an_equation_cited_outside_its_layers_is_found() -> None:
    chapter = network("general")[0]
    label = "delta-hidden/fan-out"
    fewer = replace(told(chapter)[label], layers=layers(1, 2))
    with pytest.raises(CheckFailed, match="does not say"):
        check_citations(changed(chapter, label, fewer))


def test_an_equation_about_something_else_is_found() -> None:
    chapter = network("general")[0]
    label = "gradient-W/pre-activation"
    d = told(chapter)[label]
    other = replace(d, claim=(Partial(Ref("J"), Ref("z", (num(1),), (Sym("k"),))), d.claim[1]))
    with pytest.raises(CheckFailed, match="does not say"):
        check_citations(changed(chapter, label, other))


def test_an_equation_that_was_never_told_is_found() -> None:
    chapter = network("general")[0]
    label = "gradient-W/pre-activation"
    elsewhere = replace(told(chapter)[label], label="elsewhere")
    with pytest.raises(CheckFailed, match="not told before"):
        check_citations(changed(chapter, label, elsewhere))


def test_one_label_for_two_equations_is_found() -> None:
    chapter = network("general")[0]
    twice = replace(told(chapter)["gradient-b"], label="gradient-W")
    section = next(s for s in chapter.sections if s.key == "matrix")
    with pytest.raises(CheckFailed, match="label of two equations"):
        check_citations([*chapter.sections, replace(section, derivations=(twice,))])


FOUND_BEFORE = ("general", "general --dropout 0.5", ALL)


@pytest.mark.parametrize("name", FOUND_BEFORE)
def test_what_was_found_before_has_a_reference(name: str) -> None:
    """Every step that leans on a derived equation cites one that is on the page."""
    chapter, spec = network(name)
    story = Story(chapter, spec, "lecture")
    for section in chapter.sections:
        for top in section.derivations:
            for d in with_lemmas(top):
                said = [s for s in d.steps if s.rule == "lemma" and "before" in s.reason]
                assert all(story.voices[section.key].cite(label) for s in said for label in s.uses), d.label
                assert all(s.uses for s in said)


def test_the_biases_are_moved_by_the_cost_with_the_penalty() -> None:
    """Adam puts in the derivative of the cost that has the penalty, and cites the equation that is about that."""
    found = told(network(ALL)[0])
    assert found["penalty-gradient-b/index"].claim[0] == Partial(Ref("Jhat"), Ref("b", (Sym("l"),), (Sym("k"),)))
    assert any("penalty-gradient-b/index" in s.uses for s in found["update-b-m-adam"].steps)
