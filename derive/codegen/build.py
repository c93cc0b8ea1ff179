"""From the equations of a chapter to a program: which equation is computed when, on which arrays."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from derive.algebra.tree import Expr, Partial, Ref, Sum, Sym, num
from derive.codegen.arrange import arranged
from derive.codegen.equations import Equation, Equations
from derive.codegen.fusion import fused, undivided, with_digits
from derive.codegen.helpers import activation, called, called_in, inline
from derive.codegen.lower import Lowering
from derive.codegen.naming import Naming
from derive.codegen.nodes import Name, OverLayers
from derive.codegen.program import Helper, Loop, Op, Program, Statement
from derive.codegen.stable import stable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    PerLayer = Callable[[int], tuple[Equation, ...]]

LAYER = Sym("l")
SAMPLE_LETTERS = frozenset({Sym("s"), Sym("r")})


def build(equations: Equations, naming: Naming) -> Program:
    """The program of one concrete network."""
    return _Builder(equations, naming).program()


@dataclass
class _Builder:
    equations: Equations
    naming: Naming

    def __post_init__(self) -> None:
        self.depth = self.equations.depth
        self.lower = Lowering(self.naming, SAMPLE_LETTERS)
        definitions = [e for e in self.equations.definitions("a") if e.kind]
        self.activations = {e.kind: activation(self.equations, e) for e in definitions}
        widths = self.equations.model.widths or ()
        self.sizes: dict[Expr, str] = {Ref("n", (num(layer),)): str(n) for layer, n in enumerate(widths)}

    def program(self) -> Program:
        costs = tuple(self._costs())
        errors = tuple(self._rolled(self.depth, 1, self._errors))
        return Program(
            forward=(*self._inputs(), *self._rolled(1, self.depth, self._forward)),
            costs=costs,
            errors=errors,
            gradients=tuple(self._rolled(1, self.depth, self._gradients)),
            input_gradient=self._op(self.equations.adjoint("x"), None),
            helpers=tuple(self._helpers((*costs, *errors))),
        )

    # ------------------------------------------------------------ layers

    def _rolled(self, first: int, last: int, of: PerLayer) -> Iterator[Statement]:
        """The lines of every layer; with lists, layers in a row with the same equations are one loop."""
        step = 1 if first <= last else -1
        numbers = range(first, last + step, step)
        for _, group in groupby(numbers, key=lambda layer: tuple(id(e) for e in of(layer))):
            run = list(group)
            if self.naming.indexed and len(run) > 1 and all(e.letter is not None for e in of(run[0])):
                body = tuple(self._op(e.at(LAYER), None) for e in of(run[0]))
                yield Loop(LAYER.name, run[0], run[-1], step, body)
            else:
                yield from (self._op(e.at(num(layer)), layer) for layer in run for e in of(layer))

    def _inputs(self) -> Iterator[Op]:
        """What layer 0 is."""
        yield from (self._op(self.equations.definition(name, 0), 0) for name in ("a", "h") if self._has(name, 0))

    def _forward(self, layer: int) -> tuple[Equation, ...]:
        return tuple(self.equations.definition(name, layer) for name in ("z", "a", "h") if self._has(name, layer))

    def _has(self, name: str, layer: int) -> bool:
        return any(e.holds(layer) for e in self.equations.definitions(name))

    def _errors(self, layer: int) -> tuple[Equation, ...]:
        """The error of a layer, before it the gradient of its activations where the equation needs it as a whole."""
        delta = self.equations.adjoint("delta", layer)
        needs = any(isinstance(n, Partial) for n in delta.right.walk())
        return (self.equations.adjoint("a", layer), delta) if needs else (delta,)

    def _gradients(self, layer: int) -> tuple[Equation, ...]:
        return (self.equations.adjoint("w", layer), self.equations.adjoint("b", layer))

    # ------------------------------------------------------------ one line

    def _op(self, e: Equation, layer: int | None) -> Op:
        """The line that computes the left side of an equation."""
        shape = self.equations.shape(e.left, layer, self.sizes)
        into = isinstance(e.left, Partial) and isinstance(e.left.wrt, Ref) and e.left.wrt.name in ("w", "b")
        return Op(self.naming.text(e.left), self._value(e), e.label, e.number, shape, into)

    def _value(self, e: Equation) -> Expr:
        if e.kind:
            assert isinstance(e.left, Ref)
            return called(self.activations[e.kind], self.naming(Ref("z", e.left.slots, None)))
        right = with_digits(self.equations, undivided(self.equations, e.right, self.depth), self.depth)
        return arranged(self.lower(stable(right), e.axes))

    # ------------------------------------------------------------ the cost

    def _costs(self) -> Iterator[Op]:
        """The cost of each row, from the pre-activations where the logarithm meets the exponential, and their mean."""
        row = self.equations.definition("C")
        yield self._cost(row, fused(self.equations, row.right, self.depth))
        mean = self.equations.definition("J")
        yield self._cost(mean, mean.right)
        if self.equations.penalty is not None:
            whole = self.equations.definition("Jhat")
            yield self._cost(whole, whole.right)

    def _cost(self, e: Equation, right: Expr) -> Op:
        value = arranged(self.lower(stable(over_layers(right)), e.axes))
        return Op(self.naming.text(e.left), value, e.label, e.number, self.equations.shape(e.left, None, self.sizes))

    # ------------------------------------------------------------ helpers

    def _helpers(self, statements: Sequence[Statement]) -> Iterator[Helper]:
        """Those that activations call, the activations, those that the lines call."""
        own = [h for h in self.activations.values() if not inline(h)]
        below = list(called_in(value for h in own for value in (*(line for _, line in h.lines), h.result)))
        found = called_in(op.value for s in statements for op in (s.body if isinstance(s, Loop) else (s,)))
        yield from (*below, *own, *(h for h in found if h.name not in {b.name for b in below}))


def over_layers(right: Expr, source: str = "weights(theta)") -> Expr:
    """A sum over layers as one that takes the weights of each layer from ``source``."""
    sums = [n for n in right.walk() if isinstance(n, Sum) and any(r.slots == (n.index,) for r in _members(n.body))]
    for n in sums:
        per_layer = Lowering(lambda _: Name("W"), SAMPLE_LETTERS)
        right = _put(right, n, OverLayers(arranged(per_layer(n.body, ())), "W, _", source))
    return right


def _members(expr: Expr) -> list[Ref]:
    return [n for n in expr.walk() if isinstance(n, Ref)]


def _put(expr: Expr, old: Expr, new: Expr) -> Expr:
    return new if expr == old else expr.map(lambda child: _put(child, old, new))
