"""Formulas for browsers: well-formed, escaped, with the parts in their places."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from derive.notation.failures import ReadFailure
from derive.notation.mathml import mathml

NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"


def shape(latex: str) -> str:
    """The element names of the outermost formula, and its text."""
    root = ET.fromstring(mathml(latex))

    def told(e: ET.Element) -> str:
        name = e.tag.removeprefix(NAMESPACE)
        inner = "".join(told(c) for c in e)
        return inner if name == "mrow" else f"{name}({inner or e.text or ''})"

    return told(root[0])


@pytest.mark.parametrize(
    ("latex", "wanted"),
    [
        (r"x^2_k", "msubsup(mi(x)mi(k)mn(2))"),
        (r"\frac{a}{b}", "mfrac(mi(a)mi(b))"),
        (r"\sum_{k=1}^n x", "munderover(mo(∑)mi(k)mo(=)mn(1)mi(n))mi(x)"),
        (r"f'(z)", "msup(mi(f)mo(′))mo(()mi(z)mo())"),
        (r"\hat y", "mover(mi(y)mo(^))"),
        (r"\delta \odot 12.5", "mi(δ)mo(⊙)mn(12.5)"),
        (r"\text{if } x", "mtext(\u00a0if\u00a0)mi(x)"),
        (r"\begin{aligned} a &= b \\ &= c \end{aligned}",
         "mtable(mtr(mtd(mi(a))mtd(mo(=)mi(b)))mtr(mtd()mtd(mo(=)mi(c))))"),
        (r"\begin{cases} a & \text{if } b \\ c \end{cases}",
         "mo({)mtable(mtr(mtd(mi(a))mtd(mtext(\u00a0if\u00a0)mi(b)))mtr(mtd(mi(c))))"),
        (r"\unheardof x", "mi(unheardof)mi(x)"),
    ],
)  # fmt: skip
def test_parts_stand_in_their_places(latex: str, wanted: str) -> None:
    assert shape(latex) == wanted


def test_lines_of_a_derivation_meet_at_their_signs() -> None:
    made = mathml(r"\begin{aligned} a &= \frac{b}{c} \\ &= d \end{aligned}")
    cells = [cell.get("style", "") for cell in ET.fromstring(made).iter(f"{NAMESPACE}mtd")]
    assert [("right" in style, "left;" in style) for style in cells] == [(True, False), (False, True)] * 2
    assert 'mtable displaystyle="true"' in made
    assert "displaystyle" not in mathml(r"\begin{cases} a & b \\ c & d \end{cases}")


def test_nothing_of_the_author_is_markup() -> None:
    made = mathml(r"a < b & \text{<script>alert(1)</script>} \\ c > \"d\"")
    assert "<script" not in made
    ET.fromstring(made)


@pytest.mark.parametrize("latex", ["{" * 200 + "x" + "}" * 200, r"\frac{a}", "{x"])
def test_what_cannot_be_shown_is_told(latex: str) -> None:
    with pytest.raises(ReadFailure):
        mathml(latex)


def test_scripts_behind_brackets_belong_to_all_of_them() -> None:
    made = mathml(r"(a + b)^2 \, [c")
    assert "<msup><mrow><mo>(</mo><mrow>" in made
    assert "<mo>)</mo></mrow><mrow><mn>2</mn></mrow></msup>" in made
    assert "<mo>[</mo><mi>c</mi>" in made
