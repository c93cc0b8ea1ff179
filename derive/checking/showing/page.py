"""A report as one page for a browser: self-contained, without scripts, formulas as MathML."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from derive.checking.showing.tables import often, slips_of
from derive.checking.showing.terminal import counts
from derive.checking.verdicts import SAID
from derive.notation.failures import ReadFailure
from derive.notation.mathml import mathml
from derive.templating import render

if TYPE_CHECKING:
    from collections.abc import Mapping

    from derive.checking.verdicts import FileReport, Report, Verdict
    from derive.notation.lexing import Macro


def page(report: Report) -> str:
    """The page."""
    title = report.files[0].file if len(report.files) == 1 else f"{len(report.files)} derivations"
    summary = [_row(f) for f in report.files] if len(report.files) > 1 else []
    return render(
        "html/verdicts.html.jinja",
        title=f"Verdicts: {title}",
        counts=counts(report),
        words=[SAID[w].lower() for w in SAID],
        summary=summary,
        files=[_file(f) for f in report.files],
    )


def fragment(report: Report) -> str:
    """The equations of the page alone, for a notebook."""
    whole = page(report)
    style = whole[whole.index("<style>") : whole.index("</style>") + len("</style>")]
    body = whole[whole.index("<body>") + len("<body>") : whole.index("</body>")]
    scoped = re.sub(r"(?m)^(?:body|h1|@media).*\n", "", style)
    return f'<div class="derive-report">{scoped}{body}</div>'


def _row(f: FileReport) -> dict[str, object]:
    slips = ", ".join(f"{k.replace('_', ' ')}{f' ({n} times)' if n > 1 else ''}" for k, n in often(slips_of(f)))
    return {
        "name": f.file,
        "counts": [sum(v.verdict == w for v in f.verdicts) or "" for w in SAID],
        "slips": f.error or slips,
    }


def _file(f: FileReport) -> dict[str, Any]:
    lines = [f.error] if f.error else []
    if not f.verdicts and not f.error:
        lines = [f"no displayed equation found ({f.prose} lines of text passed over)"]
    setting = json.dumps(dict(f.setting), indent=2, ensure_ascii=False) if f.setting else ""
    return {
        "name": f.file,
        "lines": lines,
        "equations": [_equation(v, f.macros) for v in f.verdicts],
        "setting": setting,
    }


def _equation(v: Verdict, macros: Mapping[str, Macro]) -> dict[str, Any]:
    j = v.judgement
    rows: list[tuple[str, object]] = [("slip" if n == 0 else "or", words(s.message)) for n, s in enumerate(j.slips)]
    if j.verdict == "wrong" and not j.slips:
        rows.append(("slip", "no single slip found"))
    rows += [("right", formula(j.right))] if j.right else []
    rows += [("because", j.reason)] if j.reason else []
    rows += [("range", j.range)] if j.range else []
    rows += [("numbers", str(j.counterexample))] if j.counterexample else []
    return {
        "verdict": j.verdict,
        "word": SAID[j.verdict],
        "line": v.line,
        "number": v.equation,
        "step": f", step {j.step} of {v.steps}" if j.verdict == "wrong" and j.step and v.steps > 1 else "",
        "formula": formula(v.latex, macros),
        "said": j.networks if j.verdict == "right" else "",
        "rows": rows,
        "latex": v.latex,
    }


def formula(latex: str, macros: Mapping[str, Macro] | None = None, *, display: bool = True) -> Markup:
    """A formula to be looked at; as text where it cannot be typeset."""
    try:
        return Markup(mathml(latex, macros, display=display))  # noqa: S704 - every text in it is escaped
    except (ReadFailure, RecursionError):
        return Markup("<code>") + escape(latex) + Markup("</code>")


def words(message: str) -> Markup:
    """A sentence with formulas between dollar signs."""
    parts = message.split("$")
    return Markup("").join(formula(p, display=False) if n % 2 else escape(p) for n, p in enumerate(parts))
