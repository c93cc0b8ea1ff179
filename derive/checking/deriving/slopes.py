"""The slopes of a setting's functions, found by the engine; what it says of questions that it does not handle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from derive.algebra.layers import Undecidable
from derive.algebra.tree import Expr
from derive.checking.deriving.entrywise import NoEntries
from derive.derivation.activations import activation_derivative, activation_model
from derive.derivation.entries import NoMatrixForm
from derive.derivation.ruleset import EngineRules

if TYPE_CHECKING:
    from derive.model.model import Function


class NotDerived(Exception):
    """An expression that the engine has nothing to say about."""


BEYOND: tuple[type[Exception], ...] = (
    NoEntries, NoMatrixForm, NotDerived, Undecidable, RecursionError, TypeError, KeyError, ValueError,
    ZeroDivisionError,
)  # fmt: skip
"""What says that a setting, or a question about it, is not of a kind that the engine handles: there a rule that does
not exist is a ``TypeError``, an unknown name a ``KeyError``, a layer that is no letter plus a number a ``ValueError``,
a left side that the page divides by 0 a ``ZeroDivisionError``.
"""


class Slopes(Mapping[str, Expr]):
    """The slopes of functions in terms of the activation, each found when it is first asked for."""

    def __init__(self, functions: Mapping[str, Function], rules: EngineRules) -> None:
        self.functions, self.rules = dict(functions), rules
        self.found: dict[str, Expr] = {}

    def __getitem__(self, name: str) -> Expr:
        if name not in self.found:
            model = activation_model({name: self.functions[name]})
            try:
                self.found[name] = activation_derivative(model.functions[name], model, self.rules.calculus).value
            except BEYOND:
                del self.functions[name]
                raise KeyError(name) from None
        return self.found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.functions)

    def __len__(self) -> int:
        return len(self.functions)
