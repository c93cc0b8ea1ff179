"""Precedence, signs and parentheses, the same for every script; a script (``latex``, ``plain``) supplies the signs.

The order is that of the tree: the printer never reorders and never cancels.
"""

from __future__ import annotations

from fractions import Fraction
from functools import singledispatchmethod
from itertools import pairwise
from typing import TYPE_CHECKING

from derive.algebra.substitute import put
from derive.algebra.tree import (
    Add,
    Cases,
    Compare,
    Diag,
    Div,
    Elem,
    Expr,
    Fn,
    Hadamard,
    Kron,
    MatMul,
    MatProd,
    Mul,
    Num,
    Ones,
    Partial,
    Paths,
    Pow,
    Prod,
    Ref,
    Sum,
    Sym,
    Transpose,
    Waypoint,
)
from derive.errors import DeriveError
from derive.notation.pieces import Level, Piece

if TYPE_CHECKING:
    from collections.abc import Callable

    from derive.notation.scripts import Script


class UnprintableNode(DeriveError):
    """A node for which the printer has no rule."""


class Printer:
    """Prints trees in one script.  ``wrap`` may put something around the text of any node (an underbrace, a colour)."""

    def __init__(self, script: Script, wrap: Callable[[Expr, str], str] | None = None) -> None:
        self.script, self.wrap = script, wrap

    def text(self, e: Expr) -> str:
        """The node as text."""
        return self.piece(e).text

    def piece(self, e: Expr) -> Piece:
        """The node as a piece, wrapped if it is to be."""
        made = self.rule(e)
        text = self.wrap(e, made.text) if self.wrap else made.text
        return made if text == made.text else Piece(text, Level.SCRIPTED, made.tall)

    @singledispatchmethod
    def rule(self, e: Expr) -> Piece:
        """What is printed for one kind of node.

        Raises:
            UnprintableNode: no rule for this kind of node.
        """
        raise UnprintableNode(f"cannot print a node {type(e).__name__}: {e!r}")

    def at_least(self, level: Level, e: Expr, *, last: bool = True) -> Piece:
        """The piece, in parentheses where it binds more loosely than ``level`` or would swallow what follows it."""
        made = self.piece(e)
        return made if made.level >= level and (last or not made.open) else self.script.parentheses(made)

    # ------------------------------------------------------------ sums

    def signed_terms(self, e: Expr) -> list[tuple[str, Piece]]:
        """The terms of a sum with their signs; an expression that is no sum is one term."""
        if isinstance(e, Add):
            return [pair for term in e.terms for pair in self.signed_terms(term)]
        sign, rest = split_sign(e)
        return [(sign, self.at_least(Level.ELEMENTWISE, rest) if sign == "-" else self.piece(rest))]

    @rule.register
    def add(self, e: Add) -> Piece:
        pairs = self.signed_terms(e)
        first = ("-" if pairs[0][0] == "-" else "") + pairs[0][1].text
        text = first + "".join(f" {sign} {piece.text}" for sign, piece in pairs[1:])
        return Piece(text, Level.SUM, any(p.tall for _, p in pairs))

    @rule.register
    def number(self, e: Num) -> Piece:
        made = self.script.number(abs(e.value))
        return Piece(f"-{made.text}", Level.SUM, made.tall) if e.value < 0 else made

    # ------------------------------------------------------------ products

    @rule.register
    def mul(self, e: Mul) -> Piece:
        sign, rest = split_sign(e)
        if sign == "-":
            body = self.at_least(Level.PRODUCT, rest)
            return Piece(f"-{body.text}", Level.SUM, body.tall, body.open)
        return self.product(e.factors, self.script.juxtapose)

    @rule.register
    def matmul(self, e: MatMul) -> Piece:
        return self.product(e.factors, self.script.juxtapose_arrays, Mul)

    def product(
        self, factors: tuple[Expr, ...], join: Callable[[Piece, Piece], str], apart: type[Expr] | None = None
    ) -> Piece:
        """Factors side by side; a factor of type ``apart`` keeps its parentheses although it binds tightly enough."""
        last = len(factors) - 1
        least = [Level.SCRIPTED if apart and isinstance(f, apart) else Level.PRODUCT for f in factors]
        pieces = [self.at_least(least[i], f, last=i == last) for i, f in enumerate(factors)]
        text = pieces[0].text
        for left, right in pairwise(pieces):
            text += join(left, right) + right.text
        return Piece(text, Level.PRODUCT, any(p.tall for p in pieces), pieces[-1].open)

    @rule.register
    def hadamard(self, e: Hadamard) -> Piece:
        flat = [f for x in e.factors for f in (x.factors if isinstance(x, Hadamard) else (x,))]
        pieces = [self.at_least(Level.SCRIPTED, f) for f in flat]
        text = f" {self.script.elementwise} ".join(p.text for p in pieces)
        return Piece(text, Level.ELEMENTWISE, any(p.tall for p in pieces))

    @rule.register
    def div(self, e: Div) -> Piece:
        return self.script.fraction(self, e.numerator, e.denominator)

    @rule.register
    def pow(self, e: Pow) -> Piece:
        base = self.at_least(Level.ATOM, e.base)
        return self.script.power(base, self.piece(e.exponent), array=self.script.is_array(e.base))

    # ------------------------------------------------------------ operators

    @rule.register(Sum)
    @rule.register(Prod)
    @rule.register(MatProd)
    def binder(self, e: Sum | Prod | MatProd) -> Piece:
        """A sum reaches to the end of its term; the factors of a product get parentheses of their own."""
        sign = "sum" if isinstance(e, Sum) else "prod"
        least = Level.ELEMENTWISE if sign == "sum" else Level.SCRIPTED
        body = self.at_least(least, e.body)
        if isinstance(e.body, Sum | Prod | MatProd):
            body = self.piece(e.body)
        low, high = self.text(e.low), self.text(e.high)
        return Piece(self.script.big(sign, self.text(e.index), low, high, body.text), Level.PRODUCT, True, True)

    @rule.register
    def paths(self, e: Paths) -> Piece:
        """The first sum, dots, the last sum."""
        body = self.at_least(Level.ELEMENTWISE, e.body).text
        ends = [(self.text(Waypoint(e.letter, q)), self.text(put(e.width, {e.index: q}))) for q in (e.low, e.high)]
        first, last = (self.script.big("sum", unit, "1", width, "").rstrip() for unit, width in ends)
        return Piece(f"{first} {self.script.dots} {last} {body}", Level.PRODUCT, True, True)

    @rule.register
    def waypoint(self, e: Waypoint) -> Piece:
        return self.script.waypoint(self, e)

    @rule.register
    def partial(self, e: Partial) -> Piece:
        if isinstance(e.of, Ref | Fn):
            return self.script.partial(self.text(e.of), self.text(e.wrt))
        body = self.script.parentheses(self.piece(e.of))
        operator = self.script.partial("", self.text(e.wrt))
        return Piece(f"{operator.text} {body.text}", Level.PRODUCT, True, True)

    def condition(self, e: Expr) -> str:
        """A relation without its brackets.

        Raises:
            UnprintableNode: a condition that is no relation.
        """
        if isinstance(e, Kron):
            return self.script.relation("==", self.text(e.left), self.text(e.right))
        if isinstance(e, Compare):
            return self.script.relation(e.op, self.text(e.left), self.text(e.right))
        raise UnprintableNode(f"cannot print {type(e).__name__} as a condition", expected="a relation")

    @rule.register
    def cases(self, e: Cases) -> Piece:
        rows = [(self.text(v), self.condition(c)) for v, c in zip(e.values, e.conditions, strict=True)]
        return self.script.cases(rows, self.text(e.otherwise))

    # ------------------------------------------------------------ what only the script knows

    @rule.register
    def letter(self, e: Sym) -> Piece:
        return self.script.letter(e)

    @rule.register
    def member(self, e: Ref) -> Piece:
        return self.script.member(self, e)

    @rule.register
    def call(self, e: Fn) -> Piece:
        return self.script.call(self, e)

    @rule.register
    def elem(self, e: Elem) -> Piece:
        return self.script.elem(self, e)

    @rule.register
    def transpose(self, e: Transpose) -> Piece:
        return self.script.transpose(self, e)

    @rule.register
    def diag(self, e: Diag) -> Piece:
        return self.script.diag(self, e)

    @rule.register
    def ones(self, e: Ones) -> Piece:
        return self.script.ones(self, e)

    @rule.register(Kron)
    @rule.register(Compare)
    def indicator(self, e: Kron | Compare) -> Piece:
        return self.script.indicator(self.condition(e), kron=isinstance(e, Kron))


def split_sign(e: Expr) -> tuple[str, Expr]:
    """``-2 x -> ('-', 2 x)``: the sign that is written in front of a term, and the rest."""
    if isinstance(e, Num) and e.value < 0:
        return "-", Num(-e.value)
    if isinstance(e, Mul) and isinstance(e.factors[0], Num) and e.factors[0].value < 0:
        scale, rest = Fraction(-e.factors[0].value), e.factors[1:]
        kept = rest if scale == 1 and rest else (Num(scale), *rest)
        return "-", kept[0] if len(kept) == 1 else Mul(kept)
    return "+", e
