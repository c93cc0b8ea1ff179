"""The one rule, walked backwards over the definitions of a model:

    dJ/dq[I]  =  sum over definitions D that use q, over entries E of D:   dJ/dD[E] * d rhs_D[E] / dq[I]

``Engine.adjoint(q)`` gives one derivation for each range of layers on which q has the same consumers.  Adjoints with a
name (dJ/dz = delta) stop the walk; the others are lemmas of the derivation that needs them.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from derive.algebra.layers import layers
from derive.algebra.substitute import at, put
from derive.algebra.tree import Expr, Fn, Ref, Sym
from derive.derivation.consumers import Piece, backwards, pieces
from derive.derivation.rules import Calculus, SameLayer
from derive.derivation.ruleset import EngineRules
from derive.derivation.shorter import HELPERS
from derive.derivation.writer import SLUGS, Result, Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from derive.model.model import Model, Quantity

GRADIENTS = {"w": "gradient-W", "b": "gradient-b", "x": "gradient-x"}


class Engine:
    """Derives adjoints of one model.

    ``label`` turns the name of an equation (``delta-hidden``) into its label in this form (``delta-hidden/index``).
    ``derivatives``: what ``f'(z)`` is for the known activations, in terms of a, to find where a pair fuses.
    """

    def __init__(
        self,
        model: Model,
        rules: EngineRules | None = None,
        label: Callable[[str], str] = lambda name: name,
        derivatives: Mapping[str, Expr] | None = None,
    ) -> None:
        self.model, self.rules, self.label = model, rules or EngineRules(), label
        self.derivatives = derivatives or {}
        self._memo: dict[str, tuple[Result, ...]] = {}

    # ------------------------------------------------------------ public

    def adjoint(self, name: str) -> tuple[Result, ...]:
        """dJ/d(quantity), the last layers first."""
        if name not in self._memo:
            quantity = self.model.quantities[name]
            self._memo[name] = tuple(self._derive(quantity, piece) for piece in self._pieces(quantity))
        return self._memo[name]

    def last_writer(self, name: str) -> Writer:
        """Writes about the members of a quantity that are nearest to the cost."""
        quantity = self.model.quantities[name]
        return self._writer(quantity, self._pieces(quantity)[0])

    # ------------------------------------------------------------ cutting the layers

    def _pieces(self, quantity: Quantity) -> list[Piece]:
        found = pieces(self.model, quantity, self.rules.consumers)
        parts = [part for piece in found for part in self._refined(piece)]
        return parts if self.model.last is not None else backwards(parts, self.model.order)

    def _refined(self, piece: Piece) -> list[Piece]:
        """A piece cut further where the adjoint of an unnamed consumer changes its form."""
        parts = [piece]
        for occurrence in piece.occurrences:
            name = occurrence.definition.head.name
            if occurrence.ahead is None or piece.layers is None or name in self.model.named_adjoints:
                continue
            cuts = [r.layers.shifted(-occurrence.ahead) for r in self.adjoint(name) if r.layers is not None]
            parts = [
                Piece(inside, part.occurrences)
                for cut in cuts
                for part in parts
                if part.layers is not None and (inside := part.layers.meet(cut, self.model.order))
            ]
        return parts

    # ------------------------------------------------------------ one piece

    def _derive(self, quantity: Quantity, piece: Piece) -> Result:
        return self._writer(quantity, piece).result()

    def _writer(self, quantity: Quantity, piece: Piece) -> Writer:
        calculus = Calculus(self.model, self.rules.calculus, self._same_layer(quantity, piece))
        return Writer(self, quantity, piece, self._target(quantity, piece), calculus)

    def _target(self, quantity: Quantity, piece: Piece) -> Ref:
        """The member whose derivative is wanted; a range of one layer is put in at once."""
        point = piece.layers.point if piece.layers else None
        if point is None or quantity.layer is None:
            return quantity.head
        return at(quantity.head, {quantity.layer: point})

    def _same_layer(self, quantity: Quantity, piece: Piece) -> SameLayer:
        """Equality of positions for every layer of the piece; None where a letter that a sum binds decides."""

        def same(a: Expr, b: Expr) -> bool | None:
            if (a.symbols | b.symbols) - {quantity.layer, self.model.last}:
                return None
            difference = self.model.order.difference(a, b)
            if difference is not None:
                return difference == 0
            letter, other = (a, b) if a == quantity.layer else (b, a)
            if letter != quantity.layer or piece.layers is None:
                return self.model.order.at_least(a, b) and self.model.order.at_least(b, a)
            inside = piece.layers.meet(layers(other, other), self.model.order)
            return bool(inside) and (piece.layers.point == other or self.model.order.at_least(letter, other))

        return same

    def name_of(self, quantity: Quantity, piece: Piece) -> str:
        """The label's name: ``delta-output``, ``delta-hidden``, ``gradient-W``, ``cost-gradient``,
        ``delta-hidden/fan-out``; of what stands between a and the next z its own: ``delta-hidden/fan-out-left``.
        """
        if quantity.name in GRADIENTS:
            return GRADIENTS[quantity.name]
        top = self._reaches_output(quantity, piece)
        if quantity.name in self.model.named_adjoints:
            return "delta-output" if top else "delta-hidden" + self._kind_suffix(quantity, piece)
        if top:
            return f"cost-gradient{'' if quantity.name == 'a' else '/by-' + quantity.name}"
        of = "" if quantity.name == "a" else f"-{SLUGS.get(quantity.name, quantity.name)}"
        return f"{'delta-hidden' if self._has_error(piece) else GRADIENTS['x']}/fan-out{of}"

    def _has_error(self, piece: Piece) -> bool:
        """Whether a layer of the piece has an error; that of the inputs has none."""
        errors = [self.model.quantities[name].layers for name in self.model.named_adjoints]
        return any(e and piece.layers and piece.layers.meet(e, self.model.order) for e in errors)

    def _reaches_output(self, quantity: Quantity, piece: Piece) -> bool:
        """Whether the piece is the last layer of the quantity (or a number), which the cost sees."""
        return piece.layers is None or quantity.layers is None or piece.layers.point == quantity.layers.ranges[-1].high

    def _kind_suffix(self, quantity: Quantity, piece: Piece) -> str:
        """Tells hidden layers of different activations apart: ``-softmax``."""
        assert quantity.layers is not None
        consumer = piece.occurrences[0].definition
        alike = [d for d in self.model.definitions_of(consumer.head.name) if d.kind and d.layers is not None]
        several = [d for d in alike if d.layers is not None and d.layers.point != quantity.layers.ranges[-1].high]
        kind = consumer.kind
        return f"-{kind}" if kind and len(several) > 1 else ""

    def _says(self, name: str) -> bool:
        """Whether a slope is known and needs no function that is not one of this model."""
        slope = self.derivatives.get(name)
        called = {n.name for n in slope.walk() if isinstance(n, Fn)} if slope is not None else set()
        return slope is not None and not (called & set(HELPERS)) - set(self.model.functions)

    @cached_property
    def _activations(self) -> Mapping[tuple[str, str], str]:
        """What ``f(z)`` is called: the quantity ``a`` for (f, z), where a definition says ``a := f(z)``."""
        found: dict[tuple[str, str], str] = {}
        for d in self.model.definitions:
            inside = d.rhs.args[0] if isinstance(d.rhs, Fn) and len(d.rhs.args) == 1 and not d.rhs.order else None
            if isinstance(inside, Ref) and (inside.slots, inside.entries) == (d.head.slots, d.head.entries):
                assert isinstance(d.rhs, Fn)
                found.setdefault((d.rhs.name, inside.name), d.head.name)
        return found

    def in_terms_of_activation(self, expr: Expr) -> tuple[Expr, tuple[str, ...]]:
        """``f'(z^l_k)`` replaced by its formula in ``a^l_k`` where one is known; the labels used."""
        used: list[str] = []

        def visit(node: Expr) -> Expr:
            if isinstance(node, Fn) and node.order == 1 and self._says(node.name):
                (z,) = node.args
                if isinstance(z, Ref) and (node.name, z.name) in self._activations:
                    used.append(f"activation-derivative-{node.name}")
                    member = Ref(self._activations[node.name, z.name], z.slots, z.entries)
                    return put(self.derivatives[node.name], {Sym("a"): member, Sym("z"): z})
            return node.map(visit)

        return visit(expr), tuple(dict.fromkeys(used))
