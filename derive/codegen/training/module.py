"""The training module of one network: the page that puts its parts together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from derive.algebra.tree import ONE
from derive.codegen.equations import Equation
from derive.codegen.helpers import shared
from derive.codegen.lines import (
    INDENT,
    WIDTH,
    flat,
    formula,
    helper_lines,
    listed,
    loop_head,
    safe,
    statement_lines,
    told_lines,
)
from derive.codegen.module import Writer, command, constant, sizes
from derive.codegen.nodes import Name, Reduce
from derive.codegen.numpy_text import numpy_text
from derive.codegen.program import Helper, Loop, Op, Statement
from derive.codegen.special import special, told
from derive.codegen.training.estimator import estimator, targets
from derive.codegen.training.optimisers import ranges, written
from derive.codegen.training.passes import SHARE, Step, in_arrays, step
from derive.codegen.training.placing import Places, placed
from derive.codegen.training.scalars import scalars
from derive.codegen.training.stacked import Run, Stack, longest, together
from derive.codegen.training.variables import names, swapped, variable
from derive.codegen.training.whole import COVERED, covering
from derive.codegen.training.workspace import Workspace
from derive.templating import render

if TYPE_CHECKING:
    from collections.abc import Iterable

    from derive.algebra.tree import Expr
    from derive.codegen.training.chosen import Chosen
    from derive.derivation.steps import Chapter
    from derive.spec import NetworkSpec

TEMPLATE = "numpy/training.py.jinja"
DTYPE = "float32"
"""What parameters are where nothing is said."""
LONG = 4
"""So many calls for one line of the program have it above them."""
WEIGHED = {"C": (f"{INDENT}C = weight * C",)}
"""What a cost that weighs its rows has behind a line: the costs of the rows, each as much as it counts."""
FORM = """\
Form: samples are the columns of an array, and the biases are part of the weight matrix
(V_l = [W_l | b_l] times H_l, which is {}_l over a row of ones): one product a layer and no
rearranging of theta, which is faster than rows for every width."""


def training(chapter: Chapter, spec: NetworkSpec, dtype: str, chosen: Chosen) -> str:
    """The text of the module."""
    return _Training(chapter, spec, dtype, chosen).text()


@dataclass
class _Training(Writer):
    """Arrays of a batch are the transposes of those in the notes."""

    chosen: Chosen

    most_calls = 1
    """The shortest form of a slope, unless one call of a function keeps digits that it loses."""

    @cached_property
    def step(self) -> Step:
        """What is computed, after all passes."""
        return step(self.program)

    @cached_property
    def run(self) -> Run | None:
        """The layers whose arrays are stacked."""
        return longest(self.widths) if self.indexed else None

    @cached_property
    def arrays(self) -> Step:
        """The same after the passes that only arrays need."""
        return in_arrays(self.step, self.widths)

    def text(self) -> str:
        """Everything, laid out by the template."""
        self.places = Places()
        forward, backward = self._forward_lines(), self._backward_lines()
        optimisers = [written(row.name, self.places) for row in self.spec.emitted]
        return render(
            TEMPLATE,
            title=safe(self._title().replace("Backpropagation", "Training", 1)),
            about=safe(self._about()),
            form=FORM.format("A" if self.spec.dropout is None else "D"),
            run=self.run,
            sizes=sizes(self.widths),
            n_in=self.widths[0],
            count=self.spec.parameters,
            n_out=self.widths[-1],
            dtype=self.dtype,
            strengths=self._strengths(),
            initial=self._initial(),
            helpers=list(map(told, special(self._computed()))),
            dropout=self.spec.dropout,
            masks_made=self._masks(),
            imported=_imported(self.places.functions),
            made=self._made(),
            forward=forward,
            backward=backward,
            told_forward=self._told_of(self.step.forward),
            told_backward=self._told_of((*self.step.errors, *self.step.gradients)),
            last=self._name("Z", self.depth),
            all_V=_all("V", self.depth),
            all_dV=_all("dV", self.depth),
            first_error=self._name("Delta", 1),
            weights_1=self._name("W", 1),
            rated=self._rated,
            outputs=self._outputs(),
            cost=self._cost_lines(),
            targets=numpy_text(self.step.targets),
            **self._shares(),
            scaled=self.step.scaled,
            input_gradient=statement_lines([self.step.input_gradient]),
            told_input=self._told_of((self.step.input_gradient,)),
            indexed=False,
            listed=self.indexed,
            optimisers=optimisers,
            schedules=self.chosen.written(),
            **self.chosen.parts,
            ranges=ranges(self.spec),
            floats=self._floats(),
            moves=any(o["moved"] for o in optimisers),
            masks=any(o["on_weights"] for o in optimisers),
            **estimator(self.spec),
            **targets(self.spec),
            command=constant(f"derive code {command(self.spec)} {self.chosen.command}{self._dtype()}"),
        )

    def _dtype(self) -> str:
        return "" if self.dtype == DTYPE else f" --dtype {self.dtype}"

    def _shares(self) -> dict[str, object]:
        """How many columns targets have, and how ``S`` stands behind them: a column, or one for each output."""
        n, row = self.widths[-1], self.step.row
        full = SHARE.text in names(flat(self.arrays.errors[:1])[0].value)
        return {
            "columns": 2 * n if full else n + 1,
            "share": SHARE.text if full else "S",
            "parts": f"T[:{n}], T[{n}:]" if full else "T[:-1], T[-1]",
            "own": f"{n}:" if full else "-1",
            "common": f"{n}:" if full else "-1:",
            "row": "Y.sum(axis=1)" if isinstance(row, Reduce) else numpy_text(row) if row != ONE else "",
        }

    def _name(self, letter: str, layer: int) -> str:
        return f"{letter}[{layer}]" if self.indexed else f"{letter}_{layer}"

    @property
    def _rated(self) -> bool:
        """Whether gradients have a part that is not linear in the errors."""
        return any("rate" in names(op.value) for op in flat(self.step.gradients))

    def _floats(self) -> dict[str, object] | None:
        """A step on one sample in floats, for a network that is small enough."""
        chosen = [row.name for row in self.spec.emitted]
        found = scalars(self.step, self.widths) if "sgd" in chosen and self.spec.dropout is None else None
        if found is None:
            return None
        names = found.functions
        return {
            "functions": names,
            "local": f"{', '.join(names)} = {', '.join(f'math.{name}' for name in names)}",
            "count": len(found.parameters),
            "parameters": listed(found.parameters, "()", 4),
            "row": ", ".join([*found.inputs, *found.targets, "S"]),
            "lines": found.lines,
            "chooses": any(" if " in line for line in found.lines),
        }

    # ------------------------------------------------------------ the passes

    def _forward_lines(self) -> list[str]:
        return self._block(self.arrays.forward)

    def _backward_lines(self) -> list[str]:
        outputs = [self.arrays.outputs] if self.step.needs_outputs else []
        return self._block([*outputs, *self.arrays.errors, *self.arrays.gradients])

    def _block(self, statements: Iterable[Statement], depth: int = 2) -> list[str]:
        lines: list[str] = []
        for s in statements:
            if isinstance(s, Stack):
                lines += self._block(self._together(s), depth)
            elif isinstance(s, Loop):
                lines += [INDENT * depth + loop_head(s), *self._block(s.body, depth + 1)]
            else:
                lines += self._calls(s, INDENT * depth)
        return lines

    def _together(self, stack: Stack) -> list[Op]:
        assert self.run is not None
        return together(stack, self.run)

    def _calls(self, op: Op, indent: str) -> list[str]:
        """The calls of a line with its equation: behind a single one, above several, with what many compute."""
        calls = [indent + call for call in placed(op, self.places)]
        comment = f"# ({op.number}) {op.label}" + (f", {op.shape}" if op.shape else "")
        if op.label and len(calls) == 1 and len(calls[0]) + 2 + len(comment) <= WIDTH:
            return [f"{calls[0]}  {comment}"]
        above = [indent + comment] if op.label and calls else []
        return [*above, *(formula(op, indent) if len(calls) >= LONG else []), *calls]

    def _made(self) -> list[str]:
        """The lines that make the arrays of a workspace."""
        step = self.arrays
        statements = (*step.forward, *step.errors, *step.gradients)
        ops = flat(s for s in statements if not isinstance(s, Stack)) + [step.outputs] * step.needs_outputs
        stacks = [op for s in statements if isinstance(s, Stack) for op in self._together(s)]
        hidden = range(1, self.depth)
        fed = "A" if self.spec.dropout is None else "D"
        parts = {self._name(fed, layer): self._name("H", layer) for layer in hidden}
        parts |= covering(frozenset(op.target for op in ops))
        own = ("Z", "A", "Delta", "dA", *COVERED.values())
        kept = {op.target for op in ops if variable(op.target).letter in own and not self._is_part(op.target, parts)}
        ones = {self._name(letter, layer): "1" for layer in hidden for letter in ("HM" if self.spec.dropout else "H")}
        arrays = {**self.places.arrays, **dict.fromkeys(kept, ""), **ones}
        views = {n for op in ops for n in (*names(op.value), op.target) if variable(n).letter in ("W", "dW")}
        space = Workspace(self.widths, self.indexed, self.run)
        covers = {variable(own).letter: variable(of).letter for own, of in parts.items()}
        read = {n for op in stacks for n in (*names(op.value), op.target)}
        stacked = {variable(n).letter for n in read if variable(n).layer == "all"}
        return [
            *space.views(views),
            *space.made(arrays),
            *space.stacks(stacked, covers),
            *space.covered(parts),
            *space.stacked_parts(stacked, covers),
            *space.transposes(self.places.turned),
            *self._constants(),
        ]

    def _is_part(self, target: str, parts: Iterable[str]) -> bool:
        """Whether an array is a part of another one; in lists, all of a letter are."""
        letters = {variable(part).letter for part in parts}
        return variable(target).letter in letters if self.indexed else target in parts

    def _masks(self) -> str:
        """The masks of all hidden layers."""
        return "M[1:-1]" if self.indexed else listed([f"M_{layer}" for layer in range(1, self.depth)], "[]", 4)

    def _constants(self) -> list[str]:
        return [f"{name} = np.array({text}, dtype)" for name, text in sorted(self.places.constants.items())]

    # ------------------------------------------------------------ the rest

    def _renamed(self, value: Expr) -> Expr:
        """``Z`` and ``A`` for the pre-activations and the activations of the last layer."""
        return swapped(value, {Name(self._name(letter, self.depth)): Name(letter) for letter in ("Z", "A")})

    def _outputs(self) -> list[str]:
        lines, result = shared(self._renamed(self.step.outputs.value))
        return helper_lines(Helper("", "Z", "", lines, result))

    def _cost_lines(self) -> dict[str, object]:
        ops = [replace(op, value=self._renamed(op.value)) for op in self.step.costs]
        wanted = frozenset().union(*(names(op.value) for op in ops))
        return {
            "needs_outputs": "A" in wanted,
            "count": "N" in wanted,
            "lines": [line for op in ops for line in (*_with_parts(op), *WEIGHED.get(op.target, ()))],
            "told": self._told_of(self.step.costs),
            "last": ops[-1].target,
        }

    def _told_of(self, statements: Iterable[Statement]) -> list[str]:
        """The equations of the statements, each once."""
        wanted = dict.fromkeys(label for op in flat(statements) for label in op.label.split(", "))
        return [line for label in wanted for line in told_lines(self._equation(label), self.notation)]

    def _equation(self, label: str) -> Equation:
        known = [*self.equations.found, *(e for n in ("a", "h", "z", "C", "J", "Jhat") for e in self._definitions(n))]
        return next(e for e in known if e.label == label)

    def _definitions(self, name: str) -> tuple[Equation, ...]:
        if name == "Jhat" and self.equations.penalty is None:
            return ()
        return self.equations.definitions(name)


def _with_parts(op: Op) -> list[str]:
    """A line of the cost, after the parts that it uses twice."""
    lines, result = shared(op.value)
    return [
        *(f"{INDENT}{name} = {numpy_text(part)}" for name, part in lines),
        *statement_lines([replace(op, value=result)]),
    ]


def _imported(functions: set[str]) -> str:
    """The line that imports functions of NumPy."""
    names = sorted(functions)
    line = f"from numpy import {', '.join(names)}"
    if len(line) <= WIDTH:
        return line
    return "\n".join(["from numpy import (", *(f"{INDENT}{name}," for name in names), ")"])


def _all(letter: str, depth: int) -> str:
    """``V_1, V_2``; ``(V_1,)``"""
    made = ", ".join(f"{letter}_{layer}" for layer in range(1, depth + 1))
    return made if depth > 1 else f"({made},)"
