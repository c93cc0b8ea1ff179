"""Every derived line is evaluated on random networks, derivatives taken by definition, before anyone sees it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from derive.algebra.tree import Partial, Ref, Sym
from derive.derivation.steps import Check, Derivation, Section, Step
from derive.errors import CheckFailed
from derive.meaning import Agreement, ComplexStep, MeaningError, agree, standard_worlds
from derive.meaning.fields import rational
from derive.model.model import Definition

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from derive.algebra.tree import Expr
    from derive.meaning import World
    from derive.model.model import Model


COUNT = ("t", 2)
"""The number of the iteration that updates are evaluated in."""


class Checker:
    """Checks the lines of the sections of one model."""

    def __init__(self, model: Model, worlds: Sequence[World] | None = None) -> None:
        self.model = model
        self.worlds = list(worlds) if worlds is not None else standard_worlds(model)
        self.updates: tuple[Definition, ...] = ()

    def derivation(self, d: Derivation) -> Derivation:
        """The derivation with the outcome of the check at each step.

        Raises:
            CheckFailed: a line disagrees with the forward pass, or has no value there.
        """
        lemmas = tuple(self.derivation(lemma) for lemma in d.lemmas)
        for before, after in zip(d.steps, d.steps[1:], strict=False):
            if before.after != after.before:
                raise CheckFailed(f"{d.label}: a line does not begin where the one before it ends")
        steps = tuple(self._step(d, step) for step in d.steps)
        self._compare(d, *d.claim, "=" if all(s.relation != "<=" for s in d.steps) else "<=")
        return replace(d, lemmas=lemmas, steps=steps)

    def _step(self, d: Derivation, step: Step) -> Step:
        relation = "<=" if step.relation == "<=" else "="
        found = self._compare(d, step.before, step.after, relation, step.rule)
        return replace(step, check=Check(found.networks, found.bound))

    def _compare(self, d: Derivation, left: Expr, right: Expr, relation: str, rule: str = "claim") -> Agreement:
        free = () if _is_array_claim(d, rule) else d.free
        try:
            found = agree(
                self.model, left, right, d.layer, d.layers, free, self.worlds, relation=relation, updates=self.updates
            )
        except MeaningError as error:
            raise CheckFailed(f"{d.label}, {rule}: the line has no value: {error}") from error
        if not found.holds:
            raise CheckFailed(f"{d.label}, {rule}: the line is not true: {found.failure}")
        return found


def _is_array_claim(d: Derivation, rule: str) -> bool:
    """A matrix form claims arrays; its lines are about entries."""
    return rule == "claim" and d.shape is not None and d.array


class Networks:
    """The networks on which the sections of a chapter are checked; sections of one model share them."""

    def __init__(self) -> None:
        self._drawn: list[tuple[Model, bool, tuple[World, ...]]] = []

    def checker(self, section: Section) -> Checker:
        """What checks a section: exactly, unless an update has a root."""
        exact, model = all(rational(u.value) for u in section.updates), section.model
        for known, how, worlds in self._drawn:
            if known is model and how == exact:
                return Checker(model, worlds)
        worlds = standard_worlds(model, None if exact else ComplexStep())
        moved = _moved(section)
        for world in worlds:
            world.expect(moved)
        self._drawn.append((model, exact, worlds))
        return Checker(model, worlds)


def _moved(section: Section) -> set[str]:
    """By which quantities derivatives are taken anywhere in a section."""
    targets = {adjoint: name for name, adjoint in section.model.named_adjoints.items()}
    lines = [line for d in section.derivations for line in _lines(d)] + [u.value for u in section.updates]
    found: set[str] = set()
    for node in (node for line in lines for node in line.walk()):
        if isinstance(node, Partial):
            found.update(n.name for n in node.wrt.walk() if isinstance(n, Ref | Sym))
        elif isinstance(node, Ref) and node.name in targets:
            found.add(targets[node.name])
    return found


def _lines(d: Derivation) -> Iterator[Expr]:
    """Every expression of a derivation and its lemmas."""
    yield from d.claim
    yield from (side for step in d.steps for side in (step.before, step.after))
    yield from (line for lemma in d.lemmas for line in _lines(lemma))


def check_section(section: Section, checker: Checker) -> Section:
    """Every derivation of a section checked."""
    for world in checker.worlds if section.updates else ():
        world.letters.setdefault(*COUNT)
        world.sizes.setdefault(*COUNT)
    checker.updates = tuple(Definition(u.target, u.value, u.label, u.layers) for u in section.updates)
    return replace(section, derivations=tuple(checker.derivation(d) for d in section.derivations))
