"""The floors hold, and the contracts go red when they are broken: upwards, between rooms, a room on no floor."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"
ROOMS = ["errors", "templating", "writing", "algebra", "data", "spec", "model", "meaning", "notation", "cli"]


def lint(folder: Path) -> tuple[int, str]:
    """Exit code and output of the linter on the package in ``folder``, judged by the project's contracts."""
    shutil.copy(ROOT / "pyproject.toml", folder / "pyproject.toml")
    done = subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    ("room", "text", "says"),
    [
        ("cli", "import derive.errors", ""),
        ("errors", "import derive.spec", "derive.errors is not allowed to import derive.spec"),
        ("data", "import derive.model", "derive.data is not allowed to import derive.model"),
        ("meaning", "import derive.notation", "derive.meaning is not allowed to import derive.notation"),
        ("algebra", "import sympy", "derive.algebra is not allowed to import sympy"),
        ("spec", "import numpy", "derive.spec is not allowed to import numpy"),
        ("stray", "", "derive.stray"),
    ],
)
def test_contracts(room: str, text: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "derive").mkdir()
    for name in ["__init__", *ROOMS, room]:
        (tmp_path / "derive" / f"{name}.py").write_text("", encoding="utf-8")
    (tmp_path / "derive" / f"{room}.py").write_text(text + "\n", encoding="utf-8")
    code, output = lint(tmp_path)
    assert (code != 0) == bool(says), output
    assert says in output


def test_floors_of_this_package(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "derive", tmp_path / "derive", ignore=shutil.ignore_patterns("__pycache__"))
    code, output = lint(tmp_path)
    assert code == 0, output
