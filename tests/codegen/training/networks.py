"""Training modules to be tried."""

from __future__ import annotations

from functools import cache
from typing import Any

from derive.codegen import code
from derive.spec import NetworkSpec
from tests.codegen.emitted import PENALTIES, chapter, compact, every_kind, run

DEEP = [
    compact("2-" + "-".join(["3:tanh"] * 6) + "-4:softmax-1:sigmoid", penalty={"l2": 0.01}),
    compact("2-" + "-".join(["3:softplus"] * 7) + "-3:softplus"),
    compact("4-" + "-".join(["3:relu"] * 4) + "-3:sigmoid-3:elu-3:softmax"),
    compact("2-4:tanh-" + "-".join(["3:gelu"] * 9 + ["3:relu"] * 8) + "-2:sigmoid", penalty={"l1": 0.01}),
]
DROPPED = [
    compact("3-4:tanh-5:softmax-3:relu-2:softmax", dropout=0.4),
    compact("3-4:sigmoid-2:sigmoid", dropout=0.4, penalty={"l2": 0.1}),
    compact("2-" + "-".join(["3:softplus"] * 7) + "-2", dropout=0.4),
]
KINDS = every_kind()[:: len(PENALTIES) + 1]
"""One with each penalty."""
NETWORKS = [*KINDS, *DEEP]
IDS = [f"{s.text} {s.cost}"[:60] for s in NETWORKS]


@cache
def text(
    spec: NetworkSpec, dtype: str = "float64", schedules: tuple[str, ...] = (), without: tuple[str, ...] = ()
) -> str:
    return code(chapter(spec), spec, "training", dtype, schedules=schedules, without=without)


@cache
def module(spec: NetworkSpec, dtype: str = "float64") -> Any:
    return run(text(spec, dtype))
