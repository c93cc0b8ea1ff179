"""The gradient check: green for ours, red for wrong ones, a message for files that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from derive.codegen import gradcheck
from derive.errors import DeriveError
from derive.spec import NetworkSpec
from tests.codegen.emitted import chapter, compact, run, text

XOR = compact("2-3:tanh-1:sigmoid")


def test_emitted_code_for_wide_layers_is_sampled_and_agrees() -> None:
    spec = compact("120-30:relu-3:softmax")
    found = gradcheck(chapter(spec), spec)
    assert found.holds
    assert found.rows[0].compared < 120 * 30


def test_a_student_who_is_right_is_told_so(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(text(XOR).replace("def input_gradient", "def other"))
    found = gradcheck(chapter(XOR), XOR, file)
    assert found.holds
    assert [row.array for row in found.rows] == ["W_1", "b_1", "W_2", "b_2"]
    assert "agrees" in found.text()


@pytest.mark.parametrize(
    ("right", "wrong", "array"),
    [
        ("4 * np.exp(-2 * np.logaddexp(Z_1, -Z_1)) * ", "", "W_1"),
        ("Delta_1.sum(axis=0)", "-Delta_1.sum(axis=0)", "b_1"),
        ("(A_2 - Y) / N", "A_2 - Y", "W_2"),
        ("dX = Delta_1 @ W_1", "dX = 2 * Delta_1 @ W_1", "X"),
    ],
)
def test_a_wrong_gradient_is_found(tmp_path: Path, right: str, wrong: str, array: str) -> None:
    source = text(XOR)
    assert source.count(right) == 1
    (tmp_path / "mine.py").write_text(source.replace(right, wrong))
    found = gradcheck(chapter(XOR), XOR, tmp_path / "mine.py")
    assert not found.holds
    assert next(row for row in found.rows if row.array == array).relative > 0.01
    assert "DISAGREES" in found.text()
    assert run(source.replace(right, wrong)).check_gradient() > 0.01


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def grad(theta, X, Y): ...", "defines no function gradient"),
        ("gradient = 3", "defines no function gradient"),
        ("import numpy as np\ndef gradient(theta, X, Y): return theta[:-1]", "shape"),
        ("def gradient(theta, X, Y): return 1 / 0", "ZeroDivisionError"),
        ("def gradient(", "SyntaxError"),
        ("def gradient(theta, X, Y): return None", "dtype object"),
    ],
)
def test_a_file_that_cannot_be_used_is_answered(tmp_path: Path, source: str, message: str) -> None:
    (tmp_path / "mine.py").write_text(source)
    with pytest.raises(DeriveError, match=message):
        gradcheck(chapter(XOR), XOR, tmp_path / "mine.py")


def test_missing_file_and_network_without_numbers(tmp_path: Path) -> None:
    with pytest.raises(DeriveError, match="no file"):
        gradcheck(chapter(XOR), XOR, tmp_path / "nothing.py")
    with pytest.raises(DeriveError, match="no numbers"):
        gradcheck(chapter(XOR), NetworkSpec("general"))
