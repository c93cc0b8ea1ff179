"""What the estimator of a training module has to know of its network."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from derive.codegen.lines import listed, literal
from derive.codegen.module import constant
from derive.data.costs import COSTS
from derive.data.interval import CLOSED_UNIT

if TYPE_CHECKING:
    from derive.spec import NetworkSpec

DEFAULTS = {
    "epochs": "20",
    "batch_size": "32",
    "learning_rate": "0.1",
    "optimiser": "",
    "schedule": '"constant"',
    "shuffle": "True",
    "seed": "0",
    "options": "None",
    "validation": "0.0",
    "patience": "None",
    "class_weight": "None",
    "verbose": "False",
}
"""The arguments of an estimator."""


TWO = 2


def estimator(spec: NetworkSpec) -> dict[str, object]:
    """The values of the template."""
    assert spec.widths is not None
    assert spec.activations is not None
    count, one = classes(spec), spec.widths[-1] == 1
    defaults = {**DEFAULTS, "optimiser": f'"{spec.emitted[0].name}"'}
    if not count:
        del defaults["class_weight"]
    return {
        "classifies": bool(count),
        "n_classes": count,
        "all_classes": f"0 {'and' if count == TWO else 'to'} {count - 1}",
        "one_hot": "y[:, None]" if one else f"np.eye({spec.widths[-1]})[y]",
        "most_probable": "Y[:, 0] > 0.5" if one else "Y.argmax(axis=1)",
        "columns_of_file": _columns(spec.widths[0], spec.widths[-1], one=bool(count)),
        "defaults": list(defaults.items()),
        "parameters": listed([f'"{name}"' for name in defaults], "()"),
        "activations": listed([literal(known(name, spec)) for name in spec.activations]),
        "cost_name": constant(known(str(spec.cost), spec)),
        "penalty": constant(spec.penalty.text if spec.penalty else "none"),
    }


def _columns(inputs: int, outputs: int, *, one: bool) -> str:
    """How many columns a table may have: inputs alone, or with one target (``one``: a class), or a target an output."""
    return str(tuple(sorted({inputs, inputs + outputs, *([inputs + 1] if one else [])})))


def targets(spec: NetworkSpec) -> dict[str, object]:
    """What targets may be, in words, and the comparison that finds others: empty where every number is one."""
    row = spec.cost_row
    assert row is not None
    below = f"Y {'<' if row.targets.low_closed else '<='} {row.targets.low:g}" if isfinite(row.targets.low) else ""
    above = f"Y {'>' if row.targets.high_closed else '>='} {row.targets.high:g}" if isfinite(row.targets.high) else ""
    between = f"Y == {row.separates:g}" if row.separates is not None else ""
    wrong = [f"({part})" for part in (below, above, between) if part]
    outside = " | ".join(wrong) if len(wrong) > 1 else "".join(wrong)[1:-1]
    return {"outside": outside, "targets_reading": constant(row.targets_reading)}


def classes(spec: NetworkSpec) -> int:
    """How many classes the network tells apart; 0 where it answers with numbers."""
    assert spec.widths is not None
    assert spec.activations is not None
    cost = next((row for row in (*COSTS, *spec.own.costs) if row.name == spec.cost), None)
    shares = spec.activations[-1] == "softmax" or (cost is not None and cost.targets == CLOSED_UNIT)
    return max(spec.widths[-1], 2) if shares else 0


def known(name: str, spec: NetworkSpec) -> str:
    """What weights are told apart by: a name of the tables, or one's own with its formula."""
    own = {a.name: a.formula for a in spec.own.activations} | {c.name: c.formula for c in spec.own.costs}
    return f"{name}={own[name]}" if name in own else name
