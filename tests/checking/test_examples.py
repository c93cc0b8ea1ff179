"""The example derivations: each carries its setting and gets the verdicts that it should."""

from __future__ import annotations

from pathlib import Path

import pytest

from derive.checking import check

FOLDER = Path(__file__).parents[2] / "examples" / "hand_derivations"
WRONG = {"columns_cross_entropy.md": {4, 6}, "general_network.md": set(), "two_node_chain.tex": set()}


@pytest.mark.parametrize("name", sorted(WRONG))
def test_example(name: str) -> None:
    report = check(FOLDER / name)
    assert {v.equation for v in report if v.verdict == "wrong"} == WRONG[name]
    assert {v.verdict for v in report} <= {"right", "wrong"}
    assert report.exit_code == bool(WRONG[name])
