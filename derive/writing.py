"""Files are written whole or not at all: under a temporary name beside the target, then renamed."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from derive.errors import DeriveError, quoted


def write_whole(path: Path, text: str) -> None:
    """Write ``text`` to ``path``; an existing file is replaced at once or left as it was.

    Raises:
        DeriveError: the folder does not exist or cannot be written to.
    """
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise _unwritable(path, error) from error


def make_folder(path: Path) -> None:
    """Make a folder and those above it.

    Raises:
        DeriveError: it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from error


def _umask() -> int:
    """The permissions that new files do not get (it can only be read by setting it)."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _unwritable(path: Path, error: OSError) -> DeriveError:
    return DeriveError(
        f"cannot write {quoted(str(path), 200)}: {error.strerror or error}",
        expected="a path in an existing folder that you may write to",
        remedy="name another path with -o",
    )
