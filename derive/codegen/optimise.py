"""One iteration of an optimiser as lines of a program, for the whole parameter vector at once, from its formulas.

``statements`` is for any style: what is computed, in order, with the labels of the chapter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.substitute import put
from derive.algebra.tree import Expr, Sym
from derive.codegen.arrange import arranged
from derive.codegen.nodes import Name
from derive.codegen.program import Op
from derive.data.optimisers import GRADIENT, ITERATION, PARAMETER
from derive.model.iteration import update_label

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from derive.data.optimisers import Optimiser

COUNTER = f"{ITERATION} += 1"


def spread(hyperparameter: str) -> str:
    """The array of a hyperparameter that is 0 for biases: ``weight_decay -> weight_decays``."""
    return f"{hyperparameter}s"


def statements(row: Optimiser, numbers: Mapping[str, str], gradient: Callable[[Expr], Expr]) -> tuple[Op, ...]:
    """The lines of one iteration.

    ``numbers``: of the equations of the chapter.  ``gradient``: the derivative of the cost at a point, an expression in
    ``theta`` and the states.  States and parameters are arrays that are filled.
    """
    names = {Sym(name): Name(spread(name) if name in row.weights_only else name) for name in _letters(row)}

    def lowered(formula: Expr) -> Expr:
        return arranged(put(formula, names))

    def op(target: str, value: Expr, label: str) -> Op:
        return Op(target, value, label, numbers[label], "", into=target in (*row.states, PARAMETER))

    taken = op(GRADIENT, gradient(lowered(row.point_expression)), f"gradient-theta-{row.name}")
    return (taken, *(op(name, lowered(f), update_label(name, row)) for name, f in row.expressions))


def _letters(row: Optimiser) -> set[str]:
    """Every letter of the formulas."""
    trees = [row.point_expression, *(tree for _, tree in row.expressions)]
    return {s.name for tree in trees for s in tree.symbols}


def counts(row: Optimiser) -> bool:
    """Whether the formulas need the number of the iteration."""
    return ITERATION in _letters(row)


def branches(rows: tuple[Optimiser, ...]) -> Iterator[tuple[str, Optimiser]]:
    """``if optimiser == "sgd":`` and so on, the last without a question; nothing where there is one optimiser only."""
    for i, row in enumerate(rows):
        if len(rows) == 1:
            yield "", row
        elif i == len(rows) - 1:
            yield "else:", row
        else:
            yield f'{"el" if i else ""}if optimiser == "{row.name}":', row
