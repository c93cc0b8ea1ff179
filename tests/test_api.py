"""What ``import derive`` offers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import derive
from derive.derivation.steps import Chapter
from derive.errors import DeriveError

ROOT = Path(__file__).parents[1]
PAGE = r"""
# Backpropagation

$$z^l_k = \sum_j w^l_{kj} a^{l-1}_j + b^l_k, \qquad a^l_k = f_l(z^l_k)$$
"""


def test_public_names() -> None:
    assert set(derive.__all__) == {"Network", "check", "network"}
    assert all(getattr(derive, name) for name in derive.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nope'"):
        derive.nope  # noqa: B018


def test_import_costs_nothing() -> None:
    code = "import sys, derive; print(sorted({'sympy', 'numpy', 'click', 'jinja2'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_network_and_all_that_follows() -> None:
    net = derive.network("2-3:tanh-1:sigmoid", penalty={"l2": 0.1}, cost="squared-error", optimisers=["sgd"])
    assert isinstance(net, derive.Network)
    chapter = net.derivation()
    assert isinstance(chapter, Chapter)
    labels = [d.label for s in chapter.sections for d in s.derivations]
    assert {"delta-output", "delta-hidden", "gradient-W", "gradient-b"} <= set(labels)
    assert all(step.check is not None for s in chapter.sections for d in s.derivations for step in d.steps)
    assert "\\begin{document}" in net.notes()
    assert "def gradient(" in net.code()
    assert net.gradcheck().holds


def test_emitted_code_has_the_gradient_of_its_cost() -> None:
    """Differences of the emitted cost itself."""
    space: dict[str, object] = {}
    exec(compile(derive.network("3-4:tanh-2:softmax").code(), "network.py", "exec"), space)  # our own output
    initial, cost, gradient = space["initial_parameters"], space["cost"], space["gradient"]
    assert callable(initial)
    assert callable(cost)
    assert callable(gradient)
    rng = np.random.default_rng(0)
    theta, X, Y = initial(seed=1), rng.normal(size=(5, 3)), np.eye(2)[rng.integers(0, 2, 5)]
    steps = np.eye(len(theta)) * 1e-6
    differences = np.array([(cost(theta + s, X, Y) - cost(theta - s, X, Y)) / 2e-6 for s in steps])
    assert gradient(theta, X, Y) == pytest.approx(differences, abs=1e-8)


@pytest.mark.parametrize("text", ["", "3-", "3-2:sigmiod", "nope"])
def test_bad_networks_raise_our_own_error(text: str) -> None:
    with pytest.raises(DeriveError):
        derive.network(text)


def test_check_reads_text() -> None:
    report = derive.check(PAGE)
    assert report.exit_code in (0, 3)
