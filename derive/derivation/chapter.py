"""Everything that is derived for one network, in the order in which it is told."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from derive.algebra.tree import Partial, Ref, num
from derive.data.costs import COSTS
from derive.data.optimisers import OPTIMISERS
from derive.derivation.activations import activation_derivatives
from derive.derivation.bound import bound, closed_bound
from derive.derivation.checked import Networks, check_section
from derive.derivation.citations import check_citations
from derive.derivation.engine import Engine
from derive.derivation.induction import chain_closed_form, matrix_closed_form, path_sum
from derive.derivation.labels import Label, is_parameter_gradient, numbers, penalised, suffixed, update_label
from derive.derivation.logits import logit_forms
from derive.derivation.matrix import matrix_derivation
from derive.derivation.numerator import row_forms
from derive.derivation.optimised import optimised
from derive.derivation.optimisers import checked_optimiser, optimiser_rules, optimiser_sections
from derive.derivation.paths import chain_product
from derive.derivation.ruleset import EngineRules
from derive.derivation.shift import SHIFT, shift_invariances
from derive.derivation.special_cases import special_cases
from derive.derivation.steps import Chapter, Derivation, Section, Update
from derive.derivation.targets import conditions
from derive.derivation.three_factors import three_factors
from derive.derivation.updates import update_derivation
from derive.model.build import Form, network_model
from derive.spec import fits
from derive.spec.network import EMITTED_OPTIMISERS, PLAIN

if TYPE_CHECKING:
    from derive.algebra.tree import Expr
    from derive.data.optimisers import Optimiser
    from derive.model.model import Model
    from derive.spec import NetworkSpec

DEPTH_OF_PATHS = 3
"""Chains of at most so many layers have the product along the path, and its bound, written for each weight."""


def derive_chapter(
    spec: NetworkSpec, rules: EngineRules | None = None, *, checked: Collection[str] | None = None
) -> Chapter:
    """The chapter of a network, every line checked.

    Args:
        spec: the network.
        rules: the rules in force; by default the right ones.
        checked: keys of the sections that are going to be used, for a caller that uses a few; the lines of the others
            are derived for their numbers only and carry no check, so they must not be shown.

    Raises:
        CheckFailed: a derived line is not true (a fault of ours).
        Undecidable: the story depends on a number of layers that the network leaves open.
    """
    return _Author(spec, rules or EngineRules(), checked).chapter()


def numbered_like(chapter: Chapter, other: Chapter) -> Chapter:
    """The chapter of a network in which nothing is left open, with the numbers of the one where something is."""
    numbered = {label: other.full[label] for label in chapter.numbers if label in other.full}
    return replace(chapter, numbers=numbered, full=other.full)


def is_chain(spec: NetworkSpec) -> bool:
    """One node in each layer: told without unit axes (a softmax is a matter of several units, even of one)."""
    if spec.widths is None or set(spec.widths) != {1}:
        return False
    return all(spec.activation(name).elementwise for name in spec.activations or ())


class _Author:
    def __init__(self, spec: NetworkSpec, rules: EngineRules, checked: Collection[str] | None) -> None:
        self.spec, self.rules, self.checked = spec, rules, checked
        self.scalar = is_chain(spec)
        self.derivatives: dict[str, Expr] = {}
        self.seen: set[str] = set()
        self.networks = Networks()

    def chapter(self) -> Chapter:
        sections = [s for s in self._sections() if s.derivations or s.forward]
        rows = [row for row in OPTIMISERS if row.name != PLAIN]
        chosen = [row for row in rows if row.name in self.spec.optimisers and self.checked is None]
        rules = sorted(rows, key=lambda row: row.name not in EMITTED_OPTIMISERS)
        told = [*sections, *(optimiser_rules(row) for row in rules if row in self.spec.emitted)]
        counted = [*sections, *map(optimiser_rules, rules)]
        if chosen:
            in_network = self._optimised()
            counted += [s for row in rows for s in (*optimiser_sections(row), in_network(row))]
            told += [s for row in chosen for s in (*checked_optimiser(row.name), self._checked(in_network(row)))]
        check_citations(told)
        full, printed = numbers(counted), numbers(told)
        return Chapter(self.spec.name, tuple(told), {label: full[label] for label in printed}, full)

    def _sections(self) -> Iterator[Section]:
        yield from self._activations()
        if self.scalar:
            yield from self._scalar()
        else:
            yield from self._units()
        if self.spec.widths is None:
            yield from self._chain_of_any_length()
        yield from self._batch("columns", "-batch-columns")
        yield from self._batch("rows", "-batch")
        if self.spec.penalty is not None or self.spec.widths is None:
            yield from self._penalty()
        if self.spec.widths is None:
            special = special_cases(self.rules, masked=self.spec.dropout is not None)
            yield from map(self._checked, special)

    def _optimised(self) -> Callable[[Optimiser], Section]:
        """What makes the section of an optimiser in this network; the gradients are those of one sample."""
        penalty = self.spec.penalty is not None
        model = network_model(self.spec, Form(units=not self.scalar, penalty=penalty, suffix="-penalty" * penalty))
        label = suffixed("", "" if self.scalar else "/index")
        engine = self._engine(model, penalised(label) if penalty else label)
        gradients = [d for name in ("w", "b") for d in self._adjoints(engine, name)]
        return lambda row: optimised(row, model, gradients)

    # ------------------------------------------------------------ the activations

    def _activations(self) -> Iterator[Section]:
        functions = network_model(self.spec, Form(units=not self.scalar)).functions
        model, found = activation_derivatives(functions, self.rules.calculus)
        self.derivatives.update({name: d.value for name, d in found.items()})
        derivations = [d.derivation for d in found.values()]
        if derivations:
            yield self._checked(Section("activations", "The activation functions", model, (), tuple(derivations)))

    # ------------------------------------------------------------ without unit axes

    def _scalar(self) -> Iterator[Section]:
        model = network_model(self.spec, Form(units=False))
        engine = self._engine(model, lambda name: name)
        depth = model.least_layers
        walked = range(depth, max(0, depth - DEPTH_OF_PATHS), -1)
        paths = [chain_product(engine, Ref("w", (num(m),)), f"chain-w{m}") for m in walked]
        found = self._story(engine)
        found += logit_forms(engine, found)
        limits = bound(engine, self.derivatives) if depth <= DEPTH_OF_PATHS else self._of_deep_chain(engine, found)
        yield self._section("scalar", "One node in each layer", model, [*paths, *found, *limits], "scalar")
        if self.spec.cost is None:
            yield from self._costs()

    def _of_deep_chain(self, engine: Engine, told: list[Derivation]) -> list[Derivation]:
        """The closed form of the recursion and its bound, where the inner layers are alike."""
        output, *inner = (d for d in told if d.label.startswith("delta-"))
        if len(inner) != 1:
            return []
        closed = chain_closed_form(engine, output, inner[0], "delta-hidden/product")
        limit = closed_bound(closed, self.derivatives)
        return [closed] if limit is None else [closed, limit]

    def _costs(self) -> Iterator[Section]:
        """Where the cost is left open: the first factor, and the error of the last layer, for each cost that fits."""
        for row in COSTS:
            shown = row.shown_where_open and row.least_outputs == 1
            if not shown or not fits(row.name, (self.spec.activations or ())[-1], self.spec.own):
                continue
            suffix = f"-{row.name}"
            model = network_model(replace(self.spec, cost=row.name), Form(units=False, suffix=suffix))
            engine = self._engine(model, suffixed(suffix, ""))
            told = [d for d in self._story(engine) if d.label.startswith(("cost-gradient", "delta-output"))]
            told += logit_forms(engine, told)
            section = self._section(f"cost-{row.name}", row.reading, model, told, None, forward=False)
            cost = tuple(d for d in model.definitions if d.head == model.objective)
            yield replace(section, forward=cost)

    def _chain_of_any_length(self) -> Iterator[Section]:
        model = network_model(self.spec, Form(units=False, suffix="-chain"))
        engine = self._engine(model, suffixed("-chain", ""))
        found = self._story(engine)
        output, hidden = self._adjoints(engine, "z")
        closed = chain_closed_form(engine, output, hidden, "delta-hidden-chain/product")
        yield self._section("chain", "One node in each layer: the chain", model, [*found, closed], "chain")

    # ------------------------------------------------------------ with unit axes

    def _units(self) -> Iterator[Section]:
        model = network_model(self.spec, Form())
        engine = self._engine(model, suffixed("", "/index"))
        index = self._story(engine)
        fused = logit_forms(engine, index)
        unseen = shift_invariances(model)
        told = [*index, *three_factors(engine, index), *self._paths(engine, index), *fused, *unseen]
        with_shift = replace(model, quantities={**model.quantities, SHIFT.name: SHIFT}) if unseen else model
        yield self._section("index", "Entry by entry", with_shift, told, None)
        second = [d for d in fused if len(d.free) > 1]
        matrices = [m for d in self._with_inner(engine, index) + second if (m := self._matrix(d)) is not None]
        if model.last is not None:
            output, hidden = (m for m in matrices if m.label in ("delta-output", "delta-hidden"))
            weights = next(m for m in matrices if m.label == "gradient-W")
            matrices.append(matrix_closed_form(engine, output, hidden, "delta-hidden/product"))
            matrices += row_forms([output, hidden, weights])
        yield self._section("matrix", "All units at once", model, matrices, "matrix", forward=False)

    def _paths(self, engine: Engine, index: list[Derivation]) -> list[Derivation]:
        """The recursion put into itself, where the number of layers is open."""
        if engine.model.last is None:
            return []
        output, hidden = (d for d in index if d.label in ("delta-output/index", "delta-hidden/index"))
        found = path_sum(engine, output, hidden, "delta-hidden/paths")
        return [found] if found is not None else []

    def _batch(self, samples: str, suffix: str) -> Iterator[Section]:
        form = Form(samples="columns" if samples == "columns" else "rows", suffix=suffix)
        model = network_model(self.spec, form)
        engine = self._engine(model, suffixed(suffix, "/index"))
        found = self._with_inner(engine, self._story(engine))
        told = self._in_arrays(found)
        title = f"A batch of samples as {samples}"
        yield self._section(f"batch-{samples}", title, model, told, "batch" if samples == "rows" else None)

    def _penalty(self) -> Iterator[Section]:
        """The gradient of the weights with the penalty: for one sample, and for the batch that the code works on."""
        one = Form(units=not self.scalar, penalty=True, suffix="-penalty")
        batch = Form(samples="rows", penalty=True, suffix="-penalty-batch")
        yield self._penalised(one, "penalty", "", "The penalty on the weights")
        yield self._penalised(batch, "penalty-batch", "-batch", "The penalty, for a batch")

    def _penalised(self, form: Form, key: str, suffix: str, title: str) -> Section:
        model = network_model(self.spec, form)
        matrices = form.units
        engine = self._engine(model, penalised(suffixed(suffix, "/index" if matrices else "")))
        names = ("w", "b") if key == "penalty" else ("w",)
        found = [d for name in names for d in self._adjoints(engine, name)]
        told = self._in_arrays(found) if matrices else found
        return self._section(key, title, model, told, key)

    # ------------------------------------------------------------ helpers

    def _engine(self, model: Model, label: Label) -> Engine:
        return Engine(model, self.rules, label, self.derivatives)

    def _story(self, engine: Engine) -> list[Derivation]:
        """The gradient of the cost by the outputs, then errors and gradients from the last layer to the first."""
        gradient = [d for r in engine.adjoint("a") if (d := r.derivation) is not None and "cost" in d.label]
        return [*gradient, *(d for name in ("z", "w", "b", "x") for d in self._adjoints(engine, name))]

    def _with_inner(self, engine: Engine, found: list[Derivation]) -> list[Derivation]:
        """Where an error keeps dJ/da of its layer, that derivative has an equation of its own, told just before."""
        told_of_a = [r.derivation for r in engine.adjoint("a") if r.derivation is not None]
        inner = next((d for d in told_of_a if "fan-out" in d.label), None)
        keeps = [d for d in found if d.label.startswith("delta-hidden") and _stands_in(d.claim[1], "a")]
        if inner is None or not keeps:
            return found
        told = replace(inner, label=engine.label("gradient-a"), title=engine.label("gradient-a"))
        place = found.index(keeps[0])
        return [*found[:place], told, *found[place:]]

    def _adjoints(self, engine: Engine, name: str) -> list[Derivation]:
        """The derivations of one adjoint, its lemmas told once in the chapter."""
        return [conditions(r.derivation) for r in engine.adjoint(name) if r.derivation is not None]

    def _in_arrays(self, found: list[Derivation]) -> list[Derivation]:
        """Each in matrix form with its index form as a lemma; as it is where it has no matrix form."""
        return [d if m is None else replace(m, lemmas=(d,)) for d in found for m in (self._matrix(d),)]

    def _matrix(self, index: Derivation) -> Derivation | None:
        return matrix_derivation(index, index.label.removesuffix("/index"), self.rules.orientation)

    def _section(
        self,
        key: str,
        title: str,
        model: Model,
        derivations: list[Derivation],
        updated: str | None,
        *,
        forward: bool = True,
    ) -> Section:
        updates: list[Update] = []
        told = [self._once(d) for d in derivations]
        if updated is not None:
            for d in [d for d in told if is_parameter_gradient(d)]:
                update, derivation = update_derivation(model, d, update_label(d.label))
                updates.append(update)
                told.append(derivation)
        equations = model.definitions if forward else ()
        return self._checked(Section(key, title, model, equations, tuple(told), tuple(updates)))

    def _once(self, d: Derivation) -> Derivation:
        """A lemma that was told is only cited afterwards."""
        fresh = tuple(self._once(lemma) for lemma in d.lemmas if lemma.label not in self.seen)
        self.seen.add(d.label)
        return replace(d, lemmas=fresh)

    def _checked(self, section: Section) -> Section:
        if self.checked is not None and section.key not in self.checked:
            return section
        return check_section(section, self.networks.checker(section))


def _stands_in(expr: Expr, name: str) -> bool:
    """Whether a derivative by a member of ``name`` is left in the expression."""
    return any(isinstance(n, Partial) and isinstance(n.wrt, Ref) and n.wrt.name == name for n in expr.walk())
