"""Brackets and what they mean: grouping, norms, absolute values, indicators, cases, ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.tree import ZERO, Cases, Compare, Elem, Expr, Fn, Kron, Ones, Sym
from derive.notation.commands import COMPARISONS
from derive.notation.cursor import cut, top_level
from derive.notation.indices import number, waypoint
from derive.notation.members import read_scripts
from derive.notation.raw import strip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from derive.notation.members import Part
    from derive.notation.parser import Parser
    from derive.notation.tokens import Token

COMMA = frozenset({",", ";"})
OPPOSITE = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "!=", "!=": "=="}


def group(parser: Parser) -> Expr:
    """A group in brackets; square ones around a relation are an indicator."""
    square = parser.text == "["
    start = parser.i
    inner = parser.bracketed()
    if square and (found := indicator(parser, inner)) is not None:
        return found
    if not inner:
        parser.i = start + 1
        raise parser.fail("a formula in the brackets")
    return parser.whole(inner)


def indicator(parser: Parser, inner: Sequence[Token]) -> Expr | None:
    """``[i = k]`` of two indices is a Kronecker delta, any other relation a comparison."""
    at = [j for j in top_level(inner) if inner[j].kind != "text" and inner[j].text in COMPARISONS]
    if len(at) != 1:
        return None
    op = COMPARISONS[inner[at[0]].text]
    sides = inner[: at[0]], inner[at[0] + 1 :]
    are = [_is_index(parser, s) for s in sides]
    letters = op == "==" and any(are) and all(len(s) == 1 and s[0].kind == "symbol" for s in sides)
    if all(are) or letters:  # what is compared with an index is one, though the setting has such a symbol
        left, right = (parser.index(s) for s in sides)
        return Kron(left, right) if op == "==" else Compare(op, left, right)
    return Compare(op, *(parser.whole(s) for s in sides))


def _is_index(parser: Parser, tokens: Sequence[Token]) -> bool:
    """Whether a side of a relation is an index: letters that no row of the table claims, or a place on a path."""
    inner = parser.sub(tokens)
    if waypoint(inner) is not None and inner.done:
        return True
    plain = bool(tokens) and all(t.kind in ("symbol", "digit") or t.text in ("+", "-") for t in tokens)
    letters = [n for n, t in enumerate(tokens) if t.kind == "symbol"]
    return plain and bool(letters) and not any(parser.table.candidates(tokens, n) for n in letters)


def ones(parser: Parser) -> Expr:
    r"""``\mathbf 1``: an indicator before brackets with a relation, else a column of ones (its size may be below)."""
    parser.i += 1
    opens = parser.text in ("[", "(") or (parser.text == "_" and not parser.done)
    before = parser.i
    if opens:
        below = parser.take("_")
        inner = parser.argument() if below else parser.bracketed()
        found = indicator(parser, inner)
        if found is not None:
            return found
        if below:
            return Ones(parser.index(inner))
    parser.i = before
    return Ones(parser.unknown())


def digit(parser: Parser) -> Expr:
    """A number; a bold or blackboard one is a column of ones or an indicator, a bold nought is 0."""
    if parser.token.font in ("bf", "bb") and parser.text == "1":
        return ones(parser)
    if parser.token.accents:
        parser.i += 1
        return ZERO
    return number(parser)


def norm(parser: Parser) -> Expr:
    r"""``\|x\|^2`` with any mark below; without the square it is a root."""
    place = parser.place
    inner = parser.whole(parser.bracketed())
    scripts = read_scripts(parser)
    square = Fn("sqnorm", (inner,))
    marks = ["".join(t.text for t in p.tokens) for p in scripts.below]
    if any(m not in ("F", "2") for m in marks):
        raise parser.fail("the Euclidean or Frobenius norm")
    if not scripts.above:
        return Fn("sqrt", (square,))
    first = scripts.above.pop(0)
    if [t.text for t in first.tokens] != ["2"]:
        raise parser.fail("a square after the norm")
    scripts.below.clear()
    return parser.with_scripts(square, scripts, place)


def absolute(parser: Parser) -> Expr:
    """``|x|``, or how many members a set has."""
    inner = parser.bracketed()
    _, size = parser.table.sets.get("".join(t.word for t in inner), (None, None))
    return size if isinstance(size, Sym) and size.name[0] == "|" else Fn("abs", (parser.whole(inner),))


def cases(parser: Parser) -> Expr:
    r"""``\begin{cases} value & if condition \\ ... \end{cases}``.

    Raises:
        SyntaxFailure: the rows do not cover everything.
    """
    inner = parser.bracketed()
    rows = [cut(row, frozenset({"&"})) for row in cut(inner, frozenset({r"\\", r"\cr"})) if row]
    values = [parser.whole(_unpointed(row[0])) for row in rows]
    conditions = [_condition(parser, row[1]) if len(row) > 1 else None for row in rows]
    if len(rows) == 2 and _covers(conditions[0], conditions[1]):
        conditions[1] = None
    if len(rows) < 2 or conditions[-1] is not None or None in conditions[:-1]:
        raise parser.fail("cases that end with 'otherwise'")
    kept = tuple(c for c in conditions[:-1] if c is not None)
    return Cases(tuple(values[:-1]), kept, values[-1])


def _unpointed(tokens: Sequence[Token]) -> list[Token]:
    """Without the punctuation around a formula; commas inside it are its own."""
    found = list(tokens)
    while found and found[-1].text in (",", ".", ";"):
        found.pop()
    while found and found[0].text in (",", ";"):
        found.pop(0)
    return found


def _condition(parser: Parser, tokens: Sequence[Token]) -> Expr | None:
    """The relation of a row, None for "otherwise"."""
    formula = _unpointed([t for t in tokens if t.kind not in ("text", "gap")])
    if not formula:
        return None
    found = indicator(parser, formula)
    if found is None:
        raise parser.sub(formula).fail("a relation")
    return found


def _covers(first: Expr | None, second: Expr | None) -> bool:
    """Whether the second condition is the opposite of the first."""
    first, second = (None if c is None else strip(c) for c in (first, second))
    if isinstance(first, Compare) and isinstance(second, Compare):
        return OPPOSITE[first.op] == second.op and (first.left, first.right) == (second.left, second.right)
    if isinstance(first, Kron) and isinstance(second, Compare):
        return second.op == "!=" and (first.left, first.right) == (second.left, second.right)
    return False


def entries(parser: Parser, base: Expr, parts: list[Part]) -> Expr:
    """``[...]_{kj}``."""
    pieces: list[Sequence[Token]] = []
    for part in parts:
        single = all(t.kind == "symbol" or t.text == ":" for t in part.tokens)
        pieces += [part.tokens[n : n + 1] for n in range(len(part.tokens))] if single else cut(part.tokens, COMMA)
    return Elem(base, tuple(parser.index(p) for p in pieces))
