"""Formulas of one's own: rows like those of the tables, made from text, with range and domain found by sampling."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from derive.algebra.formula import has_sum, parse_formula
from derive.algebra.tree import Expr, Num, Pow, Sym
from derive.data.activations import ACTIVATIONS, Activation
from derive.data.costs import COSTS, Cost
from derive.data.interval import REAL
from derive.data.table import Table
from derive.errors import DeriveError, Place, quoted
from derive.spec.borders import by_pieces, kinks_of, refuse_jumps
from derive.spec.layers import range_of_layer
from derive.spec.names import own_name
from derive.spec.sampling import domain_of, range_of, refuse_constant_slope, refuse_kinks

if TYPE_CHECKING:
    from collections.abc import Mapping

SOURCE = "a formula of one's own"


@dataclass(frozen=True)
class Own:
    """The activations and costs that belong to one network, beside those of the tables."""

    activations: tuple[Activation, ...] = ()
    costs: tuple[Cost, ...] = ()

    def joined(self, more: Own) -> Own:
        """Both; a name of ``more`` counts where both have it."""
        names = {row.name for row in more.activations}, {row.name for row in more.costs}
        return Own(
            tuple(row for row in self.activations if row.name not in names[0]) + more.activations,
            tuple(row for row in self.costs if row.name not in names[1]) + more.costs,
        )

    @cached_property
    def all_activations(self) -> Table[Activation]:
        """The table, and one's own behind it."""
        return Table(ACTIVATIONS.kind, ACTIVATIONS.rows + self.activations)

    @cached_property
    def all_costs(self) -> Table[Cost]:
        """The table, and one's own behind it."""
        return Table(COSTS.kind, COSTS.rows + self.costs)


NOTHING_OWN = Own()


def read_own(activations: Mapping[str, str] | None = None, costs: Mapping[str, str] | None = None) -> Own:
    """Formulas by name, as Python and the command line give them.

    Raises:
        DeriveError: a name that cannot be used, a text that is no formula, a formula that is undefined somewhere.
    """
    return Own(
        tuple(own_activation(name, formula) for name, formula in _pairs("activations", activations)),
        tuple(own_cost(name, formula) for name, formula in _pairs("costs", costs)),
    )


def _pairs(kind: str, given: Mapping[str, str] | None) -> list[tuple[str, str]]:
    pairs = list((given or {}).items())
    for name, formula in pairs:
        if not isinstance(name, str) or not isinstance(formula, str):
            problem = f"{kind}: {quoted(str(name))} has the formula {quoted(str(formula))}"
            raise DeriveError(problem, expected="names and formulas as text", remedy='write {"bent": "z + z^2"}')
    return pairs


def own_activation(name: str, formula: str, named: Place | None = None, written: Place | None = None) -> Activation:
    """An activation from a formula in ``z``; ``named`` and ``written`` are where name and formula stand in a file."""
    kept = own_name("activation", name, named)
    tree = _formula(kept, "activation", formula, ("z",), written)
    at = written or _whole(kept, "activation", formula)
    if has_sum(tree):
        return Activation(kept, " ".join(formula.split()), range_of_layer(tree, at), kept, SOURCE)
    values = range_of(tree, at)
    kinks = kinks_of(tree, at) if by_pieces(tree) else ()
    refuse_kinks(tree, at, known=[k.at for k in kinks])
    return Activation(kept, " ".join(formula.split()), values, kept, SOURCE, kinks)


def own_cost(name: str, formula: str, named: Place | None = None, written: Place | None = None) -> Cost:
    """A cost from a formula in ``a`` and ``y``, summed over the units of the last layer."""
    kept = own_name("cost", name, named)
    tree = _formula(kept, "cost", formula, ("a", "y"), written)
    at = written or _whole(kept, "cost", formula)
    domain = domain_of(tree, at)
    if by_pieces(tree):
        refuse_jumps(tree, domain, at)
    refuse_constant_slope(tree, domain, at)
    return Cost(kept, " ".join(formula.split()), domain, REAL, "any numbers", kept, SOURCE)


def _whole(name: str, kind: str, formula: str) -> Place:
    return Place(f"{kind} {name}", 1, 1, formula)


def _formula(name: str, kind: str, formula: str, letters: tuple[str, ...], written: Place | None) -> Expr:
    """The tree of a formula that is about one unit and depends on its first letter."""
    try:
        tree = parse_formula(formula, set(letters), source=f"{kind} {name}")
    except DeriveError as error:
        raise _moved(error, formula, written) from None
    at = written or _whole(name, kind, formula)
    if has_sum(tree) and kind != "activation":
        problem, remedy = "sum(...) runs over units, the cost is that of one unit", "write it for one unit"
        raise DeriveError(problem, expected=f"a formula in {' and '.join(letters)}", remedy=remedy, place=at)
    if any(isinstance(n, Pow) and not isinstance(n.exponent, Num) for n in tree.walk()):
        problem, remedy = (
            "an exponent that is no single number",
            "write exp(z*log(2)) for 2^z, exp(log(u)/3) for u^(1/3)",
        )
        raise DeriveError(problem, expected="a number behind ^", remedy=remedy, place=at)
    if Sym(letters[0]) not in tree.symbols:
        problem = f"the formula does not depend on {letters[0]}"
        raise DeriveError(problem, expected=f"a formula in {' and '.join(letters)}", remedy="mend it", place=at)
    return tree


def _moved(error: DeriveError, formula: str, written: Place | None) -> DeriveError:
    """A message about a place in a formula, at that place of the file where the formula stands in one line."""
    inner = error.place
    if written is None or inner is None:
        return error
    start = written.text.find(formula) if "\n" not in formula else -1
    place = Place(written.file, written.line, start + inner.column, written.text) if start >= 0 else written
    return DeriveError(error.problem, expected=error.expected, remedy=error.remedy, place=place)
