"""An equation that is cited says exactly what is put in, in all layers in which it is put in.

A label is of one equation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.layers import layers
from derive.algebra.match import match
from derive.algebra.substitute import put
from derive.algebra.tree import Partial, num
from derive.errors import CheckFailed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from derive.algebra.layers import LayerSet
    from derive.algebra.tree import Expr, Sym
    from derive.derivation.steps import Derivation, Section
    from derive.model.model import Model

DEPTHS = 4
"""For so many numbers of layers, from the least on, the layers of citing and cited equation are counted."""


def check_citations(sections: Iterable[Section]) -> None:
    """Looks up every derivative that was put in, in the equation that is cited for it.

    Raises:
        CheckFailed: one label is of two equations, or a cited equation does not say what was put in, or not there.
    """
    told: dict[str, Derivation] = {}
    for section in sections:
        for d in (d for top in section.derivations for d in with_lemmas(top)):
            if told.setdefault(d.label, d).claim != d.claim or told[d.label].layers != d.layers:
                raise CheckFailed(f"{d.label}: the label of two equations")
            for label, member in _put_in(d):
                _check(told, label, member, d, section.model)


def with_lemmas(d: Derivation) -> Iterator[Derivation]:
    """A derivation behind its lemmas: the order in which they are told."""
    for lemma in d.lemmas:
        yield from with_lemmas(lemma)
    yield d


def _put_in(d: Derivation) -> Iterator[tuple[tuple[str, ...], Partial]]:
    """The derivatives that steps put in, with the labels that are cited for them."""
    for step in d.steps:
        if step.rule == "lemma":
            yield from ((step.uses, e) for e in step.reason_math if isinstance(e, Partial))


def _check(
    told: Mapping[str, Derivation], labels: tuple[str, ...], member: Partial, d: Derivation, model: Model
) -> None:
    cited = [told[label] for label in labels if label in told]
    if len(cited) < len(labels):
        raise CheckFailed(f"{d.label}: cites {', '.join(set(labels) - set(told))}, which was not told before")
    if not any(_says(other, member, d, model) for other in cited):
        raise CheckFailed(f"{d.label}: {', '.join(labels)} does not say what {member} is, or not in these layers")


def _says(cited: Derivation, member: Partial, d: Derivation, model: Model) -> bool:
    """Whether the left side of the cited equation becomes the member, in each layer in which the member is put in."""
    letters = frozenset(s for s, _ in cited.free) | ({cited.layer} if cited.layer is not None else set())
    found = match(cited.claim[0], member, letters)
    if found is None:
        return False
    if cited.layer is None or cited.layers is None:
        return True
    at = found.get(cited.layer, cited.layer)
    return all(_members(cited.layers, model, n) >= _where(at, d, model, n) for n in _depths(model))


def _depths(model: Model) -> range:
    return range(model.least_layers, model.least_layers + (DEPTHS if model.last is not None else 1))


def _members(found: LayerSet, model: Model, depth: int) -> set[int]:
    return set(found.members(_last(model, depth)))


def _last(model: Model, depth: int) -> dict[Sym, int]:
    return {} if model.last is None else {model.last: depth}


def _where(at: Expr, d: Derivation, model: Model, depth: int) -> set[int]:
    """The layers that a position such as ``l + 1`` takes while the letter of a derivation runs."""
    runs = d.layers.members(_last(model, depth)) if d.layers is not None and d.layer is not None else [None]
    places = (at if value is None or d.layer is None else put(at, {d.layer: num(value)}) for value in runs)
    return {n for place in places for n in layers(place, place).members(_last(model, depth))}
