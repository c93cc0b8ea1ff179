"""What the notes print is read back: every equation right or a definition, with no exception, and slips are seen."""

from __future__ import annotations

import re

import pytest

from derive import pipeline
from derive.checking import check_text

NETWORKS = (
    "two-node",
    "general",
    "2-3:tanh-1:sigmoid",
    "64-32:relu-10:softmax",
    "784-128:relu-64:relu-10:softmax",
    "5-8:tanh-3",
    "4-5:softmax-3:softmax",
)


@pytest.mark.parametrize("network", NETWORKS)
def test_notes_are_read_back(network: str) -> None:
    report = check_text(pipeline.network(network).notes(), "notes.tex", explain=False)
    assert len(report.verdicts) > 60
    assert [v.text() for v in report.verdicts if v.verdict not in ("right", "definition")] == []
    assert report.verdict == "right"


@pytest.mark.parametrize("penalty", ["l2=0.01", "l1=0.01,l2=0.02"])
def test_notes_with_a_penalty_in_markdown(penalty: str) -> None:
    net = pipeline.network("3-4:relu-2:softmax", penalty=penalty)
    report = check_text(net.notes(format="markdown"), "notes.md", explain=False)
    assert [v.text() for v in report.verdicts if v.verdict not in ("right", "definition")] == []


def test_slips_in_printed_notes_are_seen() -> None:
    text = pipeline.network("general").notes()
    slips = {
        r"(\mathbf W^{l+1})^T \delta^{l+1}": r"(\mathbf W^{l+1}) \delta^{l+1}",
        r"\delta^l (\mathbf a^{l-1})^T": r"\delta^l (\mathbf a^{l})^T",
        r"f_L'(z^L_k)\, \frac{\partial J}{\partial a^L_k}": r"f_L(z^L_k)\, \frac{\partial J}{\partial a^L_k}",
        r"l = L-1, \dots, 1": r"l = L-1, \dots, 0",
    }
    for right, wrong in slips.items():
        assert right in text
        text = text.replace(right, wrong)
    found = [v for v in check_text(text, "notes.tex", explain=False).verdicts if v.verdict == "wrong"]
    assert all(any(wrong in v.latex for v in found) for wrong in slips.values())


OPTIMISERS = ("momentum", "nesterov", "rmsprop", "adam", "adamw")


@pytest.mark.parametrize(
    ("network", "notation", "form"),
    [("1-1:tanh", "lecture", "markdown"), ("xor", "lecture-matrix", "latex")],
)
def test_notes_with_optimisers_are_read_back(network: str, notation: str, form: str) -> None:
    net = pipeline.network(network, optimisers=OPTIMISERS)
    text = net.notes(form, notation)
    report = check_text(about_optimisers(text), f"notes.{form}", explain=False)
    assert [v.text() for v in report.verdicts if v.verdict not in ("right", "definition")] == []
    assert sum(r"\beta" in v.latex for v in report.verdicts) >= 10
    assert set(numbers_of_rules(net.code())) - set(re.findall(r"\\tag\{(\d+)\}", text)) == set()


def about_optimisers(text: str) -> str:
    """The sections about them, with their settings; the others are read back in other tests."""
    start = re.search(r"^(## |\\section\*\{)Gradient descent with", text, re.MULTILINE)
    assert start is not None
    return text[start.start() :]


def numbers_of_rules(code: str) -> list[str]:
    """The numbers that code cites for the update equations of optimisers."""
    found = re.findall(rf"\((\d+)\) [\w-]+-(?:{'|'.join(OPTIMISERS)})\b", code)
    assert len(found) > 40
    return found


def test_slips_about_optimisers_are_seen() -> None:
    text = pipeline.network("xor", optimisers=OPTIMISERS).notes()
    tail = about_optimisers(text)
    slips = {
        r"\mu (\theta_{t-1} - \theta_{t-2}) - \eta": r"\mu (\theta_{t-2} - \theta_{t-1}) - \eta",
        r"(1 + \mu)\, v_t": r"(1 - \mu)\, v_t",
        r"= 1 - {\beta_1}^t": r"= 1 - \beta_1",
        r"(1 - \rho)\, \sum_{i=1}^{t} \rho^{t - i}": r"(1 - \rho)\, \sum_{i=1}^{t} \rho^{t - i + 1}",
        r"\mu\, \frac{\eta_t}{\eta_{t-1}}": r"\mu\, \frac{\eta_{t-1}}{\eta_t}",
        r"\le \frac{\eta}{\sqrt{1 - \rho}}": r"\le \eta\, \rho",
        r"\epsilon\, \sqrt{1 - {\beta_2}^t}": r"\epsilon",
        r"- \frac{\eta\, \gamma}{1 - {\beta_1}^t}": r"- \eta\, \gamma",
    }
    for right, wrong in slips.items():
        assert right in tail
        tail = tail.replace(right, wrong)
    report = check_text(tail, "notes.tex", explain=False)
    found = [v.latex for v in report.verdicts if v.verdict == "wrong"]
    assert [wrong for wrong in slips.values() if not any(wrong in latex for latex in found)] == []
