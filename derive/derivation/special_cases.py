"""What the chapter of the general network tells beside the derivation: three networks that are special cases of it.

- one sigmoid layer with binary cross-entropy: logistic regression;
- units of one layer that begin with equal weights: they stay equal;
- a chain of sigmoid nodes of any length: the error of the first layer is bounded by 4^-L times the weights.

Each is a model like any other; nothing about it is typed in but its forward equations.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from derive.algebra.layers import layers
from derive.algebra.substitute import put
from derive.algebra.substitute import replace as exchanged
from derive.algebra.tree import Expr, Fn, Partial, Ref, Sym, mul, num, sub
from derive.derivation.activations import activation_derivative, activation_model
from derive.derivation.bound import closed_bound
from derive.derivation.engine import Engine
from derive.derivation.induction import chain_closed_form
from derive.derivation.labels import suffixed
from derive.derivation.line import Line
from derive.derivation.matrix import matrix_derivation
from derive.derivation.steps import Derivation, Section
from derive.derivation.updates import RATE
from derive.model.build import EMITTING, LAYER, SUMMED, UNIT, Form, network_model, width
from derive.model.model import Axis, Definition, Quantity
from derive.spec import NetworkSpec, parse_network

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from derive.derivation.ruleset import EngineRules
    from derive.model.model import Model

LOGISTIC = parse_network("2-2:sigmoid", name="logistic")
"""The widths are not used: they become letters."""
GENERAL = NetworkSpec("general")
IN, OUT, BIAS = Ref("v", (), (EMITTING,)), Ref("u", (), (UNIT,)), Ref("c")
"""What the units of layer 1 share: the weights into each, the weights out of each, the bias."""
FIRST, SECOND, OTHER, AFTER = num(1), num(2), SUMMED, Sym("p")


def special_cases(rules: EngineRules, *, masked: bool = False) -> Iterator[Section]:
    """The sections, not yet checked; they cite the derivation of the general network.

    Args:
        rules: the rules in force.
        masked: whether that network has masks: they tell units apart that would stay equal.
    """
    functions = network_model(LOGISTIC, Form()).functions
    model = activation_model(functions)
    found = [activation_derivative(f, model, rules.calculus) for f in functions.values()]
    slopes = {name: f.value for name, f in zip(functions, found, strict=True)}
    yield Section("activations-sigmoid", "The sigmoid", model, (), tuple(f.derivation for f in found))
    yield logistic(rules, slopes)
    if not masked:
        yield equal_units(rules)
    yield vanishing(rules, slopes)


# ---------------------------------------------------------------- one layer


def logistic(rules: EngineRules, slopes: Mapping[str, Expr]) -> Section:
    """L = 1, sigmoid, binary cross-entropy; any number of inputs and outputs."""
    model = replace(network_model(LOGISTIC, Form(suffix="-logistic")), widths=None)
    engine = Engine(model, rules, suffixed("-logistic", "/index"), slopes)
    told = [r.derivation for name in ("z", "w") for r in engine.adjoint(name) if r.derivation is not None]
    return Section("logistic", "Logistic regression", model, model.definitions, tuple(map(_in_arrays, told)))


def _in_arrays(index: Derivation) -> Derivation:
    found = matrix_derivation(index, index.label.removesuffix("/index"))
    assert found is not None
    return replace(found, lemmas=(index,))


# ---------------------------------------------------------------- equal units


def equal_units(rules: EngineRules) -> Section:
    """Two units of layer 1 that share their weights in, their weights out and their bias."""
    engine = Engine(network_model(GENERAL, Form()), rules, suffixed("", "/index"))
    found = [r.derivation for name in ("z", "w", "b") for r in engine.adjoint(name)]
    model = _tied(network_model(GENERAL, Form(suffix="-equal")))
    known = {d.label: d for d in found if d is not None}
    writer = _EqualUnits(model, known)
    return Section("equal", "Units that begin equal", model, model.definitions, tuple(writer.told()))


def _tied(model: Model) -> Model:
    """The general network of two layers or more in which the weights around layer 1 do not depend on its units."""
    shared = (
        Quantity("v", "parameter", "the weights into every unit of layer 1", axes=(_axis(EMITTING, 0),)),
        Quantity("u", "parameter", "the weights out of every unit of layer 1", axes=(_axis(UNIT, 2),)),
        Quantity("c", "parameter", "the bias of every unit of layer 1"),
    )
    tied = (
        Definition(Ref("w", (FIRST,), (UNIT, EMITTING)), IN, "forward-w-in-equal", layers(1, 1)),
        Definition(Ref("b", (FIRST,), (UNIT,)), BIAS, "forward-b-equal", layers(1, 1)),
        Definition(Ref("w", (SECOND,), (UNIT, EMITTING)), OUT, "forward-w-out-equal", layers(2, 2)),
    )
    return replace(
        model,
        quantities={**model.quantities, **{q.name: q for q in shared}},
        definitions=(*tied, *model.definitions),
        least_layers=2,
    )


def _axis(letter: Sym, layer: int) -> Axis:
    return Axis("unit", letter, width(num(layer)))


class _EqualUnits:
    """Each line about unit k of layer 1 is turned, step by step, into the same line about unit i."""

    def __init__(self, model: Model, known: Mapping[str, Derivation]) -> None:
        self.model, self.known = model, known
        self.ends = {UNIT: width(FIRST), OTHER: width(FIRST), EMITTING: width(num(0)), AFTER: width(SECOND)}

    def told(self) -> Iterator[Derivation]:
        """Pre-activation, error, the three gradients, the update."""
        yield self.pre_activation()
        yield self.error()
        error = "delta-hidden-equal"
        weight, bias = Ref("w", (FIRST,), (UNIT, EMITTING)), Ref("b", (FIRST,), (UNIT,))
        delta = Ref("delta", (FIRST,), (UNIT,))
        yield self.gradient(weight, "gradient-W/index", "gradient-W-equal", delta, error)
        yield self.gradient(bias, "gradient-b/index", "gradient-b-equal", delta, error)
        yield self.outgoing()
        yield self.update(weight)

    def pre_activation(self) -> Derivation:
        definition = next(d for d in self.model.definitions if d.label.startswith("forward-z"))
        start = Ref("z", (FIRST,), (UNIT,))
        line = Line(start)
        self._written_out(line, put(definition.rhs, {LAYER: FIRST}), "definition", definition.label)
        self._inserted(line)
        reason = "no unit is left in it: it is the same number for every unit of the layer"
        return self._closed(line, _about(start), reason, "forward-z-equal/units", ())

    def error(self) -> Derivation:
        line = Line(Ref("delta", (FIRST,), (UNIT,)))
        recursion = self.known["delta-hidden/index"]
        self._written_out(line, put(recursion.claim[1], {LAYER: FIRST}), "recursion", recursion.label)
        self._inserted(line)
        self._moved(line, Ref("z", (FIRST,), (UNIT,)), "forward-z-equal/units")
        reason = "and this is {0}, by the same lines read backwards"
        return self._closed(line, _about(line.start), reason, "delta-hidden-equal", (recursion.label,))

    def gradient(self, member: Ref, found: str, label: str, moved: Ref, why: str) -> Derivation:
        """dJ/d member for unit k and for unit i, where one factor carries the unit."""
        line = Line(Partial(self.model.objective, member))
        self._written_out(line, put(self.known[found].claim[1], {LAYER: FIRST}), "lemma", found)
        self._moved(line, moved, why)
        return self._closed(line, _about(line.start), "the gradient of the other unit", label, (found,))

    def outgoing(self) -> Derivation:
        """dJ/dw of the weights into layer 2."""
        found = "gradient-W/index"
        line = Line(Partial(self.model.objective, Ref("w", (SECOND,), (AFTER, UNIT))))
        right = put(self.known[found].claim[1], {LAYER: SECOND, UNIT: AFTER, EMITTING: UNIT})
        self._written_out(line, right, "lemma", found)
        activation = next(d for d in self.model.definitions if d.label == "forward-a-equal")
        member, value = (put(side, {LAYER: FIRST}) for side in (activation.head, activation.rhs))
        line.to(exchanged(line.now, member, value), "definition", "definition of {0}", member, uses=(activation.label,))
        self._moved(line, Ref("z", (FIRST,), (UNIT,)), "forward-z-equal/units")
        reason = "the gradient of the other unit"
        return self._closed(line, _about(line.start), reason, "gradient-W-out-equal", (found,))

    def update(self, weight: Ref) -> Derivation:
        """What one step of gradient descent makes of a weight."""
        slope = Partial(self.model.objective, weight)
        line = Line(sub(weight, mul(RATE, slope)))
        self._inserted(line)
        self._moved(line, slope, "gradient-W-equal")
        reason = "the other unit after the same step"
        return self._closed(line, _about(line.start), reason, "update-W-equal", ("forward-w-in-equal",))

    # ------------------------------------------------------------ parts of a line

    def _written_out(self, line: Line, right: Expr, rule: str, label: str) -> None:
        text = {"definition": "definition of {0}", "recursion": "the recursion of one layer"}.get(rule, "found before")
        line.to(right, rule, text, *([line.start] if rule == "definition" else []), uses=(label,))

    def _inserted(self, line: Line) -> None:
        """What the units share put in for their weights and biases."""
        for d in self.model.definitions:
            if d.head.name in "wb":
                line.to(_defined(line.now, d), "definition", "definition of {0}", d.head, uses=(d.label,))

    def _moved(self, line: Line, member: Expr, label: str) -> None:
        """Unit k replaced by unit i where both have the same value."""
        after = exchanged(line.now, member, _about(member))
        line.to(after, "lemma", "{0} is the same for both units", member, uses=(label,))

    def _closed(self, line: Line, end: Expr, reason: str, label: str, uses: Sequence[str]) -> Derivation:
        line.to(end, "equal units", reason, end, uses=tuple(uses))
        letters = [s for s in self.ends if s in line.start.symbols | line.now.symbols]
        free = tuple((s, self.ends[s]) for s in letters)
        return Derivation(label, label, (line.start, line.now), tuple(line.steps), free=free)


def _defined(expr: Expr, d: Definition) -> Expr:
    """A definition put in for its members, under sums too."""
    if isinstance(expr, Ref) and (expr.name, expr.slots) == (d.head.name, d.head.slots):
        return put(d.rhs, dict(zip(d.head.entries or (), expr.entries or (), strict=True)))  # type: ignore[arg-type]
    return expr if isinstance(expr, Partial) else expr.map(lambda child: _defined(child, d))


def _about(expr: Expr) -> Expr:
    """The same about the other unit."""
    return put(expr, {UNIT: OTHER})


# ---------------------------------------------------------------- a deep chain


def vanishing(rules: EngineRules, slopes: Mapping[str, Expr]) -> Section:
    """A chain of L sigmoid nodes: the error of any layer in closed form, and how large it can be at most."""
    model = _all_sigmoid(network_model(GENERAL, Form(units=False, suffix="-deep")))
    engine = Engine(model, rules, suffixed("-deep", ""))
    output, hidden = (r.derivation for r in engine.adjoint("z"))
    assert output is not None
    assert hidden is not None
    closed = chain_closed_form(engine, output, hidden, "delta-hidden-deep/product")
    limit = closed_bound(closed, slopes)
    assert limit is not None
    return Section("deep", "A chain of sigmoid nodes", model, model.definitions, (output, hidden, closed, limit))


def _all_sigmoid(model: Model) -> Model:
    """The same model with the sigmoid in every layer."""
    known = network_model(LOGISTIC, Form()).functions
    ((name, _),) = known.items()
    put_in = tuple(
        replace(d, rhs=Fn(name, d.rhs.args), kind=name) if isinstance(d.rhs, Fn) and d.rhs.name == "f" else d
        for d in model.definitions
    )
    functions = {n: f for n, f in model.functions.items() if n != "f"}
    return replace(model, definitions=put_in, functions={**known, **functions})
