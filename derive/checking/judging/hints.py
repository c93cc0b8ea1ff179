"""What the setting calls a symbol that a page writes in another way: ``f`` for ``f_L'``, ``z^m`` for ``z_m``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.checking.naming.statements import read_head
from derive.notation.failures import ReadFailure
from derive.notation.lexing import Source
from derive.notation.tokens import tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from derive.checking.naming.statements import Head
    from derive.checking.understanding import Understood


def hint(name: str, understood: Understood) -> str:
    """What to do about an unknown symbol."""
    head = _head(name)
    known = list(_known(understood))
    for text, other in known if head is not None else ():
        if head is not None and other.words == head.words and text != name:
            more = _in_all_layers(other, understood) if text in understood.setting.functions else ""
            return f"the setting writes {text}{more}; if it is something else, add a line about it to given"
    functions = ", ".join(understood.setting.functions)
    if head is not None and functions and any(p.mark == "'" for p in head.above):
        return f"the functions of the setting are {functions}; add a line about it to given"
    return "add a line about it to given"


def _known(understood: Understood) -> Iterator[tuple[str, Head]]:
    """The symbols of a setting as its author writes them: functions, then what stands alone on a side of a line."""
    sides = (side.strip() for line in understood.setting.given for side in line.text.partition("%")[0].split("="))
    for text in (*understood.setting.functions, *understood.setting.shapes, *sides):
        if (head := _head(text)) is not None:
            yield text, head


def _in_all_layers(head: Head, understood: Understood) -> str:
    bare = understood.model.last is not None and not head.above and not head.below
    return " (the same function in all layers)" if bare else ""


def _head(text: str) -> Head | None:
    try:
        return read_head(tokens(Source(text)))
    except ReadFailure:
        return None
