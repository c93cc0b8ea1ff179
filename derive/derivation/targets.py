"""Conditions under which an equation becomes shorter: targets that sum to one."""

from __future__ import annotations

from dataclasses import replace

from derive.algebra.factor import gather
from derive.algebra.match import alpha
from derive.algebra.products import collect, terms
from derive.algebra.tree import ONE, Expr, Ref, Sum
from derive.derivation.ordering import ordered
from derive.derivation.steps import Derivation


def conditions(d: Derivation) -> Derivation:
    """Where the sum of the targets stands in the result, the short form for targets that sum to one is noted beside it.

    It is a remark: the equation itself, and the code, keep the sum, which is right for every target.
    """
    found = next((n for n in d.claim[1].walk() if isinstance(n, Sum) and _is_target(n.body)), None)
    if found is None:
        return d
    short = ordered(gather(collect(terms(_put_one(d.claim[1], found)))))
    return replace(d, conditions=((found, ONE), (d.claim[0], short)))


def _is_target(expr: Expr) -> bool:
    return isinstance(expr, Ref) and expr.name == "y"


def _put_one(expr: Expr, total: Expr) -> Expr:
    if alpha(expr) == alpha(total):
        return ONE
    return expr.map(lambda child: _put_one(child, total))
