"""The symbol table that drives the reader: plain rows, made from a notation and a model or from an author's setting.

A row is a base (words with accents), a pattern of slots, and the canonical name that the tree gets.  One base may have
several rows of other arity: ``a^l`` and the function ``a(.)``, ``\\delta_j`` and the Kronecker ``\\delta_{ij}``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from derive.algebra.tree import Expr, Sym
from derive.notation.commands import ELEMENTWISE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from derive.model.model import Function, Quantity
    from derive.notation.tokens import Token


@dataclass(frozen=True)
class SlotPattern:
    """Where a layer is written: ``script`` is ``^`` or ``_``; ``brackets`` ``(``, ``[``, nothing, or ``*`` for any.

    ``shift`` is added to what is written (1 where weights are numbered by their source and ours by their target).
    """

    script: str
    brackets: str = "*"
    shift: int = 0


@dataclass(frozen=True)
class Symbol:
    r"""One way of writing one thing.

    ``words``: the base, one string a token: ``('\hat y',)``, ``('d', 'W')``, ``('E', '_d')``,
    ``('\nabla', '_a', 'C')``; a word that starts with a script sign is that script, a word of several letters may also
    be spelled letter by letter.
    ``font``: the only font in which it is meant (None: any).  ``axes``: how many entries it takes (all or none);
    ``order``: the axis of each written entry.  ``fixed``: the layers of a name for one member (``\hat y`` is ``a^L``).
    ``timed``: an iteration may follow in parentheses.  ``labels``: parentheses may follow that only name dependences.
    ``arity`` of a function: how many arguments (None: any number); ``prefix``: they may follow without parentheses.
    ``tags``: scripts that must be there and belong to the name (``_2``, ``^(1)``).  ``example``: there is a value for
    each example, whose number is written above, below or not at all.  ``must``: without its indices it is another
    symbol.  ``formals``: the arguments that it is written with, which name dependences.
    """

    words: tuple[str, ...]
    name: str
    kind: Literal["quantity", "function", "letter", "kronecker", "constant"] = "quantity"
    font: str | None = None
    slots: tuple[SlotPattern, ...] = ()
    axes: int = 0
    order: tuple[int, ...] = ()
    fixed: tuple[Expr, ...] = ()
    timed: bool = False
    labels: bool = False
    arity: int | None = 1
    prefix: bool = False
    tags: tuple[str, ...] = ()
    example: bool = False
    must: bool = False
    formals: tuple[tuple[Token, ...], ...] | None = None


def builtin(words: str, name: str, arity: int | None = 1) -> Symbol:
    return Symbol((words,), name, "function", arity=arity, prefix=True)


BUILTIN = (
    *(builtin(rf"\{n}", n) for n in ("exp", "tanh", "sin", "cos", "sinh", "cosh")),
    *(builtin(n, n) for n in ("exp", "tanh", "sin", "cos", "sinh", "cosh", "erf")),
    *(builtin(n, n) for n in ("log", "softmax", "sqrt", "abs", "sign")),
    *(builtin(n, "log") for n in (r"\ln", r"\log", "ln")),
    builtin("sgn", "sign"),
    *(builtin(n, "max", None) for n in (r"\max", "max")),
    *(builtin(n, "min", None) for n in (r"\min", "min")),
    *(builtin(n, "trace") for n in ("tr", "trace")),
    *(builtin(n, "total") for n in ("sum", "np.sum")),
    builtin("sqnorm", "sqnorm"),
    builtin("prod", "prod", None),
    builtin("diag", "diag"),
    Symbol((r"\pi",), "pi", "constant"),
)
"""Functions and numbers that every setting knows; ``diag`` becomes the node of its own."""


@dataclass(frozen=True)
class SymbolTable:
    """What the letters mean.

    ``quantities`` and ``functions`` give shapes and kinds by canonical name.  ``letters`` renames written index letters
    to canonical ones; ``free_letters`` (canonical) may stand in formulas though nothing binds them (``N``, ``L``, the
    ``z`` of a formula).  ``elementwise``: signs of the product entry by entry; ``elementwise_binds``: whether they bind
    more loosely than side by side, as in NumPy from left to right with it, or with dots from the right.  ``jacobian``:
    what a product of partial derivatives of arrays means.  ``gradient``: whether the derivative of a number by an array
    has the array's shape or lies across it.  ``time``: the iteration letter.  ``samples``: the size along which a bias
    is repeated.
    ``sets``: the ends of index sets that have a name.  ``examples``: the letters that number examples, with the number
    of the first one.  ``same_sizes``: what a size is by another name.  ``applications``: the layer and the argument of
    each function that is applied to one thing only; the function alone stands for it.  ``depends``: what each quantity
    that may be written with arguments is computed from.  ``above_functions``: what a letter above a function without
    layers is.  ``known``: letters that stand for a number, as ``L`` for the last of two layers.
    """

    symbols: tuple[Symbol, ...]
    quantities: Mapping[str, Quantity]
    functions: Mapping[str, Function] = field(default_factory=dict)
    letters: Mapping[str, str] = field(default_factory=dict)
    free_letters: frozenset[str] = frozenset()
    elementwise: frozenset[str] = ELEMENTWISE
    elementwise_binds: Literal["weaker", "alike", "right"] = "weaker"
    jacobian: Literal["numerator", "denominator", "schematic"] = "numerator"
    gradient: Literal["variable", "transposed"] = "variable"
    time: Sym | None = None
    samples: Expr | None = None
    sets: Mapping[str, tuple[Expr, Expr]] = field(default_factory=dict)
    examples: Mapping[str, int] = field(default_factory=dict)
    same_sizes: Mapping[Expr, Expr] = field(default_factory=dict)
    applications: Mapping[str, tuple[tuple[Expr, ...], Expr]] = field(default_factory=dict)
    depends: Mapping[str, frozenset[str]] = field(default_factory=dict)
    above_functions: Literal["unknown", "layer", "power"] = "unknown"
    known: Mapping[Sym, Expr] = field(default_factory=dict)

    @cached_property
    def _by_start(self) -> Mapping[str, tuple[Symbol, ...]]:
        """Rows by the first character of their base, the longest bases first."""
        rows: dict[str, list[Symbol]] = {}
        for symbol in sorted((*self.symbols, *BUILTIN), key=lambda s: -len(s.words)):
            rows.setdefault(symbol.words[0][0], []).append(symbol)
        return {k: tuple(v) for k, v in rows.items()}

    @cached_property
    def sizes(self) -> frozenset[str]:
        """Every letter that may stand in a size."""
        ends = (a.high for q in self.quantities.values() for a in q.axes)
        named = {s.name for size in self.same_sizes for s in size.symbols}
        return self.free_letters | {s.name for end in ends for s in end.symbols} | named | {"L"}

    @cached_property
    def iterates(self) -> bool:
        """Whether the setting says how anything is updated."""
        return any(s.timed for s in self.symbols)

    def candidates(self, tokens: Sequence[Token], i: int) -> list[tuple[Symbol, int]]:
        """The rows whose base stands at ``i``, with the place after it, the longest first."""
        if i >= len(tokens):
            return []
        found = [(s, match_words(s, tokens, i)) for s in self._by_start.get(tokens[i].word[0], ())]
        return [(s, end) for s, end in found if end is not None]

    def letter(self, word: str) -> Sym:
        """The canonical letter for a written one."""
        return Sym(self.letters.get(word, word.removeprefix("\\")))


def match_words(symbol: Symbol, tokens: Sequence[Token], i: int) -> int | None:
    """The place after the base of the symbol if it stands at ``i``."""
    if symbol.font is not None and tokens[i].font != symbol.font:
        return None
    place: int | None = i
    for word in symbol.words:
        place = _match_word(word, tokens, place) if place is not None else None
    return place


def _match_word(word: str, tokens: Sequence[Token], i: int) -> int | None:
    if i >= len(tokens):
        return None
    if word[0] in "^_":
        return _match_script(word, tokens, i)
    if tokens[i].word == word:
        return i + 1
    spelled = [t.text for t in tokens[i : i + len(word)]]
    glued = not any(t.spaced for t in tokens[i + 1 : i + len(word)])
    return i + len(word) if len(word) > 2 and spelled == list(word) and glued else None


def _match_script(word: str, tokens: Sequence[Token], i: int) -> int | None:
    """``_{W,b}`` against the tokens of a script."""
    if tokens[i].text != word[0] or i + 1 >= len(tokens):
        return None
    if tokens[i + 1].text != "{":
        return i + 2 if tokens[i + 1].word == word[1:] else None
    text, j = "", i + 2
    while j < len(tokens) and tokens[j].text != "}":
        text += tokens[j].word
        j += 1
    return j + 1 if text == word[1:] else None
