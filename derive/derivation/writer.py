"""Writes down, line by line, the derivation of one adjoint on one range of layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from derive.algebra.contract import contract
from derive.algebra.factor import gather, size
from derive.algebra.layers import LayerSet, layers
from derive.algebra.products import collect, terms
from derive.algebra.substitute import at, fresh, put
from derive.algebra.tree import COLON, Add, Div, Expr, Fn, Partial, Ref, Sym, add, mul
from derive.derivation import reasons
from derive.derivation.expressions import is_adjoint, nested, renamed, replace_adjoint, summed
from derive.derivation.fold import fold
from derive.derivation.line import Line
from derive.derivation.ordering import as_told, ordered
from derive.derivation.rules import Calculus, kronecker
from derive.derivation.steps import Derivation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from derive.derivation.consumers import Occurrence, Piece
    from derive.derivation.engine import Engine
    from derive.model.model import Quantity

SLUGS = {"z": "pre-activation", "a": "activation", "J": "cost", "C": "cost", "Jhat": "penalty", "h": "left"}
"""What the lemma about a consumer's own derivative is called, after the slash of its label."""


@dataclass(frozen=True)
class Result:
    """What an adjoint is on some layers, and how it was found (None: the cost is unknown and nothing can be said)."""

    layers: LayerSet | None
    derivation: Derivation | None


@dataclass(frozen=True)
class Link:
    """One term of the chain rule, in the three stages in which it is written."""

    head: Ref
    several: bool
    chain: Expr
    named: Expr
    local: Expr


class Writer:
    """One target, one piece."""

    def __init__(self, engine: Engine, quantity: Quantity, piece: Piece, target: Ref, calculus: Calculus) -> None:
        self.engine, self.model, self.rules = engine, engine.model, engine.rules
        self.quantity, self.piece, self.target, self.calculus = quantity, piece, target, calculus
        self.name = engine.name_of(quantity, piece)
        several_units = any(axis.kind == "unit" for q in self.model.quantities.values() for axis in q.axes)
        self.ordered = ordered if several_units else as_told
        self.lemmas: list[Derivation] = []
        self.uses: list[str] = []

    def result(self) -> Result:
        """The derivation from ``dJ/dq`` (or its name) to what it is."""
        if self._is_opaque():
            return Result(self.piece.layers, None)
        partial = Partial(self.model.objective, self.target)
        named = self.model.named_adjoints.get(self.quantity.name)
        start: Expr = Ref(named, self.target.slots, self.target.entries) if named else partial
        line = Line(start)
        line.to(partial, "definition", "definition of {0}", start, uses=("delta-definition",))
        self._walk(line)
        return Result(self.piece.layers, self._finish(line, self.engine.label(self.name)))

    def _is_opaque(self) -> bool:
        """The objective itself is an unknown function of the quantity: dJ/da stays as it is."""
        d = self.piece.occurrences[0].definition
        return self._directly_in_objective() and self._unknown_cost(d.rhs)

    def _unknown_cost(self, rhs: Expr) -> bool:
        known = self.model.functions.get(rhs.name) if isinstance(rhs, Fn) else None
        return known is not None and known.kind == "unknown cost"

    def _directly_in_objective(self) -> bool:
        occurrences = self.piece.occurrences
        return len(occurrences) == 1 and occurrences[0].definition.head == self.model.objective

    # ------------------------------------------------------------ the walk

    def _walk(self, line: Line) -> None:
        if self._directly_in_objective():
            self.work_out(line, self.piece.occurrences[0].definition.rhs, self.model.objective)
            return
        links = [self._link(o) for o in self.piece.occurrences]
        through = [(k.head, k.several) for k in links if k.head != self.model.objective]
        reason, math = reasons.chain(self.target, through, directly=len(through) < len(links))
        line.to(add(*(k.chain for k in links)), "chain", reason, *math)
        heads = [k.head for k in links if k.head.name in self.model.named_adjoints]
        named = add(*(k.named for k in links))
        line.to(named, "named adjoint", "definition of {0}", *map(self._name, heads), uses=("delta-definition",))
        local = add(*(self.ordered(k.local) for k in links))
        self._line_lemma(line, local, links)
        self._tidy(line)
        for link in links:
            self._insert_unnamed(line, link)

    def _name(self, head: Ref) -> Expr:
        return Ref(self.model.named_adjoints[head.name], head.slots, head.entries)

    def _line_lemma(self, line: Line, local: Expr, links: Sequence[Link]) -> None:
        heads = [Partial(k.head, self.target) for k in links if k.head != self.model.objective]
        text = "inserting " + " and ".join(f"{{{i}}}" for i in range(len(heads))) + ", worked out on its own"
        line.to(local, "lemma", text, *heads, uses=tuple(self.uses))

    def _link(self, occurrence: Occurrence) -> Link:
        """One term of the chain rule: through the consumer ``occurrence``."""
        head, rhs = occurrence.at(self.target.slots[0] if self.target.slots else None)
        if head == self.model.objective:
            return self._direct_link(rhs)
        letters, limits = self._fresh_entries(head)
        rhs = put(rhs, letters)
        member = at(head, letters)
        inner = Partial(member, self.target)
        local = self._local(member, rhs, inner)
        outer = Partial(self.model.objective, member)
        name: Expr = self._name(member) if member.name in self.model.named_adjoints else outer
        stages = (mul(outer, inner), mul(name, inner), self.rules.lemma(mul(name, inner), mul(name, local)))
        chain, named, worked = (summed(stage, limits) for stage in stages)
        return Link(member, bool(limits), chain, named, worked)

    def _direct_link(self, rhs: Expr) -> Link:
        """The objective contains the quantity itself beside what it does through others: the penalty."""
        parts = rhs.terms if isinstance(rhs, Add) else (rhs,)
        own = renamed(add(*(t for t in parts if self.calculus.depends(t, self.target))), self._letters())
        line = Line(Partial(own, self.target))
        self.work_out(line, own, None)
        self._lemma(line, self.engine.label("penalty-gradient/term"))
        return Link(self.model.objective, False, line.start, line.start, line.now)

    def _fresh_entries(self, head: Ref) -> tuple[dict[Sym, Expr], list[tuple[Sym, Expr]]]:
        """New letters for the entries of a consumer, and the ends of the sums over them."""
        wish = "i" if not self.target.slots or head.slots == self.target.slots else "p"
        quantity = self.model.quantities[head.name]
        to = {quantity.layer: head.slots[0]} if quantity.layer is not None and head.slots else {}
        taken = set(self.target.symbols)
        letters: dict[Sym, Expr] = {}
        limits: list[tuple[Sym, Expr]] = []
        for axis, entry in zip(quantity.axes, head.entries or (), strict=True):
            assert isinstance(entry, Sym)
            letter = fresh(taken, wish) if axis.kind == "unit" else fresh(taken, entry.name, "r")
            taken.add(letter)
            letters[entry] = letter
            limits.append((letter, put(axis.high, to)))
        return letters, limits

    # ------------------------------------------------------------ lemmas

    def _local(self, head: Ref, rhs: Expr, inner: Partial) -> Expr:
        """``d head / d target`` worked out from the definition of head, as a lemma."""
        line = Line(inner)
        if self._unknown_cost(rhs):
            self._slice(line, head, rhs)
        else:
            self.work_out(line, self.rules.definition(head, rhs), head)
        self._lemma(line, self.engine.label(f"{self.name}/{SLUGS.get(head.name, head.name)}"))
        return line.now

    def _lemma(self, line: Line, label: str) -> None:
        if line.steps:
            self.lemmas.append(self._finish(line, label, lemma=True))
            self.uses.append(label)

    def _slice(self, line: Line, head: Ref, rhs: Expr) -> None:
        """The unknown cost of a sample sees that sample's column only."""
        assert isinstance(rhs, Fn)
        for arg in rhs.args:
            if isinstance(arg, Ref) and arg.name == self.target.name and arg.entries is not None:
                pairs = [
                    (a, b) for a, b in zip(arg.entries or (), self.target.entries or (), strict=True) if a != COLON
                ]
                to = {a: b for a, b in pairs if isinstance(a, Sym)}
                value = mul(Partial(put(head, to), self.target), *(kronecker(a, b) for a, b in pairs))
                line.to(value, "own sample", "the cost of a sample contains the outputs of that sample only")

    def work_out(self, line: Line, rhs: Expr, head: Ref | None) -> None:
        """From ``d q / d target`` with q's definition put in to the result: differentiate, contract, fold, collect."""
        rhs = renamed(rhs, line.start.symbols | self._letters())
        if head is not None:
            label = self._definition_label(head)
            line.to(Partial(rhs, self.target), "definition", "definition of {0}", head, uses=(label,))
        reason, math = reasons.differentiation(rhs, self.target)
        line.to(self.ordered(self.calculus.derivative(rhs, self.target)), "differentiate", reason, *math)
        self._tidy(line)

    def _letters(self) -> frozenset[Sym]:
        """Letters that no sum inside may bind: those of the target, and the layer's even where a number was put in."""
        layer = self.quantity.layer
        return self.target.symbols | (frozenset((layer,)) if layer is not None else frozenset())

    def _definition_label(self, head: Ref) -> str:
        """The label of the definition that holds for ``head`` on this piece."""
        mine = [o.definition for o in self.piece.occurrences if o.definition.head.name == head.name]
        return (mine or [d for d in self.model.definitions if d.head == head])[0].label

    # ------------------------------------------------------------ tidying

    def _tidy(self, line: Line) -> None:
        """Multiply out, contract the Kronecker deltas, recognise definitions."""
        parts = terms(line.now)
        done, log = contract(parts)
        if log:
            multiplied = self.ordered(gather(collect(parts)))
            if len(collect(parts)) > 1 and nested(line.now):
                line.to(multiplied, "multiply out", "the products are multiplied out; equal factors cancel")
            reason, math = reasons.contraction(log)
            line.to(self.ordered(gather(collect(done))), "contract", reason, *math)
        self._fold(line)
        simple = self.ordered(gather(collect(terms(line.now))))
        if size(simple) < size(line.now):
            line.to(simple, "multiply out", "the products are multiplied out; equal factors cancel")

    def _fold(self, line: Line) -> None:
        folded, definition = fold(collect(terms(line.now)), self.model)
        if definition is None:
            return
        math = (definition.rhs, definition.head)
        line.to(self.ordered(gather(folded)), "fold", "{0} is what was called {1}", *math, uses=(definition.label,))

    # ------------------------------------------------------------ adjoints without a name

    def _insert_unnamed(self, line: Line, link: Link) -> None:
        """dJ/da has no name: what was found for it is put in."""
        if link.head.name in self.model.named_adjoints or link.head == self.model.objective:
            return
        found = self._adjoint_at(link.head)
        if found is None or found.derivation is None:
            return
        lemma = found.derivation
        if lemma not in self.lemmas:
            self.lemmas.append(lemma)
        after = replace_adjoint(line.now, lemma)
        if not self._worth_inserting(line.now, after, lemma):
            return
        math = next(p for p in reasons.partials(line.now) if is_adjoint(p, lemma))
        text = "inserting {0}, found before"
        line.to(self.ordered(self.rules.lemma(line.now, after)), "lemma", text, math, uses=(lemma.label,))
        self._tidy(line)
        self._fuse(line)

    def _worth_inserting(self, before: Expr, after: Expr, lemma: Derivation) -> bool:
        """A derivative that stands there once is always put in; one that stands there twice only if things then
        cancel.
        """
        count = sum(is_adjoint(p, lemma) for p in reasons.partials(before))
        return count <= 1 or size(gather(collect(terms(after)))) <= size(before)

    def _adjoint_at(self, head: Ref) -> Result | None:
        """The result that holds in the head's layer, for every layer of this piece."""
        results = self.engine.adjoint(head.name)
        if self.piece.layers is None or not head.slots:
            slot = head.slots[0] if head.slots else None
            where = None if slot is None else layers(slot, slot)
        else:
            ahead = self.model.order.difference(head.slots[0], self.target.slots[0])
            where = self.piece.layers if ahead is None else self.piece.layers.shifted(ahead)
        order = self.model.order
        return next((r for r in results if r.layers is None or where is None or r.layers.meet(where, order)), None)

    def _fuse(self, line: Line) -> None:
        """Where f'(z), written in terms of a, makes the product shorter or takes a division away, the two fuse.

        The sums that f'(z) brings are multiplied out, or kept as factors where that is shorter: (1 - a) (a - y).
        """
        inserted, uses = self.engine.in_terms_of_activation(line.now)
        if inserted == line.now:
            return
        brought = frozenset(n for n in inserted.walk() if isinstance(n, Add)) - set(line.now.walk())
        ways = [terms(inserted), terms(inserted, brought)]
        simple = min((self.ordered(gather(collect(way))) for way in ways), key=self._cost_of_reading)
        if self._cost_of_reading(simple) >= self._cost_of_reading(line.now):
            return
        line.to(inserted, "lemma", "the derivative of the activation in terms of the activation", uses=uses)
        line.to(simple, "multiply out", "the products are multiplied out; equal factors cancel")

    def _cost_of_reading(self, expr: Expr) -> tuple[int, int]:
        """How often an activation stands below a fraction line, and how long the expression is."""
        below = [n for d in expr.walk() if isinstance(d, Div) for n in d.denominator.walk() if isinstance(n, Ref)]
        return sum(self.model.quantities[n.name].role == "intermediate" for n in below), size(expr)

    # ------------------------------------------------------------ the end

    def _finish(self, line: Line, label: str, *, lemma: bool = False) -> Derivation:
        point = self.piece.layers.point if self.piece.layers else None
        return Derivation(
            label,
            label,
            (line.start, line.now),
            tuple(line.steps),
            layer=None if point is not None else self.quantity.layer,
            layers=self.piece.layers,
            free=self.free_letters(line.start),
            lemmas=() if lemma else tuple(self.lemmas),
        )

    def free_letters(self, start: Expr) -> tuple[tuple[Sym, Expr], ...]:
        """The free unit and sample letters of an equation's left side, each with the end of its range."""
        found: dict[Sym, Expr] = {}
        for ref in start.walk():
            if not isinstance(ref, Ref) or not ref.entries:
                continue
            quantity = self.model.quantities[ref.name]
            to = {quantity.layer: ref.slots[0]} if quantity.layer is not None and ref.slots else {}
            for axis, entry in zip(quantity.axes, ref.entries, strict=True):
                if isinstance(entry, Sym) and entry in start.symbols:
                    found.setdefault(entry, put(axis.high, to))
        return tuple(found.items())
