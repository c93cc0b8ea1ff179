"""Definitions that a page gives itself: ``:=``, "let", "where", "with z = ...", or a clause after its use (rule 11)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from derive.checking.naming.statements import occurrences, read_statement
from derive.checking.reading import Written, written
from derive.checking.setting import Line
from derive.errors import DeriveError
from derive.notation.cursor import cut

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from derive.checking.documents import Document, Formula
    from derive.checking.naming.statements import Head, Statement
    from derive.notation.lexing import Macro
    from derive.notation.tokens import Token

CUES = re.compile(
    r"\b(let|where|denot\w+|writ(?:e|es|ing|ten)|defin\w+|with|put|set|call|here|abbreviat\w+|introduc\w+|notation|"
    r"stands? for|shorthand)\b",
    re.IGNORECASE,
)
FOLLOWS = re.compile(
    r"\b(get|gets|obtain\w*|gives?|yields?|hence|thus|therefore|so|follows?|then|becomes?|find|implies|conclude|"
    r"because|since|from|equivalently|if|i\.e|that is|have|show\w*|prove\w*|check|claim|reads)\b",
    re.IGNORECASE,
)
"""Words after which an equation is a consequence and no definition."""

CONDITION = re.compile(r"\b(if|when|suppose|assuming|for)\b[^,;]*\$[^,;]*\b(is|are)\b", re.IGNORECASE)
"""``If $\\sigma$ is the logistic function, then``: what follows holds under a condition that is not understood."""

DEFINING = frozenset({":="})
DOTS, COMMA = r"\dots", frozenset({","})
DERIVATIVES = frozenset({r"\partial", r"\nabla", "'"})


@dataclass(frozen=True)
class Found:
    """A definition on the page."""

    line: Line
    statement: Statement

    @property
    def head(self) -> Head:
        assert self.statement.head is not None
        return self.statement.head

    @property
    def key(self) -> str:
        """The left side without spaces: two definitions of one thing have the same."""
        return self.line.head


def told(formula: Formula, w: Written) -> bool:
    """Whether the text says that this equation defines its left side."""
    if set(w.relations) <= DEFINING:
        return True
    said = f"{formula.lead} {w.lead}"
    cue = list(CUES.finditer(said))
    return bool(cue) and FOLLOWS.search(said, cue[-1].end()) is None


def equations(formula: Formula, macros: Mapping[str, Macro]) -> Iterator[Written]:
    """The equations of a formula that can be cut into members."""
    yield from (w for w in written(formula.source, macros) if isinstance(w, Written))


def definition(w: Written, file: str, macros: Mapping[str, Macro]) -> Found | None:
    """The equation as a line of a setting, where its left side is one symbol and it has two members."""
    if len(w.members) != 2 or w.relations[0] not in ("=", ":="):
        return None
    first = w.members[0][0].place
    text = re.sub(r"\\(?:label|tag)\{[^{}]*\}", "", w.latex.replace("&", " ")).strip()
    try:
        made = read_statement(Line(text, file, first.line), macros)
    except DeriveError:
        return None
    if made.head is None or any(p.mark == "'" for p in made.head.above):
        return None
    if any(t.text == DOTS for t in made.right) or len(cut(made.right, COMMA)) > 1:
        return None  # a range or a list
    return Found(made.line, made)


def defined_with_a_word(document: Document) -> Iterator[Found]:
    """Every definition that the text announces."""
    for formula in sorted((*document.displays, *document.inlines), key=lambda f: f.line):
        before: list[Token] = []
        for w in equations(formula, document.macros):
            made = definition(w, document.file, document.macros)
            clause = made is not None and not formula.inline and _uses(before, made)
            if made is not None and (told(formula, w) or clause):
                yield made
            before += w.tokens


def _uses(before: Sequence[Token], made: Found) -> bool:
    """Whether the equation in front of a clause uses the symbol on the right that the clause defines."""
    return any(o.head.words == made.head.words for o in occurrences(before, [made.head.words], -1)) and bool(before)
