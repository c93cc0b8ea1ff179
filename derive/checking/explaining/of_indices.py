"""Repairs of indices: swapped, another letter, another layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.layers import shift, split
from derive.algebra.substitute import put
from derive.algebra.tree import (
    Elem,
    Expr,
    Fn,
    Kron,
    Ref,
    Sym,
    Transpose,
)
from derive.checking.explaining.change import Change
from derive.notation.raw import Product

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from derive.checking.explaining.scope import Scope
    from derive.checking.explaining.spots import Spot


def reversed_indices(spot: Spot, _: Scope) -> Iterator[Change]:
    """``w_{kj}`` for ``w_{jk}``."""
    node = spot.node
    if isinstance(node, Ref | Elem) and node.entries and len(node.entries) == 2 and node.entries[0] != node.entries[1]:
        turned = (node.entries[1], node.entries[0])
        made = Ref(node.name, node.slots, turned, node.time) if isinstance(node, Ref) else Elem(node.array, turned)
        yield Change(made, "the indices of {0} are swapped: {1} is meant", (node, made))


def other_letter(spot: Spot, scope: Scope) -> Iterator[Change]:
    """``x_k`` for ``x_j``."""
    node = spot.node
    if not isinstance(node, Ref | Kron | Elem):
        return
    letters = (*scope.letters, *spot.bound)
    own = node.children if isinstance(node, Kron) else node.entries or ()
    for n, old in enumerate(own):
        for new in letters:
            if new != old and isinstance(old, Sym):
                changed = (*own[:n], new, *own[n + 1 :])
                made = _with_entries(node, changed)
                yield Change(made, "{0} is written where {1} is meant", (node, made))


def _with_entries(node: Expr, entries: tuple[Expr, ...]) -> Expr:
    if isinstance(node, Ref):
        return Ref(node.name, node.slots, entries, node.time)
    return Kron(*entries) if isinstance(node, Kron) else Elem(node.children[0], entries)


def moved_layer(spot: Spot, scope: Scope) -> Iterator[Change]:
    """``W^l`` for ``W^{l+1}``; every layer inside moves along."""
    node = spot.node
    slots = [s for n in node.walk() if isinstance(n, Ref | Fn) for s in n.slots]
    if not slots or (isinstance(node, Transpose) and not isinstance(node.arg, Product)):
        return
    dear = 0.0 if isinstance(node, Ref) else 0.05 if isinstance(node, Fn) else 0.15
    for by in (1, -1):
        made = at_layers(node, lambda s, by=by: shift(s, by))  # type: ignore[misc]
        yield Change(made, "the layer is off by one: {1} is meant, not {0}", (node, made), dear=dear)
    for letter in dict.fromkeys(split(s)[0] for s in slots):
        for other in scope.layer_letters:
            if letter is not None and other != letter:
                made = at_layers(node, lambda s, a=letter, b=other: put(s, {a: b}))  # type: ignore[misc]
                yield Change(made, "the wrong layer: {1} is meant, not {0}", (node, made), dear=dear + 0.1)


def at_layers(e: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """The expression with its layers changed."""
    if isinstance(e, Ref):
        return Ref(e.name, tuple(change(s) for s in e.slots), e.entries, e.time)
    made = e.map(lambda child: at_layers(child, change) if not _is_slot(e, child) else child)
    if isinstance(made, Fn):
        return Fn(made.name, made.args, tuple(change(s) for s in made.slots), made.order)
    return made


def _is_slot(e: Expr, child: Expr) -> bool:
    return isinstance(e, Fn) and any(child is s for s in e.slots)
