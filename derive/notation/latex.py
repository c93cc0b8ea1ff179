r"""LaTeX of a tree in a notation: ``latex(expr, notation)``.

Only standard commands are used (``\frac``, ``\mathbf``, ``\left``, ``cases`` ...), so pdflatex with amsmath, KaTeX and
MathJax read it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from derive.algebra.layers import shift
from derive.algebra.tree import COLON, Sym
from derive.notation.arrays import MATRIX, NUMBER, extent
from derive.notation.pieces import Level, Piece, long_decimals
from derive.notation.printer import Printer

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

    from derive.algebra.tree import Diag, Elem, Expr, Fn, Ones, Ref, Transpose, Waypoint
    from derive.notation.notation import Notation, Spelling

RELATIONS = {"<": "<", "<=": r"\le", ">": ">", ">=": r"\ge", "==": "=", "!=": r"\ne"}
BIG = {"sum": r"\sum", "prod": r"\prod"}
ONE_TOKEN = re.compile(r"[A-Za-z]|\\[A-Za-z]+")
SUBSCRIPT = re.compile(r"_(?:[A-Za-z0-9]|\{[^{}]*\})$")
SINGLE = re.compile(r"[A-Za-z0-9]")


def latex(e: Expr, notation: Notation, wrap: Callable[[Expr, str], str] | None = None) -> str:
    """The LaTeX of an expression.

    ``wrap(node, text)`` may put something around the text of any node, say an underbrace around a named factor.

    Raises:
        UnprintableNode: a kind of node without rule.
        UnknownName: a quantity that the notation has no row for.
    """
    return Printer(Latex(notation), wrap).text(e)


def script(sign: str, text: str) -> str:
    """``^l``, ``^{l+1}``; nothing for nothing."""
    return "" if not text else f"{sign}{text}" if SINGLE.fullmatch(text) else f"{sign}{{{text}}}"


def tight(text: str) -> str:
    """An index without spaces: ``l + 1 -> l+1``."""
    return re.sub(r" ([-+]) ", r"\1", text)


@dataclass(frozen=True)
class Latex:
    """The signs of LaTeX."""

    notation: Notation

    @property
    def elementwise(self) -> str:
        return self.notation.elementwise

    @property
    def dots(self) -> str:
        return r"\cdots"

    def is_array(self, e: Expr) -> bool:
        return extent(e, self.notation) != NUMBER

    def parentheses(self, piece: Piece) -> Piece:
        grows = piece.tall or "(" in piece.text
        return Piece(rf"\left( {piece.text} \right)" if grows else f"({piece.text})", Level.ATOM, piece.tall)

    def juxtapose(self, left: Piece, right: Piece) -> str:
        """A thin space; a dot where the right factor would be read as digits or as an argument of the left."""
        functions = {s for row in self.notation.functions.values() for s in row}
        called = right.text.startswith(("(", r"\left(")) and left.text in functions
        if right.text[0].isdigit() or called or _is_fraction_of_numbers(right.text):
            return r" \cdot "
        return " " if right.text.startswith("(") or left.text.isdigit() else r"\, "

    def juxtapose_arrays(self, _left: Piece, _right: Piece) -> str:
        return " "

    def number(self, value: Fraction) -> Piece:
        if value.denominator == 1:
            return Piece(str(value.numerator))
        if (decimals := long_decimals(value)) is not None:
            return Piece(decimals)
        return Piece(rf"\frac{{{value.numerator}}}{{{value.denominator}}}", Level.SCRIPTED, True)

    def letter(self, e: Sym) -> Piece:
        return Piece(":" if e == COLON else self.notation.letter(e.name))

    def fraction(self, printer: Printer, top: Expr, bottom: Expr) -> Piece:
        return Piece(rf"\frac{{{printer.text(top)}}}{{{printer.text(bottom)}}}", Level.SCRIPTED, True)

    def power(self, base: Piece, exponent: Piece, *, array: bool) -> Piece:
        mark = r"\circ " if array else ""
        named = SUBSCRIPT.search(base.text) is not None and not exponent.text.isdigit()
        text = f"{{{base.text}}}" if named else base.text  # {\beta_1}^t: a power, not a layer of what is called beta_1
        return Piece(f"{text}{script('^', mark + exponent.text)}", Level.SCRIPTED, base.tall)

    def big(self, sign: str, index: str, low: str, high: str, body: str) -> str:
        return f"{BIG[sign]}_{{{index}={tight(low)}}}^{{{tight(high)}}} {body}"

    def partial(self, of: str, wrt: str) -> Piece:
        top = rf"\partial {of}".rstrip()
        return Piece(rf"\frac{{{top}}}{{\partial {wrt}}}", Level.SCRIPTED, True)

    def relation(self, op: str, left: str, right: str) -> str:
        return f"{left} {RELATIONS[op]} {right}"

    def indicator(self, condition: str, *, kron: bool) -> Piece:
        start, end = self.notation.kron if kron else ("[", "]")
        return Piece(f"{start}{tight(condition).replace(' = ', '=') if kron else condition}{end}", Level.SCRIPTED)

    def cases(self, rows: list[tuple[str, str]], otherwise: str) -> Piece:
        lines = [rf"{value} & \text{{if }} {condition}" for value, condition in rows]
        body = r" \\ ".join([*lines, rf"{otherwise} & \text{{otherwise}}"])
        return Piece(rf"\begin{{cases}} {body} \end{{cases}}", Level.SCRIPTED, True)

    # ------------------------------------------------------------ quantities

    def member(self, printer: Printer, e: Ref) -> Piece:
        """A member or the whole array: ``w^{l+1}_{kj}``, ``\\mathbf W^l``, ``\\mathbf A_{:,s}``, ``w^m(k+1)``."""
        row = self.notation.spelling(e)
        whole = e.entries is None or COLON in e.entries
        base = row.base(self.notation.axes.get(e.name, 0) if whole else 0)
        named_last = row is self.notation.last.get(e.name)
        sign, slot = ("^", "") if named_last else self._slot(printer, row, e)
        subscripts = [slot] if sign == "_" and slot else []
        superscript = slot if sign == "^" else ""
        entries = self.entries(printer, e, row)
        text = base + script("^", superscript) + script("_", ",".join([*subscripts, *([entries] if entries else [])]))
        if e.time is not None:
            return Piece(f"{text}({tight(printer.text(e.time))})", Level.SCRIPTED)
        return Piece(text, Level.SCRIPTED if superscript else Level.ATOM)

    def _slot(self, printer: Printer, row: Spelling, e: Ref) -> tuple[str, str]:
        """(script, text) of the layer slots."""
        sign, start, end = self.notation.slot_style(row)
        positions = [shift(s, row.shift) if row.shift else s for s in e.slots]
        return sign, ",".join(f"{start}{tight(printer.text(p))}{end}" for p in positions)

    def entries(self, printer: Printer, e: Ref, row: Spelling) -> str:
        """Letters of the entries, with commas where they would run together."""
        entries = e.entries or ()
        ordered = [entries[i] for i in row.order] if row.order and entries else entries
        return join_entries([tight(printer.text(x)) for x in ordered])

    # ------------------------------------------------------------ functions and arrays

    def call(self, printer: Printer, e: Fn) -> Piece:
        """``f_l'(z)``, and the spellings of its own of exp, sqrt, abs and the sum of squares."""
        if not e.args:
            return Piece(self.notation.function(e.name))
        if e.name in OWN and not e.order:
            return OWN[e.name](self, printer, e.args[0])
        sign, start, end = self.notation.slot_style_of_functions()
        slot = script(sign, ",".join(f"{start}{tight(printer.text(s))}{end}" for s in e.slots))
        pieces = [printer.piece(a) for a in e.args]
        body = argument(Piece(", ".join(p.text for p in pieces), tall=any(p.tall for p in pieces)))
        return Piece(f"{self.notation.function(e.name)}{slot}{chr(39) * e.order}{body.text}", tall=body.tall)

    def elem(self, printer: Printer, e: Elem) -> Piece:
        subscript = join_entries([tight(printer.text(x)) for x in e.entries])
        return Piece(rf"\left[ {printer.text(e.array)} \right]{script('_', subscript)}", Level.ATOM, True)

    def transpose(self, printer: Printer, e: Transpose) -> Piece:
        inner = printer.piece(e.arg)
        if self.notation.transpose_joins_slot and inner.text.endswith("}") and inner.level == Level.SCRIPTED:
            return Piece(f"{inner.text[:-1]}{self.notation.transpose.lstrip('^')}}}", Level.SCRIPTED, inner.tall)
        base = inner if inner.level >= Level.ATOM else self.parentheses(inner)
        return Piece(f"{base.text}{self.notation.transpose}", Level.SCRIPTED, base.tall)

    def diag(self, printer: Printer, e: Diag) -> Piece:
        body = argument(printer.piece(e.arg))
        return Piece(self.notation.operator % "diag" + body.text, Level.ATOM, body.tall)

    def ones(self, printer: Printer, e: Ones) -> Piece:
        return Piece(self.notation.ones + script("_", tight(printer.text(e.size))))

    def waypoint(self, printer: Printer, e: Waypoint) -> Piece:
        return Piece(self.notation.letter(e.letter.name) + script("_", tight(printer.text(e.layer))))


def argument(piece: Piece) -> Piece:
    """Brackets behind a function: they grow only with what is tall."""
    text = rf"\left( {piece.text} \right)" if piece.tall else f"({piece.text})"
    return Piece(text, Level.ATOM, piece.tall)


def join_entries(texts: list[str]) -> str:
    """``k, j -> kj``; ``k, j+1 -> k,j+1``."""
    return ("" if all(ONE_TOKEN.fullmatch(t) for t in texts) else ",").join(texts)


def _is_fraction_of_numbers(text: str) -> bool:
    return re.match(r"\\frac\{\d+\}\{\d+\}", text) is not None


def _power_of_e(_: Latex, printer: Printer, arg: Expr) -> Piece:
    return Piece(f"e^{{{printer.text(arg)}}}", Level.SCRIPTED)


def _root(_: Latex, printer: Printer, arg: Expr) -> Piece:
    return Piece(rf"\sqrt{{{printer.text(arg)}}}", Level.ATOM, True)


def _absolute(_: Latex, printer: Printer, arg: Expr) -> Piece:
    return Piece(rf"\left| {printer.text(arg)} \right|", Level.ATOM, True)


def _square_norm(own: Latex, printer: Printer, arg: Expr) -> Piece:
    frobenius = "_F" if extent(arg, own.notation) == MATRIX else ""
    return Piece(rf"\left\| {printer.text(arg)} \right\|{frobenius}^2", Level.SCRIPTED, True)


OWN: dict[str, Callable[[Latex, Printer, Expr], Piece]] = {
    "exp": _power_of_e,
    "sqrt": _root,
    "abs": _absolute,
    "sqnorm": _square_norm,
}
