"""Repairs of array products: transposes, order, elementwise or matrix product, diagonal matrices."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from derive.algebra.tree import (
    Add,
    Diag,
    Fn,
    Num,
    Partial,
    Ref,
    Transpose,
)
from derive.checking.explaining.change import Change
from derive.checking.explaining.spots import Spot, factors, product
from derive.notation.raw import Product, bare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from derive.algebra.tree import Expr
    from derive.checking.explaining.scope import Scope


def transposed(spot: Spot, scope: Scope) -> Iterator[Change]:
    """``W d`` for ``W^T d``."""
    node = spot.node
    if isinstance(node, Transpose) or isinstance(spot.parent, Transpose) or spot.in_derivative:
        return
    if (isinstance(node, Ref) and node.entries is None) or (isinstance(node, Product | Add) and not scope.in_entries):
        yield Change(
            Transpose(node), "the transpose of {0} is missing", (node,), dear=0.0 if isinstance(node, Ref) else 0.2
        )


def untransposed(spot: Spot, _: Scope) -> Iterator[Change]:
    if isinstance(spot.node, Transpose):
        yield Change(spot.node.arg, "{0} must not be transposed", (spot.node.arg,))


def swapped(spot: Spot, scope: Scope) -> Iterator[Change]:
    """``A B`` for ``B A``."""
    if scope.in_entries or not isinstance(spot.node, Product):
        return
    parts, signs = factors(spot.node)
    for i, j in combinations(range(len(parts)), 2):
        if isinstance(bare(parts[i]), Num) or isinstance(bare(parts[j]), Num):
            continue
        moved = list(parts)
        moved[i], moved[j] = moved[j], moved[i]
        says = "the factors {0} and {1} are in the wrong order"
        yield Change(product(moved, list(signs)), says, (parts[i], parts[j]), dear=0.1 * (j - i - 1))
        turned = _crossed(parts[i], parts[j])
        if turned is not None:
            moved = [*parts[:i], turned[0], *parts[i + 1 : j], turned[1], *parts[j + 1 :]]
            yield Change(product(moved, list(signs)), says, (parts[i], parts[j]), dear=0.05)
        moved = [*parts[:i], *parts[i + 1 : j + 1], parts[i], *parts[j + 1 :]]
        if j > i + 1:
            yield Change(product(moved, list(signs)), "the factor {0} stands in the wrong place", (parts[i],), dear=0.2)
            moved = [*parts[:i], parts[j], *parts[i:j], *parts[j + 1 :]]
            yield Change(product(moved, list(signs)), "the factor {0} stands in the wrong place", (parts[j],), dear=0.2)


def _crossed(one: Expr, other: Expr) -> tuple[Expr, Expr] | None:
    """The factors of ``A B^T`` exchanged with the transpose left where it is: ``B A^T``."""
    a, b = (x.arg if isinstance(x, Transpose) else x for x in (one, other))
    if isinstance(one, Transpose) == isinstance(other, Transpose):
        return None
    return (Transpose(b), a) if isinstance(one, Transpose) else (b, Transpose(a))


def elementwise(spot: Spot, scope: Scope) -> Iterator[Change]:
    """A matrix product for an elementwise one, and the other way round."""
    if not isinstance(spot.node, Product) or scope.in_entries:
        return
    parts, signs = factors(spot.node)
    sign = next(iter(sorted(scope.understood.table.elementwise)), r"\odot")
    own = next((s for s in signs if s in scope.understood.table.elementwise), sign)
    for n in range(1, len(parts)):
        other = "" if signs[n] in scope.understood.table.elementwise else own
        if signs[n] == "/":
            continue
        made = [*signs[:n], other, *signs[n + 1 :]]
        said = "elementwise product" if other else "matrix product"
        yield Change(
            product(list(parts), made), f"between {{0}} and {{1}} the {said} is needed", (parts[n - 1], parts[n])
        )
    if len(parts) > 2 and any(signs):
        yield Change(product(list(parts), [""] * len(parts)), "the matrix product is needed", dear=0.2)


def diagonal(spot: Spot, scope: Scope) -> Iterator[Change]:
    """``f'(z) d`` for ``diag(f'(z)) d``."""
    if scope.in_entries:
        return
    if isinstance(spot.node, Diag):
        yield Change(spot.node.arg, "{0} stands without diag", (spot.node.arg,), kind="matmul_vs_elementwise")
    elif isinstance(spot.node, Fn | Ref) and not isinstance(spot.parent, Diag | Fn | Partial):
        yield Change(Diag(spot.node), "diag is missing around {0}", (spot.node,))
