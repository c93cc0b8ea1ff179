"""What all tests share: forbidden skips, a closing line that counts, tools that may be missing, fixed examples."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

FORBID_SKIPS = "DERIVE_FORBID_SKIPS"
SKIPPED_TO = "DERIVE_SKIPPED_TO"
"""A file that takes the names of the tests that were skipped, one a line, to be run with ``pytest @FILE``."""

# Workers that each take all cores for a product wait for one another.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Commands that tests start find the byte code of derive, as of an installed one, instead of compiling it each time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# As the command line does: many trees that last and hardly any cycles.
gc.set_threshold(5_000, 20, 100)

settings.register_profile("reproducible", derandomize=True, deadline=None, database=None)
settings.load_profile("reproducible")


@pytest.fixture
def tool() -> Callable[[str], str]:
    """``tool("pdflatex")`` is its path; the test is skipped, with the tool's name, where it is not installed."""

    def find(name: str) -> str:
        path = shutil.which(name)
        if path is None:
            pytest.skip(f"{name} is not installed")
        return path

    return find


def skip_reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Why a test was skipped, without file and line."""
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")


def forbid(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turns a skip into a failure where skips are forbidden."""
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get(FORBID_SKIPS) == "1":
        report.longrepr = f"skipped, which {FORBID_SKIPS}=1 forbids: {skip_reason(report)}"
        report.outcome = "failed"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A skipped test fails where skips are forbidden."""
    report = yield
    forbid(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A file that skips itself as a whole fails where skips are forbidden."""
    report = yield
    forbid(report)
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The closing line: how many tests ran, how many were skipped and why."""
    stats = terminalreporter.stats
    passed, failed = len(stats.get("passed", [])), len(stats.get("failed", [])) + len(stats.get("error", []))
    skipped = stats.get("skipped", [])
    if target := os.environ.get(SKIPPED_TO):
        Path(target).write_text("".join(f"{report.nodeid}\n" for report in skipped), encoding="utf-8")
    reasons = Counter(skip_reason(report) for report in skipped)
    why = "; ".join(f"{count} x {reason}" for reason, count in sorted(reasons.items()))
    line = f"tests: {passed + failed} ran, {failed} failed, {reasons.total()} skipped"
    terminalreporter.write_line(f"{line} ({why})" if why else line)
