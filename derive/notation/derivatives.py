"""How derivatives are written: as fractions of one ``d`` over another, in one line, as operators, as gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.tree import Expr, Partial, Transpose
from derive.notation.raw import bare

if TYPE_CHECKING:
    from collections.abc import Sequence

    from derive.notation.parser import Parser
    from derive.notation.tokens import Token

# ------------------------------------------------------------ as fractions


def operator_of_derivative(parser: Parser) -> Expr | None:
    r"""``\frac{\partial}{\partial w}`` takes the rest of its term; any other fraction is left alone."""
    start = parser.i
    parser.i += 1
    top, bottom = parser.argument(), parser.argument()
    if len(top) != 1 or not is_derivative(top, bottom):
        parser.i = start
        return None
    return Partial(parser.rest_of_term(), bare(parser.whole(bottom[1:])))


def derivative(parser: Parser, top: Sequence[Token], bottom: Sequence[Token]) -> Expr:
    r"""``\frac{\partial C}{\partial w}``, ``\frac{d^2 E}{d w^2}``."""
    twice = _twice(top, bottom)
    if twice is None:
        return Partial(parser.whole(top[1:]), bare(parser.whole(bottom[1:])))
    of, (first, second) = (parser.whole(twice[0]), [bare(parser.whole(by)) for by in twice[1]])
    if isinstance(second, Transpose) and bare(second.arg) == first:
        second = first  # d z d z^T: the matrix of all pairs
    return Partial(Partial(of, second), first)


def is_derivative(top: Sequence[Token], bottom: Sequence[Token]) -> bool:
    """Whether a fraction is a derivative: a ``d`` above, the same one below with something behind it."""
    signs = (r"\partial", "d")
    return bool(top) and len(bottom) > 1 and top[0].word in signs and bottom[0].word == top[0].word


def _twice(
    top: Sequence[Token], bottom: Sequence[Token]
) -> tuple[Sequence[Token], tuple[Sequence[Token], Sequence[Token]]] | None:
    r"""What ``\frac{\partial^2 E}{\partial x \partial y}`` and ``\frac{d^2 E}{d w^2}`` differentiate, and by what."""
    power = _power_of_two(top, 1)
    if power is None:
        return None
    starts = [n for n, t in enumerate(bottom) if t.word == top[0].word]
    if len(starts) == 2:
        return top[power:], (bottom[1 : starts[1]], bottom[starts[1] + 1 :])
    cuts = [n for n in range(2, len(bottom)) if _power_of_two(bottom, n) == len(bottom)]
    return (top[power:], (bottom[1 : cuts[-1]],) * 2) if cuts and len(starts) == 1 else None


def _power_of_two(found: Sequence[Token], at: int) -> int | None:
    """Where ``^2`` or ``^{2}`` ends that stands at ``at``."""
    texts = [t.text for t in found[at : at + 4]]
    for sign in (["^", "2"], ["^", "{", "2", "}"]):
        if texts[: len(sign)] == sign:
            return at + len(sign)
    return None


# ------------------------------------------------------------ in one line


def partial(parser: Parser) -> Expr:
    r"""``\partial C/\partial w``."""
    return _quotient(parser, parser.i + 1)


def leibniz(parser: Parser) -> Expr | None:
    """``dC/dw``."""
    slash = next((n for n in range(parser.i, len(parser.tokens)) if parser.tokens[n].text == "/"), None)
    if slash is None or slash + 1 >= len(parser.tokens) or parser.tokens[slash + 1].word != "d" or slash < parser.i + 2:
        return None
    if any(parser.tokens[n].text in ("+", "-", "=") for n in range(parser.i, slash)):
        return None
    return _quotient(parser, parser.i + 1)


def _quotient(parser: Parser, start: int) -> Expr:
    r"""``\partial C/\partial w`` from behind the first ``\partial``."""
    sign = parser.tokens[start - 1].word
    parser.i = start
    of = parser.postfix()
    if not parser.take("/") or not parser.take(sign):
        raise parser.fail(f"/{sign}")
    return Partial(of, bare(parser.postfix()))


def gradient(parser: Parser) -> Expr:
    r"""``\nabla_{W} C`` from its sign on."""
    parser.i += 2
    wrt = parser.whole(parser.argument())
    return Partial(parser.postfix(), bare(wrt))
