"""A notation: rows that say how each canonical quantity, function, letter and sign is written in LaTeX.

The same rows print (``derive.notation.latex``) and, joined with a model, read (``derive.notation.symbols``).
"""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from derive.algebra.tree import Expr, Ref, Sym, num
from derive.errors import DeriveError, did_you_mean, quoted
from derive.notation.greek import GREEK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from derive.model.model import Model

PRESETS = Path(__file__).parent / "presets"

SLOT_STYLES = {
    "superscript": ("^", "", ""),
    "superscript-parentheses": ("^", "(", ")"),
    "superscript-brackets": ("^", "[", "]"),
    "subscript": ("_", "", ""),
}
"""Name of a style of writing the layer: (script, opening, closing)."""


class UnknownName(DeriveError):
    """A notation has no row for a name."""


def unknown(kind: str, name: str, known: Mapping[str, object], where: str) -> UnknownName:
    """The error for a missing row, with the nearest names."""
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return UnknownName(
        f"{where} has no {kind} {name!r}",
        expected=f"one of {', '.join(sorted(known))}",
        remedy=f"{hint}add a row for it",
    )


@dataclass(frozen=True)
class Spelling:
    """How one quantity is written: ``entry`` a number of it, ``column`` and ``matrix`` the whole array.

    ``slot``: a style of its own for the layer (empty: the notation's); ``shift``: added to the layer that is written
    (-1 where weights are numbered by their source); ``order``: the axes in the order in which their letters stand.
    """

    entry: str
    column: str = ""
    matrix: str = ""
    slot: str = ""
    shift: int = 0
    order: tuple[int, ...] = ()

    def base(self, axes: int) -> str:
        """The letter of the array with so many axes."""
        return (self.entry, self.column, self.matrix)[axes] or self.entry


@dataclass(frozen=True)
class Notation:
    """Rows of spellings; ``fit`` adds what depends on a model.

    ``last`` holds second names of quantities in the last layer (``a`` there is ``\\hat y``).  ``functions`` lists
    spellings in order of preference: the first that no other function of the model has taken is used.  ``axes`` says
    how many axes the array of each quantity has, ``last_layer`` which layer is the last; both come from the model.
    ``for_chains``: what is used for chains of single nodes, where that is another one.
    """

    name: str
    reading: str
    quantities: Mapping[str, Spelling]
    functions: Mapping[str, tuple[str, ...]]
    letters: Mapping[str, str]
    axes: Mapping[str, int]
    last: Mapping[str, Spelling] = field(default_factory=dict)
    last_layer: Expr = Sym("L")
    layer_slot: str = "superscript"
    function_slot: str = "subscript"
    elementwise: str = r"\odot"
    transpose: str = r"^T"
    transpose_joins_slot: bool = False
    update: str = r"\leftarrow"
    kron: tuple[str, str] = (r"\mathbf 1[", "]")
    ones: str = r"\mathbf 1"
    operator: str = r"\operatorname{%s}"
    for_chains: Notation | None = None

    def fit(self, model: Model) -> Notation:
        """This notation for the quantities, functions and last layer of one model.

        Raises:
            DeriveError: two functions of the model would be written alike.
        """
        axes = {**self.axes, **{q.name: len(q.axes) for q in model.quantities.values()}}
        last = model.last or num(model.least_layers)
        return replace(self, axes=axes, last_layer=last, functions=self._choose(model))

    def _choose(self, model: Model) -> Mapping[str, tuple[str, ...]]:
        """One spelling for each function of the model, no spelling twice."""
        chosen: dict[str, tuple[str, ...]] = {k: v for k, v in self.functions.items() if k not in model.functions}
        taken: dict[str, str] = {}
        for name in model.functions:
            free = [s for s in self.function_spellings(name) if s not in taken]
            if not free:
                first = self.function_spellings(name)[0]
                raise DeriveError(
                    f"notation {self.name!r} writes both {taken[first]!r} and {name!r} as {first}",
                    remedy=f"give {name!r} a second spelling",
                )
            taken[free[0]] = name
            chosen[name] = (free[0],)
        return chosen

    def function_spellings(self, name: str) -> tuple[str, ...]:
        """The spellings of a function; one without a row (a user's activation) is its own name upright."""
        return self.functions.get(name) or (upright(name),)

    def function(self, name: str) -> str:
        """How the function is written."""
        return self.function_spellings(name)[0]

    def spelling(self, ref: Ref) -> Spelling:
        """The row for a quantity, the one of the last layer where there is one.

        Raises:
            UnknownName: no row.
        """
        if ref.slots == (self.last_layer,) and ref.name in self.last:
            return self.last[ref.name]
        if ref.name not in self.quantities:
            raise unknown("quantity", ref.name, self.quantities, f"notation {self.name!r}")
        return self.quantities[ref.name]

    def slot_style(self, row: Spelling) -> tuple[str, str, str]:
        """(script, opening, closing) of the layer of a quantity."""
        return SLOT_STYLES[row.slot or self.layer_slot]

    def slot_style_of_functions(self) -> tuple[str, str, str]:
        """(script, opening, closing) of the layer of a function."""
        return SLOT_STYLES[self.function_slot]

    def letter(self, name: str) -> str:
        """How an index letter or size is written; two letters are never written alike.

        Raises:
            DeriveError: the letter has no row and its own spelling belongs to another one.
        """
        if name in self.letters:
            return self.letters[name]
        own = plain_letter(name)
        if own in self.letters.values():
            raise DeriveError(
                f"notation {self.name!r} already uses {own} for another letter than {name!r}", remedy="add a row for it"
            )
        return own


def plain_letter(name: str) -> str:
    r"""``p -> p``, ``eta -> \eta``, ``p_1 -> p_{1}``.

    Raises:
        DeriveError: the name is none of these.
    """
    head, _, tail = name.partition("_")
    base = f"\\{head}" if head in GREEK else head if len(head) == 1 else ""
    if not base or (tail and not tail.isdigit()):
        raise DeriveError(
            f"cannot write the letter {name!r}", expected="one letter or a Greek name, a number may follow after _"
        )
    return f"{base}_{{{tail}}}" if tail else base


def upright(name: str) -> str:
    """The name of a function as upright text."""
    plain = name.replace("_", "-")
    return f"\\mathrm{{{plain}}}" if plain.isalpha() else f"\\text{{{plain}}}"


def from_table(table: Mapping[str, Any]) -> Notation:
    """A notation from the data of a TOML file."""
    rows = dict(table)
    for key in ("quantities", "last"):
        rows[key] = {name: _spelling(row) for name, row in rows.get(key, {}).items()}
    functions = {k: (v,) if isinstance(v, str) else tuple(v) for k, v in rows["functions"].items()}
    return Notation(**{**rows, "functions": functions, "kron": tuple(rows.get("kron", (r"\mathbf 1[", "]")))})


def _spelling(row: str | Mapping[str, Any]) -> Spelling:
    return Spelling(row) if isinstance(row, str) else Spelling(**{**row, "order": tuple(row.get("order", ()))})


def names() -> tuple[str, ...]:
    """The names of the notations that come with the tool."""
    return tuple(sorted(p.stem for p in PRESETS.glob("*.toml")))


@cache
def notation(name: str) -> Notation:
    """A notation by name; a preset that names another as ``base`` states only what differs.

    Raises:
        UnknownName: there is none of this name.
    """
    if name not in names():
        raise UnknownName(
            f"unknown notation {quoted(name)}",
            expected=f"one of {', '.join(names())}",
            remedy=did_you_mean(name, names()) or "choose one: derive list notations",
        )
    return from_table(table_of(name))


def table_of(name: str) -> dict[str, Any]:
    """The rows of one of ours, those of its base among them."""
    own = tomllib.loads((PRESETS / f"{name}.toml").read_text(encoding="utf-8"))
    base = table_of(own.pop("base")) if "base" in own else {}
    return merged(base, own)


def merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The rows of ``base`` with those of ``own`` in their place."""
    return {k: {**base.get(k, {}), **v} if isinstance(v, dict) else v for k, v in {**base, **own}.items()}
