"""Types before unknown names: what cannot be well-typed whatever an unknown symbol is, is wrong."""

from __future__ import annotations

import pytest

from derive.checking import check_text
from derive.checking.setting import from_preset, from_toml
from derive.errors import DeriveError

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


# ---------------------------------------------------------------- arguments and settings

LOSS = r"""
given = '''
  p = w x
  \ell(u, v) = (u - v)^2
  C = (p - y)^2
'''
[conventions]
vectors = 'scalars'
"""


def test_a_quantity_with_other_arguments_is_not_taken_for_itself() -> None:
    for latex, wanted in ((r"\ell(u, v) = (v - u)^2", "right"), (r"C = \ell(p, y)", "cannot_tell"),
                          (r"\ell(v, u) = (u - v)^3", "cannot_tell")):  # fmt: skip
        (found,) = check_text(f"$$ {latex} $$", "page.md", from_toml(LOSS, "setting"), explain=False).verdicts
        assert found.verdict == wanted, latex


def test_a_preset_without_quotes_says_how_to_write_it() -> None:
    with pytest.raises(DeriveError, match="no TOML") as raised:
        check_text("% derive: preset = nielsen\n\\[ C = C \\]\n", "page.tex")
    assert raised.value.remedy == 'write preset = "nielsen"'
