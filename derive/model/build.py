"""From a specification to forward equations, in the form that is asked for.

One builder makes every network of the house: the two-node chain (no unit axes), the fully connected network with
symbolic L and widths, a concrete classifier, and each of them over a batch.  What differs is data: which axes the
quantities have, and which layers each activation holds in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from derive.algebra.layers import LayerSet, layers
from derive.algebra.products import rebuild, terms
from derive.algebra.scalar import by_definition
from derive.algebra.substitute import at, put
from derive.algebra.tree import COLON, ONE, ZERO, Div, Expr, Fn, Mul, Ref, Sum, Sym, add, mul, num
from derive.model.formulas import constants_pulled, put_formula, runs, scaled, simple
from derive.model.model import Axis, Definition, Function, Model, Quantity
from derive.spec import PenaltySpec

if TYPE_CHECKING:
    from derive.spec import NetworkSpec, PenaltyTerm

USUAL_PENALTY = "l2"
"""The penalty that is shown where a network names none."""
LAYER, LAST = Sym("l"), Sym("L")
UNIT, EMITTING, SUMMED, SAMPLE = Sym("k"), Sym("j"), Sym("i"), Sym("s")
SAMPLES = Sym("N")


@dataclass(frozen=True)
class Form:
    """How the story is told: with or without unit axes, one sample or a batch of columns or rows, with the penalty or
    not.

    ``suffix`` is appended to the labels of the forward equations: ``forward-z-batch``.
    """

    units: bool = True
    samples: Literal["one", "columns", "rows"] = "one"
    penalty: bool = False
    suffix: str = ""


def width(layer: Expr) -> Ref:
    """``n_l``."""
    return Ref("n", (layer,))


def network_model(spec: NetworkSpec, form: Form) -> Model:
    """The forward equations of ``spec`` in the given form.

    Raises:
        ValueError: a form without unit axes for a network that has widths other than 1.
    """
    return _Builder(spec, form).model()


class _Builder:
    def __init__(self, spec: NetworkSpec, form: Form) -> None:
        self.spec, self.form = spec, form
        self.depth = None if spec.widths is None else len(spec.widths) - 1
        self.last: Expr = LAST if self.depth is None else num(self.depth)
        if not form.units and spec.widths is not None and set(spec.widths) != {1}:
            raise ValueError(f"{spec.name}: the scalar form needs widths 1")

    # ------------------------------------------------------------ axes and members

    def axes(self, layer: Expr) -> tuple[Axis, ...]:
        """The axes of z and a in a layer."""
        unit = (Axis("unit", UNIT, width(layer)),) if self.form.units else ()
        if self.form.samples == "one":
            return unit
        sample = (Axis("sample", SAMPLE, SAMPLES),)
        return (*unit, *sample) if self.form.samples == "columns" else (*sample, *unit)

    def entry(self, name: str, layer: Expr | None, unit: Expr = UNIT) -> Ref:
        """A number of z, a, x or y: ``z[l; k]``, ``z[l; k, s]``, ``z[l; s, k]`` or, in scalar form, ``z[l]``."""
        letters = {"unit": unit, "sample": SAMPLE}
        slots = () if layer is None else (layer,)
        return Ref(name, slots, tuple(letters[a.kind] for a in self.axes(ZERO)))

    def over_units(self, body: Expr, letter: Sym, layer: Expr) -> Expr:
        """``sum of body over the units of a layer``; without unit axes there is one unit and no sum."""
        return Sum(body, letter, ONE, width(layer)) if self.form.units else body

    # ------------------------------------------------------------ quantities

    def quantities(self) -> dict[str, Quantity]:
        ls, from_zero = layers(1, self.last), layers(0, self.last)
        unit = (Axis("unit", UNIT, width(LAYER)),) if self.form.units else ()
        emitting = (Axis("unit", EMITTING, width(add(LAYER, num(-1)))),) if self.form.units else ()
        rows = [
            Quantity("x", "input", "the input", axes=self.axes(ZERO)),
            Quantity("y", "target", "the target", axes=self.axes(self.last), domain=self._target_domain()),
            Quantity("w", "parameter", "the weights into layer {l}", LAYER, ls, unit + emitting),
            Quantity("b", "parameter", "the biases of layer {l}", LAYER, ls, unit),
            Quantity("z", "intermediate", "the pre-activations of layer {l}", LAYER, ls, self.axes(LAYER)),
            Quantity("a", "intermediate", "the activations of layer {l}", LAYER, from_zero, self.axes(LAYER)),
            *self._dropped(),
            Quantity("delta", "adjoint", "the errors of layer {l}", LAYER, ls, self.axes(LAYER)),
            Quantity("J", "objective", "the cost"),
            Quantity("n", "size", "the width of layer {l}", LAYER, from_zero),
            Quantity("eta", "hyper", "the learning rate", domain="positive"),
        ]
        if self.form.samples != "one":
            rows.append(
                Quantity("C", "intermediate", "the cost of one sample", axes=(Axis("sample", SAMPLE, SAMPLES),))
            )
        if self.form.penalty:
            rows += [Quantity(letter, "hyper", reading, domain="positive") for letter, reading in self._strengths()]
            rows.append(Quantity("Jhat", "objective", "the cost with the penalty"))
        return {q.name: q for q in rows}

    @property
    def _hidden(self) -> LayerSet:
        return layers(1, add(self.last, num(-1)))

    def _dropped(self) -> list[Quantity]:
        """What dropout adds: the masks, which are given, and the activations that are left."""
        if self.spec.dropout is None:
            return []
        mask = "the mask of layer {l}: 0 where a unit is left out, else 1 over the share of those that stay"
        kept = "the activations of layer {l} that are left"
        return [
            Quantity("mask", "mask", mask, LAYER, self._hidden, self.axes(LAYER), domain="positive"),
            Quantity("h", "intermediate", kept, LAYER, layers(0, add(self.last, num(-1))), self.axes(LAYER)),
        ]

    def _target_domain(self) -> Literal["real", "unit"]:
        row = self.spec.cost_row
        return "unit" if row is not None and row.targets.low >= 0 else "real"

    # ------------------------------------------------------------ definitions

    def definitions(self) -> tuple[Definition, ...]:
        told = (
            Definition(self.entry("a", ZERO), self.entry("x", None), "forward-input", layers(0, 0)),
            self._pre_activation(),
            *self._activations(),
            *self._left(),
            *self._cost(),
            *self._penalty(),
        )
        return tuple(replace(d, label=d.label + self.form.suffix) for d in told)

    def _pre_activation(self) -> Definition:
        before, source = add(LAYER, num(-1)), "a" if self.spec.dropout is None else "h"
        weight = Ref("w", (LAYER,), (UNIT, EMITTING) if self.form.units else ())
        bias = Ref("b", (LAYER,), (UNIT,) if self.form.units else ())
        product = mul(weight, self.entry(source, before, EMITTING))
        rhs = add(self.over_units(product, EMITTING, before), bias)
        return _settled(Definition(self.entry("z", LAYER), rhs, "forward-z", layers(1, self.last)))

    def _left(self) -> tuple[Definition, ...]:
        """Inverted dropout: each activation of a hidden layer times its mask; the inputs stay."""
        if self.spec.dropout is None:
            return ()
        rhs = mul(self.entry("mask", LAYER), self.entry("a", LAYER))
        return (
            Definition(self.entry("h", ZERO), self.entry("a", ZERO), "forward-dropout-input", layers(0, 0)),
            _settled(Definition(self.entry("h", LAYER), rhs, "forward-dropout", self._hidden)),
        )

    def _activations(self) -> tuple[Definition, ...]:
        groups = self._groups()
        several = len(groups) > 1
        return tuple(
            _settled(
                Definition(
                    self.entry("a", LAYER),
                    self._activation(name),
                    f"forward-a-{name}" if several and name else "forward-a",
                    where,
                    name or "",
                )
            )
            for name, where in groups.items()
        )

    def _groups(self) -> dict[str | None, LayerSet]:
        """The layers of each activation (None: unknown), in order of first use."""
        if self.spec.activations is None:
            return {None: layers(1, self.last)}
        found: dict[str | None, list[int]] = {}
        for number, name in enumerate(self.spec.activations, start=1):
            found.setdefault(name, []).append(number)
        return {name: runs(numbers) for name, numbers in found.items()}

    def _activation(self, name: str | None) -> Expr:
        if name is None:
            return Fn("f", (self.entry("z", LAYER),), (LAYER,))
        row = self.spec.activation(name)
        if row.elementwise:
            inside = self.entry("z", LAYER)
            return inside if row.expression == Sym("z") else Fn(row.name, (inside,))
        return self._spread(row.expression, {"z": lambda unit: self.entry("z", LAYER, unit)}, LAYER)

    def _spread(self, formula: Expr, members: Mapping[str, Callable[[Expr], Expr]], layer: Expr) -> Expr:
        """A row's formula over the units of a layer: ``sum(u)`` becomes a sum over them."""

        def of(expr: Expr, unit: Sym) -> Expr:
            if isinstance(expr, Fn) and expr.name == "total":
                return self.over_units(of(expr.args[0], SUMMED), SUMMED, layer)
            if isinstance(expr, Sym):
                return members[expr.name](unit) if expr.name in members else expr
            return expr.map(lambda child: of(child, unit))

        return of(formula, UNIT)

    def _cost(self) -> tuple[Definition, ...]:
        one = self._cost_of_one_sample()
        if self.form.samples == "one":
            return (Definition(Ref("J"), one, "cost"),)
        per_sample = Ref("C", (), (SAMPLE,))
        mean = mul(Div(ONE, SAMPLES), Sum(per_sample, SAMPLE, ONE, SAMPLES))
        return (Definition(per_sample, one, "cost-sample"), Definition(Ref("J"), mean, "cost"))

    def _cost_of_one_sample(self) -> Expr:
        row = self.spec.cost_row
        if row is None:
            return Fn("C", (self._column("a", self.last), self._column("y", None)))
        members = {
            "a": self.entry("a", self.last, SUMMED),
            "y": self.entry("y", None, SUMMED),
            "n": width(self.last) if self.form.units else ONE,
        }
        body = put_formula(row.expression, members)
        return constants_pulled(self.over_units(body, SUMMED, self.last))

    def _column(self, name: str, layer: Expr | None) -> Ref:
        """All units of one sample."""
        slots = () if layer is None else (layer,)
        if not self.form.units or self.form.samples == "one":
            return Ref(name, slots, None if self.form.units else tuple(SAMPLE for _ in self.axes(ZERO)))
        letters: dict[str, Expr] = {"unit": COLON, "sample": SAMPLE}
        return Ref(name, slots, tuple(letters[a.kind] for a in self.axes(ZERO)))

    @property
    def _chosen(self) -> PenaltySpec:
        return self.spec.penalty or PenaltySpec.of(USUAL_PENALTY)

    def _strengths(self) -> list[tuple[str, str]]:
        """The letters of the strengths and what they are."""
        several = len(self._chosen.letters) > 1
        return [
            (letter, f"the strength of the {term.row.reading if several else 'penalty'}")
            for letter, term in self._chosen.letters
        ]

    def _penalty(self) -> tuple[Definition, ...]:
        """Jhat = J + each strength times the sum of its formula over all weights, numbers in front of the sum."""
        if not self.form.penalty:
            return ()
        added = [self._penalty_term(Ref(letter), term) for letter, term in self._chosen.letters]
        return (Definition(Ref("Jhat"), add(Ref("J"), *added), "cost-penalty"),)

    def _penalty_term(self, strength: Ref, term: PenaltyTerm) -> Expr:
        weight = Ref("w", (LAYER,), (UNIT, EMITTING) if self.form.units else ())
        (formula,) = terms(put_formula(term.row.expression(term.factor), {"w": weight}))
        body = rebuild(replace(formula, scale=ONE.value))
        inner = self.over_units(body, EMITTING, add(LAYER, num(-1)))
        everything = Sum(self.over_units(inner, UNIT, LAYER), LAYER, ONE, self.last)
        return Mul((scaled(strength, formula.scale), everything))

    # ------------------------------------------------------------ the model

    def functions(self) -> dict[str, Function]:
        found: dict[str, Function] = {}
        if self.spec.activations is None:
            found["f"] = Function("f", "unknown", per_layer=True, reading="the activation function of layer {l}")
        for name in dict.fromkeys(self.spec.activations or ()):
            row = self.spec.activation(name)
            if row.elementwise and row.expression != Sym("z"):
                found[row.name] = Function(
                    row.name,
                    "formula",
                    body=by_definition(row.expression),
                    kinks=tuple(k.at for k in row.kinks),
                    slopes=tuple((simple(k.at), simple(k.slope)) for k in row.kinks if k.chosen),
                    reading=row.reading,
                )
        if self.spec.cost is None:
            found["C"] = Function("C", "unknown cost", reading="the cost as a function of output and target")
        return found

    def model(self) -> Model:
        return Model(
            quantities=self.quantities(),
            definitions=self.definitions(),
            objective=Ref("Jhat") if self.form.penalty else Ref("J"),
            named_adjoints={"z": "delta"},
            functions=self.functions(),
            last=LAST if self.depth is None else None,
            least_layers=1 if self.depth is None else self.depth,
            widths=self.spec.widths,
        )


def _settled(definition: Definition) -> Definition:
    """A definition that holds in one layer only, with that layer put in."""
    point = definition.layers.point if definition.layers else None
    if point is None:
        return definition
    to = {LAYER: point}
    return replace(definition, head=at(definition.head, to), rhs=put(definition.rhs, to))
