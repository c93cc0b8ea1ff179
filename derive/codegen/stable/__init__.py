"""Formulas rewritten so that nothing overflows and no digits are lost: rules on the tree, each an identity.

Every rule is one function; its docstring is the identity.  They know elementary functions and fractions, no
activation and no cost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.codegen.guards import guarded
from derive.codegen.stable.complements import (
    complement_of_erf,
    complement_of_fraction,
    complement_of_tanh,
    fraction_of_differences,
    sinh_over_cosh,
    slope_of_tanh,
)
from derive.codegen.stable.exponentials import (
    both_ways,
    exponential_beside_fraction,
    exponential_minus_one,
    over_power_of_two_exponentials,
    over_two_exponentials,
    product_of_exponentials,
    share_of_exponentials,
)
from derive.codegen.stable.logarithms import (
    log_of_cosh,
    log_of_exp,
    log_of_fraction,
    log_of_mirrored,
    log_of_softplus,
    log_of_sum_over_units,
    log_of_two_exponentials,
    over_softplus,
    own_logarithm,
)
from derive.codegen.stable.pieces import difference_of_signs, indicator, largest_of_several, other_case

if TYPE_CHECKING:
    from collections.abc import Callable

    from derive.algebra.tree import Expr


def stable(expr: Expr) -> Expr:
    """The expression with every rule applied until none applies, and its pieces computed where they are meant only."""
    return guarded(_rewritten(expr))


def _rewritten(expr: Expr) -> Expr:
    """Every rule applied until none applies, outermost first: a log sees the fraction in it."""
    for rule in RULES:
        found = rule(expr)
        if found is not None:
            return _rewritten(found)
    inner = expr.map(_rewritten)
    return inner if inner is expr else _rewritten(inner)


RULES: tuple[Callable[[Expr], Expr | None], ...] = (
    log_of_exp,
    log_of_mirrored,
    log_of_fraction,
    log_of_sum_over_units,
    log_of_two_exponentials,
    log_of_cosh,
    sinh_over_cosh,
    log_of_softplus,
    over_softplus,
    product_of_exponentials,
    own_logarithm,
    fraction_of_differences,
    exponential_beside_fraction,
    over_two_exponentials,
    over_power_of_two_exponentials,
    share_of_exponentials,
    largest_of_several,
    indicator,
    difference_of_signs,
    exponential_minus_one,
    both_ways,
    complement_of_fraction,
    complement_of_erf,
    complement_of_tanh,
    slope_of_tanh,
    other_case,
)
"""In this order: a rule sees what those before it have left."""
