"""A table of named rows; names are found with ``-`` and ``_`` and capitals alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from derive.errors import DeriveError, did_you_mean, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from derive.errors import Place


class Named(Protocol):
    """A row has a name."""

    @property
    def name(self) -> str: ...


Row = TypeVar("Row", bound=Named)


def canonical(name: str) -> str:
    """The spelling under which rows are kept.

    >>> canonical(" Half_Squared_Error ")
    'half-squared-error'
    """
    return name.strip().lower().replace("_", "-")


@dataclass(frozen=True)
class Table(Generic[Row]):
    """Rows in the order in which they are listed; ``kind`` is what messages call a row ("activation")."""

    kind: str
    rows: tuple[Row, ...]

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def plural(self) -> str:
        """The word for several rows, which is also what ``derive list`` calls the table."""
        return self.kind[:-1] + "ies" if self.kind.endswith("y") else self.kind + "s"

    @property
    def names(self) -> tuple[str, ...]:
        """The names, in the order of the rows."""
        return tuple(row.name for row in self.rows)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and canonical(name) in self.names

    def get(self, name: str, place: Place | None = None) -> Row:
        """The row of that name.

        Raises:
            DeriveError: there is none; the message proposes the nearest name.
        """
        for row in self.rows:
            if row.name == canonical(name):
                return row
        raise DeriveError(
            f"unknown {self.kind} {quoted(name)}",
            expected="one of " + ", ".join(self.names),
            remedy=did_you_mean(canonical(name), self.names) or f"choose one: derive list {self.plural}",
            place=place,
        )
