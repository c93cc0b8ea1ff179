"""What the notes of random networks print must read back right: ``python benchmarks/check_round_trip.py``.

    python benchmarks/check_round_trip.py [--networks 100] [--skip 0] [--seed 0] [--seconds 900]

Networks of one to four layers, random widths, activations and penalties; every equation of their notes is judged.
Prints every equation that is neither right nor a definition, and the counts; exit 1 if there is one.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter

from derive import pipeline
from derive.checking import check_text
from derive.data.activations import ACTIVATIONS

GOOD = ("right", "definition")
NAMES = [a.name for a in ACTIVATIONS]
LAST = ("identity", "sigmoid", "softmax", "tanh")
"""Activations of the last layer, for which there is a default cost."""


def random_network(rng: random.Random) -> tuple[str, str | None]:
    """A compact string and a penalty or none."""
    layers = rng.choice((1, 2, 2, 3, 4))
    widths = [rng.randrange(2, 9) for _ in range(layers + 1)]
    inner = [f"{w}:{rng.choice(NAMES)}" for w in widths[1:-1]]
    penalty = rng.choice((None, None, "l2=0.01", "l1=0.01,l2=0.02"))
    return "-".join([str(widths[0]), *inner, f"{widths[-1]}:{rng.choice(LAST)}"]), penalty


def main() -> int:
    """Run and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("networks", 100), ("skip", 0), ("seed", 0), ("seconds", 900)):
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    said: Counter[str] = Counter()
    start, done, bad = time.perf_counter(), 0, 0
    for _ in range(options.skip):
        random_network(rng)
    while done < options.networks and time.perf_counter() - start < options.seconds:
        text, penalty = random_network(rng)
        report = check_text(pipeline.network(text, penalty=penalty).notes(), "notes.tex", explain=False)
        said.update(v.verdict for v in report.verdicts)
        done += 1
        for v in report.verdicts:
            if v.verdict not in GOOD:
                bad += 1
                print(f"{text} {penalty}: {v.text()}\n    {v.latex[:300]}", flush=True)
        if done % 10 == 0:
            print(f"  {done} networks after {time.perf_counter() - start:.0f} s: {dict(said)}", flush=True)
    print(f"{done} networks, {sum(said.values())} equations: {dict(said)}; {bad} not read back right")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
