"""Networks drawn at random, and training in plain float64 from their definitions: gradients by complex steps.

Nothing here knows a derivation or an array program: a step is the formula of the optimiser with derivatives of the
objective by definition.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from derive.algebra.tree import Partial, Ref, num
from derive.data.activations import ACTIVATIONS
from derive.data.optimisers import OPTIMISERS
from derive.meaning import ComplexStep, world
from derive.meaning.compiler import Compiler
from derive.model.build import Form, network_model
from derive.spec import NetworkSpec
from tests.codegen.emitted import PENALTIES, Floats, fitting

if TYPE_CHECKING:
    from collections.abc import Callable

DEEPEST = 8


def drawn(seed: int) -> NetworkSpec:
    """A network of 1 to 4 layers of up to 6 units, now and then a deep one with layers of one width."""
    rng = np.random.default_rng(seed)

    def one(values: Any) -> Any:
        return values[rng.integers(len(values))]

    deep = rng.random() < 0.15
    hidden = (
        [one(ACTIVATIONS.names)] * (DEEPEST - 1) if deep else [one(ACTIVATIONS.names) for _ in range(rng.integers(4))]
    )
    inner = [3] * len(hidden) if deep else [int(n) for n in rng.integers(1, 7, len(hidden))]
    last, cost = one(fitting())
    outputs = int(rng.integers(2 if last == "softmax" or cost in ("cross-entropy", "kl") else 1, 5))
    widths = (int(rng.integers(1, 7)), *inner, outputs)
    optimisers = ("sgd", one([n for n in OPTIMISERS.names if n != "sgd"]))
    spec = NetworkSpec(f"drawn {seed}", widths, (*hidden, last), cost, one(PENALTIES), optimisers)
    return replace(spec, dropout=0.3) if hidden and rng.random() < 0.25 else spec


@dataclass(frozen=True)
class Reference:
    """The network as its definitions say, on rows of a batch."""

    spec: NetworkSpec

    @cached_property
    def compiler(self) -> Compiler:
        """The definitions as array code, over the rows of a batch."""
        model = network_model(self.spec, Form(samples="rows", penalty=self.spec.penalty is not None))
        return Compiler(model, ComplexStep())

    def gradient(self, theta: Floats, X: Floats, Y: Floats, masks: dict[int, Floats] | None = None) -> Floats:
        """d J / d theta by definition; ``masks``: of dropout, by layer, rows of samples."""
        model, letters = self.compiler.model, self.spec.penalty.letters if self.spec.penalty else ()
        values: dict[str, Any] = {"x": X, "y": Y, **{letter: term.strength for letter, term in letters}}
        blocks = self.blocks(theta)
        if self.spec.dropout is not None:
            values["mask"] = masks or {l: np.ones((len(X), len(V))) for l, V in blocks.items()}
        values |= {"w": {l: V[:, :-1] for l, V in blocks.items()}, "b": {l: V[:, -1] for l, V in blocks.items()}}
        here = world(model, 1, values=values, samples=len(X), compiler=self.compiler)
        parts = []
        for layer, V in blocks.items():
            dW, db = (
                np.asarray(here.value(Partial(model.objective, Ref(name, (num(layer),), None)))) for name in ("w", "b")
            )
            parts.append(np.c_[dW.reshape(len(V), -1), db.reshape(-1)].ravel())
        return np.concatenate(parts)

    def blocks(self, theta: Floats) -> dict[int, Floats]:
        """``[W_l | b_l]`` by layer."""
        assert self.spec.widths
        found, start = {}, 0
        for layer, (m, n) in enumerate(pairwise(self.spec.widths), start=1):
            found[layer] = theta[start : start + n * (m + 1)].reshape(n, m + 1)
            start += n * (m + 1)
        return found

    def masks(self, rng: np.random.Generator, count: int, dtype: str) -> dict[int, Floats]:
        """Inverted dropout: numbers for the units of a layer and the samples, layer by layer; none without dropout."""
        assert self.spec.widths
        share, hidden = self.spec.dropout, self.spec.widths[1:-1]
        if share is None:
            return {}
        drawn = [rng.random((n, count), dtype=dtype).T for n in hidden]  # type: ignore[call-overload]
        return {l: (u >= share) / (1 - share) for l, u in enumerate(drawn, start=1)}

    def train(
        self,
        theta: Floats,
        X: Floats,
        Y: Floats,
        name: str,
        rate: float,
        epochs: int,
        size: int,
        after: Callable[..., None],
        dtype: str = "float64",
    ) -> None:
        """The formulas of the optimiser, shuffled minibatches; ``after(theta)`` is called at the end of each epoch.

        ``dtype``: of the numbers that masks are drawn with; all else is float64.
        """
        row = OPTIMISERS.get(name)
        weights = np.concatenate(
            [np.c_[np.ones((len(V), V.shape[1] - 1)), np.zeros(len(V))].ravel() for V in self.blocks(theta).values()]
        )
        hyper: dict[str, Any] = {n: v for n, v in row.hyperparameters if v is not None}
        hyper |= {n: hyper[n] * weights for n in row.weights_only}
        names: dict[str, Any] = {**{s: np.zeros_like(theta) for s in row.states}, **hyper, "theta": theta.copy()}
        names |= {"sqrt": np.sqrt, "learning_rate": rate, "t": 0}
        rng, order = np.random.default_rng(0), np.arange(len(X))
        for epoch in range(epochs):
            rng.shuffle(order)
            drawing = np.random.default_rng([0, epoch])
            for first in range(0, len(X), size):
                rows = order[first : first + size]
                names["t"] += 1
                masks = self.masks(drawing, len(rows), dtype)
                names["g"] = self.gradient(eval(row.point, {}, names), X[rows], Y[rows], masks)
                for target, formula in row.updates:
                    names[target] = eval(formula.replace("^", "**"), {}, names)
            after(names["theta"])


__all__ = ["Reference", "drawn"]
