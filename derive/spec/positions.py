"""Where a key of a TOML file stands; the parser of the standard library does not say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from derive.errors import Place

if TYPE_CHECKING:
    from collections.abc import Sequence

_HIDDEN = re.compile(
    r'"""(?:[^\\]|\\.)*?"""|' + r"'''.*?'''|" + r'"(?:[^"\\\n]|\\.)*"|' + r"'[^'\n]*'|#[^\n]*", re.DOTALL
)
_IS_KEY = re.compile(r"[ \t]*(?:[=.]|\][ \t]*(?:$|\]|#))", re.MULTILINE)


def place_of(text: str, file: str, path: Sequence[str | int]) -> Place:
    """The place of a key, or of the nearest part of its path that is found; numbers count the members of a list.

    >>> str(place_of("a = 1\\n[b.c]\\nd = 2", "n.toml", ("b", "c", "d")))
    'n.toml:3:1'
    """
    shown = _HIDDEN.sub(_blank, text)
    at = best = 0
    for n, part in enumerate(path):
        found = _member(shown, at, part, str(path[0])) if isinstance(part, int) else _key(shown, at, part, top=n == 0)
        if found is None:
            break
        best, at = found
    line = shown.count("\n", 0, best)
    return Place(file, line + 1, best - (shown.rfind("\n", 0, best) + 1) + 1, text.split("\n")[line])


def _blank(hit: re.Match[str]) -> str:
    """Strings and comments blanked out, every line in its place; a quoted key stays."""
    inside = hit.group()
    if not inside.startswith("#") and "\n" not in inside and _IS_KEY.match(hit.string, hit.end()):
        return inside
    return re.sub(r"[^\n]", " ", inside)


def _key(text: str, start: int, key: str, *, top: bool) -> tuple[int, int] | None:
    """(where it begins, where it ends)."""
    word = (
        rf"(?<![\w.-])[\"']?{re.escape(key)}[\"']?(?![\w-])"
        if top
        else rf"(?<![\w-])[\"']?{re.escape(key)}[\"']?(?![\w-])"
    )
    hit = re.compile((r"^[ \t]*\[{0,2}[ \t]*" if top else "") + f"({word})", re.MULTILINE).search(text, start)
    return None if hit is None else (hit.start(1), hit.end(1))


def _member(text: str, start: int, number: int, name: str) -> tuple[int, int] | None:
    """The beginning of a member of a list of tables, written in place or with a heading of its own."""
    listed = re.compile(r"[ \t]*\]\]").match(text, start) is not None
    if listed:
        heads = [*re.finditer(rf"^[ \t]*\[\[[ \t]*{re.escape(name)}[ \t]*\]\]", text, re.MULTILINE)]
        return (heads[number].start(), heads[number].end()) if number < len(heads) else None
    members = [*re.finditer(r"\{", text[start:])]
    return (start + members[number].start(),) * 2 if number < len(members) else None
