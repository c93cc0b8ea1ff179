"""The same trees as one line of Unicode text, for the terminal and for comments in code: ``text(expr, notation)``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from derive.notation.arrays import NUMBER, extent
from derive.notation.greek import GREEK
from derive.notation.latex import Latex, script
from derive.notation.pieces import Level, Piece, long_decimals
from derive.notation.printer import Printer

if TYPE_CHECKING:
    from fractions import Fraction

    from derive.algebra.tree import Diag, Elem, Expr, Fn, Ones, Ref, Sym, Transpose, Waypoint
    from derive.notation.notation import Notation

OPERATORS = {"<": "<", "<=": "<=", ">": ">", ">=": ">=", "==": "=", "!=": "!="}
SIGNS = {r"\odot": "⊙", r"\circ": "∘", r"\leftarrow": "<-", r"\cdot": "·", "*": "*", r"\ln": "ln"}
ARGUMENT = r"\s*(?:\{([^{}]*)\}|(\\[A-Za-z]+|[^\s{}\\]))"
FONTS = re.compile(r"\\(?:mathbf|boldsymbol|bm|mathrm|text|operatorname|mathcal)" + ARGUMENT)
ACCENTS = {r"\hat": "\u0302", r"\bar": "\u0304", r"\tilde": "\u0303"}
ACCENTED = re.compile(r"(\\hat|\\bar|\\tilde)" + ARGUMENT)


def text(e: Expr, notation: Notation) -> str:
    """The expression as one line of text: ``δ^l_k = f_l'(z^l_k) sum_{p=1..n_{l+1}} w^{l+1}_{pk} δ^{l+1}_p``."""
    return Printer(Plain(notation)).text(e)


def undress(latex: str) -> str:
    r"""LaTeX of one symbol as text: ``\mathbf W -> W``, ``\delta -> δ``, ``\hat y -> ŷ``."""
    bare = FONTS.sub(lambda m: m.group(1) or m.group(2), latex)
    bare = ACCENTED.sub(lambda m: undress(m.group(2) or m.group(3)) + ACCENTS[m.group(1)], bare)
    return re.sub(r"\\([A-Za-z]+)\s*", lambda m: GREEK.get(m.group(1), m.group(1)), bare).strip()


@dataclass(frozen=True)
class Plain:
    """The signs of plain text."""

    notation: Notation

    @property
    def elementwise(self) -> str:
        return SIGNS[self.notation.elementwise]

    @property
    def dots(self) -> str:
        return "..."

    def is_array(self, e: Expr) -> bool:
        return extent(e, self.notation) != NUMBER

    def parentheses(self, piece: Piece) -> Piece:
        return Piece(f"({piece.text})")

    def juxtapose(self, left: Piece, right: Piece) -> str:
        return " · " if right.text[0].isdigit() and left.text[-1].isdigit() else " "

    def juxtapose_arrays(self, _left: Piece, _right: Piece) -> str:
        return " "

    def number(self, value: Fraction) -> Piece:
        if (decimals := long_decimals(value)) is not None:
            return Piece(decimals)
        return Piece(str(value), Level.ATOM if value.denominator == 1 else Level.PRODUCT)

    def letter(self, e: Sym) -> Piece:
        return Piece(undress(self._latex.letter(e).text))

    @property
    def _latex(self) -> Latex:
        return Latex(self.notation)

    def fraction(self, printer: Printer, top: Expr, bottom: Expr) -> Piece:
        above, below = printer.at_least(Level.PRODUCT, top, last=False), printer.at_least(Level.SCRIPTED, bottom)
        return Piece(f"{above.text}/{below.text}", Level.PRODUCT)

    def power(self, base: Piece, exponent: Piece, *, array: bool) -> Piece:
        return Piece(f"{base.text}{'^∘' if array else '^'}{self._short(exponent.text)}", Level.SCRIPTED)

    def _short(self, exponent: str) -> str:
        return exponent if exponent.isalnum() else f"({exponent})"

    def big(self, sign: str, index: str, low: str, high: str, body: str) -> str:
        return f"{sign}_{{{index}={_tight(low)}..{_tight(high)}}} {body}"

    def partial(self, of: str, wrt: str) -> Piece:
        return Piece(f"∂{of}/∂{wrt}", Level.PRODUCT)

    def relation(self, op: str, left: str, right: str) -> str:
        return f"{left} {OPERATORS[op]} {right}"

    def indicator(self, condition: str, *, kron: bool) -> Piece:
        return Piece(f"[{_tight(condition) if kron else condition}]")

    def cases(self, rows: list[tuple[str, str]], otherwise: str) -> Piece:
        return Piece("{" + "; ".join([*(f"{v} if {c}" for v, c in rows), f"{otherwise} otherwise"]) + "}")

    def member(self, printer: Printer, e: Ref) -> Piece:
        """The same slots as in LaTeX, without fonts."""
        made = self._latex.member(printer, e)
        return Piece(undress(made.text) if "\\" in made.text else made.text, made.level)

    def call(self, printer: Printer, e: Fn) -> Piece:
        if not e.args:
            return Piece(undress(self.notation.function(e.name)))
        if e.name == "sqnorm":
            return Piece(f"||{printer.text(e.args[0])}||^2", Level.SCRIPTED)
        sign, start, end = self.notation.slot_style_of_functions()
        slot = script(sign, ",".join(f"{start}{_tight(printer.text(s))}{end}" for s in e.slots))
        name = undress(self.notation.function(e.name))
        return Piece(f"{name}{slot}{chr(39) * e.order}({', '.join(printer.text(a) for a in e.args)})")

    def elem(self, printer: Printer, e: Elem) -> Piece:
        return Piece(f"[{printer.text(e.array)}]{script('_', ','.join(_tight(printer.text(x)) for x in e.entries))}")

    def transpose(self, printer: Printer, e: Transpose) -> Piece:
        return Piece(f"{printer.at_least(Level.ATOM, e.arg).text}^T", Level.SCRIPTED)

    def diag(self, printer: Printer, e: Diag) -> Piece:
        return Piece(f"diag({printer.text(e.arg)})")

    def ones(self, printer: Printer, e: Ones) -> Piece:
        return Piece(f"1{script('_', _tight(printer.text(e.size)))}")

    def waypoint(self, printer: Printer, e: Waypoint) -> Piece:
        return Piece(f"{self.letter(e.letter).text}{script('_', _tight(printer.text(e.layer)))}")


def _tight(text: str) -> str:
    return re.sub(r" ([-+=]) ", r"\1", text)
