"""How one section speaks: its notation, expressions as LaTeX (each printed once), reasons as sentences, citations."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from derive.algebra.tree import Partial, Ref
from derive.notation.latex import latex
from derive.notation.notation import names, notation
from derive.notes.document import Cite, Math, joined, say
from derive.notes.press import Press

if TYPE_CHECKING:
    from collections.abc import Mapping

    from derive.algebra.tree import Expr
    from derive.derivation.steps import Chapter, Section, Step
    from derive.notation.notation import Notation
    from derive.notes.document import Text

ERROR, COST = "delta-definition", Ref("J")
UPRIGHT = r"\mathrm{%s}"


def notation_of(section: Section, chapter: Chapter, chosen: str | Notation, *, plain: bool = False) -> Notation:
    """The notation in which a section is written: that of chains where there is one node in each layer.

    ``plain``: without ``\\operatorname``, which some readers of Markdown do not know.
    """
    base = notation(chosen) if isinstance(chosen, str) else chosen
    chain = f"{base.name}-chain"
    keys = {s.key for s in chapter.sections}
    about_numbers = not ("z" in section.model.quantities and section.model.quantities["z"].axes)
    scalar = "scalar" in keys and about_numbers if section.key.startswith("activations") else about_numbers
    own = (base.for_chains or (notation(chain) if chain in names() else base)) if scalar else base
    return (without_operators(own) if plain else own).fit(section.model)


def without_operators(own: Notation) -> Notation:
    r"""``\mathrm{diag}`` in place of ``\operatorname{diag}``."""
    functions = {k: tuple(s.replace(r"\operatorname", r"\mathrm") for s in v) for k, v in own.functions.items()}
    return replace(own, operator=UPRIGHT, functions=functions)


@dataclass
class Voice:
    """``numbers``: labels that are printed with their numbers; ``told``: labels whose equation stands under another."""

    section: Section
    notation: Notation
    numbers: Mapping[str, str]
    told: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def press(self) -> Press:
        """What prints the section."""
        return Press(self.notation)

    def latex(self, e: Expr) -> str:
        """An expression in the notation of the section."""
        return self.press.text(e)

    def named(self, e: Expr, of_factors: Mapping[Expr, str]) -> str:
        """An expression with braces under the factors that have a name, each once."""
        if not of_factors:
            return self.latex(e)
        left = dict(of_factors)

        def brace(node: Expr, text: str) -> str:
            name = left.pop(node, None)
            return text if name is None else rf"\underbrace{{{text}}}_{{\text{{{name}}}}}"

        return latex(e, self.notation, brace)

    def math(self, e: Expr) -> Math:
        """An expression within a sentence: a derivative on one line."""
        if isinstance(e, Partial) and isinstance(e.of, Ref) and isinstance(e.wrt, Ref):
            return Math(rf"\partial {self.latex(e.of)} / \partial {self.latex(e.wrt)}")
        return Math(self.latex(e))

    def cite(self, label: str) -> Cite | None:
        """The citation of an equation, None where it is not on the page.

        The error is defined for the cost; a section with another objective says itself what its errors are.
        """
        if label == ERROR and self.section.model.objective != COST:
            return None
        label = self.told.get(label, label)
        return Cite(label) if label in self.numbers else None

    def said(self, step: Step) -> Text:
        """The reason of a step alone."""
        return say(step.reason, *(self.math(e) for e in step.reason_math))

    def reason(self, step: Step) -> Text:
        """Why a line follows, with the equations that were used."""
        said = self.said(step)
        cites = [c for label in dict.fromkeys(step.uses) if (c := self.cite(label)) is not None]
        if not cites:
            return said
        listed = joined([(c,) for c in cites[:-1]], ", ")
        return (*said, ", see " if step.rule in SEE else ", ", *listed, *((" and ",) if listed else ()), cites[-1])


SEE = frozenset({"lemma", "recursion"})
"""Rules that lean on an equation that was derived; others use a definition."""
