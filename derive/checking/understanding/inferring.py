"""From a setting to a model and a symbol table: what is inferred, in the order of the format's description."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from derive.checking.naming.declared import Declared
from derive.checking.naming.named import read_names
from derive.checking.setting import LAST
from derive.checking.shapes import find_shapes
from derive.checking.understanding.building import Builder
from derive.checking.understanding.sides import raw_statements
from derive.errors import DeriveError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from derive.checking.setting import Setting
    from derive.checking.understanding.understood import Understood
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


BY_NAME = {"sigmoid": "sigmoid", "relu": "relu", "ReLU": "relu"}
"""Functions that need no line in ``[functions]`` where they are written by their name."""


def _with_functions_by_name(setting: Setting) -> Setting:
    """The setting with the functions that are written by name declared, unless the author says what they are."""
    given = " ".join(line.text for line in setting.given)
    known = {re.sub(r"\\[A-Za-z]+|[{}\\]", "", key) for key in setting.functions}
    new = {
        found.group(0): BY_NAME[found.group(1)]
        for found in re.finditer(rf"\\(?:operatorname|mathrm|text|mathop)\*?\{{({'|'.join(BY_NAME)})\}}", given)
        if found.group(1) not in known
    }
    return replace(setting, functions={**new, **setting.functions}) if new else setting


IN_SPACE = re.compile(r"([^=]+)=.*\\in\s*\\mathbb\s*\{?\s*R\s*\}?\s*\^\s*(?:\{(.*)\}|(\w))[\s.,;]*")
r"""A definition that says behind it what the array is: ``z^l = W^l a^{l-1} \in \mathbb R^{n_l}``."""


def _with_shapes_said(setting: Setting) -> Setting:
    """The setting with the shapes that stand behind its definitions, unless ``[shapes]`` has them."""
    found = [m for line in setting.given if (m := IN_SPACE.fullmatch(line.text.strip()))]
    said = {m.group(1).strip(): (m.group(2) or m.group(3)).replace(r"\times", " x ").strip() for m in found}
    return replace(setting, shapes={**said, **setting.shapes}) if said else setting


def _with_number_of_layers(setting: Setting) -> Setting:
    """The setting with a line ``L = 2`` put where it belongs, where ``L`` is the last layer."""
    last = LAST.search(setting.layers)
    if last is None:
        return setting
    says = re.compile(rf"\s*{re.escape(last.group(1))}\s*=\s*(\d{{1,4}})\s*")
    found = [(line, m.group(1)) for line in setting.given if (m := says.fullmatch(line.text)) is not None]
    for line, number in found[-1:]:
        layers = f"{setting.layers.rpartition('=')[0] if setting.layers.count('=') > 1 else setting.layers} = {number}"
        return replace(setting, layers=layers).without([line])
    return setting


def _understood(setting: Setting, macros: Mapping[str, Macro]) -> Understood:
    setting = _with_number_of_layers(_with_shapes_said(_with_functions_by_name(setting)))
    named = read_names(setting, macros)
    declared = Declared(named)
    statements = raw_statements(named, setting, declared)
    figures = find_shapes(named, setting, declared, statements.raws)
    return Builder(setting, named, figures, statements).understood()
