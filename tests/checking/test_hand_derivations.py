"""Labelled equations of published derivations and single mutations of them, and three documents of a page."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from derive.checking import check_text
from derive.checking.explaining import derived, explanation, search
from derive.checking.setting import Setting, from_toml
from derive.checking.verdicts import Verdict

FOLDER = Path(__file__).parent / "hand_derivations"
CASES = [json.loads(line) for line in (FOLDER / "cases.jsonl").read_text(encoding="utf-8").splitlines()]
SETTINGS = sorted({case["setting"] for case in CASES})
ANSWERS = json.loads((FOLDER / "documents" / "answers.json").read_text(encoding="utf-8"))
DEFINITIONS = {"right", "definition"}


def of(name: str) -> Setting:
    return from_toml((FOLDER / "settings" / f"{name}.toml").read_text(encoding="utf-8"), f"{name}.toml")


def page_of(name: str) -> str:
    """All cases of a setting on one page."""
    return "\n\n".join(f"$$\n{case['latex']}\n$$" for case in CASES if case["setting"] == name)


@cache
def judged(name: str) -> tuple[Verdict, ...]:
    """The verdicts on the page of a setting, without explanations."""
    return check_text(page_of(name), "cases.md", of(name), explain=False).verdicts


@pytest.mark.parametrize("name", SETTINGS)
def test_equations_of_one_setting(name: str) -> None:
    """Every right one is judged right, every wrong one wrong at its first wrong step."""
    cases = [case for case in CASES if case["setting"] == name]
    verdicts, lines = judged(name), _lines(page_of(name))
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


def _without_sums(name: str) -> Setting:
    """The setting of an author who takes it for granted that targets are one-hot."""
    told = re.compile(r"\\sum_\S+ .* = 1|.* \\in .*")
    return of(name).without([line for line in of(name).given if told.fullmatch(line.text)])


def _briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found to explain in so little time is enough to see that it decides nothing."""
    for module in (derived, explanation, search):
        monkeypatch.setattr(module, "SECONDS", 0.01)


@pytest.mark.parametrize("name", SETTINGS)
def test_explanations_change_no_verdict(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _briefly(monkeypatch)
    bare, explained = judged(name), check_text(page_of(name), "cases.md", of(name)).verdicts
    assert [(v.verdict, v.judgement.reason) for v in bare] == [(v.verdict, v.judgement.reason) for v in explained]
    assert not any(v.judgement.slips or v.judgement.right for v in bare)


def test_what_is_left_open_is_found_without_explanations(monkeypatch: pytest.MonkeyPatch) -> None:
    _briefly(monkeypatch)
    page, setting = page_of("rows_softmax"), _without_sums("rows_softmax")
    bare, explained = (check_text(page, "cases.md", setting, explain=e).verdicts for e in (False, True))
    assert [(v.verdict, v.judgement.reason) for v in bare] == [(v.verdict, v.judgement.reason) for v in explained]
    assert any(v.judgement.reason.startswith("right if ") for v in bare)
    assert any(v.verdict == "wrong" for v in bare)


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
