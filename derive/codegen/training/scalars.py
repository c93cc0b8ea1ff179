"""The pass to floats: a step on one sample, written out entry by entry, for networks too small for arrays.

A call of NumPy costs as much as 20 multiplications of floats.  Arrays of one column become one variable for each entry
(``A_1`` becomes ``a1_1, a1_2``), products and sums over units are written out, and a step is straight-line code.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from derive.algebra.tree import ONE, ZERO, Add, Compare, Div, Expr, Fn, MatMul, Mul, Num, Pow, Transpose, add, mul, num
from derive.codegen.lines import INDENT, WIDTH, assignment
from derive.codegen.nodes import Name, Reduce
from derive.codegen.numpy_text import numpy_text
from derive.codegen.program import Loop, Op, Statement
from derive.codegen.training.variables import swapped, variable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from derive.codegen.training.passes import Step

MOST = 100
"""Parameters: with more of them arrays are as fast, even for one sample."""
ROW = 14
"""Inputs and targets of a sample that have room on a line."""
ENTRIES = {"Z": "z", "A": "a", "Delta": "d", "dA": "e"}
TWICE = frozenset({"max", "min", "where", "abs", "sign", "logaddexp"})
"""Functions whose argument is written more than once, or compared: it has a variable of its own."""


@dataclass(frozen=True)
class Scalars:
    """``parameters``, ``inputs``, ``targets``: names of entries; ``lines``: a step; ``functions``: of ``math``."""

    parameters: list[str]
    inputs: list[str]
    targets: list[str]
    lines: list[str]
    functions: list[str]


def scalars(step: Step, widths: tuple[int, ...], depth: int = 2) -> Scalars | None:
    """A step of gradient descent on one sample; None where the network is too large or its formulas are long."""
    count = sum(n * (m + 1) for m, n in pairwise(widths))
    statements = (*step.forward, *step.errors, *step.gradients)
    wide = widths[0] + widths[-1] > ROW
    if count > MOST or wide or any(isinstance(s, Loop) for s in statements):
        return None
    made = _Unrolled(widths).step(step, depth)
    return None if any(len(line) > WIDTH or "pi" in line for line in made.lines) else made


@dataclass
class _Unrolled:
    widths: tuple[int, ...]
    functions: set[str] = field(default_factory=set)
    gradient: dict[str, Expr] = field(default_factory=dict)
    totals: int = 0

    def step(self, step: Step, depth: int) -> Scalars:
        """The whole step: forward, errors, and the parameters changed."""
        outputs = [step.outputs] if step.needs_outputs else []
        blocks = [self.block(op) for op in _ops((*step.forward, *outputs, *step.errors))]
        for op in _ops(step.gradients):
            self.collect(op)
        blocks.append([Op(w, Add((Name(w), mul(num(-1), g))), "", "", "") for w, g in self.gradient.items()])
        lines = [line for block in _joined(blocks) for line in self.told(block, INDENT * depth)]
        return Scalars(
            list(self.parameters()),
            [f"x{i + 1}" for i in range(self.widths[0])],
            [f"y{i + 1}" for i in range(self.widths[-1])],
            lines,
            sorted(self.functions),
        )

    def parameters(self) -> Iterator[str]:
        """In the order of theta."""
        for layer, (m, n) in enumerate(pairwise(self.widths), start=1):
            for i in range(n):
                yield from (self.weight(layer, i, j) for j in range(m + 1))

    def weight(self, layer: int, i: int, j: int) -> str:
        return f"w{layer}_{i + 1}{j + 1}" if j < self.widths[layer - 1] else f"b{layer}_{i + 1}"

    # ------------------------------------------------------------ lines

    def block(self, op: Op) -> list[Op]:
        """One line for each entry of the target, after what several of them need."""
        own = variable(op.target)
        entries = [self.entry(op.value, i, 0) for i in range(self.widths[int(own.layer)])]
        parts, values = common(entries, f"part{own.layer}_")
        named = [Op(name, part, "", "", "") for name, part in parts]
        told = f"({op.number}) {op.label}"
        return [*named, *(Op(self.name(op.target, i), value, told, "", "") for i, value in enumerate(values))]

    def collect(self, op: Op) -> None:
        """The gradient of each parameter."""
        own = variable(op.target)
        layer = int(own.layer)
        for i in range(self.widths[layer]):
            for j in range(self.widths[layer - 1] + (own.letter == "dV")):
                self.gradient[self.weight(layer, i, j)] = self.entry(op.value, i, j)

    def told(self, block: list[Op], indent: str) -> list[str]:
        """The lines of a block under its equation."""
        self.totals = 0
        head = [f"{indent}# {op.label}" for op in block if op.label][:1]
        return [*head, *(line for op in block for line in self.lines(op, indent))]

    def lines(self, op: Op, indent: str) -> list[str]:
        """The line of an operation; where it would be too long, sums get lines of their own."""
        line = self.line(op, indent)
        if len(line) <= WIDTH:
            return [line]
        own = isinstance(op.value, Add) and Name(op.target) not in op.value.walk()
        if isinstance(op.value, Add) and own and self.short_terms(op, indent):
            return self.summed(op.target, op.value, indent)
        inner = [n for n in op.value.walk() if isinstance(n, Add) and (n != op.value or not own)]
        inner = [n for n in inner if Name(op.target) not in n.terms]
        longest = max(inner, key=lambda n: len(numpy_text(n)), default=None)
        if longest is None or len(numpy_text(longest)) < len("total_1"):
            return [line]
        self.totals += 1
        name = f"total_{self.totals}"
        before = self.lines(Op(name, longest, "", "", ""), indent)
        return [*before, *self.lines(replace(op, value=swapped(op.value, {longest: Name(name)})), indent)]

    def short_terms(self, op: Op, indent: str) -> bool:
        """Whether each term has room on a line."""
        return all(len(f"{indent}{op.target} += {numpy_text(self.written(t))}") <= WIDTH for t in op.value.children)

    def line(self, op: Op, indent: str) -> str:
        """The operation on one line."""
        value = self.written(op.value)
        if isinstance(value, Name):
            value = Name(_bare(value.text))
        return indent + assignment(replace(op, value=value)).replace("np.", "")

    def summed(self, target: str, value: Add, indent: str) -> list[str]:
        """``x = u + v; x += w``: as many terms on a line as there is room for."""
        lines: list[str] = []
        here: list[Expr] = []
        for term in value.terms:
            if here and len(f"{indent}{target} += {numpy_text(self.written(add(*here, term)))}") > WIDTH:
                lines.append(self.part(target, here, indent, first=not lines))
                here = []
            here.append(term)
        return [*lines, self.part(target, here, indent, first=not lines)]

    def part(self, target: str, terms: list[Expr], indent: str, *, first: bool) -> str:
        """One line of a sum."""
        text = numpy_text(self.written(add(*terms))).replace("np.", "")
        return f"{indent}{target} {'=' if first else '+='} {text}"

    # ------------------------------------------------------------ entries

    def name(self, array: str, i: int) -> str:
        own = variable(array)
        return f"{ENTRIES[own.letter]}{own.layer}_{i + 1}"

    def entry(self, e: Expr, i: int, j: int) -> Expr:
        """Entry i, j of an array that broadcasts."""
        if isinstance(e, Name):
            return self.leaf(e, i, j)
        if isinstance(e, Transpose):
            return self.entry(e.arg, j, i)
        if isinstance(e, MatMul):
            left, right = e.factors
            return add(*(mul(self.entry(left, i, k), self.entry(right, k, j)) for k in range(self.inner(left))))
        if isinstance(e, Reduce):
            parts = [self.entry(e.arg, k, j) for k in range(self.inner(Transpose(e.arg)))]
            return add(*parts) if e.op == "sum" else Fn(e.op, tuple(parts)) if len(parts) > 1 else parts[0]
        return e.map(lambda child: self.entry(child, i, j))

    def leaf(self, e: Name, i: int, j: int) -> Expr:
        own = variable(e.text)
        layer = int(own.layer or 0)
        if own.letter in ("V", "W"):
            return Name(self.weight(layer, i, j))
        if own.letter == "dW":
            return self.gradient[self.weight(layer, i, j)]
        if own.letter == "H" and i == self.widths[layer]:
            return ONE
        if own.letter == "H":
            return Name(f"x{i + 1}" if layer == 0 else self.name(own.called("A"), i))
        if own.letter == "Y":
            return Name(f"y{i + 1}")
        return Name(self.name(e.text, i)) if own.letter in ENTRIES else e

    def inner(self, e: Expr) -> int:
        """How many columns an array has."""
        turned = isinstance(e, Transpose)
        names = [variable(n.text) for n in e.walk() if isinstance(n, Name) and variable(n.text).letter != "S"]
        own = next(n for n in names if n.layer or n.letter == "Y")
        layer = int(own.layer or len(self.widths) - 1)
        if own.letter == "V":
            return self.widths[layer - 1] + 1
        if own.letter == "W":
            return self.widths[layer] if turned else self.widths[layer - 1]
        return self.widths[layer] if turned else 1

    # ------------------------------------------------------------ text

    def written(self, e: Expr) -> Expr:
        """Functions as Python has them; a comparison as a factor becomes a choice."""
        if isinstance(e, Num) and e.value >= 0 and e.value.denominator == 1:
            return Name(f"{e.value}.0")  # a whole number would be turned into a float each time
        plain, e = e, e.map(self.written)
        if isinstance(e, Mul):
            return _chosen(e)
        if isinstance(e, Pow) and plain.children[1] == num(2) and isinstance(e.base, Name):
            return Mul((e.base, e.base))
        if not isinstance(e, Fn):
            return e
        texts = [numpy_text(a) for a in e.args]
        zero = ZERO in plain.children
        if e.name in ("max", "min") and zero:
            (other,) = [t for t, a in zip(texts, plain.children, strict=True) if a != ZERO]
            return Name(f"({other} if {other} {'>' if e.name == 'max' else '<'} 0.0 else 0.0)")
        if e.name == "logaddexp":
            self.functions |= {"log1p", "exp"}
            distance = texts[1] if plain.children[0] == ZERO else f"{texts[0]} - ({texts[1]})"
            return Add((Name(f"max({', '.join(texts)})"), Name(f"log1p(exp(-abs({distance})))")))
        if e.name in PYTHON:
            return Name(PYTHON[e.name].format(*texts, all=", ".join(texts)))
        self.functions.add(e.name)
        return replace(e, args=tuple(Name(_bare(a.text)) if isinstance(a, Name) else a for a in e.args))


PYTHON = {
    "max": "max({all})",
    "min": "min({all})",
    "abs": "abs({0})",
    "where": "({1} if {0} else {2})",
    "sign": "(({0} > 0) - ({0} < 0))",
}


def _bare(text: str) -> str:
    """``(u if c else v)`` without the parentheses around all of it."""
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return text[1:-1] if place == len(text) - 1 and text.startswith("(") else text
    return text


def common(entries: list[Expr], name: str) -> tuple[list[tuple[str, Expr]], list[Expr]]:
    """(parts that occur twice, each behind those that it needs; the entries in terms of them)"""
    parts: list[tuple[str, Expr]] = []
    values = list(entries)
    while (part := _repeated([*values, *(p for _, p in parts)])) is not None:
        own = f"{name}{len(parts) + 1}"
        new: dict[Expr, Expr] = {part: Name(own)}
        values = [swapped(v, new) for v in values]
        parts = [(own, part), *((n, swapped(p, new)) for n, p in parts)]
    return parts, values


def _repeated(values: list[Expr]) -> Expr | None:
    """The largest function, product or sum that occurs twice; a number times something is none."""
    counts = Counter(n for v in values for n in v.walk() if isinstance(n, (Fn, Mul, Add, Div)))
    twice = [n for n, count in counts.items() if count > 1 and _worth_a_name(n)]
    return max(twice, key=lambda n: sum(1 for _ in n.walk()), default=None)


def _worth_a_name(e: Expr) -> bool:
    multiple = isinstance(e, Mul) and len(e.factors) == 2 and isinstance(e.factors[0], Num)
    return not multiple and any(isinstance(n, Name) for n in e.walk())


def _chosen(e: Mul) -> Expr:
    """``[a > 0] u -> (u if a > 0 else 0.0)``"""
    conditions = [f for f in e.factors if isinstance(f, Compare)]
    if len(conditions) != 1:
        return e
    rest = mul(*(f for f in e.factors if f != conditions[0]))
    return Name(f"({numpy_text(rest)} if {numpy_text(conditions[0])} else 0.0)")


def _ops(statements: Iterable[Statement]) -> Iterator[Op]:
    for s in statements:
        assert isinstance(s, Op)
        yield s


def _joined(blocks: list[list[Op]]) -> Iterator[list[Op]]:
    """``a = u; a = f(a)`` as ``a = f(u)``, where f needs its argument once."""
    done: list[list[Op]] = []
    for block in blocks:
        values: dict[Expr, Expr] = {Name(op.target): op.value for op in done[-1]} if done else {}
        targets = [Name(op.target) for op in block]
        if values and targets == list(values) and all(_once(op, values) for op in block):
            done[-1] = [Op(op.target, swapped(op.value, values), op.label, "", "") for op in block]
        else:
            done.append(block)
    yield from done


def _once(op: Op, values: dict[Expr, Expr]) -> bool:
    """Whether the line reads its own target once, and no other of the block."""
    read = [n for n in op.value.walk() if n in values]
    simple = not any(isinstance(n, Fn) and n.name in TWICE for n in op.value.walk())
    return read == [Name(op.target)] and simple
