"""The slope at a kink: chosen on the command line, in a file and in Python, with the same validation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import derive
from derive.checking import check
from derive.cli import cli
from derive.errors import DeriveError

FILE = """\
inputs = 2
layers = [{ width = 3, activation = "relu" }, { width = 1, activation = "identity" }]
[kinks]
relu = 1
"""


def slope_at_zero(net: derive.Network, style: str = "textbook") -> float:
    """One unit with the weight 1, the bias 0, the input 0 and the target a - 1: the gradient by the bias."""
    made: dict[str, Any] = {"__name__": "made"}
    exec(net.code(style), made)
    theta, X = np.array([1.0, 0.0]), np.zeros((1, 1))
    return float(made["gradient"](theta, X, made["forward"](theta, X) - 1)[1])


@pytest.mark.parametrize("style", ["textbook", "training"])
@pytest.mark.parametrize(("chosen", "slope"), [(None, 0.0), (1, 1.0), ("1/2", 0.5), (0, 0.0), (0.25, 0.25)])
def test_code_uses_the_slope_that_was_chosen(chosen: object, slope: float, style: str) -> None:
    kinks = None if chosen is None else {"relu": chosen}
    assert slope_at_zero(derive.network("1-1:relu", cost="half-squared-error", kinks=kinks), style) == slope


def test_notes_say_it_and_are_read_back() -> None:
    net = derive.network("2-2:relu-1", kinks={"relu": "1/2"})
    notes = net.notes("markdown")
    assert r"Where $z$ is $0$ the slope jumps, and $\frac{1}{2}$ is used by convention" in notes
    assert check(notes).exit_code == 0
    assert net.gradcheck().holds


def test_one_kink_of_several() -> None:
    net = derive.network("1-1:hard-sigmoid", cost="half-squared-error", kinks={"hard-sigmoid@3": "1/6"})
    assert "np.where(Z_1 == 3, 1 / 6" in net.code("textbook")
    assert "Z_1 == -3" not in net.code("textbook")


def test_a_kink_of_a_formula_of_ones_own() -> None:
    own = {"bowl": "where(z > 1, 3*z - 3, 0)"}
    net = derive.network("1-1:bowl", activations=own, cost="half-squared-error", kinks={"bowl@1": 2})
    assert "np.where(Z_1 == 1, 2" in net.code("textbook")


def test_file_and_command_line_say_the_same(tmp_path: Path) -> None:
    path = tmp_path / "net.toml"
    path.write_text(FILE, encoding="utf-8")
    from_file = derive.network(str(path)).code("textbook")
    assert "Z_1 >= 0" in from_file
    made = CliRunner().invoke(cli, ["code", "2-3:relu-1", "--kink", "relu=1", "--style", "textbook"])
    assert made.exit_code == 0
    assert "Z_1 >= 0" in made.output
    assert "--kink relu=1" in made.output
    changed = CliRunner().invoke(cli, ["code", str(path), "--kink", "relu=0", "--style", "textbook"])
    assert "Z_1 > 0" in changed.output


REFUSED = [
    ({"relu": 2}, "expected: a number from 0 to 1"),
    ({"relu": -1}, "expected: a number from 0 to 1"),
    ({"tanh": 0}, "which no layer has"),
    ({"rleu": 1}, "did you mean 'relu'"),
    ({"relu@1": 1}, "relu has no kink at z = 1"),
    ({"relu": "nan"}, "no number that can be used"),
    ({"relu": True}, "no number that can be used"),
    ({"relu": "1/0"}, "no number that can be used"),
    ({"relu": "9" * 99}, "no number that can be used"),
    ({"relu": [1]}, "no number that can be used"),
    ({"relu": 1, "ReLU": 0}, "is given twice"),
]


@pytest.mark.parametrize(("kinks", "said"), REFUSED, ids=lambda v: str(v)[:30])
def test_what_is_refused(kinks: dict[str, object], said: str) -> None:
    with pytest.raises(DeriveError) as raised:
        derive.network("2-3:relu-1", kinks=kinks)
    assert said in str(raised.value)


def test_a_file_says_where(tmp_path: Path) -> None:
    path = tmp_path / "net.toml"
    path.write_text(FILE.replace("relu = 1", "relu = 7"), encoding="utf-8")
    with pytest.raises(DeriveError) as raised:
        derive.network(str(path))
    assert "net.toml:3" in str(raised.value)
    assert "a number from 0 to 1" in str(raised.value)


@pytest.mark.parametrize("arguments", [["--kink", "relu"], ["--kink", "relu=1", "--kink", "relu=0"]])
def test_the_command_line_refuses_what_says_nothing(arguments: list[str]) -> None:
    with pytest.raises(DeriveError):
        CliRunner().invoke(cli, ["code", "2-3:relu-1", *arguments], catch_exceptions=False)
