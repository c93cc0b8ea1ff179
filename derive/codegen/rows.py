"""One activation, one cost or a pair of them on its own, derived for a batch: rows of the tables of general code."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from derive.algebra.tree import Div, Expr, Fn, Partial, Ref, Sym
from derive.codegen.arrange import arranged
from derive.codegen.build import SAMPLE_LETTERS
from derive.codegen.equations import Equations
from derive.codegen.fusion import fused, undivided, with_digits
from derive.codegen.helpers import activation
from derive.codegen.lower import Lowering
from derive.codegen.naming import LETTERS
from derive.codegen.nodes import Name
from derive.codegen.stable import stable
from derive.derivation.activations import activation_derivatives
from derive.derivation.checked import Checker, check_section
from derive.derivation.engine import Engine
from derive.derivation.ruleset import EngineRules
from derive.derivation.steps import Chapter, Section
from derive.model.build import Form, network_model
from derive.spec.network import NetworkSpec, fits

if TYPE_CHECKING:
    from derive.codegen.program import Helper
    from derive.spec.kinks import KinkChoice
    from derive.spec.own import Own

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
    """Where activation and cost fuse: the cost of each row from ``Z`` and ``A``, and dJ/dZ, both without a logarithm of
    ``A`` or a division by it.  ``before``: dJ/dA, where the error is written with it.
    """

    activation: str
    cost: str
    value: Expr
    before: tuple[tuple[str, Expr], ...]
    error: Expr


def activation_rows(own: Own, kinks: tuple[KinkChoice, ...] = ()) -> list[ActivationRow]:
    """Every activation of the table, and one's own; ``kinks``: the slopes chosen at kinks."""
    made = []
    for row in own.all_activations:
        equations = _equations(row.name, None, own, kinks)
        helper = activation(equations, equations.definition("a", 1))
        made.append(ActivationRow(row.name, helper, _from_outputs(equations)))
    return made


def cost_rows(own: Own, kinks: tuple[KinkChoice, ...] = ()) -> tuple[list[CostRow], list[PairRow]]:
    """(costs that need nothing but the outputs, pairs of activation and cost that fuse)."""
    costs: dict[str, CostRow] = {}
    pairs: list[PairRow] = []
    for cost in own.all_costs.names:
        for name in _fitting(cost, own):
            equations = _equations(name, cost, own, kinks)
            c = equations.definition("C")
            plain, value = _value(c.right, c.axes), _value(fused(equations, c.right, 1), c.axes)
            if value != plain:
                pairs.append(PairRow(name, cost, value, *_error(equations)))
                continue
            costs.setdefault(cost, CostRow(cost, plain, _lowered(equations, "a")))
            if not _vanishing(equations.definition("C").right):
                break
    return list(costs.values()), pairs


def _vanishing(cost: Expr) -> bool:
    """Whether a cost may fuse with some activation: outputs stand in a logarithm or below a fraction line."""
    made = stable(cost)
    parts = [n.args[0] for n in made.walk() if isinstance(n, Fn) and n.name == "log"]
    parts += [n.denominator for n in made.walk() if isinstance(n, Div)]
    return any(isinstance(n, Ref) and n.name == "a" for part in parts for n in part.walk())


def _value(right: Expr, axes: tuple[Sym, ...]) -> Expr:
    return arranged(_LOWER(stable(right), axes))


def _fitting(cost: str, own: Own) -> list[str]:
    return [name for name in own.all_activations.names if fits(cost, name, own)]


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
    return _value(with_digits(equations, undivided(equations, e.right, 1), 1), e.axes)


def _error(equations: Equations) -> tuple[tuple[tuple[str, Expr], ...], Expr]:
    """dJ/dZ, and dJ/dA before it where it is written with that."""
    error = _lowered(equations, "delta")
    outputs = any(n == Name("dA") for n in error.walk())
    return ((("dA", _lowered(equations, "a")),) if outputs else ()), error


def _name(member: Expr) -> Name:
    """Names without layers: ``Z``, ``A``, ``dA``, ``Y``, ``N``; the width of the last layer is that of the targets."""
    if isinstance(member, Ref) and member.name == "n":
        return Name("Y.shape[1]")
    if isinstance(member, Partial):
        return Name("d" + _name(member.wrt).text)
    return Name(member.name if isinstance(member, Sym) else LETTERS[member.name] if isinstance(member, Ref) else "")


_LOWER = Lowering(_name, SAMPLE_LETTERS)


def _equations(name: str, cost: str | None, own: Own, kinks: tuple[KinkChoice, ...]) -> Equations:
    """A network of one layer: its batch equations, every line checked as in a chapter."""
    spec = NetworkSpec(f"{name} alone", WIDTHS, (name,), cost, own=own, kinks=tuple(k for k in kinks if k.name == name))
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
