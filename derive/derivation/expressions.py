"""Small operations on the lines of a derivation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.substitute import fresh, put
from derive.algebra.tree import ONE, Add, Binder, Expr, Mul, Partial, Ref, Sum, Sym

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from derive.derivation.steps import Derivation


def summed(body: Expr, limits: Sequence[tuple[Sym, Expr]]) -> Expr:
    for letter, high in reversed(limits):
        body = Sum(body, letter, ONE, high)
    return body


def renamed(expr: Expr, taken: frozenset[Sym]) -> Expr:
    """Bound letters renamed away from ``taken``, so that a reader never meets one letter in two roles."""
    if isinstance(expr, Binder) and expr.index in taken:
        letter = fresh(taken | expr.body.symbols, "q")
        expr = type(expr)(put(expr.body, {expr.index: letter}), letter, expr.low, expr.high)  # type: ignore[call-arg]
    inside = taken | ({expr.index} if isinstance(expr, Binder) else set())
    return expr.map(lambda child: renamed(child, frozenset(inside)))


def nested(expr: Expr) -> bool:
    """Whether a product of the expression has a sum of terms as a factor."""
    return any(isinstance(n, Mul) and any(isinstance(f, Add) for f in n.factors) for n in expr.walk())


def is_adjoint(node: Expr, lemma: Derivation) -> bool:
    left = lemma.claim[0]
    assert isinstance(left, Partial)
    assert isinstance(left.wrt, Ref)
    return (
        isinstance(node, Partial)
        and node.of == left.of
        and isinstance(node.wrt, Ref)
        and node.wrt.name == left.wrt.name
    )


def replace_adjoint(expr: Expr, lemma: Derivation) -> Expr:
    """Every ``dJ/dq[..]`` in ``expr`` replaced by what the lemma says of that member."""
    if is_adjoint(expr, lemma):
        left, right = lemma.claim
        assert isinstance(left, Partial)
        assert isinstance(left.wrt, Ref)
        assert isinstance(expr, Partial)
        return put(right, bindings(left.wrt, expr.wrt))
    return expr.map(lambda child: replace_adjoint(child, lemma))


def bindings(general: Ref, member: Expr) -> Mapping[Sym, Expr]:
    assert isinstance(member, Ref)
    pairs = [
        *zip(general.slots, member.slots, strict=True),
        *zip(general.entries or (), member.entries or (), strict=True),
    ]
    return {g: m for g, m in pairs if isinstance(g, Sym)}
