"""Sums, products, fractions and function calls."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from derive.algebra.layers import shift, split
from derive.algebra.substitute import put
from derive.algebra.tree import (
    ONE,
    Add,
    Diag,
    Div,
    Expr,
    Fn,
    Kron,
    Mul,
    Num,
    Ones,
    Paths,
    Pow,
    Prod,
    Ref,
    Sum,
    Sym,
    Transpose,
    Waypoint,
    neg,
)
from derive.notation.cursor import cut
from derive.notation.derivatives import derivative, is_derivative, operator_of_derivative
from derive.notation.failures import LetterAbove, ReadFailure, SyntaxFailure, UnknownSymbol
from derive.notation.indices import letter, waypoint
from derive.notation.members import Scripts, read_scripts
from derive.notation.raw import Chain, Placed, Product, bare

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from derive.errors import Place
    from derive.notation.members import Fit
    from derive.notation.parser import Parser
    from derive.notation.symbols import Symbol
    from derive.notation.tokens import Token

COMMA = frozenset({",", ";"})
DOTS = (r"\cdots", r"\dots", r"\ldots")
LAYER = Sym("q")
"""The letter of the layer in the width of a waypoint."""
Limits = tuple[Sym, Expr, Expr, Expr | None]


# ------------------------------------------------------------ sums and products


def big(parser: Parser) -> Expr:
    r"""``\sum_{p=1}^{n}``, ``\sum_p``, ``\sum_{i,j}``, ``\sum_{i \ne k}``: takes the rest of its term."""
    node = Sum if parser.text == r"\sum" else Prod
    parser.i += 1
    below, above = _limits(parser)
    if node is Sum and (over := _over_paths(parser, below, above)) is not None:
        return over
    rows = _bound(parser, below, above)
    body = parser.rest_of_term(frozenset(row[0] for row in rows))
    for bound, low, high, without in reversed(rows):
        if without is not None:
            body = Mul((Add((ONE, neg(Kron(bound, without)))), body))
        body = node(body, bound, low, high)
    return body


def _over_paths(parser: Parser, below: Sequence[Token], above: Sequence[Token]) -> Expr | None:
    r"""``\sum_{p_l=1}^{n_l} \cdots \sum_{p_L=1}^{n_L}``: the sum over all paths from layer l to layer L."""
    first = _waypoint(parser, below)
    if first is None or not any(parser.take(dots) for dots in DOTS) or not parser.take(r"\sum"):
        return None
    ends, high = _limits(parser)
    last, width = _waypoint(parser, ends), parser.index(above)
    if last is None or last.letter != first.letter or not isinstance(width, Ref) or width.slots != (first.layer,):
        raise parser.fail("the last of the sums, over the same letter up to the width of its layer")
    general = Ref(width.name, (LAYER,))
    if put(general, {LAYER: last.layer}) != parser.index(high):
        raise parser.fail("the width of the last layer above the last sum")
    body = parser.rest_of_term(frozenset((first.letter,)))
    return Paths(body, first.letter, first.layer, last.layer, LAYER, general)


def _waypoint(parser: Parser, below: Sequence[Token]) -> Waypoint | None:
    """``p_{l}`` of ``p_{l}=1``."""
    unit, *rest = cut(below, frozenset({"="})) if below else [()]
    inner = parser.sub(unit, parser.bound | {parser.table.letter(t.word) for t in unit[:1]}) if unit else None
    found = None if inner is None or len(rest) != 1 or parser.index(rest[0]) != ONE else waypoint(inner)
    return found if inner is not None and inner.done else None


def _limits(parser: Parser) -> tuple[Sequence[Token], Sequence[Token]]:
    """What stands below and above the sign."""
    found: dict[str, Sequence[Token]] = {"_": (), "^": ()}
    while parser.text in ("_", "^"):
        sign = parser.text
        parser.i += 1
        found[sign] = parser.argument()
    return found["_"], found["^"]


def _bound(parser: Parser, below: Sequence[Token], above: Sequence[Token]) -> list[Limits]:
    """(letter, low, high, value left out) for each letter that is bound."""
    if not below:
        raise parser.fail("the letter that the sum binds")
    first, *rest = cut(below, frozenset({"=", r"\ne", r"\in"}))
    letters = [_letter(parser, t) for t in cut(first, COMMA)]
    sign = below[len(first)].text if rest else ""
    if sign == r"\in":
        low, high = _members(parser, rest[0])
        return [(x, low, high, None) for x in letters]
    if sign == "=" and above:
        return [(x, parser.index(rest[0]), parser.index(above), None) for x in letters]
    without = parser.index(rest[0]) if sign == r"\ne" else None
    return [(x, parser.unknown(), parser.index(above) if above else parser.unknown(), without) for x in letters]


def _letter(parser: Parser, tokens: Sequence[Token]) -> Sym:
    inner = parser.sub(tokens)
    found = letter(inner)
    if not inner.done:
        raise inner.fail("one letter")
    return found


def _members(parser: Parser, tokens: Sequence[Token]) -> tuple[Expr, Expr]:
    """The ends of a set that the table names."""
    name = "".join(t.word for t in tokens if t.text not in "{}")
    sets = parser.table.sets
    if name in sets:
        return sets[name]
    called = re.fullmatch(r"(.*)\((\\?\w+)\)", name)
    if called and f"{called.group(1)}(.)" in sets:
        kind = sets[f"{called.group(1)}(.)"][0]
        assert isinstance(kind, Sym)
        made = Sym(f"{kind.name.split()[0]} {called.group(2)}")
        return made, made
    what = f"the set {name} is not in the setting: 'i' = 'example in {name}' in [index] makes it that of the examples"
    raise ReadFailure(what, place=tokens[0].place if tokens else parser.place)


# ------------------------------------------------------------ fractions


def fraction(parser: Parser) -> Expr:
    """A fraction; whole numbers above and below are one number; a ``d`` above and below is a derivative."""
    parser.i += 1
    top, bottom = parser.argument(), parser.argument()
    if is_derivative(top, bottom):
        return derivative(parser, top, bottom)
    above, below = parser.whole(top), parser.whole(bottom)
    x, y = bare(above), bare(below)
    if isinstance(x, Num) and isinstance(y, Num) and y.value:
        return Num(Fraction(x.value, y.value))
    return Div(above, below)


def root(parser: Parser) -> Expr:
    parser.i += 1
    return Fn("sqrt", (parser.whole(parser.argument()),))


# ------------------------------------------------------------ functions


UNPRIMED = frozenset({"prod", "diag", "total", "trace", "sqnorm", "max", "min"})
"""Functions of arrays or of several numbers: neither primes nor powers stand before their arguments."""


def call(parser: Parser, fit: Fit, place: Place) -> Expr:
    """A function applied to what follows; primes and powers may stand between.

    Raises:
        SyntaxFailure: the number of arguments is wrong.
    """
    row = fit.symbol
    if fit.left and row.name in UNPRIMED:
        raise SyntaxFailure(place, f"{row.words[0]} without scripts", "".join(p.mark for p in fit.left))
    if row.name == "prod":
        return Placed(Chain(tuple(bare(a) for a in _arguments(parser))), place)
    if row.name == "total" and (along := _along_an_axis(parser)) is not None:
        return along
    arguments = _arguments(parser)
    if row.arity is not None and len(arguments) != row.arity:
        raise SyntaxFailure(place, f"{row.arity} argument(s) of {row.words[0]}", f"{len(arguments)}")
    primes = sum(p.mark == "'" for p in fit.left)
    powers = [p for p in fit.left if p.mark != "'"]
    if any(p.mark or len(powers) > 1 for p in powers):
        raise SyntaxFailure(place, f"scripts that {row.words[0]} can have", "".join(p.mark for p in powers))
    made: Expr = Fn(row.name, arguments, fit.slots or _layer_of(row, arguments, place), primes)
    if row.name == "diag":
        made = Diag(arguments[0])
    if not row.slots and any(t.kind == "symbol" for p in powers for t in p.tokens):
        if parser.table.above_functions == "unknown":
            above = "".join(t.word for t in powers[0].tokens)
            raise LetterAbove(place, f"{row.words[0]}^{{{above}}}" + "'" * primes)
        powers = powers if parser.table.above_functions == "power" else []
    for part in powers:
        made = Pow(made, bare(parser.whole(part.tokens)))
    return Placed(parser.with_scripts(made, read_scripts(parser), place), place)


def _layer_of(row: Symbol, arguments: Sequence[Expr], place: Place) -> tuple[Expr, ...]:
    """The layer of a function that is written without one: that of the only member in its arguments.

    Raises:
        UnknownSymbol: there is none, or more than one.
    """
    if not row.slots:
        return ()
    found = {n.slots for a in arguments for n in a.walk() if isinstance(n, Ref) and n.slots}
    if len(found) != 1:
        raise UnknownSymbol(place, f"{row.words[0]} without its layer")
    return found.pop()


def _arguments(parser: Parser) -> tuple[Expr, ...]:
    """What stands in brackets, or the next factor."""
    if parser.text in ("(", "["):
        return tuple(parser.whole(t) for t in cut(parser.bracketed(), COMMA))
    return (parser.postfix(),)


def _along_an_axis(parser: Parser) -> Expr | None:
    """``np.sum(dZ, axis=1, keepdims=True)``: the sums of the rows; along axis 0 those of the columns."""
    start = parser.i
    first, *options = cut(parser.bracketed(), COMMA) if parser.text == "(" else [()]
    said = {"".join(t.text for t in option) for option in options}
    for n in (0, 1):
        if f"axis={n}" in said and said <= {f"axis={n}", "keepdims=True"}:
            array, ones = parser.whole(first), Ones(parser.unknown())
            return Product((array, ones) if n else (Transpose(ones), array), ("", ""))
    parser.i = start
    return None


def function_in_brackets(parser: Parser) -> Expr | None:
    """``(f^{l})'(z)``: brackets around a function's name, when primes and arguments follow."""
    start, place = parser.i, parser.place
    inner = parser.sub(parser.bracketed())
    scripts = read_scripts(parser)
    primed = not scripts.below and bool(scripts.above) and all(p.mark == "'" for p in scripts.above)
    rows = parser.table.candidates(inner.tokens, 0) if primed or parser.text == "(" else []
    for row, after in rows:
        inner.i = after
        own = read_scripts(inner)
        if row.kind == "function" and inner.done:
            fit = parser.fitter.fit(row, Scripts(own.above + scripts.above, own.below))
            if fit is not None and parser.text == "(":
                return call(parser, fit, place)
            if fit is not None and row.name in parser.table.applications:
                return alone(parser, fit, place)
    parser.i = start
    return None


def alone(parser: Parser, fit: Fit, place: Place) -> Expr:
    """A function without its argument, where the setting applies it to one thing only: ``(f^l)'``, ``\\sigma'``.

    Raises:
        UnknownSymbol: its layer is not written.
    """
    slots, argument = parser.table.applications[fit.symbol.name]
    if len(slots) != len(fit.slots):
        raise UnknownSymbol(place, f"{fit.symbol.words[0]} without its layer")
    for own, here in zip(slots, fit.slots, strict=True):
        letter, offset = split(own)
        argument = put(argument, {letter: shift(here, -offset)}) if letter is not None else argument
    primes = sum(p.mark == "'" for p in fit.left)
    rest = Scripts([p for p in fit.left if p.mark != "'"], [])
    return Placed(parser.with_scripts(Fn(fit.symbol.name, (argument,), fit.slots, primes), rest, place), place)


PREFIX: dict[str, Callable[[Parser], Expr | None]] = {
    r"\sum": big,
    r"\prod": big,
    r"\frac": operator_of_derivative,
}
"""Operators that take the rest of their term."""
