"""The symbol table of a setting: one row for each way of writing each of its quantities and functions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from derive.algebra.tree import Sym
from derive.notation.commands import ELEMENTWISE, SAME
from derive.notation.symbols import Symbol, SymbolTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from derive.algebra.tree import Expr
    from derive.checking.naming.named import Named
    from derive.checking.naming.names import Family
    from derive.model.model import Function, Quantity

KRONECKER = r"\delta"
"""With two indices and no layer it is 1 where they agree, unless the setting uses it otherwise."""

IDENTITY = "I"
"""``I_{kj}`` is an entry of the identity, where the setting has no I of its own."""

FUNCTION_KINDS = {"any cost": None, "any map": 1, "any": 1}
"""How many arguments a function takes by what the setting says of it; None: any number."""


def quantity_rows(named: Named, axes: Mapping[str, int], spread: frozenset[str]) -> list[Symbol]:
    """The rows of quantities and their second names.

    ``axes``: how many entries each takes; ``spread``: those that have a value for each example.
    """
    out = [_row(f, f.name, axes.get(f.name, f.entries), named, spread) for f in named.targets]
    if named.layers is not None:
        own = (named.layers.letter,)
        implied = {f.name for f in named.targets if f.implied}
        out += [replace(r, slots=(), fixed=own) for r in out if r.name in implied and r.slots]
        out = [replace(r, fixed=own) if r.name in implied and not r.slots else r for r in out]
    for a in named.aliases:
        entries = axes.get(a.target.name, max(a.target.entries, a.family.entries))
        row = _row(a.family, a.target.name, entries, named, spread)
        slots = tuple(replace(s, shift=a.shift) for s in row.slots)
        out.append(replace(row, slots=slots, fixed=() if a.fixed is None else (a.fixed,)))
    return out


def _row(family: Family, name: str, axes: int, named: Named, spread: frozenset[str]) -> Symbol:
    slots = (family.slot,) if family.slot is not None else ()
    return Symbol(
        family.words,
        name,
        font=family.font,
        slots=slots,
        axes=axes,
        timed=name in named.updated,
        tags=family.tags,
        example=name in spread,
        must=family.must,
        formals=family.formals,
    )


def function_rows(named: Named) -> list[Symbol]:
    """One row for each function."""
    out: dict[str, Symbol] = {}
    for key in named.functions:
        family = key.family
        slots = (family.slot,) if family.slot is not None else ()
        name = "softmax" if key.says == "softmax" and key.at is None else family.name
        row = Symbol(family.words, name, "function", slots=slots, arity=FUNCTION_KINDS.get(key.says, 1))
        out.setdefault(family.name, row)
    return list(out.values())


def label_rows(rows: Iterable[Symbol]) -> list[Symbol]:
    r"""``\Omega`` for ``\Omega(\theta)``: the name without the brackets that only name dependences."""
    bare = {(r.words, r.tags) for r in rows if r.formals is None}
    found = [r for r in rows if r.formals is not None and (r.words, r.tags) not in bare]
    counts = {(r.words, r.tags): sum((q.words, q.tags) == (r.words, r.tags) for q in found) for r in found}
    return [replace(r, formals=None) for r in found if counts[r.words, r.tags] == 1]


def _last_layer(named: Named) -> list[Symbol]:
    """``n_l`` where it is the name of the last layer."""
    last = (named.layers.last_letter or named.layers.called) if named.layers is not None else None
    if last is None or "_" not in last.name:
        return []
    base, _, script = last.name.partition("_")
    return [Symbol((base, "_" + script), last.name, "letter")]


def table_of(
    named: Named,
    rows: Iterable[Symbol],
    quantities: Mapping[str, Quantity],
    functions: Mapping[str, Function],
    conventions: Mapping[str, object],
    letters: Iterable[str] = (),
    samples: Expr | None = None,
) -> SymbolTable:
    """The table that reads the page."""
    own = [*rows, *_last_layer(named)]
    if not any(r.words == (KRONECKER,) and r.axes == 2 and not r.slots for r in own):
        own.append(Symbol((KRONECKER,), "kronecker", "kronecker", axes=2))
    if not any(r.words == (IDENTITY,) for r in own):
        own.append(Symbol((IDENTITY,), "kronecker", "kronecker", axes=2))
    free = {*letters, *(f.variable.name for f in functions.values())}
    free |= {f.removeprefix("\\") for s in named.sentences for f in s.formals}
    if named.layers is not None:
        free |= {s.name for s in (named.layers.letter, named.layers.last_letter, named.layers.called) if s}
    signs = conventions.get("elementwise")
    return SymbolTable(
        symbols=(*own, *label_rows(own)),
        quantities=quantities,
        functions=functions,
        free_letters=frozenset(free),
        elementwise=frozenset(SAME.get(str(s), str(s)) for s in signs) if isinstance(signs, list) else ELEMENTWISE,
        jacobian=str(conventions.get("jacobian", "numerator")),  # type: ignore[arg-type]
        gradient=str(conventions.get("gradient", "variable")),  # type: ignore[arg-type]
        time=Sym(named.time),
        samples=samples,
        examples=named.examples.declared,
        sets=named.units.sets() if named.units is not None else named.examples.sets,
        known=named.layers.known if named.layers is not None else {},
    )
