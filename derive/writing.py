"""Files are written whole or not at all: under a temporary name beside the target, then renamed."""

from __future__ import annotations

import os
import tempfile
from errno import EISDIR
from pathlib import Path

from derive.errors import DeriveError, quoted


def write_whole(path: Path, text: str) -> None:
    """Write ``text`` to ``path``; an existing file is replaced at once or left as it was.

    A link stays a link to the new file; what is no file (``/dev/null``, a pipe) is written to as it is.

    Raises:
        DeriveError: the folder does not exist or cannot be written to.
    """
    data = text.encode("utf-8")
    try:
        target = Path(os.path.realpath(path))
        if target.is_dir():
            raise IsADirectoryError(EISDIR, os.strerror(EISDIR))
        if target.exists() and not target.is_file():
            target.write_bytes(data)
        else:
            _replace(target, data)
    except (OSError, ValueError) as error:  # ValueError: a name with a null byte
        raise _unwritable(path, error) from error


def _replace(target: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".derive-", suffix=".part")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def make_folder(path: Path) -> None:
    """Make a folder and those above it.

    Raises:
        DeriveError: it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise _unwritable(path, error) from error


def _umask() -> int:
    """The permissions that new files do not get (it can only be read by setting it)."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _unwritable(path: Path, error: OSError | ValueError) -> DeriveError:
    return DeriveError(
        f"cannot write {quoted(str(path), 200)}: {getattr(error, 'strerror', None) or error}",
        expected="a path in an existing folder that you may write to",
        remedy="name another path with -o",
    )
