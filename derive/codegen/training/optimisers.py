"""The optimisers of the table on the flat vector of parameters, in arrays made once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from derive.algebra.tree import Expr, Mul, Sym
from derive.codegen.arrange import arranged
from derive.codegen.lines import safe
from derive.codegen.nodes import Name
from derive.codegen.program import Op
from derive.codegen.training.folded import regrouped
from derive.codegen.training.placing import Places, placed
from derive.codegen.training.variables import names, swapped
from derive.data.optimisers import OPTIMISERS, RANGES

if TYPE_CHECKING:
    from derive.data.optimisers import Optimiser
    from derive.spec import NetworkSpec

RATE, GRADIENT, THETA, ITERATION = Name("learning_rate"), Name("g"), Name("theta"), "t"


@dataclass(frozen=True)
class Updates:
    """``ops``: what is filled, in order.  ``folded``: the gradient that is given is the rate times the gradient."""

    row: Optimiser
    ops: tuple[Op, ...]
    folded: bool
    point: Expr | None

    @property
    def counts(self) -> bool:
        """Whether the number of the iteration is needed."""
        return any(ITERATION in names(op.value) for op in self.ops)


def updates(name: str) -> Updates:
    """The updates of a row of the table, each line an array that is kept: a state, or the parameters."""
    row = OPTIMISERS.get(name)
    values = {target: _named(value) for target, value in row.expressions}
    kept = [target for target in values if target in (*row.states, "theta")]
    inner: dict[Expr, Expr] = {}
    for target, value in values.items():
        values[target] = swapped(value, inner)
        if target not in kept:
            inner[Name(target)] = values[target]
    folded = all(_folds(value) for value in values.values())
    if folded:
        values = {target: _without(value) for target, value in values.items()}
    ops = tuple(Op(target, regrouped(arranged(values[target])), "", "", "") for target in kept)
    point = getattr(row, "point_expression", None)
    moved = None if point is None or point == Sym("theta") else _named(point)
    return Updates(row, ops, folded, moved)


def _named(e: Expr) -> Expr:
    return Name(e.name) if isinstance(e, Sym) else e.map(_named)


def _folds(value: Expr) -> bool:
    """Whether the rate and the gradient occur only as their product, once."""
    letters = [n for n in value.walk() if n in (RATE, GRADIENT)]
    return not letters or (len(letters) == 2 and _without(value) != value)


def _without(value: Expr) -> Expr:
    """The gradient in place of its product with the rate, also inside a longer product."""
    value = value.map(_without)
    if isinstance(value, Mul) and {RATE, GRADIENT} <= set(value.factors):
        rest = [f for f in value.factors if f not in (RATE, GRADIENT)]
        return Mul((*rest, GRADIENT)) if rest else GRADIENT
    return value


def written(name: str, places: Places) -> dict[str, object]:
    """What the template needs: the lines of the update, the arrays, the hyperparameters with their values."""
    made = updates(name)
    own = Places()
    lines = [line for op in made.ops for line in placed(op, own)]
    if made.point is not None:
        lines += placed(Op("at", made.point, "", "", ""), own)
    places.functions |= own.functions
    hyper = [(n, v) for n, v in made.row.hyperparameters if n != "learning_rate"]
    return {
        "name": name,
        "function": f"_{name.replace('-', '_')}",
        "doc": f"{made.row.reading}, {made.row.source}.",
        "rules": [safe(f"{target} <- {text}") for target, text in made.row.updates],
        "unpacked": f"({made.row.states[0]},)" if len(made.row.states) == 1 else ", ".join(made.row.states),
        "hyper": [f"{n}={v!r}" for n, v in hyper],
        "on_weights": list(getattr(made.row, "weights_only", ())),
        "states": list(made.row.states),
        "counts": made.counts,
        "spare": sorted(own.arrays),
        "constants": [f"{n} = np.array({text}, theta.dtype)" for n, text in sorted(own.constants.items())],
        "lines": lines,
        "folded": made.folded,
        "moved": made.point is not None,
    }


def ranges(spec: NetworkSpec) -> list[tuple[str, str]]:
    """(hyperparameter, what it may be) of the optimisers that are emitted, each once."""
    wanted = dict.fromkeys(name for row in spec.emitted for name, default in row.hyperparameters if default is not None)
    return [(name, RANGES[name]) for name in wanted]


__all__ = ["Updates", "ranges", "updates", "written"]
