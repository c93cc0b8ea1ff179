"""The symbol table of a notation and a model: it reads everything that the printer prints for that model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from derive.algebra.tree import Expr, Sym
from derive.errors import DeriveError
from derive.notation.cursor import Cursor
from derive.notation.lexing import Source
from derive.notation.symbols import SlotPattern, Symbol, SymbolTable
from derive.notation.tokens import tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from derive.model.model import Function, Model, Quantity
    from derive.notation.notation import Notation, Spelling

FORMULA_LETTERS = ("z", "a", "y")
"""Formal variables of activations and costs."""


def symbol_table(notation: Notation, model: Model) -> SymbolTable:
    """The rows for every quantity and function of the model.

    Raises:
        DeriveError: two of them are written alike.
    """
    own = notation.fit(model)
    rows = [row for q in model.quantities.values() for row in _quantity(own, q)]
    rows += [_function(own, f) for f in model.functions.values()]
    samples = next((a.high for q in model.quantities.values() for a in q.axes if a.kind == "sample"), None)
    letters = {own.letter(name): name for name in own.letters}
    layers = {q.layer.name for q in model.quantities.values() if q.layer}
    free = {"L", "N", "t", *layers, *FORMULA_LETTERS, *(f.variable.name for f in model.functions.values())}
    return SymbolTable(
        symbols=_told_apart(rows),
        quantities=model.quantities,
        functions=model.functions,
        letters=letters,
        free_letters=frozenset(free),
        time=Sym("t"),
        samples=samples,
    )


def words_of(latex: str) -> tuple[tuple[str, ...], str]:
    r"""The words of a base and its font: ``\hat{\mathbf y} -> (('\hat y',), 'bf')``, ``E_{d} -> (('E', '_d'), '')``."""
    found = tokens(Source(latex))
    cursor = Cursor(found, found[0].place)
    words: list[str] = []
    while not cursor.done:
        sign = cursor.text if cursor.text in ("^", "_") else ""
        cursor.i += bool(sign)
        words.append(sign + "".join(t.word for t in cursor.argument()))
    return tuple(words), found[0].font


def _quantity(notation: Notation, q: Quantity) -> Iterator[Symbol]:
    """A row for each way of writing a quantity: entries, the whole array, the second name in the last layer."""
    row = notation.quantities[q.name] if q.name in notation.quantities else notation.spelling(q.head)
    sign, _, _ = notation.slot_style(row)
    slots = (SlotPattern(sign, shift=-row.shift),) if q.layer is not None else ()
    yield from _spellings(row, q, slots, ())
    if q.name in notation.last and q.layer is not None:
        yield from _spellings(notation.last[q.name], q, (), (notation.last_layer,))


def _spellings(row: Spelling, q: Quantity, slots: tuple[SlotPattern, ...], fixed: tuple[Expr, ...]) -> Iterator[Symbol]:
    axes = len(q.axes)
    for base in dict.fromkeys((row.entry, row.base(axes))):
        words, font = words_of(base)
        yield Symbol(
            words, q.name, font=font, slots=slots, axes=axes, order=row.order, fixed=fixed, timed=q.role == "parameter"
        )


def _function(notation: Notation, f: Function) -> Symbol:
    words, font = words_of(notation.function(f.name))
    sign, _, _ = notation.slot_style_of_functions()
    slots = (SlotPattern(sign),) if f.per_layer else ()
    return Symbol(words, f.name, "function", font=font, slots=slots, arity=None if f.kind == "unknown cost" else 1)


def _told_apart(rows: list[Symbol]) -> tuple[Symbol, ...]:
    """Fonts count only where one base means two things.

    Raises:
        DeriveError: not even the font tells two quantities apart.
    """
    out: dict[tuple[object, ...], Symbol] = {}
    for row in rows:
        shared = {r.name for r in rows if r.words == row.words and r.kind == row.kind}
        kept = row if len(shared) > 1 else replace(row, font=None)
        other = out.setdefault((kept.words, kept.kind, kept.font, kept.slots), kept)
        if other.name != kept.name:
            raise DeriveError(f"{other.name!r} and {kept.name!r} are both written {' '.join(row.words)}")
    return tuple(out.values())
