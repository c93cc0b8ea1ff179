"""A part of the grid of ``benchmarks/grid.py``: derived, proved, compiled and read back."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.codegen import code, gradcheck
from derive.data.activations import ACTIVATIONS
from derive.data.costs import COSTS
from derive.derivation.chapter import derive_chapter
from derive.spec import NetworkSpec
from tests.codegen.emitted import CODE_SECTIONS, PENALTIES, fitting
from tests.grid import COMPLEX_STEP, DIFFERENCES, Outcome, by_differences, covering, full, proved
from tests.notes.test_latex import compiled, together

if TYPE_CHECKING:
    from collections.abc import Callable


@cache
def outcome(spec: NetworkSpec) -> Outcome:
    return proved(spec)


def test_the_selection_has_everything() -> None:
    chosen = covering()
    assert {s.activations[-1] for s in chosen if s.activations} == set(ACTIVATIONS.names)
    assert {s.activations[0] for s in chosen if s.activations} == set(ACTIVATIONS.names)
    assert {s.cost for s in chosen} == set(COSTS.names)
    assert {s.penalty for s in chosen} == set(PENALTIES)
    assert {(s.activations[-1], s.cost) for s in full() if s.activations} == set(fitting())


HALVES = covering()[::2], covering()[1::2]
"""Each compiled in one run, by one worker."""


@pytest.mark.parametrize("half", [0, 1])
def test_derived_proved_read_back_and_compiled(tool: Callable[[str], str], tmp_path: Path, half: int) -> None:
    found = {spec.name: outcome(spec) for spec in HALVES[half]}
    assert {name: replace(o, fragment="") for name, o in found.items() if not o.holds} == {}
    assert min(o.lines for o in found.values()) > 60
    assert "undefined" not in compiled(tool("pdflatex"), tmp_path, together([o.fragment for o in found.values()]))


@st.composite
def networks(draw: st.DrawFn) -> NetworkSpec:
    """One to four layers of any activations, a cost that fits the last, any penalty."""
    depth = draw(st.integers(1, 4))
    last, cost = draw(st.sampled_from(fitting()))
    inner = tuple(draw(st.sampled_from(ACTIVATIONS.names)) for _ in range(depth - 1))
    widths = tuple(draw(st.integers(1, 4)) for _ in range(depth + 1))
    return NetworkSpec("drawn", widths, (*inner, last), cost, draw(st.sampled_from(PENALTIES)))


@settings(max_examples=5)
@given(networks())
def test_random_networks(spec: NetworkSpec) -> None:
    chapter = derive_chapter(spec, checked=CODE_SECTIONS)
    assert gradcheck(chapter, spec).worst <= COMPLEX_STEP
    assert by_differences(code(chapter, spec)) <= DIFFERENCES
