"""Formulas that cost less in whole arrays, each rule an identity; ``stable`` has seen to it that nothing overflows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from derive.algebra.tree import ONE, ZERO, Add, Compare, Expr, Fn, Mul, Num, num
from derive.codegen.arrange import arranged, negated
from derive.codegen.nodes import Name
from derive.codegen.program import Loop, Op, Program, Statement
from derive.codegen.training.variables import letter, variable

HALF = Num(Fraction(1, 2))


def cheaper(program: Program) -> Program:
    """The program with every rule applied to every line, and comparisons of Z done on A where that is the same."""
    ops = [op for s in program.forward for op in (s.body if isinstance(s, Loop) else (s,))]
    same_sign = {variable(op.target).layer for op in ops if letter(Name(op.target)) == "A" and _same_sign(op.value)}

    def one(op: Op) -> Op:
        value = rewritten(op.value)
        own = variable(op.target).layer
        value = _compared(value, own) if own in same_sign and not _defines(op) else value
        return replace(op, value=value)

    def each(s: Statement) -> Statement:
        return replace(s, body=tuple(map(one, s.body))) if isinstance(s, Loop) else one(s)

    return replace(
        program,
        forward=tuple(map(each, program.forward)),
        costs=tuple(map(one, program.costs)),
        errors=tuple(map(each, program.errors)),
        gradients=tuple(map(each, program.gradients)),
        input_gradient=one(program.input_gradient),
    )


def _defines(op: Op) -> bool:
    return letter(Name(op.target)) == "A"


def _same_sign(value: Expr) -> bool:
    """``max(0, z)``: positive exactly where z is."""
    return isinstance(value, Fn) and value.name == "max" and ZERO in value.args


def _compared(value: Expr, layer: str) -> Expr:
    """``Z > 0 -> A > 0``: one array less is read, and Z need not be kept."""
    if isinstance(value, Compare) and value.op == ">" and value.right == ZERO and letter(value.left) == "Z":
        assert isinstance(value.left, Name)
        return replace(value, left=Name(variable(value.left.text).called("A")))
    return value.map(lambda child: _compared(child, layer))


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
