"""A part of the grid of ``benchmarks/grid.py``: derived, proved, compiled and read back."""

from __future__ import annotations

import os
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.codegen import gradcheck
from derive.data.activations import ACTIVATIONS
from derive.data.costs import COSTS
from derive.derivation.chapter import derive_chapter
from derive.spec import NetworkSpec
from tests.codegen.emitted import CODE_SECTIONS, PENALTIES, fitting
from tests.grid import (
    Page,
    Reader,
    Row,
    checked_beside,
    covering,
    full,
    gradients,
    page,
    pairs,
    pairwise,
    possible,
    trained,
)
from tests.notes.test_latex import compiled, together

if TYPE_CHECKING:
    from collections.abc import Callable

# ---------------------------------------------------------------- what is chosen


def row(spec: NetworkSpec) -> Row:
    assert spec.activations is not None
    assert spec.cost is not None
    return spec.activations[:-1], spec.activations[-1], spec.cost, spec.penalty, spec.optimisers[0]


def test_every_pair_of_values_stands_in_a_network() -> None:
    found = set().union(*(pairs(row(spec)) for spec in pairwise()))
    assert found == possible()
    assert len(pairwise()) < 1.3 * len(fitting())
    assert {row(spec)[1:3] for spec in pairwise()} == set(fitting())


def test_the_product_is_whole() -> None:
    found = {row(spec)[1:4] for specs in full() for spec in specs}
    assert found == {(last, cost, penalty) for last, cost in fitting() for penalty in PENALTIES}


def test_the_selection_for_notes_has_everything() -> None:
    chosen = [row(spec) for spec in covering()]
    assert {r[1] for r in chosen} == set(ACTIVATIONS.names)
    assert {name for r in chosen for name in r[0]} == set(ACTIVATIONS.names)
    assert {r[2] for r in chosen} == set(COSTS.names)
    assert {r[3] for r in chosen} == set(PENALTIES)


# ---------------------------------------------------------------- proofs

HALVES = covering()[::2], covering()[1::2]
"""Each compiled in one run, by one worker; a line that is printed again is read once."""
LEFT_OUT = ("examples = 'columns'", "examples =", "examples = 'rows'", "examples =")
"""Settings that one page after the other does not read: of four, one reads samples as rows and one as columns."""


@pytest.mark.parametrize("half", [0, 1])
def test_derived_proved_read_back_and_compiled(tool: Callable[[str], str], tmp_path: Path, half: int) -> None:
    reader = Reader(by_setting=False)
    pages: dict[str, Page] = {}
    for spec, reader.without in zip(HALVES[half], cycle(LEFT_OUT)):
        chapter = derive_chapter(spec)
        pages[spec.name] = page(chapter, spec, reader)
        assert gradients(chapter, spec).hold, spec.name
    assert {name: told.unread for name, told in pages.items() if told.unread} == {}
    assert sum(told.lines for told in pages.values()) > 150
    assert "undefined" not in compiled(tool("pdflatex"), tmp_path, together([told.fragment for told in pages.values()]))


EVERY = 16
"""So many networks of the pairwise selection are tried in the benchmark for one that is tried here."""


def test_gradients_of_the_pairwise_selection() -> None:
    for spec in pairwise()[::EVERY]:
        chapter = derive_chapter(spec, checked=CODE_SECTIONS)
        assert gradients(chapter, spec).hold, spec.name
        assert trained(chapter, spec), spec.name


@st.composite
def networks(draw: st.DrawFn) -> NetworkSpec:
    """One to four layers of any activations, a cost that fits the last, any penalty."""
    depth = draw(st.integers(1, 4))
    last, cost = draw(st.sampled_from(fitting()))
    inner = tuple(draw(st.sampled_from(ACTIVATIONS.names)) for _ in range(depth - 1))
    widths = tuple(draw(st.integers(1, 4)) for _ in range(depth + 1))
    return NetworkSpec("drawn", widths, (*inner, last), cost, draw(st.sampled_from(PENALTIES)))


DRAWN = int(os.environ.get("DERIVE_DRAWN_NETWORKS", "3"))
"""How many networks are drawn; more for a longer search."""


def test_random_networks(tool: Callable[[str], str], tmp_path: Path) -> None:
    """Every line checked, the gradient proved both ways, the notes read back; all compiled together."""
    fragments: list[str] = []

    @settings(max_examples=DRAWN)
    @given(networks())
    def whole(spec: NetworkSpec) -> None:
        chapter = derive_chapter(spec)
        assert gradients(chapter, spec).hold
        told = page(chapter, spec, Reader(by_setting=True))
        assert told.unread == ()
        fragments.append(told.fragment)

    whole()
    assert "undefined" not in compiled(tool("pdflatex"), tmp_path, together(fragments))


# ---------------------------------------------------------------- the tools of the grid


def test_a_line_is_read_once_in_one_setting() -> None:
    """The same text under other forward equations is another line."""
    shown = "\\begin{align*}\nx &= y \\tag{1}\\label{eq:a}\n\\end{align*}\n"
    again = shown.replace("{1}", "{7}").replace("eq:a", "eq:b")
    first, other = "% derive: fresh = true\n% derive: x\n", "% derive: fresh = true\n% derive: y\n"
    reader = Reader(by_setting=True)
    assert reader.fresh(first + shown) == first + shown
    assert reader.fresh(first + again) == first + "\n"
    assert reader.fresh(other + again) == other + again
    assert shown not in Reader(by_setting=True, without="x").fresh(first + shown)
    assert Reader(by_setting=False).fresh(first + shown + other + again) == first + shown + other + "\n"


def test_a_wrong_line_is_unread() -> None:
    """What the reader lets through is judged: a sign is turned in one line."""
    spec = next(full())[0]
    chapter = derive_chapter(spec)

    class Turned(Reader):
        def fresh(self, fragment: str) -> str:
            return super().fresh(fragment).replace(r"= a^2_k - y_k \tag", r"= a^2_k + y_k \tag", 1)

    assert page(chapter, spec, Turned(by_setting=True)).unread


def test_sections_that_differ_are_checked_on_their_own() -> None:
    """With a penalty: its sections, and no others."""
    plain, penalised = next(full())[:2]
    beside = derive_chapter(plain)
    chapter = checked_beside(derive_chapter(penalised, checked=()), beside)
    shared = {s.key for s in chapter.sections if any(s is other for other in beside.sections)}
    assert {s.key for s in chapter.sections} - shared == {"penalty", "penalty-batch"}
    assert all(step.check for s in chapter.sections for d in s.derivations for step in d.steps)


def test_gradcheck_is_of_both_kinds() -> None:
    spec = next(full())[1]
    chapter = derive_chapter(spec, checked=CODE_SECTIONS)
    assert gradients(chapter, spec).complex_step == gradcheck(chapter, spec, seed=3).worst
