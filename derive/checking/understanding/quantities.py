"""The quantities of a setting: where each exists, its axes, its role."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeGuard

from derive.algebra.layers import LayerSet, layers, split
from derive.algebra.tree import ONE, Expr, Partial, Ref, Sym
from derive.checking.understanding.existence import Existence, Rule, Use, uses
from derive.checking.understanding.sides import ENTRY_LETTERS
from derive.model.model import Axis, Definition, Quantity
from derive.notation.marks import EXAMPLE
from derive.notation.raw import bare

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from derive.checking.naming.named import Named
    from derive.checking.naming.sentences import Sentence
    from derive.checking.setting import Setting
    from derive.checking.shapes import Figures
    from derive.checking.understanding.sides import Statements
    from derive.notation.shapes import Shape


class Quantities:
    """Quantities from names, shapes and raw trees."""

    def __init__(self, setting: Setting, named: Named, figures: Figures, statements: Statements) -> None:
        self.setting, self.named, self.figures = setting, named, figures
        self.raws, self.spread, self.placing = statements.raws, statements.spread, statements.placing
        self.layers = named.layers
        self.letter = named.layers.letter if named.layers is not None else None
        self.existence = self._existence()
        self.ranges = self.existence.sets() if self.existence is not None else {}

    # -------------------------------------------------------- ranges

    def _existence(self) -> Existence | None:
        if self.layers is None:
            return None
        rules = [self._rule(s, left, right) for s, left, right in self.raws]
        inputs = [Use(a.target.name, a.fixed) for a in self.named.aliases if a.fixed is not None]
        inputs = [u for u in inputs if split(u.at)[0] is None and split(u.at)[1] == self.layers.first]
        return Existence(self.layers, [r for r in rules if r is not None], inputs)

    def _rule(self, s: Sentence, left: Expr, right: Expr) -> Rule | None:
        head = bare(left)
        if not isinstance(head, Ref):
            raise s.statement.error("the left side of this line is not one symbol")
        own = tuple(uses(right))
        if s.kind == "update":
            return None
        derived = any(isinstance(n, Partial) for n in right.walk())
        at = head.slots[0] if head.slots else Sym("?")
        return Rule(head.name if head.slots else head.name + "?", at, own, derived)

    def _least(self) -> int:
        if self.layers is None:
            return 1
        if self.layers.last_letter is None:
            return split(self.layers.last)[1]
        numbers = [split(s)[1] for _, left, right in self.raws for e in (left, right) for s in _positions(e)]
        return max([self.layers.first + 1, *numbers])

    # -------------------------------------------------------- quantities

    def _quantities(self) -> dict[str, Quantity]:
        out: dict[str, Quantity] = {}
        for family in self.named.targets:
            layered = self.named.layered(family) and self.letter is not None
            out[family.name] = Quantity(
                family.name,
                "parameter",
                family.name.strip("$"),
                self.letter if layered else None,
                self._range_of(family.name) if layered else None,
                self._axes(self.figures.shapes[family.name], spread=family.name in self.spread),
            )
        for name in self.figures.size_families:
            assert self.layers is not None
            first = self.layers.first - self._before(name, out)
            out[name] = Quantity(name, "size", name, self.letter, layers(first, self.layers.last))
        return out

    def _before(self, name: str, quantities: Mapping[str, Quantity]) -> int:
        """How many layers before the first one have a size: the input of a network whose layer 0 has weights."""
        assert self.layers is not None
        out = 0
        for q in quantities.values():
            starts = [split(r.low)[1] for r in q.layers.ranges if split(r.low)[0] is None] if q.layers else []
            offsets = [split(a.high.slots[0])[1] for a in q.axes if _is_size(a.high, name)]
            out = max([out, *(self.layers.first - s - by for s in starts for by in offsets)])
        return out

    def _takes_labels(self, name: str, quantities: Mapping[str, Quantity]) -> bool:
        """Whether brackets behind a symbol may name dependences: a cost, on which no array depends."""
        q = quantities.get(name)
        if q is None or any(a.kind == "unit" for a in q.axes) or q.layer is not None:
            return False
        heads = [(bare(left), right) for s, left, right in self.raws if s.kind == "definition"]
        users = [h.name for h, right in heads if isinstance(h, Ref) and _uses(right, name)]
        defined = any(isinstance(h, Ref) and h.name == name for h, _ in heads)
        return defined and all(self._takes_labels(user, quantities) for user in users if user != name)

    def _range_of(self, name: str) -> LayerSet:
        assert self.layers is not None
        return self.ranges.get(name) or layers(self.layers.first, self.layers.last)

    def _axes(self, shape: Shape, *, spread: bool) -> tuple[Axis, ...]:
        kept = shape[:1] if len(shape) == 2 and shape[1] == ONE else shape
        axes = tuple(
            Axis("sample" if size == self.figures.samples else "unit", letter, size)
            for letter, size in zip(ENTRY_LETTERS, kept, strict=False)
        )
        return (*axes, Axis("sample", EXAMPLE, self.figures.samples)) if spread and self.figures.samples else axes

    def _with_roles(self, quantities: Mapping[str, Quantity], definitions: Sequence[Definition]) -> dict[str, Quantity]:
        """Derivatives are adjoints, what is defined is an intermediate, arrays without layer and definition targets."""
        derived = {d.head.name for d in definitions if any(isinstance(n, Partial) for n in d.rhs.walk())}
        defined = {d.head.name for d in definitions}
        out = {}
        for q in quantities.values():
            if q.role == "size":
                out[q.name] = q
            elif q.name in derived:
                out[q.name] = replace(q, role="adjoint")
            elif q.name in defined:
                out[q.name] = replace(q, role="intermediate")
            else:
                out[q.name] = replace(q, role="target" if q.axes and q.layer is None else "parameter")
        return out

    def _objective(self, definitions: Sequence[Definition], quantities: Mapping[str, Quantity]) -> Ref:
        for d in definitions:
            for node in d.rhs.walk():
                if isinstance(node, Partial) and isinstance(node.of, Ref) and not quantities[node.of.name].axes:
                    return node.of
        numbers = [q for q in quantities.values() if not q.axes and q.layer is None and q.role != "size"]
        return Ref(numbers[0].name if numbers else "")


def _positions(e: Expr) -> list[Expr]:
    """Layers that are named by number."""
    return [s for n in e.walk() if isinstance(n, Ref) for s in n.slots if not s.symbols]


def _is_size(size: Expr, name: str) -> TypeGuard[Ref]:
    return isinstance(size, Ref) and size.name == name and bool(size.slots)


def _uses(e: Expr, name: str) -> bool:
    """Whether a value is used, other than by being differentiated."""
    if isinstance(e, Partial):
        return False
    return (isinstance(e, Ref) and e.name == name) or any(_uses(c, name) for c in e.children)
