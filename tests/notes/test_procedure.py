"""The pseudocode cites what is computed, with a penalty, with an optimiser, with dropout."""

from __future__ import annotations

import pytest

from derive.algebra.tree import Partial, Ref
from derive.derivation.citations import with_lemmas
from derive.derivation.steps import Derivation
from derive.notes.document import Cite, Procedure
from tests.notes.networks import ALL, NAMES, network
from tests.notes.test_document import blocks_of, words

BOTH = "4-3:relu-2:softmax --optimiser adam"


def lines_of(name: str) -> list[tuple[str, list[str]]]:
    """The words of each line and the labels that it cites."""
    (found,) = (b for b in blocks_of(name) if isinstance(b, Procedure))
    return [(words(text), [p.label for p in text if isinstance(p, Cite)]) for _, text in found.lines]


def cited(name: str, beginning: str) -> list[str]:
    return [label for said, labels in lines_of(name) if said.startswith(beginning) for label in labels]


def told(name: str) -> dict[str, Derivation]:
    return {d.label: d for s in network(name)[0].sections for top in s.derivations for d in with_lemmas(top)}


@pytest.mark.parametrize("name", [*NAMES, ALL])
def test_the_whole_forward_pass_is_cited(name: str) -> None:
    section = next(s for s in network(name)[0].sections if s.key in ("scalar", "index"))
    computed = [d.label for d in section.forward if not d.label.startswith("cost")]
    assert sorted(cited(name, "set the input") + cited(name, "for : ")) == sorted(computed)


@pytest.mark.parametrize("name", [*NAMES, ALL])
def test_gradients_are_those_of_the_cost_that_is_made_small(name: str) -> None:
    """With a penalty of the network the gradients and the updates are those with the penalty."""
    found = told(name)
    objective = "Jhat" if network(name)[1].penalty is not None else "J"
    for label in cited(name, "the gradients"):
        left = found[label].claim[0]
        assert isinstance(left, Partial)
        assert left.of == Ref(objective)
    assert len(cited(name, "the gradients")) == 2


@pytest.mark.parametrize("name", [BOTH, ALL])
def test_the_updates_are_those_of_the_optimiser(name: str) -> None:
    section = next(s for s in network(name)[0].sections if s.key == "optimised-adam")
    assert cited(name, "Update with Adam") == [u.label for u in section.updates]
    assert lines_of(name)[0][0].startswith("Begin")


def test_plain_updates_with_a_penalty() -> None:
    assert cited("mnist", "Update") == ["update-W-penalty", "update-b-penalty"]
    assert cited("general", "Update") == ["update-W", "update-b"]


@pytest.mark.parametrize("name", [*NAMES, ALL])
def test_masks_are_drawn_in_each_step_and_not_in_prediction(name: str) -> None:
    said = [line for line, _ in lines_of(name)]
    drawn = [n for n, line in enumerate(said) if line.startswith("Draw the masks") and "anew" in line]
    predicted = [line for line in said if line.startswith("To predict")]
    assert (len(drawn), len(predicted)) == ((1, 1) if network(name)[1].dropout is not None else (0, 0))
    if drawn:
        assert said[drawn[0] - 1].startswith("Until the cost")
        assert said[drawn[0] + 1].startswith("Forward")
