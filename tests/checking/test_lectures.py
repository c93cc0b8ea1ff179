"""The notations of the lectures: every equation that they are expected to print is right, with a slip it is wrong."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from derive.checking import check_text
from derive.checking.setting import PRESETS, Line, from_preset

Row = dict[str, Any]

SLIPS: dict[tuple[str, str, str], tuple[str, str]] = {
    ("lecture_chain", "output-delta", ""): (r"\sigma'(z_2)", r"\sigma'(z_1)"),
    ("lecture_chain", "output-delta", "cost"): (r"(1 - \hat y)", r"(1 + \hat y)"),
    ("lecture_chain", "hidden-delta", ""): ("w_2", "w_1"),
    ("lecture_chain", "weight-gradient", ""): ("a_1 =", "a_2 ="),
    ("lecture_chain", "weight-gradient", "1"): (", x", ", a_1"),
    ("lecture_chain", "bias-gradient", ""): (r"= \delta_2", r"= \delta_2 b_2"),
    ("lecture_chain", "input-gradient", ""): ("w_1", "w_2"),
    ("lecture_chain", "update", ""): (r"-\eta\, \delta_2", r"\eta\, \delta_2"),
    ("lecture_index", "output-delta", ""): (r"\sigma'(z^L_k)", r"\sigma(z^L_k)"),
    ("lecture_index", "hidden-delta", ""): ("w^{l+1}_{pk}", "w^{l+1}_{kp}"),
    ("lecture_index", "hidden-delta", "1"): (r"= \sum_p \delta^{l+1}_p\, w^{l+1}_{pk}", r"= \sum_p w^{l+1}_{pk}"),
    ("lecture_index", "weight-gradient", ""): (r"\sigma'(z^l_k)\, a^{l-1}_j", r"\sigma'(z^l_k)\, a^l_j"),
    ("lecture_index", "weight-gradient", "1"): ("a^{l-1}_j", "z^l_j"),
    ("lecture_index", "bias-gradient", ""): (r"= \delta^l_k", r"= \delta^l"),
    ("lecture_index", "input-gradient", ""): (r"\delta^1_p", r"\delta^1_j"),
    ("lecture_index", "update", ""): (r"\delta^l_k\,", r"\delta^l_j\,"),
    ("lecture_matrix", "output-delta", ""): (r"f'(\mathbf{z}^L) *", ""),
    ("lecture_matrix", "hidden-delta", ""): (r")^{T} \delta", r") \delta"),
    ("lecture_matrix", "weight-gradient", ""): (r"(\mathbf{a}^{m-1})^{T}", r"(\mathbf{a}^{m})^{T}"),
    ("lecture_matrix", "bias-gradient", ""): (r"= \delta^{m}", r"= 2 \delta^{m}"),
    ("lecture_matrix", "input-gradient", ""): (r"\delta^{1}", r"\delta^{0}"),
    ("lecture_matrix", "update", ""): (r"-\alpha \delta", r"-\delta"),
    ("lecture_matrix", "cost", ""): (r"\lambda \sum", r"\frac{\lambda}{2} \sum"),
    ("lecture_matrix", "regularised-update", ""): ("-2 ", "-"),
}


def rows() -> list[tuple[str, Row, tuple[str, str]]]:
    """Every expected equation with its planted slip."""
    out = []
    for name in ("lecture_chain", "lecture_index", "lecture_matrix"):
        data = tomllib.loads((PRESETS / f"{name}.toml").read_text(encoding="utf-8"))
        seen: dict[str, int] = {}
        for row in data["expected"]:
            count = seen.get(row["what"], 0)
            seen[row["what"]] = count + 1
            key = "cost" if "cost" in row else str(count) if count else ""
            out.append((name, row, SLIPS[name, row["what"], key]))
    return out


def judged(name: str, row: Row, tex: str) -> list[str]:
    setting = from_preset(name)
    if "cost" in row:
        setting = setting.with_lines([Line(f"J = {row['cost']}")])
    if "local" in row:
        setting = setting.with_lines([Line(row["local"])])
    return [v.verdict for v in check_text(f"$$\n{tex}\n$$", "page.md", setting).verdicts]


def statement(row: Row) -> str:
    return str(row.get("claim") or row.get("collision_free") or row["latex"])


IDS = [f"{name} {row['what']}" for name, row, _ in rows()]


@pytest.mark.parametrize(("name", "row", "slip"), rows(), ids=IDS)
def test_expected_equation_is_right(name: str, row: Row, slip: tuple[str, str]) -> None:
    found = judged(name, row, statement(row))
    assert found
    assert set(found) <= {"right", "definition"}


@pytest.mark.parametrize(("name", "row", "slip"), rows(), ids=IDS)
def test_planted_slip_is_wrong(name: str, row: Row, slip: tuple[str, str]) -> None:
    right = statement(row)
    assert slip[0] in right
    assert "wrong" in judged(name, row, right.replace(*slip))
