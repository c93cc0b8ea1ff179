"""The textbook module of one concrete network: a page to read beside the notes."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, ClassVar

from derive.algebra.tree import Fn
from derive.codegen.build import build
from derive.codegen.equations import Equation, Equations
from derive.codegen.initial import start, variance
from derive.codegen.lines import (
    INDENT,
    WIDTH,
    flat,
    helper_lines,
    literal,
    packed,
    safe,
    statement_lines,
    told_lines,
    unpacked,
    used,
)
from derive.codegen.naming import HYPER, Naming
from derive.codegen.numpy_text import helper_name
from derive.codegen.special import special, told
from derive.codegen.update import Training
from derive.notation.notation import notation
from derive.spec.network import default_cost
from derive.templating import render

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from derive.algebra.tree import Expr
    from derive.codegen.program import Helper, Program, Statement
    from derive.derivation.steps import Chapter
    from derive.notation.notation import Notation
    from derive.spec import NetworkSpec

STRAIGHT = 5
"""Up to so many layers every layer has lines and names of its own; more are kept in lists."""
ROOM, MOST = 50, 200
"""Characters of a network in the first line, and in the command that emits another file."""
BATCH = "X, Y = _batch(theta, X, Y)"
TEMPLATE = "numpy/textbook.py.jinja"
HIDDEN = ("D", "M")
"""Letters of arrays that the last layer has not."""


def textbook(chapter: Chapter, spec: NetworkSpec, dtype: str) -> str:
    """The text of the module."""
    return Writer(chapter, spec, dtype).text()


@dataclass
class Writer:
    """What modules of every style say of their network."""

    most_calls: ClassVar[int | None] = None
    """Functions that may be called for the digits of a slope: any number, this is a page to read."""

    chapter: Chapter
    spec: NetworkSpec
    dtype: str

    def __post_init__(self) -> None:
        assert self.spec.widths is not None
        assert self.spec.activations is not None
        assert self.spec.cost is not None
        self.widths, self.activations = self.spec.widths, self.spec.activations
        self.depth = len(self.widths) - 1
        self.indexed = self.depth > STRAIGHT
        self.equations = Equations(self.chapter, self.most_calls)
        self.program: Program = build(self.equations, Naming(self.indexed))
        self.notation: Notation = notation("lecture").fit(self.equations.model)

    def text(self) -> str:
        """Everything, laid out by the template."""
        p = self.program
        return render(
            TEMPLATE,
            title=safe(self._title()),
            about=safe(self._about()),
            sizes=sizes(self.widths),
            n_in=self.widths[0],
            n_out=self.widths[-1],
            dtype=self.dtype,
            strengths=self._strengths(),
            initial=self._initial(),
            helpers=[*map(told, special(self._computed())), *map(_helper, p.helpers)],
            indexed=self.indexed,
            forward=self._forward(),
            cost=self._cost(),
            backward=self._backward(),
            gradient=self._gradient(),
            input_gradient=self._input_gradient(),
            train=Training.of(self.chapter, self.spec),
            dropout=self.spec.dropout,
            command=constant(f"derive code {command(self.spec)}"),
        )

    def _computed(self) -> Iterator[Expr]:
        """Everything that the program and its helpers compute."""
        p = self.program
        for op in flat((*p.forward, *p.costs, *p.errors, *p.gradients, p.input_gradient)):
            yield op.value
        yield from (part for h in p.helpers for part in (*(value for _, value in h.lines), h.result))

    def _title(self) -> str:
        """``Backpropagation for digits, 64-32:relu-10:softmax.``"""
        full = self.spec.text or ""
        shown = full if len(full) <= ROOM else f"{self.depth} layers"
        own = not self.spec.name[:1].isdigit() and len(self.spec.name) <= ROOM
        return f"Backpropagation for {f'{self.spec.name}, ' if own else ''}{shown}."

    def _strengths(self) -> list[dict[str, str]]:
        """The constants of the penalty."""
        letters = self.spec.penalty.letters if self.spec.penalty else ()
        return [{"name": HYPER[letter], "value": repr(term.strength), "of": term.name} for letter, term in letters]

    def _about(self) -> str:
        penalty = f"  Penalty on the weights: {self.spec.penalty.text}." if self.spec.penalty else ""
        dropout = f"  Dropout of hidden outputs: {self.spec.dropout!r}." if self.spec.dropout else ""
        return f"Cost of a row: {self.spec.cost}.{penalty}{dropout}"

    # ------------------------------------------------------------ names of the arrays of layers

    def _all(self, letter: str, first: int = 1) -> tuple[str, ...]:
        last = self.depth - 1 if letter in HIDDEN else self.depth
        return tuple(f"{letter}_{layer}" for layer in range(first, last + 1))

    @property
    def _arrays(self) -> dict[str, int]:
        """What a forward pass makes: letters, and the first layer of each."""
        return {"Z": 1, "A": 0} | ({"D": 0, "M": 1} if self.spec.dropout else {})

    @property
    def _below(self) -> str:
        """The letter of the arrays that weights are multiplied with."""
        return "D" if self.spec.dropout else "A"

    def _weights(self, wanted: frozenset[str], letters: tuple[str, str] = ("W", "b"), of: str = "theta") -> list[str]:
        if self.indexed:
            return unpacked(letters, _bases(wanted), f"_layers({of})")
        pairs = list(zip(self._all(letters[0]), self._all(letters[1]), strict=True))
        return unpacked(pairs, wanted, f"weights({of})")

    def _passed(self, names: dict[str, int], wanted: frozenset[str], source: str) -> list[str]:
        """What a pass returned: ``names`` are the letters of its arrays and the first layer of each."""
        if self.indexed:
            return unpacked(tuple(names), _bases(wanted), source)
        return unpacked([self._all(letter, first) for letter, first in names.items()], wanted, source)

    def _empty(self, *letters: str) -> list[str]:
        return [f"{letter} = [None] * {self.depth + 1}" for letter in letters] if self.indexed else []

    def _returned(self, names: dict[str, int]) -> str:
        if self.indexed:
            return "return " + ", ".join(names)
        parts = [packed(self._all(letter, first)) for letter, first in names.items()]
        line = "return " + ", ".join(parts)
        if len(INDENT) + len(line) <= WIDTH:
            return line
        return "\n".join(["return (", *(f"{INDENT * 2}{part}," for part in parts), f"{INDENT})"])

    # ------------------------------------------------------------ the functions

    def _forward(self) -> dict[str, object]:
        ops, names = self.program.forward, self._arrays
        before = [*self._weights(used(ops)), *self._empty(*(n for n in names if n != "M")), *self._drawn()]
        told = [self.equations.definition("a", 0), self.equations.definition("z", 1), *self._each("a")]
        told += self.equations.definitions("h") if self.spec.dropout else ()
        return self._function(told, before, ops, self._returned(names))

    def _drawn(self) -> list[str]:
        """The masks of the hidden layers."""
        if self.spec.dropout is None:
            return []
        names = ", ".join(self._all("M"))
        if self.indexed:
            return ["M = [None, *_masks(X, rng)]"]
        return [f"{names if ',' in names else f'({names},)'} = _masks(X, rng)"]

    def _each(self, name: str) -> list[Equation]:
        return [e for e in self.equations.definitions(name) if not e.holds(0)]

    def _cost(self) -> dict[str, object]:
        ops = self.program.costs
        before = self._passed(self._arrays, used(ops), "_forward_pass(theta, X)")
        names = ("C", "J", "Jhat") if self.equations.penalty is not None else ("C", "J")
        told = [e for name in names for e in self.equations.definitions(name)]
        return self._function(told, [BATCH, *before, *self._count(ops)], ops, f"return float({ops[-1].target})")

    def _backward(self) -> dict[str, object]:
        ops = self.program.errors
        below = self._below
        wanted = used(ops) | frozenset(self._all(below, 0)[: self.depth]) | {f"{below}[0]"}
        targets = dict.fromkeys(op.target.partition("[")[0].partition("_")[0] for op in flat(ops))
        before = [
            *self._passed(self._arrays, wanted, f"_forward_pass(theta, X{', rng' if self.spec.dropout else ''})"),
            *self._weights(used(ops)),
            *self._empty(*sorted(targets)),
            *self._count(ops),
        ]
        kept = (
            f"return {below}, Delta"
            if self.indexed
            else f"return {packed(self._all(below, 0)[: self.depth])}, {packed(self._all('Delta'))}"
        )
        return self._function(self._told(ops), before, ops, kept, self._slopes(ops))

    def _gradient(self) -> dict[str, object]:
        ops = self.program.gradients
        before = [
            BATCH,
            *self._from_backward(used(ops), ", rng" if self.spec.dropout else ""),
            *self._weights(used(ops)),
            "grad = np.empty_like(theta)",
            *self._weights(frozenset(op.target for op in flat(ops)), ("dW", "db"), "grad"),
        ]
        return self._function(self._told(ops), before, ops, "return grad")

    def _input_gradient(self) -> dict[str, object]:
        ops = (self.program.input_gradient,)
        before = [BATCH, *self._from_backward(used(ops)), *self._weights(used(ops))]
        return self._function(self._told(ops), before, ops, "return dX")

    def _from_backward(self, wanted: frozenset[str], rng: str = "") -> list[str]:
        source = f"_backward_pass(theta, X, Y{rng})"
        if self.indexed:
            return unpacked((self._below, "Delta"), _bases(wanted), source)
        return unpacked([self._all(self._below, 0)[: self.depth], self._all("Delta")], wanted, source)

    def _count(self, ops: Sequence[Statement]) -> list[str]:
        return ["N = len(X)"] if "N" in used(ops) else []

    def _function(
        self, told: list[Equation], before: list[str], ops: Sequence[Statement], end: str, more: Sequence[str] = ()
    ) -> dict[str, object]:
        return {
            "told": [*(line for e in told for line in told_lines(e, self.notation)), *more],
            "before": before,
            "lines": statement_lines(ops),
            "end": end,
        }

    # ------------------------------------------------------------ equations in docstrings

    def _told(self, ops: Sequence[Statement]) -> list[Equation]:
        """The equations of the operations, each once."""
        labels = dict.fromkeys(op.label for op in flat(ops))
        return [next(e for e in self.equations.found if e.label == label) for label in labels]

    def _slopes(self, ops: Sequence[Statement]) -> list[str]:
        """The lines of the notes by which slopes are computed, where these are not the last ones."""
        used = {n.name for e in self._told(ops) for n in e.told[1].walk() if isinstance(n, Fn) and n.order}
        careful = [e for name, e in self.equations.careful.items() if name in used]
        lines = [line for e in careful for line in told_lines(e, self.notation)]
        return [*lines, "Slopes are computed so that no digits cancel where they are small."] if lines else []

    # ------------------------------------------------------------ the start

    def _initial(self) -> list[str]:
        """The variances of the weights: a line for each layer, or for layers in a row that start alike."""
        if not self.indexed:
            pairs = enumerate(zip(self.activations, pairwise(self.widths), strict=True), start=1)
            return [f"{variance(start(a), *map(str, p))},  # layer {i}, {a}: {start(a).name}" for i, (a, p) in pairs]
        runs = [list(run) for _, run in groupby(enumerate(self.activations, start=1), key=lambda pair: pair[1])]
        return [line for run in runs for line in _variances(run[0][0], run[-1][0], run[0][1])]


def _helper(h: Helper) -> dict[str, object]:
    return {"name": helper_name(h.name), "doc": h.doc, "lines": helper_lines(h)}


def _variances(first: int, last: int, activation: str) -> list[str]:
    """``*(2 / m for m, n in pairwise(SIZES[:100])),`` and above it for which layers."""
    where = f"layer {first}" if first == last else f"layers {first} to {last}"
    value = variance(start(activation), "m", "n")
    of = f"pairwise(SIZES[{first - 1 or ''}:{last + 1}])"
    return [f"# {where}, {activation}: {start(activation).name}", f"*({value} for m, n in {of}),"]


def constant(text: str) -> str:
    """A string constant; in parentheses where it fits so and not otherwise."""
    made = literal(text)
    if len("COMMAND = ") + len(made) <= WIDTH or len("    ") + len(made) > WIDTH:
        return made
    return f"(\n    {made}\n)"


def sizes(widths: tuple[int, ...]) -> str:
    """The tuple of widths, equal ones in a row counted where it is long: ``(2, *(3,) * 99, 1)``."""
    plain = packed(list(map(str, widths)))
    if len(plain) < WIDTH - len("SIZES = "):
        return plain
    runs = [(n, len(list(run))) for n, run in groupby(widths)]
    counted = packed([f"*({n},) * {count}" if count > 1 else str(n) for n, count in runs])
    if len(counted) < WIDTH - len("SIZES = "):
        return counted
    return "\n".join(["(", *(f"    {n}," for n in widths), ")"])


def _bases(names: frozenset[str]) -> frozenset[str]:
    """The lists among variables: ``Z[l] -> Z``."""
    return frozenset(n.partition("[")[0] for n in names)


def _given(name: str, own: Mapping[str, str]) -> str:
    """A name, with its formula where it is one's own."""
    if name not in own:
        return name
    return shlex.quote(f"{name}={own[name] if len(own[name]) <= MOST else 'FORMULA'}")


def command(spec: NetworkSpec) -> str:
    """What stands behind ``derive code`` to name this network."""
    parts = [shlex.quote(spec.name) if len(spec.name) <= MOST else "NETWORK"]
    assert spec.activations is not None
    assert spec.cost is not None
    costs = {} if spec.from_file else {row.name: row.formula for row in spec.own.costs}
    own = {} if spec.from_file else {row.name: row.formula for row in spec.own.activations}
    if spec.cost != default_cost(spec.activations[-1]):
        parts.append(f"--cost {_given(spec.cost, costs)}")
    parts += [f"--activation {_given(name, own)}" for name in dict.fromkeys(spec.activations) if name in own]
    parts += [f"--kink {choice.text}" for choice in spec.kinks if not spec.from_file]
    parts += [f"--optimiser {name}" for name in spec.optimisers]
    if spec.penalty is not None:
        parts.append(f"--penalty {spec.penalty.text}")
    if spec.dropout is not None and not spec.from_file:
        parts.append(f"--dropout {spec.dropout!r}")
    return " ".join(parts)
