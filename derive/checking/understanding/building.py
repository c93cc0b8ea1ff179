"""The model of a setting: ranges, quantities, definitions, functions, assumptions."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from derive.algebra.layers import LayerSet, join, layers, split
from derive.algebra.substitute import put
from derive.algebra.tree import COLON, ONE, Expr, Fn, Num, Ref, Sym, num
from derive.checking.reading.examples import with_examples
from derive.checking.reading.unit_pages import Page, reach
from derive.checking.understanding.assumptions import assumption
from derive.checking.understanding.existence import Rule, uses
from derive.checking.understanding.known_functions import functions_of, specific_members
from derive.checking.understanding.paths import behind, connected, parts
from derive.checking.understanding.quantities import Quantities
from derive.checking.understanding.rows import function_rows, quantity_rows, table_of
from derive.checking.understanding.sides import in_setting, whole
from derive.checking.understanding.understood import Understood
from derive.model.model import Definition, Function, Model, Quantity
from derive.notation.failures import ReadFailure
from derive.notation.marks import EXAMPLE
from derive.notation.raw import bare
from derive.notation.shapes import sizes
from derive.notation.typing import Typing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from derive.checking.naming.sentences import Sentence
    from derive.notation.symbols import SymbolTable


class Builder(Quantities):
    """Builds the model of a setting from its quantities and typed lines."""

    def understood(self) -> Understood:
        quantities = self._quantities()
        functions = functions_of(self.named)
        table = self._table(quantities, functions)
        functions = {**functions, **self._formulas(table)}
        table = self._table(quantities, functions)
        typed = [(s, *self._typed(s, left, right, table)) for s, left, right in self.raws]
        connected(typed)
        defining = [(s, head, rhs) for s, head, rhs in typed if s.kind == "definition"]
        definitions = [self._definition(*row) for row in defining if self._constant(*row[1:]) is None]
        constants = [(head, c) for _, head, rhs in defining if (c := self._constant(head, rhs)) is not None]
        updates = tuple(self._definition(s, head, rhs) for s, head, rhs in typed if s.kind == "update")
        definitions.sort(key=lambda d: not _at_a_point(d.head, self.letter))
        model = Model(
            self._with_roles(quantities, definitions),
            tuple(definitions),
            self._objective(definitions, quantities),
            {},
            functions,
            self.layers.last_letter if self.layers else None,
            self._least(),
        )
        table = self._table(model.quantities, functions)
        return Understood(
            self.setting,
            self.named,
            model,
            table,
            updates,
            tuple((head, rhs) for _, head, rhs in typed),
            tuple(assumption(s, self.named, table) for s in self.named.of_kind("assumption")),
            specific_members(self.named),
            _by_member(constants),
            self._page(model.quantities),
        )

    def _page(self, quantities: Mapping[str, Quantity]) -> Page | None:
        if self.placing is None:
            return None
        return Page(self.placing, quantities, reach([(left, right) for _, left, right in self.raws]))

    # -------------------------------------------------------- tables and typed trees

    def _table(self, quantities: Mapping[str, Quantity], functions: Mapping[str, Function]) -> SymbolTable:
        axes = {q.name: sum(a.high != ONE for a in q.axes) - (q.name in self.spread) for q in quantities.values()}
        rows = [*quantity_rows(self.named, axes, self.spread), *function_rows(self.named), *self.figures.size_rows]
        rows = [replace(r, labels=True) if self._takes_labels(r.name, quantities) else r for r in rows]
        letters = {*self.figures.size_letters, *(k.removeprefix("\\") for k in self.setting.index)}
        made = table_of(
            self.named, rows, quantities, functions, self.setting.conventions, letters, self.figures.samples
        )
        defined = parts((bare(left), right) for s, left, right in self.raws if s.kind == "definition")
        return replace(
            made,
            same_sizes=self._same_sizes(quantities),
            applications=self._applications(quantities),
            depends={r.name: behind(defined, frozenset({r.name})) for r in rows if r.labels},
        )

    def _same_sizes(self, quantities: Mapping[str, Quantity]) -> dict[Expr, Expr]:
        """Layers with one unit; letters that count the units of a set."""
        out: dict[Expr, Expr] = {}
        for name, at in self.figures.single:
            out.update({size: ONE for size in sizes(quantities[name], (at,)) if isinstance(size, Ref)})
        units = self.named.units
        for n, count in units.counts.items() if units is not None else ():
            for size in self.figures.size_families:
                own = Ref(size, (num(n),))
                out.update({own: ONE} if count == "1" else {Sym(count): own})
        return out

    def _applications(self, quantities: Mapping[str, Quantity]) -> dict[str, tuple[tuple[Expr, ...], Expr]]:
        """The functions that are applied to one symbol only, with that symbol as a whole."""
        found: dict[str, set[tuple[tuple[Expr, ...], Expr]]] = {}
        for _, _, right in self.raws:
            for n in right.walk():
                if isinstance(n, Fn) and len(n.args) == 1 and isinstance(member := bare(n.args[0]), Ref):
                    axes = quantities[member.name].axes
                    of_one = (*(COLON for _ in axes[:-1]), EXAMPLE)
                    entries = of_one if member.name in self.spread else None if axes else ()
                    found.setdefault(n.name, set()).add((n.slots, Ref(member.name, member.slots, entries)))
        return {name: rows.pop() for name, rows in found.items() if len(rows) == 1}

    def _typed(self, s: Sentence, left: Expr, right: Expr, table: SymbolTable) -> tuple[Ref, Expr]:
        """Head and right side, read anew with shapes known, in the quantity's own layer letter."""
        typing = Typing(table)
        try:
            raws = [whole(s, side, table) for side in (s.statement.left, s.statement.right)]
            if self.placing is not None:
                raws = list(self.placing.statement(raws[0], raws[1], self.spread))
            parts = [typing.typed(e) for e in with_examples(raws, table)]
            typing.sides(parts)
            head, rhs = (typing.settled(e) for e, _ in parts)
        except ReadFailure as failure:
            raise in_setting(s, failure) from None
        if not isinstance(head, Ref):
            raise s.statement.error("the left side of this line is not one symbol")
        if any(not isinstance(e, Sym) or (e == COLON and head.name not in self.spread) for e in head.entries or ()):
            raise s.statement.error("a definition of single entries cannot be read yet", "letters as indices")
        letter, offset = split(head.slots[0]) if head.slots else (None, 0)
        if letter is not None and letter == self.letter and offset:
            moved = {letter: join(letter, -offset)}
            head, rhs = put(head, moved), put(rhs, moved)
            assert isinstance(head, Ref)
        return head, rhs

    def _definition(self, s: Sentence, head: Ref, rhs: Expr) -> Definition:
        plain = Ref(head.name, head.slots, head.entries)
        where = None
        if head.slots:
            point = head.slots[0]
            general = split(point)[0] == self.letter
            where = self._given_by(head, rhs) if general and s.kind == "definition" else self._range_of(head.name)
            where = where if general else layers(point, point)
        return Definition(plain, rhs, s.statement.line.text, where)

    def _constant(self, head: Ref, rhs: Expr) -> Fraction | None:
        """The number that a line such as ``x = 1.5`` gives to a leaf."""
        plain = not head.entries and not any(s.symbols for s in head.slots)
        return rhs.value if plain and isinstance(rhs, Num) else None

    def _given_by(self, head: Ref, rhs: Expr) -> LayerSet:
        assert self.existence is not None
        return self.existence.given_by(Rule(head.name, head.slots[0], tuple(uses(rhs))))

    def _formulas(self, table: SymbolTable) -> dict[str, Function]:
        """Functions whose formula stands in ``given``."""
        out = {}
        for s in self.named.of_kind("function"):
            assert s.head is not None
            formals = {(f,) for f in s.formals}
            own = replace(table, symbols=tuple(r for r in table.symbols if r.words not in formals or r.slots))
            typing = Typing(own)
            try:
                body, _ = typing.typed(whole(s, s.statement.right, own))
                body = typing.settled(body)
            except ReadFailure as failure:
                raise in_setting(s, failure) from None
            name = f"${' '.join(s.head.words)}$"
            out[name] = Function(name, "formula", variable=Sym(s.formals[0].removeprefix("\\")), body=body)
        return out


def _by_member(constants: Sequence[tuple[Ref, Fraction]]) -> dict[str, dict[int | None, Fraction]]:
    out: dict[str, dict[int | None, Fraction]] = {}
    for head, value in constants:
        out.setdefault(head.name, {})[split(head.slots[0])[1] if head.slots else None] = value
    return out


def _at_a_point(head: Ref, letter: Sym | None) -> bool:
    return bool(head.slots) and split(head.slots[0])[0] != letter
