"""One equation to its verdict: every reading that the setting allows, on every network, link by link."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from derive.algebra.tree import Num
from derive.checking.judging.comparing import (
    BETWEEN,
    ORDERS,
    POINTS,
    RIGHT,
    WRONG,
    Comparison,
    Link,
    Tally,
    is_conditional,
    residual,
)
from derive.checking.judging.counterexamples import counterexample, in_letters
from derive.checking.judging.decimals import decimals
from derive.checking.judging.minima import without_minima
from derive.checking.judging.places import OutOfRange, Places, range_text
from derive.checking.judging.precision import NETWORKS, Precision, extreme
from derive.checking.judging.readings import (
    as_assignment,
    from_the_right,
    is_given,
    misread,
    prepared,
    tables,
    together,
)
from derive.checking.judging.unknowns import ill_typed_anyway
from derive.checking.judging.worlds import Plan, Worlds
from derive.checking.reading import Misread, Reading, Undecided, Written, read, read_by_units
from derive.checking.understanding import parts, vacuous
from derive.checking.verdicts import Judgement
from derive.meaning import MeaningError, Unsupported, World
from derive.notation.failures import LetterAbove, ShapeMismatch, UnknownSymbol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from derive.checking.reading.unit_pages import Page
    from derive.checking.understanding import Understood
    from derive.notation.symbols import SymbolTable

VISIBLE = 1e-2
"""A relative difference above this is none of rounding, unless the page holds very large numbers."""


MADE_UP = "; what stands at the end is right all the same: another slip makes up for this one"


class Judge:
    """Judges the equations of a page in one setting."""

    def __init__(self, understood: Understood) -> None:
        self.understood = understood
        self.worlds = Worlds(understood)
        self.precision = Precision(self.worlds)
        self.implied = frozenset(f.words[-1] for f in understood.named.targets if f.implied)
        self.updated = {d.head.name for d in understood.updates}
        minima = (understood.named.family(s.head) for s in understood.named.of_kind("minimum") if s.head is not None)
        self.defined = {d.head.name for d in understood.model.definitions} | {f.name for f in minima if f is not None}
        self.parts = parts(understood.givens)
        constants = (n.value for _, rhs in understood.givens for n in rhs.walk() if isinstance(n, Num))
        self.exact = frozenset(abs(v) for v in constants)

    def judge(self, w: Written) -> Judgement:
        """The verdict on one equation."""
        try:
            w = without_minima(w, self.understood.named, lambda own: self.judge(own).verdict in ("right", "definition"))
        except Undecided as why:
            return Judgement("cannot_tell", str(why))
        judgements, ill = self._in(w, tables(w, self.understood))
        if not judgements:
            judgements = self._in(w, from_the_right(w, self.understood))[0]
        return together(judgements, ill)

    def _in(self, w: Written, readings: Sequence[SymbolTable]) -> tuple[list[Judgement], list[Judgement]]:
        """The judgements in several readings of the conventions; apart from them those that are ill-typed."""
        judgements: list[Judgement] = []
        ill: list[Judgement] = []
        seen: list[Reading] = []
        for table in readings:
            try:
                if self.understood.page is not None:
                    judgements.append(self._by_units(w, table, self.understood.page))
                    continue
                reading = read(w, table)
            except Misread as failed:
                if isinstance(failed.failure, LetterAbove) and (wrong := self._wrong_with_letter(w, table)):
                    judgements.append(wrong)
                    continue
                failure = self._whatever_is_unknown(w, table, failed)
                typed_ill = isinstance(failure.failure, ShapeMismatch)
                (ill if typed_ill else judgements).append(misread(failure, w, table, self.understood))
                continue
            if reading not in seen:
                seen.append(reading)
                judgements.append(self._reading(w, reading, table))
        return judgements, ill

    def _wrong_with_letter(self, w: Written, table: SymbolTable) -> Judgement | None:
        """The judgement on an equation that is wrong whether a letter above a function is its layer or a power."""
        own = [together(*self._in(w, [replace(table, above_functions=how)])) for how in ("layer", "power")]
        return own[0] if all(j.verdict == "wrong" for j in own) else None

    def _whatever_is_unknown(self, w: Written, table: SymbolTable, failure: Misread) -> Misread:
        """The failure; an unknown symbol is none where the types do not go together whatever it is."""
        if self.understood.page is not None or not isinstance(failure.failure, UnknownSymbol):
            return failure
        own = self.understood
        found = ill_typed_anyway(w, table, failure, lambda f: misread(f, w, table, own).verdict == "wrong")
        return found or failure

    def _by_units(self, w: Written, table: SymbolTable, page: Page) -> Judgement:
        """An equation whose letters tell the layers claims something for every choice of sets that has all terms."""
        found = [(said, self._reading(w, reading, table)) for said, reading in read_by_units(w, table, page)]
        if not found:
            return Judgement("wrong", "no units have all the terms as written (index)", 1)
        worst = next((row for word in ("wrong", "cannot_tell") for row in found if row[1].verdict == word), found[0])
        shown = found if worst[1].verdict in ("right", "definition") else [worst]
        return replace(worst[1], range=" or ".join(dict.fromkeys(_sets(said) for said, _ in shown)))

    def _reading(self, w: Written, reading: Reading, table: SymbolTable) -> Judgement:
        try:
            reading = prepared(as_assignment(reading, self.defined), table, self.updated)
            if is_given(reading, self.understood):
                return Judgement("definition")
            numbers = decimals(w, self.exact)
            exact = self.worlds.can_be_exact and numbers is None and not set(reading.relations) & set(ORDERS)
            places = Places(reading, self.understood.model)
            if len(places.letters) > 1 and self.implied & {t.word for t in w.tokens}:
                raise Undecided("a symbol without its layer beside two layer letters: write its layer")
            if sizes := self.understood.counts & set(places.letters):
                raise Undecided(f"{min(s.name for s in sizes)} counts layers here and examples in the setting")
            made = self.compared(Comparison(reading, places, self.worlds, self.understood, numbers), exact=exact)
            made = in_letters(made, table)
            if made.verdict == "right" and (empty := vacuous(self.parts, reading.members)):
                raise Undecided(empty)
            return made
        except Undecided as why:
            return Judgement("cannot_tell", str(why))

    def compared(self, c: Comparison, *, exact: bool) -> Judgement:
        """All sides on all networks; in ordinary numbers where exact ones do not reach.

        Raises:
            Undecided: the sides have no values.
        """
        try:
            return self._concluded(c, c.tally(exact=exact), exact=exact)
        except OutOfRange as where:
            return Judgement("wrong", f"the stated range goes too far: not every member exists at {where}", 1)
        except Unsupported as why:
            if exact:
                return self.compared(c, exact=False)
            raise Undecided(str(why)) from None
        except MeaningError as why:
            raise Undecided(str(why)) from None

    # ------------------------------------------------------------ conclusions

    def _concluded(self, c: Comparison, tally: Tally, *, exact: bool) -> Judgement:
        """The first link that is not right decides."""
        if not any(tally.places.values()):
            return self._nowhere(c.places)
        where = range_text(c.places.letters, tally.places, self.understood.model.last)
        said = f"{tally.networks} networks{self._depths(tally)}"
        for n, link in enumerate(tally.links, start=1):
            link = self._decided(c, n, link, exact=exact)
            if link.failure is not None and (link.certain or self._again(c, link)):
                made_up = MADE_UP if self._made_up(c, n, exact=exact) else ""
                found = self._wrong(c, n, link, where, said)
                return replace(found, reason=found.reason + made_up)
            undecided = self._undecided(c, n, link, tally, exact=exact)
            if undecided:
                return Judgement("cannot_tell", undecided, range=where)
        return Judgement("right", range=where, networks=said)

    def _made_up(self, c: Comparison, step: int, *, exact: bool) -> bool:
        """Whether a chain arrives at what is right although a step of it is wrong: two slips that cancel."""
        r = c.reading
        if step == len(r.relations) or set(r.relations) != {"="} or c.numbers is not None:
            return False
        ends = replace(r, members=(r.members[0], r.members[-1]), relations=("=",), shapes=(r.shapes[0], r.shapes[-1]))
        try:
            places = Places(ends, self.understood.model)
            return self.compared(replace(c, reading=ends, places=places), exact=exact).verdict == "right"
        except Undecided:
            return False

    def _decided(self, c: Comparison, step: int, link: Link, *, exact: bool) -> Link:
        """The link as fifty digits see it: a difference that may be rounding, agreement that may hide a small one."""
        relation = c.reading.relations[step - 1]
        if exact or c.numbers is not None or relation in ORDERS or not link.points or is_conditional(c):
            return link
        if link.worst >= VISIBLE and not extreme(c):
            return link
        agreed = link.worst <= RIGHT
        found = self.precision.relation(c, step - 1, networks=1 if agreed else NETWORKS)
        if found.says == "different" and found.failure is not None:
            return Link(found.worst, link.points, (*found.failure, step - 1), certain=True)
        if found.says == "equal":
            return Link(0.0, link.points)
        return Link(BETWEEN, link.points) if extreme(c) else link

    def _undecided(self, c: Comparison, n: int, link: Link, tally: Tally, *, exact: bool) -> str:
        """Why a link that is not wrong is not right either."""
        if link.points == 0:
            return f"there is nothing to compare: {tally.skipped or 'no values, or no case to which it applies'}"
        if link.failure is not None or not link.worst <= RIGHT:
            return f"step {n}: the sides differ by {link.worst:.1e}, too little to tell"
        if not exact and c.numbers is None and link.points < POINTS:
            return "too few numbers to compare"
        return ""

    def _nowhere(self, places: Places) -> Judgement:
        named = dict.fromkeys(name.strip("$") for name, _ in places.members)
        if places.letters or self.understood.model.last is None or places.missing(self.worlds.deepest()):
            return Judgement("wrong", f"no layer has all of {', '.join(named)} as written (index)", 1)
        return Judgement("cannot_tell", "no network that was tried has all the layers named here")

    def _depths(self, tally: Tally) -> str:
        if self.understood.model.last is None:
            return ""
        depths = [d for d, places in tally.places.items() if places]
        return f", {self.understood.model.last.name} = {min(depths)}..{max(depths)}"

    def _again(self, c: Comparison, link: Link) -> bool:
        """Whether the difference shows on another network of the same kind too; exact ones need no second look."""
        assert link.failure is not None
        world, at, n = link.failure
        relation = c.reading.relations[n]
        if world.field.bound == 0 or c.numbers is not None or relation in ORDERS or world.given:
            return True
        other = self.worlds.one(replace(self._plan_of(world), seed=world.seed + 100), exact=False)
        x, y = (c.value(m, other, at) for m in c.reading.members[n : n + 2])
        return residual(other, x, y, None, relation)[0] > WRONG

    def _plan_of(self, world: World) -> Plan:
        plans = self.worlds.plans()
        return next(p for p in plans if (p.depth, p.widths, p.samples) == (world.depth, world.widths, p.samples))

    def _wrong(self, c: Comparison, step: int, link: Link, where: str, said: str) -> Judgement:
        assert link.failure is not None
        world, at, n = link.failure
        if world.field.bound == 0:
            world = self.worlds.one(next(p for p in self.worlds.plans() if p.seed == world.seed), exact=False)
        before = "" if step == 1 else ", the one before it is right" if step == 2 else ", those before it are right"
        reason = f"step {step} is the first to fail{before}" if len(c.reading.relations) > 1 else ""
        return Judgement("wrong", reason, step, where, counterexample(c, n, world, at), said)


def _sets(said: Mapping[str, str]) -> str:
    return ", ".join(f"{letter} {name}" for letter, name in said.items())
