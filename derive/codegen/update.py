"""The training loop: one iteration of each optimiser that a file has, with the equations of the chapter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from derive.algebra.tree import Expr, Partial, Ref
from derive.codegen.arrange import arranged
from derive.codegen.equations import Equation
from derive.codegen.lines import INDENT, op_lines, packed, told_lines
from derive.codegen.naming import HYPER
from derive.codegen.nodes import Name
from derive.codegen.numpy_text import numpy_text
from derive.codegen.optimise import COUNTER, branches, counts, spread, statements
from derive.codegen.program import Op
from derive.model.iteration import ITERATION, LOOKAHEAD, optimiser_model
from derive.notation.notation import notation
from derive.spec.network import PLAIN

if TYPE_CHECKING:
    from derive.data.optimisers import Optimiser
    from derive.derivation.steps import Chapter, Update
    from derive.spec import NetworkSpec


@dataclass(frozen=True)
class Training:
    """The loop of one file.

    ``gradient`` and ``weights``: how these functions are called; ``depth`` of the step; ``batch``: the rows of a step,
    as arguments; ``masks``: what draws the masks, behind them.
    """

    chapter: Chapter
    rows: tuple[Optimiser, ...]
    gradient: str = "gradient"
    weights: str = "weights"
    depth: int = 3
    batch: str = "X[rows], Y[rows]"
    masks: str = ""

    @classmethod
    def of(cls, chapter: Chapter, spec: NetworkSpec) -> Training:
        """The loop with the optimisers of ``spec``, of functions."""
        return cls(chapter, spec.emitted, masks=_masks(spec))

    @classmethod
    def of_methods(cls, chapter: Chapter, spec: NetworkSpec) -> Training:
        """The same, of methods: there is less room, so a step unpacks its ``batch``."""
        return cls(chapter, spec.emitted, "self.gradient", "self.weights", 4, "*batch", _masks(spec))

    @property
    def names(self) -> tuple[str, ...]:
        """The optimisers of the file."""
        return tuple(row.name for row in self.rows)

    @property
    def known(self) -> str:
        """The names as a tuple of the program."""
        return packed([f'"{name}"' for name in self.names])

    @property
    def default(self) -> str:
        """The optimiser that is used where none is named."""
        return PLAIN if PLAIN in self.names else self.names[0]

    @property
    def options(self) -> list[tuple[str, str]]:
        """The hyperparameters with a default, each once."""
        found = {name: value for row in self.rows for name, value in row.hyperparameters if value is not None}
        return [(name, number(value)) for name, value in found.items()]

    @property
    def before(self) -> list[str]:
        """What is set up before the loop: states, what is 0 for biases, the count of iterations."""
        states = dict.fromkeys(s for row in self.rows for s in row.states)
        spreads = dict.fromkeys(h for row in self.rows for h in row.weights_only)
        lines = [f"{s} = np.zeros_like(theta)" for s in states]
        for h in spreads:
            lines += [
                f"{spread(h)} = np.zeros_like(theta)",
                f"for W, _ in {self.weights}({spread(h)}):  # biases keep 0",
                f"{INDENT}W[:] = {h}",
            ]
        return lines + ([f"{ITERATION.name} = 0"] if any(map(counts, self.rows)) else [])

    @property
    def lines(self) -> list[str]:
        """One iteration."""
        found: list[str] = []
        for question, row in branches(self.rows):
            depth = self.depth + bool(question)
            found += [f"{INDENT * self.depth}{question}"] if question else []
            found += [f"{INDENT * depth}{COUNTER}"] if counts(row) else []
            found += [line for op in self.step(row) for line in op_lines(op, depth)]
        return found

    def step(self, row: Optimiser) -> tuple[Op, ...]:
        """The operations of one iteration."""
        if row.name == PLAIN:
            return (update(self.chapter, self._gradient(Name("theta"))),)
        return statements(row, self.chapter.full, self._gradient)

    def _gradient(self, point: Expr) -> Expr:
        return Name(f"{self.gradient}({numpy_text(point)}, {self.batch}{self.masks})")

    def told(self, indent: str = INDENT) -> list[str]:
        """The equations of the optimisers as the notes have them."""
        return [line for row in self.rows if row.name != PLAIN for line in self._told(row, indent)]

    def _told(self, row: Optimiser, indent: str) -> list[str]:
        model = optimiser_model(row)
        own = notation("lecture").fit(model)
        lines = []
        for d in (d for d in model.definitions if d.head.name != LOOKAHEAD):
            sides = (d.head, d.rhs)
            e = Equation(*sides, d.label, self.chapter.full[d.label], None, None, (), sides)
            lines += told_lines(e, own, indent)
        return lines


def _masks(spec: NetworkSpec) -> str:
    return "" if spec.dropout is None else ", mask_rng"


def number(value: float) -> str:
    """``1e-8``, ``0.9``, ``0``."""
    return repr(value).removesuffix(".0").replace("e-0", "e-")


def update(chapter: Chapter, gradient: Expr) -> Op:
    """``theta := theta - learning_rate * gradient``: the same for weights and biases, so it is one line for all.

    Raises:
        ValueError: the updates of a chapter differ (a fault of ours).
    """
    section = next(s for s in chapter.sections if s.key == "batch-rows")
    values = {_flat(u, gradient) for u in section.updates}
    if len(values) != 1:
        raise ValueError(f"{chapter.network}: weights and biases have different updates")
    labels = ", ".join(u.label for u in section.updates)
    return Op("theta", arranged(values.pop()), labels, ", ".join(chapter.numbers[u.label] for u in section.updates), "")


def _flat(update: Update, gradient: Expr) -> Expr:
    """The value with the parameter called ``theta``."""

    def visit(e: Expr) -> Expr:
        if isinstance(e, Partial):
            return gradient
        if isinstance(e, Ref):
            return Name("theta") if e.name == update.target.name else Name(HYPER[e.name])
        return e.map(visit)

    return visit(update.value)
