"""The floors hold, and the contracts go red when they are broken: upwards, between rooms, a room on no floor."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
ROOMS = ["errors", "templating", "writing", "algebra", "data", "spec", "model", "meaning", "notation", "cli"]


def modules() -> list[str]:
    """The rooms of the floors, and all that the contracts within a room name."""
    inner = [c for c in CONTRACTS if c.get("containers", ["derive"]) != ["derive"]]
    within = [f"{c['containers'][0]}.{name}" for c in inner for row in c["layers"] for name in row.split(" | ")]
    return [*(f"derive.{r}" for r in ROOMS), *within, *(m for c in CONTRACTS for m in c.get("protected_modules", []))]


def write(folder: Path, module: str, text: str = "") -> None:
    """A module as a room without anything else in it."""
    room = folder.joinpath(*module.split("."))
    for package in [room, *room.parents]:
        if package.is_relative_to(folder / "derive"):
            package.mkdir(parents=True, exist_ok=True)
            (package / "__init__.py").touch()
    (room / "__init__.py").write_text(text + "\n", encoding="utf-8")


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
        (
            "checking.naming",
            "import derive.checking.judging",
            "derive.checking.naming is not allowed to import derive.checking.judging",
        ),
        ("checking.deriving", "import derive.checking.judging", "derive.checking.deriving is not allowed to import"),
        (
            "checking.check",
            "import derive.checking.shapes.sizes",
            "derive.checking.check -> derive.checking.shapes.sizes",
        ),
        ("checking.stray", "", "derive.checking.stray"),
    ],
)
def test_contracts(room: str, text: str, says: str, tmp_path: Path) -> None:
    for module in modules():
        write(tmp_path, module)
    write(tmp_path, f"derive.{room}", text)
    code, output = lint(tmp_path)
    assert (code != 0) == bool(says), output
    assert says in output


def test_floors_of_this_package(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "derive", tmp_path / "derive", ignore=shutil.ignore_patterns("__pycache__"))
    code, output = lint(tmp_path)
    assert code == 0, output
