"""Every last activation with every cost that fits: the networks and their proofs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from derive.checking import check_text
from derive.codegen import code, gradcheck
from derive.data.activations import ACTIVATIONS
from derive.derivation.chapter import derive_chapter
from derive.notes import notes
from derive.spec import NetworkSpec
from tests.codegen.emitted import PENALTIES, alive, fitting, near, run

COMPLEX_STEP, DIFFERENCES = 1e-10, 1e-7
"""Bounds: against derivatives of the definitions, and against differences of the emitted cost."""


@dataclass(frozen=True)
class Outcome:
    """What was proved of one network; its chapter was derived, every line checked.

    ``complex_step``: largest relative error of the emitted gradient against the definitions; ``differences``: against
    differences of the emitted cost; ``unread``: lines of the notes that are not read back as right; ``fragment``: the
    notes, to be compiled.
    """

    complex_step: float
    differences: float
    lines: int
    unread: tuple[str, ...]
    fragment: str

    @property
    def holds(self) -> bool:
        """Whether everything is within its bound."""
        return self.complex_step <= COMPLEX_STEP and self.differences <= DIFFERENCES and not self.unread


def proved(spec: NetworkSpec, seed: int = 3) -> Outcome:
    """One network through everything but the compiler of its notes.

    Raises:
        CheckFailed: a derived line is not true.
    """
    chapter = derive_chapter(spec)
    fragment = notes(chapter, spec, format="fragment")
    verdicts = check_text(fragment, "notes.tex").verdicts
    unread = tuple(v.text() for v in verdicts if v.verdict not in ("right", "definition"))
    by_definition = gradcheck(chapter, spec, seed=seed).worst
    return Outcome(by_definition, by_differences(code(chapter, spec)), len(verdicts), unread, fragment)


def by_differences(source: str) -> float:
    """The largest error of the emitted gradients against differences of the emitted cost, beyond what these resolve."""
    made = run(source)
    theta, (X, Y) = alive(made)
    claims = made.gradient(theta, X, Y), made.input_gradient(theta, X, Y)
    resolved = 1e-12 * abs(made.cost(theta, X, Y))
    worst = 0.0
    for at, claimed in zip((theta, X), claims, strict=True):
        error = np.abs(near(lambda: made.cost(theta, X, Y), at, claimed)).max() - resolved
        worst = max(worst, float(error / np.abs(claimed).max()))
    return worst


# ---------------------------------------------------------------- the networks


def full() -> list[NetworkSpec]:
    """Every pair that fits, once; the inner activation and the penalty change from pair to pair."""
    return [_network(i, last, cost) for i, (last, cost) in enumerate(fitting())]


def covering() -> list[NetworkSpec]:
    """Few networks in which every last activation, inner activation, cost and penalty occurs."""
    used: Counter[str] = Counter()
    chosen: list[tuple[str, str]] = []
    rarest = sorted(ACTIVATIONS.names, key=lambda last: sum(a == last for a, _ in fitting()))
    for last in rarest:
        costs = [c for a, c in fitting() if a == last]
        chosen.append((last, min(costs, key=lambda c: (used[c], sum(b == c for _, b in fitting())))))
        used[chosen[-1][1]] += 1
    chosen += [next(pair for pair in fitting() if pair[1] == cost) for _, cost in fitting() if not used[cost]]
    return [_network(i, last, cost) for i, (last, cost) in enumerate(dict.fromkeys(chosen))]


def _network(i: int, last: str, cost: str) -> NetworkSpec:
    inner = ACTIVATIONS.names[(7 * i + 3) % len(ACTIVATIONS)]
    widths = ((3, 4, 2), (2, 3, 3), (4, 2, 3))[i % 3]
    return NetworkSpec(f"{inner}, {last}, {cost}", widths, (inner, last), cost, PENALTIES[i % len(PENALTIES)])
