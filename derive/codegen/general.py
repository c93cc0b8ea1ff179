"""The module for ``general``: networks of any depth, loops over the layers, tables of activations and costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.codegen.arrange import arranged
from derive.codegen.build import SAMPLE_LETTERS, over_layers
from derive.codegen.equations import Equation, Equations
from derive.codegen.helpers import called_in
from derive.codegen.initial import start, variance
from derive.codegen.lines import INDENT, helper_lines, op_lines, told_left, told_lines
from derive.codegen.lower import Lowering
from derive.codegen.naming import HYPER, Naming
from derive.codegen.nodes import Name
from derive.codegen.numpy_text import helper_name
from derive.codegen.program import Helper, Op
from derive.codegen.rows import activation_rows, cost_rows
from derive.codegen.special import special, told
from derive.codegen.stable import stable
from derive.codegen.update import Training
from derive.data.table import canonical
from derive.model.build import USUAL_PENALTY
from derive.notation.notation import notation
from derive.spec import PenaltySpec
from derive.spec.network import DEFAULT_COST, DEFAULT_HIDDEN, DEFAULT_LAST
from derive.templating import render

if TYPE_CHECKING:
    from collections.abc import Mapping

    from derive.algebra.tree import Expr
    from derive.codegen.rows import ActivationRow, CostRow, PairRow
    from derive.derivation.steps import Chapter
    from derive.spec import NetworkSpec

TEMPLATE = "numpy/general.py.jinja"


def general(chapter: Chapter, spec: NetworkSpec, dtype: str) -> str:
    """The text of the module; the cost and the penalty of ``spec`` are used where its user names none."""
    equations = Equations(chapter)
    activations, (costs, pairs) = activation_rows(spec.own, spec.kinks), cost_rows(spec.own, spec.kinks)
    penalty = spec.penalty or PenaltySpec.of(USUAL_PENALTY, 0.0)
    strengths = [(term.name, repr(term.strength)) for term in penalty.terms]
    lines = _Lines(equations, {HYPER[letter]: f"self.{term.name}" for letter, term in penalty.letters})
    return render(
        TEMPLATE,
        dtype=dtype,
        cost=canonical(spec.cost or DEFAULT_COST),
        strengths=strengths,
        dropout=spec.dropout,
        settings=[*strengths, *([] if spec.dropout is None else [("dropout", repr(spec.dropout))])],
        hidden=DEFAULT_HIDDEN,
        last=DEFAULT_LAST,
        functions=[
            *_helpers(activations, costs, pairs),
            *_activation_functions(activations),
            *_cost_functions(costs, pairs),
        ],
        activations=[(row.name, helper_name(row.name)) for row in activations],
        costs=[(row.name, helper_name(row.name)) for row in costs],
        pairs=[((row.activation, row.cost), helper_name(f"{row.activation}-{row.cost}")) for row in pairs],
        variances=[(row.name, variance(start(row.name), "m", "n"), start(row.name).name) for row in activations],
        line={name: "\n".join(lines.of(name, depth)) for name, depth in DEPTHS.items() if name in lines.found},
        cite=lines.cited(),
        told=lines.told(),
        train=Training.of_methods(chapter, spec),
    )


DEPTHS = {"z": 3, "h": 4, "a": 3, "w": 3, "b": 3, "x": 2, "J": 2, "Jhat": 2}
"""How far each computed line is indented in the template."""


OF_THE_COST = ("C", "delta-output")
"""Equations whose right sides are different for each cost of the file."""


class _Lines:
    """The equations of the chapter that hold in every layer, as lines of code."""

    def __init__(self, equations: Equations, strengths: Mapping[str, str]) -> None:
        self.equations, self.strengths = equations, strengths
        self.notation = notation("lecture").fit(equations.model)
        self.naming = Naming(indexed=True)
        left = ("h",) if "h" in equations.model.quantities else ()
        definitions = {name: equations.definitions(name)[-1] for name in ("z", *left, "J", "Jhat")}
        self.found: dict[str, Equation] = definitions | {name: equations.adjoint(name) for name in ("w", "b", "x")}
        self.found["a"] = next(e for e in equations.found if e.label == "delta-hidden-batch/fan-out")

    def of(self, name: str, depth: int) -> list[str]:
        """The line, and its equation."""
        e = self.found[name]
        into = name in ("w", "b")
        shape = self.equations.shape(e.left, None, {})
        return op_lines(Op(self.naming.text(e.left), self._value(name, e), e.label, e.number, shape, into), depth)

    def _value(self, name: str, e: Equation) -> Expr:
        lower = Lowering(self._name, SAMPLE_LETTERS)
        right = over_layers(e.right, "self.weights(theta)") if name == "Jhat" else e.right
        return arranged(lower(stable(right), e.axes))

    def _name(self, member: Expr) -> Name:
        made = self.naming(member)
        return Name(self.strengths.get(made.text, made.text))

    def told(self) -> dict[str, str]:
        """The equations in the notation of the notes, for the docstrings."""
        indent = 2 * INDENT
        told = {name: f"\n{indent}".join(told_lines(e, self.notation, indent)) for name, e in self._all().items()}
        return told | {name: told_left(e, self.notation) for name, e in self._all().items() if name in OF_THE_COST}

    def cited(self) -> dict[str, str]:
        """The comment that names an equation."""
        shapes = {name: self.equations.shape(e.left, None, {}) for name, e in self._all().items()}
        return {name: f"# ({e.number}) {e.label}, {shapes[name]}" for name, e in self._all().items()}

    def _all(self) -> dict[str, Equation]:
        more = {e.label.removesuffix("-batch"): e for e in self.equations.found if e.label.startswith("delta-")}
        return {**self.found, "f": self.equations.definitions("a")[-1], "C": self.equations.definition("C"), **more}


# ---------------------------------------------------------------- functions of the tables


def _function(name: str, parameters: str, doc: str, lines: list[str]) -> dict[str, object]:
    return {"name": helper_name(name), "parameters": parameters, "doc": doc, "lines": lines}


def _of_helper(helper: Helper) -> dict[str, object]:
    return _function(helper.name, helper.parameter, helper.doc, helper_lines(helper))


def _returned(value: Expr, before: tuple[tuple[str, Expr], ...] = ()) -> list[str]:
    return helper_lines(Helper("", "", "", before, value))


def _activation_functions(rows: list[ActivationRow]) -> list[dict[str, object]]:
    made: list[dict[str, object]] = []
    for row in rows:
        made.append(_of_helper(row.helper))
        doc = f"dJ/dZ from dJ/dA where A is the {row.name} of Z."
        made.append(_function(f"{row.name}-error", "Z, A, dA", doc, _returned(row.error)))
    return made


def _helpers(rows: list[ActivationRow], costs: list[CostRow], pairs: list[PairRow]) -> list[dict[str, object]]:
    """What the other functions call: functions that NumPy lacks, careful logarithms."""
    values = [e for row in rows for e in (row.helper.result, row.error)]
    values += [e for row in costs for e in (row.value, row.gradient)]
    values += [e for row in pairs for e in (row.value, row.error, *(line for _, line in row.before))]
    return [*map(told, special(values)), *(_of_helper(helper) for helper in called_in(values))]


def _cost_functions(costs: list[CostRow], pairs: list[PairRow]) -> list[dict[str, object]]:
    made = []
    for row in costs:
        made.append(_function(row.name, "Z, A, Y", f"The {row.name} of each row.", _returned(row.value)))
        made.append(_function(f"{row.name}-gradient", "Z, A, Y, N", "dJ/dA.", _returned(row.gradient)))
    for pair in pairs:
        name = f"{pair.activation}-{pair.cost}"
        doc = f"The {pair.cost} of each row from the pre-activations of a {pair.activation}."
        made.append(_function(name, "Z, A, Y", doc, _returned(pair.value)))
        made.append(_function(f"{name}-error", "Z, A, Y, N", "dJ/dZ.", _returned(pair.error, pair.before)))
    return made
