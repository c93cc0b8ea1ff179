"""Formulas that cost less in whole arrays, each rule an identity; ``stable`` has seen to it that nothing overflows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from derive.algebra.tree import ONE, ZERO, Add, Compare, Expr, Fn, Mul, Num, num
from derive.codegen.arrange import arranged, negated
from derive.codegen.lines import flat
from derive.codegen.nodes import Name
from derive.codegen.program import Loop, Op, Program, Statement
from derive.codegen.training.variables import letter, variable

HALF = Num(Fraction(1, 2))


def cheaper(program: Program) -> Program:
    """The program with every rule applied to every line, and comparisons of Z done on A where that is the same."""
    same_sign = rectified(program.forward)

    def one(op: Op, *, compared: bool = False) -> Op:
        value = rewritten(op.value)
        return replace(op, value=_compared(value) if compared and not _defines(op) else value)

    def each(s: Statement) -> Statement:
        compared = layers(s) <= same_sign
        if isinstance(s, Loop):
            return replace(s, body=tuple(one(op, compared=compared) for op in s.body))
        return one(s, compared=compared)

    return replace(
        program,
        forward=tuple(map(each, program.forward)),
        costs=tuple(map(one, program.costs)),
        errors=tuple(map(each, program.errors)),
        gradients=tuple(map(each, program.gradients)),
        input_gradient=one(program.input_gradient),
    )


def layers(s: Statement) -> frozenset[int]:
    """The layers whose arrays a statement computes."""
    if isinstance(s, Loop):
        return frozenset(range(s.first, s.last + s.step, s.step))
    return frozenset({int(variable(s.target).layer)})


def rectified(forward: tuple[Statement, ...]) -> frozenset[int]:
    """The layers whose activations are ``max(0, z)``."""
    found = [layers(s) for s in forward if any(_defines(op) and _same_sign(op.value) for op in flat([s]))]
    return frozenset().union(*found)


def _defines(op: Op) -> bool:
    return letter(Name(op.target)) == "A"


def _same_sign(value: Expr) -> bool:
    """``max(0, z)``: positive exactly where z is."""
    return isinstance(value, Fn) and value.name == "max" and ZERO in value.args


def _compared(value: Expr) -> Expr:
    """``Z > 0 -> A > 0``: one array less is read, and Z need not be kept."""
    if isinstance(value, Compare) and value.op == ">" and value.right == ZERO and letter(value.left) == "Z":
        assert isinstance(value.left, Name)
        return replace(value, left=Name(variable(value.left.text).called("A")))
    return value.map(_compared)


NARROW = 40
"""Units of a layer: ``sign`` takes its time for every number, a comparison for being turned into numbers."""


def signs(errors: tuple[Statement, ...], known: frozenset[int], widths: tuple[int, ...]) -> tuple[Statement, ...]:
    """``[A > 0] -> sign(A)`` in narrow layers that are ``known`` to have no activation below 0."""
    narrow = {layer for layer in known if widths[layer] <= NARROW}

    def each(s: Statement) -> Statement:
        if not layers(s) <= narrow:
            return s
        if isinstance(s, Loop):
            return replace(s, body=tuple(replace(op, value=_signed(op.value)) for op in s.body))
        return replace(s, value=_signed(s.value))

    return tuple(map(each, errors))


def _signed(value: Expr) -> Expr:
    if isinstance(value, Compare) and value.op == ">" and value.right == ZERO and letter(value.left) == "A":
        return Fn("sign", (value.left,))
    return value.map(_signed)


def rewritten(expr: Expr) -> Expr:
    """The expression with the rules applied, innermost first."""
    expr = expr.map(rewritten)
    for rule in RULES:
        found = rule(expr)
        if found is not None:
            return found
    return expr


def share_of_one(e: Expr) -> Expr | None:
    """``exp(-logaddexp(0, u)) = 1/(1 + e^u) = 1/2 + 1/2 tanh(-u/2)``: half the time, never too large"""
    if not isinstance(e, Fn) or e.name != "exp":
        return None
    inside = negated(e.args[0])
    if not isinstance(inside, Fn) or inside.name != "logaddexp" or ZERO not in inside.args:
        return None
    (u,) = [a for a in inside.args if a != ZERO] or [ZERO]
    return Add((HALF, Mul((HALF, Fn("tanh", (arranged(Mul((num(Fraction(-1, 2)), u))),))))))


def complement(e: Expr) -> Expr | None:
    """``a (1 - a) = a - a^2``: one operation on numbers less"""
    if not isinstance(e, Mul):
        return None
    for factor in e.factors:
        taken = _one_minus(factor)
        if taken is not None and taken in e.factors:
            rest = [f for f in e.factors if f not in (factor, taken)]
            return Mul((Add((taken, Mul((num(-1), Mul((taken, taken)))))), *rest))
    return None


def _one_minus(e: Expr) -> Expr | None:
    """``a`` of ``1 - a``."""
    if not isinstance(e, Add) or len(e.terms) != 2 or e.terms[0] != ONE:
        return None
    taken = negated(e.terms[1])
    return taken if isinstance(taken, Name) else None


RULES: tuple[Callable[[Expr], Expr | None], ...] = (share_of_one, complement)
