"""The passes in their order: from the program of a network to what a step of training computes.

peeled -> columns -> cheaper -> biased -> folded -> overwritten, and for arrays -> signs -> whole -> stacked
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from derive.algebra.tree import Expr
from derive.codegen.lines import flat
from derive.codegen.nodes import Name
from derive.codegen.program import Loop, Op, Program, Statement
from derive.codegen.training.biased import biased
from derive.codegen.training.cheaper import cheaper, rectified, signs
from derive.codegen.training.columns import columns
from derive.codegen.training.folded import S, folded
from derive.codegen.training.stacked import ENTRYWISE, at, longest, stacked
from derive.codegen.training.variables import letter, names, swapped, variable
from derive.codegen.training.whole import whole

SHARE = Name("Share")
"""``S``, for each output."""


@dataclass(frozen=True)
class Step:
    """One step of training, in columns.

    ``forward``: to the pre-activations of the last layer.  ``outputs``: the activations of the last layer from them.
    ``errors``, ``gradients``: to the gradient.  ``costs``, ``input_gradient``: as in the program.
    ``row``: what each entry of ``S`` is before the factor of its sample; ``scaled``: the targets bear that factor, too.
    ``targets``: what errors take for ``Y``.
    """

    forward: tuple[Statement, ...]
    outputs: Op
    errors: tuple[Statement, ...]
    gradients: tuple[Statement, ...]
    costs: tuple[Op, ...]
    input_gradient: Op
    row: Expr
    scaled: bool
    targets: Expr

    @property
    def needs_outputs(self) -> bool:
        """Whether the first error is computed from the activations of the last layer."""
        return any(self.outputs.target in names(op.value) for op in flat(self.errors))


def step(program: Program) -> Step:
    """The program after all passes."""
    found = folded(biased(cheaper(columns(peeled(program)))))
    made = found.program
    *before, outputs = (s for s in made.forward if not _is_input(s))
    assert isinstance(outputs, Op)
    plain: dict[Expr, Expr] = {Name(outputs.target): outputs.value} if isinstance(outputs.value, Name) else {}
    errors = tuple(_swapped(s, plain) for s in made.errors)
    costs = tuple(replace(op, value=swapped(op.value, plain)) for op in made.costs)
    whole = Step(
        tuple(before),
        outputs,
        errors,
        made.gradients,
        costs,
        made.input_gradient,
        found.row,
        found.scaled,
        found.targets,
    )
    return overwritten(whole)


def in_arrays(made: Step, widths: tuple[int, ...]) -> Step:
    """The step after what pays for arrays but not for floats."""
    errors = whole(signs((spread(made.errors[0]), *made.errors[1:]), rectified(made.forward), widths))
    run = longest(widths)
    return replace(made, errors=stacked(errors, run), gradients=stacked(made.gradients, run))


def spread(first: Statement) -> Statement:
    """The first error with an array for the row ``S``, where all else in it is arrays: a row costs twice a call."""
    assert isinstance(first, Op)
    entrywise = all(isinstance(n, ENTRYWISE) for n in first.value.walk())
    return replace(first, value=swapped(first.value, {S: SHARE})) if entrywise else first


def _is_input(s: Statement) -> bool:
    """Whether a line only gives the inputs another name."""
    return isinstance(s, Op) and variable(s.target).layer == "0"


def peeled(program: Program) -> Program:
    """The last layer as lines of its own where it is part of a loop: its activation belongs to the outputs."""
    *others, last = program.forward
    if not isinstance(last, Loop):
        return program
    ops = tuple(at(op, last.letter, last.last) for op in last.body)
    rest = [replace(last, last=last.last - 1)] if last.last > last.first else []
    return replace(program, forward=(*others, *rest, *ops))


def _swapped(s: Statement, new: dict[Expr, Expr]) -> Statement:
    if isinstance(s, Loop):
        return replace(s, body=tuple(replace(op, value=swapped(op.value, new)) for op in s.body))
    return replace(s, value=swapped(s.value, new))


def overwritten(step: Step) -> Step:
    """Activations stand where their pre-activations stood, in layers whose errors need only the activations."""
    kept = {layer for s in (*step.errors, *step.costs) for layer in _layers_read(s)}
    kept.add(int(variable(step.outputs.target).layer))

    def one(op: Op) -> Op:
        new: dict[Expr, Expr] = {Name(n): Name(variable(n).called("A")) for n in names(op.value) if _is_z(n)}
        own = variable(op.target)
        target = own.called("A") if own.letter == "Z" else op.target
        return replace(op, target=target, value=swapped(op.value, new))

    def each(s: Statement) -> Statement:
        if isinstance(s, Loop):
            inside = range(s.first, s.last + 1)
            return s if kept & set(inside) else replace(s, body=tuple(map(one, s.body)))
        return s if int(variable(s.target).layer) in kept else one(s)

    return replace(step, forward=tuple(map(each, step.forward)))


def _layers_read(s: Statement) -> set[int]:
    """The layers whose pre-activations a statement reads."""
    if not isinstance(s, Loop):
        return {int(variable(n).layer) for n in names(s.value) if _is_z(n)}
    read = {n for op in s.body for n in names(op.value) if _is_z(n)}
    low, high = sorted((s.first, s.last))
    return {int(variable(n).at(s.letter, i).layer) for n in read for i in range(low, high + 1)}


def _is_z(name: str) -> bool:
    return letter(Name(name)) == "Z"
