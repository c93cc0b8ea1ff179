r"""``\hat\phi = argmin_\phi F``: where the setting names the place of a minimum, the page may write it out.

Nothing is minimised: an argmin on the page is that of the setting if both are over the same letter and of the same
function, which is judged like any equation.  Of different functions nothing is said: they may have the same minimum.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from derive.checking.naming.names import joined
from derive.checking.reading import Undecided, Written
from derive.notation.cursor import Cursor, matching
from derive.notation.tokens import MINIMA

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from derive.checking.naming.named import Named
    from derive.checking.naming.statements import Statement
    from derive.notation.tokens import Token

DIFFERENT = "an argmin of something else than in the setting: whether it is at the same place is not judged"


def without_minima(w: Written, named: Named, holds: Callable[[Written], bool]) -> Written:
    """The equation with every argmin by the name that the setting has for it.

    ``holds``: whether an equation is right.

    Raises:
        Undecided: the setting has no name for an argmin of the page.
    """
    known = [s.statement for s in named.of_kind("minimum")]
    if not known or not any(_starts(m) is not None for m in w.members):
        return w
    members = list(w.members)
    for n, member in enumerate(members):
        while (at := _starts(member)) is not None:
            member = _named(member, at, known, w, holds)
        members[n] = member
    return replace(w, members=tuple(members))


def _starts(member: Sequence[Token]) -> int | None:
    return next((n for n, t in enumerate(member) if t.text in MINIMA), None)


def _named(
    member: Sequence[Token], at: int, known: Sequence[Statement], w: Written, holds: Callable[[Written], bool]
) -> list[Token]:
    """The member with the name that the setting has for the argmin in it."""
    over, function, end = _read(member, at)
    for line in known:
        name, (other, of, _) = line.left, _read(line.right, 0)
        same = member[at].text == line.right[0].text and joined(over) == joined(other)
        if same and holds(replace(w, members=(function, of), relations=("=",), conditions=())):
            return [*member[:at], *(replace(t, place=member[at].place) for t in name), *member[end:]]
    raise Undecided(DIFFERENT)


def _read(found: Sequence[Token], at: int) -> tuple[Sequence[Token], Sequence[Token], int]:
    """The letter below an argmin, what is in the brackets behind it (else all that follows), and where that ends."""
    cursor = Cursor(found, found[-1].place)
    cursor.i = at + 1
    over = cursor.argument() if cursor.take("_") and _closes(cursor) else found[:0]
    if cursor.text in ("(", "[", r"\{") and matching(found, cursor.i) is not None:
        function = cursor.bracketed()
        return over, function, cursor.i
    if cursor.done:
        raise Undecided("an argmin of nothing")
    return over, found[cursor.i :], len(found)


def _closes(cursor: Cursor) -> bool:
    """Whether an argument stands here, whole."""
    return not cursor.done and (cursor.text != "{" or matching(cursor.tokens, cursor.i) is not None)
