"""A counterexample is a network that anyone can compute again: its numbers, by hand, give both sides."""

from __future__ import annotations

import re

import pytest

from derive.checking import check, replay
from derive.errors import DeriveError

CHAIN = "given = '''\n  p = a x + b\n  q = p^3\n  V = (q - t)^2\n'''\n[conventions]\nvectors = 'scalars'\n"
PAGE = (
    r"$$ \frac{\partial V}{\partial q} = 2 (q - t) $$" + "\n\n" + r"$$ \frac{\partial V}{\partial p} = 2 (q - t) p^2 $$"
)


def test_the_numbers_give_both_sides_by_hand() -> None:
    text = replay(PAGE, 2, setting=CHAIN)
    n = {name: float(value) for name, value in re.findall(r"^(\w) = (\S+)", text, re.MULTILINE)}
    assert n["p"] == pytest.approx(n["a"] * n["x"] + n["b"], rel=1e-12)
    assert n["q"] == pytest.approx(n["p"] ** 3, rel=1e-12)
    expected, got = (float(re.search(rf"^{what}: (\S+)$", text, re.MULTILINE).group(1))  # type: ignore[union-attr]
                     for what in ("definition", "this expression"))  # fmt: skip
    assert got == pytest.approx(2 * (n["q"] - n["t"]) * n["p"] ** 2, rel=1e-12)
    assert expected == pytest.approx(2 * (n["q"] - n["t"]) * 3 * n["p"] ** 2, rel=1e-12)
    counterexample = list(check(PAGE, setting=CHAIN))[1].judgement.counterexample
    assert counterexample is not None
    assert (counterexample.expected, counterexample.got) == (expected, got)


def test_arrays_are_named_in_the_letters_of_the_page() -> None:
    text = replay(r"$$ \frac{\partial J}{\partial \mathbf b^l} = 2 \delta^l $$", 1, preset="lecture_matrix")
    assert re.search(r"W\}?\^\{?1\}? = \[\[", text)
    assert "(drawn)" in text


@pytest.mark.parametrize("number", [1, 3])
def test_what_has_no_counterexample_says_so(number: int) -> None:
    with pytest.raises(DeriveError):
        replay(PAGE, number, setting=CHAIN)
