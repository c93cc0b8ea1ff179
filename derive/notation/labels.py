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
        said = _argument(parser, row, formal, actual)
        if said is None:
            return None
        layers += said[0]
        examples.update({_text(part.tokens): part for part in said[1]})
    if len(examples) > 1:
        return None
    behind = read_scripts(parser)
    scripts.above += [*examples.values(), *behind.above]
    scripts.below += behind.below
    return layers


def _argument(
    parser: Parser, row: Symbol, formal: Sequence[Token], actual: Sequence[Token]
) -> tuple[list[Expr], list[Part]] | None:
    """The layer that an argument speaks of and the number of its example; None where it is another quantity."""
    same = _text(formal) == _text(actual)
    if same and not row.slots:
        return [], []
    one, other = _member(parser, formal), _member(parser, actual)
    if same and (one is None or not one.slots):
        return [], []
    if one is None or other is None or one.name != other.name:
        return None
    moves = bool(row.slots and one.slots and other.slots) and split(one.slots[0])[0] is not None
    if not moves and one.slots != other.slots:
        return None
    return [shift(other.slots[0], -split(one.slots[0])[1])] if moves else [], _examples(other, actual)


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
        ReadFailure: they hold something else than what the value depends on and is defined with.
    """
    if not fit.symbol.labels or parser.text not in ("(", "["):
        return
    start, place = parser.i, parser.place
    parts = cut(parser.bracketed(), COMMA)
    if any(_substitutes(parser, row.formals, parts) for row in parser.table.symbols if row.name == fit.symbol.name):
        what = f"{fit.symbol.words[0]} with other arguments than those it is defined with"
        raise ReadFailure(what, remedy="write out what it is for these arguments", place=place)
    if len({_text(part) for part in parts}) < len(parts) or not all(_is_symbol(parser, part) for part in parts):
        parser.i = start  # nothing depends twice on the same
        return
    known = parser.table.depends.get(fit.symbol.name)
    if known is None and len(parts) == 1 and not _is_leaf(parser, _member(parser, parts[0])):
        parser.i = start
    elif known is not None and (strange := _strange(parser, parts, known)):
        what = f"{fit.symbol.words[0]} does not depend on {strange} as the setting defines it"
        raise ReadFailure(what, remedy="write a product with a sign or without brackets", place=place)


def _is_symbol(parser: Parser, found: Sequence[Token]) -> bool:
    """Whether an argument is one symbol with its scripts."""
    inner = parser.sub(found)
    if inner.done or inner.token.kind != "symbol":
        return False
    inner.i += 1
    read_scripts(inner)
    return inner.done


def _strange(parser: Parser, parts: Sequence[Sequence[Token]], known: frozenset[str]) -> str:
    """The first argument on which a value does not depend.

    An unknown one may stand for all parameters or for what is no parameter; where some of the parameters are named and
    others are not, it may stand for another value of these, and is strange.
    """
    named = [{row.name for row, _ in parser.table.candidates(part, 0) if row.kind != "function"} for part in parts]
    quantities = parser.table.quantities
    left = {name for name in known if name in quantities and quantities[name].role == "parameter"}
    count = len(left)
    left -= set().union(*named)
    for part, names in zip(parts, named, strict=True):
        if (names and not names & known) or (not names and 0 < len(left) < count):
            return _text(part)
    return ""


def _is_leaf(parser: Parser, member: Ref | None) -> bool:
    """Whether a symbol is unknown, or nothing that could be multiplied."""
    quantity = parser.table.quantities.get(member.name) if member is not None else None
    return quantity is None or quantity.role in ("parameter", "target", "input")


def _substitutes(parser: Parser, formals: Sequence[Sequence[Token]] | None, parts: Sequence[Sequence[Token]]) -> bool:
    """Whether an argument is another thing than the quantity of the definition in its place."""
    if formals is None or len(formals) != len(parts):
        return False
    for formal, actual in zip(formals, parts, strict=True):
        one, other = _member(parser, formal), _member(parser, actual)
        if one is not None and _text(formal) != _text(actual) and (other is None or other.name != one.name):
            return True
    return False
