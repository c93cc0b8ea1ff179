"""The worked example of two nodes: the numbers that were computed by hand, to six digits."""

from __future__ import annotations

from derive.notes.document import Math, Table
from derive.notes.story import Story
from tests.notes.networks import network

BY_HAND = {
    "z_1": "1.000000", "a_1": "0.731059", "z_2": "-0.577270", r"\hat y": "0.359561", "J": "0.205081",
    r"\partial J / \partial \hat y": "-0.640439", r"\sigma'(z_2)": "0.230277", r"\delta_2": "-0.147478",
    r"\partial J / \partial w_2": "-0.107815", r"\partial J / \partial b_2": "-0.147478",
    r"\sigma'(z_1)": "0.196612", r"\delta_1": "0.034795",
    r"\partial J / \partial w_1": "0.052193", r"\partial J / \partial b_1": "0.034795",
    "w_2(t+1)": "-1.146092", "b_2(t+1)": "0.373739", "w_1(t+1)": "0.773904", "b_1(t+1)": "-0.217398",
}  # fmt: skip


def test_every_number_of_the_exercise() -> None:
    chapter, spec = network("two-node")
    blocks = list(Story(chapter, spec, "lecture").blocks())
    table = [b for b in blocks if isinstance(b, Table)][-1]
    found = {}
    for symbol, _, value in table.rows:
        assert isinstance(symbol[0], Math)
        assert isinstance(value[0], Math)
        found[symbol[0].latex] = value[0].latex
    assert found == BY_HAND


def test_the_cost_after_the_update() -> None:
    chapter, spec = network("two-node")
    last = list(Story(chapter, spec, "lecture").blocks())[-1]
    assert [p for p in last.text if isinstance(p, Math)][-1] == Math("0.186617")  # type: ignore[union-attr]
