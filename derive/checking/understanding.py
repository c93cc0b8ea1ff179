"""From a setting to a model and a symbol table: what is inferred, in the order of the format's description."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.checking.building import Builder
from derive.checking.declared import Declared
from derive.checking.named import read_names
from derive.checking.shapes_of import find_shapes
from derive.checking.sides import raw_statements
from derive.errors import DeriveError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from derive.checking.setting import Setting
    from derive.checking.understood import Understood
    from derive.notation.lexing import Macro


def understand(setting: Setting, macros: Mapping[str, Macro] | None = None) -> Understood:
    """Infer names, shapes and ranges, and build the model.

    Raises:
        DeriveError: a line that cannot be read yet or does not agree with the others, with its place.
    """
    try:
        return _understood(setting, macros or {})
    except RecursionError:
        raise DeriveError("a line of the setting is nested too deeply") from None


def _understood(setting: Setting, macros: Mapping[str, Macro]) -> Understood:
    named = read_names(setting, macros)
    declared = Declared(named)
    statements = raw_statements(named, setting, declared)
    figures = find_shapes(named, setting, declared, statements.raws)
    return Builder(setting, named, figures, statements).understood()
