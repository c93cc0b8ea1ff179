"""Training code of many networks: ``python benchmarks/drawn.py [drawn|pairs] [FIRST [LAST]]`` (numbers of networks).

``drawn``: architectures drawn at random, by seed (200 unless told otherwise).  ``pairs``: networks in which every pair
of values of inner activation, last activation, cost, penalty and optimiser occurs.  Of each the emitted ``gradient``
and every epoch of ``train`` (all optimisers of the file, whole batches and minibatches, both dtypes) are compared with
plain float64 training from the definitions, and ``train`` in both styles with each other.  Prints a line for each;
exit 1 if one differs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from derive.spec import NetworkSpec  # noqa: E402 - the tests' folder is no package
from tests.codegen.training.drawn import drawn  # noqa: E402
from tests.codegen.training.test_drawn import BOUNDS, both_styles, tried  # noqa: E402
from tests.grid import pairwise  # noqa: E402


def of_kind(kind: str, bounds: list[int]) -> Iterable[NetworkSpec]:
    """The networks of a kind, from the first to before the last."""
    first = bounds[0] if bounds else 0
    if kind == "drawn":
        return map(drawn, range(first, bounds[1] if len(bounds) > 1 else 200))
    return pairwise()[first : bounds[1] if len(bounds) > 1 else None]


def main(arguments: list[str]) -> int:
    """Try the networks; the exit code."""
    kinds = [a for a in arguments if a in ("drawn", "pairs")] or ["drawn", "pairs"]
    bounds = [int(a) for a in arguments if a not in kinds]
    count, failed = 0, []
    for spec in (spec for kind in kinds for spec in of_kind(kind, bounds)):
        count += 1
        for dtype, bound in BOUNDS.items():
            found = tried(spec, dtype) + (both_styles(spec) if dtype == "float64" else [])
            what, worst = max(found, key=lambda pair: pair[1])
            failed += [spec.name] if not worst <= bound else []
            told = f"{spec.text}, {spec.cost}, {spec.optimisers[-1]}, {dtype}"
            told += f", dropout {spec.dropout}" if spec.dropout else ""
            print(f"{count:4} {worst:.1e} {'FAILS' if not worst <= bound else 'holds'}  {told} ({what})", flush=True)
    print(f"{count} networks, failed: {failed or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
