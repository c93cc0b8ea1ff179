"""A line that the setting lacks and that decides: targets of a cross-entropy that are told to sum to 1.

``p - y`` is the error of softmax with cross-entropy only then.  An equation that is right with that line and wrong
without it is not wrong because of a line that was left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.tree import COLON, ONE, Expr, Fn, Ref, Sum, Sym
from derive.checking.explaining.explanation import Explanation
from derive.checking.setting import Line
from derive.checking.understanding import understand
from derive.errors import DeriveError
from derive.notation.marks import EXAMPLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from derive.checking.judging import Judge
    from derive.checking.reading import Written
    from derive.checking.understood import Understood
    from derive.model.model import Quantity
    from derive.notation.tokens import Token

LETTERS = ("k", "j", "c", "r")


def lacking(judge: Judge, w: Written, page: Sequence[Sequence[Token]]) -> str:
    """The line with which a wrong equation is right, in the author's letters; empty where there is none."""
    for text in _lines(judge, Explanation(judge, w, 1, page)):
        try:
            understood = understand(judge.understood.setting.with_lines([Line(text)]), judge.understood.named.macros)
            if type(judge)(understood).judge(w).verdict == "right":
                return text
        except DeriveError:
            continue
    return ""


def _lines(judge: Judge, texts: Explanation) -> Iterator[str]:
    for target in _open_targets(judge.understood):
        for total in _totals(judge.understood, target):
            yield from (f"{text} = 1" for text in list(texts.printed(total))[:1])


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
