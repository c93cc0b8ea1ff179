"""The network that was asked for, and what makes one unusable."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from derive.data.optimisers import OPTIMISERS
from derive.data.table import canonical
from derive.errors import DeriveError, Place, quoted
from derive.spec.kinks import KinkChoice, check_kinks, with_choices
from derive.spec.own import NOTHING_OWN, Own
from derive.spec.penalty import PenaltySpec

if TYPE_CHECKING:
    from derive.data.activations import Activation
    from derive.data.costs import Cost
    from derive.data.optimisers import Optimiser

MAX_PARAMETERS = 10**9
"""Weights and biases together."""
MAX_LAYERS = 10_000
"""Layers behind the input."""
DEFAULT_OPTIMISERS: tuple[str, ...] = ()
"""Nothing said: the notes tell gradient descent, code has ``EMITTED_OPTIMISERS``."""
PLAIN = "sgd"
EMITTED_OPTIMISERS = (PLAIN, "adam")
DEFAULT_HIDDEN, DEFAULT_LAST = "relu", "identity"
DEFAULT_COSTS = {"softmax": "cross-entropy", "sigmoid": "binary-cross-entropy"}
"""Last activation: the cost where none is named; ``DEFAULT_COST`` for every other."""
DEFAULT_COST = "half-squared-error"


@dataclass(frozen=True)
class NetworkSpec:
    """A network of which some things may be left open.

    ``widths``: (n_0, ..., n_L), None for a symbolic L and symbolic widths.  ``activations``: names, one for each layer
    1..L, None for an unknown function f_l in each.  ``cost``: a name, None for an unknown cost.  ``penalty``: or None.
    ``optimisers``: which updates are wanted, () where nothing was said.  Names are kept in the spelling of the tables.
    ``own``: formulas of one's own, whose names stand beside those of the tables.  ``from_file``: the name is that of a
    network file.  ``kinks``: slopes chosen at kinks; where activations are left open, of any.  ``dropout``: the share
    of hidden outputs that a step of training leaves out.

    Raises:
        DeriveError: a width below 1, a name that is in no table, too many parameters, a cost that does not fit.
    """

    name: str
    widths: tuple[int, ...] | None = None
    activations: tuple[str, ...] | None = None
    cost: str | None = None
    penalty: PenaltySpec | None = None
    optimisers: tuple[str, ...] = DEFAULT_OPTIMISERS
    own: Own = NOTHING_OWN
    from_file: bool = False
    kinks: tuple[KinkChoice, ...] = ()
    dropout: float | None = None

    def __post_init__(self) -> None:
        check_dropout(self.dropout, self.widths)
        if self.widths is not None:
            check_widths(self.widths)
        if self.activations is not None:
            object.__setattr__(self, "activations", tuple(self.activation(name).name for name in self.activations))
            self._check_one_activation_a_layer()
        for choice in self.kinks:
            row = self.own.all_activations.get(choice.name)
            check_kinks(choice, row, self.activations is None or row.name in self.activations)
        if self.cost is not None:
            object.__setattr__(self, "cost", self.own.all_costs.get(self.cost).name)
            if self.activations is not None:
                check_fit(self.cost, self.activations[-1], own=self.own)
        named = tuple(OPTIMISERS.get(name).name for name in self.optimisers)
        object.__setattr__(self, "optimisers", tuple(dict.fromkeys(named)))

    def _check_one_activation_a_layer(self) -> None:
        layers = 0 if self.widths is None else len(self.widths) - 1
        if len(self.activations or ()) != layers:
            problem = f"{len(self.activations or ())} activations for {layers} layers behind the input"
            raise DeriveError(
                problem, expected="one activation for each", remedy="give widths and activations that go together"
            )

    def activation(self, name: str) -> Activation:
        """The row of an activation, of the table or one's own.

        Raises:
            DeriveError: there is none of that name.
        """
        return with_choices(self.own.all_activations.get(name), self.kinks)

    @property
    def cost_row(self) -> Cost | None:
        """The row of the cost, of the table or one's own; None where the cost is left open."""
        return None if self.cost is None else self.own.all_costs.get(self.cost)

    @property
    def emitted(self) -> tuple[Optimiser, ...]:
        """The rows of the optimisers that code has."""
        return tuple(OPTIMISERS.get(name) for name in self.optimisers or EMITTED_OPTIMISERS)

    @property
    def depth(self) -> int | None:
        """L, the number of layers behind the input, or None where it is symbolic."""
        return None if self.widths is None else len(self.widths) - 1

    @property
    def parameters(self) -> int | None:
        """How many weights and biases there are."""
        return None if self.widths is None else count_parameters(self.widths)

    @property
    def text(self) -> str | None:
        """The compact string with every activation named (``2-3:relu-1:identity``), None where something is open."""
        if self.widths is None or self.activations is None:
            return None
        layers = (f"{n}:{f}" for n, f in zip(self.widths[1:], self.activations, strict=True))
        return "-".join([str(self.widths[0]), *layers])


def count_parameters(widths: tuple[int, ...]) -> int:
    """Weights and biases of a fully connected network.

    >>> count_parameters((2, 3, 1))
    13
    """
    return sum(n * (m + 1) for m, n in pairwise(widths))


def check_widths(widths: tuple[int, ...], place: Place | None = None) -> None:
    """Raises DeriveError unless there are two widths or more, all at least 1, with a number of parameters in bounds."""
    problem = expected = ""
    bad = next((n for n in widths if not isinstance(n, int) or isinstance(n, bool) or n < 1), None)
    if len(widths) < 2:
        problem, expected = "a network needs an input and at least one layer", "two widths or more: 2-1"
    elif bad is not None:
        problem, expected = f"the width {bad!r} is impossible", "whole numbers, 1 or more"
    elif len(widths) - 1 > MAX_LAYERS:
        problem, expected = f"{len(widths) - 1} layers are too many", f"at most {MAX_LAYERS}"
    elif (count := count_parameters(widths)) > MAX_PARAMETERS:
        problem, expected = f"{count} weights and biases are too many", f"at most {MAX_PARAMETERS}"
    if problem:
        raise DeriveError(
            problem, expected=expected, remedy="write a network like 784-128:relu-10:softmax", place=place
        )


def default_activations(depth: int) -> tuple[str, ...]:
    """What the layers get where nothing is named: ReLU inside, identity in the last."""
    return (DEFAULT_HIDDEN,) * (depth - 1) + (DEFAULT_LAST,)


def default_cost(last_activation: str) -> str:
    """The cost where none is named, by the activation of the last layer."""
    return DEFAULT_COSTS.get(canonical(last_activation), DEFAULT_COST)


def check_dropout(share: float | None, widths: tuple[int, ...] | None, place: Place | None = None) -> None:
    """Raises DeriveError unless the share lies between 0 and 1 and there is a hidden layer."""
    if share is None:
        return
    problem = ""
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share < 1:
        problem, expected = f"dropout is {quoted(repr(share))}", "a share between 0 and 1: 0.5"
    elif widths is not None and len(widths) < 3:
        problem, expected = (
            "dropout leaves out outputs of hidden layers, and this network has none",
            "three widths or more",
        )
    if problem:
        raise DeriveError(problem, expected=expected, remedy="change it, or leave dropout out", place=place)


def check_fit(cost: str, last_activation: str, place: Place | None = None, own: Own = NOTHING_OWN) -> None:
    """Raises DeriveError unless the outputs lie where the cost is defined, and are independent where it wants that."""
    row, last = own.all_costs.get(cost, place), own.all_activations.get(last_activation, place)
    if (reason := _misfit(row, last)) is not None:
        fitting = [c.name for c in own.all_costs if _misfit(c, last) is None]
        raise DeriveError(
            f"the cost {row.name} does not fit the activation {last.name} of the last layer: {reason}",
            expected=f"with {last.name} one of {', '.join(fitting)}",
            remedy=f"choose --cost {default_cost(last.name)}, or another last activation",
            place=place,
        )


def fits(cost: str, last_activation: str, own: Own = NOTHING_OWN) -> bool:
    """Whether a cost goes with the outputs of an activation."""
    return _misfit(own.all_costs.get(cost), own.all_activations.get(last_activation)) is None


def _misfit(row: Cost, last: Activation) -> str | None:
    """Why they do not go together, decided from the rows: the domain of the cost, the range of the activation."""
    if not last.range.within(row.domain):
        return f"its outputs lie in {last.range}, the cost is defined on {row.domain}"
    if row.independent and not last.elementwise:
        return "its outputs compete with each other, the cost asks each unit a question of its own"
    if row.separates is not None and not last.range.low < row.separates < last.range.high:
        return f"its outputs lie on one side of {row.separates:g}, where the cost separates two answers"
    return None
