"""Every name of a setting: quantities, functions, second names, letters of examples and of iterations."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from derive.algebra.layers import split
from derive.algebra.tree import Expr, num
from derive.checking.naming.families import families
from derive.checking.naming.names import (
    Alias,
    Examples,
    Family,
    Layers,
    Naming,
    count_of,
    joined,
    matching,
    read_layers,
)
from derive.checking.naming.second_names import second_names
from derive.checking.naming.sentences import Kind, Sentence, iteration, sentences, settled, size_words
from derive.checking.naming.statements import Head, Occurrence, Statement, Words, occurrences, read_head, read_statement
from derive.checking.naming.units import LAYER, Units, read_units
from derive.errors import DeriveError
from derive.notation.cursor import Cursor
from derive.notation.lexing import Source
from derive.notation.members import read_scripts
from derive.notation.symbols import SlotPattern
from derive.notation.tokens import MINIMA, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from derive.checking.setting import Setting
    from derive.notation.lexing import Macro
    from derive.notation.tokens import Token


@dataclass(frozen=True)
class FunctionKey:
    """A row of ``[functions]``: its family, the layer of a specific line, and what it says."""

    family: Family
    at: Expr | None
    says: str


@dataclass(frozen=True)
class Named:
    """All names of a setting."""

    layers: Layers | None
    naming: Naming
    sentences: tuple[Sentence, ...]
    aliases: tuple[Alias, ...]
    functions: tuple[FunctionKey, ...]
    shapes: tuple[tuple[Head, str], ...]
    time: str = ""
    updated: frozenset[str] = frozenset()
    macros: Mapping[str, Macro] = field(default_factory=dict)
    units: Units | None = None

    def layered(self, family: Family) -> bool:
        """Whether a quantity lies in layers, written or told by the letter of its index."""
        told = family.slot is not None or family.implied
        return told or (self.units is not None and family.entries > 0)

    @property
    def targets(self) -> list[Family]:
        """The families that are quantities of their own."""
        second = {a.family.name for a in self.aliases}
        return [f for f in self.naming.families if f.name not in second]

    @property
    def examples(self) -> Examples:
        return self.naming.examples

    def of_kind(self, *kinds: Kind) -> list[Sentence]:
        return [s for s in self.sentences if s.kind in kinds]

    def family(self, head: Head) -> Family | None:
        """The quantity that a head names, under its first name."""
        found = matching(self.naming, self.naming.families, head)
        alias = next((a for a in self.aliases if found is not None and a.family.name == found.name), None)
        return alias.target if alias is not None else found


def read_names(setting: Setting, macros: Mapping[str, Macro]) -> Named:
    """Find out every name of the setting.

    Raises:
        DeriveError: a line that cannot be read or does not agree with the others.
    """
    units = read_units(setting.units, {_plain(k): says for k, says in setting.index.items()})
    layers = read_layers(setting.layers) if units is None else None
    statements = [read_statement(line, macros) for line in setting.given]
    keys = [(_key(text, macros), says) for text, says in setting.functions.items()]
    shapes = tuple((_key(text, macros), says) for text, says in setting.shapes.items())
    sizes = frozenset(size_words(shapes, macros))
    fixed = frozenset(_plain(k) for k, says in setting.index.items() if says.strip() == "fixed")
    words = frozenset(head.words for head, _ in keys)
    naming = Naming(layers, fixed, _examples(setting, statements, layers))
    found = sentences(statements, words, [h for h, _ in (*keys, *shapes)], sizes)
    found = [settled(naming, s) for s in found]
    counters = sizes | _iterations(found)
    occurring = _quantities(_occurrences(found, words, [h for h, _ in shapes]), found, counters, naming.examples.count)
    naming.families = families(naming, [o for o in occurring if not _is_size(naming, o, sizes)], statements)
    own = {s.head.words for s in found if s.kind == "function" and s.head is not None}
    functions = tuple(_function(naming, head, says) for head, says in keys)
    functions += tuple(FunctionKey(_family_of(naming, Head(w, "")), None, "formula") for w in sorted(own - words))
    naming.functions = [f.family for f in functions]
    aliases = tuple(second_names(naming, found))
    time, updated = _times(naming, found)
    updated |= {a.target.name for a in aliases if a.family.name in updated}
    layers = layers if units is None else Layers(LAYER, 0, num(units.last))
    layers = _from_the_input(layers, aliases)
    return Named(layers, naming, tuple(found), aliases, functions, shapes, time, updated, macros, units)


def _from_the_input(layers: Layers | None, aliases: Sequence[Alias]) -> Layers | None:
    """Layers that are said to begin at 1 begin at 0 where a line such as ``a^0 = x`` names a member there."""
    named = (split(a.fixed) for a in aliases if a.fixed is not None)
    lower = [offset for letter, offset in named if letter is None]
    return replace(layers, first=min([layers.first, *lower])) if layers is not None else None


def _is_size(naming: Naming, o: Occurrence, sizes: frozenset[Words]) -> bool:
    """Whether ``n_2`` in a formula is the size of that name rather than a quantity."""
    return o.head.words in sizes and o.role == "body" and naming.slot(o.head) is not None


def _plain(text: str) -> str:
    return joined(tokens(Source(text)))


def _key(text: str, macros: Mapping[str, Macro]) -> Head:
    """A key of a table as a symbol with scripts."""
    head = read_head(tokens(Source(text, "setting"), macros))
    if head is None or head.arguments is not None:
        raise DeriveError(f"the key {text!r} of the setting is not one symbol", expected="such as 'W^l' or '\\sigma'")
    return head


# ------------------------------------------------------------ examples


def _examples(setting: Setting, statements: Sequence[Statement], layers: Layers | None) -> Examples:
    """The letters that number examples: declared ones, and those that a sum binds in brackets above a symbol."""
    declared, count = {}, ""
    for key, says in setting.index.items():
        if says.strip().startswith("example"):
            first, end = _ends(says)
            declared[_plain(key)], count = first, end or count
    if setting.conventions.get("examples", "one") != "one":
        return Examples({}, frozenset(), count)
    seen: set[str] = set()
    for letter, above, found in (row for s in statements for side in (s.left, s.right) for row in _sums(side)):
        brackets = {joined(p.tokens) for o in occurrences(found, (), -1) for p in o.head.above if p.mark == "("}
        if letter in brackets and (layers is None or layers.position(letter) is None):
            seen.add(letter)
            count = count or above
    return Examples(declared, frozenset(seen), count or ("N" if declared else ""))


def _ends(says: str) -> tuple[int, str]:
    """``example 0..n-1``: the number of the first one and the letter that counts them; ``example in B``: 1, ``|B|``."""
    if (of_set := re.fullmatch(r"example\s+in\s+(\S.*)", says.strip())) is not None:
        return 1, count_of(_plain(of_set.group(1)))
    found = re.fullmatch(r"example\s*(?:(\d+)\s*\.\.\s*(\\?[A-Za-z]+)\s*(?:-\s*1)?)?", says.strip())
    if found is None:
        raise DeriveError(
            f"{says!r} in [index] is no range of examples", expected="such as 'example 1..m', 'example in B'"
        )
    return int(found.group(1) or 1), (found.group(2) or "").removeprefix("\\")


def _sums(found: Sequence[Token]) -> Iterator[tuple[str, str, Sequence[Token]]]:
    """(letter, upper limit or size of the set, what follows) of every sum."""
    for n, t in enumerate(found):
        if t.text != r"\sum":
            continue
        cursor = Cursor(found, t.place)
        cursor.i = n + 1
        scripts = read_scripts(cursor)
        below = joined(scripts.below[0].tokens) if scripts.below else ""
        above = joined(scripts.above[0].tokens) if scripts.above else ""
        letter, within, members = below.partition(r"\in")
        count = count_of(members) if within else above.removeprefix("\\")
        yield letter.partition("=")[0], count, found[cursor.i :]


# ------------------------------------------------------------ occurrences


def _occurrences(found: Sequence[Sentence], functions: frozenset[Words], keys: Sequence[Head]) -> Iterator[Occurrence]:
    """Every quantity of the setting, wherever it stands."""
    heads = [s.head for s in found if s.head is not None and s.kind not in ("function", "size", "shorthand")]
    longer = {h.words for h in (*heads, *keys) if len(h.words) > 1}
    own = functions | {s.head.words for s in found if s.kind == "function" and s.head is not None}
    called = {h.words: {len(g.arguments) for g in heads if g.words == h.words and g.arguments} for h in heads}
    quantities = {h.words for h in heads if h.arguments is None}
    for n, s in enumerate(found):
        if s.kind in ("size", "shorthand"):
            continue
        if s.kind != "function" and s.head is not None:
            yield Occurrence(s.head, n, "head")
        sides = [s.statement.right] if s.head is not None else [s.statement.left, s.statement.right]
        for side in sides:
            for o in occurrences(
                [t for t in side if t.text not in MINIMA], longer, n, {w: c for w, c in called.items() if c}
            ):
                bare = not o.head.above and not o.head.below
                formal = bare and o.head.words[0] in s.formals and len(o.head.words) == 1
                function = o.head.words in own and (o.called or o.head.words not in quantities)
                if not formal and not function:
                    yield o
    for key in keys:
        yield Occurrence(key, -1, "key")
        if len(key.words) == 1 and key.words in own:
            raise DeriveError(f"{key.words[0]} is a function and has a shape")


def _quantities(
    occurring: Iterator[Occurrence], found: Sequence[Sentence], sizes: frozenset[Words], count: str
) -> list[Occurrence]:
    """The occurrences without those of sizes: ``1/m`` is a number that counts."""
    heads = {s.head.words for s in found if s.head is not None}
    counting = {(count.strip("|"),), (count,), ("\\" + count,)} if count else set()
    numbers = (sizes | counting) - heads
    return [o for o in occurring if o.head.words not in numbers or o.role == "key"]


def _iterations(found: Sequence[Sentence]) -> frozenset[Words]:
    """The letters of ``W(k+1)`` that stand nowhere but in brackets: they count iterations and are no quantities."""
    letters = {
        letter for s in found if s.kind == "update" and s.statement.head and (letter := iteration(s.statement.head))
    }
    free = {t.word for s in found for side in (s.statement.left, s.statement.right) for t in _outside(side, letters)}
    return frozenset((letter,) for letter in letters - free)


def _outside(found: Sequence[Token], letters: set[str]) -> Iterator[Token]:
    """The tokens of these letters that do not stand in brackets by themselves or before a sign and a number."""
    for n, t in enumerate(found):
        if t.word in letters:
            behind = [x.text for x in found[n + 1 : n + 4]]
            closes = behind[:1] == [")"] or (behind[:1] == ["+"] and behind[2:] == [")"])
            if n == 0 or found[n - 1].text != "(" or not closes:
                yield t


def _function(naming: Naming, head: Head, says: str) -> FunctionKey:
    slot = naming.slot(head)
    at = slot[2] if slot is not None else None
    general = naming.layers is None or at is None or at == naming.layers.letter
    return FunctionKey(_family_of(naming, head), None if general else at, says.strip())


def _family_of(naming: Naming, head: Head) -> Family:
    slot = naming.slot(head)
    return Family(head.words, f"${' '.join(head.words)}$", None, SlotPattern(slot[0]) if slot else None)


def _times(naming: Naming, found: Sequence[Sentence]) -> tuple[str, frozenset[str]]:
    """The iteration letter and the families that are updated."""
    updates = [s for s in found if s.kind == "update"]
    letters = {t for s in updates if s.statement.head is not None and (t := iteration(s.statement.head)) is not None}
    if len(letters) > 1:
        raise updates[0].statement.error(f"two iteration letters: {' and '.join(sorted(letters))}", "one")
    families_ = (matching(naming, naming.families, s.head) for s in updates if s.head is not None)
    return next(iter(letters), "t"), frozenset(f.name for f in families_ if f is not None)
