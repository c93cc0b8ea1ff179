"""Trees as texts in the author's letters, in each of the ways in which he may write them."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from derive.checking.explaining.author import author
from derive.checking.explaining.spelling import base_of, spellings
from derive.errors import DeriveError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from derive.algebra.tree import Expr
    from derive.checking.explaining.author import AuthorPrinter
    from derive.checking.understanding import Understood
    from derive.notation.tokens import Token


def printers(
    nearest: Iterable[Sequence[Token]], understood: Understood, variables: Mapping[str, Token] | None = None
) -> list[AuthorPrinter]:
    """Ways of writing in the letters of these texts: sums with their ends first, examples above and below.

    ``variables``: what those of formulas are called.
    """
    spelled = spellings(nearest, understood)
    spelled.variables.update({name: base_of([token]) for name, token in (variables or {}).items()})
    samples = any(s.example for s in understood.table.symbols) or understood.table.samples is not None
    first = next((p for p in spelled.examples if p != "first"), "above") == "above"
    ways = product((True, False), (first, not first) if samples else (False,))
    return [author(spelled, understood, limits=limits, above=above) for limits, above in ways]


def printed(ways: Iterable[AuthorPrinter], e: Expr) -> Iterator[str]:
    """The texts of a tree, each once."""
    seen: set[str] = set()
    for printer in ways:
        try:
            text = printer.written(e)
        except (DeriveError, ValueError):
            continue
        if text not in seen:
            seen.add(text)
            yield text
