"""What the estimator of a training module has to know of its network."""

from __future__ import annotations

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
        "last_class": count - 1,
        "one_hot": "y[:, None]" if one else f"np.eye({spec.widths[-1]})[y]",
        "most_probable": "(Y[:, 0] > 0.5)" if one else "Y.argmax(axis=1)",
        "defaults": list(defaults.items()),
        "parameters": listed([f'"{name}"' for name in defaults], "()"),
        "activations": listed([literal(known(name, spec)) for name in spec.activations]),
        "cost_name": constant(known(str(spec.cost), spec)),
    }


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
