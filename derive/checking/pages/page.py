"""One document judged: the setting that holds at each line, a verdict for each equation, within its limits."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from derive.checking.explaining import Derived, Explainer, LeftOut
from derive.checking.judging import Judge
from derive.checking.judging.noughts import with_noughts
from derive.checking.limits import EQUATION, FILE, TooLong, at_most, spent
from derive.checking.pages.definitions import CONDITION
from derive.checking.pages.replaying import replayed
from derive.checking.pages.settings import settings_over_lines, why_none
from derive.checking.reading import Written, written
from derive.checking.understanding import understand
from derive.checking.verdicts import Judgement, Verdict
from derive.errors import DeriveError
from derive.notation.display import of_index
from derive.notation.failures import ReadFailure

FAULT = "what derive itself derives for the left side is not what the definition gives: a fault of derive"

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from derive.checking.documents import Document, Formula
    from derive.checking.setting import Setting
    from derive.notation.tokens import Token


class Page:
    """A document with the judge that holds at each line."""

    def __init__(self, document: Document, base: Setting, *, inline: bool = False, explain: bool = True) -> None:
        self.document, self.base, self.inline, self.explain = document, base, inline, explain
        self.end = spent() + FILE
        self._settings = settings_over_lines(document, base)
        self._judges: dict[int, Judge | None] = {}
        self._derived: dict[int, Derived] = {}
        self._left_out: dict[int, LeftOut] = {}
        self.faults: list[str] = []
        self._equations = [(d, w) for d in self._formulas() for w in written(d.source, document.macros)]

    def judge(self, line: int) -> Judge | None:
        """The judge that holds at a line; None where nothing is said about the letters."""
        at = max(n for n, (start, _) in enumerate(self._settings) if start <= line)
        if at not in self._judges:
            setting = self._settings[at][1]
            self._judges[at] = Judge(understand(setting, self.document.macros)) if setting else None
        return self._judges[at]

    def replay(self, number: int) -> str:
        """The numbers of the network on which an equation fails.

        Raises:
            DeriveError: there is no such equation, or it has no counterexample.
        """
        rows = list(self._judged_formulas())
        display, w = rows[number - 1] if 0 < number <= len(rows) else (None, None)
        judge = self.judge(w.line) if isinstance(w, Written) else None
        if judge is None or display is None or not isinstance(w, Written):
            what = f"{self.document.file} has no equation {number} that can be judged"
            raise DeriveError(what, expected=f"a number from 1 to {len(rows)}")
        w = with_noughts(w, judge.understood.table)
        return replayed(judge, w, self._judged(display, judge, w))

    def verdicts(self) -> list[Verdict]:
        """The verdict of each equation; explained when all of them stand, so that none depends on explanations."""
        rows, found = list(self._judged_formulas()), []
        for number, (display, w) in enumerate(rows, start=1):
            start = spent()
            found.append((self._verdict(display, w, number), EQUATION - (spent() - start)))
        if not self.explain:
            return [verdict for verdict, _ in found]
        return [self._explained(w, *row) for (_, w), row in zip(rows, found, strict=True)]

    def _judged_formulas(self) -> Iterator[tuple[Formula, Written | ReadFailure]]:
        """The equations in the order of their numbers."""
        for display, w in self._equations:
            if isinstance(w, ReadFailure) and "relation" in w.expected:
                continue  # a display without a relation is no equation
            if display.inline and isinstance(w, Written) and all(of_index(t) for t in w.tokens):
                continue  # l = 1 is a range
            yield display, w

    def _judged(self, display: Formula, judge: Judge, w: Written) -> Judgement:
        """The judgement within the time that an equation and a file may take."""
        start = spent()
        left = min(EQUATION, self.end - start)
        if left <= 0:
            return Judgement("cannot_tell", f"the equations before it took {FILE:g} seconds")
        try:
            with at_most(left):
                found = judge.judge(w)
                open_line = self._open(display, judge, w) if found.verdict == "wrong" else ""
        except TooLong:
            self._judges.clear()
            return Judgement("cannot_tell", f"it takes more than {EQUATION:g} seconds")
        except MemoryError:
            self._judges.clear()
            return Judgement("cannot_tell", "it needs too much memory")
        except RecursionError:
            return Judgement("cannot_tell", "the formula is nested too deeply")
        if open_line:
            return Judgement("cannot_tell", open_line)
        return self._agreed(judge, w, found, left - (spent() - start))

    def _open(self, display: Formula, judge: Judge, w: Written) -> str:
        """Why an equation that is wrong in its setting may yet be right; empty where nothing is left open."""
        if CONDITION.search(display.lead):
            return "the text before it states a condition that is not understood"
        line = self._left_out.setdefault(id(judge), LeftOut(judge, self._tokens)).line(w)
        return f"right if {line}" if line else ""

    @cached_property
    def _tokens(self) -> list[Sequence[Token]]:
        """The members of all equations, in which the author's spellings are found."""
        return [m for _, w in self._equations if isinstance(w, Written) for m in w.members]

    def _agreed(self, judge: Judge, w: Written, found: Judgement, left: float) -> Judgement:
        """The judgement, unless what derive itself derives for the left side is not what the definition gives.

        Then derive is broken, says so, and gives no verdict.
        """
        if found.verdict not in ("right", "wrong"):
            return found
        own = self._derived.setdefault(id(judge), Derived(judge, fusing=False))
        try:
            with at_most(left):
                own.fault(w)
        except (TooLong, MemoryError, RecursionError):
            return found
        if not own.faults:
            return found
        self.faults += own.faults
        own.faults.clear()
        return Judgement("cannot_tell", FAULT, fault=self.faults[-1])

    def _explained(self, w: Written | ReadFailure, verdict: Verdict, left: float) -> Verdict:
        """With slips and the right equation, in the spellings of the whole page; as it is where that takes too long."""
        left = min(left, self.end - spent())
        judge = self.judge(w.line) if isinstance(w, Written) and verdict.verdict == "wrong" and left > 0 else None
        if judge is None or not isinstance(w, Written):
            return verdict
        w = with_noughts(w, judge.understood.table)
        try:
            with at_most(left):
                return replace(verdict, judgement=Explainer(judge, self._tokens).explained(w, verdict.judgement))
        except (TooLong, MemoryError, RecursionError):
            self._judges.clear()
            return verdict

    def _formulas(self) -> list[Formula]:
        """What is judged: displays, and with ``inline`` the formulas of the text that hold a relation."""
        inlines = self.document.inlines if self.inline else ()
        return sorted((*self.document.displays, *inlines), key=lambda f: (f.line, f.source.column))

    def _verdict(self, display: Formula, w: Written | ReadFailure, number: int) -> Verdict:
        file, text = self.document.file, display.source.text
        if isinstance(w, ReadFailure):
            line = w.place.line if w.place else display.line
            return Verdict(file, line, number, text, Judgement("cannot_tell", w.problem))
        latex = w.latex
        judge = self.judge(w.line)
        if judge is None:
            reason = why_none(self.document)
            return Verdict(file, w.line, number, latex, Judgement("cannot_tell", reason), len(w.relations))
        found = self._judged(display, judge, with_noughts(w, judge.understood.table))
        return Verdict(file, w.line, number, latex, found, len(w.relations))

    def described(self) -> dict[str, object]:
        """The settings as understood: one, or a list of those that hold in turn."""
        known = [j.understood.described() for _, j in sorted(self._judges.items()) if j is not None]
        return known[0] if len(known) == 1 else {"in turn": known} if known else {}
