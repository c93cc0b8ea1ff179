"""A gradient, ours or a student's, against numeric derivatives of the forward equations themselves.

The numbers on the other side come from ``derive.meaning``: complex steps through the definitions of the model, which
know nothing of any derivation and of any code.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from derive.algebra.tree import Num, Partial, Ref, num
from derive.codegen.outside import run_gradients
from derive.errors import DeriveError, quoted
from derive.model.build import Form, network_model

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from derive.derivation.steps import Chapter
    from derive.meaning import World
    from derive.meaning.compiler import Compiler
    from derive.model.model import Model
    from derive.spec import NetworkSpec

    Floats = NDArray[np.float64]
    Indices = NDArray[np.intp]

BOUND = 1e-6
"""The verdict: relative to the largest entry of each array."""
ROWS = 4
WHOLE = 2400
"""Arrays with more entries are compared in ``SOME`` entries chosen at random."""
SOME = 30
STEP = 1e-4


@dataclass(frozen=True)
class Row:
    """One array: ``error`` the largest difference of ``compared`` entries, ``relative`` that over the largest entry."""

    array: str
    error: float
    relative: float
    compared: int


@dataclass(frozen=True)
class GradientCheck:
    """The table and its verdict at ``bound``."""

    rows: tuple[Row, ...]
    bound: float = BOUND

    @property
    def worst(self) -> float:
        """The largest relative error."""
        return max(row.relative for row in self.rows)

    @property
    def holds(self) -> bool:
        """Whether every array agrees."""
        return self.worst <= self.bound

    def text(self) -> str:
        """The table, one array a line, and the verdict."""
        head = f"{'array':<8}{'entries':>8}{'largest error':>16}{'relative':>12}"
        lines = [f"{r.array:<8}{r.compared:>8}{r.error:>16.1e}{r.relative:>12.1e}" for r in self.rows]
        verdict = "agrees" if self.holds else "DISAGREES"
        return "\n".join([head, *lines, f"the gradient {verdict}: {self.worst:.1e}, bound {self.bound:.0e}"])


def gradcheck(chapter: Chapter, spec: NetworkSpec, against: Path | str | None = None, seed: int = 0) -> GradientCheck:
    """The emitted gradient, or that of the file ``against``, compared with the model's own derivatives in float64.

    A file must define ``gradient(theta, X, Y)``, theta being layer by layer the rows of ``[W_l | b_l]``; where it also
    defines ``input_gradient(theta, X, Y)``, that is compared too.

    Raises:
        DeriveError: the network is not concrete, or the file cannot be used.
    """
    if spec.widths is None or spec.activations is None or spec.cost is None:
        raise DeriveError(
            f"the network {quoted(spec.name)} has no numbers to compare",
            expected="widths, activations and a cost",
            remedy="name a network such as 2-3:tanh-1:sigmoid",
        )
    drawn = _Drawn.of(spec, seed)
    with TemporaryDirectory() as folder:
        file = Path(against) if against is not None else _emitted(chapter, spec, Path(folder))
        theta_gradient, x_gradient = run_gradients(file, drawn.theta, drawn.x, drawn.y, Path(folder))
    found = [
        *drawn.arrays(theta_gradient),
        *([("X", Ref("x", (), None), x_gradient)] if x_gradient is not None else []),
    ]
    oracle = _Oracle(network_model(spec, Form(samples="rows", penalty=spec.penalty is not None)), drawn, seed)
    return GradientCheck(tuple(oracle.row(*one) for one in found))


def _emitted(chapter: Chapter, spec: NetworkSpec, folder: Path) -> Path:
    from derive.codegen.code import code

    file = folder / "emitted.py"
    file.write_text(code(chapter, spec), encoding="utf-8")
    return file


@dataclass(frozen=True)
class _Drawn:
    """Random parameters and a batch; ``theta`` in the layout of the interface."""

    widths: tuple[int, ...]
    strengths: dict[str, float]
    theta: Floats
    x: Floats
    y: Floats

    @classmethod
    def of(cls, spec: NetworkSpec, seed: int) -> _Drawn:
        import numpy as np

        assert spec.widths is not None
        rng = np.random.default_rng(seed)
        blocks = [
            np.c_[rng.standard_normal((n, m)) / m**0.5, rng.standard_normal(n) / 5] for m, n in pairwise(spec.widths)
        ]
        strengths = {letter: term.strength or 0.0 for letter, term in spec.penalty.letters} if spec.penalty else {}
        x, y = rng.standard_normal((ROWS, spec.widths[0])), rng.random((ROWS, spec.widths[-1]))
        return cls(spec.widths, strengths, np.concatenate([b.ravel() for b in blocks]), x, y)

    def arrays(self, flat: Floats) -> list[tuple[str, Ref, Floats]]:
        """(name, member, numbers) of each array in a vector with the layout of theta."""
        found, start = [], 0
        for layer, (m, n) in enumerate(pairwise(self.widths), start=1):
            block = flat[start : start + n * (m + 1)].reshape(n, m + 1)
            found.append((f"W_{layer}", Ref("w", (num(layer),), None), block[:, :m]))
            found.append((f"b_{layer}", Ref("b", (num(layer),), None), block[:, m]))
            start += block.size
        return found

    @property
    def values(self) -> dict[str, Any]:
        """What the leaves of the model are; nothing is left out."""
        import numpy as np

        made: dict[str, Any] = {"x": self.x, "y": self.y, "w": {}, "b": {}, **self.strengths}
        for _, member, array in self.arrays(self.theta):
            (slot,) = member.slots
            assert isinstance(slot, Num)
            made[member.name][int(slot.value)] = array
        made["mask"] = {layer: np.ones((ROWS, n)) for layer, n in enumerate(self.widths[1:-1], start=1)}
        return made


@dataclass(frozen=True)
class _Oracle:
    """Derivatives of the model's objective at the drawn numbers."""

    model: Model
    drawn: _Drawn
    seed: int

    def row(self, name: str, member: Ref, claimed: Floats) -> Row:
        """One array compared."""
        import numpy as np

        true, places = self._derivatives(member, claimed.shape)
        errors = np.abs(claimed.reshape(-1)[places] - true)
        error = float(errors.max()) if np.isfinite(errors).all() else float("inf")
        scale = float(np.abs(true).max())
        return Row(name, error, error / scale if scale else error, len(places))

    def _derivatives(self, member: Ref, shape: tuple[int, ...]) -> tuple[Floats, Indices]:
        """The derivatives by some or all entries of an array, and which entries those are."""
        import numpy as np

        size = int(np.prod(shape))
        if size <= WHOLE:
            whole = self._world.value(Partial(self.model.objective, member))
            return np.asarray(whole, np.float64).reshape(-1), np.arange(size)
        places = np.random.default_rng(self.seed).permutation(size)[:SOME]
        return np.array([self._slope(member, int(place)) for place in places]), places

    @cached_property
    def _world(self) -> World:
        return self._with(self.drawn.values)

    @cached_property
    def _compiler(self) -> Compiler:
        from derive.meaning import ComplexStep
        from derive.meaning.compiler import Compiler

        return Compiler(self.model, ComplexStep())

    def _with(self, values: dict[str, Any]) -> World:
        from derive.meaning import world

        return world(self.model, 1, values=values, samples=ROWS, compiler=self._compiler)

    def _slope(self, member: Ref, place: int) -> float:
        """The derivative by one entry of a large array, from four values around it."""
        weights = {-2: 1, -1: -8, 1: 8, 2: -1}
        total = sum(w * self._moved(member, place, shift * STEP) for shift, w in weights.items())
        return total / (12 * STEP)

    def _moved(self, member: Ref, place: int, by: float) -> float:
        values = self.drawn.values
        home = values[member.name]
        key: Any = int(member.slots[0].value) if member.slots and isinstance(member.slots[0], Num) else None
        array = (home[key] if key is not None else home).copy()
        array.reshape(-1)[place] += by
        changed = {**home, key: array} if key is not None else array
        return float(self._with({**values, member.name: changed}).value(self.model.objective))
