"""Lines of a setting that define nothing: relations that hold on every network on which a page is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.checking.reading import letter_ends
from derive.checking.reading.examples import with_examples
from derive.checking.understanding.sides import in_setting, whole
from derive.checking.understanding.understood import Assumption
from derive.notation.failures import ReadFailure
from derive.notation.typing import Typing

if TYPE_CHECKING:
    from derive.checking.naming.named import Named
    from derive.checking.naming.sentences import Sentence
    from derive.notation.symbols import SymbolTable

ORDERS = frozenset({"<", ">", "<=", ">=", "!="})


def assumption(s: Sentence, named: Named, table: SymbolTable) -> Assumption:
    """A relation such as ``\\sum_k y_k = 1``, ``y_k \\in \\{0, 1\\}``, ``z^{(2)} > 0``.

    Raises:
        DeriveError: it is of another kind.
    """
    line, statement = s.statement.line, s.statement
    said = "".join(t.text for t in statement.right)
    if statement.relation == "in" and said == r"\{0,1\}":
        family = named.family(statement.head) if statement.head else None
        if family is None:
            raise statement.error("who is 0 or 1 in this line?", "one symbol of the setting")
        return Assumption(line, None, "in", None, binary=family.name)
    if statement.relation not in ORDERS | {"="}:
        raise statement.error(
            "an assumption of this kind cannot be read", "an equation, an inequality, or y_k \\in \\{0, 1\\}"
        )
    typing = Typing(table)
    try:
        raws = [whole(s, side, table) for side in (statement.left, statement.right)]
        parts = [typing.typed(e) for e in with_examples(raws, table)]
        typing.sides(parts)
        left, right = (typing.settled(e) for e, _ in parts)
    except ReadFailure as failure:
        raise in_setting(s, failure) from None
    return Assumption(line, left, statement.relation, right, letter_ends((left, right), table))
