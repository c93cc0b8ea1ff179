"""The activations: one formula each.  No derivative stands here; derivatives are found."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import TYPE_CHECKING

from derive.algebra.formula import has_sum, parse_formula
from derive.data.interval import CLOSED_UNIT, NON_NEGATIVE, POSITIVE, REAL, UNIT, Interval
from derive.data.table import Table

if TYPE_CHECKING:
    from derive.algebra.tree import Expr


@dataclass(frozen=True)
class Kink:
    """A point without derivative and the slope that is used there by convention; ``chosen``: not that of the row."""

    at: float
    slope: float
    chosen: bool = False


@dataclass(frozen=True)
class Activation:
    """``formula`` in ``z``, the pre-activation of a unit; ``sum(...)`` runs over the units of the layer.

    ``range``: the values that an output can take.  ``reading``: the name in a sentence.  ``kinks``: the points without
    derivative.
    """

    name: str
    formula: str
    range: Interval
    reading: str
    source: str
    kinks: tuple[Kink, ...] = ()

    @cached_property
    def expression(self) -> Expr:
        """The formula as a tree in ``Sym("z")``; a sum over units is ``Fn("total", ...)``."""
        return parse_formula(self.formula, {"z"}, source=f"activation {self.name}")

    @property
    def elementwise(self) -> bool:
        """Whether a unit's output depends on its own pre-activation alone."""
        return not has_sum(self.expression)


ACTIVATIONS = Table(
    "activation",
    (
        Activation("identity", "z", REAL, "identity", "Bishop, Deep Learning (2024), 6.2"),
        Activation(
            "sigmoid", "1/(1 + exp(-z))", UNIT, "sigmoid", "Nielsen, Neural Networks and Deep Learning (2015), 1"
        ),
        Activation("tanh", "tanh(z)", Interval(-1.0, 1.0), "hyperbolic tangent", "Goodfellow et al. (2016), 6.3.2"),
        Activation("relu", "max(0, z)", NON_NEGATIVE, "ReLU", "Goodfellow et al. (2016), 6.3.1", (Kink(0.0, 0.0),)),
        Activation(
            "leaky-relu",
            "where(z > 0, z, z/100)",
            REAL,
            "leaky ReLU",
            "Maas, Hannun and Ng (2013), 2",
            (Kink(0.0, 0.01),),
        ),
        Activation(
            "hard-sigmoid",
            "where(z <= -3, 0, where(z >= 3, 1, z/6 + 1/2))",
            CLOSED_UNIT,
            "hard sigmoid",
            "PyTorch, torch.nn.Hardsigmoid",
            (Kink(-3.0, 0.0), Kink(3.0, 0.0)),
        ),
        Activation("softsign", "z/(1 + abs(z))", Interval(-1.0, 1.0), "softsign", "Glorot and Bengio (2010), 2"),
        Activation(
            "elu",
            "where(z > 0, z, exp(z) - 1)",
            Interval(-1.0, inf, low_closed=True),
            "exponential linear unit",
            "Clevert, Unterthiner and Hochreiter (2016), 3, with alpha = 1",
        ),
        Activation(
            "selu",
            "1.0507009873554805*where(z > 0, z, 1.6732632423543772*(exp(z) - 1))",
            Interval(-1.7580993408473766, inf, low_closed=True),
            "scaled exponential linear unit",
            "Klambauer et al. (2017), 2",
            (Kink(0.0, 1.7580993408473766),),
        ),
        Activation("softplus", "log(1 + exp(z))", POSITIVE, "softplus", "Glorot, Bordes and Bengio (2011), 3"),
        Activation(
            "gelu",
            "z/2*(1 + erf(z/sqrt(2)))",
            Interval(-0.16997120747990369, inf, low_closed=True),
            "Gaussian error linear unit",
            "Hendrycks and Gimpel (2016), 2",
        ),
        Activation(
            "gelu-tanh",
            "z/2*(1 + tanh(sqrt(2/pi)*(z + 0.044715*z^3)))",
            Interval(-0.17004075057125406, inf, low_closed=True),
            "Gaussian error linear unit, approximated with tanh",
            "Hendrycks and Gimpel (2016), 2",
        ),
        Activation(
            "silu",
            "z/(1 + exp(-z))",
            Interval(-0.2784645427610738, inf, low_closed=True),
            "sigmoid linear unit",
            "Elfwing, Uchibe and Doya (2018), 2",
        ),
        Activation(
            "mish",
            "z*tanh(log(1 + exp(z)))",
            Interval(-0.3088434130172505, inf, low_closed=True),
            "mish",
            "Misra (2020), 3",
        ),
        Activation("softmax", "exp(z)/sum(exp(z))", UNIT, "softmax", "Goodfellow et al. (2016), 6.2.2.3"),
    ),
)
"""A range is that of the numbers; where a float reaches an end that is open (softplus below z = -745, the sigmoid above
z = 37) the code must not take the logarithm of an output.

ReLU'(0) is 0 here, as in CS231n and PyTorch; no derivative is checked at a kink."""
