"""Both sides of every line of a setting as raw trees, before anything is known of shapes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from derive.algebra.tree import COLON, Ref, Sym
from derive.checking.naming.units import placing
from derive.checking.reading.examples import spread
from derive.checking.understanding.rows import function_rows, quantity_rows, table_of
from derive.errors import DeriveError
from derive.model.model import Axis, Quantity
from derive.notation.failures import ReadFailure
from derive.notation.marks import EXAMPLE
from derive.notation.parser import Parser
from derive.notation.raw import bare

if TYPE_CHECKING:
    from collections.abc import Sequence

    from derive.algebra.tree import Expr
    from derive.checking.naming.declared import Declared
    from derive.checking.naming.named import Named
    from derive.checking.naming.sentences import Sentence
    from derive.checking.naming.units import Placing
    from derive.checking.setting import Setting
    from derive.checking.shapes import Raw
    from derive.notation.symbols import Symbol, SymbolTable
    from derive.notation.tokens import Token

ENTRY_LETTERS = (Sym("k"), Sym("j"))


@dataclass(frozen=True)
class Statements:
    """Both sides of every definition and update as raw trees; the quantities with a value for each example."""

    raws: list[Raw]
    spread: frozenset[str]
    placing: Placing | None = None


def raw_statements(named: Named, setting: Setting, declared: Declared) -> Statements:
    """Both sides of every definition and update as raw trees, with provisional quantities."""
    seen = {f.name for f in named.naming.families if f.example}
    seen |= {a.target.name for a in named.aliases if a.family.name in seen} | declared.per_example
    rows = [*quantity_rows(named, {}, frozenset(seen)), *function_rows(named), *declared.rows.values()]
    provisional = {r.name: _provisional(r) for r in rows if r.kind == "quantity"}
    letters = [*declared.letters, *(k.removeprefix("\\") for k in setting.index), named.examples.count]
    table = table_of(named, rows, provisional, {}, setting.conventions, letters)
    sentences = named.of_kind("definition", "update")
    raws = [(s, whole(s, s.statement.left, table), whole(s, s.statement.right, table)) for s in sentences]
    flow = [(head.name, right) for _, left, right in raws if isinstance(head := bare(left), Ref)]
    found = spread(flow, seen, named.examples.declared)
    shown = [(s, _as_written(x), _as_written(y)) for s, x, y in raws]
    if named.units is None:
        return Statements(shown, found)
    known = frozenset(f.name for f in named.targets if named.layered(f))
    own = placing(named.units, [(x, y) for _, x, y in shown], known)
    return Statements([(s, *own.statement(x, y)) for s, x, y in shown], found, own)


def _as_written(e: Expr) -> Expr:
    """The expression without the number of the example, whose axis shapes do not show."""
    e = e.map(_as_written)
    if not isinstance(e, Ref) or not e.entries or not _is_example(e.entries[-1]):
        return e
    rest = e.entries[:-1]
    return Ref(e.name, e.slots, None if rest and set(rest) == {COLON} else rest, e.time)


def _is_example(e: Expr) -> bool:
    return isinstance(e, Sym) and e.name.startswith(EXAMPLE.name)


def _provisional(row: Symbol) -> Quantity:
    axes = tuple(Axis("unit", letter, Sym("?")) for letter in ENTRY_LETTERS[: row.axes])
    if row.example:
        axes = (*axes, Axis("sample", EXAMPLE, Sym("?")))
    return Quantity(row.name, "parameter", "", axes=axes)


def whole(s: Sentence, found: Sequence[Token], table: SymbolTable) -> Expr:
    """A side of a statement as a raw tree.

    Raises:
        DeriveError: it cannot be read.
    """
    try:
        return Parser(found, found[-1].place, table).whole(found)
    except ReadFailure as failure:
        raise in_setting(s, failure) from None


def in_setting(s: Sentence, failure: ReadFailure) -> DeriveError:
    return DeriveError(
        f"in the setting: {failure.problem}", expected=failure.expected, remedy=failure.remedy,
        place=failure.place or s.statement.line.place,
    )  # fmt: skip
