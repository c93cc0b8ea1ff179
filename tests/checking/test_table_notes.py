"""Notes with each activation and each cost of the tables are read back, every line right."""

from __future__ import annotations

import pytest

from derive import pipeline
from derive.checking import check_text
from derive.data.activations import ACTIVATIONS
from derive.data.costs import COSTS
from derive.spec.network import fits

OLD = {"identity", "sigmoid", "tanh", "relu", "softmax"}
LAST = {cost: next(a for a in ("identity", "softmax", *ACTIVATIONS.names) if fits(cost, a)) for cost in COSTS.names}


@pytest.mark.parametrize("activation", [name for name in ACTIVATIONS.names if name not in OLD])
def test_an_activation_inside_and_in_the_last_layer(activation: str) -> None:
    wrong(f"2-3:{activation}-2:{activation}", "half-squared-error")


@pytest.mark.parametrize("cost", COSTS.names)
def test_a_cost(cost: str) -> None:
    wrong(f"2-3:tanh-2:{LAST[cost]}", cost)


def wrong(network: str, cost: str) -> None:
    report = check_text(pipeline.network(network, cost=cost).notes(), "notes.tex")
    assert len(report.verdicts) > 60
    assert [v.text() for v in report.verdicts if v.verdict not in ("right", "definition")] == []
