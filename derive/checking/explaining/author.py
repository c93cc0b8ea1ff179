"""Prints trees in the author's own letters: the precedence of the printer, the spellings of the page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from string import digits
from typing import TYPE_CHECKING

from derive.algebra.layers import shift
from derive.algebra.tree import COLON, MINUS_ONE, ONE, Div, Expr, Fn, Hadamard, Mul, Num, Partial, Pow, Ref, Sym, num
from derive.checking.explaining.spelling import BRACKETS, Spelled, Spellings, base_of
from derive.checking.explaining.spots import product
from derive.errors import DeriveError
from derive.notation.latex import OWN, Latex, argument, join_entries, script, tight
from derive.notation.marks import EXAMPLE
from derive.notation.notation import Notation
from derive.notation.pieces import Level, Piece
from derive.notation.printer import Printer
from derive.notation.raw import Chain, Placed, Power, Product

if TYPE_CHECKING:
    from collections.abc import Mapping

    from derive.algebra.tree import Ones, Transpose
    from derive.checking.understanding import Understood
    from derive.model.model import Quantity
    from derive.notation.symbols import Symbol

UNNAMED = "?"
PLAIN = frozenset({"", r"\cdot", r"\times"})
KRONECKER = (r"\delta",)


class NotSpelled(DeriveError):
    """Something that the author has no way of writing."""


@dataclass(frozen=True)
class Author(Latex):
    """The signs of one author."""

    spelled: Spellings
    quantities: Mapping[str, Quantity]
    kronecker: bool
    limits: bool
    examples_above: bool
    per_example: frozenset[str]
    first_example: int
    denominator: bool = False

    # ------------------------------------------------------------ quantities

    def member(self, printer: Printer, e: Ref) -> Piece:
        if e.name not in self.spelled.rows and self.quantities[e.name].role == "size":
            return Piece(UNNAMED)
        found = self._row(e)
        row = found.row
        above, below = self._layers(printer, found, e)
        letters = self._entries(printer, e, row.order)
        below += [letters] if letters else []
        example = self._example(printer, e)
        column = self._column(printer, e)
        if column and self.examples_above:
            above, below = f"{above}({column})", below[: len(below) - bool(letters)]
        if example and self.examples_above:
            above += f"({example})"
        elif example and "first" in self.spelled.examples and letters:
            below[-1] = join_entries([example, letters])
        elif example:
            below.append(example)
        if "_" in row.words[-1][:1] and below:
            raise NotSpelled(f"{found.base} has a subscript already")
        above += "".join(t[1:] for t in row.tags if t[0] == "^")
        below = [*(t[1:] for t in row.tags if t[0] == "_"), *below]
        text = found.base + script("^", above) + script("_", ",".join(below)) + self._formals(printer, row, e)
        if e.time is not None:
            text += f"({tight(printer.text(e.time))})"
        return Piece(text, Level.SCRIPTED if above else Level.ATOM)

    def _formals(self, printer: Printer, row: Symbol, e: Ref) -> str:
        """The arguments that a name is written with, at the layer of this member."""
        if row.formals is None:
            return ""
        letter = self.quantities[e.name].layer
        slot = f"{{{tight(printer.text(e.slots[0]))}}}" if e.slots else ""
        shown = [[replace(t, text=slot) if letter and t.word == letter.name else t for t in f] for f in row.formals]
        return f"({','.join(base_of(f) for f in shown)})"

    def _column(self, printer: Printer, e: Ref) -> str:
        """The number of the example where an array is cut along the others: ``dZ^{[l](i)}``."""
        axes = self.quantities[e.name].axes if e.name in self.quantities else ()
        pairs = list(zip(e.entries or (), axes, strict=False))
        cut = [x for x, a in pairs if a.kind == "sample" and x != COLON]
        whole = all(x == COLON for x, a in pairs if a.kind != "sample")
        return (
            tight(printer.text(cut[0])) if cut and whole and len(pairs) > 1 and e.name not in self.per_example else ""
        )

    def _example(self, printer: Printer, e: Ref) -> str:
        """The number of the example of a value for each example, as the page counts."""
        last = e.entries[-1] if e.entries and e.name in self.per_example else EXAMPLE
        if last in (EXAMPLE, COLON):
            return ""
        return tight(printer.text(num(last.value - 1 + self.first_example) if isinstance(last, Num) else last))

    def _row(self, e: Ref) -> Spelled:
        """The nearest spelling that can say this member."""
        for found in self.spelled.rows.get(e.name, ()):
            fits = found.row.fixed == e.slots if found.row.fixed else len(found.row.slots) == len(e.slots)
            written = sum(x not in (COLON, EXAMPLE) for x in self._units(e))
            if fits and (e.entries is None or not written or found.row.axes >= written):
                return found
        raise NotSpelled(f"no way of writing {e.name} is known")

    def _layers(self, printer: Printer, found: Spelled, e: Ref) -> tuple[str, list[str]]:
        above = ""
        below: list[str] = []
        if found.row.fixed:
            return above, below
        for pattern, slot in zip(found.row.slots, e.slots, strict=True):
            at = shift(slot, -pattern.shift) if pattern.shift else slot
            text = f"{found.bracket}{tight(printer.text(at))}{BRACKETS[found.bracket]}"
            if pattern.script == "^":
                above += text
            else:
                below.append(text)
        return above, below

    def _units(self, e: Ref) -> tuple[Expr, ...]:
        """The entries without the number of the example."""
        own = e.entries or ()
        return own[:-1] if e.name in self.per_example else own

    def _entries(self, printer: Printer, e: Ref, order: tuple[int, ...]) -> str:
        axes = self.quantities[e.name].axes if e.name in self.quantities else ()
        entries = [x for x, a in zip(self._units(e), axes, strict=False) if a.high != ONE and x != EXAMPLE]
        if all(x == COLON for x in entries):
            return ""
        ordered = [entries[i] for i in order] if order and len(order) == len(entries) else entries
        return join_entries([tight(printer.text(x)) for x in ordered])

    # ------------------------------------------------------------ functions and arrays

    def call(self, printer: Printer, e: Fn) -> Piece:
        if e.name in OWN and not e.order:
            return OWN[e.name](self, printer, e.args[0])
        above, below = "", ""
        found = self.spelled.rows.get(e.name)
        base = found[0].base if found else self.spelled.log if e.name == "log" else builtin_name(e.name)
        if found and e.slots:
            bracket = found[0].bracket
            text = f"{bracket}{tight(printer.text(e.slots[0]))}{BRACKETS[bracket]}"
            above, below = (text, "") if found[0].row.slots[0].script == "^" else ("", text)
        primes = r"\prime" * e.order if above else "'" * e.order
        pieces = [printer.piece(a) for a in e.args]
        body = argument(Piece(", ".join(p.text for p in pieces), tall=any(p.tall for p in pieces)))
        head = base + script("^", above + primes) if above else base + script("_", below) + primes
        return Piece(head + body.text, Level.SCRIPTED, body.tall)

    def transpose(self, printer: Printer, e: Transpose) -> Piece:
        inner = printer.piece(e.arg)
        if self.denominator and isinstance(e.arg, Partial) and all(map(self._is_array, (e.arg.of, e.arg.wrt))):
            return inner  # written without a transpose, which the layout says already
        sign = self.spelled.transpose
        if isinstance(e.arg, Ref) and inner.text.endswith("]}"):
            return Piece(f"{inner.text[:-1]}{sign}}}", Level.SCRIPTED)
        base = inner if inner.level >= Level.ATOM else self.parentheses(inner)
        return Piece(f"{base.text}^{sign}" if sign == "T" else f"{base.text}^{{{sign}}}", Level.SCRIPTED, base.tall)

    def _is_array(self, e: Expr) -> bool:
        return isinstance(e, Ref) and e.entries is None and bool(self.quantities[e.name].axes)

    def letter(self, e: Sym) -> Piece:
        """A letter; a size that the author has no name for is a question mark."""
        if e.name in self.spelled.variables:
            return Piece(self.spelled.variables[e.name])
        head, _, tail = e.name.removeprefix(f"{EXAMPLE.name} ").partition("_")
        if head.rstrip(digits) in ("width", "row", "column") or e.name.startswith("?"):
            return Piece(UNNAMED)
        if tail and not tail.isdigit() and len(head) == 1:
            return Piece(f"{head}_{tail}" if len(tail) == 1 else f"{head}_{{{tail}}}")
        return super().letter(Sym(e.name.removeprefix(f"{EXAMPLE.name} ")))

    def big(self, sign: str, index: str, low: str, high: str, body: str) -> str:
        if self.limits and UNNAMED not in low + high:
            return super().big(sign, index, low, high, body)
        return rf"\{sign}_{{{index}}} {body}"

    def ones(self, printer: Printer, e: Ones) -> Piece:
        return Piece(r"\mathbf 1")

    def indicator(self, condition: str, *, kron: bool) -> Piece:
        if kron and self.kronecker:
            return Piece(rf"\delta_{{{''.join(condition.split(' = '))}}}", Level.ATOM)
        return super().indicator(condition, kron=kron)


class AuthorPrinter(Printer):
    """Prints schematic chains too, and ``\\tanh^2(z)`` as people write it."""

    def written(self, e: Expr) -> str:
        """The text of a tree.

        Raises:
            NotSpelled: something in it has no name on the page.
        """
        made = self.text(closed(e))
        if UNNAMED in made:
            raise NotSpelled("a size without a name")
        return made

    def rule(self, e: Expr) -> Piece:
        if isinstance(e, Chain):
            return self.product(e.factors, self.script.juxtapose_arrays)
        if isinstance(e, Partial) and isinstance(e.of, Partial) and isinstance(e.of.of, Ref | Fn):
            by = rf"\partial {self.text(e.wrt)}\, \partial {self.text(e.of.wrt)}"
            return Piece(rf"\frac{{\partial^2 {self.text(e.of.of)}}}{{{by}}}", Level.SCRIPTED, tall=True)
        return self._power(e) if isinstance(e, Pow) else super().rule(e)

    def _power(self, e: Pow) -> Piece:
        base = e.base
        if isinstance(base, Fn) and base.name not in OWN and not base.order and not base.slots:
            name, _, rest = self.piece(base).text.partition("(")
            return Piece(f"{name}{script('^', self.text(e.exponent))}({rest}", Level.SCRIPTED)
        made = self.at_least(Level.ATOM, base)
        return self.script.power(made, self.piece(e.exponent), array=self.script.is_array(base))


def closed(e: Expr) -> Expr:
    """A tree that was only read, with its open products and powers closed as their signs say, for printing."""
    if isinstance(e, Placed):
        return closed(e.inner)
    if isinstance(e, Power):
        return Pow(closed(e.base), closed(e.exponent))
    if not isinstance(e, Product):
        return e.map(closed)
    parts = [closed(f) for f in e.factors]
    if "/" in e.signs:
        at = e.signs.index("/")
        rest = product(
            [Div(product(parts[:at], list(e.signs[:at])), parts[at]), *parts[at + 1 :]], ["", *e.signs[at + 1 :]]
        )
        return closed(rest)
    runs: list[list[Expr]] = [[]]
    for sign, part in zip(e.signs, parts, strict=True):
        if sign not in PLAIN:
            runs.append([])
        runs[-1].append(part)
    minus = runs[0].pop(0) if len(runs) > 1 and len(runs[0]) > 1 and runs[0][0] == MINUS_ONE else None
    made = [run[0] if len(run) == 1 else Mul(tuple(run)) for run in runs]
    whole = made[0] if len(made) == 1 else Hadamard(tuple(made))
    return whole if minus is None else Mul((minus, whole))


BUILTIN_NAMES = frozenset({"exp", "tanh", "sin", "cos", "sinh", "cosh", "max", "min"})


def builtin_name(name: str) -> str:
    r"""``\tanh``, ``\mathrm{softmax}``."""
    return rf"\{name}" if name in BUILTIN_NAMES else rf"\mathrm{{{name}}}"


def author(spelled: Spellings, understood: Understood, *, limits: bool, above: bool = False) -> AuthorPrinter:
    """A printer in the author's letters.

    ``limits``: sums say where they start and end; ``above``: the number of an example stands above.
    """
    axes = {q.name: len(q.axes) for q in understood.model.quantities.values()}
    base = Notation("author", "", {}, {}, {}, axes, elementwise=spelled.elementwise or r"\odot")
    table = understood.table
    kronecker = any(r.kind == "kronecker" and r.words == KRONECKER for r in table.symbols)
    each = frozenset(r.name for r in table.symbols if r.example)
    first = min(table.examples.values(), default=1)
    quantities, layout = understood.model.quantities, table.jacobian == "denominator"
    return AuthorPrinter(Author(base, spelled, quantities, kronecker, limits, above, each, first, layout))
