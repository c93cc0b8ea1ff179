"""The pass that gives every intermediate result a place: calls that fill arrays which exist, in the order of the tree.

An expression becomes calls of NumPy with ``out=``; the result of a part stands in the target where nothing that is
still to be read stands there, else in a spare array of the same shape (``P``, ``Q``, ... for units by samples, ``row``
for one number a sample, ``G`` for weights).  Constants are arrays without axes: a Python number costs a conversion at
each call.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from derive.algebra.tree import ONE, Add, Compare, Div, Expr, Fn, MatMul, Mul, Num, Pow, Transpose, num
from derive.codegen.arrange import negated
from derive.codegen.helpers import shared
from derive.codegen.nodes import Name, NewAxis, Reduce
from derive.codegen.numpy_text import numpy_text
from derive.codegen.special import SPECIAL
from derive.codegen.training.variables import WEIGHTS, names, size, swapped, variable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from derive.codegen.program import Op

UFUNCS = {
    "abs": "absolute",
    "max": "maximum",
    "min": "minimum",
    **{n: n for n in ("exp", "log", "tanh", "sqrt", "sin", "cos", "sinh", "cosh", "expm1", "sign", "logaddexp")},
}
COMPARED = {"<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal", "==": "equal", "!=": "not_equal"}
LACKING = frozenset(row.name for row in SPECIAL)
WHOLE = frozenset({"max", "min"})
"""Functions for which a whole array of a constant is up to three times as fast as one number."""
SPARE = ("P", "Q", "R", "T", "U")
ROWS = ("row", "row_2", "row_3", "row_4")
CONSTANTS = {"0": "zero", "1": "one", "2": "two", "0.5": "half"}


@dataclass
class Places:
    """What calls need: ``arrays`` with what fills them (or nothing), ``constants`` with their text, ``functions``.

    ``turned``: the arrays whose transposes are read; ``limits``: what arrays full of a number other than 0 are called.
    """

    arrays: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    functions: set[str] = field(default_factory=set)
    turned: set[str] = field(default_factory=set)
    limits: dict[str, str] = field(default_factory=dict)

    def constant(self, value: Expr) -> Name:
        """The array without axes that holds a number."""
        text = numpy_text(value)
        name = CONSTANTS.get(text) or f"c_{len([n for n in self.constants if n.startswith('c_')]) + 1}"
        known = {v: k for k, v in self.constants.items()}
        name = known.get(text, name)
        self.constants[name] = text
        return Name(name)

    def factor(self, e: Expr) -> str:
        """A factor of a product of matrices; transposes are views that are made once."""
        if not isinstance(e, Transpose):
            return numpy_text(e)
        assert isinstance(e.arg, Name)
        self.turned.add(e.arg.text)
        return turned(e.arg.text)

    def whole(self, value: Num, like: str) -> Name:
        """An array full of one number, shaped like the layer of ``like``."""
        text = numpy_text(value)
        if value.value == 0:
            return Name(self.beside(like, "zeros", text))
        known = self.limits.setdefault(text, "limit" + "abcdefgh"[len(self.limits)] * bool(self.limits))
        return Name(self.beside(like, known, text))

    def beside(self, like: str, letter: str, filled: str = "") -> str:
        """The array of another letter of the same shape: ``Z_2 -> P_2``, ``Z_all[1:] -> P_all[1:]``."""
        name = variable(like).called(letter)
        self.arrays[name] = filled
        return _beside(like, letter)


def turned(name: str) -> str:
    """The name of the transpose: ``V_2 -> V_2_T``, ``V[l + 1] -> V_T[l + 1]``, ``H_all[:-1] -> H_all_T[:-1]``."""
    own = variable(name)
    if own.layer == "all":
        return name.replace("_all", "_all_T")
    return replace(own, letter=f"{own.letter}_T").text if own.listed else f"{name}_T"


def placed(op: Op, places: Places) -> list[str]:
    """The calls that fill the target of an operation with its value."""
    block = _Block(places, op.target)
    lines, result = shared(op.value)
    rest: list[Expr] = [*(part for _, part in lines), result]
    for i, (name, part) in enumerate(lines):
        later = rest[i + 1 :]
        found = block.place(swapped(part, block.known), op.target, [swapped(e, block.known) for e in later])
        block.known[Name(name)] = found
        rest = [swapped(e, block.known) for e in rest]
    block.finish(swapped(result, block.known))
    return block.lines


@dataclass
class _Block:
    places: Places
    target: str
    lines: list[str] = field(default_factory=list)
    known: dict[Expr, Expr] = field(default_factory=dict)
    numbers: int = 0

    def finish(self, value: Expr) -> None:
        found = self.place(value, self.target, [])
        if found != Name(self.target):
            self.call("copyto", [Name(self.target), found], None)

    # ------------------------------------------------------------ calls

    def call(self, function: str, arguments: Sequence[Expr], out: str | None) -> None:
        self.places.functions.add(function)
        end = f", out={out})" if out else ")"
        self.lines.append(f"{function}({', '.join(map(numpy_text, arguments))}{end}")

    def spare(self, like: Expr, taken: frozenset[str]) -> str:
        """An array of the shape of the value that nobody reads any more."""
        if size(like) == 1:
            free = next(n for n in ROWS if n not in taken)
            self.places.arrays[free] = ""
            return free
        weights = any(variable(n).letter in WEIGHTS for n in names(like)) and not _has_batch(like)
        letters = ("G", "K") if weights else SPARE
        letter = next(s for s in letters if _beside(self.target, s) not in taken)
        return self.places.beside(self.target, letter)

    # ------------------------------------------------------------ placing

    def place(self, e: Expr, into: str, pending: Sequence[Expr]) -> Expr:
        """The name of the array (or the number) that holds ``e``; what ``pending`` reads stays as it is."""
        if isinstance(e, Name):
            return e
        if isinstance(e, Num):
            return self.places.constant(e)
        if isinstance(e, Transpose) and isinstance(e.arg, Name):
            return e
        if isinstance(e, NewAxis):
            return e
        if size(e) == 0:
            return self.number(e) if names(e) else self.places.constant(e)
        taken = frozenset().union(*map(names, pending)) if pending else frozenset()
        if into in taken or size(e) != 2:
            into = self.spare(e, taken | {self.target})
        PLACERS[type(e)](self, e, into, pending)
        return Name(into)

    def number(self, e: Expr) -> Expr:
        """A number that is not constant (``LAMBDA * rate``), computed by Python."""
        self.numbers += 1
        name = f"factor_{self.numbers}" if self.numbers > 1 else "factor"
        self.lines.append(f"{name} = {numpy_text(e)}")
        return Name(name)

    def together(self, parts: Sequence[Expr], into: str, pending: Sequence[Expr]) -> list[Expr]:
        """The operands of one call; products of matrices first, since they cannot be computed in place."""
        found: dict[int, Expr] = {}
        order = sorted(range(len(parts)), key=lambda i: (not _has_product(parts[i]), -size(parts[i])))
        for position, i in enumerate(order):
            later = [parts[j] for j in order[position + 1 :]]
            found[i] = self.place(parts[i], into, [*pending, *later, *found.values()])
        return [found[i] for i in range(len(parts))]

    def out(self, into: str, result: Expr, pending: Sequence[Expr]) -> str:
        """Where a call puts its result: into the target, unless what stands there is still to be read."""
        if into not in _read(pending):
            return into
        name = numpy_text(result)
        return name if _is_spare(name) else self.spare(result, _read([*pending, Name(into)]))

    def fold(self, function: str, parts: Sequence[Expr], into: str, pending: Sequence[Expr]) -> None:
        """``f(f(a, b), c)`` with the running result in ``into``."""
        first, *others = sorted(parts, key=lambda p: (not _has_product(p), -size(p)))
        result = self.place(first, into, [*pending, *others])
        for i, part in enumerate(others):
            later = [*pending, *others[i + 1 :]]
            operand = self.place(part, into, [*later, result])
            out = self.out(into, result, later)
            self.call(function, [result, operand], out)
            result = Name(out)
        assert result == Name(into)

    # ------------------------------------------------------------ nodes

    def add(self, e: Add, into: str, pending: Sequence[Expr]) -> None:
        """Terms added to, or taken from, the one that is largest: ``1 - P`` fills P."""
        signed = [(t, 1) if (n := negated(t)) is None else (n, -1) for t in e.terms]
        signed.sort(key=lambda pair: (-size(pair[0]), not _has_product(pair[0]), -pair[1]))
        (first, sign), *others = signed
        result = self.place(first, into, [*pending, *(t for t, _ in others)])
        others.sort(key=lambda pair: -pair[1])
        for i, (part, own) in enumerate(others):
            later = [*pending, *(t for t, _ in others[i + 1 :])]
            operand = self.place(part, into, [*later, result])
            out = self.out(into, result, later)
            if sign < 0 < own:
                self.call("subtract", [operand, result], out)
                sign = 1
            else:
                self.call("add" if own == sign else "subtract", [result, operand], out)
            result = Name(out)
        if sign < 0:
            self.call("negative", [result], into)

    def mul(self, e: Mul, into: str, pending: Sequence[Expr]) -> None:
        factors = list(e.factors)
        if factors[0] == num(-1):
            self.opposite(Mul(tuple(factors[1:])) if len(factors) > 2 else factors[1], into, pending)
        elif len(factors) == 2 and factors[0] == factors[1]:
            self.unary("square", factors[0], into, pending)
        else:
            self.fold("multiply", factors, into, pending)

    def opposite(self, e: Expr, into: str, pending: Sequence[Expr]) -> None:
        self.unary("negative", e, into, pending)

    def unary(self, function: str, e: Expr, into: str, pending: Sequence[Expr]) -> None:
        self.call(function, [self.place(e, into, pending)], into)

    def div(self, e: Div, into: str, pending: Sequence[Expr]) -> None:
        if e.numerator == ONE:
            self.unary("reciprocal", e.denominator, into, pending)
            return
        self.call("divide", self.together([e.numerator, e.denominator], into, pending), into)

    def pow(self, e: Pow, into: str, pending: Sequence[Expr]) -> None:
        if e.exponent == num(2):
            self.unary("square", e.base, into, pending)
        else:
            self.call("power", self.together([e.base, e.exponent], into, pending), into)

    def matmul(self, e: MatMul, into: str, pending: Sequence[Expr]) -> None:
        left, right = self.together(e.factors, into, [*pending, Name(into)])
        if variable(into).layer == "all":
            self.call("matmul", [Name(self.places.factor(left)), Name(self.places.factor(right))], into)
        else:
            self.lines.append(f"{self.places.factor(left)}.dot({self.places.factor(right)}, {into})")

    def compare(self, e: Compare, into: str, pending: Sequence[Expr]) -> None:
        self.call(COMPARED[e.op], self.together([e.left, e.right], into, pending), into)

    def function(self, e: Fn, into: str, pending: Sequence[Expr]) -> None:
        if e.name == "where":
            found = self.together(e.args, into, pending)
            self.lines.append(f"copyto({into}, where({', '.join(map(numpy_text, found))}))")
            self.places.functions |= {"copyto", "where"}
            return
        if e.name in LACKING:
            (argument,) = self.together(e.args, into, pending)
            self.lines.append(f"copyto({into}, {e.name}({numpy_text(argument)}))")
            self.places.functions.add("copyto")
            return
        full = e.name in WHOLE and size(e) == 2
        parts = [self.places.whole(a, self.target) if full and isinstance(a, Num) else a for a in e.args]
        self.call(UFUNCS[e.name], self.together(parts, into, pending), into)

    def reduce(self, e: Reduce, into: str, pending: Sequence[Expr]) -> None:
        assert e.axis == 0
        inner = self.target if size(e.arg) == 2 else into
        arg = self.place(e.arg, inner, pending)
        if e.op == "sum":
            ones = variable(self.target).called("ones")
            self.places.arrays[ones] = "1"
            self.lines.append(f"{ones}.dot({numpy_text(arg)}, {into})")
        else:
            function = UFUNCS[e.op]
            self.places.functions.add(function)
            self.lines.append(f"{function}.reduce({numpy_text(arg)}, axis=0, out={into})")


PLACERS: dict[type[Expr], Callable[[_Block, Any, str, Sequence[Expr]], None]] = {
    Add: _Block.add,
    Mul: _Block.mul,
    Div: _Block.div,
    Pow: _Block.pow,
    MatMul: _Block.matmul,
    Compare: _Block.compare,
    Fn: _Block.function,
    Reduce: _Block.reduce,
}


def _beside(like: str, letter: str) -> str:
    own = variable(like)
    part = like[like.index("[") :] if own.layer == "all" and "[" in like else ""
    return own.called(letter) + part


def _read(pending: Sequence[Expr]) -> frozenset[str]:
    return frozenset().union(*map(names, pending)) if pending else frozenset()


def _is_spare(name: str) -> bool:
    return variable(name).letter in SPARE or name in ROWS


def _has_product(e: Expr) -> bool:
    return any(isinstance(n, MatMul) for n in e.walk())


def _has_batch(e: Expr) -> bool:
    return any(variable(n).letter not in WEIGHTS | {"rate", "LAMBDA", "factor", "G", "K"} for n in names(e))
