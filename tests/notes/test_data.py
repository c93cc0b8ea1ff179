"""The derivation as data."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from derive.derivation.steps import Chapter
from derive.errors import CheckFailed, DeriveError
from derive.notes import notes
from tests.notes.networks import NAMES, all_derivations, network


def data(name: str) -> dict[str, Any]:
    return dict(json.loads(notes(*network(name), format="json")))


@pytest.mark.parametrize("name", NAMES)
def test_every_equation_of_the_chapter_is_there_in_order(name: str) -> None:
    chapter, _ = network(name)
    found = data(name)
    assert found["network"] == chapter.network
    assert {e["label"]: e["number"] for e in found["equations"]} == dict(chapter.numbers)
    assert [int(e["number"]) for e in found["equations"]] == list(range(1, len(chapter.numbers) + 1))


@pytest.mark.parametrize("name", NAMES)
def test_every_step_says_how_it_was_checked(name: str) -> None:
    steps = {d.label: d.steps for d in all_derivations(network(name)[0])}
    for equation in data(name)["equations"]:
        if equation["label"] not in steps:
            assert equation["checked"] == "definition"
            continue
        assert len(equation["steps"]) == len(steps[equation["label"]])
        for step in equation["steps"]:
            assert set(step) == {"before", "relation", "after", "rule", "reason", "uses", "checked"}
            assert step["reason"]
            if step["relation"] == ":=":
                assert step["checked"] == "definition"
            else:
                assert step["checked"]["networks"] > 0
                assert step["checked"]["bound"] <= 1e-9


def test_ranges_are_told() -> None:
    ranges = {e["label"]: e["range"] for e in data("general")["equations"]}
    assert ranges["delta-hidden"] == "l = 1..L-1"
    assert ranges["gradient-W"] == ranges["forward-z"] == ranges["delta-definition"] == "l = 1..L"
    assert ranges["cost"] is None


def test_a_step_that_was_not_checked_is_refused() -> None:
    chapter, spec = network("two-node")
    sections = list(chapter.sections)
    first = sections[0].derivations[0]
    unchecked = replace(first, steps=tuple(replace(s, check=None) for s in first.steps))
    sections[0] = replace(sections[0], derivations=(unchecked,))
    broken = Chapter(chapter.network, tuple(sections), chapter.numbers)
    for form in ("json", "latex", "markdown"):
        with pytest.raises(CheckFailed):
            notes(broken, spec, format=form)


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(DeriveError, match="unknown format 'latx'"):
        notes(*network("two-node"), format="latx")
