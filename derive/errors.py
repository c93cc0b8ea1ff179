"""What goes wrong, said so that the reader knows what, where, what was expected and what to do next."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A position in text that was read: 1-based line and column, and the line itself for the caret."""

    file: str
    line: int
    column: int
    text: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class DeriveError(Exception):
    """Unusable input.  The command line prints it and exits with 2; nothing else is caught."""

    def __init__(self, problem: str, *, expected: str = "", remedy: str = "", place: Place | None = None) -> None:
        super().__init__(problem)
        self.problem, self.expected, self.remedy, self.place = problem, expected, remedy, place

    def __str__(self) -> str:
        lines = [f"{self.place}: {self.problem}" if self.place else self.problem]
        if self.place and self.place.text:
            lines += [f"    {self.place.text}", "    " + " " * (self.place.column - 1) + "^"]
        if self.expected:
            lines.append(f"  expected: {self.expected}")
        if self.remedy:
            lines.append(f"  remedy: {self.remedy}")
        return "\n".join(lines)


class CheckFailed(Exception):
    """A derived line disagrees with the forward pass: a fault of ours, never the user's."""
