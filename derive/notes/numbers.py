"""The worked example of a chain: every number of one iteration, found by meaning from the numbers that are given.

The table is no display: rounded numbers are equal to six digits only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from derive.algebra.substitute import put
from derive.algebra.tree import Expr, Fn, Num, Partial, Ref, Sym, num
from derive.meaning import world
from derive.model.build import Form, network_model
from derive.notation.latex import latex
from derive.notes.document import Cite, Heading, Math, Paragraph, Table, Text, say
from derive.notes.voice import Voice

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from derive.derivation.steps import Chapter, Derivation
    from derive.meaning import World
    from derive.model.model import Model
    from derive.notes.document import Block
    from derive.spec import NetworkSpec

INPUT, TARGET, RATE = "1.5", "1", "0.5"
WEIGHTS, BIASES = ("0.8", "-1.2", "0.6", "-0.9"), ("-0.2", "0.3", "-0.1", "0.4")
"""The lecture's chain of two nodes with the numbers that its exercise gives; longer chains go on in the same way."""
COST = "half-squared-error"
"""The cost where the network leaves it open."""
DIGITS = 6
ALONE = re.compile(r"(?<=\()\((-[\d.]+)\)(?=\))|^\((-[\d.]+)\)$")
"""A negative number that needs no brackets of its own."""
Values = dict[Expr, float]


@dataclass(frozen=True)
class Line:
    """A quantity, what it is equal to (None: a number that the definition gives) and the equation's label."""

    left: Expr
    right: Expr | None
    label: str = ""


def worked_example(chapter: Chapter, spec: NetworkSpec, voices: Mapping[str, Voice]) -> Iterator[Block]:
    """The last section of the notes of a chain with few layers."""
    if "scalar" not in voices or spec.depth is None or spec.depth > len(WEIGHTS):
        return
    voice = voices["scalar"]
    example = _Example(spec, voice)
    yield Heading(("The numbers put in",))
    yield Paragraph(example.given())
    header = (("Quantity",), ("Formula, with the numbers put in",), ("Value",))
    yield Table("lpl", header, tuple(example.rows()))
    yield Paragraph(example.outcome())


class _Example:
    def __init__(self, spec: NetworkSpec, voice: Voice) -> None:
        self.spec = replace(spec, cost=spec.cost or COST)
        self.voice = voice
        self.depth = spec.depth or 0
        self.model: Model = network_model(self.spec, Form(units=False))
        self.before = self._world(
            {n: float(WEIGHTS[n - 1]) for n in self.layers}, {n: float(BIASES[n - 1]) for n in self.layers}
        )
        self.known: Values = {}

    @property
    def layers(self) -> range:
        return range(1, self.depth + 1)

    def _world(self, weights: dict[int, float], biases: dict[int, float]) -> World:
        given = {"x": float(INPUT), "y": float(TARGET), "eta": float(RATE), "w": weights, "b": biases}
        return world(self.model, 1, values=given)

    # ------------------------------------------------------------ text

    def given(self) -> Text:
        """Which numbers are given."""
        pairs = [(Ref("x"), INPUT), (Ref("y"), TARGET), (Ref("eta"), RATE)]
        for n in self.layers:
            pairs += [(Ref("w", (num(n),)), WEIGHTS[n - 1]), (Ref("b", (num(n),)), BIASES[n - 1])]
        listed = r",\ ".join(f"{self.voice.latex(ref)} = {value}" for ref, value in pairs)
        cost = self.spec.cost_row
        assert cost is not None
        definition = self.model.definitions_of("J")[0]
        formula = Math(f"{self.voice.latex(definition.head)} = {latex(definition.rhs, self.voice.notation)}")
        return say("One iteration with {}; the cost is {}, {}.", Math(listed), cost.reading, formula)

    def outcome(self) -> Text:
        """The cost after the update."""
        weights, biases = ({n: self._updated(name, n) for n in self.layers} for name in "wb")
        after = self._world(weights, biases)
        old, new = (_number(w, Ref("J")) for w in (self.before, after))
        verb = "falls" if new < old else "does not fall"
        return say(
            "The updates are made at once, so {} is computed with the old weights. With the new weights and biases the "
            "cost {} from {} to {}.",
            self.voice.math(Ref("delta", (num(1),))),
            verb,
            Math(_digits(old)),
            Math(_digits(new)),
        )

    # ------------------------------------------------------------ rows

    def rows(self) -> Iterator[tuple[Text, ...]]:
        for line in self.lines():
            value = self.value(line)
            self.known[line.left] = value
            yield (self.voice.math(line.left),), self._formula(line), (Math(_digits(value)),)

    def lines(self) -> Iterator[Line]:
        """Forward, backward, update."""
        for n in self.layers:
            yield from (self._definition(name, n) for name in "za")
        yield Line(Ref("J"), self.model.definitions_of("J")[0].rhs, "cost")
        last = num(self.depth)
        yield Line(Partial(Ref("J"), Ref("a", (last,))), None)
        for n in reversed(self.layers):
            yield from self._slopes(n)
            yield self._claimed(Ref("delta", (num(n),)), n)
        for n in reversed(self.layers):
            yield from (self._claimed(Partial(Ref("J"), Ref(name, (num(n),))), n) for name in "wb")
        for n in reversed(self.layers):
            yield from (self._update(name, n) for name in "wb")

    def _definition(self, name: str, n: int) -> Line:
        d = next(d for d in self.model.definitions_of(name) if d.layers is None or n in d.layers.members({}))
        return Line(Ref(name, (num(n),)), self._at(d.rhs, n), d.label)

    def _at(self, e: Expr, n: int) -> Expr:
        """An expression for layer n, with the input for the activation of layer 0."""
        made = put(e, {Sym("l"): num(n)})
        return _replaced(made, Ref("a", (num(0),)), Ref("x"))

    def _slopes(self, n: int) -> Iterator[Line]:
        """f'(z) where the activation is a function with a formula."""
        activation = self._definition("a", n).right
        if isinstance(activation, Fn):
            yield Line(replace(activation, order=1), None, f"activation-derivative-{activation.name}")

    def _claimed(self, left: Expr, n: int) -> Line:
        """The line that the chapter derived for a quantity of layer n."""
        for d in self.voice.section.derivations:
            found = self._speaks_of(d, left, n)
            if found is not None:
                return Line(left, found, d.label)
        raise LookupError(f"no derivation of {left}")

    def _speaks_of(self, d: Derivation, left: Expr, n: int) -> Expr | None:
        if d.layer is not None and (d.layers is None or n not in d.layers.members({})):
            return None
        if d.label.startswith("chain-") or put(d.claim[0], {Sym("l"): num(n)}) != left:
            return None
        return self._at(d.claim[1], n)

    def _update(self, name: str, n: int) -> Line:
        """theta(t+1), written with the gradient that was computed."""
        update = next(u for u in self.voice.section.updates if u.target.name == name)
        right = put(update.value, {Sym("l"): num(n)})
        return Line(put(update.target, {Sym("l"): num(n)}), _replaced_time(right), update.label)

    # ------------------------------------------------------------ values

    def value(self, line: Line) -> float:
        """The value by meaning: of the left side, for an update of the right one."""
        timed = isinstance(line.left, Ref) and line.left.time is not None
        return _number(self.before, line.right if timed and line.right is not None else line.left)

    def _updated(self, name: str, n: int) -> float:
        return self.known[self._update(name, n).left]

    def _formula(self, line: Line) -> Text:
        cite: Text = (" ", Cite(line.label)) if line.label in self.voice.numbers else ()
        if line.right is None:
            return ("from its formula", *cite)
        numbers = ALONE.sub(lambda m: m.group(1) or m.group(2), latex(line.right, self.voice.notation, self._put_in))
        plain = self.voice.latex(line.right)
        return (Math(f"{plain} = {numbers}" if numbers != plain else plain), *cite)

    def _put_in(self, node: Expr, text: str) -> str:
        """The number of a quantity in place of its letter."""
        if isinstance(node, Ref | Partial) or (isinstance(node, Fn) and node in self.known):
            shown = self._shown(node)
            return f"({shown})" if shown.startswith("-") else shown
        return text

    def _shown(self, e: Expr) -> str:
        if isinstance(e, Ref) and e.name in ("x", "y", "eta"):
            return {"x": INPUT, "y": TARGET, "eta": RATE}[e.name]
        if isinstance(e, Ref) and e.name in "wb" and isinstance(e.slots[0], Num):
            return (WEIGHTS if e.name == "w" else BIASES)[int(e.slots[0].value) - 1]
        return _digits(self.known.get(e, _number(self.before, e)))


def _number(w: World, e: Expr) -> float:
    return float(w.value(e).real)


def _digits(value: float) -> str:
    return f"{value:.{DIGITS}f}"


def _replaced(e: Expr, old: Expr, new: Expr) -> Expr:
    return new if e == old else e.map(lambda child: _replaced(child, old, new))


def _replaced_time(e: Expr) -> Expr:
    """The right side of an update without its iteration: everything there is the current value."""
    if isinstance(e, Ref) and e.time is not None:
        return replace(e, time=None)
    return e.map(_replaced_time)
