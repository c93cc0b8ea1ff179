"""Expressions to codes: letters that are axes, shapes and operations are settled once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from derive.algebra import tree as t
from derive.meaning import arrays, binders, calls, numbers, partials, references
from derive.meaning.errors import ShapeError, Unsupported
from derive.meaning.index import integer
from derive.meaning.kinds import Code

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from derive.algebra.tree import Expr, Sym
    from derive.meaning.fields import Field
    from derive.meaning.index import Whole
    from derive.meaning.kinds import Frame, Free, Kind, Scope, Side, Value
    from derive.model.model import Axis, Definition, Model, Quantity

RULES: Mapping[type, Callable[..., Code]] = {
    t.Num: numbers.number,
    t.Sym: numbers.symbol,
    t.Add: numbers.addition,
    t.Mul: numbers.product,
    t.Div: numbers.quotient,
    t.Pow: numbers.power,
    t.Kron: numbers.kronecker,
    t.Compare: numbers.comparison,
    t.Cases: numbers.cases,
    t.Ref: references.reference,
    t.Elem: references.element,
    t.Sum: binders.summation,
    t.Prod: binders.running_product,
    t.MatProd: binders.matrix_product,
    t.Paths: binders.paths,
    t.Fn: calls.call,
    t.Partial: partials.partial,
    t.MatMul: arrays.matmul,
    t.Hadamard: arrays.hadamard,
    t.Transpose: arrays.transpose,
    t.Diag: arrays.diagonal,
    t.Ones: arrays.ones,
}

COSTLY = (t.Fn, t.Partial, t.Sum, t.Prod, t.Paths, t.MatMul)
"""Nodes whose values are remembered."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled expression with a number of its own.

    ``ends``: codes of its axes' ends; ``variables`` of formulas in it; ``deepest``: the last layer it names by number;
    ``timed``: whether it looks at another iteration; ``second``: whether a derivative of a derivative stands in it.
    """

    number: int
    code: Code
    ends: tuple[Whole, ...]
    variables: tuple[str, ...]
    deepest: int
    timed: bool
    second: bool


def _looks(expression: Expr) -> tuple[int, bool]:
    """The deepest layer named by number in an expression, and whether it looks at another iteration."""
    deepest, timed = 0, False
    for node in expression.walk():
        if isinstance(node, t.Ref | t.Fn):
            deepest = max(deepest, *(int(s.value) for s in node.slots if isinstance(s, t.Num)), 0)
            timed = timed or (isinstance(node, t.Ref) and node.time is not None)
    return deepest, timed


class Compiler:
    """Compiles for one model and field; every network of the model shares the codes."""

    def __init__(self, model: Model, field: Field) -> None:
        self.model, self.field = model, field
        self.definitions = {name: model.definitions_of(name) for name in model.quantities}
        self._codes: dict[tuple[Expr, Scope], Code] = {}
        self.wholes: dict[tuple[Expr, Scope], Whole | None] = {}
        self._plans: dict[tuple[Expr, Free], Plan] = {}
        self._slots: dict[Expr, frozenset[Sym]] = {}
        self.path_letters: set[Sym] = set()
        self.adjoints = frozenset(q.name for q in model.quantities.values() if q.role == "adjoint")
        self.variables = frozenset(f.variable for f in model.functions.values())
        self.sample_sizes = frozenset(
            a.high.name
            for q in model.quantities.values()
            for a in q.axes
            if a.kind == "sample" and isinstance(a.high, t.Sym)
        )

    def code(self, expression: Expr, scope: Scope = ()) -> Code:
        """The code of an expression whose axis letters are ``scope``."""
        key = (expression, scope)
        found = self._codes.get(key)
        if found is None:
            rule = RULES.get(type(expression))
            if rule is None:
                raise Unsupported(f"no meaning for the node {type(expression).__name__}")
            found = rule(self, expression, scope)
            if isinstance(expression, COSTLY) and expression.symbols.isdisjoint(self.variables):
                found = self._remembering(found, expression, scope)
            self._codes[key] = found
        return found

    def _remembering(self, code: Code, expression: Expr, scope: Scope) -> Code:
        """The code, its values kept in the stage: steps of a derivation have most of their parts in common."""
        given = {self.model.last, t.COLON, *scope} | {t.Sym(name) for name in self.sample_sizes}
        names = tuple(sorted(s.name for s in (expression.symbols - given) | (expression.symbols & self.path_letters)))
        places = tuple(at for at, letter in enumerate(scope) if letter in expression.symbols)
        number, run = len(self._codes), code.run

        def remembered(frame: Frame) -> Value:
            memory = frame.stage.memory
            if memory is None or frame.updates:
                return run(frame)
            letters, domains = frame.letters, frame.domains
            key = (number, *[letters.get(name) for name in names], *[domains[at] for at in places])
            found = memory.get(key)
            if found is None:
                found = memory[key] = run(frame)
            return found

        return Code(code.kind, remembered)

    def plan(self, expression: Expr, axes: Free) -> Plan:
        """What it takes to evaluate an expression by itself over free letters: (letter, end of its range)."""
        key = (expression, axes)
        found = self._plans.get(key)
        if found is None:
            code = self.code(expression, tuple(letter for letter, _ in axes))
            ends = tuple(integer(self, end, ()) for _, end in axes)
            variables = tuple(sorted(s.name for s in expression.symbols & self.variables))
            second = any(partials.is_derivative(self, n.of) for n in expression.walk() if isinstance(n, t.Partial))
            found = self._plans[key] = Plan(len(self._plans), code, ends, variables, *_looks(expression), second)
        return found

    def number(self, expression: Expr, scope: Scope) -> Callable[[Frame], Value]:
        """The code of an expression that must be a number.

        Raises:
            ShapeError: it is an array.
        """
        code = self.code(expression, scope)
        if code.kind is not None:
            raise ShapeError(f"an array stands where a number is expected: {expression}")
        return code.run

    def array(self, expression: Expr, scope: Scope) -> tuple[tuple[Side, Side], Callable[[Frame], Value]]:
        """Kind and code of an expression that must be an array.

        Raises:
            ShapeError: it is a number.
        """
        code = self.code(expression, scope)
        if code.kind is None:
            raise ShapeError(f"a number stands where an array is expected: {expression}")
        return code.kind, code.run

    def side(self, axis: Axis) -> Side:
        """What an axis counts; an axis of length 1 by definition counts nothing."""
        return "one" if axis.high == t.ONE else axis.kind

    def kind(self, quantity: Quantity) -> Kind:
        """Rows and columns of the whole quantity."""
        sides = tuple(self.side(a) for a in quantity.axes)
        if len(sides) > 2:
            raise ShapeError(f"{quantity.name} has more than two axes: only its entries can be used")
        return None if not sides else (sides[0], sides[1] if len(sides) == 2 else "one")

    def slot_letters(self, expression: Expr) -> frozenset[Sym]:
        """The letters that stand for layers anywhere in the expression."""
        found = self._slots.get(expression)
        if found is None:
            slots = (s for n in expression.walk() if isinstance(n, t.Ref | t.Fn) for s in n.slots)
            found = self._slots[expression] = frozenset().union(*(s.symbols for s in slots))
        return found

    def definition(self, definition: Definition) -> Code:
        """The code of a definition's right side over its head's entry letters."""
        entries = definition.head.entries or ()
        letters = tuple(e for e in entries if isinstance(e, t.Sym))
        if len(letters) != len(entries):
            raise Unsupported(f"{definition.label}: a head with an entry that is not a letter")
        return self.code(definition.rhs, tuple(x for x in letters if x != t.COLON))
