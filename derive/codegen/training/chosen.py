"""What a training module consists of, beside the network itself: schedules, and parts that can be left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from derive.codegen.lines import helper_lines
from derive.codegen.nodes import Name
from derive.codegen.numpy_text import helper_name
from derive.codegen.program import Helper
from derive.codegen.training.variables import swapped
from derive.data.parts import PARTS
from derive.data.schedules import DONE, SCHEDULES

if TYPE_CHECKING:
    from derive.data.schedules import Schedule


@dataclass(frozen=True)
class Chosen:
    """``schedules``, ``without``: names of the tables; no schedule named: all of them.

    Raises:
        DeriveError: a name that no table has.
    """

    schedules: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        named = (SCHEDULES.get(name).name for name in self.schedules)
        left = {PARTS.get(name).name for name in self.without}
        object.__setattr__(self, "schedules", tuple(dict.fromkeys(named)))
        object.__setattr__(self, "without", tuple(row.name for row in PARTS if left & {row.name, *row.needs}))

    @property
    def rows(self) -> tuple[Schedule, ...]:
        """The schedules that are emitted; the first of the table, which changes nothing, is always there."""
        named = (SCHEDULES.rows[0].name, *self.schedules)
        return tuple(row for row in SCHEDULES if row.name in named or not self.schedules)

    @property
    def parts(self) -> dict[str, bool]:
        """Whether a part is emitted: it is not left out, and neither is what it needs."""
        return {row.name: row.name not in self.without for row in PARTS}

    @property
    def command(self) -> str:
        """The options of ``derive code`` that mean this."""
        named = (f"--schedule {name}" for name in self.schedules)
        return " ".join(["--style training", *named, *(f"--without {name}" for name in self.without)])

    def written(self) -> list[dict[str, object]]:
        """The schedules as functions of the shares that are done."""
        return [
            {
                "name": row.name,
                "function": f"_{helper_name(row.name)}",
                "doc": f"The factor after a share {DONE}: {row.reading}, {row.source}.",
                "lines": _lines(row),
            }
            for row in self.rows
        ]


def _lines(row: Schedule) -> list[str]:
    value = swapped(row.expression, {s: Name(s.name) for s in row.expression.symbols})
    return helper_lines(Helper(row.name, DONE, "", (), value))


__all__ = ["Chosen"]
