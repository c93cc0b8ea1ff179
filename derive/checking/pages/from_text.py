"""The setting of a page that has none: its forward equations, read from its formulas and the words around them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from derive.checking.naming.statements import BUILTIN_WORDS, occurrences
from derive.checking.pages.definitions import DERIVATIVES, FOLLOWS, definition, equations, told
from derive.checking.setting import Setting
from derive.notation.cursor import Cursor
from derive.notation.members import read_scripts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from derive.checking.documents import Document, Formula
    from derive.checking.pages.definitions import Found
    from derive.checking.reading import Written
    from derive.notation.tokens import Token

RANGE = re.compile(
    r"\\?([a-zA-Z]+)\s*=\s*(\d+)\s*,\s*(?:\d+\s*,\s*)*\\(?:dots|ldots|cdots|dotsc)\s*,?\s*(\\?[A-Za-z](?:_\{?\w+\}?)?)$"
)
BACK = re.compile(r"[\^_]\{?\s*[\[(]?\s*\\?([a-z]+)\s*-\s*1\s*[\])]?")
NAMES = {"logistic": "sigmoid", "sigmoid": "sigmoid", "tanh": "tanh", "hyperbolic tangent": "tanh", "relu": "relu",
         "softplus": "softplus"}  # fmt: skip
GROUND = re.compile(r"\b(if|because|since|i\.e|that is|show\w*|prove\w*|check|claim)\b", re.IGNORECASE)
"""Words before what is no definition even where no derivative was seen yet: a condition, a reason, a claim."""
OPEN = re.compile(r"\b(if|e\.g|example|such as|say|instance|suppose|when)\b", re.IGNORECASE)


def from_text(document: Document) -> Setting:
    """The setting that a document states itself; empty where it states no equation."""
    found = list(_definitions(document))
    if not found:
        return Setting()
    functions = dict(_functions(document, found))
    return Setting(
        layers=_layers(document, found),
        given=tuple(f.line for f in found),
        functions=functions,
        conventions=_conventions(document) or _by_capitals(found),
        guessed=frozenset(word for word, says in functions.items() if says == "any"),
    )


def _definitions(document: Document) -> Iterator[Found]:
    """What defines a symbol: forward equations before the first derivative, and names of derivatives."""
    known: set[str] = set()
    derived = False
    for formula in sorted((*document.inlines, *document.displays), key=lambda f: (f.line, f.source.column)):
        for w in equations(formula, document.macros):
            made = definition(w, document.file, document.macros)
            has_derivative = any(t.text in DERIVATIVES for t in w.tokens)
            if made is not None and made.line.head not in known and _defines(formula, w, derived or has_derivative):
                known.add(made.line.head)
                yield made
            derived |= has_derivative


def _defines(formula: Formula, w: Written, derived: bool) -> bool:
    if told(formula, w):
        return True
    if not derived:
        return GROUND.search(formula.lead) is None
    if FOLLOWS.search(formula.lead):
        return False
    return formula.inline and _is_derivative(w)


def _is_derivative(w: Written) -> bool:
    r"""``\delta^l = \partial C/\partial z^l``: one derivative and nothing else."""
    right = "".join(t.text for t in w.members[1])
    return bool(re.fullmatch(r"\\frac\{\\partial[^{}]*\}\{\\partial.*\}|\\partial[^+]*/\\partial[^+]*", right))


def _functions(document: Document, found: Iterable[Found]) -> Iterator[tuple[str, str]]:
    """Symbols that are applied to something and defined by nothing, with the name that the text gives them."""
    rows = list(found)
    heads = {f.head.words for f in rows if f.head.arguments is None}
    formulas = {f.head.words for f in rows if f.head.arguments is not None and f.head.words not in _used(f)}
    for f in rows:
        for o in occurrences(f.statement.right, (), -1):
            word = o.head.words[0]
            if not o.called or word in BUILTIN_WORDS or o.head.words in formulas:
                continue
            key = rf"\mathrm{{{word}}}" if word.isalpha() and len(word) > 1 else word
            if o.head.words == f.head.words:
                yield key, "any cost"
            elif o.head.words not in heads:
                yield key, _named(document, word)


def _used(found: Found) -> frozenset[tuple[str, ...]]:
    return frozenset(o.head.words for o in occurrences(found.statement.right, (), -1))


def _named(document: Document, word: str) -> str:
    """What the text calls a function, where it says so of this one and not as an example."""
    for sentence in re.split(r"(?<=[.!?])\s|\n\s*\n", document.text):
        if word in sentence and not OPEN.search(sentence):
            said = next((NAMES[name] for name in NAMES if name in sentence.lower()), None)
            if said is not None:
                return said
    return "any"


def _layers(document: Document, found: Iterable[Found]) -> str:
    """``l = 0..L`` from a range in the text and the number of the input layer."""
    rows = [f.line.text for f in found]
    ranges = [m for f in document.inlines if (m := RANGE.search(f.source.text.strip().rstrip(".,")))]
    back = next((m.group(1) for row in rows if (m := BACK.search(row))), None)
    told_range = next((m for m in ranges if back is None or m.group(1) == back), None)
    letter = told_range.group(1) if told_range else back
    if letter is None:
        return ""
    first = _input(rows, letter) or (str(int(told_range.group(2)) - 1) if told_range else "0")
    last = told_range.group(3) if told_range else "L"
    return f"{letter} = {first}..{last.removeprefix(chr(92))}"


def _input(rows: Iterable[str], letter: str) -> str | None:
    """The layer of ``a^0 = x``."""
    for row in rows:
        found = re.match(r"[^=]*?[\^_]\{?\s*[\[(]?\s*(0|1)\s*[\])]?\s*\}?\s*=\s*[^=+]*$", row)
        if found and letter not in row.partition("=")[2]:
            return found.group(1)
    return None


def _conventions(document: Document) -> Mapping[str, str]:
    """Columns or rows, where the text says so."""
    said = document.text.lower()
    if re.search(r"column vectors?|(vectors?|units)\s+(are|is|as)\s+columns?", said):
        return {"vectors": "columns"}
    if re.search(r"row vectors?|(vectors?|examples|samples)\s+(are|is|as)\s+rows?", said):
        return {"vectors": "rows"}
    if re.search(
        r"(one|single) (neuron|node|unit) (per|in each|in every) layer|all (quantities|symbols) are (numbers|scalars)",
        said,
    ):
        return {"vectors": "scalars"}
    return {}


def _by_capitals(found: Iterable[Found]) -> Mapping[str, str]:
    """Columns where a capital letter stands before a small one, ``W a``; rows where it is the other way, ``x W``."""
    pairs = {pair for f in found for pair in _neighbours(f.statement.right)}
    columns, rows = ("A", "a") in pairs, ("a", "A") in pairs
    return {} if columns == rows else {"vectors": "columns" if columns else "rows"}


def _neighbours(found: Sequence[Token]) -> Iterator[tuple[str, str]]:
    """``A`` and ``a`` for each two letters that are multiplied without a sign: ``A`` for capitals and transposes."""
    cursor = Cursor(found, found[-1].place)
    before = ""
    while not cursor.done:
        token = cursor.token
        cursor.i += 1
        if token.kind != "symbol" or token.word in BUILTIN_WORDS:
            before = ""
            continue
        across = any(part.mark == "T" for part in read_scripts(cursor).above)
        kind = "A" if across or token.word[-1].isupper() else "a"
        if before:
            yield before, kind
        before = "" if cursor.text in ("(", "[") else kind
