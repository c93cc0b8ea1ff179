"""A file is written whole or not at all, and nothing is left beside it."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Self

import pytest

from derive.errors import DeriveError
from derive.writing import make_folder, write_whole


def contents(folder: Path) -> dict[str, str]:
    return {p.name: p.read_text(encoding="utf-8") for p in folder.iterdir() if p.is_file()}


def test_a_new_file_and_an_old_one(tmp_path: Path) -> None:
    path = tmp_path / "notes.tex"
    write_whole(path, "first\nδ\n")
    assert path.read_bytes() == "first\nδ\n".encode()
    write_whole(path, "second\n")
    assert contents(tmp_path) == {"notes.tex": "second\n"}


def test_line_ends_are_kept(tmp_path: Path) -> None:
    write_whole(tmp_path / "f", "a\nb\r\n")
    assert (tmp_path / "f").read_bytes() == b"a\nb\r\n"


def test_new_files_have_the_usual_permissions(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        write_whole(tmp_path / "f", "")
    finally:
        os.umask(old)
    assert (tmp_path / "f").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("failing", ["replace", "chmod"])
def test_the_old_file_stays_when_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    def full(*args: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / "notes.tex"
    write_whole(path, "old")
    monkeypatch.setattr(Path, failing, full)
    with pytest.raises(DeriveError, match="No space left on device") as raised:
        write_whole(path, "new")
    assert "notes.tex" in str(raised.value)
    assert contents(tmp_path) == {"notes.tex": "old"}


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The temporary file fails half way."""

    class Full:
        def __init__(self, handle: int, mode: str) -> None:
            self.handle = handle

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *args: object) -> None:
            os.close(self.handle)

        def write(self, data: bytes) -> None:
            os.write(self.handle, data[:3])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    (tmp_path / "f").write_text("old", encoding="utf-8")
    monkeypatch.setattr(os, "fdopen", Full)
    with pytest.raises(DeriveError, match="No space left"):
        write_whole(tmp_path / "f", "something new")
    assert contents(tmp_path) == {"f": "old"}


def test_nothing_is_left_when_it_is_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "f", "new")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "name", ["missing/notes.tex", ".", "", "folder", "x" * 400, "nul\0byte", "file/notes.tex"], ids=repr
)
def test_where_nothing_can_be_written(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("here", encoding="utf-8")
    with pytest.raises(DeriveError, match="cannot write") as raised:
        write_whole(tmp_path / name, "text")
    assert raised.value.expected
    assert raised.value.remedy
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder"]
    assert contents(tmp_path) == {"file": "here"}
    assert not list((tmp_path / "folder").iterdir())


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As root every folder can be written to: the refusal is made."""

    def refused(*args: object, **named: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("tempfile.mkstemp", refused)
    with pytest.raises(DeriveError, match="Permission denied"):
        write_whole(tmp_path / "f", "text")
    monkeypatch.setattr(Path, "mkdir", refused)
    with pytest.raises(DeriveError, match="Permission denied"):
        make_folder(tmp_path / "g")
    assert not list(tmp_path.iterdir())


def test_a_name_as_long_as_names_may_be(tmp_path: Path) -> None:
    write_whole(tmp_path / ("x" * 255), "text")
    assert contents(tmp_path) == {"x" * 255: "text"}


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old", encoding="utf-8")
    (tmp_path / "link").symlink_to("real")
    write_whole(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text(encoding="utf-8") == "new"


def test_a_device_is_not_replaced() -> None:
    null = Path(os.devnull)
    write_whole(null, "text")
    assert null.exists()
    assert not null.is_file()


def test_folders(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b")
    make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").write_text("", encoding="utf-8")
    for name in ("file", "file/below", "nul\0"):
        with pytest.raises(DeriveError, match="cannot write"):
            make_folder(tmp_path / name)
