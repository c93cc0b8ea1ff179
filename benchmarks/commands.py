"""How long the commands take, as a multiple of ``python -c "import sympy"``.

Whole processes, one after the other in turn (command, yardstick, command, yardstick, ...), CPU time of the process and
its children; printed: the median of the pairwise ratios with the 10th and 90th percentile, and the figure aimed at.
Both sides run from byte code, as installed packages do, whatever the environment says about writing it.

    python benchmarks/commands.py [--rounds 11]
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile

YARDSTICK = [sys.executable, "-c", "import sympy"]
DERIVE = [sys.executable, "-m", "derive"]
HUNDRED_LAYERS = "-".join(["8", *["8:tanh"] * 99, "4:softmax"])
COMMANDS: dict[str, tuple[list[str], float]] = {
    "derive --help": (["--help"], 1 / 3),
    "derive notes two-node": (["notes", "two-node"], 3),
    "derive notes general": (["notes", "general"], 3),
    "derive code, 100 layers": (["code", HUNDRED_LAYERS], 5),
}


def cpu_seconds(command: list[str], byte_code: str) -> float:
    """User and system time of one run; ``byte_code``: the folder for it."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = byte_code
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)


def ratios(arguments: list[str], rounds: int) -> list[float]:
    """Command over yardstick, pair by pair, after one warm-up of each."""
    command = DERIVE + arguments
    with tempfile.TemporaryDirectory() as byte_code:
        cpu_seconds(command, byte_code), cpu_seconds(YARDSTICK, byte_code)
        return sorted(cpu_seconds(command, byte_code) / cpu_seconds(YARDSTICK, byte_code) for _ in range(rounds))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=11)
    rounds = parser.parse_args().rounds
    print(f"| command | x `import sympy`, median of {rounds} | p10 to p90 | aim |")
    print("|---|---|---|---|")
    for name, (arguments, aim) in COMMANDS.items():
        found = ratios(arguments, rounds)
        low, high = found[len(found) // 10], found[-1 - len(found) // 10]
        print(f"| `{name}` | {statistics.median(found):.2f} | {low:.2f} to {high:.2f} | <= {aim:.2f} |")


if __name__ == "__main__":
    main()
