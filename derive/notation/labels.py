"""Arguments that only name what a quantity depends on: ``J(W,b;x,y)``, ``\\dot F^m(n^m)``, ``J(\\theta)``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.layers import shift, split
from derive.algebra.tree import Expr, Ref
from derive.notation.cursor import cut
from derive.notation.failures import ReadFailure
from derive.notation.marks import EXAMPLE
from derive.notation.members import Part, read_scripts
from derive.notation.raw import bare

if TYPE_CHECKING:
    from collections.abc import Sequence

    from derive.notation.members import Fit, Scripts
    from derive.notation.parser import Parser
    from derive.notation.symbols import Symbol
    from derive.notation.tokens import Token

COMMA = frozenset({",", ";"})


def arguments(parser: Parser, row: Symbol, scripts: Scripts) -> list[Expr] | None:
    """Reads the arguments that a row is written with; the layers that they speak of, None where they are others.

    The number of an example in an argument (``x^{(t)}``) is that of the whole, and is added to its scripts.
    """
    assert row.formals is not None
    if parser.text not in ("(", "["):
        return None
    found = cut(parser.bracketed(), COMMA)
    if len(found) != len(row.formals):
        return None
    layers: list[Expr] = []
    examples: dict[str, Part] = {}
    for formal, actual in zip(row.formals, found, strict=True):
        if _text(formal) == _text(actual):
            continue
        one, other = _member(parser, formal), _member(parser, actual)
        if one is None or other is None or one.name != other.name:
            return None
        if one.slots and other.slots and split(one.slots[0])[0] is not None:
            layers.append(shift(other.slots[0], -split(one.slots[0])[1]))
        for part in _examples(other, actual):
            examples[_text(part.tokens)] = part
    if len(examples) > 1:
        return None
    behind = read_scripts(parser)
    scripts.above += [*examples.values(), *behind.above]
    scripts.below += behind.below
    return layers


def _text(found: Sequence[Token]) -> str:
    return "".join(t.word for t in found if t.text not in "{}")


def _member(parser: Parser, found: Sequence[Token]) -> Ref | None:
    try:
        made = bare(parser.whole(found))
    except ReadFailure:
        return None
    return made if isinstance(made, Ref) else None


def _examples(member: Ref, found: Sequence[Token]) -> list[Part]:
    """The script of an argument that numbers its example."""
    if not member.entries or member.entries[-1] == EXAMPLE:
        return []
    text = [t for t in found if t.text not in ("{", "}", "(", ")", "^", "_")]
    return [Part("(", text[-1:])]


def drop(parser: Parser, fit: Fit) -> None:
    """Passes over brackets behind a quantity that only name dependences.

    Raises:
        ReadFailure: they hold something else than a symbol that the value depends on and is defined with.
    """
    if not fit.symbol.labels or parser.text not in ("(", "["):
        return
    start, place = parser.i, parser.place
    parts = cut(parser.bracketed(), COMMA)
    if any(_substitutes(parser, row.formals, parts) for row in parser.table.symbols if row.name == fit.symbol.name):
        what = f"{fit.symbol.words[0]} with other arguments than those it is defined with"
        raise ReadFailure(what, remedy="write out what it is for these arguments", place=place)
    own = {_text(part) for part in parts} - set(fit.symbol.words)
    if len(own) < len(parts) or not all(_is_label(parser, part, len(parts)) for part in parts):
        parser.i = start  # nothing depends on itself, or twice on the same


def _substitutes(parser: Parser, formals: Sequence[Sequence[Token]] | None, parts: Sequence[Sequence[Token]]) -> bool:
    """Whether an argument is another thing than the quantity of the definition in its place."""
    if formals is None or len(formals) != len(parts):
        return False
    for formal, actual in zip(formals, parts, strict=True):
        one, other = _member(parser, formal), _member(parser, actual)
        if one is not None and _text(formal) != _text(actual) and (other is None or other.name != one.name):
            return True
    return False


def _is_label(parser: Parser, found: Sequence[Token], count: int) -> bool:
    """One symbol, and where it is the only one nothing that could be multiplied: unknown, or a leaf."""
    inner = parser.sub(found)
    if inner.done or inner.token.kind != "symbol":
        return False
    inner.i += 1
    read_scripts(inner)
    if not inner.done:
        return False
    member = _member(parser, found) if count == 1 else None
    quantity = parser.table.quantities.get(member.name) if member is not None else None
    return quantity is None or quantity.role in ("parameter", "target", "input")
