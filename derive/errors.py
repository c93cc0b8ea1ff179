"""What goes wrong, said so that the reader knows what, where, what was expected and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

WINDOW = 100
"""The most characters of a line that a message shows around its caret."""


@dataclass(frozen=True)
class Place:
    """A position in text that was read: 1-based line and column, and the line itself for the caret."""

    file: str
    line: int
    column: int
    text: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def caret(self) -> list[str]:
        """The line (or the part of it around the place, when it is long) and the caret below it."""
        at = self.column - 1
        start = max(0, at - WINDOW // 2) if len(self.text) > WINDOW else 0
        shown = self.text[start : start + WINDOW]
        head, tail = "..." if start else "", "..." if start + WINDOW < len(self.text) else ""
        printable = "".join(c if c.isprintable() else " " for c in shown)
        return [head + printable + tail, " " * (len(head) + at - start) + "^"]


class DeriveError(Exception):
    """Unusable input.  The command line prints it and exits with 2; nothing else is caught."""

    def __init__(self, problem: str, *, expected: str = "", remedy: str = "", place: Place | None = None) -> None:
        super().__init__(problem)
        self.problem, self.expected, self.remedy, self.place = problem, expected, remedy, place

    def __str__(self) -> str:
        lines = [f"{self.place}: {self.problem}" if self.place else self.problem]
        if self.place and self.place.text:
            lines += ["    " + line for line in self.place.caret()]
        if self.expected:
            lines.append(f"  expected: {self.expected}")
        if self.remedy:
            lines.append(f"  remedy: {self.remedy}")
        return "\n".join(lines)


class CheckFailed(Exception):
    """A derived line disagrees with the forward pass: a fault of ours, never the user's."""


def quoted(text: str, most: int = 40) -> str:
    """User text for a message: in quotes, control characters escaped, cut when long.

    >>> quoted("sigmiod"), quoted("9" * 1000, most=4)
    ("'sigmiod'", "'9999...'")
    """
    return repr(text if len(text) <= most else text[:most] + "...")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The remedy for an unknown name: the nearest known one, or nothing when none is near.

    >>> did_you_mean("sigmiod", ["sigmoid", "tanh"])
    "did you mean 'sigmoid'?"
    """
    from difflib import get_close_matches

    near = get_close_matches(name.lower()[:80], list(known), n=1, cutoff=0.6 if len(name) > 3 else 0.5)
    return f"did you mean {near[0]!r}?" if near else ""
