"""Types before unknown names: what cannot be well-typed whatever an unknown symbol is, is wrong."""

from __future__ import annotations

import pytest

from derive.checking import check_text
from derive.checking.setting import from_preset

WRONG = [
    ("nielsen", r"\delta^l = w^{l+1}\delta^{l+1} + q"),
    ("nielsen", r"q = w^l z^l"),
    ("nielsen", r"\delta^l = \delta^{l+1} \odot q"),
    ("nielsen", r"\delta^l = (w^l + \epsilon) z^l + p"),
    ("nielsen", r"\delta^l_j = \sum_k w^l_{kj} \delta^l_k + q"),
    ("ng", r"dW^{[l]} = \kappa\, dZ^{[l]} A^{[l-1]}"),
]
OPEN = [
    ("nielsen", r"\delta^l = \rho w^{l+1}\delta^{l+1}"),
    ("nielsen", r"\delta^l = Q \sigma(z^{l+1})"),
    ("nielsen", r"\delta^l = q(z^{l+1})"),
    ("nielsen", r"\delta^l = \delta^{l+1} q"),
    ("nielsen", r"\delta^l = \foo z^{l+1} + z^{l+1}"),
    ("nielsen", r"q = (w^{l+1})^T \delta^{l+1}"),
    ("ng", r"dZ^{[L]} = E^{[L]} - Y"),
    ("ng", r"dQ^{[l]} = A^{[L]} - Y"),
]


def verdict(preset: str, latex: str) -> str:
    (found,) = check_text(f"$$ {latex} $$", "page.md", from_preset(preset), explain=False).verdicts
    assert (found.verdict == "wrong") == found.judgement.reason.startswith("shapes")
    return found.verdict


@pytest.mark.parametrize(("preset", "latex"), WRONG)
def test_ill_typed_whatever_the_unknown_is(preset: str, latex: str) -> None:
    assert verdict(preset, latex) == "wrong"


@pytest.mark.parametrize(("preset", "latex"), OPEN)
def test_what_the_unknown_might_mend_is_open(preset: str, latex: str) -> None:
    assert verdict(preset, latex) == "cannot_tell"
