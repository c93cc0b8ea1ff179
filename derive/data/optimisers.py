"""The optimisers: what becomes of a parameter in one iteration, as formulas.  What follows from them is derived."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from derive.algebra.formula import parse_formula
from derive.data.table import Table

if TYPE_CHECKING:
    from derive.algebra.tree import Expr

PARAMETER, GRADIENT, ITERATION = "theta", "g", "t"


@dataclass(frozen=True)
class Optimiser:
    """``updates``: (what is replaced, the formula of its next value), carried out in order for every parameter.

    The formulas are in ``theta`` (a parameter), ``g`` (the derivative of the cost by it), ``t`` (the number of the
    iteration, 1 at first), the states (0 at first), what earlier updates computed, and the hyperparameters.
    ``point``: the formula of where the derivative is taken.
    ``forms``: other states that books and libraries keep in place of the one state, with their recursions.
    ``hyperparameters``: (name, default), None where the user must give one; those of ``weights_only`` are 0 for biases.
    """

    name: str
    updates: tuple[tuple[str, str], ...]
    hyperparameters: tuple[tuple[str, float | None], ...]
    reading: str
    source: str
    states: tuple[str, ...] = ()
    point: str = PARAMETER
    weights_only: tuple[str, ...] = ()
    forms: tuple[tuple[str, str], ...] = ()

    @property
    def formula(self) -> str:
        """The updates on one line."""
        where = "" if self.point == PARAMETER else f"g at {self.point}; "
        return where + "; ".join(f"{name} <- {text}" for name, text in self.updates)

    @cached_property
    def expressions(self) -> tuple[tuple[str, Expr], ...]:
        """(what is replaced, the tree of its next value), in order."""
        return tuple((name, self._parsed(text)) for name, text in self.updates)

    @cached_property
    def point_expression(self) -> Expr:
        """The tree of where the derivative is taken."""
        return self._parsed(self.point)

    @cached_property
    def form_expressions(self) -> tuple[tuple[str, Expr], ...]:
        """(another state, the tree of its next value)."""
        return tuple((name, self._parsed(text)) for name, text in self.forms)

    def _parsed(self, text: str) -> Expr:
        made = (name for name, _ in (*self.updates, *self.forms))
        known = {PARAMETER, GRADIENT, ITERATION, *self.states, *made, *(name for name, _ in self.hyperparameters)}
        return parse_formula(text, known, source=f"optimiser {self.name}")


RANGES = {
    "momentum": "0 <= momentum < 1",
    "rho": "0 <= rho < 1",
    "beta1": "0 <= beta1 < 1",
    "beta2": "0 <= beta2 < 1",
    "eps": "eps > 0",
    "weight_decay": "weight_decay >= 0",
}
"""What a hyperparameter may be: elsewhere a mean has negative shares, a divisor is 0, or weights grow without end."""

RATE: tuple[str, float | None] = ("learning_rate", None)
MOMENTS: tuple[tuple[str, float | None], ...] = (RATE, ("beta1", 0.9), ("beta2", 0.999), ("eps", 1e-8))
AVERAGES = (
    ("m", "beta1*m + (1 - beta1)*g"),
    ("v", "beta2*v + (1 - beta2)*g^2"),
    ("m_hat", "m/(1 - beta1^t)"),
    ("v_hat", "v/(1 - beta2^t)"),
)
"""The means of the gradient and of its square, and both corrected: Adam and AdamW have them in common."""

SUM_AND_MEAN = (("u", "momentum*u + g"), ("m", "momentum*m + (1 - momentum)*g"))
"""The sum that PyTorch's ``torch.optim.SGD`` keeps as its momentum buffer, and the mean of courses that begin with
exponentially weighted averages (Ng, Deep Learning Specialization, course 2).
"""

OPTIMISERS = Table(
    "optimiser",
    (
        Optimiser(
            name="sgd",
            updates=(("theta", "theta - learning_rate*g"),),
            hyperparameters=(RATE,),
            reading="gradient descent",
            source="Goodfellow et al. (2016), 8.3.1",
        ),
        Optimiser(
            name="momentum",
            updates=(("v", "momentum*v - learning_rate*g"), ("theta", "theta + v")),
            hyperparameters=(RATE, ("momentum", 0.9)),
            reading="gradient descent with momentum",
            source="Polyak (1964); Goodfellow et al. (2016), 8.3.2",
            states=("v",),
            forms=SUM_AND_MEAN,
        ),
        Optimiser(
            name="nesterov",
            updates=(("v", "momentum*v - learning_rate*g"), ("theta", "theta + v")),
            hyperparameters=(RATE, ("momentum", 0.9)),
            reading="Nesterov's momentum",
            source="Sutskever et al. (2013), 2; Goodfellow et al. (2016), 8.3.3",
            states=("v",),
            point="theta + momentum*v",
        ),
        Optimiser(
            name="rmsprop",
            updates=(("s", "rho*s + (1 - rho)*g^2"), ("theta", "theta - learning_rate*g/(sqrt(s) + eps)")),
            hyperparameters=(RATE, ("rho", 0.9), ("eps", 1e-8)),
            reading="RMSprop",
            source="Tieleman and Hinton (2012), lecture 6.5",
            states=("s",),
        ),
        Optimiser(
            name="adam",
            updates=(*AVERAGES, ("theta", "theta - learning_rate*m_hat/(sqrt(v_hat) + eps)")),
            hyperparameters=MOMENTS,
            reading="Adam",
            source="Kingma and Ba (2015), algorithm 1",
            states=("m", "v"),
        ),
        Optimiser(
            name="adamw",
            updates=(
                *AVERAGES,
                ("theta", "theta - learning_rate*(m_hat/(sqrt(v_hat) + eps) + weight_decay*theta)"),
            ),
            hyperparameters=(*MOMENTS, ("weight_decay", 0.0)),
            reading="Adam with decoupled weight decay",
            source="Loshchilov and Hutter (2019), algorithm 2",
            states=("m", "v"),
            weights_only=("weight_decay",),
        ),
    ),
)
"""Weights decay, biases do not: as with the penalties."""
