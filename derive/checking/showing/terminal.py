"""A report in words: a line for each equation, what is known of a wrong one below it; colours where there are any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.checking.showing.tables import table
from derive.checking.verdicts import SAID, shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from derive.checking.verdicts import FileReport, Report, Verdict, Word

COLOURS: dict[Word, str] = {"right": "32", "wrong": "1;31", "cannot_tell": "33", "definition": "36"}
"""SGR numbers: green, bold red, yellow, cyan."""

FAINT = "2"


def in_words(report: Report, *, colours: bool = False) -> str:
    """The lines of all files, a table where there are several, and the counts."""
    lines = [line for f in report.files for line in _file(f, colours=colours)]
    if len(report.files) > 1:
        lines += ["", table(report), ""]
    return "\n".join([*lines, counts(report)])


def _file(report: FileReport, *, colours: bool) -> Iterator[str]:
    if report.error:
        yield f"{report.file}: {_painted('NOT CHECKED', COLOURS['cannot_tell'], colours)}  {report.error}"
    elif not report.verdicts:
        yield f"{report.file}: no displayed equation found ({report.prose} lines of text passed over)"
    for verdict in report.verdicts:
        yield in_lines(verdict, colours=colours)


def in_lines(v: Verdict, *, colours: bool = False) -> str:
    """One line; for a wrong equation slip, right equation, range and numbers below it."""
    j = v.judgement
    word = _painted(f"{SAID[j.verdict]:<11}", COLOURS[j.verdict], colours)
    head = f"{v.file}:{v.line}  eq {v.equation}  {word}  "
    if j.verdict == "wrong":
        first = head + (f"step {j.step} of {v.steps}" if j.step else shortened(v.latex))
        rows = [f"    {_painted(f'{label}:', FAINT, colours)}{' ' * (8 - len(label))}{text}" for label, text in _why(v)]
        return "\n".join([first, *rows])
    if j.verdict == "cannot_tell":
        return head + j.reason
    return head + "  ".join(x for x in (shortened(v.latex), j.range, j.networks) if x)


def _why(v: Verdict) -> list[tuple[str, str]]:
    """What is known of a wrong equation, (label, text)."""
    j = v.judgement
    rows = [("slip" if n == 0 else "or", s.message) for n, s in enumerate(j.slips)]
    if not j.slips:
        rows = [("slip", "no single slip found")]
    rows += [("right", j.right), ("because", j.reason), ("range", j.range)]
    rows.append(("numbers", str(j.counterexample) if j.counterexample else ""))
    return [(label, text) for label, text in rows if text]


def counts(report: Report) -> str:
    """``7 equations: 5 right, 2 wrong``."""
    by_word = {word: sum(v.verdict == word for v in report) for word in SAID}
    total = f"{len(report)} equation{'s' * (len(report) != 1)}"
    said = [f"{n} {SAID[w].lower()}" for w, n in by_word.items() if n]
    return ": ".join([total, ", ".join(said)]) if said else total


def _painted(text: str, colour: str, colours: bool) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m" if colours else text
