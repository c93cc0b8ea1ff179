"""The printed LaTeX is LaTeX: an independent reader, pdflatex, takes every line."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from derive.algebra.tree import MINUS_ONE, ONE, Add, Mul, Partial, Ref, Sym, add
from derive.notation.latex import latex
from derive.notation.notation import names, notation
from derive.notation.updates import assignment
from tests.notation.test_printing import PRINTED

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PAGE = r"""\documentclass{article}
\usepackage{amsmath}
\begin{document}
%s
\end{document}
"""


def test_pdflatex_takes_every_line(tmp_path: Path, tool: Callable[[str], str]) -> None:
    lines = [latex(e, notation(name)) for name in names() for _, e, _ in PRINTED]
    body = "\n".join(rf"\begin{{align*}} {line} \end{{align*}}" for line in lines)
    (tmp_path / "page.tex").write_text(PAGE % body, encoding="utf-8")
    command = [tool("pdflatex"), "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout[-2000:]


def test_update_in_the_style_of_the_notation() -> None:
    t, l = Sym("t"), Sym("l")
    gradient = Partial(Ref("J"), Ref("b", (l,), None))
    value = Add((Ref("b", (l,), None, t), Mul((MINUS_ONE, Ref("eta"), gradient))))
    target = Ref("b", (l,), None, add(t, ONE))

    def said(name: str) -> str:
        own = notation(name)
        left, sign, right = assignment(target, value, own)
        return f"{latex(left, own)} {sign} {latex(right, own)}"

    slope = r"\frac{\partial J}{\partial \mathbf b^%s}"
    assert said("lecture") == r"\mathbf b^l \leftarrow \mathbf b^l - \eta\, " + slope % "l"
    assert said("lecture-matrix") == r"\mathbf b^m(k+1) = \mathbf b^m(k) - \alpha\, " + slope % "m"
