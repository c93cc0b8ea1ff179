"""What a section's letters mean, written in the format that the checker reads: the notes carry their own setting."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from derive.algebra.substitute import put
from derive.algebra.tree import Partial, Ref, Sym, num
from derive.notation.latex import latex, tight
from derive.notes.press import Press

if TYPE_CHECKING:
    from collections.abc import Iterator

    from derive.algebra.tree import Expr
    from derive.derivation.steps import Section
    from derive.model.model import Definition, Function, Model, Quantity
    from derive.notation.notation import Notation

KNOWN = frozenset({"sigmoid", "tanh", "relu", "softplus", "identity"})
"""Functions that a setting may call by name; every other is given by its formula."""
BUILT_IN = frozenset({r"\tanh", r"\exp", r"\ln"})
FORMAL = Sym("u")
"""The letter of the argument in a formula of the setting: no quantity has it."""
SHARES = ("0.75", "0.6", "0.7", "0.8", "0.9")
UNKNOWN = {"unknown": "any", "unknown cost": "any cost", "unknown map": "any map"}


def setting_of(section: Section, notation: Notation, assumed: tuple[Expr, Expr] | None = None) -> str:
    """The setting of a section as TOML; it starts afresh and replaces what was said before.

    ``notation`` is fitted to the section's model.  ``assumed``: two sides that are equal at every point that is drawn.
    """
    writer = _Writer(section, notation, assumed)
    lines = ["fresh = true", *writer.layers(), "given = '''", *(f"  {line}" for line in writer.given()), "'''"]
    for name, rows in (
        ("functions", writer.functions()),
        ("shapes", writer.shapes()),
        ("conventions", writer.conventions()),
    ):
        if rows:
            lines += [f"[{name}]", *(f"{key} = '{value}'" for key, value in rows.items())]
    return "\n".join(lines)


class _Writer:
    def __init__(self, section: Section, notation: Notation, assumed: tuple[Expr, Expr] | None) -> None:
        self.section, self.notation, self.assumed = section, notation, assumed
        self.model: Model = section.model
        self.text = Press(notation).text

    # ------------------------------------------------------------ layers

    def layers(self) -> list[str]:
        """``layers = 'l = 0..L'``."""
        letter = next((q.layer for q in self.model.quantities.values() if q.layer is not None), None)
        if letter is None:
            return []
        last = self.model.last or num(self.model.least_layers)
        return [f"layers = '{self.text(letter)} = 0..{self.text(last)}'"]

    # ------------------------------------------------------------ given

    def given(self) -> list[str]:
        """Definitions, aliases, the adjoints that have a name, the updates."""
        assumed = [" = ".join(self.text(side) for side in self.assumed)] if self.assumed else []
        return [
            *self.forward(),
            *self.aliases(),
            *self.adjoints(),
            *self.updates(),
            *self.shares(),
            *self.means(),
            *self.signs(),
            *assumed,
        ]

    def forward(self) -> Iterator[str]:
        """The forward equations; the general one of several first, the others for the layers where they hold.

        Heads have their own names, not the second one of the output, which may be one name only: that line comes later.
        """
        own = replace(self.notation, last={})
        for definition in self.model.definitions:
            for single in self._spread(definition):
                yield f"{latex(single.head, own)} = {self.text(single.rhs)}"
        for function in self.model.functions.values():
            if function.body is not None and function.name not in KNOWN:
                head = f"{self.notation.function(function.name)}({self.text(FORMAL)})"
                yield f"{head} = {self.text(put(function.body, {function.variable: FORMAL}))}"

    def _spread(self, d: Definition) -> list[Definition]:
        """One of several definitions of a quantity speaks of all layers, the others of one layer each."""
        own = self.model.definitions_of(d.head.name)
        letters = [o for o in own if o.layers is not None and o.layers.point is None]
        if d not in letters or d == max(letters, key=_count):
            return [d]
        (letter,) = d.head.slots
        assert d.layers is not None
        to = [{letter: num(n)} for n in d.layers.members({})]
        return [replace(d, head=put(d.head, t), rhs=put(d.rhs, t)) for t in to]  # type: ignore[arg-type]

    def aliases(self) -> Iterator[str]:
        r"""``\mathbf W^l = w^l`` where the array has another letter; ``\hat y = a^L``."""
        for q in self.model.quantities.values():
            row = self.notation.quantities.get(q.name)
            if row is not None and q.axes and _letter(row.base(len(q.axes))) != _letter(row.entry):
                yield f"{self.text(self._array(q))} = {self.bare(q)}"
            if q.name in self.notation.last and q.layer is not None:
                yield from self._second_names(q)

    def _second_names(self, q: Quantity) -> Iterator[str]:
        last = self.model.last or num(self.model.least_layers)
        letters = tuple(a.letter for a in q.axes)
        own = replace(self.notation, last={})
        members = [Ref(q.name, (last,), letters)] + ([Ref(q.name, (last,), None)] if letters else [])
        for member in members:
            yield f"{self.text(member)} = {latex(member, own)}"

    def bare(self, q: Quantity) -> str:
        """The letter of the entries without entries: ``w^l``."""
        row = self.notation.quantities[q.name]
        plain = replace(row, column="", matrix="")
        own = replace(self.notation, quantities={**self.notation.quantities, q.name: plain}, last={})
        return latex(self._array(q), own)

    def _array(self, q: Quantity) -> Ref:
        return Ref(q.name, (q.layer,) if q.layer is not None else (), None if q.axes else ())

    def adjoints(self) -> Iterator[str]:
        """What an error is: the derivative of the objective."""
        for of, name in self.model.named_adjoints.items():
            head, member = self.model.quantities[name].head, self.model.quantities[of].head
            yield f"{self.text(head)} = {self.text(Partial(self.model.objective, member))}"

    def updates(self) -> Iterator[str]:
        for update in self.section.updates:
            yield f"{self.text(update.target)} = {self.text(update.value)}"

    def shares(self) -> Iterator[str]:
        """Numbers for what lies between 0 and 1: the format has no other way to say so."""
        for q, value in zip((q for q in self.model.quantities.values() if q.role == "hyper"), SHARES, strict=False):
            if q.domain == "unit":
                yield f"{self.text(q.head)} = {value}"

    def means(self) -> Iterator[str]:
        """Numbers for means of squares where there is one node in each layer: few draws would have a root."""
        for q in self.model.quantities.values():
            if q.role == "parameter" and q.domain == "positive" and not q.axes and q.layers and self.model.last is None:
                for n in q.layers.members({}):
                    yield f"{self.text(Ref(q.name, (num(n),)))} = {SHARES[n % len(SHARES)]}"

    def signs(self) -> Iterator[str]:
        """What is positive, where something was estimated with it."""
        estimated = [d for d in self.section.derivations if any(step.relation == "<=" for step in d.steps)]
        used = {n for d in estimated for step in d.steps for n in step.before.walk()}
        for q in self.model.quantities.values():
            if q.role == "hyper" and q.domain == "positive" and q.head in used:
                yield f"{self.text(q.head)} > 0"

    # ------------------------------------------------------------ tables

    def functions(self) -> dict[str, str]:
        rows = {}
        for f in self.model.functions.values():
            if f.kind == "unknown cost" and not self.model.definitions:
                continue
            name = self.notation.function(f.name)
            kind = UNKNOWN.get(f.kind) or (f.name if f.name in KNOWN and name not in BUILT_IN else None)
            if kind is not None:
                rows[f"'{name}{self._slot(f)}'"] = kind
        return rows

    def _slot(self, f: Function) -> str:
        if not f.per_layer:
            return ""
        letter = next(q.layer for q in self.model.quantities.values() if q.layer is not None)
        sign, start, end = self.notation.slot_style_of_functions()
        return f"{sign}{{{start}{self.text(letter)}{end}}}" if start else f"{sign}{self.text(letter)}"

    def shapes(self) -> dict[str, str]:
        """The shapes of what has no definition."""
        rows = {}
        for q in self.model.quantities.values():
            rate = q.role == "hyper" and self._is_used(q)
            if rate or (q.role in ("input", "target", "parameter") and (q.axes or q.layer is None)):
                sizes = " x ".join(tight(self.text(a.high)) for a in q.axes) or "scalar"
                rows[f"'{self.text(self._array(q))}'"] = sizes
        return rows

    def _is_used(self, q: Quantity) -> bool:
        """Whether a number that no update introduces stands in a derivation."""
        told = (e for d in self.section.derivations for step in d.steps for e in (step.before, step.after))
        return not self.section.updates and any(q.head in set(e.walk()) for e in told)

    def conventions(self) -> dict[str, str]:
        axes = [a.kind for a in self.model.quantities["z"].axes] if "z" in self.model.quantities else []
        rows = {"vectors": "columns" if "unit" in axes else "scalars"}
        if "sample" in axes:
            rows["examples"] = "rows" if axes[0] == "sample" else "columns"
        return rows


def _count(d: Definition) -> int:
    """How many layers a definition speaks of; a range that ends in a letter has the most."""
    assert d.layers is not None
    try:
        return len(d.layers.members({}))
    except KeyError:
        return 10**9


def _letter(latex_of_base: str) -> str:
    r"""The letter without its font: ``\mathbf W -> W``."""
    for font in (r"\mathbf", r"\boldsymbol", r"\bm", r"\mathrm"):
        latex_of_base = latex_of_base.replace(font, "")
    return latex_of_base.replace("{", "").replace("}", "").replace(" ", "")
