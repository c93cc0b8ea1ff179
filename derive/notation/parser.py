"""Precedence parser: tokens and a symbol table to a raw tree (``raw``) whose products ``typing`` decides.

sum := [sign] term (sign term)*; term := factor (sign factor)*; a sum or product operator takes the rest of its term.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from derive.algebra.tree import MINUS_ONE, ZERO, Add, Expr, Num, Pow, Sym, Transpose
from derive.notation import brackets, derivatives, elision, indices, iterations, labels, operators
from derive.notation.commands import RELATIONS, TRANSPOSES
from derive.notation.cursor import Cursor
from derive.notation.failures import SyntaxFailure, UnknownSymbol
from derive.notation.members import Fit, Fitter, Part, Scripts, read_scripts
from derive.notation.raw import Dots, Placed, Power, Product, bare, unknown_size

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from derive.errors import Place
    from derive.notation.symbols import Symbol, SymbolTable
    from derive.notation.tokens import Token

TIMES = frozenset({r"\cdot", r"\times", "/", r"\otimes"})

ATOMS = {
    "{": brackets.group,
    r"\{": brackets.group,
    "[": brackets.group,
    "|": brackets.absolute,
    r"\|": brackets.norm,
    r"\frac": operators.fraction,
    r"\partial": derivatives.partial,
    r"\sqrt": operators.root,
}
"""What an atom that is no symbol starts with."""


class Parser(Cursor):
    """Reads one formula.  ``bound`` are the letters that sums around it bind; ``numbers`` counts unknown sizes."""

    def __init__(
        self,
        tokens: Sequence[Token],
        end: Place,
        table: SymbolTable,
        bound: frozenset[Sym] = frozenset(),
        numbers: Iterator[int] | None = None,
    ) -> None:
        super().__init__(tokens, end)
        self.table, self.bound = table, bound
        self.numbers = numbers or count(1)
        self.fitter = Fitter(table, self.index)
        self.transposes = TRANSPOSES - table.free_letters

    # ------------------------------------------------------------ parts of the text

    def sub(self, tokens: Sequence[Token], bound: frozenset[Sym] | None = None) -> Parser:
        """A parser of a part of the text."""
        end = tokens[-1].place if tokens else self.place
        return Parser(tokens, end, self.table, self.bound if bound is None else bound, self.numbers)

    def whole(self, tokens: Sequence[Token]) -> Expr:
        """The expression that is all of a part."""
        inner = self.sub(tokens)
        made = inner.expression()
        if not inner.done:
            raise inner.fail("an operator or the end")
        return made

    def index(self, tokens: Sequence[Token]) -> Expr:
        """The inside of a slot: letters, numbers, their sums."""
        return indices.index(self.sub(tokens))

    def unknown(self) -> Sym:
        """A size that typing finds out."""
        return unknown_size(next(self.numbers))

    # ------------------------------------------------------------ sums and terms

    def expression(self) -> Expr:
        """Terms with their signs."""
        place = self.place
        terms = [self.signed()]
        while self.text in ("+", "-"):
            terms.append(self.dots_between_terms() or self.signed())
        if elision.has_dots(terms):
            terms = elision.total(terms, self.table)
        return terms[0] if len(terms) == 1 else Placed(Add(tuple(terms)), place)

    def signed(self) -> Expr:
        """A term with any signs before it."""
        place, negative = self.place, False
        while self.text in ("+", "-"):
            negative ^= self.text == "-"
            self.i += 1
        term = self.term()
        return Placed(negate(term), place) if negative else term

    def term(self) -> Expr:
        """Factors and the signs between them."""
        place = self.place
        factors, signs = [self.factor()], [""]
        while (sign := self.product_sign()) is not None:
            signs.append(sign)
            factors.append(self.dots() or (self.signed() if self.text in ("+", "-") else self.factor()))
        if elision.has_dots(factors):
            return Placed(elision.product(factors, signs, self.table), place)
        return factors[0] if len(factors) == 1 else Placed(Product(tuple(factors), tuple(signs)), place)

    def dots(self) -> Expr | None:
        """The dots of a product."""
        place = self.place
        return Placed(Dots(), place) if self.take(r"\dots") else None

    def dots_between_terms(self) -> Expr | None:
        """The dots of a sum, with the sign before them, which stands behind them too."""
        if self.ahead(1) != r"\dots" or self.ahead(2) != self.text:
            return None
        self.i += 1
        return self.dots()

    def product_sign(self) -> str | None:
        """The sign before the next factor, nothing for juxtaposition; None where the term ends."""
        text = self.text
        if self.done or (self.token.kind in ("text", "end", "row", "gap", "begin") and self.token.text != "cases"):
            return None
        if text == "." and self.ahead(1) == "*":
            self.i += 2
            return ".*"
        if text in TIMES or text in self.table.elementwise:
            self.i += 1
            return text
        ends = text in ("+", "-", ",", ";", ".", ":", "&", ")", "]", "}", r"\}", "!") or text in RELATIONS
        return None if ends else ""

    def factor(self) -> Expr:
        """One factor; operators that take the rest of the term are factors too."""
        place = self.place
        rule = operators.PREFIX.get(self.text) if not self.done and self.token.kind == "command" else None
        made = rule(self) if rule else None
        return Placed(made if made is not None else self.postfix(), place)

    def rest_of_term(self, bound: frozenset[Sym] = frozenset()) -> Expr:
        """What an operator such as a sum applies to."""
        before = self.bound
        self.bound = before | bound
        made = self.signed() if self.text == "-" else self.term()
        self.bound = before
        return made

    # ------------------------------------------------------------ factors

    def postfix(self) -> Expr:
        """An atom and the scripts behind it."""
        place = self.place
        made = self.atom()
        if made is None:
            return self.symbol()
        return self.with_scripts(made, read_scripts(self), place)

    def atom(self) -> Expr | None:
        """An atom that is no symbol."""
        token = self.token
        if token.text == "(":
            return operators.function_in_brackets(self) or brackets.group(self)
        if token.kind == "digit":
            return brackets.digit(self)
        if token.kind == "begin" and token.text == "cases":
            return brackets.cases(self)
        if token.word == "I" and token.font == "bb" and self.ahead(1) in ("[", "("):
            return brackets.ones(self)
        rule = ATOMS.get(token.text) if token.kind in ("sign", "command") else None
        return rule(self) if rule else None

    def with_scripts(self, base: Expr, scripts: Scripts, place: Place) -> Expr:
        """``(...)^T``, ``[...]_k``, ``(...)^2``."""
        if scripts.below:
            base = brackets.entries(self, base, scripts.below)
        for part in scripts.above:
            base = self.superscript(base, part, place)
        return base

    def superscript(self, base: Expr, part: Part, place: Place) -> Expr:
        """A transpose or a power."""
        if part.mark == "T":
            return base if bare(base) == ZERO else Transpose(base)
        if part.mark == "'":
            raise SyntaxFailure(place, "a function before a prime", "'")
        exponent = self.whole(part.tokens)
        return Pow(base, bare(exponent)) if part.mark == "o" else Power(base, bare(exponent))

    def symbol(self) -> Expr:
        """A symbol of the table with its scripts, or an index letter."""
        start, place = self.i, self.place
        if self.done or self.token.kind not in ("symbol", "command", "digit", "sign"):
            raise self.fail("a symbol")
        best: tuple[tuple[int, int, int], Fit, int] | None = None
        for row, after in self.table.candidates(self.tokens, start):
            self.i = after
            scripts = read_scripts(self, signs=self.transposes)
            layers = labels.arguments(self, row, scripts) if row.formals is not None else []
            fit = self.fitter.fit(row, scripts) if layers is not None else None
            if fit is None or (fit.symbol.kind == "function") != self.calls(row):
                continue
            if any((x,) != fit.slots for x in layers or ()):
                continue
            spare = sum(p.mark not in ("T", "'") for p in fit.left)
            rank = (after - start + 100 * len(row.tags), int(row.kind == "function"), -spare)
            if best is None or rank > best[0]:
                best = (rank, fit, self.i)
        if best is None or self.is_euler(start, best[1]):
            self.i = start
            return self.function_alone(place) or indices.without_row(self, place)
        self.i = best[2]
        return self.finish(best[1], place)

    def is_euler(self, start: int, fit: Fit) -> bool:
        """Whether this is the number e to a power, though the setting has an e of its own: an error is squared."""
        if self.tokens[start].word != "e" or self.tokens[start + 1 : start + 2] == [] or fit.symbol.kind == "function":
            return False
        return any(not p.mark and any(t.kind != "digit" for t in p.tokens) for p in fit.left)

    def function_alone(self, place: Place) -> Expr | None:
        """A function that is applied to nothing, where its argument can only be one."""
        start = self.i
        for row, after in self.table.candidates(self.tokens, start):
            self.i = after
            fit = self.fitter.fit(row, read_scripts(self)) if row.kind == "function" else None
            called = self.text in ("(", "[") and not self.stands_within(row)
            if fit is not None and row.name in self.table.applications and not called:
                return operators.alone(self, fit, place)
        self.i = start
        return None

    def calls(self, row: Symbol) -> bool:
        """Whether a function of this row is applied to what follows."""
        if row.kind != "function":
            return False
        if self.text in ("(", "["):
            return not self.stands_within(row)
        return row.prefix and self.product_sign_after()

    def stands_within(self, row: Symbol) -> bool:
        r"""Whether the brackets hold the function without an argument: ``\sigma (1 - \sigma)`` is a product."""
        before = self.i
        inside = self.bracketed()
        self.i = before
        followed = [*(t.text for t in inside[1:]), ""]
        alone = [t.word for t, after in zip(inside, followed, strict=False) if after not in ("(", "[", "'", "^", "_")]
        return row.name in self.table.applications and len(row.words) == 1 and row.words[0] in alone

    def product_sign_after(self) -> bool:
        """Whether a factor follows without a sign."""
        before = self.i
        follows = self.product_sign() == "" and not self.done
        self.i = before
        return follows

    def finish(self, fit: Fit, place: Place) -> Expr:
        """The member with what follows it: iteration, dependences, arguments, transposes, powers."""
        if fit.symbol.kind == "function":
            return operators.call(self, fit, place)
        assert fit.expr is not None
        start = self.i
        made = iterations.with_time(self, fit)
        labels.drop(self, fit)
        behind = read_scripts(self, signs=self.transposes) if self.i > start else Scripts()
        if any(p.mark in ("(", "[") for p in fit.left):
            raise UnknownSymbol(place, str(fit.symbol.words[0]))
        return Placed(self.with_scripts(made, Scripts([*fit.left, *behind.above], behind.below), place), place)


def negate(term: Expr) -> Expr:
    """``-x`` as the tree has it: the number in front takes the sign."""
    inner = bare(term)
    if isinstance(inner, Num):
        return Num(-inner.value)
    if isinstance(inner, Product) and isinstance(bare(inner.factors[0]), Num) and "/" not in inner.signs:
        first = bare(inner.factors[0])
        assert isinstance(first, Num)
        return Product((Num(-first.value), *inner.factors[1:]), inner.signs)
    return Product((MINUS_ONE, term), ("", ""))
