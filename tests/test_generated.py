"""The checked-in output of every gallery network is what the program writes today."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from derive import gallery, pipeline

GENERATED = Path(__file__).parent.parent / "generated"


@pytest.fixture(scope="module")
def current() -> dict[str, str]:
    return dict(pipeline.generated())


def test_the_files_are_those_of_the_gallery(current: dict[str, str]) -> None:
    there = {p.relative_to(GENERATED).as_posix() for p in GENERATED.rglob("*") if p.is_file()}
    assert there == set(current)
    assert {path.partition("/")[0] for path in there} == set(gallery.names())


def test_generated_is_current(current: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "generated", lambda: iter(current.items()))
    stale = pipeline.stale(GENERATED)
    assert not stale, "\n".join([*stale, "run `derive regenerate` and look at the difference"])


def test_a_changed_file_a_missing_one_and_a_strange_one_are_named(
    current: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = dict(list(current.items())[:3])
    monkeypatch.setattr(pipeline, "generated", lambda: iter(few.items()))
    assert len(list(pipeline.regenerate(tmp_path))) == 3
    assert pipeline.stale(tmp_path) == []
    first, second, _ = few
    (tmp_path / first).write_text(few[first].replace("=", "!", 1), encoding="utf-8")
    (tmp_path / second).unlink()
    (tmp_path / "stray.txt").write_text("", encoding="utf-8")
    told = "\n".join(pipeline.stale(tmp_path))
    assert f"missing: {second}" in told
    assert "not written by derive: stray.txt" in told
    assert f"--- {first} (checked in)" in told


# ---------------------------------------------------------------- one number for one equation

CITED = re.compile(r"\((\d+(?:, \d+)*)\) ([a-zA-Z]+-[\w/-]+(?:, [a-zA-Z]+-[\w/-]+)*)")
"""``(88, 99) delta-output-batch, gradient-b-batch`` in code."""


def cited(code: str) -> set[tuple[str, str]]:
    """(number, label) of every equation that emitted code cites."""
    return {
        pair
        for numbers, labels in CITED.findall(code)
        for pair in zip(numbers.split(", "), labels.split(", "), strict=True)
    }


def printed(current: dict[str, str], name: str) -> set[tuple[str, str]]:
    """(number, label) of every equation with its number beside it in the notes of a network."""
    tags = set(re.findall(r"\\tag\{(\d+)\}", current[f"{name}/notes.md"]))
    equations = json.loads(current[f"{name}/notes.json"])["equations"]
    return {(e["number"], e["label"]) for e in equations if e["number"] in tags}


@pytest.mark.parametrize("name", gallery.names())
def test_what_code_cites_stands_in_the_notes(name: str, current: dict[str, str]) -> None:
    for path in (p for p in current if p.startswith(f"{name}/") and p.endswith(".py")):
        found = cited(current[path])
        assert {"forward-z-batch", "cost-batch", "delta-output-batch"} <= {label for _, label in found}
        assert any(label.endswith("-adam") for _, label in found) == path.endswith("network.py")
        assert found - printed(current, name) == set()


def test_a_number_that_is_not_printed_is_seen(current: dict[str, str]) -> None:
    code = current["xor/network.py"] + "# (9999) delta-output-batch"
    assert cited(code) - printed(current, "xor") == {("9999", "delta-output-batch")}
