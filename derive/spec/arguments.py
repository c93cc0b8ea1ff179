"""The arguments of a network in Python are of the types that a network file would have."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from derive.errors import DeriveError, quoted
from derive.spec.penalty import PenaltySpec


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_penalty(value: object) -> bool:
    return isinstance(value, str | PenaltySpec) or (isinstance(value, Mapping) and all(map(_is_text, value)))


def _is_list(value: object) -> bool:
    return isinstance(value, Collection) and not isinstance(value, str | bytes) and all(map(_is_text, value))


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping) and all(_is_text(x) for pair in value.items() for x in pair)


FORMULAS = 'formulas by name: {"bent": "z + z^3/9"}'
TYPES: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "cost": (_is_text, "the name of a cost"),
    "penalty": (_is_penalty, '"l2=1e-4" or {"l2": 1e-4}'),
    "optimisers": (_is_list, 'a list of names: ["sgd"]'),
    "activations": (_is_table, FORMULAS),
    "costs": (_is_table, FORMULAS),
    "dropout": (lambda value: isinstance(value, int | float) and not isinstance(value, bool), "a share such as 0.5"),
    "kinks": (lambda value: isinstance(value, Mapping), 'slopes by name: {"relu": 1}'),
}
"""For each argument what it may be beside None, and how that is told."""


def check_arguments(text: object, given: Mapping[str, object]) -> None:
    """Refuse what is of another type.

    Raises:
        DeriveError: the argument, its value and what was expected.
    """
    if not isinstance(text, str):
        expected = "a name, a string such as 784-128:relu-10:softmax, or the path of a file, as text"
        raise DeriveError(f"the network is {quoted(repr(text), 80)}", expected=expected, remedy="see derive.network")
    for name, value in given.items():
        holds, expected = TYPES[name]
        if value is not None and not holds(value):
            raise DeriveError(f"{name} is {quoted(repr(value), 80)}", expected=expected, remedy="see derive.network")
