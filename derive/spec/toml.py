"""Reading TOML files that people write: of moderate size, as text, with the place of what is wrong."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

from derive.errors import DeriveError, Place

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 1_000_000


def text_of(path: Path, shown: str, what: str, example: str) -> str:
    """The text of a regular file of moderate size; ``what`` it should be, and ``example``: what one may be called.

    Raises:
        DeriveError: there is no such file, or it cannot be read.
    """
    try:
        if not path.is_file():
            kind = "is a folder" if path.is_dir() else "is no file" if path.exists() else "does not exist"
            raise DeriveError(f"{shown} {kind}", expected=what, remedy=f"name a file such as {example}")
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a name with a null byte
        problem = f"cannot read {shown}: {getattr(error, 'strerror', None) or error}"
        raise DeriveError(problem, expected="a file that you may read", remedy="name another file") from error
    if len(data) > MOST_BYTES:
        raise DeriveError(f"{shown} is too large", expected=f"at most {MOST_BYTES} bytes", remedy="name another file")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        problem = f"{shown} is no text: the byte at {error.start} is not UTF-8"
        raise DeriveError(problem, expected="TOML, as UTF-8", remedy="name another file") from error


def toml_of(shown: str, text: str, remedy: str) -> dict[str, Any]:
    """The data of a TOML text.

    Raises:
        DeriveError: it is none, with the place.
    """
    try:
        return tomllib.loads(text)
    except RecursionError:
        problem, place = "brackets are nested too deeply", None
    except ValueError as error:  # TOMLDecodeError, and whole numbers of thousands of digits
        said, _, at = str(error).partition(" (at ")
        found = re.match(r"line (\d+), column (\d+)", at)
        line, column = (int(found[1]), int(found[2])) if found else (text.count("\n") + 1, 1)
        rows = text.split("\n")
        place = Place(shown, line, column, rows[line - 1] if line <= len(rows) else "")
        problem = f"no TOML: {said.splitlines()[0][:100]}"
    raise DeriveError(
        problem if place else f"{shown}: {problem}", expected="TOML", remedy=remedy, place=place
    ) from None
