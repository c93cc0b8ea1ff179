"""Programs carried out node by node, as their definitions say: what every pass is compared with."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.algebra.tree import Add, Compare, Div, Expr, Fn, MatMul, Mul, Num, Pow, Transpose
from derive.codegen.nodes import Name, NewAxis, OverLayers, Reduce
from derive.codegen.program import Helper, Loop, Program, Statement
from derive.codegen.training.variables import variable

Floats = NDArray[np.float64]
FUNCTIONS: dict[str, Any] = {"max": np.maximum, "min": np.minimum, "abs": np.abs}
FUNCTIONS |= {"erf": np.vectorize(math.erf), "erfc": np.vectorize(math.erfc), "pi": lambda: np.pi}
UNDER = {"E": "Delta", "F": "dA"}
"""Arrays that are all rows but the last of another, by its letter."""
COMPARED: dict[str, Any] = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}


class Interpreter:
    """``values``: arrays by name, ``Z_1`` and ``Z[1]`` alike; ``V`` and ``H`` are made of what they stand for."""

    def __init__(self, helpers: tuple[Helper, ...], values: dict[str, Any]) -> None:
        self.helpers = {h.name: h for h in helpers}
        self.values = dict(values)
        self.letters: dict[str, int] = {}

    def run(self, statements: tuple[Statement, ...]) -> None:
        for s in statements:
            if isinstance(s, Loop):
                for i in range(s.first, s.last + s.step, s.step):
                    self.letters[s.letter] = i
                    self.run(s.body)
            else:
                self._keep(self._key(s.target), np.array(self(s.value)))

    def _keep(self, key: str, array: Any) -> None:
        self.values[key] = array
        own = variable(key)
        if own.layer and own.letter in UNDER:
            self.values[own.called(UNDER[own.letter])] = array[:-1]

    def _key(self, name: str) -> str:
        own = variable(name)
        for letter, number in self.letters.items():
            own = own.at(letter, number)
        return f"{own.letter}_{own.layer}" if own.layer else name

    def _named(self, name: str) -> Any:
        key = self._key(name)
        if key.startswith("V_"):
            return np.c_[self.values["W" + key[1:]], self.values["b" + key[1:]]]
        if key.startswith("H_"):
            A = self.values.get("D" + key[1:], self.values["A" + key[1:]])
            return np.r_[A, np.ones((1, A.shape[1]))]
        if key.startswith("dW") and key not in self.values:
            return self.values[f"dV{key[2:]}"][:, :-1]
        if key.startswith("SIZES_"):
            return self.values["b" + key.removeprefix("SIZES")].size
        return self.values[key]

    def __call__(self, e: Expr) -> Any:
        if isinstance(e, Name):
            return self._named(e.text)
        if isinstance(e, Num):
            return float(e.value)
        if isinstance(e, Fn) and e.name in self.helpers:
            return self._called(self.helpers[e.name], self(e.args[0]))
        if isinstance(e, OverLayers):
            return sum(self._with(e.body, W) for name, W in self.values.items() if name.startswith("W_"))
        parts = [self(c) for c in e.children]
        if isinstance(e, Add):
            return sum(np.asarray(p, float) for p in parts)
        if isinstance(e, (Mul, MatMul)):
            product = parts[0]
            for p in parts[1:]:
                product = product * p if isinstance(e, Mul) else product @ p
            return product
        return self._node(e, parts)

    def _node(self, e: Expr, parts: list[Any]) -> Any:
        if isinstance(e, Div):
            return parts[0] / parts[1]
        if isinstance(e, Pow):
            return parts[0] ** parts[1]
        if isinstance(e, Compare):
            return COMPARED[e.op](*parts)
        if isinstance(e, Transpose):
            return parts[0].T
        if isinstance(e, NewAxis):
            return parts[0][:, None]
        if isinstance(e, Reduce):
            return getattr(np, e.op)(parts[0], axis=e.axis, keepdims=e.keep)
        assert isinstance(e, Fn)
        return (FUNCTIONS.get(e.name) or getattr(np, e.name))(*parts)

    def _called(self, helper: Helper, Z: Any) -> Any:
        inner = Interpreter((), {helper.parameter: Z})
        for name, part in helper.lines:
            inner.values[name] = inner(part)
        return inner(helper.result)

    def _with(self, body: Expr, W: Floats) -> Any:
        return Interpreter((), {"W": W})(body)


def carried_out(program: Program, values: dict[str, Any]) -> dict[str, Any]:
    """Every array that a program computes."""
    found = Interpreter(program.helpers, values)
    for part in (program.forward, program.costs, program.errors, program.gradients, (program.input_gradient,)):
        found.run(part)
    return found.values


__all__ = ["Interpreter", "carried_out"]
