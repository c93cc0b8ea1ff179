"""What the text says is true of the network, and each symbol and heading says one thing."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from derive.algebra.tree import Ref, num
from derive.data.optimisers import OPTIMISERS
from derive.notes import sentences
from derive.notes.document import Group, Heading, Math, Paragraph, Table, Text
from derive.notes.story import Story
from derive.notes.titles import title
from tests.notes.networks import ALL, NAMES, network
from tests.notes.test_document import blocks_of, displays_of, texts_of, words

DROPPED = "general --dropout 0.5"
ALL_WORDS = sentences._words()
ROWS = [*ALL_WORDS["sections"].values(), *ALL_WORDS["derivations"].values(), *ALL_WORDS["remarks"]]
MASKED = [row for row in ROWS if "masked" in row]


def said(name: str) -> set[str]:
    return {words(text) for text in texts_of(blocks_of(name))}


def test_sentences_that_dropout_makes_false_are_others_with_it() -> None:
    assert len(MASKED) >= 5
    with_masks, without = said(DROPPED), said("general")
    for row in MASKED:
        assert row["masked"] in with_masks, row["title"]
        assert row["lead"] not in with_masks, row["title"]
        assert row["lead"] in without, row["title"]
        assert row["masked"] not in without, row["title"]


@pytest.mark.parametrize("name", [DROPPED, ALL])
def test_dropout_is_introduced_at_its_equations(name: str) -> None:
    blocks = blocks_of(name)
    share = network(name)[1].dropout
    at = next(
        n for n, b in enumerate(blocks) if isinstance(b, Paragraph) and words(b.text).startswith("Dropout leaves")
    )
    group = blocks[at + 1]
    assert isinstance(group, Group)
    assert [d.label for d in group.displays] == ["forward-dropout-input", "forward-dropout"]
    text = blocks[at].text  # type: ignore[union-attr]
    assert Math(f"1 / (1 - {share:g})") in text
    assert all(
        part in words(text) for part in ("its mean is", "anew in each step", "In prediction nothing is left out")
    )


def test_nothing_is_said_of_masks_without_dropout() -> None:
    assert not any("mask" in text or "ropout" in text for text in said("general"))


@pytest.mark.parametrize("name", [*NAMES, ALL])
def test_numbers_are_not_subtracted_outside_of_mathematics(name: str) -> None:
    assert not [text for text in said(name) if re.search(r"\d - \d", text)]


@pytest.mark.parametrize("name", [*NAMES, ALL, "general --optimiser adam"])
def test_a_symbol_of_the_glossary_has_one_meaning(name: str) -> None:
    table = next(b for b in blocks_of(name) if isinstance(b, Table))
    symbols = Counter(p for row in table.rows for p in row[0] if isinstance(p, Math))
    assert max(symbols.values()) == 1, symbols.most_common(3)


def test_the_letters_of_the_general_network_are_in_its_glossary() -> None:
    for name in ("general", DROPPED):
        table = next(b for b in blocks_of(name) if isinstance(b, Table))
        symbols = {p.latex for row in table.rows for p in row[0] if isinstance(p, Math)}
        assert {r"\hat y", "r_l"} <= symbols


@pytest.mark.parametrize("row", [row.name for row in OPTIMISERS if row.states])
def test_each_heading_of_an_optimiser_says_what_it_is_about(row: str) -> None:
    chapter, spec = network(f"4-3:relu-2:softmax --optimiser {row}")
    for voice in Story(chapter, spec, "lecture").voices.values():
        if not voice.section.key.endswith(f"-{row}"):
            continue
        titles: Counter[Text] = Counter(title(d, voice)[0] for d in voice.section.derivations)
        assert set(titles.values()) <= {1}, titles.most_common(2)


def test_the_first_derivation_begins_with_units_and_not_with_what_is_new() -> None:
    """The chain of single nodes comes later."""
    headings = [words(b.text) for b in blocks_of("general") if isinstance(b, Heading)]
    assert headings.index("The derivation, entry by entry") < headings.index("Special case: one node in each layer")
    assert not sentences.section("index").lead.startswith("Now")


@pytest.mark.parametrize("row", [row.name for row in OPTIMISERS if row.states])
def test_the_equations_of_an_optimiser_stand_once(row: str) -> None:
    shown = Counter(d.label for d in displays_of(blocks_of(f"4-3:relu-2:softmax --optimiser {row}")) if d.label)
    assert set(shown.values()) == {1}, shown.most_common(3)


INSIDE = "4-3:softmax-4:relu-2:softmax --dropout 0.5"


def test_errors_are_told_from_the_output_to_the_input() -> None:
    """Also where an activation of an inner layer comes back in the last one."""
    section = next(s for s in network(INSIDE)[0].sections if s.key == "index")
    errors = [d.claim[0] for d in section.derivations if d.label.startswith("delta-") and "/index" in d.label]
    assert [e.slots[0] for e in errors if isinstance(e, Ref)] == [num(3), num(2), num(1)]


def test_what_holds_in_some_layers_only_says_so_in_its_lines() -> None:
    """With masks the derivative by the activations of layer 0 is another one than that of the layers behind it."""
    groups = [b.displays for b in blocks_of(INSIDE) if isinstance(b, Group)]
    told = [entries for entries, *whole in groups if any(d.label.startswith("gradient-a") for d in whole)]
    assert len(told) == 3
    assert {d.range for d in told} == {"l = 1, 2"}
