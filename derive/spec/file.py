"""Network files: TOML read with bounds, every message with the line where it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from derive.data.optimisers import OPTIMISERS
from derive.errors import DeriveError, Place, did_you_mean, quoted
from derive.spec.kinks import read_kinks
from derive.spec.network import (
    DEFAULT_OPTIMISERS,
    NetworkSpec,
    check_dropout,
    check_fit,
    check_widths,
    default_cost,
)
from derive.spec.own import Own, own_activation, own_cost
from derive.spec.penalty import PenaltySpec, read_penalty
from derive.spec.positions import place_of
from derive.spec.toml import text_of, toml_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

KEYS = ("inputs", "layers", "cost", "penalty", "optimisers", "activations", "costs", "kinks", "dropout")
SHAPE = "see docs/network-files.md"
MISSING: Any = object()

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}")


def is_file(text: str) -> bool:
    """Whether the text names a file and no network: it ends with .toml or has a folder in it."""
    return text.strip().lower().endswith(".toml") or "/" in text or "\\" in text


def read_network_file(path: str) -> NetworkSpec:
    """The network that a file describes; it is called by the name of the file.

    Raises:
        DeriveError: the file cannot be read, is no TOML, or describes no network.
    """
    shown = quoted(path, 200)[1:-1]
    text = text_of(Path(path), shown, "a network file", "network.toml")
    name = Path(path).name
    return _File(shown, text, toml_of(shown, text, SHAPE)).spec(name if _PLAIN.fullmatch(name) else "network.toml")


@dataclass(frozen=True)
class _File:
    """The data of a file and where each key of it stands."""

    shown: str
    text: str
    data: Mapping[str, Any]

    def spec(self, name: str) -> NetworkSpec:
        self.known(self.data, KEYS)
        own = Own(tuple(self.own("activations", own_activation, "z")), tuple(self.own("costs", own_cost, "a and y")))
        widths, activations = self.layers(own)
        cost = self.value(("cost",), str, "the name of a cost", default_cost(activations[-1]))
        at = self.place(("cost",)) if "cost" in self.data else self.place(("layers",))
        cost = own.all_costs.get(cost, at).name
        check_fit(cost, activations[-1], at, own)
        penalty, optimisers = self.penalty(), self.optimisers()
        for wanted in optimisers:
            OPTIMISERS.get(wanted, self.place(("optimisers",)))
        spec = NetworkSpec(name, widths, activations, cost, penalty, optimisers, own, from_file=True)
        return self.with_kinks(replace(spec, dropout=self.dropout(widths)))

    def with_kinks(self, spec: NetworkSpec) -> NetworkSpec:
        """The network with the slopes of ``[kinks]``."""
        table = self.value(("kinks",), dict, "a table: { relu = 1 }", {})
        try:
            return replace(spec, kinks=read_kinks(table))
        except DeriveError as error:
            place = self.place(("kinks",))
            raise DeriveError(error.problem, expected=error.expected, remedy=error.remedy, place=place) from None

    # ------------------------------------------------------------ places and messages

    def place(self, path: Sequence[str | int]) -> Place:
        return place_of(self.text, self.shown, path)

    def fail(self, path: Sequence[str | int], problem: str, expected: str, remedy: str = SHAPE) -> NoReturn:
        raise DeriveError(problem, expected=expected, remedy=remedy, place=self.place(path))

    def known(self, table: Mapping[str, Any], keys: Sequence[str], path: Sequence[str | int] = ()) -> None:
        """Refuses keys that mean nothing."""
        for key in table:
            if key not in keys:
                problem, remedy = f"unknown key {quoted(key)}", did_you_mean(key, keys) or "remove it"
                self.fail((*path, key), problem, "one of " + ", ".join(keys), remedy)

    def value(self, path: Sequence[str | int], kind: type, expected: str, default: Any = MISSING) -> Any:
        """The value of a key, of the type that is wanted."""
        found: Any = self.data
        for n, key in enumerate(path):
            inside = key in found if isinstance(found, dict) else True
            if not inside:
                if default is not MISSING:
                    return default
                self.fail(path[:n], f"the key {quoted(str(key))} is missing", expected)
            found = found[key]
        if not isinstance(found, kind) or isinstance(found, bool):
            self.fail(path, f"{'.'.join(map(str, path))} is {quoted(repr(found))}", expected)
        return found

    # ------------------------------------------------------------ parts

    def layers(self, own: Own) -> tuple[tuple[int, ...], tuple[str, ...]]:
        """Widths and activations; each layer names both."""
        inputs = self.value(("inputs",), int, "the number of inputs: inputs = 64")
        rows = self.value(("layers",), list, 'a list of layers: [{ width = 10, activation = "softmax" }]')
        if inputs < 1:
            self.fail(("inputs",), f"a network of {inputs} inputs is impossible", "a whole number, 1 or more")
        widths, names = [inputs], []
        for n, row in enumerate(rows):
            if not isinstance(row, dict):
                self.fail(("layers", n), f"layer {n + 1} is {quoted(repr(row))}", '{ width = 10, activation = "tanh" }')
            self.known(row, ("width", "activation"), ("layers", n))
            widths.append(self.width(n))
            path = ("layers", n, "activation")
            name = self.value(path, str, "the name of an activation, in every layer")
            names.append(own.all_activations.get(name, self.place(path)).name)
        check_widths(tuple(widths), self.place(("layers",)))
        return tuple(widths), tuple(names)

    def width(self, n: int) -> int:
        path = ("layers", n, "width")
        width: int = self.value(path, int, "the width of the layer, a whole number")
        if width < 1:
            self.fail(
                path, f"layer {n + 1} of width {width} has no units", "a whole number, 1 or more", "give it units"
            )
        return width

    def own(self, kind: str, make: Any, letters: str) -> list[Any]:
        """The rows of ``[activations]`` or ``[costs]``."""
        table = self.value((kind,), dict, f"tables such as [{kind}.name]", {})
        made: dict[str, Any] = {}
        for name in table:
            path = (kind, name)
            self.value(path, dict, f'a table [{kind}.{"name"}] with formula = "..."')
            self.known(table[name], ("formula",), path)
            formula = self.value((*path, "formula"), str, f"a formula in {letters}, as text")
            row = make(name, formula, self.place(path), self.place((*path, "formula")))
            if row.name in made:
                self.fail(path, f"the name {row.name!r} is given twice", "one formula for each name", "rename one")
            made[row.name] = row
        return list(made.values())

    def dropout(self, widths: tuple[int, ...]) -> float | None:
        """The share that is left out, or None."""
        found: float | None = self.data.get("dropout")
        if found is not None:
            check_dropout(found, widths, self.place(("dropout",)))
        return found

    def penalty(self) -> PenaltySpec | None:
        found = self.data.get("penalty")
        if found is not None and not isinstance(found, (str, dict)):
            self.fail(("penalty",), f"penalty is {quoted(repr(found))}", "a table: { l2 = 1e-4 }")
        try:
            return read_penalty(found)
        except DeriveError as error:
            place = self.place(("penalty",))
            raise DeriveError(error.problem, expected=error.expected, remedy=error.remedy, place=place) from None

    def optimisers(self) -> tuple[str, ...]:
        if "optimisers" not in self.data:
            return DEFAULT_OPTIMISERS
        found = self.value(("optimisers",), list, 'a list of names: ["sgd"]')
        if not found or not all(isinstance(name, str) for name in found):
            self.fail(("optimisers",), f"optimisers is {quoted(repr(found))}", 'a list of names: ["sgd"]')
        return tuple(found)
