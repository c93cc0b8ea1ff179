"""What stands on the page and in which order, whatever the target."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from derive.derivation.steps import Chapter
from derive.notes.document import Block, Cite, Display, Group, Heading, Paragraph, Procedure, Setting, Table, Text, say
from derive.notes.story import Story
from tests.notes.networks import NAMES, all_derivations, network


def blocks_of(name: str) -> list[Block]:
    chapter, spec = network(name)
    return list(Story(chapter, spec, "lecture").blocks())


def displays_of(blocks: list[Block]) -> list[Display]:
    return [d for b in blocks for d in (b.displays if isinstance(b, Group) else (b,)) if isinstance(d, Display)]


def texts_of(blocks: list[Block]) -> list[Text]:
    """Every sentence of the page."""
    out: list[Text] = []
    for b in blocks:
        if isinstance(b, Paragraph | Group | Procedure):
            out.append(b.title)
        if isinstance(b, Paragraph | Heading):
            out.append(b.text)
        if isinstance(b, Procedure):
            out += [text for _, text in b.lines]
        if isinstance(b, Table):
            out += [cell for row in b.rows for cell in row]
    return out + [row.reason for d in displays_of(blocks) for row in d.rows]


def words(text: Text) -> str:
    return "".join(p for p in text if isinstance(p, str))


@pytest.mark.parametrize("name", NAMES)
def test_sections_stand_in_the_order_of_the_issue(name: str) -> None:
    headings = [words(b.text) for b in blocks_of(name) if isinstance(b, Heading)]
    assert headings[0] == "Symbols"
    network_at = headings.index("The network")
    assert network_at < headings.index("A batch: the samples are columns") < headings.index("Summary")
    assert network_at < headings.index(headings[network_at + 1]) < headings.index("Summary")
    chain = network(name)[1].widths == (1, 1, 1)
    assert (headings[-1] == "The numbers put in") == chain


@pytest.mark.parametrize("name", NAMES)
def test_every_equation_has_its_number_once(name: str) -> None:
    chapter, _ = network(name)
    shown = Counter(d.label for d in displays_of(blocks_of(name)) if d.label)
    assert set(shown.values()) == {1}
    assert set(shown) <= set(chapter.numbers)
    numbers = [d.number for d in displays_of(blocks_of(name)) if d.label]
    assert all(chapter.numbers[d.label] == d.number for d in displays_of(blocks_of(name)) if d.label)
    assert numbers == sorted(numbers, key=int) or "scalar" in {s.key for s in chapter.sections}


def test_labels_and_numbers_are_unique_in_all_notes_of_the_gallery() -> None:
    for page in sorted((Path(__file__).parents[2] / "generated").glob("*/notes.tex")):
        numbered = re.findall(r"\\tag\{(\d+)\}\\label\{([^}]*)\}", page.read_text(encoding="utf-8"))
        assert len(numbered) > 20
        assert max(Counter(number for number, _ in numbered).values()) == 1, page
        assert max(Counter(label for _, label in numbered).values()) == 1, page


@pytest.mark.parametrize("name", NAMES)
def test_an_equation_that_is_left_out_stands_under_another_label(name: str) -> None:
    chapter, spec = network(name)
    story = Story(chapter, spec, "lecture")
    shown = {d.label for d in displays_of(list(story.blocks())) if d.label}
    assert set(chapter.numbers) - shown == set(story.told)
    assert set(story.told.values()) <= shown


@pytest.mark.parametrize("name", NAMES)
def test_every_citation_is_on_the_page(name: str) -> None:
    blocks = blocks_of(name)
    shown = {d.label for d in displays_of(blocks) if d.label}
    cited = {p.label for text in texts_of(blocks) for p in text if isinstance(p, Cite)}
    assert cited
    assert cited <= shown


def reasons_said(blocks: list[Block]) -> str:
    return " ".join(words(row.reason) for d in displays_of(blocks) for row in d.rows)


@pytest.mark.parametrize("name", NAMES)
def test_the_reason_of_each_step_stands_above_it(name: str) -> None:
    chapter, _ = network(name)
    said = reasons_said(blocks_of(name))
    for d in all_derivations(chapter):
        for step in d.steps:
            parts = words(say(step.reason, *[Cite("")] * 9))
            assert parts in said, (d.label, step.reason)


def test_the_recursion_counts_down() -> None:
    lines = [row.lines[-1] for d in displays_of(blocks_of("general")) if d.label == "delta-hidden" for row in d.rows]
    assert lines[-1].endswith(r"l = L-1, \dots, 1")


def test_every_matrix_result_has_a_line_of_shapes() -> None:
    chapter, spec = network("general")
    blocks = list(Story(chapter, spec, "lecture").blocks())
    shapes = [b for b in blocks if isinstance(b, Paragraph) and words(b.text).startswith("Shapes: ")]
    assert len(shapes) == sum(d.array for d in all_derivations(chapter))


def test_the_box_holds_the_four_equations_and_the_updates() -> None:
    box = next(b for b in blocks_of("general") if isinstance(b, Group) and b.title)
    chapter: Chapter = network("general")[0]
    labels = ("delta-output", "delta-hidden", "gradient-W", "gradient-b", "update-W", "update-b")
    assert [d.number for d in box.displays] == [chapter.numbers[label] for label in labels]
    assert not any(d.label for d in box.displays)


def test_factors_have_names_below_them() -> None:
    text = " ".join(line for d in displays_of(blocks_of("two-node")) for row in d.rows for line in row.lines)
    assert text.count(r"\underbrace") >= 8


@pytest.mark.parametrize("name", NAMES)
def test_each_section_that_changes_the_letters_says_so(name: str) -> None:
    chapter, _ = network(name)
    settings = [b.toml for b in blocks_of(name) if isinstance(b, Setting)]
    penalised = any(s.key == "penalty" for s in chapter.sections)
    conditions = sum(bool(d.conditions) for s in chapter.sections for d in s.derivations)
    assert len(settings) == len(chapter.sections) + 1 + penalised + 2 * conditions
    assert all(s.startswith("fresh = true\n") for s in settings)


def test_layers_that_differ_only_in_number_are_written_once() -> None:
    chapter, spec = network("5-4:relu-4:relu-4:relu-2")
    shown = [d.label for d in displays_of(list(Story(chapter, spec, "lecture").blocks()))]
    assert shown.count("delta-hidden") == 1
    hidden = [d for d in displays_of(list(Story(chapter, spec, "lecture").blocks())) if d.label == "delta-hidden"]
    assert hidden[0].rows[-1].lines[-1].endswith(r"l = 3, \dots, 1")
