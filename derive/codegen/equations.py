"""What a chapter found, ready to be computed: the equation that holds in each layer, for batches as rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING

from derive.algebra.layers import text
from derive.algebra.substitute import put
from derive.algebra.tree import Expr, Fn, Partial, Ref, Sym, num
from derive.codegen.slopes import slope

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from derive.algebra.layers import LayerSet
    from derive.derivation.steps import Chapter, Derivation, Section
    from derive.model.model import Definition, Model

INDEX = "/index"


@dataclass(frozen=True)
class Equation:
    """``left = right`` in index form, for ``layers``; ``letter`` is the layer's, ``axes`` the free letters.

    ``told``: both sides as the notes print them under the label.
    """

    left: Expr
    right: Expr
    label: str
    number: str
    layers: LayerSet | None
    letter: Sym | None
    axes: tuple[Sym, ...]
    told: tuple[Expr, Expr]
    kind: str = ""

    def at(self, layer: Expr) -> Equation:
        """The equation in one layer, or with another letter for it."""
        if self.letter is None:
            return self
        to = {self.letter: layer}
        return replace(self, left=put(self.left, to), right=put(self.right, to), letter=None)

    def holds(self, layer: int) -> bool:
        """Whether it is about this layer."""
        return self.layers is not None and layer in self._members

    @cached_property
    def _members(self) -> frozenset[int]:
        return frozenset(self.layers.members({}) if self.layers else ())


class Equations:
    """The batch equations of one chapter, found by what stands on their left.

    ``careful``: the slopes that are not computed as the last line of their derivation says, for the sake of digits.
    """

    def __init__(self, chapter: Chapter, most_calls: int | None = None) -> None:
        """``most_calls``: so many functions may be called for the digits of a slope; None: any number."""
        self.most_calls = most_calls
        self.careful: dict[str, Equation] = {}
        sections = {s.key: s for s in chapter.sections}
        self.numbers = chapter.numbers
        self.section = sections["batch-rows"]
        self.penalty = sections.get("penalty-batch")
        self.model: Model = self.section.model
        self.activations = sections.get("activations")
        self.derivatives = dict(self._derivatives(self.activations))
        self.found = [self._derived(d, told) for d, told in self._told(self.section)]
        if self.penalty is not None:
            self.found[:0] = [self._derived(d, told) for d, told in self._told(self.penalty)]

    # ------------------------------------------------------------ reading the chapter

    def _derivatives(self, section: Section | None) -> Iterator[tuple[str, Expr]]:
        """f' of each known activation, in the members ``z`` and ``a``."""
        for d in section.derivations if section else ():
            left = d.claim[0]
            assert isinstance(left, Fn)
            found = slope(d, lambda e: self.helpers_unfolded(self.unfolded(e)), self.most_calls)
            if found.careful:
                told = (left, found.line)
                self.careful[left.name] = Equation(*told, d.label, self.numbers[d.label], None, None, (), told)
            yield left.name, found.form

    def _told(self, section: Section) -> Iterator[tuple[Derivation, tuple[Expr, Expr]]]:
        """The index form of each derivation and of what it was derived from, and the equation as it is printed."""
        for d in section.derivations:
            yield from _with_lemmas(d)

    def _derived(self, d: Derivation, told: tuple[Expr, Expr]) -> Equation:
        label = d.label.removesuffix(INDEX)
        number = self.numbers.get(label) or self.numbers[d.label]
        axes = tuple(v for v, _ in d.free)
        right = self.in_terms_of_activations(d.claim[1])
        return Equation(d.claim[0], right, label, number, d.layers, d.layer, axes, told)

    def in_terms_of_activations(self, expr: Expr) -> Expr:
        """``f'(z)`` as what was found for it, ``f(z)`` being the activation that is there already."""
        if isinstance(expr, Fn) and expr.order == 1 and expr.name in self.derivatives:
            (z,) = expr.args
            assert isinstance(z, Ref)
            return _about(self.derivatives[expr.name], z)
        return expr.map(self.in_terms_of_activations)

    # ------------------------------------------------------------ looking up

    @cache  # noqa: B019 - lives as long as the equations do
    def definitions(self, name: str) -> tuple[Equation, ...]:
        """The forward equations of one quantity."""
        home = self.penalty if name == "Jhat" and self.penalty else self.section
        return tuple(self._defined(d) for d in home.model.definitions_of(name))

    def _defined(self, d: Definition) -> Equation:
        slot = d.head.slots[0] if d.head.slots else None
        letter = slot if isinstance(slot, Sym) else None
        axes = tuple(e for e in d.head.entries or () if isinstance(e, Sym))
        told = (d.head, d.rhs)
        return Equation(d.head, d.rhs, d.label, self.numbers[d.label], d.layers, letter, axes, told, d.kind)

    def adjoint(self, name: str, layer: int | None = None) -> Equation:
        """The equation for ``delta`` in a layer, or for ``dJ/d(name)``.

        Raises:
            LookupError: the chapter has none.
        """
        for e in self.found:
            wanted = e.left.wrt if isinstance(e.left, Partial) and name != "delta" else e.left
            if isinstance(wanted, Ref) and wanted.name == name and (layer is None or e.holds(layer)):
                return e
        raise LookupError(f"the chapter has no equation for {name} in layer {layer}")

    def definition(self, name: str, layer: int | None = None) -> Equation:
        """The forward equation of a quantity in a layer."""
        return next(e for e in self.definitions(name) if layer is None or e.holds(layer))

    def formula(self, function: str) -> tuple[Sym, Expr]:
        """(the letter, the formula) of a known function of one number, as the model has it."""
        known = self.model.functions[function]
        assert known.body is not None
        return known.variable, known.body

    def unfolded(self, expr: Expr) -> Expr:
        """Named activations written out."""
        expr = expr.map(self.unfolded)
        if isinstance(expr, Fn) and not expr.order and expr.name in self.model.functions:
            letter, body = self.formula(expr.name)
            return put(body, {letter: expr.args[0]})
        return expr

    def helpers_unfolded(self, expr: Expr) -> Expr:
        """Functions that slopes are written with, and that the network does not have, written out."""
        expr = expr.map(self.helpers_unfolded)
        known = self.activations.model.functions if self.activations else {}
        if isinstance(expr, Fn) and expr.name in known and expr.name not in self.model.functions and not expr.order:
            f = known[expr.name]
            assert f.body is not None
            return put(f.body, {f.variable: expr.args[0]})
        return expr

    @property
    def depth(self) -> int:
        return self.model.least_layers

    def shape(self, member: Expr, layer: int | None, sizes: Mapping[Expr, str]) -> str:
        """The shape of a member's array as text, ``(N, 32)``; ``layer`` None: it runs, ``(N, n_l)``."""
        wrt = member.wrt if isinstance(member, Partial) else member
        assert isinstance(wrt, Ref)
        quantity = self.model.quantities.get(wrt.name)
        if quantity is None or not quantity.axes:
            return ""
        at = num(layer) if layer is not None else next(iter(wrt.slots), None)
        ends = [
            put(a.high, {quantity.layer: at}) if quantity.layer and at is not None else a.high for a in quantity.axes
        ]
        texts = [sizes.get(e) or _size(e) for e in ends]
        return f"({', '.join(texts)}{',' * (len(texts) == 1)})"


def _size(end: Expr) -> str:
    """``n_{l-1}`` as text."""
    if isinstance(end, Ref) and end.name == "n":
        layer = text(end.slots[0])
        return f"n_({layer.replace(' ', '')})" if " " in layer else f"n_{layer}"
    return text(end)


def _with_lemmas(
    d: Derivation, told: tuple[Expr, Expr] | None = None
) -> Iterator[tuple[Derivation, tuple[Expr, Expr]]]:
    """The derivation in index form: itself, or the lemma from which its matrix form was read; then its other lemmas."""
    if not d.array:
        yield d, told or d.claim
    for lemma in d.lemmas:
        yield from _with_lemmas(lemma, d.claim if d.array else None)


def _about(derivative: Expr, z: Ref) -> Expr:
    """``a (1 - a)`` with ``a`` the activation of the member ``z``."""
    if isinstance(derivative, Ref):
        return Ref(derivative.name, z.slots, z.entries)
    return derivative.map(lambda child: _about(child, z))
