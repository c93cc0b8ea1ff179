"""Every last activation with every cost that fits: ``python benchmarks/grid.py [FIRST [LAST]]`` (numbers of networks).

Each network is derived with every line checked, its emitted gradient proved against the definitions and against
differences of the emitted cost, its notes read back and compiled.  Prints a line for each and a table; exit 1 if one
fails.  The penalties and the inner activations change from network to network.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from derive.errors import DeriveError  # noqa: E402 - the tests' folder is no package
from derive.spec import NetworkSpec  # noqa: E402
from tests.grid import full, proved  # noqa: E402
from tests.notes.test_latex import together  # noqa: E402


def main(first: int, last: int | None) -> int:
    """Try the networks; the exit code."""
    failed, start, worst = [], time.perf_counter(), [0.0, 0.0]
    networks = full()[first:last]
    for spec in networks:
        try:
            failure, errors = tried(spec)
        except DeriveError as error:
            failure, errors = str(error), (0.0, 0.0)
        worst = [max(pair) for pair in zip(worst, errors, strict=True)]
        failed += [spec.name] if failure else []
        print(f"{spec.name:<55} {errors[0]:.1e} {errors[1]:.1e} {failure or 'holds'}", flush=True)
    print(f"{len(networks)} networks, {len(failed)} failed, {time.perf_counter() - start:.0f} s")
    print(f"largest errors: {worst[0]:.1e} against the definitions, {worst[1]:.1e} against differences")
    return 1 if failed else 0


def tried(spec: NetworkSpec) -> tuple[str, tuple[float, float]]:
    """What fails of one network (nothing: an empty text), and its two errors."""
    found = proved(spec)
    failure = "" if found.holds else f"FAILS {list(found.unread[:2])}"
    failure = failure or ("" if compiles(found.fragment) else "FAILS: the notes do not compile")
    return failure, (found.complex_step, found.differences)


def compiles(fragment: str) -> bool:
    """Whether pdflatex accepts the notes."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "notes.tex").write_text(together([fragment]), encoding="utf-8")
        command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "notes.tex"]
        return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    bounds = [int(a) for a in sys.argv[1:3]]
    sys.exit(main(bounds[0] if bounds else 0, bounds[1] if len(bounds) > 1 else None))
