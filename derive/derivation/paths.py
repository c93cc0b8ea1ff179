"""Networks without unit axes: from a quantity to the cost there is one path, and the chain rule is one product.

w2 -> z2 -> yhat -> J:      dJ/dw2  =  [dJ/dyhat] [dyhat/dz2] [dz2/dw2]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.layers import LayerSet, layers, split
from derive.algebra.substitute import put, replace
from derive.algebra.tree import Expr, Fn, Partial, Ref, Sym, mul
from derive.derivation.line import Line
from derive.derivation.rules import Calculus
from derive.derivation.steps import Derivation

if TYPE_CHECKING:
    from derive.derivation.engine import Engine

NAMES = {"J": "cost", "a": "activation", "z": "weighted sum"}
"""What a factor of the chain is called: by the quantity that is differentiated."""


def path_to_cost(engine: Engine, start: Ref) -> list[Ref]:
    """The members on the only path from ``start`` to the objective, both included.

    Raises:
        ValueError: the path forks.
    """
    path = [start]
    model = engine.model
    while path[-1] != model.objective:
        here = path[-1]
        quantity = model.quantities[here.name]
        users = []
        for occurrence in engine.rules.consumers.occurrences(model, quantity):
            inside = occurrence.layers is None or not here.slots
            if inside or (
                occurrence.layers and occurrence.layers.meet(layers(here.slots[0], here.slots[0]), model.order)
            ):
                users.append(occurrence)
        if len(users) != 1:
            raise ValueError(f"{here} has {len(users)} consumers: no single path")
        path.append(users[0].at(here.slots[0] if here.slots else None)[0])
    return path


def chain_product(engine: Engine, start: Ref, label: str) -> Derivation:
    """dJ/d start as the product of the derivatives along the path, each worked out as a lemma, then recomposed with
    delta.
    """
    path = path_to_cost(engine, start)
    pairs = list(zip(path[1:], path, strict=False))[::-1]
    line = Line(Partial(engine.model.objective, start))
    factors = [Partial(after, before) for after, before in pairs]
    names = tuple((f, NAMES.get(f.of.name, f.of.name)) for f in factors if isinstance(f.of, Ref))
    reason = "chain rule along the only path from {0} to the cost"
    line.to(mul(*factors), "chain", reason, start, names=names)
    lemmas = [_factor(engine, f, label) for f in factors]
    values = [f if lemma is None else lemma.claim[1] for f, lemma in zip(factors, lemmas, strict=True)]
    used = tuple(lemma.label for lemma in lemmas if lemma is not None)
    line.to(mul(*values), "lemma", "each factor worked out on its own", uses=used)
    _recompose(engine, line, path, factors, values)
    _input_named(engine, line)
    done = tuple(lemma for lemma in lemmas if lemma is not None)
    return Derivation(label, label, (line.start, line.now), tuple(line.steps), lemmas=done)


def _input_named(engine: Engine, line: Line) -> None:
    """The activation of layer 0 is the input."""
    for definition in engine.model.definitions:
        if definition.label == "forward-input":
            after = replace(line.now, definition.head, definition.rhs)
            line.to(after, "definition", "definition of {0}", definition.head, uses=(definition.label,))


def path_factors(engine: Engine, start: Ref) -> list[Expr]:
    """The values of the factors of dJ/d start, from the cost back to it."""
    path = path_to_cost(engine, start)
    factors = [Partial(after, before) for after, before in zip(path[1:], path, strict=False)][::-1]
    found = [(f, _factor(engine, f, "")) for f in factors]
    return [f if lemma is None else lemma.claim[1] for f, lemma in found]


def _factor(engine: Engine, factor: Partial, label: str) -> Derivation | None:
    """One factor from the definition of what is differentiated; None where the cost is unknown."""
    of, wrt = factor.of, factor.wrt
    assert isinstance(of, Ref)
    assert isinstance(wrt, Ref)
    definition = next(d for d in engine.model.definitions_of(of.name) if _holds(engine, d.layers, of))
    rhs = definition.rhs
    if definition.head.slots and isinstance(definition.head.slots[0], Sym):
        rhs = put(rhs, {definition.head.slots[0]: of.slots[0]})
    known = engine.model.functions.get(rhs.name) if isinstance(rhs, Fn) else None
    if known is not None and known.kind == "unknown cost":
        return None
    calculus = Calculus(engine.model, engine.rules.calculus, lambda a, b: a == b)
    line = Line(factor)
    line.to(
        Partial(engine.rules.definition(of, rhs), wrt), "definition", "definition of {0}", of, uses=(definition.label,)
    )
    line.to(calculus.derivative(rhs, wrt), "differentiate", "the derivative of a formula in {0}", wrt)
    name = f"{label}/{of.name}{_suffix(of)}-{wrt.name}{_suffix(wrt)}"
    return Derivation(name, name, (line.start, line.now), tuple(line.steps))


def _suffix(ref: Ref) -> str:
    return "".join(str(split(s)[1]) for s in ref.slots)


def _holds(engine: Engine, where: LayerSet | None, member: Ref) -> bool:
    if where is None or not member.slots:
        return True
    return bool(where.meet(layers(member.slots[0], member.slots[0]), engine.model.order))


def _recompose(engine: Engine, line: Line, path: list[Ref], factors: list[Partial], values: list[Expr]) -> None:
    """The factors down to ``dz/d..`` are delta of that layer."""
    first = next(m for m in path if m.name in engine.model.named_adjoints)
    count = len(path) - 1 - path.index(first)
    delta = Ref(engine.model.named_adjoints[first.name], first.slots, first.entries)
    rest = values[count:]
    line.to(
        mul(delta, *rest),
        "named adjoint",
        "the factors from the cost down to {0} are {1}: they use only what lies downstream of the weight",
        first,
        delta,
        uses=("delta-definition",),
    )
