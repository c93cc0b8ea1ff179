"""Second names of quantities: ``W^l = w^l``, ``a^0 = x``, ``\\hat Y = A^{[L]}``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.layers import split
from derive.checking.naming.names import Alias, Naming, matching
from derive.checking.naming.statements import read_head
from derive.errors import DeriveError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from derive.checking.naming.sentences import Sentence
    from derive.checking.naming.statements import Head, Statement


def second_names(naming: Naming, sentences: Sequence[Sentence]) -> Iterator[Alias]:
    """The second names, each led back to a quantity that is none."""
    defined = {
        f.name
        for s in sentences
        if s.kind == "definition" and s.head is not None and (f := matching(naming, naming.families, s.head))
    }
    found: dict[str, Alias] = {}
    for s in sentences:
        if s.kind != "alias":
            continue
        other = read_head(s.statement.right)
        assert s.head is not None
        assert other is not None
        made = _alias(naming, s.statement, s.head, other, defined)
        if made.family.name in found or made.target.name == made.family.name:
            raise s.statement.error("this line names a quantity a second time", "one line for each second name")
        found[made.family.name] = made
    for made in found.values():
        yield _led_back(made, found)


def _alias(naming: Naming, statement: Statement, one: Head, other: Head, defined: set[str]) -> Alias:
    """Which of two names is the second one.

    Raises:
        DeriveError: both are defined, or the line is no renaming.
    """
    left, right = matching(naming, naming.families, one), matching(naming, naming.families, other)
    if left is None or right is None:
        raise statement.error("one of the names of this line cannot be read", "name = name, both with the same indices")
    at, to = naming.slot(one), naming.slot(other)
    if (left.slot is None) != (right.slot is None):
        swap = left.slot is not None
    else:
        swap = left.name in defined
        if swap and right.name in defined:
            raise statement.error("both names of this line are defined", "one definition of a quantity")
    if swap:
        left, right, at, to = right, left, to, at
    here, there = (at[2] if at else None), (to[2] if to else None)
    if left.slot is None:
        return Alias(left, right, fixed=there)
    if here is None or there is None or not here.symbols or not there.symbols:
        raise statement.error("two families that meet in one layer", "the same layer letter on both sides")
    return Alias(left, right, shift=split(there)[1] - split(here)[1])


def _led_back(alias: Alias, found: Mapping[str, Alias]) -> Alias:
    for _ in found:
        after = found.get(alias.target.name)
        if after is None:
            break
        fixed = alias.fixed if after.fixed is None else after.fixed
        if after.shift and fixed is not None:
            raise DeriveError("second names of second names with shifted layers cannot be read yet")
        alias = Alias(alias.family, after.target, fixed, alias.shift + after.shift)
    return alias
