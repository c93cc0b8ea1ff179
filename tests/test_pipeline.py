"""The stories of the commands: nothing is done before it is wanted, and what is checked in is compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from derive import gallery, pipeline
from derive.algebra.tree import Fn
from derive.errors import DeriveError


def test_nothing_is_derived_before_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def early(*args: object) -> None:
        raise AssertionError("derived too early")

    monkeypatch.setattr("derive.derivation.chapter.derive_chapter", early)
    net = pipeline.network("784-128:relu-10:softmax", penalty={"l2": 1e-4})
    assert net.spec.widths == (784, 128, 10)
    with pytest.raises(AssertionError, match="too early"):
        net.derivation()


def test_a_chapter_is_derived_once() -> None:
    net = pipeline.network("2-2:tanh")
    assert net.derivation() is net.chapter is net.derivation()
    assert net.chapter_for_code is net.chapter_for_code


def test_code_of_an_open_cost_has_a_chapter_of_its_own() -> None:
    net = pipeline.network("two-node")
    assert net.spec.cost is None
    labels = {d.label: d for s in net.chapter_for_code.sections for d in s.derivations}
    assert not any(n.name == "C" for d in labels.values() for n in d.claim[1].walk() if isinstance(n, Fn))
    assert "half-squared-error" in net.code()


@pytest.mark.parametrize("format_", pipeline.NOTE_FORMATS)
def test_formats_are_texts(format_: str) -> None:
    net = pipeline.network("2-2:tanh")
    assert net.notes(format_) == net.notes(format_)


@pytest.mark.parametrize(
    ("method", "arguments"),
    [("notes", ("html",)), ("notes", ("latex", "nope")), ("code", ("x",)), ("code", ("textbook", "int8"))],
)
def test_unknown_formats_and_styles(method: str, arguments: tuple[str, ...]) -> None:
    net = pipeline.network("2-2:tanh")
    with pytest.raises(DeriveError) as raised:
        getattr(net, method)(*arguments)
    assert repr(arguments[-1]) in str(raised.value)


@pytest.mark.parametrize("kind", pipeline.LISTINGS)
def test_listings_name_everything(kind: str) -> None:
    rows = pipeline.listing(kind)
    names = [row["name"] for row in rows]
    assert names
    assert len(set(names)) == len(names)
    assert all({"name", "formula", "reading"} <= set(row) for row in rows)


# ---------------------------------------------------------------- the checked-in output

MADE = {"net/a.md": "one\ntwo\n", "net/b.tex": "δ\n", "other/a.md": ""}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(pipeline, "generated", lambda: iter(MADE.items()))
    assert list(pipeline.regenerate(tmp_path)) == [str(tmp_path / name) for name in MADE]
    return tmp_path


def test_what_was_written_is_current(folder: Path) -> None:
    assert pipeline.stale(folder) == []
    assert {p.relative_to(folder).as_posix(): p.read_text(encoding="utf-8") for p in folder.rglob("*.*")} == MADE


def test_what_is_missing_changed_or_too_much(folder: Path) -> None:
    (folder / "net/a.md").write_text("one\n2\n", encoding="utf-8")
    (folder / "net/b.tex").unlink()
    (folder / "old.txt").write_text("", encoding="utf-8")
    found = pipeline.stale(folder)
    assert found[:2] == ["missing: net/b.tex", "not written by derive: old.txt"]
    assert found[-3:] == [" one", "-2", "+two"]


def test_a_missing_folder_is_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "generated", lambda: iter(MADE.items()))
    assert pipeline.stale(tmp_path / "nothing") == [f"missing: {name}" for name in sorted(MADE)]
    assert not (tmp_path / "nothing").exists()


def test_a_folder_that_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "generated", lambda: iter(MADE.items()))
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(DeriveError, match="cannot write"):
        list(pipeline.regenerate(tmp_path / "file"))


def test_what_is_checked_in_covers_the_gallery(monkeypatch: pytest.MonkeyPatch) -> None:
    for method in ("notes", "code"):
        monkeypatch.setattr(pipeline.Network, method, lambda *_: "")
    paths = [path for path, _ in pipeline.generated()]
    kinds = ("notes.tex", "notes.md", "notes.json", "network.py", "training.py")
    wanted = [f"{name}/{kind}" for name in gallery.names() for kind in kinds]
    assert paths == [path for path in wanted if path != "general/training.py"]
