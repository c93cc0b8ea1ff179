"""What is said about a wrong equation: the slips that the judge proved, and the right equation in the author's letters.

A text is shown as the right equation only if it reads back as an equation that the judge calls right.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

from derive.checking.explaining.author import author
from derive.checking.explaining.search import Found, nearest, search
from derive.checking.explaining.spelling import spellings
from derive.checking.explaining.trial import Trial
from derive.checking.reading import Written, written
from derive.checking.readings import tables
from derive.checking.verdicts import Judgement, Slip
from derive.errors import DeriveError
from derive.notation.failures import ReadFailure
from derive.notation.lexing import Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from derive.algebra.tree import Expr
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

    def explained(self, w: Written, found: Judgement) -> Judgement:
        """The judgement with its slips and the right equation; anything but a wrong one stays as it is."""
        if found.verdict != "wrong":
            return found
        step = found.step or 1
        repairs = search(self.judge, w, step, tables(w, self.judge.understood))
        slips = tuple(self._slip(f, w) for f in nearest(repairs))
        return replace(found, slips=slips, right=self._right(w, step, repairs))

    # ------------------------------------------------------------ slips

    def _slip(self, found: Found, w: Written) -> Slip:
        said = next((m for m in self._messages(found, w)), "")
        return Slip(found.kind, said or found.kind.replace("_", " "))

    def _messages(self, found: Found, w: Written) -> Iterator[str]:
        for printer in self._printers(w):
            try:
                yield found.says.format(*(f"${printer.written(p)}$" for p in found.parts))
            except DeriveError:
                continue

    # ------------------------------------------------------------ the right equation

    def _right(self, w: Written, step: int, repairs: Sequence[Found]) -> str:
        """The nearest right equation that reads back as right."""
        for found in repairs[:MOST]:
            for left in self._lefts(found, w, step):
                for right in self._printed(found.sides[1], w):
                    text = f"{left} {_relation(w, step)} {right}"
                    if self.is_right(text, w):
                        return text
        return ""

    def _lefts(self, found: Found, w: Written, step: int) -> Iterator[str]:
        """What the equation is about: the first member of the chain, else the one before the wrong relation."""
        sides = [found.sides[0]] if found.kind == "wrong_lhs" or step == 1 else [self._first(w), found.sides[0]]
        for e in sides:
            if e is not None:
                yield from self._printed(e, w)

    def _first(self, w: Written) -> Expr | None:
        try:
            return Trial(self.judge, w, 1, self.judge.understood.table).sides[0]
        except ReadFailure:
            return None

    def is_right(self, text: str, w: Written) -> bool:
        """Whether a text reads back as an equation that the judge calls right."""
        again = list(written(Source(text), self.judge.understood.named.macros))
        if len(again) != 1 or isinstance(again[0], ReadFailure):
            return False
        return self.judge.judge(replace(again[0], conditions=w.conditions)).verdict in GOOD

    def _printed(self, e: Expr, w: Written) -> Iterator[str]:
        for printer in self._printers(w):
            try:
                yield printer.written(e)
            except (DeriveError, ValueError):
                continue

    def _printers(self, w: Written) -> Iterator[AuthorPrinter]:
        spelled = spellings([*w.members, *self.page], self.judge.understood)
        above = any(s.example for s in self.judge.understood.table.symbols)
        for limits, high in product((True, False), (False, True)[: 1 + above]):
            yield author(spelled, self.judge.understood, limits=limits, above=high)


def _relation(w: Written, step: int) -> str:
    return {"<-": r"\leftarrow", ":=": ":="}.get(w.relations[step - 1], "=")
