"""A symbol with its scripts: the rows of the table tell layers, entries, transposes, primes and powers apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from derive.algebra.layers import is_position, shift
from derive.algebra.tree import COLON, ONE, Expr, Fn, Kron, Ref, Sym
from derive.notation.commands import TRANSPOSES
from derive.notation.cursor import Cursor, cut
from derive.notation.marks import EXAMPLE, ExampleReader, take_tags

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from derive.notation.symbols import SlotPattern, Symbol, SymbolTable
    from derive.notation.tokens import Token

COMMA = frozenset({",", ";"})


@dataclass(frozen=True)
class Part:
    """One piece of a script: ``mark`` is ``(``, ``[``, nothing, ``T``, ``'`` or ``o`` (a power entry by entry)."""

    mark: str
    tokens: Sequence[Token] = ()


@dataclass
class Scripts:
    """What stands above and below a base."""

    above: list[Part] = field(default_factory=list)
    below: list[Part] = field(default_factory=list)


@dataclass(frozen=True)
class Fit:
    """A row that fits: the member (a function: its layers in ``slots``) and the scripts that are left."""

    symbol: Symbol
    expr: Expr | None
    slots: tuple[Expr, ...]
    left: tuple[Part, ...]


def read_scripts(cursor: Cursor, *, signs: frozenset[str] = TRANSPOSES) -> Scripts:
    """All scripts and primes that follow; ``signs``: what above means the transpose."""
    scripts = Scripts()
    while cursor.text in ("^", "_", "'"):
        sign = cursor.text
        cursor.i += 1
        if sign == "'":
            scripts.above.append(Part("'"))
            continue
        parts = split_parts(cursor.argument(), signs if sign == "^" else frozenset())
        (scripts.above if sign == "^" else scripts.below).extend(parts)
    return scripts


ELEMENTWISE_POWER = frozenset({r"\circ", r"\odot"})
r"""Signs before the exponent of a power that is taken entry by entry: ``a^{\circ 2}``."""


def split_parts(tokens: Sequence[Token], signs: frozenset[str] = TRANSPOSES) -> list[Part]:
    """``[l](i)T`` to its three parts; ``l+1`` is one part, ``m+1,T`` two, ``(i,l)`` the two of ``(i)(l)``."""
    cursor = Cursor(tokens, tokens[0].place) if tokens else None
    parts: list[Part] = []
    while cursor is not None and not cursor.done:
        if cursor.text in COMMA:
            cursor.i += 1
        elif cursor.text in ("(", "["):
            mark = cursor.text
            parts += [Part(mark, inner) for inner in cut(cursor.bracketed(), COMMA)]
        elif cursor.text == "'":
            cursor.i += 1
            parts.append(Part("'"))
        elif cursor.text in signs:
            cursor.i += 1
            parts.append(Part("T"))
        elif signs and cursor.text in ELEMENTWISE_POWER:  # below, there are no powers
            cursor.i += 1
            parts.append(Part("o", _run(cursor, frozenset())))
        else:
            parts.append(Part("", _run(cursor, signs)))
    return parts


def _run(cursor: Cursor, signs: frozenset[str]) -> Sequence[Token]:
    """The tokens up to a comma, a prime, a transpose sign, or a bracket that does not belong to a product."""
    start = cursor.i
    while not cursor.done and cursor.text not in COMMA and cursor.text != "'":
        if cursor.i > start and cursor.text in signs:
            break
        if cursor.text in ("(", "[", "{"):
            cursor.bracketed()
        else:
            cursor.i += 1
    return cursor.tokens[start : cursor.i]


class Fitter:
    """Fits rows of a table to scripts; ``index`` reads the inside of a slot."""

    def __init__(self, table: SymbolTable, index: Callable[[Sequence[Token]], Expr]) -> None:
        self.table, self.index = table, index
        self.examples = ExampleReader(table.examples, index)

    def fit(self, symbol: Symbol, scripts: Scripts) -> Fit | None:
        """The member that the row and the scripts make, or None where they do not go together."""
        above, below = list(scripts.above), list(scripts.below)
        if not take_tags(symbol.tags, above, below):
            return None
        example = self.examples.declared(above, below) if symbol.example else None
        slots: list[Expr] = []
        for pattern in symbol.slots:
            found = self._slot(pattern, above if pattern.script == "^" else below, symbol)
            if found is None and symbol.kind == "function":
                continue
            if found is None:
                return None
            slots.append(found)
        if symbol.example:
            example = example or self.examples.left(symbol, above, below)
            return self._spread(symbol, tuple(slots), above, below, example)
        if symbol.kind == "function":
            return Fit(symbol, None, tuple(slots), tuple(above)) if not below else None
        if symbol.kind == "constant":
            return Fit(symbol, Fn(symbol.name, ()), (), tuple(above)) if not below else None
        if symbol.kind == "letter":
            return Fit(symbol, Sym(symbol.name), (), tuple(above)) if not below else None
        return self._member(symbol, tuple(slots), above, below)

    def _slot(self, pattern: SlotPattern, parts: list[Part], symbol: Symbol) -> Expr | None:
        """Takes the layer from the parts of its script."""
        for n, part in enumerate(parts):
            fits = part.mark in ("", "(", "[") if pattern.brackets == "*" else part.mark == pattern.brackets
            if not fits:
                continue
            tokens, rest = part.tokens, part.tokens[:0]
            if pattern.script == "_" and symbol.axes and len(parts) == 1 and _run_together(part):
                tokens, rest = tokens[:1], tokens[1:]
            parts[n : n + 1] = [Part("", rest)] if rest else []
            layer = self.index(tokens)
            if not is_position(layer):
                return None
            return shift(layer, pattern.shift) if pattern.shift else layer
        return None

    def _member(self, symbol: Symbol, slots: tuple[Expr, ...], above: list[Part], below: list[Part]) -> Fit | None:
        entries = self._entries(symbol, below)
        if entries is None:
            return None
        if symbol.kind == "kronecker":
            return Fit(symbol, Kron(*entries), (), tuple(above)) if len(entries) == 2 else None
        sample = next((n for n, p in enumerate(above) if p.mark == "(" and self._counts_samples(symbol, entries)), None)
        if sample is not None:
            entries = self._with_sample(symbol, entries, self.index(above.pop(sample).tokens))
        if entries and len(entries) != symbol.axes:
            return None
        if symbol.must and not entries:
            return None
        whole = not entries and bool(symbol.axes)
        padded = self._pad(symbol, entries)
        if padded is None:
            return None
        made = Ref(symbol.name, symbol.fixed or slots, None if whole else padded)
        return Fit(symbol, made, slots, tuple(above))

    def _spread(
        self, symbol: Symbol, slots: tuple[Expr, ...], above: list[Part], below: list[Part], example: Expr | None
    ) -> Fit | None:
        """A member of a quantity that has a value for each example: the last axis counts them."""
        entries = self._entries(symbol, below)
        if entries is None or (entries and len(entries) != symbol.axes):
            return None
        if symbol.must and not entries and example is None:
            return None
        quantity = self.table.quantities.get(symbol.name)
        axes = quantity.axes[:-1] if quantity is not None else (None,) * symbol.axes
        rest = list(entries)
        own = [ONE if rest and a is not None and a.high == ONE else rest.pop(0) if rest else COLON for a in axes]
        made = Ref(symbol.name, symbol.fixed or slots, (*own, example or EXAMPLE))
        return Fit(symbol, made, slots, tuple(above))

    def _entries(self, symbol: Symbol, below: list[Part]) -> tuple[Expr, ...] | None:
        """The entries below, in the order of the axes; () for none, None where the number is wrong."""
        pieces = [t for part in below for t in self._pieces(part, symbol.axes if len(below) == 1 else 1)]
        fits_all = len(pieces) == symbol.axes
        if pieces and not fits_all and not (len(pieces) == symbol.axes - 1 and self._counts_samples(symbol, ())):
            return None
        read = [self.index(t) for t in pieces]
        if symbol.order and fits_all:
            read = [read[symbol.order.index(n)] for n in range(len(read))]
        return tuple(read)

    def _pieces(self, part: Part, wanted: int) -> list[Sequence[Token]]:
        """``kj`` is two entries, ``k+1`` one; ``12`` is two only where two are wanted."""
        if _letters(part.tokens) and (wanted > 1 or any(t.kind == "symbol" for t in part.tokens)):
            return [part.tokens[n : n + 1] for n in range(len(part.tokens))]
        return [t for t in cut(part.tokens, COMMA) if t]

    def _axes(self, symbol: Symbol) -> tuple[str, ...]:
        quantity = self.table.quantities.get(symbol.name)
        return tuple(a.kind for a in quantity.axes) if quantity else ()

    def _counts_samples(self, symbol: Symbol, entries: tuple[Expr, ...]) -> bool:
        """Whether the axis of the samples is still to be filled: ``Z^{[l](i)}``."""
        kinds = self._axes(symbol)
        return not symbol.example and "sample" in kinds and len(entries) in (0, len(kinds) - 1)

    def _with_sample(self, symbol: Symbol, entries: tuple[Expr, ...], sample: Expr) -> tuple[Expr, ...]:
        rest = list(entries) or [COLON] * (symbol.axes - 1)
        rest.insert(self._axes(symbol).index("sample"), sample)
        return tuple(rest)

    def _pad(self, symbol: Symbol, entries: tuple[Expr, ...]) -> tuple[Expr, ...] | None:
        """An axis of size 1 (a row) has no letter of its own; None where letters are too many or too few."""
        quantity = self.table.quantities.get(symbol.name)
        if quantity is None or len(entries) in (0, len(quantity.axes)):
            return entries
        if len(entries) != sum(a.high != ONE for a in quantity.axes):
            return None
        rest = list(entries)
        return tuple(ONE if a.high == ONE else rest.pop(0) for a in quantity.axes)


def _run_together(part: Part) -> bool:
    """Whether a layer and entries stand side by side: ``h_{kj}``, but not ``h_{10}``."""
    return not part.mark and _letters(part.tokens) and any(t.kind != "digit" for t in part.tokens)


def _letters(tokens: Sequence[Token]) -> bool:
    """Whether these are only single letters, digits and colons."""
    return all(t.kind in ("symbol", "digit") or t.text == ":" for t in tokens)
