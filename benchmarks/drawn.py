"""Networks drawn at random, many: ``python benchmarks/drawn.py [FIRST [LAST]]`` (seeds; by default 0 to 200).

Of each the emitted ``gradient`` and every epoch of ``train`` (two optimisers, whole batches and minibatches, both
dtypes) are compared with plain float64 training from the definitions.  Prints a line for each; exit 1 if one differs.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.codegen.training.drawn import drawn  # noqa: E402 - the tests' folder is no package
from tests.codegen.training.test_drawn import BOUNDS, tried  # noqa: E402


def main(first: int, last: int) -> int:
    """Try the networks; the exit code."""
    failed = []
    for seed in range(first, last):
        spec = drawn(seed)
        for dtype, bound in BOUNDS.items():
            what, worst = max(tried(spec, dtype), key=lambda pair: pair[1])
            if not worst <= bound:
                failed.append(seed)
            told = f"{spec.text}, {spec.cost}, {spec.optimisers[-1]}, {dtype}"
            print(f"{seed:4} {worst:.1e} {'FAILS' if not worst <= bound else 'holds'}  {told} ({what})", flush=True)
    print(f"{last - first} networks, failed: {sorted(set(failed)) or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    bounds = [int(a) for a in sys.argv[1:3]]
    sys.exit(main(bounds[0] if bounds else 0, bounds[1] if len(bounds) > 1 else 200))
