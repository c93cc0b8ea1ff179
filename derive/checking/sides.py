"""Both sides of every line of a setting as raw trees, before anything is known of shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.tree import Sym
from derive.checking.rows import function_rows, quantity_rows, table_of
from derive.errors import DeriveError
from derive.model.model import Axis, Quantity
from derive.notation.failures import ReadFailure
from derive.notation.parser import Parser

if TYPE_CHECKING:
    from collections.abc import Sequence

    from derive.algebra.tree import Expr
    from derive.checking.declared import Declared
    from derive.checking.named import Named, Sentence
    from derive.checking.setting import Setting
    from derive.checking.shapes_of import Raw
    from derive.notation.symbols import SymbolTable
    from derive.notation.tokens import Token

ENTRY_LETTERS = (Sym("k"), Sym("j"))


def raw_statements(named: Named, setting: Setting, declared: Declared) -> list[Raw]:
    """Both sides of every definition and update as raw trees, with provisional quantities."""
    rows = [*quantity_rows(named, {}), *function_rows(named), *declared.rows.values()]
    provisional = {r.name: _provisional(r.name, r.axes) for r in rows if r.kind == "quantity"}
    letters = [*declared.letters, *(k.removeprefix("\\") for k in setting.index)]
    table = table_of(named, rows, provisional, {}, setting.conventions, letters)
    sentences = named.of_kind("definition", "update")
    return [(s, whole(s, s.statement.left, table), whole(s, s.statement.right, table)) for s in sentences]


def _provisional(name: str, axes: int) -> Quantity:
    return Quantity(
        name, "parameter", "", axes=tuple(Axis("unit", letter, Sym("?")) for letter in ENTRY_LETTERS[:axes])
    )


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
