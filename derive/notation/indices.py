"""The inside of slots and limits: letters, numbers, sizes and their sums; what a symbol without row may still be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.layers import is_position, join, split
from derive.algebra.tree import COLON, Diag, Expr, Fn, Num, Ones, Ref, Sym, Waypoint, add, neg, num
from derive.notation.derivatives import gradient, leibniz
from derive.notation.failures import UnknownSymbol
from derive.notation.members import read_scripts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from derive.errors import Place
    from derive.notation.parser import Parser
    from derive.notation.tokens import Token


def index(parser: Parser) -> Expr:
    """``l+1``, ``L-1``, ``n_{l+1}``, ``3``, ``:``.

    Raises:
        SyntaxFailure: anything else.
    """
    terms: list[Expr] = []
    while not parser.done:
        negative = parser.take("-")
        if not negative and terms and not parser.take("+"):
            raise parser.fail("+, - or the end of the index")
        piece = _piece(parser)
        terms.append(neg(piece) if negative else piece)
    if not terms:
        raise parser.fail("an index")
    made = terms[0] if len(terms) == 1 else add(*terms)
    return join(*split(made)) if len(terms) > 1 and is_position(made) else made


def _piece(parser: Parser) -> Expr:
    if parser.take(":"):
        return COLON
    if parser.text in ("(", "{"):
        return index(parser.sub(parser.bracketed()))
    if not parser.done and parser.token.kind == "digit":
        return number(parser)
    made = _size(parser) or waypoint(parser) or letter(parser)
    return parser.table.known.get(made, made) if isinstance(made, Sym) else made


def _size(parser: Parser) -> Expr | None:
    """``n_l`` as a size, or a letter with a subscript that is one name."""
    start = parser.i
    for row, after in parser.table.candidates(parser.tokens, start):
        parser.i = after
        fit = parser.fitter.fit(row, read_scripts(parser, signs=frozenset())) if row.kind != "function" else None
        scripted = parser.i > start + 1
        if fit is not None and not fit.left and scripted and isinstance(fit.expr, Ref | Sym):
            return fit.expr
    parser.i = start
    return None


def waypoint(parser: Parser) -> Waypoint | None:
    """``p_q``, ``p_{l+1}``: the unit where a path of a sum over paths passes a layer."""
    start = parser.i
    if parser.done or parser.token.kind != "symbol" or parser.ahead(1) != "_":
        return None
    found = parser.table.letter(parser.token.word)
    parser.i += 2
    inner = parser.argument()
    if found not in parser.bound or not inner or all(t.kind == "digit" for t in inner):
        parser.i = start
        return None
    return Waypoint(found, parser.index(inner))


def letter(parser: Parser) -> Sym:
    """An index letter: ``p`` or ``p_{1}``, which is the letter ``p_1`` of the tree."""
    if parser.done or parser.token.kind != "symbol":
        raise parser.fail("an index letter or a number")
    found = parser.table.letter(parser.token.word)
    parser.i += 1
    digits = parser.tokens[parser.i + 1 : parser.i + 2]
    if parser.text == "_" and digits and (digits[0].kind == "digit" or parser.ahead(1) == "{"):
        parser.i += 1
        inner = parser.argument()
        if not inner or any(t.kind != "digit" for t in inner):
            raise parser.fail("a number after the letter")
        return Sym(found.name + "_" + "".join(t.text for t in inner))
    return found


def number(parser: Parser) -> Num:
    """Digits that stand together, with a decimal point; a space between digits is none, a bold 1 no digit."""
    text, font = parser.token.text, parser.token.font
    parser.i += 1
    while not parser.done and parser.token.font == font and _goes_on(parser):
        text += parser.token.text
        parser.i += 1
    return num(text)


def _goes_on(parser: Parser) -> bool:
    return parser.token.kind == "digit" or (not parser.token.spaced and _point(parser))


def _point(parser: Parser) -> bool:
    """Whether a decimal point stands here, with a digit behind it."""
    after = parser.tokens[parser.i + 1 : parser.i + 2]
    return parser.text == "." and bool(after) and after[0].kind == "digit" and not after[0].spaced


def without_row(parser: Parser, place: Place) -> Expr:
    """A gradient, Leibniz' ``d``, the number e, a letter that a sum binds, the identity; all else is unknown.

    Raises:
        UnknownSymbol: nothing of this.
    """
    word = parser.token.word
    if word == r"\nabla" and parser.ahead(1) == "_":
        return gradient(parser)
    if word == "e" and parser.ahead(1) == "^":
        parser.i += 2
        return Fn("exp", (parser.whole(parser.argument()),))
    if word == "d" and (found := leibniz(parser)) is not None:
        return found
    if parser.token.kind == "symbol":
        start = parser.i
        found_letter = letter(parser)
        if found_letter in parser.bound or found_letter.name in parser.table.free_letters:
            meant = parser.table.known.get(found_letter, found_letter)
            return parser.with_scripts(meant, read_scripts(parser), place)
        parser.i = start
    if word == "I":
        return _identity(parser)
    raise UnknownSymbol(place, written(parser.tokens, parser))


def _identity(parser: Parser) -> Expr:
    r"""``I``, ``\mathbf I_n``: the identity, unless the table has an I of its own."""
    parser.i += 1
    size = parser.index(parser.argument()) if parser.take("_") else parser.unknown()
    return Diag(Ones(size))


def written(tokens: Sequence[Token], parser: Parser) -> str:
    """The symbol as it is written, with its scripts."""
    start = parser.i
    parser.i += 1
    read_scripts(parser)
    text = "".join(
        (" " if t.word[-1].isalpha() and t.word.startswith("\\") else "").join((t.word, ""))
        for t in tokens[start : parser.i]
    )
    parser.i = start
    return text.strip()
