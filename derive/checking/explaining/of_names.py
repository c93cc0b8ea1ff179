"""Repairs of names: a prime, another quantity, another function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.tree import (
    Fn,
    Pow,
    Ref,
)
from derive.checking.explaining.change import Change
from derive.notation.raw import Power, bare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from derive.algebra.tree import Expr
    from derive.checking.explaining.scope import Scope
    from derive.checking.explaining.spots import Spot
    from derive.model.model import Quantity


def with_prime(spot: Spot, scope: Scope) -> Iterator[Change]:
    """``f(z)`` for ``f'(z)``, and the other way round; ``f^l(z)``, which is a power, for ``f'(z)``."""
    node = spot.node
    if isinstance(node, Pow | Power) and isinstance(bare(node.base), Fn):
        inner = bare(node.base)
        assert isinstance(inner, Fn)
        prime = Fn(inner.name, inner.args, inner.slots, 1)
        yield Change(prime, "the prime is missing: {1} is meant, not {0}", (node, prime))
    if isinstance(node, Fn) and len(node.args) == 1 and node.name not in ("sqnorm", "total", "trace", "softmax"):
        made = Fn(node.name, node.args, node.slots, 1 - min(node.order, 1))
        says = "the prime is missing: {1} is meant, not {0}" if made.order else "{1} is meant, not {0}"
        yield Change(made, says, (node, made), "" if made.order else "extra_prime")


def other_member(spot: Spot, scope: Scope) -> Iterator[Change]:
    """``a`` for ``z``; a number in the name that is off by one is a layer that is."""
    node = spot.node
    if not isinstance(node, Ref):
        return
    model = scope.understood.model.quantities
    for q in scope.quantities:
        if q.name == node.name or (len(q.axes) != len(model[node.name].axes) and node.entries):
            continue
        for slots in _slots(q, spot, scope):
            entries = node.entries if q.axes else ()
            made = Ref(q.name, slots, None if q.axes and not entries else entries)
            kind = "layer_index_off_by_one" if _same_base(q.name, node.name) else ""
            yield Change(made, "{0} is written where {1} is meant", (node, made), kind)


def _slots(q: Quantity, spot: Spot, scope: Scope) -> list[tuple[Expr, ...]]:
    """The layers at which a quantity could stand for a member: the same, or any at hand."""
    assert isinstance(spot.node, Ref)
    anywhere: list[tuple[Expr, ...]] = [(p,) for p in scope.positions]
    if q.layer is None:
        return [()]
    return [spot.node.slots] if spot.node.slots and not spot.in_derivative else anywhere


def _same_base(one: str, other: str) -> bool:
    """Names that differ in a number alone: ``w_1`` and ``w_2``."""
    a, b = (x.strip("$").rstrip("0123456789") for x in (one, other))
    return a == b and a.endswith("_")


def other_function(spot: Spot, scope: Scope) -> Iterator[Change]:
    node = spot.node
    if isinstance(node, Fn):
        for f in scope.understood.model.functions.values():
            if f.name != node.name and f.per_layer == bool(node.slots) and f.kind in ("unknown", "formula"):
                made = Fn(f.name, node.args, node.slots, node.order)
                yield Change(made, "{0} is written where {1} is meant", (node, made))
