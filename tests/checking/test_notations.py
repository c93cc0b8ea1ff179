"""The notations of well-known books and courses: what they print is right in their setting, with a slip it is wrong."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from derive.checking import check_text, preset_names
from derive.checking.setting import Setting, from_preset, from_toml

FOLDER = Path(__file__).parent / "notations"
Row = dict[str, Any]
TRANSPOSE = re.compile(r"\^\{?(?:\\top|T|\\mathsf\s*T|\\mathsf\{T\})\}?|(?<=[\])])(?:T|\\top)(?=\})")


def rows() -> list[tuple[str, int, Row]]:
    out = []
    for path in sorted(FOLDER.glob("*.toml")):
        found = tomllib.loads(path.read_text(encoding="utf-8"))["expected"]
        out += [(path.stem, n, row) for n, row in enumerate(found)]
    return out


ROWS = rows()
IDS = [f"{name} {n} {row['what']}" for name, n, row in ROWS]


def setting(name: str, row: Row) -> Setting:
    """The preset, with what the equation supposes beside it."""
    base = from_preset(name)
    return from_toml(row["setting"], "setting", 1, base) if "setting" in row else base


def judged(name: str, row: Row, texts: list[str]) -> list[set[str]]:
    """The verdicts on each text, all on one page."""
    page = "\n".join(f"$$ {' '.join(tex.split())} $$" for tex in texts)
    verdicts = check_text(page, "page.md", setting(name, row), explain=False).verdicts
    return [{v.verdict for v in verdicts if v.line == n} for n in range(1, len(texts) + 1)]


def with_three_more(tex: str) -> str:
    """The equation with 3 added to its second member."""
    depth = 0
    for n, c in enumerate(tex):
        depth += (c == "{") - (c == "}")
        for relation in ("=", r"\equiv", r"\leftarrow", r"\rightarrow"):
            if depth == 0 and tex.startswith(relation, n):
                end = n + len(relation)
                return tex[:end] + " 3 + " + tex[end:]
    raise AssertionError(tex)


def without_transpose(tex: str) -> list[str]:
    """The equation without its last transpose."""
    found = list(TRANSPOSE.finditer(tex))
    return [tex[: found[-1].start()] + tex[found[-1].end() :]] if found else []


def test_every_notation_is_a_preset() -> None:
    assert {path.stem for path in FOLDER.glob("*.toml")} <= set(preset_names())
    assert len(preset_names()) == 25


@pytest.mark.parametrize(("name", "n", "row"), ROWS, ids=IDS)
def test_what_a_book_prints_is_right_and_with_a_slip_wrong(name: str, n: int, row: Row) -> None:
    tex = row["latex"]
    slips = [with_three_more(tex), *without_transpose(tex)]
    right, *wrong = judged(name, row, [tex, *slips])
    assert right
    assert right <= {"right", "definition"}
    for slip, found in zip(slips, wrong, strict=True):
        assert "wrong" in found, slip
