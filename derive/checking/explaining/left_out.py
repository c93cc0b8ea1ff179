"""What the setting leaves open and decides: targets that sum to 1, the number of layers, which function is meant.

``p - y`` is the error of softmax with cross-entropy only for targets that sum to 1, and ``A^{[2]} - Y`` the error of
the output only of two layers.  An equation that is right in a setting that says so is not wrong because it does not.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from itertools import chain, islice
from typing import TYPE_CHECKING

from derive.algebra.layers import split
from derive.algebra.tree import COLON, ONE, Expr, Fn, Ref, Sum, Sym
from derive.checking.explaining.texts import printed, printers
from derive.checking.explaining.trial import FAILURES, Trial
from derive.checking.setting import LAST, Line
from derive.checking.understanding import understand
from derive.errors import DeriveError
from derive.notation.marks import EXAMPLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from derive.checking.judging import Judge
    from derive.checking.reading import Written
    from derive.checking.setting import Setting
    from derive.checking.understanding import Understood
    from derive.model.model import Quantity
    from derive.notation.tokens import Token

LETTERS = ("k", "j", "c", "r")
USUAL = ("sigmoid", "tanh", "relu", "softplus", "identity", "softmax")


class LeftOut:
    """Looks for the line that a page left out; what it may be, and a judge for each, are found once for a setting."""

    def __init__(self, judge: Judge, page: Sequence[Sequence[Token]]) -> None:
        self.judge, self.page = judge, page
        self._judges: dict[str, Judge | None] = {}

    def line(self, w: Written) -> str:
        """What makes a wrong equation right, and what to write, in the author's letters; empty if there is nothing."""
        for said, setting in chain(_with_last_layer(self.judge, w), self._for_any):
            other = self._judge(said, setting)
            try:
                if other is not None and other.judge(w).verdict == "right":
                    return said
            except DeriveError:
                continue
        return ""

    @cached_property
    def _for_any(self) -> list[tuple[str, Setting]]:
        """The settings with a further line that do not depend on the equation."""
        return [*_with_totals(self.judge, self.page), *_with_functions(self.judge)]

    def _judge(self, said: str, setting: Setting) -> Judge | None:
        """A judge in the setting with the line; None where it cannot be understood."""
        if said not in self._judges:
            try:
                self._judges[said] = type(self.judge)(understand(setting, self.judge.understood.named.macros))
            except DeriveError:
                self._judges[said] = None
        return self._judges[said]


def _with_last_layer(judge: Judge, w: Written) -> Iterator[tuple[str, Setting]]:
    """The setting whose last layer is the last one that the equation names by its number."""
    named, setting = judge.understood.named.layers, judge.understood.setting
    if named is None or named.last_letter is None or judge.understood.page is not None:
        return
    try:
        sides = Trial(judge, w, 1, judge.understood.table).sides
    except FAILURES:
        return
    up = _up_to_the_last(judge.understood)
    members = [n for side in sides for n in side.walk() if isinstance(n, Ref) and n.name in up]
    numbers = [split(s)[1] for n in members for s in n.slots if not s.symbols]
    if numbers and max(numbers) > named.first:
        line = f"{_last(setting)} = {max(numbers)}"
        yield f"{line}: add this line to given", setting.with_lines([Line(line)])


def _up_to_the_last(understood: Understood) -> frozenset[str]:
    r"""The quantities that reach the last layer, whichever it is: ``\beta_1`` beside ``\beta_2`` is only a name."""
    last, known = understood.model.last, understood.model.quantities.values()
    ends = ((q.name, r.high.symbols) for q in known if q.layers is not None for r in q.layers.ranges)
    return frozenset(name for name, symbols in ends if last in symbols)


def _with_functions(judge: Judge) -> Iterator[tuple[str, Setting]]:
    """The setting with one of the usual functions where the text of the page does not say which is meant."""
    setting = judge.understood.setting
    for name in sorted(setting.guessed):
        for known in USUAL:
            yield f"{name} is {known}: say so", replace(setting, functions={**setting.functions, name: known})


def _last(setting: Setting) -> str:
    """The last layer as the setting writes it."""
    found = LAST.search(setting.layers)
    return found.group(1) if found is not None else ""


def _with_totals(judge: Judge, page: Sequence[Sequence[Token]]) -> Iterator[tuple[str, Setting]]:
    """The setting with targets that sum to 1, in the letters of the page."""
    targets = _open_targets(judge.understood)
    ways = printers(page, judge.understood) if targets else []
    for target in targets:
        for total in _totals(judge.understood, target):
            for text in islice(printed(ways, total), 1):
                line = f"{text} = 1"
                yield f"{line}: add this line to given", judge.understood.setting.with_lines([Line(line)])


def _open_targets(understood: Understood) -> list[Quantity]:
    """Leaves beside a logarithm in the definition of a number, of which no line says anything."""
    defined = {head.name for head, _ in understood.givens if isinstance(head, Ref)}
    told = {n.name for a in understood.assumptions for e in (a.left, a.right) if e for n in _members(e)}
    told |= {a.binary for a in understood.assumptions}
    costs = [rhs for _, rhs in understood.givens if any(isinstance(n, Fn) and n.name == "log" for n in rhs.walk())]
    names = dict.fromkeys(n.name for rhs in costs for n in _members(rhs))
    leaves = [understood.model.quantities[n] for n in names if n not in defined | told]
    return [q for q in leaves if q.role == "target" and sum(a.kind == "unit" for a in q.axes) == 1]


def _members(e: Expr) -> Iterator[Ref]:
    return (n for n in e.walk() if isinstance(n, Ref))


def _totals(understood: Understood, target: Quantity) -> Iterator[Expr]:
    """The sum over the units of a target, with the letters that the definition of the cost has for its entries."""
    at = next(n for n, axis in enumerate(target.axes) if axis.kind == "unit")
    own = (n.entries for _, rhs in understood.givens for n in _members(rhs) if n.name == target.name)
    free = next(Sym(letter) for letter in LETTERS if Sym(letter) != understood.model.last)
    made: tuple[Expr, ...] = tuple(free if n == at else EXAMPLE for n in range(len(target.axes)))
    for entries in dict.fromkeys([*(e for e in own if e), made]):
        index = entries[at]
        if isinstance(index, Sym) and index != COLON:
            yield Sum(Ref(target.name, (), entries), index, ONE, target.axes[at].high)
