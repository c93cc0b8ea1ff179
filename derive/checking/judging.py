"""One equation against the forward pass by definition: every reading that the setting allows, every network, every layer."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from derive.algebra.match import match
from derive.algebra.tree import ONE, Binder, Compare, Expr, Num, Ref, Sym
from derive.checking.decimals import Decimals, decimals
from derive.checking.lowering import NeedsEntries, entry, has_chain, lowered
from derive.checking.places import OutOfRange, Places, range_text
from derive.checking.reading import Misread, Reading, Written, has_jacobian, letter_ends, read
from derive.checking.verdicts import Counterexample, Judgement
from derive.checking.worlds import Plan, Worlds
from derive.meaning import MeaningError, RangeError, Unsupported, World
from derive.notation.failures import ReadFailure, ShapeMismatch, UnknownSymbol
from derive.notation.reading import Condition, Range

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from derive.checking.places import At
    from derive.checking.understanding import Understood
    from derive.notation.symbols import SymbolTable

RIGHT, WRONG = 1e-10, 1e-6
"""A relative difference below the first is right, one above the second wrong; between them nothing is said."""

POINTS = 8
"""On so many numbers at least two sides must agree."""

SECONDS = 5.0
MOST_AXES = 7
MOST_NUMBER = 1000
ILL_TYPED = (
    "the terms of a sum", "the sides of an equation", "a matrix product", "an elementwise product", "the letter",
    "the range of the letter", "a product of numbers", "a fraction", "an exponent", "the diagonal", "an entry", "a comparison",
    "the values of the cases",
)  # fmt: skip
"""What makes an equation wrong whatever its letters are; other failures of typing are things not read yet."""

ORDERS = {"<=": 1.0, "<": 1.0, ">=": -1.0, ">": -1.0}
COMPARISONS = {"=": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


@dataclass
class Link:
    """What is known of one relation of a chain."""

    worst: float = 0.0
    points: int = 0
    failure: tuple[World, At, int] | None = None


@dataclass
class Tally:
    """What was seen while an equation was compared."""

    links: list[Link]
    places: dict[int, list[At]] = field(default_factory=dict)
    networks: int = 0
    skipped: str = ""


class Judge:
    """Judges the equations of a page in one setting."""

    def __init__(self, understood: Understood) -> None:
        self.understood = understood
        self.worlds = Worlds(understood)
        self.updated = {d.head.name for d in understood.updates}
        constants = (n.value for _, rhs in understood.givens for n in rhs.walk() if isinstance(n, Num))
        self.exact = frozenset(abs(v) for v in constants)

    def judge(self, w: Written) -> Judgement:
        """The verdict on one equation."""
        judgements: list[Judgement] = []
        ill: list[Judgement] = []
        seen: list[Reading] = []
        for said, table in self._tables(w):
            try:
                reading = read(w, table)
            except Misread as failure:
                found = _misread(failure)
                (ill if found.verdict == "wrong" else judgements).append(found)
                continue
            if reading in seen:
                continue
            seen.append(reading)
            found = self._reading(w, reading, table)
            judgements.append(replace(found, reason=found.reason or said))
            if not has_jacobian(reading, table) and said == "":
                break
        return _together(judgements, ill)

    def _tables(self, w: Written) -> list[tuple[str, SymbolTable]]:
        """The readings of the conventions that are left open, each with the line that would decide."""
        table = self.understood.table
        words = {t.text for t in w.tokens}
        out = [("", table)]
        if "jacobian" not in self.understood.setting.conventions and words & {r"\partial", "d", r"\nabla"}:
            other = replace(table, jacobian="denominator")
            out.append(("jacobian = 'denominator'", other))
        if words & table.elementwise:
            out += [(s or "*", replace(t, elementwise_binds="alike")) for s, t in list(out)]
        return out

    # ------------------------------------------------------------ one reading

    def _reading(self, w: Written, reading: Reading, table: SymbolTable) -> Judgement:
        try:
            reading = self._prepared(reading, table)
            _bounded(reading)
        except _Undecided as why:
            return Judgement("cannot_tell", str(why))
        if self._is_given(reading):
            return Judgement("definition")
        numbers = decimals(w, self.exact)
        exact = self.worlds.can_be_exact and numbers is None and not set(reading.relations) & set(ORDERS)
        try:
            return self._compared(reading, exact=exact, numbers=numbers)
        except _Undecided as why:
            return Judgement("cannot_tell", str(why))

    def _prepared(self, reading: Reading, table: SymbolTable) -> Reading:
        """Updates, schematic chains and entries written out."""
        members, relations = list(reading.members), list(reading.relations)
        for n, relation in enumerate(relations):
            if relation == "<-":
                members[n] = _next(members[n], table)
        for relation in relations:
            if relation in ("propto", "in", "->", "!="):
                raise _Undecided(f"the relation {relation} is not judged: only equations and inequalities are")
        self._known_updates(members)
        reading = replace(reading, members=tuple(members))
        if not any(has_chain(m) for m in members):
            return reading
        try:
            return replace(reading, members=tuple(lowered(m, table) for m in members))
        except NeedsEntries:
            return _entrywise(reading, table)

    def _known_updates(self, members: Sequence[Expr]) -> None:
        """A later value is known only of what has an update."""
        for node in (n for m in members for n in m.walk()):
            if isinstance(node, Ref) and node.time is not None and node.name not in self.updated:
                raise _Undecided(f"how {node.name.strip('$')} is updated is not known: add its update to given")

    def _is_given(self, reading: Reading) -> bool:
        """Whether this is a line of the setting, or says that one thing is itself."""
        if len(reading.members) != 2 or reading.relations[0] not in ("=", ":=", "<-"):
            return False
        left, right = reading.members
        if left == right:
            return True
        claim = Compare("==", _now(left), _now(right))
        for head, rhs in self.understood.givens:
            letters = frozenset(s for e in (head, rhs) for s in e.symbols if s != self.understood.model.last)
            if match(Compare("==", _now(head), _now(rhs)), claim, letters) is not None:
                return True
        return False

    # ------------------------------------------------------------ comparing

    def _compared(self, reading: Reading, *, exact: bool, numbers: Decimals | None) -> Judgement:
        """All sides on all networks.

        Raises:
            _Undecided: the sides have no values.
        """
        places = Places(reading, self.understood.model)
        try:
            tally = self._tally(reading, places, exact, numbers)
        except OutOfRange as where:
            return Judgement("wrong", f"the stated range goes too far: not every member exists at {where}", 1)
        except Unsupported as why:
            if exact:
                return self._compared(reading, exact=False, numbers=numbers)
            raise _Undecided(str(why)) from None
        except MeaningError as why:
            raise _Undecided(str(why)) from None
        return self._concluded(reading, places, tally, exact, numbers)

    def _tally(self, reading: Reading, places: Places, exact: bool, numbers: Decimals | None) -> Tally:
        tally = Tally([Link() for _ in reading.relations])
        start = time.monotonic()
        for world in self._networks(reading, places, exact=exact):
            here = list(places.on(world))
            tally.places.setdefault(world.depth, []).extend(here)
            tally.networks += bool(here)
            for at in here:
                try:
                    self._compare_at(reading, places, world, at, tally, numbers)
                except RangeError as why:
                    tally.skipped = str(why)
                if time.monotonic() - start > SECONDS:
                    raise _Undecided(f"comparing the sides takes more than {SECONDS:g} seconds")
        return tally

    def _networks(self, reading: Reading, places: Places, *, exact: bool) -> Iterator[World]:
        """The networks of the setting; where a condition stands behind the equation, those on which it holds."""
        conditions = [c for c in places.others if isinstance(c, Condition) and _is_equality(c)]
        if conditions:
            table = self.understood.table
            ends = [{**reading.letters, **letter_ends(c.members, table)} for c in conditions]
            pairs = [(c.members[0], c.members[1]) for c in conditions]
            given = [(x, y, _only(e, (x, y))) for (x, y), e in zip(pairs, ends, strict=True)]
            yield from self.worlds.under(given)
            return
        yield from self.worlds.all(exact=exact)
        if set(reading.relations) & set(ORDERS):
            yield from self.worlds.scaled()

    def _compare_at(
        self, reading: Reading, places: Places, world: World, at: At, tally: Tally, numbers: Decimals | None
    ) -> None:
        values = [self._value(m, reading, world, at) for m in reading.members]
        mask = self._mask(reading, places, world, at)
        for n, (x, y) in enumerate(pairwise(values)):
            link = tally.links[n]
            residual, points = _residual(world, x, y, mask, reading.relations[n])
            if residual > RIGHT and numbers is not None:
                residual = self._within(reading, n, world, at, numbers, residual)
            link.points += points
            if not residual <= link.worst:
                link.worst = residual
            if link.failure is None and residual > WRONG:
                link.failure = (world, at, n)

    def _value(self, e: Expr, reading: Reading, world: World, at: At) -> np.ndarray:
        free = tuple(reading.letters.items())
        return np.asarray(world.value(e, at, free, self.understood.updates))

    def _mask(self, reading: Reading, places: Places, world: World, at: At) -> np.ndarray | None:
        """Where the conditions behind the equation hold."""
        out = None
        for c in places.others:
            if isinstance(c, Range):
                if c.letter in reading.letters and (c.first == ONE or c.last == ONE):
                    continue
                raise _Undecided(f"the range of {c.letter.name} behind the equation is not understood")
            if _is_equality(c):
                continue
            if any(r not in COMPARISONS for r in c.relations):
                raise _Undecided("the condition behind the equation is not understood")
            for relation, x, y in zip(c.relations, c.members, c.members[1:], strict=False):
                holds = self._value(Compare(COMPARISONS[relation], x, y), reading, world, at) != 0
                out = holds if out is None else out & holds
        return out

    def _within(self, r: Reading, n: int, world: World, at: At, numbers: Decimals, residual: float) -> float:
        """Nought where the difference is that of printed digits."""

        def value(e: Expr) -> float:
            return float(np.asarray(self._value(e, r, world, at)).reshape(-1)[0])

        left, right = r.members[n], r.members[n + 1]
        values = [self._value(e, r, world, at) for e in (left, right)]
        if any(v.size != 1 for v in values):
            return residual
        slack = numbers.slack(left, r.relations[n - 1] if n else "=", value) + numbers.slack(
            right, r.relations[n], value
        )
        difference, largest = abs(value(left) - value(right)), max(abs(value(left)), abs(value(right)))
        if difference <= slack * (1 + 1e-9) + 1e-13 * largest:
            return 0.0
        return residual if difference > slack * 1.001 + WRONG * largest or not slack else (RIGHT * WRONG) ** 0.5

    # ------------------------------------------------------------ conclusions

    def _concluded(
        self, reading: Reading, places: Places, tally: Tally, exact: bool, numbers: Decimals | None
    ) -> Judgement:
        where = range_text(places.letters, tally.places) if any(tally.places.values()) else ""
        if not where and not any(tally.places.values()):
            return self._nowhere(places)
        said = f"{tally.networks} networks" + self._depths(tally)
        for n, link in enumerate(tally.links, start=1):
            if link.failure is not None and self._again(reading, link, numbers):
                return self._wrong(reading, n, link, where, said)
            if link.failure is not None or not link.worst <= RIGHT:
                return Judgement(
                    "cannot_tell", f"step {n}: the sides differ by {link.worst:.1e}, too little to tell", range=where
                )
            if not exact and numbers is None and link.points < POINTS and reading.letters:
                return Judgement("cannot_tell", "too few numbers to compare", range=where)
            if link.points == 0:
                return Judgement(
                    "cannot_tell", "there is nothing to compare: no values, or no case to which it applies"
                )
        return Judgement("right", range=where, networks=said)

    def _nowhere(self, places: Places) -> Judgement:
        named = [f"{name.strip('$')}" for name, _ in places.members]
        if places.letters or self.understood.model.last is None:
            return Judgement("wrong", f"no layer has all of {', '.join(dict.fromkeys(named))} as written (index)", 1)
        return Judgement("cannot_tell", "no network that was tried has all the layers named here")

    def _depths(self, tally: Tally) -> str:
        if self.understood.model.last is None:
            return ""
        depths = [d for d, places in tally.places.items() if places]
        return f", {self.understood.model.last.name} = {min(depths)}..{max(depths)}"

    def _again(self, reading: Reading, link: Link, numbers: Decimals | None) -> bool:
        """Whether the difference shows on another network of the same kind too; exact ones need no second look."""
        assert link.failure is not None
        world, at, n = link.failure
        if world.field.bound == 0 or numbers is not None:
            return True
        plan = next(p for p in self.worlds.plans() if (p.depth, p.widths) == (world.depth, world.widths))
        other = self.worlds.one(replace(plan, seed=plan.seed + 100), exact=False)
        values = [self._value(m, reading, other, at) for m in reading.members[n : n + 2]]
        return _residual(other, values[0], values[1], None, reading.relations[n])[0] > WRONG

    def _wrong(self, reading: Reading, step: int, link: Link, where: str, said: str) -> Judgement:
        assert link.failure is not None
        world, at, n = link.failure
        if world.field.bound == 0:
            plan = self._plan_of(world)
            world = self.worlds.one(plan, exact=False)
        found = self._counterexample(reading, n, world, at)
        return Judgement("wrong", _reason(reading, step), step, where, found, said)

    def _plan_of(self, world: World) -> Plan:
        return next(p for p in self.worlds.plans() if p.seed == world.seed)

    def _counterexample(self, reading: Reading, n: int, world: World, at: At) -> Counterexample | None:
        """The entry with the largest difference on a network of ordinary numbers."""
        try:
            x, y = (self._value(m, reading, world, at) for m in reading.members[n : n + 2])
        except MeaningError:
            return None
        x, y = _same_shape(x, y)
        difference = np.abs(np.nan_to_num(np.asarray(x - y), nan=0.0))
        place = np.unravel_index(int(np.argmax(difference)), difference.shape) if difference.size else ()
        names = [s.name for s in reading.letters] + ["row", "column"]
        indices = {s.name: v for s, v in at.items()}
        indices.update({name: int(i) + 1 for name, i in zip(names, place, strict=False)})
        sizes = {k: v for k, v in world.sizes.items() if isinstance(v, int)}
        layered = any(q.role == "size" for q in world.model.quantities.values())
        widths = world.widths if layered else ()
        return Counterexample(world.seed, widths, indices, float(np.real(x[place])), float(np.real(y[place])), sizes)


class _Undecided(Exception):
    """Why nothing can be said."""


def _misread(failure: Misread) -> Judgement:
    """A failure to read: wrong where shapes do not go together, else undecided."""
    found = failure.failure
    at = f" (column {found.place.column} of line {found.place.line})" if found.place else ""
    if (
        isinstance(found, ShapeMismatch)
        and found.problem.startswith(ILL_TYPED)
        and "nothing tells" not in found.problem
    ):
        return Judgement("wrong", f"shapes: {found.problem}", failure.step)
    if isinstance(found, UnknownSymbol):
        return Judgement("cannot_tell", f"{found.problem}{at}: add a line about it to given")
    return Judgement("cannot_tell", f"{found.problem}{at}")


def _together(judgements: Sequence[Judgement], ill: Sequence[Judgement]) -> Judgement:
    """Wrong only if every reading is wrong, right only if every well-typed one is."""
    if not judgements:
        return ill[0]
    words = {j.verdict for j in judgements}
    if len(words) == 1:
        return replace(judgements[0], reason=judgements[0].reason if words <= {"wrong", "cannot_tell"} else "")
    if words == {"right", "definition"}:
        return next(j for j in judgements if j.verdict == "right")
    undecided = next((j for j in judgements if j.verdict == "cannot_tell"), None)
    if undecided is not None:
        return undecided
    return Judgement(
        "cannot_tell", "right in one layout of the Jacobian, wrong in another: state jacobian in [conventions]"
    )


def _bounded(reading: Reading) -> None:
    """Refuse what would fill the memory.

    Raises:
        _Undecided: too many letters at once, or a sum to a huge number.
    """
    for member in reading.members:
        if _nesting(member) + len(reading.letters) > MOST_AXES:
            raise _Undecided(f"more than {MOST_AXES} letters at once")
        ends = [e for n in member.walk() if isinstance(n, Binder) for e in (n.low, n.high)]
        if any(isinstance(e, Num) and abs(e.value) > MOST_NUMBER for e in ends):
            raise _Undecided(f"a sum over more than {MOST_NUMBER} terms")


def _nesting(e: Expr) -> int:
    inner = max((_nesting(c) for c in e.children), default=0)
    return inner + isinstance(e, Binder)


def _next(e: Expr, table: SymbolTable) -> Expr:
    """The left side of an assignment: the value at the next iteration."""
    if not isinstance(e, Ref) or table.time is None:
        raise _Undecided("an assignment to something that is no symbol")
    from derive.algebra.tree import Add

    return Ref(e.name, e.slots, e.entries, Add((table.time, ONE)))


def _now(e: Expr) -> Expr:
    """The expression with the current iteration written as none."""
    if isinstance(e, Ref) and isinstance(e.time, Sym):
        return Ref(e.name, e.slots, e.entries)
    return e.map(_now)


def _entrywise(reading: Reading, table: SymbolTable) -> Reading:
    """The equation for one entry of its sides."""
    shape = next(s for s in reading.shapes if s)
    index = tuple(Sym(name) for name, _ in zip(("row", "column"), shape, strict=False))
    if len(shape) == 2 and shape[1] == ONE:
        index = index[:1]
    try:
        members = tuple(entry(m, index, table) for m in reading.members)
    except (NeedsEntries, ReadFailure):
        raise _Undecided("a chain of derivatives of this kind is not read: write the entries") from None
    letters = {**reading.letters, **dict(zip(index, shape, strict=False))}
    return replace(reading, members=members, letters=letters)


def _same_shape(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A number beside an array of one entry, or a nought beside an array."""
    if x.shape == y.shape:
        return x, y
    if x.size == y.size:
        return x.reshape(y.shape), y
    small, large = (x, y) if x.size < y.size else (y, x)
    lead = small.reshape(*small.shape, *(1,) * (large.ndim - small.ndim))
    spread = np.broadcast_to(lead, large.shape)
    return (spread, y) if x is small else (x, spread)


def _is_equality(c: Condition) -> bool:
    """Whether a condition is an equation between quantities, which numbers can be made to satisfy."""
    return c.relations == ("=",) and any(isinstance(n, Ref) for m in c.members for n in m.walk())


def _only(ends: Mapping[Sym, Expr], members: Sequence[Expr]) -> dict[Sym, Expr]:
    """The letters that occur."""
    used = {s for m in members for s in m.symbols}
    return {s: e for s, e in ends.items() if s in used}


def _residual(
    world: World, x: np.ndarray, y: np.ndarray, mask: np.ndarray | None, relation: str
) -> tuple[float, int]:
    """The largest relative difference where both sides have values, and on how many numbers."""
    x, y = _same_shape(x, y)
    if mask is not None:
        flags = np.broadcast_to(mask.reshape(*mask.shape, *(1,) * (x.ndim - mask.ndim)), x.shape)
        x, y = x[flags], y[flags]
    if world.field.bound:
        finite = np.isfinite(x) | np.isfinite(y)
        x, y = x[finite], y[finite]
    if not x.size:
        return 0.0, 0
    if relation in ORDERS:
        excess = float(np.max((x - y) * ORDERS[relation]))
        if excess == 0 and relation in ("<", ">"):
            return 1.0, int(x.size)
        return max(0.0, excess / max(float(np.max(np.abs(x))), float(np.max(np.abs(y))), 1e-300)), int(x.size)
    return world.field.residual(x, y), int(x.size)


def _reason(reading: Reading, step: int) -> str:
    """What else can be said of a chain with a wrong step."""
    return "" if len(reading.relations) == 1 else f"the first {step - 1} steps are right" if step > 1 else ""
