"""The grid of activations, last activations, costs, penalties and optimisers: the networks and their proofs."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations

import numpy as np

from derive.checking import check_text
from derive.codegen import code, gradcheck
from derive.data.activations import ACTIVATIONS
from derive.data.optimisers import OPTIMISERS
from derive.derivation.checked import Networks, check_section
from derive.derivation.steps import Chapter, Derivation, Section
from derive.notes import notes
from derive.spec import NetworkSpec, PenaltySpec
from tests.codegen.emitted import PENALTIES, alive, fitting, near, run

COMPLEX_STEP, DIFFERENCES = 1e-10, 1e-7
"""Bounds: against derivatives of the definitions, and against differences of the emitted cost."""


@dataclass(frozen=True)
class Errors:
    """Of emitted gradients, relative to the largest entry: against the definitions, against differences of the cost."""

    complex_step: float
    differences: float

    @property
    def hold(self) -> bool:
        """Whether both are within their bounds."""
        return self.complex_step <= COMPLEX_STEP and self.differences <= DIFFERENCES


@dataclass(frozen=True)
class Page:
    """``fragment``: notes, to be compiled; ``unread``: their lines that are not read back as right, of so many."""

    fragment: str
    unread: tuple[str, ...]
    lines: int


def gradients(chapter: Chapter, spec: NetworkSpec, seed: int = 3) -> Errors:
    """Both proofs of the emitted gradients."""
    return Errors(gradcheck(chapter, spec, seed=seed).worst, by_differences(code(chapter, spec)))


def checked_beside(chapter: Chapter, beside: Chapter) -> Chapter:
    """A chapter that was not checked, checked; what another has and is the same there was checked with that."""
    others = {s.key: s for s in beside.sections}
    same = {key for key, s in others.items() if any(_bare(s) == _bare(own) for own in chapter.sections)}
    networks = Networks()
    own = (others[s.key] if s.key in same else check_section(s, networks.checker(s)) for s in chapter.sections)
    return replace(chapter, sections=tuple(own))


def _bare(section: Section) -> Section:
    """Without the outcome of checks."""

    def bare(d: Derivation) -> Derivation:
        return replace(d, steps=tuple(replace(s, check=None) for s in d.steps), lemmas=tuple(map(bare, d.lemmas)))

    return replace(section, derivations=tuple(map(bare, section.derivations)))


def page(chapter: Chapter, spec: NetworkSpec, reader: Reader) -> Page:
    """The notes of a chapter, the lines that the reader has not seen read back."""
    fragment = notes(chapter, spec, format="fragment")
    verdicts = check_text(reader.fresh(fragment), "notes.tex", explain=False).verdicts
    unread = tuple(v.text() for v in verdicts if v.verdict not in ("right", "definition"))
    return Page(fragment, unread, len(verdicts))


class Reader:
    """Takes what was read before out of notes: a display is the same where its text is, and, ``by_setting``, where what
    the page says of its letters is the same too.  ``without``: settings with this text are left to other readers.
    """

    PARTS = re.compile(
        r"(?P<setting>(?:^% derive:[^\n]*\n)+)|(?P<display>\\begin\{align\*\}.*?\\end\{align\*\})",
        re.MULTILINE | re.DOTALL,
    )
    NUMBER = re.compile(r"\\(tag|label)\{.*?\}")

    def __init__(self, *, by_setting: bool, without: str = "") -> None:
        self.by_setting, self.without = by_setting, without
        self._seen: set[tuple[str, str]] = set()
        self._setting = ""

    def fresh(self, fragment: str) -> str:
        """The notes without the displays that were read."""
        return self.PARTS.sub(self._kept, fragment)

    def _kept(self, found: re.Match[str]) -> str:
        if found["setting"]:
            self._setting = found["setting"] if "fresh = true" in found["setting"] else self._setting + found["setting"]
            return found[0]
        key = (self._setting if self.by_setting else "", self.NUMBER.sub("", found["display"]))
        new = key not in self._seen and not (self.without and self.without in self._setting)
        self._seen.add(key)
        return found[0] if new else ""


def trained(chapter: Chapter, spec: NetworkSpec) -> bool:
    """Whether one step of the network's optimiser moves its parameters, to numbers."""
    made = run(code(chapter, spec))
    theta, (X, Y) = alive(made)
    (name,) = spec.optimisers
    options = {"epochs": 1, "batch_size": len(X), "learning_rate": 0.01, "optimiser": name, "verbose": False}
    found = made.train(theta, X, Y, **options)
    return bool(np.isfinite(found).all() and (found != theta).any())


def by_differences(source: str) -> float:
    """The largest error of the emitted gradients against differences of the emitted cost, beyond what these resolve."""
    made = run(source)
    theta, (X, Y) = alive(made)
    claims = made.gradient(theta, X, Y), made.input_gradient(theta, X, Y)
    resolved = 1e-12 * abs(made.cost(theta, X, Y))
    worst = 0.0
    for at, claimed in zip((theta, X), claims, strict=True):
        error = np.abs(near(lambda: made.cost(theta, X, Y), at, claimed)).max() - resolved
        worst = max(worst, float(error / (np.abs(claimed).max() or 1.0)))
    return worst


# ---------------------------------------------------------------- the networks

Row = tuple[tuple[str, ...], str, str, PenaltySpec | None, str]
"""Inner activations, last activation, cost, penalty, optimiser."""
PARTS = range(5)
MOST_INNER = 3
WIDTHS = (3, 4, 2, 5, 3)


def values(row: Row) -> list[tuple[object, ...]]:
    """The values of each factor in a row; only that of the inner activation has several."""
    inner, *others = row
    return [inner, *((value,) for value in others)]


def pairs(row: Row) -> set[tuple[int, object, int, object]]:
    """The pairs of values of two factors that a row has; of the activations, those in the layers that differ too."""
    by_factor = values(row)
    return {(i, x, j, y) for i, j in combinations(PARTS, 2) for x in by_factor[i] for y in by_factor[j]}


def possible() -> set[tuple[int, object, int, object]]:
    """Every pair of values of two factors that some network has."""
    rows = (
        (tuple(ACTIVATIONS.names), last, cost, p, o)
        for last, cost in fitting()
        for p in PENALTIES
        for o in OPTIMISERS.names
    )
    return set().union(*map(pairs, rows))


@cache
def pairwise() -> tuple[NetworkSpec, ...]:
    """Every last activation with every cost that fits, and a few networks more, so that each pair of values of two
    factors (inner activation, last activation, cost, penalty, optimiser) stands in one of them.
    """
    rows, missing = [], possible()
    costs, lasts = (Counter(pair[i] for pair in fitting()) for i in (0, 1))
    for last, cost in fitting():
        count = math.ceil(len(ACTIVATIONS) / min(costs[last], lasts[cost]))
        rows.append(_best(last, cost, min(count, MOST_INNER), missing))
        missing -= pairs(rows[-1])
    while missing:
        near_to = [_best(last, cost, MOST_INNER, missing) for last, cost in fitting()]
        rows.append(max(near_to, key=lambda row: len(pairs(row) & missing)))
        missing -= pairs(rows[-1])
    return tuple(_network(i, row) for i, row in enumerate(rows))


def _best(last: str, cost: str, count: int, missing: set[tuple[int, object, int, object]]) -> Row:
    """One factor after the other, each value the one with which most pairs are new."""
    row: Row = ((), last, cost, None, "")

    def chosen(made: list[Row]) -> Row:
        return max(made, key=lambda r: len(pairs(r) & missing))

    for _ in range(count):
        row = chosen([((*row[0], name), *row[1:]) for name in ACTIVATIONS.names if name not in row[0]])
    row = chosen([(*row[:3], p, row[4]) for p in PENALTIES])
    return chosen([(*row[:4], name) for name in OPTIMISERS.names])


def _network(i: int, row: Row) -> NetworkSpec:
    inner, last, cost, penalty, optimiser = row
    turn = i % len(WIDTHS)
    widths = (*WIDTHS[turn:], *WIDTHS[:turn])[: len(inner) + 2]
    return NetworkSpec(f"{', '.join(inner)}; {last}, {cost}", widths, (*inner, last), cost, penalty, (optimiser,))


def covering() -> list[NetworkSpec]:
    """Few networks in which every last activation, inner activation, cost and penalty occurs."""
    used: Counter[str] = Counter()
    chosen: list[tuple[str, str]] = []
    for last in sorted(ACTIVATIONS.names, key=lambda last: sum(a == last for a, _ in fitting())):
        costs = [c for a, c in fitting() if a == last]
        chosen.append((last, min(costs, key=lambda c: (used[c], sum(b == c for _, b in fitting())))))
        used[chosen[-1][1]] += 1
    chosen += [next(pair for pair in fitting() if pair[1] == cost) for _, cost in fitting() if not used[cost]]
    inner = [ACTIVATIONS.names[(7 * i + 3) % len(ACTIVATIONS)] for i in range(len(chosen))]
    pairs_of = enumerate(zip(inner, dict.fromkeys(chosen), strict=False))
    return [
        _network(i, ((name,), last, cost, PENALTIES[i % len(PENALTIES)], "sgd")) for i, (name, (last, cost)) in pairs_of
    ]


def full() -> Iterator[list[NetworkSpec]]:
    """Every pair of last activation and cost that fits, with every penalty; the inner activation changes in turn."""
    for i, (last, cost) in enumerate(fitting()):
        inner = ACTIVATIONS.names[(7 * i + 3) % len(ACTIVATIONS)]
        yield [_network(i, ((inner,), last, cost, penalty, "sgd")) for penalty in PENALTIES]
