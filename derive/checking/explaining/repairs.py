"""The table of repairs: small changes of an author's tree, each with the name of the slip that it undoes.

A repair is a row: what it is called, how far-fetched it is, and a rule that yields changed nodes for a place.  Rules
know no network, notation or activation; whether a change makes the equation right is for the judge to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.checking.explaining.change import Change, Repair
from derive.checking.explaining.of_arrays import diagonal, elementwise, swapped, transposed, untransposed
from derive.checking.explaining.of_factors import with_factor, with_slope, with_term, without_factor, without_term
from derive.checking.explaining.of_indices import moved_layer, other_letter, reversed_indices
from derive.checking.explaining.of_names import other_function, other_member, with_prime
from derive.checking.explaining.of_numbers import inverted, other_number, other_power, other_sign, scaled
from derive.checking.explaining.of_sums import kronecker, linked, summed, summed_over_another, unsummed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from derive.checking.explaining.scope import Scope
    from derive.checking.explaining.spots import Spot

REPAIRS: tuple[Repair, ...] = (
    Repair("wrong_sign", 1.0, other_sign),
    Repair("missing_transpose", 1.0, transposed),
    Repair("extra_transpose", 1.0, untransposed),
    Repair("operand_order", 1.05, swapped),
    Repair("swapped_indices", 1.0, reversed_indices),
    Repair("missing_prime", 1.0, with_prime),
    Repair("layer_index_off_by_one", 1.05, moved_layer),
    Repair("wrong_factor", 1.1, other_number),
    Repair("wrong_factor", 1.1, scaled),
    Repair("matmul_vs_elementwise", 1.1, elementwise),
    Repair("matmul_vs_elementwise", 1.3, diagonal),
    Repair("missing_chain_link", 1.1, linked),
    Repair("missing_sum", 1.2, summed),
    Repair("missing_activation_derivative", 1.2, with_slope),
    Repair("wrong_power", 1.2, other_power),
    Repair("inverted_fraction", 1.2, inverted),
    Repair("extra_sum", 1.3, unsummed),
    Repair("extra_factor", 1.4, without_factor),
    Repair("missing_kronecker", 1.4, kronecker),
    Repair("wrong_index", 1.2, summed_over_another),
    Repair("wrong_index", 1.3, other_letter),
    Repair("extra_term", 1.5, without_term),
    Repair("wrong_variable", 1.4, other_member),
    Repair("wrong_function", 1.5, other_function),
    Repair("missing_factor", 1.5, with_factor),
    Repair("missing_term", 1.7, with_term),
)
"""The rows in the order of plausibility; ``cost`` decides between repairs that both make an equation right."""


ON_THE_LEFT = tuple(r for r in REPAIRS if r.kind in ("wrong_variable", "layer_index_off_by_one", "swapped_indices"))
"""What may be changed of the side that says what is claimed."""


def changes(
    spots: Iterable[Spot], scope: Scope, rows: Sequence[Repair] = REPAIRS
) -> Iterator[tuple[Repair, Spot, Change]]:
    """Every repair at every place."""
    for spot in spots:
        for row in rows:
            for change in row.rule(spot, scope):
                yield row, spot, change
