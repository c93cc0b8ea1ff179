"""A setting as the checker sees it: the model, the symbol table, the lines that are given."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from derive.algebra.tree import ONE, Expr, Sym
from derive.notation.shapes import said, sizes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from derive.checking.naming.named import Named
    from derive.checking.reading.unit_pages import Page
    from derive.checking.setting import Line, Setting
    from derive.model.model import Definition, Model
    from derive.notation.symbols import SymbolTable


@dataclass(frozen=True)
class Assumption:
    """A relation that holds on every network: ``sum of y = 1``."""

    line: Line
    left: Expr | None
    relation: str
    right: Expr | None
    letters: Mapping[Sym, Expr] = field(default_factory=dict)
    binary: str = ""


@dataclass(frozen=True)
class Understood:
    """A setting as the checker sees it.

    ``page``: puts layers into equations that tell them by the letter of the index.
    ``updates``: what ``theta[t+1]`` is.  ``givens``: (head, right side) of each definition.  ``members``: the named
    function of single layers where the last layer is a letter.  ``constants``: numbers that leaves are given.
    """

    setting: Setting
    named: Named
    model: Model
    table: SymbolTable
    updates: tuple[Definition, ...]
    givens: tuple[tuple[Expr, Expr], ...]
    assumptions: tuple[Assumption, ...]
    members: Mapping[str, tuple[tuple[Expr, str], ...]]
    constants: Mapping[str, Mapping[int | None, Fraction]]
    page: Page | None = None

    @property
    def counts(self) -> frozenset[Sym]:
        """The letter of the number of examples, where there is one."""
        return frozenset([self.table.samples] if isinstance(self.table.samples, Sym) else [])

    def described(self) -> dict[str, object]:
        """The setting as understood, for the reader: every symbol with its shape and range."""
        out: dict[str, object] = {"layers": self.setting.layers} if self.setting.layers else {}
        symbols: dict[str, str] = {}
        for q in self.model.quantities.values():
            if q.role == "size":
                continue
            shape = sizes(q, (q.layer,) if q.layer is not None else ())
            where = f", {q.layer.name} = {q.layers}" if q.layer is not None else ""
            # inside, a layer slot is written l and a size without a letter width; a reader knows his letter, and n
            written = q.name.strip("$")
            if q.layer is not None and written[-2:] in ("^l", "_l"):
                written = written[:-1] + q.layer.name
            symbols[written] = f"{said(shape if len(shape) != 1 else (*shape, ONE))}{where}".replace("width_", "n_")
        out["symbols"] = symbols
        out["given"] = [line.text for line in self.setting.given]
        for name in ("functions", "shapes", "index", "conventions"):
            if getattr(self.setting, name):
                out[name] = dict(getattr(self.setting, name))
        return out
