"""A copy of the source with each verdict as a comment above its equation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.checking.verdicts import SAID
from derive.errors import DeriveError, quoted

if TYPE_CHECKING:
    from derive.checking.verdicts import FileReport, Verdict

OPENERS = ("$$", r"\[", r"\begin")


def annotated(source: str, report: FileReport) -> str:
    """The source with comments put in, and nothing else changed; reading it gives the same verdicts.

    Raises:
        DeriveError: a document whose comments would not be text (a notebook).
    """
    if report.file.endswith(".ipynb"):
        raise DeriveError(f"{quoted(report.file)} is a notebook", expected="a .md or .tex file", remedy="use --html")
    is_tex = report.file.endswith(".tex") or r"\documentclass" in source or r"\begin{document}" in source
    rows = source.splitlines(keepends=True)
    above: dict[int, list[str]] = {}
    for verdict in report.verdicts:
        at = _opening(rows, verdict.line - 1)
        above.setdefault(at, []).append(_comment(verdict, is_tex=is_tex))
    ending = "\r\n" if rows and rows[0].endswith("\r\n") else "\n"
    out: list[str] = []
    for n, row in enumerate(rows):
        indent = row[: len(row) - len(row.lstrip())].strip("\r\n")
        out += [indent + line + ending for text in above.get(n, ()) for line in text.split("\n")]
        out.append(row)
    return "".join(out)


def _opening(rows: list[str], at: int) -> int:
    """The row above which a comment may stand: where the display of the equation opens."""
    at = min(max(at, 0), max(len(rows) - 1, 0))
    for n in range(at, max(at - 200, -1), -1):
        row = rows[n].strip()
        if row.startswith(OPENERS):
            return n
        if any(o in row for o in OPENERS) or not row:
            return n if row else at
    return at


def _comment(v: Verdict, *, is_tex: bool) -> str:
    j = v.judgement
    said = [f"verdict on equation {v.equation}: {SAID[j.verdict]}"]
    if j.verdict == "wrong" and j.step and v.steps > 1:
        said[0] += f" (step {j.step} of {v.steps})"
    said += [f"  slip: {s.message}" for s in j.slips]
    said += [f"  right: {j.right}"] if j.right else []
    said += [f"  because: {j.reason}"] if j.reason else []
    said += [f"  numbers: {j.counterexample}"] if j.counterexample else []
    lines = [" ".join(line.split()) if n == 0 else "  " + " ".join(line.split()) for n, line in enumerate(said)]
    if is_tex:
        return "\n".join(f"% {line}" for line in lines)
    return "<!-- " + "; ".join(line.strip() for line in lines).replace("--", "- -").replace("$", "") + " -->"
