r"""Products and sums with dots: read as the series that both sides of the dots show, or not at all."""

from __future__ import annotations

import pytest

from derive.checking import check_text
from derive.checking.setting import from_preset, from_toml

DEEP = from_toml(
    r"""
layers = 'l = 0..L'
given = '''
  z^l = W^l a^{l-1}
  a^l = \sigma(z^l)
  a^0 = x
  C = \frac12 \|y - a^L\|^2
  \delta^l = \frac{\partial C}{\partial z^l}
  D^l = \operatorname{diag}(\sigma'(z^l))
'''
[functions]
'\sigma' = 'any'
[conventions]
vectors = 'columns'
jacobian = 'numerator'
""",
    "setting",
)
SUMS = from_toml(
    r"""
layers = 'l = 1..L'
given = '''
  z = \sum_{j=1}^n w_j x_j + b
  s = \sum_{l=1}^{L} r^l
  p = \prod_{l=1}^{L} r^l
'''
""",
    "setting",
)
WIKIPEDIA = from_preset("wikipedia")


def verdicts(setting: object, *lines: str) -> list[tuple[str, str, str]]:
    page = "\n".join(f"$$ {line} $$" for line in lines)
    found = check_text(page, "page.md", setting, explain=False).verdicts  # type: ignore[arg-type]
    return [(v.verdict, v.judgement.range, v.judgement.reason) for v in found]


ACTIVATIONS = (
    r"\frac{\partial a^L}{\partial a^l} = \frac{\partial a^L}{\partial z^L} \frac{\partial z^L}{\partial a^{L-1}}"
    r" \cdots \frac{\partial a^{l+1}}{\partial z^{l+1}} \frac{\partial z^{l+1}}{\partial a^l}"
)
JACOBIANS = (
    r"\frac{\partial a^L}{\partial a^l} = D^L \frac{\partial z^L}{\partial z^{L-1}}"
    r" \frac{\partial z^{L-1}}{\partial z^{L-2}} \cdots \frac{\partial z^{l+2}}{\partial z^{l+1}} W^{l+1}"
)
RIGHT = [
    (DEEP, r"\delta^l = D^l W^{l+1\top} D^{l+1} W^{l+2\top} D^{l+2} \cdots W^{L\top} \delta^L", "l = 1..L-3"),
    (DEEP, r"\delta^l = D^l W^{l+1\top} D^{l+1} \cdots W^{L\top} D^L (a^L - y)", "l = 1..L-2"),
    (DEEP, r"\frac{\partial z^L}{\partial z^l} = W^L D^{L-1} W^{L-1} D^{L-2} \cdots W^{l+1} D^l", "l = 1..L-3"),
    (DEEP, ACTIVATIONS, "l = 0..L-2"),
    (DEEP, JACOBIANS, "l = 0..L-4"),
    (DEEP, r"\frac{\partial z^L}{\partial a^l} = W^L D^{L-1} \cdots W^{l+1}", "l = 0..L-2"),
    (SUMS, r"z = w_1 x_1 + \cdots + w_n x_n + b", ""),
    (SUMS, r"z = w_1 x_1 + w_2 x_2 + \cdots + w_n x_n + b", ""),
    (SUMS, r"z = b + x_n w_n + \ldots + x_1 w_1", ""),
    (SUMS, r"s = r^1 + \cdots + r^L", ""),
    (SUMS, r"s = r^1 + r^2 + \cdots + r^{L-1} + r^L", ""),
    (SUMS, r"p = r^1 r^2 \cdots r^{L}", ""),
    (SUMS, r"\frac{\partial p}{\partial r^1} = r^2 r^3 \cdots r^L", ""),
    (WIKIPEDIA, r"\nabla_{a^{l-1}} C = (W^l)^T \cdot (f^l)' \circ \nabla_{a^l} C", "l = 1..L"),
]  # fmt: skip
WRONG = [
    (SUMS, r"s = r^1 + r^n + \cdots + r^{L-1} + r^L"),
    (DEEP, r"\delta^l = D^{l+1} W^{l+1\top} D^{l+1} W^{l+2\top} D^{l+2} \cdots W^{L\top} \delta^L"),
    (DEEP, r"\delta^l = W^{l+1\top} D^{l+1} W^{l+2\top} D^{l+2} \cdots W^{L\top} \delta^L"),
    (DEEP, r"\delta^l = D^l W^{l+1\top} D^{l+1} \cdots W^{L\top} D^L (y - a^L)"),
    (DEEP, r"\frac{\partial z^L}{\partial z^l} = W^L D^{L-1} W^{L-1} D^{L-2} \cdots W^{l+2} D^{l+1}"),
    (DEEP, r"\frac{\partial z^L}{\partial z^l} = W^{L\top} D^{L-1} W^{L-1\top} D^{L-2} \cdots W^{l+1\top} D^l"),
    (SUMS, r"z = w_1 x_1 + \cdots + w_n x_n"),
    (SUMS, r"z = w_2 x_2 + \cdots + w_n x_n + b"),
    (SUMS, r"z = w_1 + \cdots + w_n + b"),
    (SUMS, r"s = r^1 + \cdots + r^{L-1}"),
    (SUMS, r"p = r^2 r^3 \cdots r^L"),
    (SUMS, r"p = r^1 r^2 \cdots r^{L-1}"),
    (SUMS, r"p = r^1 \cdots r^3 r^L"),
    (WIKIPEDIA, r"\nabla_{a^{l-1}} C = (W^l)^T \cdot (f^{l-1})' \circ \nabla_{a^l} C"),
    (WIKIPEDIA, r"\delta^l = (W^{l+1})^T \cdot (f^{l+1})' \circ \delta^{l+1}"),
]
UNCLEAR = [
    (SUMS, r"p = r^1 r^3 \cdots r^L"),
    (SUMS, r"p = r^L r^{L-1} \cdots r^{L+1}"),
    (SUMS, r"p = r^1 \cdots w_1"),
    (SUMS, r"p = r^1 \cdots"),
    (SUMS, r"s = r^1 - \cdots + r^L"),
    (SUMS, r"s = r^1 + \cdots - r^L"),
    (SUMS, r"s = r^1 - \cdots - r^L"),
    (SUMS, r"p = r^1 \cdots r^2 \cdots r^L"),
    (SUMS, r"s = r^1 + w_1 + \cdots + r^L"),
    (SUMS, r"z = w_1 x_2 + \cdots + w_n x_n + b"),
    # one factor of two that alternate on each side: what comes between would be a guess
    (DEEP, r"\delta^l = D^l W^{l+1\top} \cdots W^{L\top} \delta^L"),
]


@pytest.mark.parametrize(("setting", "tex", "where"), RIGHT, ids=[row[1][:60] for row in RIGHT])
def test_a_series_with_dots_is_right(setting: object, tex: str, where: str) -> None:
    ((verdict, range_, _),) = verdicts(setting, tex)
    assert verdict in ("right", "definition")
    assert range_ == where


@pytest.mark.parametrize(("setting", "tex"), WRONG, ids=[row[1][:60] for row in WRONG])
def test_a_series_with_a_slip_is_wrong(setting: object, tex: str) -> None:
    assert [v[0] for v in verdicts(setting, tex)] == ["wrong"]


@pytest.mark.parametrize(("setting", "tex"), UNCLEAR, ids=[row[1][:60] for row in UNCLEAR])
def test_what_dots_leave_out_is_never_guessed(setting: object, tex: str) -> None:
    ((verdict, _, reason),) = verdicts(setting, tex)
    assert verdict == "cannot_tell"
    assert "dots" in reason


def test_a_line_of_the_setting_may_have_dots() -> None:
    lines = r"z = w_1 x_1 + w_2 x_2 + \cdots + w_n x_n"
    base = from_toml(f"given = '''\n  {lines}\n'''\n[shapes]\n'w_j' = 'n'\n'x_j' = 'n'\n", "setting")
    found = verdicts(base, r"\frac{\partial z}{\partial w_j} = x_j", r"\frac{\partial z}{\partial w_j} = w_j")
    assert [v[0] for v in found] == ["right", "wrong"]
