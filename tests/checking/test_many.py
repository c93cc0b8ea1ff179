"""Many files and their limits: a bad one never stops the others, and what takes too long is cannot tell."""

from __future__ import annotations

import gc
import multiprocessing
import os
import time
from typing import TYPE_CHECKING

import pytest

from derive.checking import FileReport, check, check_text
from derive.checking import many as room
from derive.checking.explaining import Explainer
from derive.checking.judging import Judge
from derive.checking.limits import TooLong, at_most
from derive.checking.many import apart
from derive.checking.pages import page as pages
from derive.errors import DeriveError

if TYPE_CHECKING:
    from pathlib import Path

    from derive.checking.reading import Written

forks = pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="the system cannot fork")
SETTING = "given = '''\n  p = a x\n  V = p^2\n'''\n[conventions]\nvectors = 'scalars'\n"
LINE = r"$$ \frac{\partial V}{\partial p} = 2 p $$"


def well(name: str) -> FileReport:
    return check_text(LINE, name, None)


def test_reports_come_in_order_whatever_takes_longest() -> None:
    def slow() -> FileReport:
        time.sleep(0.3)
        return well("a")

    assert [r.file for r in apart([("a", slow), ("b", lambda: well("b")), ("c", lambda: well("c"))], 3)] == list("abc")


def test_a_fault_in_one_file_is_told_and_the_others_go_on() -> None:
    def broken() -> FileReport:
        raise ZeroDivisionError("of ours")

    bad, good = apart([("bad", broken), ("good", lambda: well("good"))], 2)
    assert "fault of derive" in bad.error
    assert "ZeroDivisionError" in bad.fault
    assert good.error == ""


@forks
def test_a_file_that_needs_too_much_memory() -> None:
    def greedy() -> FileReport:
        return FileReport("x" * (3 * 2**30), ())

    (found,) = apart([("greedy", greedy)], 1)
    assert "1 GB" in found.error


@forks
def test_a_file_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless() -> FileReport:
        time.sleep(60)
        return well("endless")

    monkeypatch.setattr(room, "FILE", 0.2)
    monkeypatch.setattr(room, "GRACE", 0.1)
    monkeypatch.setattr(room, "PATIENCE", 1.0)
    start = time.monotonic()
    (found,) = apart([("endless", endless)], 1)
    assert "takes more than" in found.error
    assert time.monotonic() - start < 10


def test_files_that_cannot_be_read_beside_one_that_can(tmp_path: Path) -> None:
    (tmp_path / "good.md").write_text(LINE, encoding="utf-8")
    (tmp_path / "bytes.md").write_bytes(b"$$ a = \xff $$")
    (tmp_path / "toml.md").write_text("+++\ngiven = 3\n+++\n" + LINE, encoding="utf-8")
    report = check([tmp_path, tmp_path / "none.md"], setting=SETTING, jobs=2)
    assert [bool(f.error) for f in report.files] == [True, False, True, True]
    assert report.files[1].verdict == "right"
    assert report.exit_code == 2
    assert report.to_json()["files"][0]["error"].startswith(str(tmp_path))  # type: ignore[index]


# ------------------------------------------------------------ equations


def test_an_equation_that_takes_too_long_is_cannot_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(self: Judge, w: Written) -> None:
        while True:
            pass

    monkeypatch.setattr(pages, "EQUATION", 0.2)
    with monkeypatch.context() as patch:
        patch.setattr(Judge, "judge", endless)
        (verdict,) = check(LINE, setting=SETTING)
    assert verdict.verdict == "cannot_tell"
    assert "takes more than 0.2 seconds" in verdict.judgement.reason


def test_after_the_time_of_a_file_the_rest_is_cannot_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "FILE", -1.0)
    (verdict,) = check(LINE, setting=SETTING)
    assert verdict.verdict == "cannot_tell"


def test_a_search_for_slips_that_takes_too_long_leaves_the_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(*_: object) -> None:
        raise TooLong

    monkeypatch.setattr(Explainer, "explained", endless)
    (verdict,) = check(LINE.replace("2 p", "3 p"), setting=SETTING)
    assert verdict.verdict == "wrong"


def test_the_timer_is_put_back() -> None:
    with pytest.raises(TooLong), at_most(0.05):
        worked(20)
    worked(0.1)


def worked(seconds: float) -> None:
    """Keep the processor busy."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_time_in_which_others_work_does_not_count() -> None:
    with at_most(0.05):
        time.sleep(0.2)


def test_a_limit_reached_while_garbage_is_collected_still_ends_the_equation() -> None:
    """An exception raised in there would be dropped by Python, and the equation would go on for ever."""

    slow = iter([0.2])

    def once(_phase: str, _info: dict[str, int]) -> None:
        worked(next(slow, 0))

    def collected() -> None:
        gc.collect()
        worked(5)

    gc.callbacks.append(once)
    try:
        with pytest.raises(TooLong), at_most(0.05):
            collected()
    finally:
        gc.callbacks.remove(once)


@forks
def test_a_file_that_waits_for_others_is_not_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    def waiting() -> FileReport:
        time.sleep(0.5)
        return well("waiting")

    monkeypatch.setattr(room, "FILE", 0.2)
    monkeypatch.setattr(room, "GRACE", 0.1)
    (found,) = apart([("waiting", waiting)], 1)
    assert not found.error


@forks
def test_a_file_that_works_on_and_on_is_ended_by_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    def busy() -> FileReport:
        worked(60)
        return well("busy")

    monkeypatch.setattr(room, "FILE", 0.1)
    monkeypatch.setattr(room, "GRACE", 0.1)
    (found,) = apart([("busy", busy)], 1)
    assert "takes more than 0.1 seconds" in found.error


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    for path in (tmp_path / "pipe.md", "/dev/null"):
        with pytest.raises(DeriveError, match="no regular file"):
            check(path, setting=SETTING)
