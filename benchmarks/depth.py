"""How the time of a derivation grows with the number of layers: chains and dense nets of 1 to 1,000 layers.

CPU time of this process without the numeric checks (they are made on a bounded number of small networks) and with them;
median of three runs in turn.

    python benchmarks/depth.py
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from derive.derivation.chapter import derive_chapter
from derive.derivation.engine import Engine
from derive.model.build import Form, network_model
from derive.spec import NetworkSpec, parse_network

DEPTHS = (1, 3, 10, 30, 100, 300, 1000)
SHAPES = {"chain": "1", "dense": "4"}
RUNS = 3


def spec(width: str, depth: int) -> NetworkSpec:
    """``depth`` layers, sigmoid and tanh in turn, so that the layers of one kind are not neighbours."""
    layers = [f"{width}:{'sigmoid' if l % 2 else 'tanh'}" for l in range(depth)]
    return parse_network("-".join([width, *layers]), cost="half-squared-error")


def derive(network: NetworkSpec) -> None:
    """Every adjoint by the one rule, nothing checked."""
    form = Form(units=network.widths is None or set(network.widths) != {1})
    engine = Engine(network_model(network, form))
    for name in ("z", "w", "b", "x"):
        engine.adjoint(name)


def seconds(work: Callable[[NetworkSpec], object], network: NetworkSpec) -> float:
    times = []
    for _ in range(RUNS):
        start = time.process_time()
        work(network)
        times.append(time.process_time() - start)
    return statistics.median(times)


def main() -> None:
    print("| network | layers | derivation, ms | chapter with all checks, ms |")
    print("|---|---|---|---|")
    for name, width in SHAPES.items():
        for depth in DEPTHS:
            network = spec(width, depth)
            bare, checked = seconds(derive, network), seconds(derive_chapter, network)
            print(f"| {name} | {depth} | {1e3 * bare:.1f} | {1e3 * checked:.0f} |")


if __name__ == "__main__":
    main()
