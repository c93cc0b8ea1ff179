"""What is said about a wrong equation: the slips that the judge proved, and the right equation in the author's letters.

A text is shown as the right equation only if it reads back as an equation that the judge calls right.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from derive.checking.explaining.derived import SECONDS, Derived, letters_of
from derive.checking.explaining.scope import without_layers
from derive.checking.explaining.search import Found, nearest, search
from derive.checking.explaining.texts import printed, printers
from derive.checking.explaining.trial import Trial
from derive.checking.judging.readings import numbers_named, tables
from derive.checking.reading import Written, written
from derive.checking.verdicts import Judgement, RightBy, Slip
from derive.errors import DeriveError
from derive.notation.failures import ReadFailure
from derive.notation.lexing import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from derive.algebra.tree import Expr
    from derive.checking.deriving import Answer
    from derive.checking.explaining.author import AuthorPrinter
    from derive.checking.judging import Judge
    from derive.notation.tokens import Token

MOST = 12
"""So many repairs are printed until one reads back as right."""

GOOD = frozenset({"right", "definition"})


@dataclass(frozen=True)
class Explainer:
    """Explains the wrong equations of a page; ``page``: the tokens of its equations, for the author's spellings."""

    judge: Judge
    page: Sequence[Sequence[Token]] = ()
    derived: Derived | None = None

    def explained(self, w: Written, found: Judgement) -> Judgement:
        """The judgement with its slips and the right equation; anything but a wrong one stays as it is.

        The right equation is the one that the engine derives; where it has none, the nearest proven repair.
        """
        if found.verdict != "wrong":
            return found
        step = found.step or 1
        own = Explanation(self.judge, w, step, self.page)
        derived = own.derived(self.derived or Derived(self.judge))
        repairs = search(self.judge, w, step, tables(w, self.judge.understood))
        slips = _each_once(own.slip(f) for f in nearest(repairs))
        repaired = "" if derived else own.right(repairs)
        source: RightBy = "derivation" if derived else "repair" if repaired else ""
        return replace(found, slips=slips, right=derived or repaired, right_by=source)


def _each_once(slips: Iterable[Slip]) -> tuple[Slip, ...]:
    """Two kinds of repair may say the same: it is told once, as the more plausible kind."""
    said: dict[str, Slip] = {}
    for slip in slips:
        said.setdefault(slip.message, slip)
    return tuple(said.values())


@dataclass
class Explanation:
    """What is said about one wrong relation."""

    judge: Judge
    written: Written
    step: int
    page: Sequence[Sequence[Token]]

    @cached_property
    def printers(self) -> list[AuthorPrinter]:
        """Ways of writing in the letters of this equation, then in those of the page."""
        understood = self.judge.understood
        return printers([*self.written.members, *self.page], understood, numbers_named(self.written, understood))

    def slip(self, found: Found) -> Slip:
        """The slip in words; without formulas where one cannot be written."""
        for printer in self.printers:
            try:
                return Slip(found.kind, found.says.format(*(f"${printer.written(p)}$" for p in found.parts)))
            except DeriveError:
                continue
        return Slip(found.kind, found.kind.replace("_", " "))

    def right(self, repairs: Sequence[Found]) -> str:
        """The nearest right equation that reads back as right."""
        sign = self._sign(self.step)
        for found in repairs[:MOST]:
            for left in self._lefts(found):
                for right in self.printed(found.sides[1]):
                    text = f"{left} {sign} {right}"
                    if self.is_right(text):
                        return text
        return ""

    def derived(self, engine: Derived) -> str:
        """The right equation as the engine derives it, where it reads back as right."""
        near = self._near()
        letters = letters_of([*([near] if near is not None else []), *self._givens()])
        end = time.process_time() + SECONDS
        for answer in engine.about(self.written, near):
            for right in letters.put_into(answer.right):
                for text in self._equations(answer, right):
                    if time.process_time() > end:
                        return ""
                    if self.is_right(text):
                        return text
        return ""

    def _givens(self) -> Iterator[Expr]:
        """Both sides of the lines of the setting."""
        return (e for pair in self.judge.understood.givens for e in pair)

    def _near(self) -> Expr | None:
        """The wrong side as it was only read."""
        try:
            return Trial(self.judge, self.written, self.step, self.judge.understood.table).sides[1]
        except ReadFailure:
            return None

    def _equations(self, answer: Answer, right: Expr) -> Iterator[str]:
        """An answer as text, the left side as the author wrote it; with its range where it does not hold everywhere."""
        page, sign = self.judge.understood.page, self._sign(1)
        first = self._first()
        lefts = list(self.printed(first)) if first is not None else []
        for left in lefts[:1]:
            for side in self.printed(right if page is None else without_layers(right)):
                yield f"{left} {sign} {side}"
        for left in lefts[:1] if answer.within is not None else []:
            ends = [self._position(e) for e in (answer.within.first, answer.within.last)]  # type: ignore[union-attr]
            letter = answer.within.letter.name  # type: ignore[union-attr]
            for side in self.printed(right):
                yield rf"{left} {sign} {side} \qquad {letter} = {ends[0]}, \ldots, {ends[1]}"

    def _sign(self, step: int) -> str:
        return {"<-": r"\leftarrow", ":=": ":="}.get(self.written.relations[step - 1], "=")

    def _position(self, e: Expr) -> str:
        return next(iter(self.printed(e)), "?")

    def _lefts(self, found: Found) -> Iterator[str]:
        """What the equation is about: the first member of the chain, else the one before the wrong relation."""
        alone = found.kind == "wrong_lhs" or self.step == 1
        sides = [found.sides[0]] if alone else [self._first(), found.sides[0]]
        for e in sides:
            if e is not None:
                yield from self.printed(e)

    def _first(self) -> Expr | None:
        try:
            return Trial(self.judge, self.written, 1, self.judge.understood.table).sides[0]
        except ReadFailure:
            return None

    def is_right(self, text: str) -> bool:
        """Whether a text reads back as an equation that the judge calls right."""
        again = list(written(Source(text), self.judge.understood.named.macros))
        if len(again) != 1 or isinstance(again[0], ReadFailure):
            return False
        return self.judge.judge(replace(again[0], conditions=self.written.conditions)).verdict in GOOD

    def printed(self, e: Expr) -> Iterator[str]:
        """The texts of a tree, each once."""
        return printed(self.printers, e)
