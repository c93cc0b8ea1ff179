"""The story of ``derive check``: a document, the setting that holds at each line, a verdict for each equation."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from derive.checking.documents import MOST_CHARACTERS, read_document
from derive.checking.many import apart
from derive.checking.pages import Page
from derive.checking.setting import Setting, from_preset, from_toml
from derive.checking.verdicts import FileReport, Report
from derive.errors import DeriveError, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence


STDIN = "-"
DOCUMENTS = (".md", ".markdown", ".tex", ".ipynb")


def check(
    source: object,
    *,
    setting: str | None = None,
    preset: str | None = None,
    inline: bool = False,
    jobs: int | None = None,
) -> Report:
    """Verdicts on a text, a path or several paths; with ``inline`` on the formulas within their lines too.

    ``setting``: a TOML file or its text; ``preset``: a setting that comes with derive.  A string with a line break or a
    dollar sign is a text.  ``jobs``: each file is checked in a process of its own, so many at a time; a file that
    cannot be checked then says so in its report.

    Raises:
        DeriveError: a setting, or without ``jobs`` a file, cannot be read.
    """
    base = base_setting(setting, preset)
    if isinstance(source, str) and _is_text(source):
        return Report((check_text(source, "text", base, inline=inline),))
    paths = [source] if isinstance(source, str | Path) else list(source) if isinstance(source, Iterable) else None
    if paths is None:
        raise DeriveError(f"nothing to check: {quoted(repr(source))}", expected="a text, a path or several paths")
    return check_paths([str(p) for p in paths], base=base, inline=inline, jobs=jobs)


def _is_text(source: str) -> bool:
    return "\n" in source or "$" in source or "\\" in source


def check_paths(
    paths: Sequence[str],
    *,
    setting: str | None = None,
    preset: str | None = None,
    base: Setting | None = None,
    inline: bool = False,
    jobs: int | None = None,
) -> Report:
    """Verdicts on files; ``-`` is standard input, a directory stands for the documents in it.

    Raises:
        DeriveError: a setting cannot be read, a directory holds nothing; without ``jobs``, a file cannot be read.
    """
    base = base or base_setting(setting, preset)
    files = [p for path in paths for p in documents(path)]
    if jobs is None:
        return Report(tuple(_checked(p, base, inline=inline) for p in files))
    work = [(_name(p), partial(_checked, p, base, inline=inline)) for p in files]
    return Report(tuple(apart(work, jobs)))


def _checked(path: str, base: Setting, *, inline: bool) -> FileReport:
    return check_text(read_text(path), _name(path), base, inline=inline)


def documents(path: str) -> list[str]:
    """The documents of a directory and of those in it, in order; a file is itself.

    Raises:
        DeriveError: a directory without any.
    """
    if path == STDIN or not path or not os.path.isdir(path):  # noqa: PTH112 - Path.is_dir fails at long names
        return [path]
    found = sorted(p for p in Path(path).rglob("*") if p.suffix in DOCUMENTS and p.is_file() and not _hidden(p))
    if not found:
        raise DeriveError(f"no document in {quoted(path)}", expected=" or ".join(f"a {s} file" for s in DOCUMENTS))
    return [str(p) for p in found]


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") and part not in (".", "..") for part in path.parts)


def _name(path: str) -> str:
    return "standard input" if path == STDIN else path


def _bytes(path: Path) -> bytes:
    """A file is read so far only that it is seen to be too long.

    Raises:
        DeriveError: it is none but a pipe or a device, which may never end.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        what, remedy = f"{quoted(str(path))} is no regular file", "hand it over as standard input: derive check -"
        raise DeriveError(what, expected="a file, a folder, or - for standard input", remedy=remedy)
    with path.open("rb") as file:
        return file.read(4 * MOST_CHARACTERS + 1)


def read_text(path: str) -> str:
    """The text of a file; ``-`` is standard input.

    Raises:
        DeriveError: there is none, it is too long, or it is no text.
    """
    try:
        data = sys.stdin.buffer.read() if path == STDIN else _bytes(Path(path))
        if len(data) > 4 * MOST_CHARACTERS:
            raise DeriveError(f"{quoted(path)} is too long", expected=f"at most {MOST_CHARACTERS} characters")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DeriveError(
            f"{path} is not UTF-8: byte {error.start} cannot be read",
            expected="text in UTF-8",
            remedy="convert it first",
        ) from None
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else "no such path"
        raise DeriveError(f"cannot read {quoted(path)}: {said}", expected="a .md or .tex file, or -") from None


def base_setting(setting: str | None, preset: str | None) -> Setting:
    """What the caller says about the letters: the preset, and over it the setting."""
    base = Setting() if preset is None else from_preset(preset)
    if setting is None:
        return base
    if "\n" in setting or "=" in setting:
        return from_toml(setting, "setting", base=base)
    return from_toml(read_text(setting), setting, base=base)


def check_text(
    text: str, file: str, base: Setting | None = None, *, inline: bool = False, explain: bool = True
) -> FileReport:
    """Verdicts on one text; with ``inline`` on the formulas within its lines too.

    Without ``explain`` no slips and no right equations are looked for.

    Raises:
        DeriveError: the text is too long, or its setting cannot be read.
    """
    document = read_document(text, file)
    page = Page(document, base or Setting(), inline=inline, explain=explain)
    verdicts = tuple(page.verdicts())
    faults = "\n".join(page.faults)
    return FileReport(file, verdicts, page.described(), document.prose, fault=faults, macros=document.macros)


def replay(source: str, equation: int, *, setting: str | None = None, preset: str | None = None) -> str:
    """The network on which an equation of a text or a file fails, with all its numbers.

    Raises:
        DeriveError: there is no such equation, or it does not fail in numbers.
    """
    text, name = (source, "text") if _is_text(source) else (read_text(source), _name(source))
    return Page(read_document(text, name), base_setting(setting, preset)).replay(equation)
