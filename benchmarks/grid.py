"""The grid: ``python benchmarks/grid.py [pairs|product] [FIRST [LAST]]`` (numbers of networks, or of groups of five).

``product``: every last activation with every cost that fits and every penalty; derived with every line checked, the
emitted gradient proved against the definitions and against differences of the emitted cost, the notes read back and
compiled.  What does not depend on the penalty is checked and read once for the five.  ``pairs``: networks in which
every pair of values of inner activation, last activation, cost, penalty and optimiser occurs; the gradient proved, one
step of the optimiser taken.  Prints a line for each and the largest errors; exit 1 if one fails.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from derive.derivation.chapter import derive_chapter  # noqa: E402 - the tests' folder is no package
from derive.errors import DeriveError  # noqa: E402
from derive.spec import NetworkSpec  # noqa: E402
from tests.codegen.emitted import CODE_SECTIONS  # noqa: E402
from tests.grid import Errors, Reader, checked_beside, full, gradients, page, pairwise, trained  # noqa: E402
from tests.notes.test_latex import together  # noqa: E402

A_DOCUMENT = 40
"""Notes that are compiled together."""


@dataclass
class Outcome:
    """What was found so far; notes wait here to be compiled together."""

    networks: int = 0
    lines: int = 0
    failed: list[str] = field(default_factory=list)
    worst: Errors = field(default_factory=lambda: Errors(0.0, 0.0))
    waiting: list[str] = field(default_factory=list)

    def tell(self, spec: NetworkSpec, errors: Errors, unread: Iterable[str] = ()) -> None:
        """One network, on a line."""
        self.networks += 1
        told = f"{spec.name}, {spec.penalty.text if spec.penalty else 'no penalty'}"
        failure = [*unread][:2] or ("" if errors.hold else "the gradient is wrong")
        self.failed += [told] if failure else []
        self.worst = Errors(*map(max, zip(_numbers(self.worst), _numbers(errors), strict=True)))
        print(f"{told:<80} {errors.complex_step:.1e} {errors.differences:.1e} {failure or 'holds'}", flush=True)

    def compile(self, least: int = 1) -> None:
        """The waiting notes in one document, if there are so many."""
        if len(self.waiting) >= least and not compiles(self.waiting):
            self.failed.append("notes that do not compile")
            print("FAILS: these notes do not compile", flush=True)
        if len(self.waiting) >= least:
            self.waiting.clear()


def _numbers(errors: Errors) -> tuple[float, float]:
    return errors.complex_step, errors.differences


def compiles(fragments: list[str]) -> bool:
    """Whether pdflatex accepts the notes."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "notes.tex").write_text(together(fragments), encoding="utf-8")
        command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "notes.tex"]
        return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0


def product_of_all(first: int, last: int | None, out: Outcome) -> None:
    """The networks of the product, five at a time."""
    for specs in islice(full(), first, last):
        reader = Reader(by_setting=True)
        plain = derive_chapter(specs[0])
        for spec in specs:
            chapter = plain if spec is specs[0] else checked_beside(derive_chapter(spec, checked=()), plain)
            told = page(chapter, spec, reader)
            out.lines += told.lines
            out.waiting.append(told.fragment)
            out.tell(spec, gradients(chapter, spec), told.unread)
        out.compile(A_DOCUMENT)
    out.compile()


def pairs_of_all(first: int, last: int | None, out: Outcome) -> None:
    """The networks in which every pair of values occurs."""
    for spec in pairwise()[first:last]:
        chapter = derive_chapter(spec, checked=CODE_SECTIONS)
        out.tell(
            spec, gradients(chapter, spec), () if trained(chapter, spec) else ("a step of the optimiser is wrong",)
        )


def main(arguments: list[str]) -> int:
    """Try the networks; the exit code."""
    kinds = {"product": product_of_all, "pairs": pairs_of_all}
    wanted = [a for a in arguments if a in kinds] or [*kinds]
    bounds = [int(a) for a in arguments if a not in kinds]
    out, start = Outcome(), time.process_time()
    try:
        for kind in wanted:
            kinds[kind](bounds[0] if bounds else 0, bounds[1] if len(bounds) > 1 else None, out)
    except DeriveError as error:
        out.failed.append(str(error))
    print(f"{out.networks} networks, {out.lines} lines read, {time.process_time() - start:.0f} s; failed: {out.failed}")
    print(f"largest errors: {out.worst.complex_step:.1e} (definitions), {out.worst.differences:.1e} (differences)")
    return 1 if out.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
