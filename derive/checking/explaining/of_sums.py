"""Repairs of sums, Kronecker deltas and links of the chain rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.substitute import fresh, put
from derive.algebra.tree import (
    COLON,
    ONE,
    Add,
    Expr,
    Kron,
    MatMul,
    Mul,
    Ones,
    Partial,
    Ref,
    Sum,
    Sym,
    Transpose,
    neg,
)
from derive.checking.explaining.change import Change
from derive.checking.explaining.of_numbers import times
from derive.checking.explaining.scope import Scope, free_letters, letter_pairs
from derive.checking.explaining.spots import Spot, factors, product
from derive.notation.raw import Product, bare, unknown_size

if TYPE_CHECKING:
    from collections.abc import Iterator


def summed(spot: Spot, scope: Scope) -> Iterator[Change]:
    """A sum that is missing: over a letter that only one side has, or over units that were taken to be one."""
    if not spot.takes_factors or spot.in_derivative:
        return
    left = set(free_letters(scope.sides[0]))
    own = [s for s in free_letters(spot.node) if s not in spot.bound]
    says = "the sum over {0} is missing"
    for letter in own:
        if letter not in left:
            yield Change(sum_over(spot.node, letter), says, (letter,))
    for letter in own:
        new = fresh({*scope.letters, *spot.bound, *spot.node.symbols}, "q", "p")
        names = dict.fromkeys(n.name for n in spot.node.walk() if isinstance(n, Ref) and letter in (n.entries or ()))
        for name in names:
            made = _renamed(spot.node, name, letter, new)
            yield Change(sum_over(made, new), says, (new,), dear=0.1)
    yield from _over_examples(spot, scope)


def sum_over(e: Expr, letter: Sym) -> Sum:
    """A sum whose ends the slots of its letter tell."""
    return Sum(e, letter, unknown_size(901), unknown_size(902))


def _renamed(e: Expr, name: str, old: Sym, new: Sym) -> Expr:
    """The letter of one quantity renamed."""
    if isinstance(e, Ref):
        return put(e, {old: new}) if e.name == name else e
    return e.map(lambda child: _renamed(child, name, old, new))


def _over_examples(spot: Spot, scope: Scope) -> Iterator[Change]:
    """``dZ`` for the sum of its columns."""
    samples = scope.understood.table.samples
    letter = fresh({*scope.letters, *spot.bound, *spot.node.symbols}, *_example_letters(scope))
    if samples is None:
        return
    says, down = "the sum over the examples is missing", Ones(samples)
    quantities = scope.understood.model.quantities
    arrays = dict.fromkeys(n for n in spot.node.walk() if isinstance(n, Ref) and n.entries is None)
    kinds = {n: [a.kind for a in quantities[n.name].axes] for n in arrays}
    several = {n: axes for n, axes in kinds.items() if "sample" in axes}
    for node, axes in several.items():
        one = Ref(node.name, node.slots, tuple(letter if kind == "sample" else COLON for kind in axes))
        yield Change(Sum(replaced(spot.node, node, one), letter, ONE, samples), says)
        other = MatMul((Transpose(down), node)) if axes[0] == "sample" else MatMul((node, down))
        yield Change(replaced(spot.node, node, other), says, dear=0.05)
    if len(several) > 1:
        rows = next(iter(several.values()))[0] == "sample"
        yield Change(Product((Transpose(down), spot.node) if rows else (spot.node, down), ("", "")), says, dear=0.06)


def _example_letters(scope: Scope) -> list[str]:
    index = scope.understood.setting.index
    return [k.lstrip("\\") for k, says in index.items() if says.strip().startswith("example")] or ["i"]


def replaced(e: Expr, old: Expr, new: Expr) -> Expr:
    """Every occurrence of one node replaced."""
    return new if e == old else e.map(lambda child: replaced(child, old, new))


def unsummed(spot: Spot, scope: Scope) -> Iterator[Change]:
    """A sum too many; a term that the sum should leave out or should not."""
    node = spot.node
    if not isinstance(node, Sum):
        return
    yield Change(node.body, "the sum over {0} is too much", (node.index,))
    for letter in (*scope.letters, *spot.bound):
        other = Mul((Add((ONE, neg(Kron(node.index, letter)))), node.body))
        made = Sum(other, node.index, node.low, node.high)
        yield Change(made, "the sum over {0} must leave out {1}", (node.index, letter), "wrong_sum_range", 0.2)
    if isinstance(node.body, Mul) and len(node.body.factors) == 2 and isinstance(node.body.factors[0], Add):
        made = Sum(node.body.factors[1], node.index, node.low, node.high)
        yield Change(made, "the sum over {0} must leave nothing out", (node.index,), "wrong_sum_range")


def summed_over_another(spot: Spot, _: Scope) -> Iterator[Change]:
    r"""``\sum_k w_{kj} d_k`` for ``\sum_j w_{kj} d_j``: what has only the letter of the sum follows it."""
    node = spot.node
    if not isinstance(node, Sum):
        return
    for letter in free_letters(node.body):
        if letter not in (node.index, *spot.bound):
            made = sum_over(_following(node.body, node.index, letter), letter)
            yield Change(made, "the sum is over {0} where one over {1} is meant", (node.index, letter))


def _following(e: Expr, old: Sym, new: Sym) -> Expr:
    """The letter of a sum renamed in all that does not hold the new one."""
    if isinstance(e, Ref):
        return e if new in (e.entries or ()) else put(e, {old: new})
    return e.map(lambda child: _following(child, old, new))


def kronecker(spot: Spot, scope: Scope) -> Iterator[Change]:
    """``1`` for the Kronecker delta."""
    if isinstance(spot.node, Kron):
        yield Change(ONE, "{0} is too much", (spot.node,), "extra_kronecker")
    for i, k in letter_pairs(scope, spot.bound):
        delta = Kron(i, k)
        if spot.node == ONE:
            yield Change(delta, "the Kronecker delta {0} is missing", (delta,))
        elif spot.takes_factors or (isinstance(spot.parent, Product) and isinstance(spot.node, Ref)):
            yield Change(times(delta, spot.node), "the Kronecker delta {0} is missing", (delta,), dear=0.1)


def linked(spot: Spot, _: Scope) -> Iterator[Change]:
    """A link of the chain rule that is missing: ``dz/da da/dw`` for ``dz/da da/dz dz/dw``."""
    parts, signs = factors(spot.node)
    if len(parts) < 2:
        return
    for n in range(1, len(parts)):
        before, after = bare(parts[n - 1]), bare(parts[n])
        for above, below in ((before, after), (after, before)):
            if isinstance(above, Partial) and isinstance(below, Partial) and above.wrt != below.of:
                link = Partial(above.wrt, below.of)
                made = product([*parts[:n], link, *parts[n:]], [*signs[:n], "", *signs[n:]])
                yield Change(made, "the link {0} of the chain rule is missing", (link,))
