"""The functions of a setting: unknown ones, named ones with their formulas, another one in single layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.data.activations import ACTIVATIONS
from derive.errors import DeriveError, did_you_mean, quoted
from derive.model.model import Function

if TYPE_CHECKING:
    from collections.abc import Mapping

    from derive.algebra.tree import Expr
    from derive.checking.naming.named import FunctionKey, Named

UNKNOWN = {"any": "unknown", "any cost": "unknown cost", "any map": "unknown map"}


def functions_of(named: Named) -> dict[str, Function]:
    """The functions by canonical name; formulas of ``given`` are read later."""
    out: dict[str, Function] = {}
    for key in named.functions:
        if key.says in ("formula", "softmax"):
            continue
        if key.at is None:
            out[key.family.name] = _function(key)
        else:
            name = named_function(key.says)
            out[name] = _named(name, key.says)
    for key in named.functions:
        if key.at is not None and key.family.name not in out:
            raise DeriveError(f"{key.family.name} has a function in one layer only", remedy="add a line for the others")
    return out


def _function(key: FunctionKey) -> Function:
    name, per_layer = key.family.name, key.family.slot is not None
    kind = UNKNOWN.get(key.says)
    if kind is not None:
        return Function(name, kind, per_layer)  # type: ignore[arg-type]
    return _named(name, key.says, per_layer=per_layer)


def named_function(says: str) -> str:
    """The canonical name of a named function that one layer has."""
    return f"${says}$"


def _named(name: str, says: str, *, per_layer: bool = False) -> Function:
    """A function with a name, such as sigmoid.

    Raises:
        DeriveError: there is none of this name.
    """
    elementwise = [a.name for a in ACTIVATIONS if a.elementwise]
    if says not in elementwise:
        known = ("any", "any cost", "any map", "softmax", *elementwise)
        near = did_you_mean(says, known)
        raise DeriveError(f"unknown function {quoted(says)} in [functions]", expected=", ".join(known), remedy=near)
    row = ACTIVATIONS.get(says)
    return Function(name, "formula", per_layer, body=row.expression, kinks=tuple(k.at for k in row.kinks))


def specific_members(named: Named) -> Mapping[str, tuple[tuple[Expr, str], ...]]:
    """For each function that differs in single layers: (layer, canonical name) of these."""
    out: dict[str, tuple[tuple[Expr, str], ...]] = {}
    for key in named.functions:
        if key.at is not None:
            out[key.family.name] = (*out.get(key.family.name, ()), (key.at, named_function(key.says)))
    return out
