"""The table below the bound of a chain: computed errors below what the bound allows."""

from __future__ import annotations

import re

import pytest

from derive.notes.document import Math, Table
from derive.notes.story import Story
from tests.notes.networks import network


def number(cell: object) -> float:
    assert isinstance(cell, Math)
    return float(re.sub(r" \\cdot 10\^\{(-\d+)\}", r"e\1", cell.latex))


@pytest.mark.parametrize(("name", "depths"), [("general", {2, 5, 10, 20}), ("deep", {10})])
def test_errors_vanish_in_numbers(name: str, depths: set[int]) -> None:
    chapter, spec = network(name)
    tables = [
        b for b in Story(chapter, spec, "lecture").blocks() if isinstance(b, Table) and b.header[0] == ("Layers",)
    ]
    (table,) = tables
    rows = [tuple(number(cell) for (cell,) in row) for row in table.rows]
    assert {row[0] for row in rows} == depths
    for layers, weight, computed, bound in rows:
        assert computed <= bound
        assert bound == pytest.approx(4.0**-layers * weight ** (layers - 1), rel=0.06)


def test_a_chain_of_two_layers_has_no_table() -> None:
    chapter, spec = network("two-node")
    assert not [
        b for b in Story(chapter, spec, "lecture").blocks() if isinstance(b, Table) and b.header[0] == ("Layers",)
    ]
