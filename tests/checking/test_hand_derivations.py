"""Labelled equations of published derivations and single mutations of them, and three documents of a page."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from derive.checking import check_text
from derive.checking.setting import from_toml

FOLDER = Path(__file__).parent / "hand_derivations"
CASES = [json.loads(line) for line in (FOLDER / "cases.jsonl").read_text(encoding="utf-8").splitlines()]
SETTINGS = sorted({case["setting"] for case in CASES})
ANSWERS = json.loads((FOLDER / "documents" / "answers.json").read_text(encoding="utf-8"))
DEFINITIONS = {"right", "definition"}


def of(name: str) -> Any:
    return from_toml((FOLDER / "settings" / f"{name}.toml").read_text(encoding="utf-8"), f"{name}.toml")


@pytest.mark.parametrize("name", SETTINGS)
def test_equations_of_one_setting(name: str) -> None:
    """Every right one is judged right, every wrong one wrong at its first wrong step."""
    cases = [case for case in CASES if case["setting"] == name]
    page = "\n\n".join(f"$$\n{case['latex']}\n$$" for case in cases)
    verdicts = check_text(page, "cases.md", of(name), explain=False).verdicts
    lines = _lines(page)
    found: Counter[tuple[str, str]] = Counter()
    for case, (first, last) in zip(cases, lines, strict=True):
        own = [v for v in verdicts if first <= v.line <= last]
        words = {v.verdict for v in own}
        word = "wrong" if "wrong" in words else "right" if words and words <= DEFINITIONS else "cannot_tell"
        found[case["verdict"], word] += 1
        assert (case["verdict"], word) in {("right", "right"), ("wrong", "wrong")}, f"{case['id']}: {case['latex']}"
        if word == "wrong":
            step = next(v.judgement.step for v in own if v.verdict == "wrong")
            assert step == (case["first_wrong_step"] or 1), case["id"]
    assert sum(found.values()) == len(cases)


def _lines(page: str) -> list[tuple[int, int]]:
    """First and last line of every display."""
    rows = [n for n, row in enumerate(page.split("\n"), start=1) if row == "$$"]
    return list(zip(rows[::2], rows[1::2], strict=True))


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_every_verdict_of_a_document(name: str) -> None:
    text = (FOLDER / "documents" / name).read_text(encoding="utf-8")
    answer = ANSWERS[name]
    report = check_text(text, name, of(answer["setting"]["setting_id"]), explain=False)
    expected = list(answer["equations"])
    assert report.verdict == answer["document_verdict"]
    for e in expected:
        inside = e["line"], e["line"] + e["latex"].count("\n") + 1
        own = [v for v in report.verdicts if inside[0] <= v.line <= inside[1]]
        words = {v.verdict for v in own}
        word = "wrong" if "wrong" in words else "right" if words and words <= DEFINITIONS else "cannot_tell"
        assert word == e["verdict"], e
        if word == "wrong":
            assert [v.judgement.step for v in own if v.verdict == "wrong"] == [e["first_wrong_step"]]
