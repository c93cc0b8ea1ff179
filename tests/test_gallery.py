"""The named networks, and what a network's text resolves to."""

from __future__ import annotations

from typing import Any

import pytest

from derive import gallery
from derive.data.activations import ACTIVATIONS
from derive.errors import DeriveError
from derive.spec import NetworkSpec, PenaltySpec, parse_network


def test_every_entry_is_a_network() -> None:
    assert len(set(gallery.names())) == len(gallery.GALLERY)
    for entry in gallery.GALLERY:
        spec = entry.spec()
        assert spec.name == entry.name
        assert entry.reading
        assert spec.text == (entry.text or None)
        assert gallery.resolve(entry.name) == spec


@pytest.mark.parametrize(
    ("name", "widths", "activations", "cost"),
    [
        ("two-node", (1, 1, 1), ("sigmoid", "sigmoid"), None),
        ("general", None, None, None),
        ("xor", (2, 3, 1), ("tanh", "sigmoid"), "binary-cross-entropy"),
        ("digits", (64, 32, 10), ("relu", "softmax"), "cross-entropy"),
        ("mnist", (784, 128, 64, 10), ("relu", "relu", "softmax"), "cross-entropy"),
        ("regression", (10, 16, 8, 1), ("tanh", "tanh", "identity"), "half-squared-error"),
        ("robust", (6, 8, 1), ("tanh", "identity"), "huber"),
        ("own", (4, 3, 2), ("bent", "identity"), "quartic"),
        ("deep", (1,) * 11, ("sigmoid",) * 10, "half-squared-error"),
        ("softmax-inside", (6, 8, 5, 3), ("tanh", "softmax", "identity"), "half-squared-error"),
    ],
)
def test_what_the_names_mean(name: str, widths: Any, activations: Any, cost: str | None) -> None:
    spec = gallery.resolve(name)
    assert (spec.widths, spec.activations, spec.cost) == (widths, activations, cost)


def test_the_common_activations_occur() -> None:
    shown = {f for e in gallery.GALLERY for f in e.spec().activations or ()}
    own = {f for e in gallery.GALLERY for f in e.own[0]}
    assert {"identity", "sigmoid", "tanh", "relu", "softmax"} <= shown <= {*ACTIVATIONS.names, *own}


@pytest.mark.parametrize("text", ["Two_Node", " two-node ", "TWO-NODE"])
def test_names_in_other_spellings(text: str) -> None:
    assert gallery.resolve(text) == gallery.resolve("two-node")


def test_options_change_a_named_network() -> None:
    spec = gallery.resolve("xor", cost="squared-error", penalty="l2=0.5", optimisers=["sgd"])
    assert (spec.cost, spec.penalty, spec.optimisers) == ("squared-error", PenaltySpec.of("l2", 0.5), ("sgd",))
    assert gallery.resolve("mnist", penalty="l2=0").penalty is None
    assert gallery.resolve("mnist").penalty == PenaltySpec.of("l2", 1e-4)


def test_other_text_is_a_compact_string() -> None:
    assert gallery.resolve("3-2:tanh", cost="squared-error") == parse_network("3-2:tanh", cost="squared-error")


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("twonode", "did you mean 'two-node'?"),
        ("digit", "did you mean 'digits'?"),
        ("genral", "did you mean 'general'?"),
        ("qqqq", "derive list networks"),
        ("a\nb", "derive list networks"),
        ("x" * 10**5, "derive list networks"),
    ],
    ids=lambda t: t[:10],
)
def test_unknown_name(text: str, remedy: str) -> None:
    with pytest.raises(DeriveError, match="there is no network") as raised:
        gallery.resolve(text)
    assert remedy in str(raised.value)
    assert all(name in str(raised.value) for name in gallery.names())
    assert len(str(raised.value)) < 600


@pytest.mark.parametrize("text", ["", " ", "3-", "0-1", "3"])
def test_unusable_text(text: str) -> None:
    with pytest.raises(DeriveError):
        gallery.resolve(text)


@pytest.mark.parametrize(
    "options",
    [
        {"cost": "cross-entropy"},
        {"cost": "nope"},
        {"penalty": "l2=nan"},
        {"penalty": {"l2": -1.0}},
        {"penalty": {}},
        {"optimisers": ["adm"]},
    ],
    ids=str,
)
@pytest.mark.parametrize("name", ["regression", "3-2:tanh"])
def test_options_that_do_not_fit(name: str, options: dict[str, Any]) -> None:
    with pytest.raises(DeriveError):
        gallery.resolve(name, **options)


def test_code_needs_a_cost() -> None:
    assert gallery.for_code(gallery.resolve("two-node")).cost == "half-squared-error"
    assert gallery.for_code(NetworkSpec("general")).cost == "half-squared-error"
    xor = gallery.resolve("xor")
    assert gallery.for_code(xor) is xor
