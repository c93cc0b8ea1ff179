"""The written lecture as it stands, and its imprecise statements beside what they should say."""

from __future__ import annotations

from pathlib import Path

import pytest

from derive.checking import check_text
from derive.checking.setting import from_preset, from_toml

FOLDER = Path(__file__).parent / "lectures"

VERDICTS = [
    # (line, verdict): why
    (49, "definition"),  # a^0 = x, the four forward equations of the page, which the setting quotes
    (49, "definition"),  # z^{m+1} = W^{m+1} a^m + b^{m+1}
    (49, "definition"),  # a^{m+1} = f(z^{m+1})
    (49, "definition"),  # a = a^L
    (53, "cannot_tell"),  # delta^L with a capital Z^L, which is defined nowhere (E13)
    (65, "right"),  # the recursion; * binds more loosely than the matrix product (E11)
    (75, "right"),  # dJ/dW^m, read as a schematic chain (E15)
    (81, "right"),  # the step of W
    (81, "right"),  # the step of b: dJ/db^m = delta^m, never derived on the page (E20)
    (104, "cannot_tell"),  # the regularised cost writes alpha, which is the learning rate, for lambda (E21)
]


def test_every_equation_of_the_lecture_has_a_verdict() -> None:
    text = (FOLDER / "training_a_network.txt").read_text(encoding="utf-8")
    setting = from_toml((FOLDER / "training_a_network.toml").read_text(encoding="utf-8"), "training_a_network.toml")
    report = check_text(text, "training_a_network.txt", setting, explain=False)
    assert [(v.line, v.verdict) for v in report.verdicts] == VERDICTS
    reasons = {v.line: v.judgement.reason for v in report.verdicts if v.verdict == "cannot_tell"}
    assert "Z^L" in reasons[53]
    assert set(reasons) == {53, 104}


CHAIN, INDEX, MATRIX = "lecture_chain", "lecture_index", "lecture_matrix"
A, Z, W, B = r"\mathbf a", r"\mathbf z", r"\mathbf W", r"\mathbf b"
STATEMENTS = [
    ("E2", CHAIN, r"\frac{\partial J}{\partial w_2} = \frac{\partial J}{\partial \hat y} \sigma'(z_1) a_1",
     r"\frac{\partial J}{\partial w_2} = \frac{\partial J}{\partial \hat y} \sigma'(z_2) a_1"),
    ("E4", CHAIN, r"\sigma'(z_2) = \sigma(z_2) \sigma(z_2)", r"\sigma'(z_2) = \sigma(z_2) \sigma(-z_2)"),
    ("E7", INDEX, r"z^l_k = \sum_j w^l_{kj} a^{l-1}_j + b^l", r"z^l_k = \sum_j w^l_{kj} a^{l-1}_j + b^l_k"),
    ("E8", INDEX, r"\frac{\partial J}{\partial a^L_k} = \sum_p \delta^{L+1}_p w^{L+1}_{pk}",
     r"\frac{\partial J}{\partial a^L_k} = \frac{\partial J}{\partial \hat y_k}"),
    ("E9", INDEX, r"\frac{\partial J}{\partial a^l_k} = \sum_p w^{l+1}_{kp} \delta^{l+1}_p",
     r"\frac{\partial J}{\partial a^l_k} = \sum_p w^{l+1}_{pk} \delta^{l+1}_p"),
    ("E10", MATRIX, rf"\delta^m = f'({Z}^m) * ({W}^{{m+1}})^T \delta^{{m+1}}, \quad m = L-1, \dots, 0",
     rf"\delta^m = f'({Z}^m) * ({W}^{{m+1}})^T \delta^{{m+1}}, \quad m = L-1, \dots, 1"),
    ("E11", MATRIX, rf"\delta^m = (f'({Z}^m) * ({W}^{{m+1}})^T) \delta^{{m+1}}",
     rf"\delta^m = f'({Z}^m) * (({W}^{{m+1}})^T \delta^{{m+1}})"),
    ("E12", MATRIX, rf"\frac{{\partial {A}^m}}{{\partial {Z}^m}} = f'({Z}^m)",
     rf"\frac{{\partial {A}^m}}{{\partial {Z}^m}} = \operatorname{{diag}}(f'({Z}^m))"),
    ("E13", MATRIX, rf"\delta^L = f'({Z}^m) * \frac{{\partial J}}{{\partial {A}}}",
     rf"\delta^L = f'({Z}^L) * \frac{{\partial J}}{{\partial {A}}}"),
    ("E14", MATRIX, rf"\frac{{\partial J}}{{\partial {A}^m}} = {W}^{{m+1}} \delta^{{m+1}}",
     rf"\frac{{\partial J}}{{\partial {A}^m}} = ({W}^{{m+1}})^T \delta^{{m+1}}"),
    ("E15", MATRIX, rf"\frac{{\partial J}}{{\partial {W}^m}} = ({A}^{{m-1}})^T \delta^m",
     rf"\frac{{\partial J}}{{\partial {W}^m}} = \delta^m ({A}^{{m-1}})^T"),
    ("E16", INDEX, r"\frac{\partial z^l_i}{\partial w^l_{kj}} = a^{l-1}_j",
     r"\frac{\partial z^l_i}{\partial w^l_{kj}} = \delta_{ik} a^{l-1}_j"),
    ("E17", MATRIX, rf"\frac{{\partial J}}{{\partial {W}^m}} = \delta^m {A}^{{m-1}}",
     rf"\frac{{\partial J}}{{\partial {W}^m}} = \delta^m ({A}^{{m-1}})^T"),
    ("E20", MATRIX, rf"\frac{{\partial J}}{{\partial {B}^m}} = \delta^m * {B}^m",
     rf"\frac{{\partial J}}{{\partial {B}^m}} = \delta^m"),
    ("E22", MATRIX, rf"\frac{{\partial \Omega(\theta)}}{{\partial {W}^m}} = {W}^m",
     rf"\frac{{\partial \Omega(\theta)}}{{\partial {W}^m}} = 2 {W}^m"),
    ("E23", MATRIX,
     (rf"(1 - \alpha\lambda) {W}^m - \alpha \delta^m ({A}^{{m-1}})^T = "
     rf"{W}^m - \alpha \frac{{\partial \hat J}}{{\partial {W}^m}}"),
     (rf"(1 - 2\alpha\lambda) {W}^m - \alpha \delta^m ({A}^{{m-1}})^T = "
     rf"{W}^m - \alpha \frac{{\partial \hat J}}{{\partial {W}^m}}")),
]  # fmt: skip
"""What the lecture says (made an equation), and the correction.  E18 is a sentence about sizes, no equation."""

NUMERATOR = "[conventions]\njacobian = 'numerator'\n"


@pytest.mark.parametrize(("case", "preset", "said", "correct"), STATEMENTS, ids=[row[0] for row in STATEMENTS])
def test_imprecise_statement_and_its_correction(case: str, preset: str, said: str, correct: str) -> None:
    setting = from_toml(NUMERATOR, "", 1, from_preset(preset)) if case == "E12" else from_preset(preset)
    page = f"$$ {said} $$\n\n$$ {correct} $$\n"
    wrong, right = check_text(page, "page.md", setting, explain=False).verdicts
    assert wrong.verdict == "wrong"
    assert right.verdict in ("right", "definition")
