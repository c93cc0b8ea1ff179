"""How fast emitted training code is: against the bare products of matrices, and against what people would take instead.

    python benchmarks/training.py [word of a case ...] [--rounds 11]

One pinned thread, CPU time, every side in turn in every round; printed: the median of the ratios in a round with the
10th and 90th percentile, and the bar.  ``emitted`` is ``train`` as users call it.  All sides start from the same
parameters and see the same minibatches in the same order: none of them shuffles.  Those that are plain NumPy are made
to prove first that they reach the same parameters.
"""

from __future__ import annotations

import os

for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import argparse  # noqa: E402
import statistics  # noqa: E402
import sys  # noqa: E402
import warnings  # noqa: E402
from dataclasses import dataclass, field  # noqa: E402
from pathlib import Path  # noqa: E402
from time import process_time  # noqa: E402
from types import ModuleType  # noqa: E402
from typing import TYPE_CHECKING, Any  # noqa: E402

import numpy as np  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.peers import libraries  # noqa: E402
from benchmarks.peers.numpy_peers import Floor, per_sample_loop, tutorial  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

RATE = 0.01


@dataclass(frozen=True)
class Case:
    """``bars``: by side; for ``floor`` emitted / floor at most, else side / emitted at least."""

    name: str
    network: str
    size: int
    rows: int
    bars: dict[str, float] = field(default_factory=dict)
    dtype: str = "float32"


DEEP = "-".join(["64", *["64:relu"] * 31, "10:softmax"])
MNIST = "784-128:relu-64:relu-10:softmax"
CASES = (
    Case(
        "two-node, batch 1", "1-1:sigmoid-1:sigmoid", 1, 400, {"column form": 40, "loop": 90, "torch": 400, "jax": 28}
    ),
    Case("XOR 2-3-1, batch 1", "2-3:tanh-1:sigmoid", 1, 400, {"column form": 14, "torch": 150, "jax": 11}),
    Case(
        "784-30-10, batch 10", "784-30:sigmoid-10:sigmoid", 10, 1000, {"floor": 1.30, "loop": 15, "torch": 8, "jax": 2}
    ),
    Case(
        "digits, batch 32",
        "64-32:relu-10:softmax",
        32,
        1440,
        {"floor": 2.4, "tutorial": 2.8, "torch": 10, "scikit-learn": 15, "jax": 2},
    ),
    Case(
        "784-128-64-10, batch 32", MNIST, 32, 1600, {"floor": 1.15, "tutorial": 1.4, "torch": 2.7, "scikit-learn": 3.5}
    ),
    Case("784-128-64-10, batch 128", MNIST, 128, 2560, {"floor": 1.20, "torch": 2.2, "scikit-learn": 2.2}),
    Case(
        "784-1024-1024-10, batch 256",
        "784-1024:relu-1024:relu-10:softmax",
        256,
        512,
        {"floor": 1.08, "scikit-learn": 1.2, "jax": 0.97},
    ),
    Case("32 layers of 64, batch 64", DEEP, 64, 256, {"floor": 1.55, "torch": 3.2, "jax": 1.05}),
)


def emitted(network: str, dtype: str) -> Any:
    """The module as it would be imported."""
    import derive

    module = ModuleType("emitted")
    exec(compile(derive.network(network).code("training", dtype), "<emitted>", "exec"), module.__dict__)
    return module


class Sides:
    """The sides of a case: functions of a number of epochs."""

    def __init__(self, case: Case) -> None:
        self.case, self.made = case, emitted(case.network, case.dtype)
        sizes, rng = self.made.SIZES, np.random.default_rng(0)
        self.X = rng.random((case.rows, sizes[0])).astype(case.dtype)
        labels = rng.integers(0, max(2, sizes[-1]), case.rows)
        self.Y = (np.eye(sizes[-1])[labels] if sizes[-1] > 1 else labels[:, None]).astype(case.dtype)
        self.theta = self.made.initial_parameters(1)
        self.batches = [(self.X[i : i + case.size], self.Y[i : i + case.size]) for i in range(0, case.rows, case.size)]
        self.names = tuple(self.made.ACTIVATIONS)

    def layers(self) -> list[Any]:
        return [[W.copy(), b.copy()] for W, b in self.made.weights(self.theta)]

    def emitted(self, epochs: int) -> Any:
        case = self.case
        more: dict[str, Any] = {"shuffle": False, "verbose": False, "learning_rate": RATE}
        return self.made.train(self.theta, self.X, self.Y, epochs=epochs, batch_size=case.size, **more)

    def all(self) -> dict[str, Callable[[int], Any]]:
        """What there is on this machine, by name."""
        found: dict[str, Callable[[int], Any]] = {"emitted": self.emitted, "floor": self.floor()}
        found["tutorial"], found["loop"] = self.plain(tutorial), self.plain(per_sample_loop)
        if self.case.size == 1:
            found["column form"] = self.columns()
        if libraries.there("torch"):
            found["torch"] = self.torch()
        if libraries.there("jax"):
            found["jax"] = self.jax()
        if libraries.there("sklearn") and self.names[-1] == "softmax":
            found["scikit-learn"] = self.sklearn()
        return found

    # ------------------------------------------------------------ one side each

    def floor(self) -> Callable[[int], Any]:
        floor = Floor(self.made.SIZES, self.case.size, self.theta.dtype)
        rows = [np.c_[X, np.ones(len(X), X.dtype)] for X, _ in self.batches]
        return lambda epochs: [floor.run(rows) for _ in range(epochs)] and None

    def plain(self, peer: Any) -> Callable[[int], Any]:
        def run(epochs: int) -> Any:
            layers = self.layers()
            for _ in range(epochs):
                peer(layers, self.names, self.batches, self.theta.dtype.type(RATE))
            return np.concatenate([np.c_[W, b].ravel() for W, b in layers])

        return run

    def columns(self) -> Callable[[int], Any]:
        """Our own arrays where floats are taken: what emission decides against."""
        other = emitted(self.case.network, self.case.dtype)

        class InArrays(other._Run):  # type: ignore[misc, name-defined]
            def __init__(self, *arguments: Any) -> None:
                super().__init__(*arguments)
                self.in_floats = False

        other._Run = InArrays
        more: dict[str, Any] = {"shuffle": False, "verbose": False, "learning_rate": RATE}
        return lambda epochs: other.train(self.theta, self.X, self.Y, epochs=epochs, batch_size=1, **more)

    def torch(self) -> Callable[[int], Any]:
        import torch

        run, _ = libraries.with_torch(self.layers(), self.names, RATE)
        batches = [(torch.tensor(X), torch.tensor(Y)) for X, Y in self.batches]
        return lambda epochs: [run(batches) for _ in range(epochs)] and None

    def jax(self) -> Callable[[int], Any]:
        import jax

        run, _ = libraries.with_jax(self.layers(), self.names, RATE)
        batches = [(jax.numpy.asarray(X), jax.numpy.asarray(Y)) for X, Y in self.batches]
        run(batches[:1])
        return lambda epochs: [run(batches) for _ in range(epochs)] and None

    def sklearn(self) -> Callable[[int], Any]:
        net = libraries.sklearn_network(self.names, self.made.SIZES, self.case.size, RATE)
        labels = self.Y.argmax(axis=1)

        def run(epochs: int) -> None:
            net.max_iter = epochs
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                net.fit(self.X, labels)

        return run


def cpu(side: Callable[[int], Any], epochs: int) -> float:
    """Seconds of CPU time for an epoch."""
    before = process_time()
    side(epochs)
    return (process_time() - before) / epochs


def agree(sides: dict[str, Callable[[int], Any]], case: Case) -> None:
    """The sides that return parameters reach the same."""
    wanted = sides["emitted"](2)
    for name in ("tutorial", "loop", "column form"):
        if name in sides:
            error = np.abs(sides[name](2) - wanted).max() / np.abs(wanted).max()
            assert error < 1e-3, f"{case.name}: {name} differs by {error:.1e}"


def measured(case: Case, rounds: int, seconds: float) -> list[tuple[str, float, float, float, float]]:
    """(side, median ratio, p10, p90, bar); for the floor emitted / floor, else side / emitted."""
    sides = {n: side for n, side in Sides(case).all().items() if n in ("emitted", *case.bars)}
    agree(sides, case)
    epochs = {n: max(1, min(2000, int(seconds / max(1e-6, cpu(side, 1))))) for n, side in sides.items()}
    times: dict[str, list[float]] = {n: [] for n in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            times[name].append(cpu(side, epochs[name]))
    rows = []
    for name in (n for n in sides if n != "emitted"):
        pairs = zip(times["emitted"], times[name], strict=True)
        found = sorted(e / t if name == "floor" else t / e for e, t in pairs)
        low, high = found[len(found) // 10], found[-1 - len(found) // 10]
        rows.append((name, statistics.median(found), low, high, case.bars[name]))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="*", help="words of their names; all by default")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--seconds", type=float, default=0.1, help="CPU time of a side in a round")
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print("| case | against | ratio, median | p10 to p90 | bar | |")
    print("|---|---|---|---|---|---|")
    for case in CASES:
        if arguments.cases and not any(word in case.name for word in arguments.cases):
            continue
        for name, ratio, low, high, bar in measured(case, arguments.rounds, arguments.seconds):
            told, met = ("emitted / floor", ratio <= bar) if name == "floor" else (f"{name} / emitted", ratio >= bar)
            sign = "<=" if name == "floor" else ">="
            line = f"{ratio:.2f} | {low:.2f} to {high:.2f} | {sign} {bar:g} | {'met' if met else 'not met'}"
            print(f"| {case.name} | {told} | {line} |", flush=True)


if __name__ == "__main__":
    main()
