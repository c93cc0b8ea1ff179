"""The statements of a setting, each with the kind of line it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from derive.checking.naming.statements import BIG, Head, occurrences, read_head
from derive.notation.lexing import Source
from derive.notation.tokens import MINIMA, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from derive.checking.naming.names import Naming
    from derive.checking.naming.statements import Statement, Words
    from derive.notation.lexing import Macro
    from derive.notation.members import Part
    from derive.notation.tokens import Token

Kind = Literal["definition", "alias", "function", "assumption", "update", "size", "shorthand", "minimum"]


@dataclass(frozen=True)
class Sentence:
    """A statement and what kind of line it is; ``formals`` of a function's formula."""

    statement: Statement
    kind: Kind
    head: Head | None = None
    formals: Words = ()


def sentences(
    statements: Sequence[Statement], functions: frozenset[Words], keys: Sequence[Head], sizes: frozenset[Words]
) -> list[Sentence]:
    """Every statement with its kind.  ``functions``: what ``[functions]`` names; ``keys``: what other tables name."""
    heads = [h for s in statements if (h := s.head)]
    bare = frozenset(h.words for h in heads if h.arguments is None and not h.above and not h.below)
    known = frozenset(h.words for h in (*heads, *keys))
    applied = frozenset(o.head.words for s in statements for o in occurrences(s.right, (), -1) if o.called)
    reader = _Kinds(functions, functions - {h.words for h in heads}, bare, known, sizes, applied)
    found = [reader.sentence(s) for s in statements]
    called = (s.head for s in found if s.kind == "definition" and s.head is not None)
    labelled = frozenset(h.words for h in called if h.arguments is not None)
    return [replace(reader, labelled=labelled).sentence(s) for s in statements]


@dataclass(frozen=True)
class _Kinds:
    functions: frozenset[Words]
    only_functions: frozenset[Words]
    bare: frozenset[Words]
    known: frozenset[Words]
    sizes: frozenset[Words]
    applied: frozenset[Words]
    labelled: frozenset[Words] = frozenset()

    def sentence(self, s: Statement) -> Sentence:
        head = s.head
        if head is None and self._is_shorthand(s):
            return Sentence(s, "shorthand")
        if head is None or s.relation not in ("=", ":=", "<-"):
            return Sentence(s, "assumption")
        if s.right[0].text in MINIMA:
            return Sentence(s, "minimum", head)
        if s.relation == "<-":
            return Sentence(s, "update", replace(head, arguments=None))
        if head.arguments is None:
            return self._without_arguments(s, head)
        if iteration(head) is not None:
            return Sentence(s, "update", replace(head, arguments=None))
        formals = tuple(t[0].word for t in head.arguments if len(t) == 1 and t[0].kind == "symbol")
        one = len(formals) == len(head.arguments) == 1
        free = (formals[0],) not in self.bare - {head.words} if one else False
        if one and _only(s.right, formals) and (free or (head.words in self.applied and _entrywise(s.right))):
            return Sentence(s, "function", replace(head, arguments=None), formals)
        return Sentence(s, "definition", head)

    def _is_shorthand(self, s: Statement) -> bool:
        """``(f^l)' = f^{l\\prime}(z^l)``: the derivative without its argument."""
        close = next((n for n, t in enumerate(s.left) if t.text == ")"), 0)
        inner = read_head(s.left[1:close]) if s.left[0].text == "(" else None
        primes = all(t.text in ("'", "^", "{", "}") for t in s.left[close + 1 :])
        return inner is not None and inner.words in self.functions and primes

    def _without_arguments(self, s: Statement, head: Head) -> Sentence:
        if head.words in self.functions and any(p.mark == "'" for p in head.above):
            return Sentence(s, "shorthand", head)
        other = read_head(s.right)
        if (
            other is None
            or other.words in self.only_functions
            or (other.words == ("e",) and other.above)
            or s.right[0].kind == "digit"
        ):
            return Sentence(s, "definition", head)
        if {head.words, other.words} & self.sizes:
            return Sentence(s, "size", head)
        is_name = len(other.words) == 1 or other.words in self.known
        is_called = other.arguments is not None and other.words not in self.labelled
        return Sentence(s, "alias" if is_name and not is_called else "definition", head)


def settled(naming: Naming, s: Sentence) -> Sentence:
    """``a^2_k = z^2_k`` joins two families in one layer, ``x_{ji} = o_i`` has other indices: definitions.

    So are ``w^1_{kj} = v_j``, what the units of one layer share, ``g_t = c``, the same number in all layers, and
    ``V = p^2``, a power.
    """
    other = read_head(s.statement.right) if s.kind == "alias" else None
    if other is None or s.head is None:
        return s
    slots = [naming.slot(h) for h in (s.head, other)]
    pieces = [len(naming.pieces(h, None)) for h in (s.head, other)]
    at_points = all(x is not None and not x[2].symbols & {naming.layers.letter} for x in slots if naming.layers)
    joins = naming.layers is not None and None not in slots and at_points
    differ = slots == [None, None] and 0 not in pieces and pieces[0] != pieces[1]
    shared = slots[0] is not None and not slots[0][2].symbols and bool(_letters(s.head) - _letters(other))
    power = slots[1] is None and any(map(_is_power, other.above))
    runs = naming.layers is not None and any(x is not None and naming.layers.letter in x[2].symbols for x in slots)
    in_all = runs and None in slots
    return replace(s, kind="definition") if joins or differ or shared or power or in_all else s


def _letters(head: Head) -> frozenset[str]:
    """The letters in the scripts of a symbol."""
    return frozenset(t.word for part in (*head.above, *head.below) for t in part.tokens if t.kind == "symbol")


def _entrywise(found: Sequence[Token]) -> bool:
    """Whether a formula has nothing that adds up entries: ``\\sigma(z) = 1/(1+e^{-z})`` of a z that is defined too."""
    return not any(t.text in BIG or t.text in (r"\|", "|", r"\lVert", r"\Vert") for t in found)


def _only(found: Sequence[Token], formals: Words) -> bool:
    """Whether a formula has no symbols but its formal arguments (bare) and functions."""
    for o in occurrences(found, (), -1):
        is_formal = o.head.words[0] in formals and not o.head.below and all(map(_is_power, o.head.above))
        if not is_formal and not o.called:
            primed = all(p.mark == "'" for p in o.head.above) and not o.head.below
            return primed and o.head.words[0] in formals
    return True


def _is_power(part: Part) -> bool:
    """Whether a superscript is a number: a formal argument has no layer, so ``u^3`` is a power."""
    return not part.mark and all(t.kind == "digit" for t in part.tokens)


def iteration(head: Head) -> str | None:
    """The iteration letter of ``W(t+1)``."""
    if head.arguments is None or len(head.arguments) != 1:
        return None
    found = head.arguments[0]
    shape = [t.kind for t in found]
    is_next = shape == ["symbol", "sign", "digit"] and found[1].text == "+"
    return found[0].word if is_next else None


def size_words(shapes: Iterable[tuple[Head, str]], macros: Mapping[str, Macro]) -> Iterator[Words]:
    """The names of sizes."""
    for _, text in shapes:
        for part in text.replace("per example", "").split(" x "):
            if part.strip() in ("", "scalar", "number"):
                continue
            head = read_head(tokens(Source(part.strip()), macros))
            if head is not None:
                yield head.words
