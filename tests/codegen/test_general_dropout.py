"""Dropout in code for any network: masks as in code for one network, and nothing left out of what is no training."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

import derive
from derive.errors import DeriveError
from derive.spec import NetworkSpec
from tests.codegen import emitted
from tests.codegen.emitted import batch, parameters, run, text
from tests.codegen.training.networks import DROPPED

GENERAL = NetworkSpec("general", cost="half-squared-error", dropout=0.25)
each_network = pytest.mark.parametrize("spec", DROPPED, ids=["shallow", "penalised", "deep"])


@cache
def general(spec: NetworkSpec) -> Any:
    """The same network of the general code; the share is an argument."""
    strengths = {t.name: t.strength for t in spec.penalty.terms} if spec.penalty else {}
    made = run(text(replace(GENERAL, penalty=spec.penalty)))
    return made.network(spec.widths, spec.activations, spec.cost, **strengths, dropout=spec.dropout)


@each_network
def test_masks_are_those_of_code_for_one_network(spec: NetworkSpec) -> None:
    made, one = general(spec), emitted.module(spec)
    theta, (X, Y) = parameters(one), batch(one.SIZES)
    found = made.gradient(theta, X, Y, np.random.default_rng(5))
    np.testing.assert_allclose(found, one.gradient(theta, X, Y, np.random.default_rng(5)), rtol=1e-12, atol=1e-15)
    assert np.abs(found - made.gradient(theta, X, Y)).max() > 1e-3 * np.abs(found).max()
    settings: dict[str, Any] = {"epochs": 2, "batch_size": 2, "learning_rate": 0.1, "verbose": False, "seed": 3}
    wanted = one.train(theta, X, Y, **settings)
    np.testing.assert_allclose(made.train(theta, X, Y, **settings), wanted, rtol=1e-9, atol=1e-12)


@each_network
def test_nothing_is_left_out_of_what_is_no_training(spec: NetworkSpec) -> None:
    made, plain = general(spec), emitted.module(replace(spec, dropout=None))
    theta, (X, Y) = parameters(plain), batch(plain.SIZES)
    np.testing.assert_allclose(made.gradient(theta, X, Y), plain.gradient(theta, X, Y), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(made.input_gradient(theta, X, Y), plain.input_gradient(theta, X, Y), rtol=1e-12)
    np.testing.assert_allclose(made.forward(theta, X), plain.forward(theta, X), rtol=1e-12)
    assert made.cost(theta, X, Y) == pytest.approx(plain.cost(theta, X, Y), rel=1e-12)
    assert made.check_gradient() < 1e-6


def test_the_share_of_the_command_is_the_default() -> None:
    made = run(text(GENERAL))
    assert made.network((3, 4, 2)).dropout == 0.25
    assert made.network((3, 4, 2), dropout=0).dropout == 0
    for wrong in (1.0, -0.1, float("nan")):
        with pytest.raises(ValueError, match="a share from 0, below 1 is needed"):
            made.network((3, 4, 2), dropout=wrong)
    assert "dropout" not in text(replace(GENERAL, dropout=None))
    theta, (X, Y) = made.network((3, 4, 2)).initial_parameters(), batch((3, 4, 2))
    with pytest.raises(ValueError, match=r"derive code general --dropout 0\.25 --optimiser momentum"):
        made.network((3, 4, 2)).train(theta, X, Y, epochs=1, batch_size=2, learning_rate=0.1, optimiser="momentum")


def test_the_checker_reads_the_notes_of_any_network() -> None:
    """What is said of every layer, with and without the masks."""
    notes = derive.network("general", dropout=0.5)
    data = json.loads(notes.notes(format="json"))
    told = {e["label"]: e["latex"] for e in data["equations"]}
    right = [told[k] for k in ("delta-hidden", "delta-hidden/product", "delta-hidden/row", "gradient-W")]
    wrong = [right[0].replace(r"\xi^l \odot ", ""), right[1].replace(r" \operatorname{diag}(\xi^q)", "")]
    assert not set(wrong) & set(right)
    blocks = [f"$$\n{x}\n$$" for x in (*right, *wrong)]
    page = "\n".join([f"<!-- derive:\n{data['settings']['matrix']}\n-->", *blocks])
    assert [v.verdict for v in derive.check(page)] == ["right"] * len(right) + ["wrong"] * len(wrong)
    assert "left out with probability $0.5$" in notes.notes(format="markdown")


def test_a_share_that_means_nothing_is_refused() -> None:
    with pytest.raises(DeriveError, match=r"dropout is '1.0'"):
        derive.network("general", dropout=1.0)
