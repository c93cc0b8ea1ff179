"""What the lectures say about training is measured: facts hold on the emitted code, and are denied where they fail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from derive import demonstration, network
from derive.demonstration import descent, limits, updates
from derive.demonstration.lab import FEW, Fact, Lab, cost, trained


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    folder = tmp_path_factory.mktemp("demo")
    (folder / "digits.py").write_text(network("digits").code(), encoding="utf-8")
    return Lab(folder / "training", folder / "digits.py")


@pytest.fixture(scope="module")
def facts(lab: Lab) -> list[Fact]:
    return [*descent.facts(lab), *limits.facts(lab), *updates.facts(lab)]


def test_every_fact_holds(facts: list[Fact]) -> None:
    assert [fact.title for fact in facts if not fact.holds] == []
    assert len(facts) == 13


def test_the_report_tells_every_fact_with_numbers(facts: list[Fact]) -> None:
    page = demonstration.report(facts)
    for n, fact in enumerate(facts, start=1):
        assert f"## {n}. {fact.title}" in page
        assert any(c.isdigit() for c in fact.told)
        assert "nan" not in fact.told


def test_the_sets_do_not_share_an_image(lab: Lab) -> None:
    """Training, validation and test images are different ones; the noise is in the small training set only."""
    sets = [{row.tobytes() for row in digits.X} for digits in (lab.train, lab.validation, lab.test)]
    assert len(set.union(*sets)) == sum(map(len, sets))
    assert len(lab.validation) + len(lab.test) == len(lab.held_out)
    assert (lab.few.labels != lab.train.labels[:FEW]).sum() == FEW // 5


def test_the_numbers_are_those_of_the_code(lab: Lab) -> None:
    """The cost of the untrained network by hand: minus the mean logarithm of the output of the right digit."""
    theta = lab.digits.initial_parameters(0)
    right = lab.digits.forward(theta, lab.train.X)[np.arange(len(lab.train)), lab.train.labels]
    assert cost(lab.digits, theta, lab.train) == pytest.approx(-np.log(right).mean(), rel=1e-12)


def broken(lab: Lab, **changed: Any) -> Lab:
    """The same lab with parts of the digits' module replaced."""
    digits = SimpleNamespace(**{**vars(lab.digits), **changed})
    other = Lab.__new__(Lab)
    other.__dict__.update({**lab.__dict__, "digits": digits})
    return other


@pytest.mark.parametrize(
    "fact", [descent.equal_weights, descent.epochs_and_batches, descent.shuffling, descent.no_convergence]
)
def test_code_that_does_not_train_is_seen(lab: Lab, fact: Callable[[Lab], Fact]) -> None:
    assert not fact(broken(lab, train=lambda theta, *_given, **_options: theta)).holds


def test_an_optimiser_that_is_gradient_descent_is_seen(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def plain(*given: Any, optimiser: str, **options: Any) -> Any:
        assert optimiser
        return trained(*given, **options)

    monkeypatch.setattr(updates, "trained", plain)
    assert not updates.optimisers(lab).holds


def test_a_gradient_of_the_wrong_sign_is_seen(lab: Lab) -> None:
    assert not descent.one_step(broken(lab, gradient=lambda *given: -lab.digits.gradient(*given))).holds


def test_weights_that_are_not_random_enough_are_seen(lab: Lab) -> None:
    theta = trained(lab.digits, lab.digits.initial_parameters(0), lab.train, 2)
    assert not descent.random_start(broken(lab, initial_parameters=lambda _seed: theta)).holds


def test_the_demo_says_when_a_fact_fails(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = Fact("A fact", "It is 1.", "here", holds=False)
    monkeypatch.setattr(descent, "facts", lambda _lab: iter([wrong]))
    for room in (limits, updates):
        monkeypatch.setattr(room, "facts", lambda _lab: iter([]))
    said: list[str] = []
    assert not demonstration._facts(tmp_path, lab, said.append)
    assert any("NOT WHAT WAS EXPECTED" in line for line in said)
    assert "It is 1." in (tmp_path / "training.md").read_text(encoding="utf-8")
