r"""The document as LaTeX: a complete article, or its body for ``\input``.

The fragment wants amsmath, amssymb, mathtools and tabularx.  Text is escaped here and nowhere else.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import singledispatch
from typing import TYPE_CHECKING

from derive.notes.document import (
    Cite,
    Display,
    Document,
    Group,
    Heading,
    Math,
    Paragraph,
    Procedure,
    Setting,
    Table,
    Text,
)
from derive.notes.layout import width_of

if TYPE_CHECKING:
    from derive.notes.document import Block

PREAMBLE = r"""\documentclass[10pt,a4paper]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{lmodern}
\usepackage[margin=25mm]{geometry}
\usepackage{amsmath,amssymb,mathtools,tabularx}
\setlength{\parindent}{0pt}
\setlength{\parskip}{4pt plus 2pt}
\setlength{\jot}{4pt}
\setlength{\emergencystretch}{4em}
\allowdisplaybreaks
"""
SKIPS = r"""\abovedisplayskip=5pt plus 2pt \belowdisplayskip=5pt plus 2pt
\abovedisplayshortskip=3pt plus 1pt \belowdisplayshortskip=4pt plus 1pt
"""
NEEDS = "% needs the packages amsmath, amssymb, mathtools and tabularx\n"
SPECIAL = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
}  # fmt: skip
ESCAPED = re.compile("|".join(map(re.escape, SPECIAL)))
WIDEST, ROOM = 44.0, 40.0
"""The width of the page in em, and what a line in smaller type may take of it, with the number of the equation."""
MOST_ROWS = 34
"""So many rows of a table stand on a page; a table is not broken by itself."""
BREAK = "\\\\"
LEVELS = {1: r"\section*{%s}", 2: r"\subsection*{%s}"}


def article(document: Document) -> str:
    """A document that pdflatex compiles by itself."""
    title = escape(document.title)
    head = rf"\begin{{center}}\Large\bfseries {title}\end{{center}}"
    return f"{PREAMBLE}\\begin{{document}}\n{SKIPS}{head}\n\n{body(document)}\n\\end{{document}}\n"


def fragment(document: Document) -> str:
    """The body alone."""
    return f"{NEEDS}{body(document)}\n"


def body(document: Document) -> str:
    """Blocks apart, but a display within the paragraph that leads to it."""
    out: list[str] = []
    for before, b in zip((None, *document.blocks), document.blocks, strict=False):
        formula = isinstance(b, Display) or (isinstance(b, Group) and not b.title)
        within = isinstance(before, Paragraph) and formula
        out += [("\n" if within else "\n\n") if out else "", block(b)]
    return "".join(out)


def escape(words: str) -> str:
    """Plain text with every sign that LaTeX would take for its own written out."""
    return ESCAPED.sub(lambda m: SPECIAL[m.group()], words)


def inline(text: Text) -> str:
    """A sentence."""
    return "".join(_part(p) for p in text)


def _part(part: str | Math | Cite) -> str:
    if isinstance(part, Math):
        return f"${part.latex}$"
    return rf"\eqref{{eq:{part.label}}}" if isinstance(part, Cite) else escape(part)


@singledispatch
def block(b: Block) -> str:
    """One block of the page."""
    raise TypeError(f"no layout for a {type(b).__name__}")


@block.register
def _(b: Heading) -> str:
    return LEVELS[b.level] % inline(b.text)


@block.register
def _(b: Paragraph) -> str:
    style = r"\emph" if b.minor else r"\textbf"
    title = f"{style}{{{inline(b.title)}.}} " if b.title else ""
    return f"{title}{inline(b.text)}"


@block.register
def _(b: Setting) -> str:
    return "\n".join(f"% derive: {line}".rstrip() for line in b.toml.splitlines())


@block.register
def _(b: Display) -> str:
    return _align([b])


@block.register
def _(b: Group) -> str:
    if not b.title:
        return _align(list(b.displays))
    inside = f"\\textbf{{{inline(b.title)}}}\n{_align(list(b.displays))}"
    width = r"\dimexpr\linewidth-2\fboxsep-2\fboxrule\relax"
    return f"\\noindent\\fbox{{\\begin{{minipage}}{{{width}}}\n{inside}\n\\end{{minipage}}}}"


def _align(displays: list[Display]) -> str:
    """Displays in one alignment; a reason stands above its line (the first one is the sentence before the display)."""
    before = inline(displays[0].rows[0].reason)
    lines = [line for i, d in enumerate(displays) for line in _lines(d, first=i == 0)]
    text = "\n".join(lines).removesuffix(r" \\")
    aligned = f"\\begin{{align*}}\n{text}\n\\end{{align*}}"
    size = _size(max(map(width_of, displays)))
    return f"{_sentence(before)}" + (f"{{{size}\n{aligned}}}" if size else aligned)


def _size(width: float) -> str:
    """The type in which a line fits that could not be broken: smaller where it is wider than the page."""
    sizes = ((r"\footnotesize", 0.8), (r"\scriptsize", 0.7))
    return "" if width <= WIDEST else next((name for name, share in sizes if width * share <= ROOM), sizes[-1][0])


def _sentence(text: str) -> str:
    return f"{capital(text)}:\n" if text else ""


def capital(text: str) -> str:
    """The sentence with a capital letter in front, unless it begins with mathematics."""
    return text[:1].upper() + text[1:]


def _lines(d: Display, *, first: bool) -> list[str]:
    out: list[str] = []
    for i, row in enumerate(d.rows):
        reason = inline(row.reason)
        if reason and not (first and i == 0):
            out.append(rf"\shortintertext{{{capital(reason)}:}}")
        left = d.left if i == 0 else ""
        if i == 0 and d.broken:
            out.append(rf"&{d.left} \\")
            left = ""
        quad = r"&\quad " if d.broken else "&"
        out += [f"{left} {quad}{line.removeprefix('&')} \\\\".strip() for line in row.lines[:1]]
        out += [f"{line} \\\\" for line in row.lines[1:]]
    if d.number:
        label = rf"\label{{eq:{d.label}}}" if d.label else ""
        out[-1] = out[-1].removesuffix(r" \\") + rf" \tag{{{d.number}}}{label} \\"
    return out


@block.register
def _(b: Table) -> str:
    if len(b.rows) > MOST_ROWS:
        parts = [b.rows[i : i + MOST_ROWS] for i in range(0, len(b.rows), MOST_ROWS)]
        return "\n\n".join(block(replace(b, rows=part)) for part in parts)
    rows = "\n".join(" & ".join(inline(c) for c in row) + r" \\" for row in b.rows)
    head = " & ".join(inline(c) for c in b.header)
    name, width = ("tabularx", r"{\linewidth}") if "p" in b.columns else ("tabular", "")
    columns = b.columns.replace("p", "X")
    begin, end = rf"\begin{{{name}}}{width}{{{columns}}}", rf"\end{{{name}}}"
    lines = [begin, r"\hline", rf"{head} \\", r"\hline", rows, r"\hline", end]
    return "\n".join([r"\begin{center}\small\renewcommand{\arraystretch}{1.2}", *lines, r"\end{center}"])


@block.register
def _(b: Procedure) -> str:
    lines = "\n".join(rf"\hspace*{{{1.5 * indent:g}em}}{inline(text)}\\" for indent, text in b.lines)
    head = rf"\textbf{{{inline(b.title)}}}\\[3pt]"
    begin, end = r"\medskip\noindent\begin{minipage}{\linewidth}", r"\end{minipage}\medskip"
    return "\n".join([begin, head, lines.removesuffix(BREAK), end])
