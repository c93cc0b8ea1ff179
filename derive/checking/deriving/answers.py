"""What the left side of an equation is: its derivatives worked out by the engine, in the names of the setting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from derive.algebra.factor import gather, size
from derive.algebra.layers import layers, shift, split
from derive.algebra.match import alpha, match
from derive.algebra.products import collect, terms
from derive.algebra.substitute import put
from derive.algebra.tree import ONE, Div, Expr, Fn, Mul, Num, Partial, Ref, Sum, Sym, mul
from derive.checking.deriving.arrays import in_arrays
from derive.checking.deriving.entrywise import with_single
from derive.checking.deriving.network import NAMED, WANTED, Network
from derive.checking.deriving.slopes import BEYOND, NotDerived, Slopes
from derive.derivation.engine import Engine
from derive.derivation.expressions import bindings
from derive.derivation.ruleset import EngineRules
from derive.notation.reading import Range

if TYPE_CHECKING:
    from collections.abc import Sequence

    from derive.checking.understanding import Assumption, Understood
    from derive.derivation.writer import Result
    from derive.model.model import Definition

Free = list[tuple[Sym, Expr]]


MOST = 3
"""So many ways of naming derivatives are tried."""


@dataclass(frozen=True)
class Answer:
    """``right`` is what the left side is, or (with ``free``) what its entry in these letters is.

    ``within``: the letter of a layer and the layers in which it holds, where these are not all.
    """

    left: Expr
    right: Expr
    free: tuple[tuple[Sym, Expr], ...] = ()
    within: Range | None = None


class Answers:
    """Derives right sides in one setting; what was derived once is remembered."""

    def __init__(self, understood: Understood, rules: EngineRules | None = None, *, fusing: bool = True) -> None:
        self.understood, self.rules = understood, rules or EngineRules()
        self.network = Network(understood)
        self._engines: dict[tuple[Expr, frozenset[str]], Engine] = {}
        functions = understood.model.functions if fusing else {}
        self.slopes = Slopes({n: f for n, f in functions.items() if f.kind == "formula"}, self.rules)

    def to(self, left: Expr, near: Expr | None = None, ways: int = MOST) -> list[Answer]:
        """What the left side is, told in so many ways, that first which speaks of the same things as ``near``.

        Nothing where the engine has nothing to say.
        """
        found: list[Answer] = []
        if self._counts_layers_by_a_size(left):
            return []
        try:
            inside, free = self.network.writing.whole(left)
            own = {s: self.network.writing.fresh() for s in _entry_letters(inside)}
            back: dict[Sym, Expr] = {e: s for s, e in own.items()}
            for told, within in self._worked_out(put(inside, own), near, ways):
                right = put(told, back)
                if right not in [a.right for a in found]:
                    found.append(Answer(left, right, tuple(free), within))
        except BEYOND:
            pass
        shown = [made for a in found for made in self._closed(a)]
        return sorted(shown, key=lambda a: _distance(a.right, near))

    def _counts_layers_by_a_size(self, left: Expr) -> bool:
        """``dW^{[m]}`` where m is the number of examples: in what is derived the two could not be told apart."""
        return any(self.understood.counts & s.symbols for n in left.walk() if isinstance(n, Ref) for s in n.slots)

    # ------------------------------------------------------------ the left side worked out

    def _worked_out(self, inside: Expr, near: Expr | None, ways: int) -> Iterator[tuple[Expr, Range | None]]:
        if not any(isinstance(n, Partial) for n in inside.walk()):
            inside = self._opened(inside)
        partials = list(dict.fromkeys(n for n in inside.walk() if isinstance(n, Partial)))
        if not partials:
            yield self._tidied(inside), None
            return
        (partial,) = partials[:1]
        for named in self._namings(partial.of, near)[:ways]:
            try:
                for value, within in self._derivative(partial, named):
                    made = self._author_names(_exchanged(inside, partial, value), partial.of)
                    yield self._tidied(made), within
            except BEYOND:
                continue

    def _opened(self, inside: Expr) -> Expr:
        """A defined member by its definition."""
        members = [n for n in inside.walk() if isinstance(n, Ref) and self.network.definition_at(n) is not None]
        if not members:
            raise NotDerived
        defined = self.network.definition_at(members[0])
        assert defined is not None
        return _exchanged(inside, members[0], defined)

    def _derivative(self, partial: Partial, named: frozenset[str]) -> Iterator[tuple[Expr, Range | None]]:
        """What the engine finds, for each range of layers that the member may lie in."""
        member = partial.wrt
        if not isinstance(member, Ref):
            raise NotDerived
        quantity = self.network.quantities[member.name]
        for result in self._engine(partial.of, named).adjoint(member.name):
            where = self._where(result, member)
            if result.derivation is not None and where is not None:
                general = put_layer(quantity.head, quantity.layer, where)
                yield put(result.derivation.claim[1], bindings(general, member)), self._within(result, member)

    def _where(self, result: Result, member: Ref) -> Expr | None:
        """The layer in which the result is told, where it may hold for the member."""
        if result.layers is None:
            return ONE
        at, point = member.slots[0], result.layers.point
        if point is not None:
            return point if point == at else None
        letter = self.network.quantities[member.name].layer
        if split(at)[0] in (None, self.network.model.last) and not result.layers.meet(
            layers(at, at), self.network.model.order
        ):
            return None
        return letter

    def _within(self, result: Result, member: Ref) -> Range | None:
        """The layers in which a general result holds, in the letter of the member."""
        if result.layers is None or len(result.layers.ranges) != 1 or result.layers.point is not None:
            return None
        letter, offset = split(member.slots[0])
        (own,) = result.layers.ranges
        if letter in (None, self.network.model.last):
            return None
        return Range(letter, shift(own.low, -offset), shift(own.high, -offset))

    # ------------------------------------------------------------ engines

    def _engine(self, of: Expr, named: frozenset[str]) -> Engine:
        key = (of, named)
        if key not in self._engines:
            model = self.network.model_of(of, sorted(named))
            self._engines[key] = Engine(model, self.rules, derivatives=self.slopes)
        return self._engines[key]

    def _namings(self, of: Expr, near: Expr | None) -> list[frozenset[str]]:
        """Which derivatives stop the walk: those in the equation, all that have a letter, one in a circle."""
        letters = [h.wrt.name for h in self.network.heads if _claims(h.of, of) and h.factor.symbols <= _numbers(self)]
        here = [n.wrt.name for n in near.walk() if isinstance(n, Partial) and isinstance(n.wrt, Ref)] if near else []
        here += [h.wrt.name for h in self.network.heads if near and _stands(h.head.name, near)]
        layered = [q.name for q in self.network.quantities.values() if q.layer is not None and q.role == "intermediate"]
        ways = [frozenset(here), frozenset(letters), *(frozenset({*here, n}) for n in (*letters, *layered))]
        consumers = self.network.model_of(of, ()).consumers
        return [w for w in dict.fromkeys(ways) if not _circular(consumers, w)]

    # ------------------------------------------------------------ in the author's names

    def _author_names(self, e: Expr, of: Expr) -> Expr:
        """Derivatives under the names that the author has for them, or written as derivatives."""
        made = e.map(lambda child: self._author_names(child, of))
        if isinstance(made, Ref) and made.name.startswith(NAMED):
            made = Partial(of, Ref(made.name.removeprefix(NAMED), made.slots, made.entries))
        if isinstance(made, Partial):
            if made.of == Ref(WANTED):
                made = Partial(of, made.wrt)
            return self._head(made)
        if isinstance(made, Fn) and not made.slots:
            return self._of_layer(made)
        return made

    def _head(self, partial: Partial) -> Expr:
        for h in self.network.heads:
            letters = frozenset(s for e in (h.head, h.wrt) for s in e.symbols if s != self.network.model.last)
            values = match(Partial(h.of, h.wrt), partial, letters)
            if values is not None and h.factor.symbols <= _numbers(self):
                named = put(h.head, values)
                return named if h.factor == ONE else mul(Div(ONE, h.factor), named)
        return partial

    def _of_layer(self, e: Fn) -> Expr:
        """``sigmoid(Z^L)`` as ``g^L(Z^L)`` again."""
        for name, rows in self.understood.members.items():
            for point, known in rows:
                inside = e.args[0] if e.args else None
                if known == e.name and isinstance(inside, Ref) and inside.slots == (point,):
                    return Fn(name, e.args, (point,), e.order)
        return e

    def _tidied(self, e: Expr) -> Expr:
        """Collected, with sums that the setting assumes put in, factors in the usual order."""
        ways = [gather(collect(terms(e))), e]
        for a in self.understood.assumptions:
            if isinstance(a.left, Sum) and a.right is not None and a.relation == "=":
                short = [_with_total(way, a) for way in ways]
                ways += [made for way in short for made in (gather(collect(terms(way))), way)]
        return with_single(self._arranged(min(ways, key=size)), self.understood.table)

    def _arranged(self, e: Expr) -> Expr:
        """Numbers, slopes, parameters, derivatives, values, sums."""
        made = e.map(self._arranged)
        return Mul(tuple(sorted(made.factors, key=self._rank))) if isinstance(made, Mul) else made

    def _rank(self, e: Expr) -> int:
        if isinstance(e, Num) or (isinstance(e, Div) and not any(isinstance(n, Ref) for n in e.walk())):
            return 0
        if isinstance(e, Ref):
            quantity = self.understood.table.quantities.get(e.name)
            role = quantity.role if quantity is not None else ""
            return {"parameter": 3, "adjoint": 4}.get(role, 5)
        return 2 if isinstance(e, Fn) else 7 if isinstance(e, Sum) else 6

    # ------------------------------------------------------------ as an array

    def _closed(self, a: Answer) -> Iterator[Answer]:
        """The answer as its left side asks for it: one entry, or the whole array."""
        if not a.free:
            yield a
            return
        try:
            yield replace(a, right=in_arrays(a.right, a.left, a.free, self.understood.table))
        except BEYOND:
            return


def _entry_letters(e: Expr) -> frozenset[Sym]:
    """The free letters of entries, among which the letters that the engine binds must not be."""
    found = (x for n in e.walk() if isinstance(n, Ref) for x in n.entries or () if isinstance(x, Sym))
    return frozenset(found) & e.symbols


def put_layer(head: Ref, letter: Sym | None, where: Expr) -> Ref:
    made = put(head, {letter: where}) if letter is not None else head
    assert isinstance(made, Ref)
    return made


def _exchanged(e: Expr, old: Expr, new: Expr) -> Expr:
    return new if e == old else e.map(lambda child: _exchanged(child, old, new))


def _with_total(e: Expr, a: Assumption) -> Expr:
    """The sum that the setting says the value of, replaced by that."""
    assert a.left is not None
    assert a.right is not None
    found = match(alpha(a.left), alpha(e), frozenset(a.letters)) if isinstance(e, Sum) else None
    if found is not None:
        return put(a.right, found)
    made = e.map(lambda child: _with_total(child, a))
    return mul(*made.factors) if isinstance(made, Mul) else made


def _claims(of: Expr, other: Expr) -> bool:
    """Whether one is the other in perhaps other letters."""
    return match(of, other, of.symbols) is not None


def _stands(name: str, e: Expr) -> bool:
    return any(isinstance(n, Ref) and n.name == name for n in e.walk())


def _numbers(answers: Answers) -> frozenset[Sym]:
    """Letters that are sizes."""
    samples = answers.understood.table.samples
    return frozenset([samples] if isinstance(samples, Sym) else [])


def _circular(consumers: Mapping[str, tuple[Definition, ...]], named: frozenset[str]) -> bool:
    """Whether the consumers of some quantity lead back to it without passing a derivative that has a name."""
    done: set[str] = set()

    def visit(name: str, path: Sequence[str]) -> bool:
        if name in path:
            return True
        if name in done or name in named:
            return False
        found = any(visit(d.head.name, (*path, name)) for d in consumers.get(name, ()))
        done.add(name)
        return found

    return any(visit(name, ()) for name in consumers)


def _distance(e: Expr, near: Expr | None) -> tuple[int, int]:
    """In how many names an answer differs from what the author wrote, and how long it is."""
    mine, theirs = ({n.name for n in x.walk() if isinstance(n, Ref | Fn)} if x else set() for x in (e, near))
    partials = {n for n in e.walk() if isinstance(n, Partial)}
    new = partials - (set(near.walk()) if near else set())
    return len(mine ^ theirs) + 3 * len(new), size(e)
