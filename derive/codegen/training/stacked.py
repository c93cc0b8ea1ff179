"""The pass to stacked arrays, for eight or more layers in a row of one width.

What the layers of a loop compute from their own arrays alone, and not from each other, leaves the loop and becomes one
call for all of them (``Stack``), on arrays that have an axis of layers in front.  A stack says the same as a loop.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from derive.algebra.tree import Add, Compare, Div, Expr, Fn, MatMul, Mul, Num, Pow, mul
from derive.codegen.nodes import Name
from derive.codegen.program import Loop, Op, Statement
from derive.codegen.training.variables import letter, names, variable

if TYPE_CHECKING:
    from collections.abc import Callable

LEAST = 8
"""Layers: with fewer of them a call for all saves too little."""
SLOPE = "Slope"
ENTRYWISE = (Name, Num, Add, Mul, Div, Pow, Fn, Compare)
OWN = frozenset({"A", "Z"})
"""Arrays of a layer that the forward pass has left."""


@dataclass(frozen=True)
class Run:
    """Hidden layers ``first`` to ``last`` of one ``width``."""

    first: int
    last: int
    width: int

    def low(self, of: str) -> int:
        """The first layer whose array has the shape of the others: the first weights come from another width."""
        return self.first + 1 if of in ("V", "W", "dV", "dW") else self.first


class Stack(Loop):
    """A loop whose rounds are independent of each other: one call for all of them."""


def longest(widths: tuple[int, ...]) -> Run | None:
    """The longest run of hidden layers of one width, if it is long enough."""
    found, start = [], 1
    for width, group in groupby(widths[1:-1]):
        count = len(list(group))
        found.append(Run(start, start + count - 1, width))
        start += count
    best = max(found, key=lambda r: r.last - r.first, default=None)
    return best if best is not None and best.last - best.first + 1 >= LEAST else None


def stacked(statements: tuple[Statement, ...], run: Run | None) -> tuple[Statement, ...]:
    """Errors or gradients (of a step in columns) with what layers of the run compute apart in stacks."""
    if run is None:
        return statements
    return tuple(made for s in statements for made in (_loop(s, run) if isinstance(s, Loop) else (s,)))


def _loop(loop: Loop, run: Run) -> tuple[Statement, ...]:
    low, high = sorted((loop.first, loop.last))
    apart = all(_independent(op, loop.letter) for op in loop.body)
    first, last = max(low, run.low("V") if apart else run.first), min(high, run.last)
    if last - first + 1 < LEAST:
        return (loop,)
    if apart:
        middle: tuple[Statement, ...] = (Stack(loop.letter, first, last, 1, loop.body),)
    else:
        middle = _without_slopes(loop, first, last)
    below, above = _part(loop, low, first - 1), _part(loop, last + 1, high)
    return (*below, *middle, *above) if loop.step > 0 else (*above, *middle, *below)


def _independent(op: Op, index: str) -> bool:
    """Whether no round of the loop needs another one: a product of arrays that stand there, or entry by entry."""
    if isinstance(op.value, MatMul) and letter(Name(op.target)) == "dV":
        return True
    weights = all(variable(n).letter in ("W", "dW") for n in names(op.value) if variable(n).listed)
    return weights and all(isinstance(n, ENTRYWISE) for n in op.value.walk()) and variable(op.target).layer == index


def _without_slopes(loop: Loop, first: int, last: int) -> tuple[Statement, ...]:
    """The slopes of all layers, then a loop that only multiplies by them."""
    slope = Name(f"{SLOPE}[{loop.letter}]")
    found: list[Op] = []
    body: list[Op] = []
    for op in loop.body:
        factors = op.value.factors if isinstance(op.value, Mul) else ()
        own = [f for f in factors if _of_a_layer(f, loop.letter)]
        hoisted = mul(*own)
        if isinstance(hoisted, (Name, Num)) or found:
            body.append(op)
            continue
        told = loop.body[0]
        found.append(Op(slope.text, hoisted, told.label, told.number, ""))
        body.append(replace(op, value=mul(slope, *(f for f in factors if f not in own))))
    ends = (first, last) if loop.step > 0 else (last, first)
    return (
        *(Stack(loop.letter, first, last, 1, (op,)) for op in found),
        replace(loop, first=ends[0], last=ends[1], body=tuple(body)),
    )


def _of_a_layer(e: Expr, index: str) -> bool:
    """Whether an expression is computed entry by entry from what the forward pass left in the layer itself."""
    own = [variable(n) for n in names(e)]
    return all(isinstance(n, ENTRYWISE) for n in e.walk()) and all(v.letter in OWN and v.layer == index for v in own)


def _part(loop: Loop, low: int, high: int) -> tuple[Statement, ...]:
    """The rounds of a loop from one layer to another; a single one is written out."""
    if low > high:
        return ()
    if low == high:
        return tuple(at(op, loop.letter, low) for op in loop.body)
    ends = (low, high) if loop.step > 0 else (high, low)
    return (replace(loop, first=ends[0], last=ends[1]),)


def at(op: Op, index: str, number: int) -> Op:
    """The line of a loop in one layer."""

    def text(name: str) -> str:
        return variable(name).at(index, number).text

    made = renamed(op, text)
    shape = op.shape.replace(f"({index}-1)", str(number - 1)).replace(f"n_{index}", f"n_{number}")
    return replace(made, shape=shape)


def renamed(op: Op, text: Callable[[str], str]) -> Op:
    """The operation with other names."""

    def new(e: Expr) -> Expr:
        return Name(text(e.text)) if isinstance(e, Name) else e.map(new)

    return replace(op, target=text(op.target), value=new(op.value))


def together(stack: Stack, run: Run) -> list[Op]:
    """The lines of a stack: ``Delta[l]`` of layers 2 to 31 is ``Delta_all[1:]``."""

    def text(name: str) -> str:
        own = variable(name)
        if not own.listed:
            return name
        low = int(own.at(stack.letter, stack.first).layer) - run.low(own.letter)
        behind = run.last - int(own.at(stack.letter, stack.last).layer)
        part = f"[{low or ''}:{-behind or ''}]" if low or behind else ""
        return f"{own.letter}_all{part}"

    layers = f"{stack.letter} = {stack.first}..{stack.last}"
    return [replace(renamed(op, text), shape=layers) for op in stack.body]
