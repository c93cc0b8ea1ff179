"""Every derived line is evaluated on random networks, derivatives taken by definition, before anyone sees it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from derive.derivation.steps import Check, Derivation, Section, Step
from derive.errors import CheckFailed
from derive.meaning import Agreement, ComplexStep, MeaningError, agree, standard_worlds
from derive.meaning.fields import rational
from derive.model.model import Definition

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def checker_for(section: Section) -> Checker:
    """What checks a section: exactly, unless an update has a root."""
    if all(rational(u.value) for u in section.updates):
        return Checker(section.model)
    return Checker(section.model, standard_worlds(section.model, ComplexStep()))


def check_section(section: Section, checker: Checker) -> Section:
    """Every derivation of a section checked."""
    for world in checker.worlds if section.updates else ():
        world.letters.setdefault(*COUNT)
        world.sizes.setdefault(*COUNT)
    checker.updates = tuple(Definition(u.target, u.value, u.label, u.layers) for u in section.updates)
    return replace(section, derivations=tuple(checker.derivation(d) for d in section.derivations))
