"""How fast emitted training code is: against the bare products of matrices, and against what people would take instead.

    python benchmarks/training.py [word of a case ...] [--rounds 11] [--write]

One pinned thread, CPU time, every side in turn in every round; printed: the median of the ratios in a round with the
10th and 90th percentile, and the bar.  ``emitted`` is ``train`` as users call it, from NumPy arrays to parameters, its
set-up included, for at least ten epochs.  It shuffles where the other side does (``SHUFFLES``).  All sides start from
the same parameters and prove first that they reach the same.  ``--write`` keeps the figures for ``figures.py``.
"""

from __future__ import annotations

import os

for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[_variable] = "1"
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import argparse  # noqa: E402
import statistics  # noqa: E402
import sys  # noqa: E402
from dataclasses import dataclass, field  # noqa: E402
from pathlib import Path  # noqa: E402
from time import process_time  # noqa: E402
from types import ModuleType  # noqa: E402
from typing import TYPE_CHECKING, Any  # noqa: E402

import numpy as np  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.figures import keep  # noqa: E402
from benchmarks.peers import compiled, libraries  # noqa: E402
from benchmarks.peers.numpy_peers import Floor, lean, per_sample_loop, tutorial  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

    Side = Callable[[int, bool], Any]

RATE = 0.01
EPOCHS = 10
SHUFFLES = frozenset({"tutorial", "tutorial, float64", "leanest tutorial", "loop", "scikit-learn"})
"""Sides that shuffle as people use them: a tutorial gathers rows by a permutation, ``MLPClassifier`` by default."""
LIBRARIES: dict[str, tuple[str, Any]] = {
    "torch": ("torch", libraries.torch_peer),
    "jax": ("jax", libraries.jax_peer),
    "jax, minibatches on the device": ("jax", libraries.jax_device_peer),
    "jax scan": ("jax", libraries.scan_peer),
    "numba": ("numba", compiled.numba_peer),
    "scikit-learn": ("sklearn", libraries.sklearn_peer),
}


@dataclass(frozen=True)
class Case:
    """``bars``: by side; for ``floor`` emitted / floor at most, else side / emitted at least; None: for information."""

    name: str
    network: str
    size: int
    rows: int
    bars: dict[str, float | None] = field(default_factory=dict)
    dtype: str = "float32"


DEEP = "-".join(["64", *["64:relu"] * 31, "10:softmax"])
MNIST = "784-128:relu-64:relu-10:softmax"
DEVICE = "jax, minibatches on the device"
CASES = (
    Case(
        "two-node, batch 1", "1-1:sigmoid-1:sigmoid", 1, 400, {"column form": 40, "loop": 90, "torch": 400, "jax": 28}
    ),
    Case("XOR 2-3-1, batch 1", "2-3:tanh-1:sigmoid", 1, 400, {"column form": 14, "torch": 150, "jax": 11}),
    Case(
        "784-30-10 sigmoid, batch 10",
        "784-30:sigmoid-10:sigmoid",
        10,
        1000,
        {"floor": 1.30, "loop": 15, "torch": 8, "jax": 2, DEVICE: None},
    ),
    Case(
        "digits 64-32-10, batch 32",
        "64-32:relu-10:softmax",
        32,
        1440,
        {
            "floor": 2.4,
            "tutorial": 2.8,
            "tutorial, float64": None,
            "leanest tutorial": None,
            "torch": 10,
            "scikit-learn": 15,
            "jax": 2,
            DEVICE: None,
            "numba": None,
        },
    ),
    Case(
        "784-128-64-10, batch 32",
        MNIST,
        32,
        1600,
        {
            "floor": 1.15,
            "tutorial": 1.4,
            "tutorial, float64": None,
            "leanest tutorial": None,
            "torch": 2.7,
            "scikit-learn": 3.5,
            "jax scan": None,
            "numba": None,
        },
    ),
    Case("784-128-64-10, batch 128", MNIST, 128, 2560, {"floor": 1.20, "torch": 2.2, "scikit-learn": 2.2}),
    Case(
        "784-1024-1024-10, batch 256",
        "784-1024:relu-1024:relu-10:softmax",
        256,
        1024,
        {"floor": 1.08, "scikit-learn": 1.2, "jax": 0.97},
    ),
    Case("32 layers of 64, batch 64", DEEP, 64, 1024, {"floor": 1.55, "torch": 3.2, "jax": 1.05, "numba": None}),
)


def emitted(network: str, dtype: str) -> Any:
    """The module as it would be imported."""
    import derive

    module = ModuleType("emitted")
    exec(compile(derive.network(network).code("training", dtype), "<emitted>", "exec"), module.__dict__)
    return module


class Sides:
    """The sides of a case: functions of a number of epochs and of whether rows are shuffled."""

    def __init__(self, case: Case) -> None:
        self.case, self.made = case, emitted(case.network, case.dtype)
        sizes, rng = self.made.SIZES, np.random.default_rng(0)
        self.X = rng.random((case.rows, sizes[0])).astype(case.dtype)
        labels = rng.integers(0, max(2, sizes[-1]), case.rows)
        self.Y = (np.eye(sizes[-1])[labels] if sizes[-1] > 1 else labels[:, None]).astype(case.dtype)
        self.theta = self.made.initial_parameters(1)
        self.names = tuple(self.made.ACTIVATIONS)

    def all(self) -> dict[str, Side]:
        """Those that the case asks for and that there are on this machine, by name."""
        own: dict[str, Callable[[], Side]] = {
            "floor": self.floor,
            "tutorial": lambda: self.plain(tutorial),
            "tutorial, float64": lambda: self.plain(tutorial, "float64"),
            "leanest tutorial": lambda: self.plain(lean),
            "loop": lambda: self.plain(per_sample_loop),
            "column form": self.columns,
        }
        found: dict[str, Side] = {"emitted": self.train(self.made)}
        for name in self.case.bars:
            if name in own:
                found[name] = own[name]()
            elif libraries.there(LIBRARIES[name][0]):
                layers = self.made.weights(self.theta)
                layers = [(W.copy(), b.copy()) for W, b in layers]
                found[name] = LIBRARIES[name][1](layers, self.names, self.X, self.Y, self.case.size, RATE)
        return found

    # ------------------------------------------------------------ one side each

    def train(self, module: Any) -> Side:
        more: dict[str, Any] = {"batch_size": self.case.size, "verbose": False, "learning_rate": RATE}

        def run(epochs: int, shuffle: bool) -> Any:
            return module.weights(module.train(self.theta, self.X, self.Y, epochs=epochs, shuffle=shuffle, **more))

        return run

    def floor(self) -> Side:
        floor = Floor(self.made.SIZES, self.case.size, self.theta.dtype)
        rows = np.c_[self.X, np.ones(len(self.X), self.X.dtype)]
        batches = [rows[i : i + self.case.size] for i in range(0, len(rows), self.case.size)]
        return lambda epochs, _: [floor.run(batches) for _ in range(epochs)] and None

    def plain(self, peer: Any, dtype: str = "") -> Side:
        dtype = dtype or self.case.dtype
        X, Y = self.X.astype(dtype), self.Y.astype(dtype)

        def run(epochs: int, shuffle: bool) -> Any:
            layers = [[W.astype(dtype), b.astype(dtype)] for W, b in self.made.weights(self.theta)]
            peer(layers, X, Y, self.case.size, RATE, epochs, shuffle)
            return layers

        return run

    def columns(self) -> Side:
        """Our own arrays where floats are taken: what emission decides against."""
        other = emitted(self.case.network, self.case.dtype)

        class InArrays(other._Run):  # type: ignore[misc, name-defined]
            def __init__(self, *arguments: Any) -> None:
                super().__init__(*arguments)
                self.in_floats = False

        other._Run = InArrays
        return self.train(other)


def cpu(side: Side, epochs: int, shuffle: bool) -> float:
    """Seconds of CPU time for an epoch."""
    before = process_time()
    side(epochs, shuffle)
    return (process_time() - before) / epochs


def agree(sides: dict[str, Side], case: Case) -> None:
    """All sides that train reach the same parameters, in order; those of NumPy shuffled, too."""
    for shuffle in (False, True):
        wanted = np.concatenate([np.c_[W, b].ravel() for W, b in sides["emitted"](1, shuffle)])
        for name, side in sides.items():
            if name in ("emitted", "floor") or (shuffle and name not in {*SHUFFLES, "column form"} - {"scikit-learn"}):
                continue
            found = np.concatenate([np.c_[W, b].ravel() for W, b in side(1, shuffle)])
            error = np.abs(found - wanted).max() / np.abs(wanted).max()
            assert error < 1e-3, f"{case.name}: {name} differs by {error:.1e}"


def measured(case: Case, rounds: int, seconds: float) -> dict[str, list[float]]:
    """[median, p10, p90] of the ratio by side; for the floor emitted / floor, else side / emitted."""
    sides = Sides(case).all()
    agree(sides, case)
    timed = [(n, n in SHUFFLES) for n in sides] + [("emitted", True)] * bool(SHUFFLES & set(sides))
    epochs = {k: max(EPOCHS, min(2000, int(seconds / max(1e-6, cpu(sides[k[0]], 1, k[1]))))) for k in timed}
    times: dict[tuple[str, bool], list[float]] = {k: [] for k in timed}
    for _ in range(rounds):
        for name, shuffle in timed:
            times[name, shuffle].append(cpu(sides[name], epochs[name, shuffle], shuffle))
    found = {}
    for name, shuffle in timed:
        if name == "emitted":
            continue
        pairs = zip(times["emitted", shuffle], times[name, shuffle], strict=True)
        ratios = sorted(e / t if name == "floor" else t / e for e, t in pairs)
        found[name] = [statistics.median(ratios), ratios[len(ratios) // 10], ratios[-1 - len(ratios) // 10]]
    return found


def line(case: str, name: str, figures: list[float], bar: float | None) -> str:
    """A row of the printed table."""
    ratio, low, high = figures
    floor = name == "floor"
    told, sign = ("emitted / floor", "<=") if floor else (f"{name} / emitted", ">=")
    judged = " | " if bar is None else f"{sign} {bar:g} | {'met' if (ratio <= bar) == floor else 'not met'}"
    return f"| {case} | {told} | {ratio:.2f} | {low:.2f} to {high:.2f} | {judged} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="*", help="words of their names; all by default")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--seconds", type=float, default=0.1, help="CPU time of a side in a round, at least ten epochs")
    parser.add_argument("--write", action="store_true", help="keep the figures for figures.py")
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print("| case | against | ratio, median | p10 to p90 | bar | |\n|---|---|---|---|---|---|")
    for case in CASES:
        if arguments.cases and not any(word in case.name for word in arguments.cases):
            continue
        found = measured(case, arguments.rounds, arguments.seconds)
        for name, figures in found.items():
            print(line(case.name, name, figures, case.bars[name]), flush=True)
        if arguments.write:
            keep(case.name, found)


if __name__ == "__main__":
    main()
