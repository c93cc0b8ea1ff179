"""The right equation as the engine derives it: compared with the definition, put into the author's letters."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice, permutations
from typing import TYPE_CHECKING

from derive.algebra.substitute import put
from derive.algebra.tree import COLON, Binder, Expr, Fn, Hadamard, Ref, Sum, Sym
from derive.checking.deriving import Answer, Answers
from derive.checking.judging.comparing import Comparison
from derive.checking.judging.places import Places
from derive.checking.judging.readings import next_value, prepared, tables
from derive.checking.reading import Misread, Reading, Undecided, Written, letter_ends, read, read_by_units
from derive.checking.verdicts import Judgement
from derive.errors import DeriveError
from derive.notation.marks import EXAMPLE
from derive.notation.shapes import NUMBER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from derive.checking.judging import Judge
    from derive.notation.reading import Condition, Range
    from derive.notation.symbols import SymbolTable

SECONDS = 1.5
"""How long a search for letters may take."""

MOST = 12
"""So many choices of letters are tried for one answer."""


@dataclass
class Derived:
    """Derives in one setting; every answer is compared with the definition before anyone sees it.

    ``faults``: answers that are not true, which are faults of derive.
    """

    judge: Judge
    fusing: bool = True
    faults: list[str] = field(default_factory=list)
    _compared: set[Expr] = field(default_factory=set)
    _known: dict[tuple[Expr, Expr], bool] = field(default_factory=dict)

    @cached_property
    def answers(self) -> Answers:
        return Answers(self.judge.understood, fusing=self.fusing)

    def about(self, w: Written, near: Expr | None = None) -> Iterator[Answer]:
        """True right sides for the first member of an equation, the one nearest to ``near`` first."""
        for left in dict.fromkeys(self._lefts(w)):
            for answer in self.answers.to(left, near):
                if self._holds(answer):
                    yield answer

    def fault(self, w: Written) -> str:
        """What is derived for the first member of an equation and is not true: a fault of derive; else nothing."""
        before = len(self.faults)
        for left in dict.fromkeys(self._lefts(w)):
            if left not in self._compared:
                self._compared.add(left)
                for answer in self.answers.to(left, ways=1):
                    self._holds(answer)
        return "; ".join(self.faults[before:])

    def _lefts(self, w: Written) -> Iterator[Expr]:
        """The first member in every reading."""
        alone = replace(w, members=w.members[:1], relations=(), conditions=())
        for table in tables(alone, self.judge.understood):
            try:
                for r in self._readings(alone, table):
                    yield next_value(r.members[0], table) if self._is_updated(w, r.members[0]) else r.members[0]
            except (Misread, Undecided):
                continue

    def _is_updated(self, w: Written, left: Expr) -> bool:
        """Whether the equation says what becomes of a parameter."""
        if not isinstance(left, Ref) or left.name not in self.judge.updated or left.name in self.judge.defined:
            return False
        return left.time is None and w.relations[:1] in [("<-",), (":=",), ("->",), ("=",)]

    def _readings(self, w: Written, table: SymbolTable) -> list[Reading]:
        page = self.judge.understood.page
        found = [read(w, table)] if page is None else [r for _, r in read_by_units(w, table, page)]
        return [prepared(r, table, self.judge.updated) for r in found]

    # ------------------------------------------------------------ the definition decides

    def _holds(self, a: Answer) -> bool:
        """Whether an answer agrees with the definition; that it does not is remembered as a fault of ours."""
        key = (a.left, a.right)
        if key not in self._known:
            found = self._judged(a)
            self._known[key] = found.verdict == "right"
            if found.verdict == "wrong" and found.counterexample is not None:
                self.faults.append(f"what is derived for {a.left} is not what the definition gives: {a.right}: "
                                   f"{found.counterexample}")  # fmt: skip
        return self._known[key]

    def _judged(self, a: Answer) -> Judgement:
        conditions: tuple[Range | Condition, ...] = (a.within,) if a.within is not None else ()
        try:
            ends = letter_ends((a.left, a.right), self.judge.understood.table)
            reading = Reading((a.left, a.right), ("=",), (NUMBER, NUMBER), ends, conditions)
            places = Places(reading, self.judge.understood.model)
            comparison = Comparison(reading, places, self.judge.worlds, self.judge.understood, None)
            return self.judge.compared(comparison, exact=self.judge.worlds.can_be_exact)
        except (DeriveError, Undecided) as why:
            return Judgement("cannot_tell", str(why))


# ---------------------------------------------------------------- letters


@dataclass(frozen=True)
class Letters:
    """The letters that an author binds: ``units`` for units, ``examples`` for examples; the nearest first."""

    units: tuple[Sym, ...]
    examples: tuple[Sym, ...]

    def put_into(self, e: Expr) -> Iterator[Expr]:
        """The expression with the letters of its sums replaced by the author's, in several ways."""
        e = _arranged(e)
        sums = list(dict.fromkeys((n.index, _of_examples(n)) for n in e.walk() if isinstance(n, Binder)))
        free = e.symbols
        units = [s for s in self.units if s not in free]
        examples = [s for s in self.examples if s not in free]
        of_units = [s for s, own in sums if not own]
        of_examples = [s for s, own in sums if own and s not in self.examples]
        if len(of_units) > len(units) or len(of_examples) > len(examples):
            yield e
            return
        end = time.process_time() + SECONDS
        for chosen in islice(permutations(units, len(of_units)), MOST):
            names = dict(zip(of_units, chosen, strict=True)) | dict(zip(of_examples, examples, strict=False))
            if time.process_time() < end:
                yield _named(e, names)


def letters_of(nearest: Iterable[Expr]) -> Letters:
    """The letters of the entries and sums of expressions, those first that a sum binds."""
    bound: dict[Sym, None] = {}
    entries: dict[Sym, None] = {}
    for e in nearest:
        for n in e.walk():
            if isinstance(n, Binder) and isinstance(n, Sum):
                bound.setdefault(n.index)
            if isinstance(n, Ref):
                entries.update(dict.fromkeys(x for x in n.entries or () if isinstance(x, Sym) and x != COLON))
    every = [s for s in dict.fromkeys([*bound, *entries]) if s != EXAMPLE]
    examples = tuple(s for s in every if s.name.startswith(f"{EXAMPLE.name} "))
    return Letters(tuple(s for s in every if s not in examples), examples)


def _of_examples(e: Binder) -> bool:
    return e.index.name.startswith(EXAMPLE.name)


def _named(e: Expr, names: dict[Sym, Sym]) -> Expr:
    made = e.map(lambda child: _named(child, names))
    if isinstance(made, Binder) and made.index in names:
        letter = names[made.index]
        body = put(made.body, {made.index: letter})
        return type(made)(body, letter, made.low, made.high)  # type: ignore[call-arg]
    return made


def _arranged(e: Expr) -> Expr:
    """``(W^T d) o f'(z)``: slopes stand last in elementwise products."""
    made = e.map(_arranged)
    if isinstance(made, Hadamard):
        return Hadamard(tuple(sorted(made.factors, key=lambda f: isinstance(f, Fn))))
    return made
