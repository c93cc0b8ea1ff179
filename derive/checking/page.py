"""One document judged: the setting that holds at each line, a verdict for each equation, within its limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.checking.explaining import Derived, Explainer, lacking
from derive.checking.judging import Judge
from derive.checking.limits import EQUATION, FILE, TooLong, at_most, spent
from derive.checking.noughts import with_noughts
from derive.checking.page_definitions import CONDITION
from derive.checking.page_settings import settings_over_lines, why_none
from derive.checking.reading import Written, written
from derive.checking.replaying import replayed
from derive.checking.understanding import understand
from derive.checking.verdicts import Judgement, Verdict
from derive.errors import DeriveError
from derive.notation.display import of_index
from derive.notation.failures import ReadFailure

FAULT = "what derive itself derives for the left side is not what the definition gives: a fault of derive"

if TYPE_CHECKING:
    from collections.abc import Iterator

    from derive.checking.documents import Document
    from derive.checking.formulas import Formula
    from derive.checking.setting import Setting


class Page:
    """A document with the judge that holds at each line."""

    def __init__(self, document: Document, base: Setting, *, inline: bool = False, explain: bool = True) -> None:
        self.document, self.base, self.inline, self.explain = document, base, inline, explain
        self.end = spent() + FILE
        self._settings = settings_over_lines(document, base)
        self._judges: dict[int, Judge | None] = {}
        self._derived: dict[int, Derived] = {}
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
        judged = [w for _, w in self._judged_formulas()]
        w = judged[number - 1] if 0 < number <= len(judged) else None
        judge = self.judge(w.line) if isinstance(w, Written) else None
        if judge is None or not isinstance(w, Written):
            what = f"{self.document.file} has no equation {number} that can be judged"
            raise DeriveError(what, expected=f"a number from 1 to {len(judged)}")
        w = with_noughts(w, judge.understood.table)
        return replayed(judge, w, judge.judge(w))

    def verdicts(self) -> Iterator[Verdict]:
        for number, (display, w) in enumerate(self._judged_formulas(), start=1):
            yield self._verdict(display, w, number)

    def _judged_formulas(self) -> Iterator[tuple[Formula, Written | ReadFailure]]:
        """The equations in the order of their numbers."""
        for display, w in self._equations:
            if isinstance(w, ReadFailure) and "relation" in w.expected:
                continue  # a display without a relation is no equation
            if display.inline and isinstance(w, Written) and all(of_index(t) for t in w.tokens):
                continue  # l = 1 is a range
            yield display, w

    def _judged(self, judge: Judge, w: Written) -> Judgement:
        """The judgement, explained, within the time that an equation and a file may take."""
        start = spent()
        left = min(EQUATION, self.end - start)
        if left <= 0:
            return Judgement("cannot_tell", f"the equations before it took {FILE:g} seconds")
        try:
            with at_most(left):
                found = judge.judge(w)
        except TooLong:
            self._judges.clear()
            return Judgement("cannot_tell", f"it takes more than {EQUATION:g} seconds")
        except MemoryError:
            self._judges.clear()
            return Judgement("cannot_tell", "it needs too much memory")
        except RecursionError:
            return Judgement("cannot_tell", "the formula is nested too deeply")
        found = self._explained(judge, w, found, left - (spent() - start))
        return self._agreed(judge, w, found, left - (spent() - start))

    def _agreed(self, judge: Judge, w: Written, found: Judgement, left: float) -> Judgement:
        """The judgement, unless what derive itself derives for the left side is not what the definition gives.

        Then derive is broken, says so, and gives no verdict.
        """
        if not self.explain or found.verdict not in ("right", "wrong"):
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

    def _explained(self, judge: Judge, w: Written, found: Judgement, left: float) -> Judgement:
        """With slips and the right equation, in the spellings of the whole page; as it is where that takes too long."""
        if not self.explain or found.verdict != "wrong":
            return found
        page = [m for _, other in self._equations if isinstance(other, Written) for m in other.members]
        try:
            with at_most(left):
                open_line = lacking(judge, w, page)
                if open_line:
                    return Judgement("cannot_tell", f"right if {open_line}")
                return Explainer(judge, page).explained(w, found)
        except (TooLong, MemoryError, RecursionError):
            self._judges.clear()
            return found

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
        found = self._judged(judge, with_noughts(w, judge.understood.table))
        if found.verdict == "wrong" and CONDITION.search(display.lead):
            found = Judgement("cannot_tell", "the text before it states a condition that is not understood")
        return Verdict(file, w.line, number, latex, found, len(w.relations))

    def described(self) -> dict[str, object]:
        """The settings as understood: one, or a list of those that hold in turn."""
        known = [j.understood.described() for _, j in sorted(self._judges.items()) if j is not None]
        return known[0] if len(known) == 1 else {"in turn": known} if known else {}
