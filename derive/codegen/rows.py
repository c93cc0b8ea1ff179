"""One activation, one cost or a pair of them on its own, derived for a batch: rows of the tables of general code."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from derive.algebra.tree import Expr, Fn, Partial, Ref, Sym
from derive.codegen.arrange import arranged
from derive.codegen.build import SAMPLE_LETTERS, fused
from derive.codegen.equations import Equations
from derive.codegen.helpers import activation
from derive.codegen.lower import Lowering
from derive.codegen.naming import LETTERS
from derive.codegen.nodes import Name
from derive.codegen.stable import stable
from derive.data.activations import ACTIVATIONS
from derive.data.costs import COSTS
from derive.derivation.activations import activation_derivatives
from derive.derivation.checked import Checker, check_section
from derive.derivation.engine import Engine
from derive.derivation.ruleset import EngineRules
from derive.derivation.steps import Chapter, Section
from derive.errors import DeriveError
from derive.model.build import Form, network_model
from derive.spec.network import NetworkSpec, check_fit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from derive.codegen.program import Helper

WIDTHS = (3, 2)
"""One layer: what is derived for it holds for a layer anywhere."""


@dataclass(frozen=True)
class ActivationRow:
    """``helper``: the function of Z.  ``error``: dJ/dZ from ``Z``, ``A`` and ``dA``."""

    name: str
    helper: Helper
    error: Expr


@dataclass(frozen=True)
class CostRow:
    """The cost of each row of ``A`` and ``Y``, and dJ/dA."""

    name: str
    value: Expr
    gradient: Expr


@dataclass(frozen=True)
class PairRow:
    """Where activation and cost fuse: the cost of each row from ``Z``, and dJ/dZ without a division by ``A``."""

    activation: str
    cost: str
    value: Expr
    error: Expr


def activation_rows() -> list[ActivationRow]:
    """Every activation of the table."""
    made = []
    for row in ACTIVATIONS:
        equations = _equations(row.name, None)
        helper = activation(equations, equations.definition("a", 1))
        made.append(ActivationRow(row.name, helper, _from_outputs(equations)))
    return made


def cost_rows() -> tuple[list[CostRow], list[PairRow]]:
    """(costs that need nothing but the outputs, pairs of activation and cost that fuse)."""
    costs: list[CostRow] = []
    pairs: list[PairRow] = []
    for cost in COSTS.names:
        for name in _worth_deriving(cost):
            equations = _equations(name, cost)
            c = equations.definition("C")
            value = arranged(_LOWER(stable(fused(equations, c.right, 1)), c.axes))
            if any(n == Name("Z") for n in value.walk()):
                pairs.append(PairRow(name, cost, value, _lowered(equations, "delta")))
            elif cost not in {row.name for row in costs}:
                costs.append(CostRow(cost, value, _lowered(equations, "a")))
    return costs, pairs


def _worth_deriving(cost: str) -> list[str]:
    """The activations with which a cost may fuse, which takes a logarithm; else one activation is enough."""
    fitting = list(_fitting(cost))
    logarithm = any(isinstance(n, Fn) and n.name == "log" for n in COSTS.get(cost).expression.walk())
    return fitting if logarithm else fitting[:1]


def _fitting(cost: str) -> Iterator[str]:
    for name in ACTIVATIONS.names:
        try:
            check_fit(cost, name)
        except DeriveError:
            continue
        yield name


def _from_outputs(equations: Equations) -> Expr:
    """dJ/dZ in terms of dJ/dA: the last line of its derivation in which dJ/dA still stands."""
    d = next(d for d in equations.section.derivations if isinstance(d.claim[0], Ref) and d.claim[0].name == "delta")
    line = next(step.after for step in reversed(d.steps) if _needs_only_outputs(step.after, equations.model.objective))
    right = equations.in_terms_of_activations(line)
    return arranged(_LOWER(stable(right), tuple(v for v, _ in d.free)))


def _needs_only_outputs(line: Expr, objective: Ref) -> bool:
    partials = [n for n in line.walk() if isinstance(n, Partial)]
    outputs = [p for p in partials if p.of == objective and isinstance(p.wrt, Ref) and p.wrt.name == "a"]
    return bool(partials) and len(outputs) == len(partials)


def _lowered(equations: Equations, adjoint: str) -> Expr:
    e = equations.adjoint(adjoint, 1)
    return arranged(_LOWER(stable(e.right), e.axes))


def _name(member: Expr) -> Name:
    """Names without layers: ``Z``, ``A``, ``dA``, ``Y``, ``N``."""
    if isinstance(member, Partial):
        return Name("d" + _name(member.wrt).text)
    return Name(member.name if isinstance(member, Sym) else LETTERS[member.name] if isinstance(member, Ref) else "")


_LOWER = Lowering(_name, SAMPLE_LETTERS)


def _equations(name: str, cost: str | None) -> Equations:
    """A network of one layer: its batch equations, every line checked as in a chapter."""
    spec = NetworkSpec(f"{name} alone", WIDTHS, (name,), cost)
    rules = EngineRules()
    model = network_model(spec, Form(samples="rows"))
    functions, found = activation_derivatives(model.functions, rules.calculus)
    told = check_section(
        Section("activations", "", functions, (), tuple(f.derivation for f in found.values())), Checker(functions)
    )
    engine = Engine(model, rules, lambda label: label, {name: d.value for name, d in found.items()})
    results = [r.derivation for q in ("a", "z") for r in engine.adjoint(q) if r.derivation is not None]
    section = check_section(Section("batch-rows", "", model, model.definitions, tuple(results)), Checker(model))
    return Equations(Chapter(spec.name, (told, section), defaultdict(str)))
