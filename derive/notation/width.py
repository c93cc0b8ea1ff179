"""How wide LaTeX will be, near enough to decide where a display must be broken; in em of the text font."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from derive.notation.latex import Latex
from derive.notation.printer import Printer

if TYPE_CHECKING:
    from collections.abc import Callable

    from derive.algebra.tree import Expr
    from derive.notation.notation import Notation

TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\S")
FONTS = r"\left \right \mathbf \boldsymbol \mathrm \text \operatorname \hat \bar \begin \end \bigl \bigr"
NOTHING = frozenset([*FONTS.split(), "{", "}"])
SPACES = {r"\,": 0.17, r"\;": 0.28, r"\quad": 1.0, r"\qquad": 2.0, "&": 0.0}
WORDS = {r"\ln": 1.0, r"\exp": 1.6, r"\tanh": 2.0, r"\max": 1.8, r"\min": 1.6, r"\sin": 1.3, r"\cos": 1.3}
SIGNS = dict.fromkeys("+-=*<>", 1.25) | dict.fromkeys([r"\odot", r"\cdot", r"\le", r"\ge", r"\ne", r"\leftarrow"], 1.35)
NARROW = dict.fromkeys("()[]|,'.:;", 0.35) | {r"\|": 0.5, r"\sum": 1.45, r"\prod": 1.3}
LETTER, SCRIPT = 0.56, 0.72
BIG = frozenset({r"\sum", r"\prod"})


@dataclass(frozen=True)
class Chunk:
    """A part of a display that is never broken: a term with its sign, and its estimated width in em."""

    text: str
    width: float


def width(text: str) -> float:
    """The estimated width of LaTeX mathematics in display style, in em."""
    total, _ = _run(TOKEN.findall(text), 0, "")
    return total


def chunks(e: Expr, notation: Notation, wrap: Callable[[Expr, str], str] | None = None) -> list[Chunk]:
    """The terms of a sum, the sign in front of each from the second on; any other expression is one chunk."""
    pairs = Printer(Latex(notation), wrap).signed_terms(e)
    texts = [f"{sign} {p.text}" if i else ("-" if sign == "-" else "") + p.text for i, (sign, p) in enumerate(pairs)]
    return [Chunk(t, width(t)) for t in texts]


def _run(tokens: list[str], i: int, end: str) -> tuple[float, int]:
    """The width of the tokens up to ``end``, and the place after it."""
    total = 0.0
    while i < len(tokens) and tokens[i] != end:
        amount, i = _one(tokens, i)
        total += amount
    return total, i + 1


def _argument(tokens: list[str], i: int) -> tuple[float, int]:
    """The width of a group or a single token."""
    if i < len(tokens) and tokens[i] == "{":
        return _run(tokens, i + 1, "}")
    return _one(tokens, i) if i < len(tokens) else (0.0, i)


def _one(tokens: list[str], i: int) -> tuple[float, int]:
    """The width of the thing at ``i`` with its scripts, and the place after it."""
    sign = tokens[i]
    if sign == "{":
        return _run(tokens, i + 1, "}")
    if sign in (r"\frac", r"\dfrac"):
        top, i = _argument(tokens, i + 1)
        bottom, i = _argument(tokens, i)
        return max(top, bottom) + 0.3, i
    if sign == r"\underbrace":
        body, i = _argument(tokens, i + 1)
        label, i = _argument(tokens, i + 1) if i < len(tokens) and tokens[i] == "_" else (0.0, i)
        return max(body, SCRIPT * label), i
    return _with_scripts(tokens, i + 1, _symbol(sign), above=sign in BIG)


def _with_scripts(tokens: list[str], i: int, base: float, *, above: bool) -> tuple[float, int]:
    """Scripts of one symbol stand above each other; those of a sum stand above and below the sign."""
    widest = 0.0
    while i < len(tokens) and tokens[i] in "^_":
        amount, i = _argument(tokens, i + 1)
        widest = max(widest, SCRIPT * amount)
    return (max(base, widest) if above else base + widest), i


def _symbol(token: str) -> float:
    for table in (SPACES, WORDS, SIGNS, NARROW):
        if token in table:
            return table[token]
    return 0.0 if token in NOTHING else LETTER
