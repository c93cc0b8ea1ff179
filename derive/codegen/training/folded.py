"""The pass that folds what belongs to a sample into the targets: 1/N, the learning rate, the weight of the sample.

The first error is ``E / N``.  All errors and all gradients of the cost are linear in it, so a step of gradient descent
with the rate r needs only ``r E / N``, and then it is ``theta - grad``.  Where each term of E has the targets as a
factor (softmax with cross-entropy: ``A sum(y) - Y``) the factor of a sample goes into them, once for all steps;
elsewhere E is multiplied by a row ``S``.  What depends on the targets alone is computed once, too: ``sum(y)`` is that
row, and ``1/2 + 1/2 tanh(z/2) - y = 1/2 (tanh(z/2) - (2 y - 1))`` has the row 1/2 and the targets ``2 y - 1``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from derive.algebra.tree import ONE, Add, Div, Expr, Mul, Num, add, mul, num
from derive.codegen.arrange import arranged
from derive.codegen.nodes import Name, Reduce
from derive.codegen.program import Loop, Op, Program, Statement
from derive.codegen.training.variables import letter, names, size, swapped

S = Name("S")
RATE = Name("rate")
Y = Name("Y")
TARGETS = frozenset({"Y", "S"})


@dataclass(frozen=True)
class Folded:
    """``program``: the first error without 1/N; ``S`` in it is ``row`` times the factor of each sample.

    ``scaled``: whether the targets ``Y`` bear that factor as well.  ``row``: a function of the targets alone, or a
    number.  ``targets``: what stands for ``Y`` in the errors, a function of the targets that were given.
    """

    program: Program
    row: Expr
    scaled: bool
    targets: Expr


def folded(program: Program) -> Folded:
    """The program (in columns) for a step with a rate, gradients of penalties multiplied by ``rate``."""
    first, *others = program.errors
    assert isinstance(first, Op)
    last = program.forward[-1]
    outputs = last if isinstance(last, Op) else last.body[-1]
    value = arranged(_plain(swapped(first.value, {Name("N"): ONE})))
    row, value = _hoisted(value)
    scaled = all(_linear(t) for t in _terms(value))
    written = swapped(value, {Name(outputs.target): outputs.value})
    shifted = _shifted(written) if not scaled and row == ONE else None
    targets: Expr = Y
    if shifted is not None:
        row, value, targets = shifted
    value = written if scaled else mul(value, S)
    errors: tuple[Statement, ...] = (replace(first, value=regrouped(value)), *others)
    gradients = tuple(_rated_statement(s) for s in program.gradients)
    return Folded(replace(program, errors=errors, gradients=gradients), row, scaled, targets)


def _shifted(value: Expr) -> tuple[Expr, Expr, Expr] | None:
    """``c u + k - y``  as  ``c (u - t)``: (c, u - t, t), where t is a function of the targets; None without c and k."""
    parts = [_counted(t) for t in _flat(value)]
    apart = [(c, e) for c, e in parts if names(e) <= {"Y"}]
    rest = [(c, e) for c, e in parts if not names(e) <= {"Y"}]
    if len(rest) != 1 or len(apart) < 2 or "Y" in names(rest[0][1]):
        return None
    factor, u = rest[0]
    t = arranged(add(*(mul(Num(-c / factor), e) for c, e in apart)))
    return Num(factor), Add((u, mul(num(-1), Y))), t


def _flat(value: Expr) -> list[Expr]:
    return [t for term in value.terms for t in _flat(term)] if isinstance(value, Add) else [value]


def _counted(term: Expr) -> tuple[Fraction, Expr]:
    """The number in front of a term, and the rest."""
    factors = term.factors if isinstance(term, Mul) else (term,)
    count = Fraction(1)
    for f in factors:
        count *= f.value if isinstance(f, Num) else 1
    return count, mul(*(f for f in factors if not isinstance(f, Num)))


def _plain(expr: Expr) -> Expr:
    """``E / 1 -> E``"""
    expr = expr.map(_plain)
    return expr.numerator if isinstance(expr, Div) and expr.denominator == ONE else expr


def _terms(value: Expr) -> tuple[Expr, ...]:
    return value.terms if isinstance(value, Add) else (value,)


def _linear(term: Expr) -> bool:
    """Whether the targets are one factor of a term."""
    if isinstance(term, Mul):
        found = [f for f in term.factors if _of_targets(f)]
        return len(found) == 1 and _linear(found[0])
    if isinstance(term, Div):
        return _linear(term.numerator) and not _of_targets(term.denominator)
    return letter(term) in TARGETS


def _of_targets(expr: Expr) -> bool:
    return any(letter(n) in TARGETS for n in expr.walk())


def _hoisted(value: Expr) -> tuple[Expr, Expr]:
    """A sum of targets over units, and the value with ``S`` for it; 1 where there is none that is linear in them."""
    sums = {n for n in value.walk() if isinstance(n, Reduce) and n.op == "sum" and names(n) == {"Y"}}
    linear = [n for n in sums if n.arg == Y and n.axis == 0]
    if len(linear) != 1 or not all(_linear(t) for t in _terms(swapped(value, {linear[0]: S}))):
        return ONE, value
    return linear[0], swapped(value, {linear[0]: S})


def _rated_statement(s: Statement) -> Statement:
    return replace(s, body=tuple(map(_rated, s.body))) if isinstance(s, Loop) else _rated(s)


def _rated(op: Op) -> Op:
    """The terms of a gradient that come from a penalty, not from errors, multiplied by the rate."""
    if not isinstance(op.value, Add) or Name(op.target) not in op.value.terms:
        return op
    own = Name(op.target)
    rest = [regrouped(mul(t, RATE)) for t in op.value.terms if t != own]
    return replace(op, value=Add((own, *rest)))


def regrouped(expr: Expr) -> Expr:
    """Numbers times numbers first, then rows times rows, then arrays: ``E S / t -> E (S / t)``."""
    expr = expr.map(regrouped)
    if not isinstance(expr, (Mul, Div)):
        return expr
    above, below = _fraction(expr)
    made: Expr = ONE
    for level in range(3):
        top, bottom = [[f for f in part if size(f) == level] for part in (above, below)]
        made = _over(_times(*([made] if made != ONE else []), *top), bottom)
    return made


def _over(top: Expr, bottom: list[Expr]) -> Expr:
    below = _times(*bottom)
    if isinstance(top, Num) and isinstance(below, Num):
        return Num(top.value / below.value)
    return Div(top, below) if bottom else top


def _times(*factors: Expr) -> Expr:
    return mul(*factors)


def _fraction(expr: Expr) -> tuple[list[Expr], list[Expr]]:
    if isinstance(expr, Mul):
        pairs = [_fraction(f) for f in expr.factors]
        return [f for a, _ in pairs for f in a], [f for _, b in pairs for f in b]
    if isinstance(expr, Div):
        (a, b), (c, d) = _fraction(expr.numerator), _fraction(expr.denominator)
        return a + d, b + c
    return [expr], []
