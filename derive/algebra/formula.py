"""The small grammar in which activations, costs, penalties and optimisers are written: text to a tree.

    comparison := sum [("<" | "<=" | ">" | ">=" | "==" | "!=") sum]
    sum        := product (("+" | "-") product)*
    product    := signed (("*" | "/") signed)*
    signed     := ("+" | "-")* power                   so -z^2 is -(z^2)
    power      := atom ["^" signed]                    so 2^3^2 is 2^(3^2)
    atom       := number | variable | constant | name "(" comparison ("," comparison)* ")" | "(" comparison ")"

Nothing is evaluated: the tree says what was written.  Text, depth and the size of numbers are bounded, so no text that
somebody sends can make the parser run long.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NoReturn

from derive.algebra.formula_bounds import MAX_DEPTH, MAX_EXPONENT, depth, tame, value
from derive.algebra.formula_text import Text, Token
from derive.algebra.tree import Add, Cases, Compare, Div, Expr, Fn, Mul, Num, Pow, Sym
from derive.errors import did_you_mean, quoted

if TYPE_CHECKING:
    from collections.abc import Collection

MAX_NESTING = 60
"""Parentheses, calls and powers inside one another."""
MAX_DIGITS = 40
"""Digits of a number, and the most that the exponent after ``e`` may be."""

FUNCTIONS: dict[str, tuple[int, int]] = {
    "exp": (1, 1),
    "log": (1, 1),
    "tanh": (1, 1),
    "sqrt": (1, 1),
    "abs": (1, 1),
    "sin": (1, 1),
    "cos": (1, 1),
    "sinh": (1, 1),
    "cosh": (1, 1),
    "erf": (1, 1),
    "max": (2, 8),
    "min": (2, 8),
    "sum": (1, 1),
    "where": (3, 3),
}
"""Name: the least and the most arguments.  ``sum(e)`` is ``e`` summed over the units of the layer."""

CONSTANTS = ("pi",)
"""Names of numbers; ``pi`` becomes ``Fn("pi", ())``."""

TOTAL = "total"
"""What ``sum`` becomes in the tree: ``Fn("total", (e,))``, the sum of all entries."""

COMPARISONS = ("<=", ">=", "==", "!=", "<", ">")


def parse_formula(text: str, variables: Collection[str], source: str = "formula", line: int = 1) -> Expr:
    """The tree of a formula; variables become ``Sym`` s, ``sum(e)`` becomes ``Fn("total", (e,))``, ``where`` ``Cases``.

    Args:
        text: the formula, in the grammar above.
        variables: the names that may stand for numbers: ``{"z"}`` for an activation, ``{"a", "y"}`` for a cost.
        source: what messages call the text: a file name or "activation 'bent'".
        line: the line of the file on which the text starts.

    Raises:
        DeriveError: the text is no formula, with the place, a caret and the remedy.

    >>> parse_formula("-z^2", {"z"})
    Mul(factors=(Num(value=Fraction(-1, 1)), Pow(base=Sym(name='z'), exponent=Num(value=Fraction(2, 1)))))
    """
    return _Parser(Text(text, source, line), frozenset(variables)).formula()


def has_sum(formula: Expr) -> bool:
    """Whether the formula sums over the units, so that it is not elementwise."""
    return any(isinstance(n, Fn) and n.name == TOTAL for n in formula.walk())


class _Parser:
    """One method for each line of the grammar; ``_nesting`` counts how deep we are."""

    def __init__(self, text: Text, variables: frozenset[str]) -> None:
        self._text, self._variables = text, variables
        self._tokens = text.tokens()
        self._next = 0
        self._nesting = 0
        self._sums = 0
        self._powers: list[tuple[Pow, int]] = []
        self._divisors: list[tuple[Expr, int]] = []

    def formula(self) -> Expr:
        if self._here.kind == "end":
            self._fail("the formula is empty", expected="an expression" + self._in_what(), remedy="write one")
        tree = self._comparison()
        if self._here.kind != "end":
            self._leftover()
        if depth(tree) > MAX_DEPTH:
            problem = f"the formula has more than {MAX_DEPTH} levels"
            self._text.fail(problem, 0, expected="a shallower formula", remedy="break up its long chains of * and /")
        self._check_numbers()
        return tree

    # ---------------------------------------------------------------- the grammar

    def _comparison(self) -> Expr:
        left = self._sum()
        if not self._at(*COMPARISONS):
            return left
        op = self._take().text
        compared = Compare(op, left, self._sum())
        if self._at(*COMPARISONS):
            self._fail(
                "comparisons do not chain", expected="one comparison", remedy="nest them: where(0 < z, z < 1, 0)"
            )
        return compared

    def _sum(self) -> Expr:
        terms = [self._product()]
        while self._at("+", "-"):
            minus = self._take().text == "-"
            term = self._product()
            terms.append(_negative(term) if minus else term)
        return Add(tuple(terms)) if len(terms) > 1 else terms[0]

    def _product(self) -> Expr:
        run = [self._signed()]
        while self._at("*", "/"):
            at = self._here.at
            divide = self._take().text == "/"
            factor = self._signed()
            if divide:
                self._divisors.append((factor, at))
            run = [Div(_product(run), factor)] if divide else [*run, factor]
        return _product(run)

    def _signed(self) -> Expr:
        minus = False
        while self._at("+", "-"):
            minus ^= self._take().text == "-"
        value = self._power()
        return _negative(value) if minus else value

    def _power(self) -> Expr:
        base = self._atom()
        if not self._at("^"):
            return base
        sign = self._take()
        self._enter(sign.at)
        exponent = self._signed()
        self._nesting -= 1
        self._powers.append((Pow(base, exponent), sign.at))
        return Pow(base, exponent)

    def _atom(self) -> Expr:
        token = self._take()
        if token.kind == "number":
            return self._number(token)
        if token.kind == "name":
            return self._call(token) if self._at("(") else self._variable(token)
        if token.text == "(":
            self._enter(token.at)
            inside = self._comparison()
            self._close(token)
            return inside
        self._next -= 1
        found = "the formula ends" if token.kind == "end" else f"{token.text!r} stands"
        return self._fail(f"{found} where a number, a name or ( is needed", expected="an operand" + self._in_what())

    # ---------------------------------------------------------------- atoms

    def _number(self, token: Token) -> Expr:
        mantissa, _, exponent = token.text.lower().partition("e")
        if len(mantissa) > MAX_DIGITS or len(exponent) > 4 or abs(int(exponent or 0)) > MAX_DIGITS:
            problem = f"the number {quoted(token.text, 20)} is out of bounds"
            self._text.fail(problem, token.at, expected=f"at most {MAX_DIGITS} digits", remedy="write a smaller number")
        return Num(Fraction(token.text))

    def _variable(self, token: Token) -> Expr:
        if token.text in self._variables:
            return Sym(token.text)
        if token.text in CONSTANTS:
            return Fn(token.text, ())
        if token.text in FUNCTIONS:
            remedy = f"write {token.text}(...)"
            self._text.fail(f"the function {token.text!r} has no arguments", token.at, expected="(", remedy=remedy)
        remedy = did_you_mean(token.text, self._variables) or "replace it"
        problem = f"unknown name {quoted(token.text)}"
        return self._text.fail(problem, token.at, expected=self._names(), remedy=remedy)

    def _call(self, name: Token) -> Expr:
        if name.text not in FUNCTIONS:
            self._no_function(name)
        self._enter(name.at)
        opening = self._take()
        if name.text == "sum":
            self._sums += 1
            if self._sums > 1:
                self._text.fail(
                    "a sum inside a sum", name.at, expected="one sum over the units", remedy="take it apart"
                )
        arguments = [self._comparison()]
        while self._at(","):
            self._take()
            arguments.append(self._comparison())
        self._close(opening)
        self._sums -= name.text == "sum"
        return self._applied(name, arguments)

    def _applied(self, name: Token, arguments: list[Expr]) -> Expr:
        least, most = FUNCTIONS[name.text]
        if not least <= len(arguments) <= most:
            wanted = str(least) if least == most else f"{least} to {most}"
            problem = f"{name.text} has {len(arguments)} argument{'s' * (len(arguments) != 1)}"
            self._text.fail(problem, name.at, expected=wanted, remedy="add or remove arguments")
        if name.text != "where":
            return Fn(TOTAL if name.text == "sum" else name.text, tuple(arguments))
        condition, value, otherwise = arguments
        if not isinstance(condition, Compare):
            remedy = "write where(z > 0, a, b)"
            self._text.fail("the first argument of where is no comparison", name.at, expected="z > 0", remedy=remedy)
        return _one_brace(value, condition, otherwise)

    def _no_function(self, name: Token) -> NoReturn:
        problem, expected = f"unknown function {quoted(name.text)}", ", ".join(FUNCTIONS)
        remedy = did_you_mean(name.text, FUNCTIONS) or "write it with these"
        if name.text in self._variables:
            problem, expected, remedy = (
                f"{name.text!r} is a number, not a function",
                "an operator",
                f"write {name.text}*(...)",
            )
        self._text.fail(problem, name.at, expected=expected, remedy=remedy)

    # ---------------------------------------------------------------- bounds

    def _enter(self, at: int) -> None:
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            problem = f"more than {MAX_NESTING} parentheses, calls or powers inside one another"
            self._text.fail(problem, at, expected="a shallower formula", remedy="remove superfluous parentheses")

    def _check_numbers(self) -> None:
        """Refuses division by zero and numbers whose exact value would be huge or not real."""
        for divisor, at in self._divisors:
            if value(divisor) == 0:
                self._text.fail("division by zero", at, expected="a number other than 0", remedy="replace it")
        for power, at in self._powers:
            if (exponent := value(power.exponent)) is not None and abs(exponent) > MAX_EXPONENT:
                expected = f"an exponent between -{MAX_EXPONENT} and {MAX_EXPONENT}"
                self._text.fail("the exponent is too large", at, expected=expected, remedy="use a smaller one")
            if not tame(power):
                expected = "a real number of moderate size"
                self._text.fail(
                    "the power is no such number as can be used", at, expected=expected, remedy="replace it"
                )

    # ---------------------------------------------------------------- tokens

    @property
    def _here(self) -> Token:
        return self._tokens[self._next]

    def _at(self, *signs: str) -> bool:
        return self._here.kind == "sign" and self._here.text in signs

    def _take(self) -> Token:
        self._next += 1
        return self._tokens[self._next - 1]

    def _close(self, opening: Token) -> None:
        if not self._at(")"):
            where = self._text.place(opening.at)
            problem = f"the parenthesis opened at column {where.column} is not closed"
            self._fail(problem, expected=")", remedy="close it, or put an operator here")
        self._take()
        self._nesting -= 1

    def _leftover(self) -> NoReturn:
        token = self._here
        if token.kind in {"name", "number"} or token.text == "(":
            self._fail(
                f"no operator before {quoted(token.text)}", expected="an operator", remedy="a product needs a *: 2*z"
            )
        self._fail(f"unexpected {token.text!r}", expected="an operator or the end", remedy="remove it")

    def _fail(self, problem: str, *, expected: str, remedy: str = "write one here") -> NoReturn:
        self._text.fail(problem, self._here.at, expected=expected, remedy=remedy)

    def _names(self) -> str:
        return ", ".join(sorted(self._variables)) or "numbers only"

    def _in_what(self) -> str:
        return f" in {self._names()}" if self._variables else ""


def _one_brace(value: Expr, condition: Expr, otherwise: Expr) -> Cases:
    """``where(c, u, where(d, v, w))`` as one list of cases."""
    if isinstance(otherwise, Cases):
        return Cases((value, *otherwise.values), (condition, *otherwise.conditions), otherwise.otherwise)
    return Cases((value,), (condition,), otherwise)


def _product(run: list[Expr]) -> Expr:
    return Mul(tuple(run)) if len(run) > 1 else run[0]


def _negative(x: Expr) -> Expr:
    """``-x`` as the tree writes it: the sign goes into a leading number, else in front as -1."""
    if isinstance(x, Num):
        return Num(-x.value)
    factors = x.factors if isinstance(x, Mul) else (x,)
    first, rest = factors[0], factors[1:]
    if not isinstance(first, Num):
        return Mul((Num(Fraction(-1)), *factors))
    return _product(list(rest)) if first.value == -1 else Mul((Num(-first.value), *rest))
