"""The suite's own rules, broken on purpose: a forbidden skip goes red, and the closing line counts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).with_name("conftest.py")
SKIPPING = """
import pytest

def test_passes():
    pass

def test_needs_a_tool(tool):
    tool("no-such-tool")

@pytest.mark.skip(reason="not today")
def test_marked():
    pass
"""
WHOLE_FILE = 'import pytest\npytest.skip("all of it", allow_module_level=True)\n'


def run(folder: Path, *options: str, forbid: bool, skipped: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Runs the tests in ``folder``, or those named in ``options``, under this suite's conftest."""
    (folder / "conftest.py").write_text(CONFTEST.read_text(encoding="utf-8"), encoding="utf-8")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "DERIVE"))}
    environment |= {"DERIVE_FORBID_SKIPS": "1"} if forbid else {}
    environment |= {"DERIVE_SKIPPED_TO": str(skipped)} if skipped else {}
    where = [] if any(o.startswith("@") for o in options) else [str(folder)]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, *where]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("options", [(), ("-n", "1")], ids=["in one process", "with workers"])
def test_skips_are_counted_with_their_reasons(tmp_path: Path, options: tuple[str, ...]) -> None:
    (tmp_path / "test_it.py").write_text(SKIPPING, encoding="utf-8")
    done = run(tmp_path, *options, forbid=False)
    assert done.returncode == 0, done.stdout + done.stderr
    closing = "tests: 1 ran, 0 failed, 2 skipped (1 x no-such-tool is not installed; 1 x not today)"
    assert closing in done.stdout.splitlines()


@pytest.mark.parametrize("options", [(), ("-n", "1")], ids=["in one process", "with workers"])
def test_forbidden_skips_fail(tmp_path: Path, options: tuple[str, ...]) -> None:
    (tmp_path / "test_it.py").write_text(SKIPPING, encoding="utf-8")
    done = run(tmp_path, *options, forbid=True)
    assert done.returncode == 1
    assert "forbids: no-such-tool is not installed" in done.stdout
    assert "tests: 3 ran, 2 failed, 0 skipped" in done.stdout.splitlines()


def test_file_that_skips_itself_fails_too(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(WHOLE_FILE, encoding="utf-8")
    assert run(tmp_path, forbid=False).returncode == 5
    assert run(tmp_path, forbid=True).returncode not in {0, 5}


@pytest.mark.parametrize("options", [(), ("-n", "1")], ids=["in one process", "with workers"])
def test_those_that_were_skipped_can_be_run_alone(tmp_path: Path, options: tuple[str, ...]) -> None:
    (tmp_path / "test_it.py").write_text(SKIPPING, encoding="utf-8")
    (tmp_path / "test_whole.py").write_text(WHOLE_FILE, encoding="utf-8")
    skipped = tmp_path / "skipped"
    run(tmp_path, *options, forbid=False, skipped=skipped)
    assert sorted(skipped.read_text(encoding="utf-8").split()) == [
        "test_it.py::test_marked", "test_it.py::test_needs_a_tool", "test_whole.py",
    ]  # fmt: skip
    done = run(tmp_path, *options, f"@{skipped}", forbid=False)
    assert "tests: 0 ran, 0 failed, 3 skipped" in done.stdout
    assert run(tmp_path, *options, f"@{skipped}", forbid=True).returncode != 0
