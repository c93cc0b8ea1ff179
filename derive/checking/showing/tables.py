"""A table over all files of a class: the verdicts of each, and which slip how often."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from derive.checking.verdicts import SAID

if TYPE_CHECKING:
    from derive.checking.verdicts import FileReport, Report

WIDEST = 48


def slips_of(report: FileReport | Report) -> Counter[str]:
    """How often each slip is the likely one: the first that is named for a wrong equation."""
    verdicts = report.verdicts if hasattr(report, "verdicts") else report
    return Counter(v.judgement.slips[0].kind for v in verdicts if v.judgement.slips)


def table(report: Report) -> str:
    """One line a file, then one line a slip; columns in plain text."""
    names = [_short(f.file) for f in report.files]
    wide = max(map(len, [*names, "all files"]))
    words = list(SAID)
    lines = [" ".join([f"{'file':<{wide}}", *(f"{SAID[w].lower():>12}" for w in words), "  slips"])]
    for name, f in zip(names, report.files, strict=True):
        counts = [sum(v.verdict == w for v in f.verdicts) for w in words]
        said = f.error.splitlines()[0] if f.error else ", ".join(_times(k, n) for k, n in often(slips_of(f)))
        lines.append(" ".join([f"{name:<{wide}}", *(f"{n or '':>12}" for n in counts), f"  {said}"]).rstrip())
    counts = [sum(v.verdict == w for v in report) for w in words]
    lines.append(" ".join([f"{'all files':<{wide}}", *(f"{n or '':>12}" for n in counts)]).rstrip())
    return "\n".join([*lines, *_slips(report)])


def _slips(report: Report) -> list[str]:
    """Which slip how often, and in how many files."""
    every = often(slips_of(report))
    if not every:
        return []
    wide = max(len(kind) for kind, _ in every)
    files = {kind: sum(kind in slips_of(f) for f in report.files) for kind, _ in every}
    rows = [f"  {k:<{wide}}  {n:>4}  in {files[k]} file{'s' * (files[k] != 1)}" for k, n in every]
    return ["", "slips:", *rows]


def often(counts: Counter[str]) -> list[tuple[str, int]]:
    """The kinds that are found most often first."""
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _times(kind: str, n: int) -> str:
    return kind if n == 1 else f"{n} x {kind}"


def _short(name: str) -> str:
    return name if len(name) <= WIDEST else "..." + name[3 - WIDEST :]
