"""`derive check` as a command: what goes where, and with which exit code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from derive.cli import cli, coloured
from derive.errors import DeriveError

if TYPE_CHECKING:
    from pathlib import Path

SETTING = "given = '''\n  p = a x + b\n  V = (p - t)^2\n'''\n[conventions]\nvectors = 'scalars'\n"
RIGHT = r"$$ \frac{\partial V}{\partial p} = 2 (p - t) $$"
WRONG = r"$$ \frac{\partial V}{\partial p} = 2 (t - p) $$"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "s.toml").write_text(SETTING, encoding="utf-8")
    (tmp_path / "sheets").mkdir()
    (tmp_path / "sheets" / "right.md").write_text(RIGHT, encoding="utf-8")
    (tmp_path / "sheets" / "wrong.md").write_text(WRONG, encoding="utf-8")
    return tmp_path


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["check", "--setting", str(folder / "s.toml"), *arguments], catch_exceptions=True)


def test_exit_codes(folder: Path) -> None:
    sheets = folder / "sheets"
    assert run(folder, str(sheets / "right.md")).exit_code == 0
    assert run(folder, str(sheets)).exit_code == 1
    (sheets / "bad.md").write_bytes(b"\xff")
    assert run(folder, str(sheets / "right.md"), str(sheets / "bad.md")).exit_code == 2
    (sheets / "open.md").write_text("$$ q = p $$", encoding="utf-8")
    assert run(folder, str(sheets / "open.md")).exit_code == 3


@pytest.mark.parametrize(("option", "said"), [("--preset", "unknown preset ''"), ("--setting", "cannot read ''")])
def test_an_option_that_says_nothing_is_no_answer(folder: Path, option: str, said: str) -> None:
    made = run(folder, str(folder / "sheets" / "right.md"), option, "")
    assert isinstance(made.exception, DeriveError)
    assert said in str(made.exception)


def test_a_page_and_copies_beside_the_lines(folder: Path) -> None:
    page, copies = folder / "report.html", folder / "marked"
    done = run(folder, str(folder / "sheets"), "--jobs", "2", "--html", str(page), "--annotate", str(copies))
    assert "<math" in page.read_text(encoding="utf-8")
    assert "verdict on equation 1: WRONG" in (copies / "wrong.md").read_text(encoding="utf-8")
    assert "2 equations: 1 right, 1 wrong" in done.output
    assert "\x1b" not in done.output


def test_one_copy_goes_into_a_file(folder: Path) -> None:
    target = folder / "marked.md"
    run(folder, str(folder / "sheets" / "wrong.md"), "--annotate", str(target))
    assert target.read_text(encoding="utf-8").startswith("<!-- verdict on equation 1: WRONG")


def test_data_has_slips_and_the_right_equation(folder: Path) -> None:
    done = run(folder, str(folder / "sheets" / "wrong.md"), "--json")
    (equation,) = json.loads(done.stdout)["files"][0]["equations"]
    assert equation["slips"][0]["type"] == "wrong_sign"
    assert equation["right"] == r"\frac{\partial V}{\partial p} = 2 (p - t)"
    assert equation["first_wrong_step"] == 1


def test_replay(folder: Path) -> None:
    done = run(folder, str(folder / "sheets" / "wrong.md"), "--replay", "1")
    assert done.exit_code == 0
    assert "this expression: " in done.output


@pytest.mark.parametrize(
    ("terminal", "environment", "wanted"),
    [(True, {}, True), (False, {}, False), (True, {"NO_COLOR": "1"}, False), (True, {"TERM": "dumb"}, False)],
)
def test_colours_on_a_terminal_only(
    terminal: bool, environment: dict[str, str], wanted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdout.isatty", lambda: terminal, raising=False)
    assert coloured() is wanted
