"""The statements of a setting, classified, and every name in them: quantities, functions, second names."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from derive.algebra.tree import Expr
from derive.checking.names import Alias, Family, Layers, Naming, alias_of, families, joined, matching, read_layers
from derive.checking.statements import (
    Head,
    Occurrence,
    Statement,
    Words,
    occurrences,
    read_head,
    read_statement,
    script_words,
)
from derive.errors import DeriveError
from derive.notation.lexing import Source
from derive.notation.tokens import tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from derive.checking.setting import Setting
    from derive.notation.lexing import Macro
    from derive.notation.members import Part
    from derive.notation.tokens import Token

Kind = Literal["definition", "alias", "function", "assumption", "update", "unread", "size"]


@dataclass(frozen=True)
class Sentence:
    """A statement and what kind of line it is; ``formals`` of a function's formula."""

    statement: Statement
    kind: Kind
    head: Head | None = None
    formals: Words = ()


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

    @property
    def targets(self) -> list[Family]:
        """The families that are quantities of their own."""
        second = {a.family.name for a in self.aliases}
        return [f for f in self.naming.families if f.name not in second]

    def of_kind(self, *kinds: Kind) -> list[Sentence]:
        return [s for s in self.sentences if s.kind in kinds]


def read_names(setting: Setting, macros: Mapping[str, Macro]) -> Named:
    """Find out every name of the setting.

    Raises:
        DeriveError: a line that cannot be read or does not agree with the others.
    """
    if setting.units:
        raise DeriveError(
            "a setting with units = ... cannot be read yet", expected="layers = 'l = 0..L' or plain names such as z_1"
        )
    layers = read_layers(setting.layers)
    statements = [read_statement(line, macros) for line in setting.given]
    keys = [(_key(text, macros), says) for text, says in setting.functions.items()]
    shapes = tuple((_key(text, macros), says) for text, says in setting.shapes.items())
    sizes = frozenset(_size_words(shapes, macros))
    fixed = frozenset(_plain(k) for k, says in setting.index.items() if says.strip() == "fixed")
    words = frozenset(head.words for head, _ in keys)
    naming = Naming(layers, fixed)
    sentences = [
        _settled_kind(naming, s, sizes) for s in _classified(statements, words, [h for h, _ in (*keys, *shapes)])
    ]
    found = list(_occurrences(sentences, words, [head for head, _ in shapes]))
    naming.families = families(naming, found, statements)
    own = {s.head.words for s in sentences if s.kind == "function" and s.head is not None}
    functions = tuple(_function(naming, head, says) for head, says in keys)
    functions += tuple(FunctionKey(_family_of(naming, Head(w, "")), None, "formula") for w in sorted(own - words))
    naming.functions = [f.family for f in functions]
    _unread_alone(sentences, found)
    aliases = tuple(_aliases(naming, sentences))
    time, updated = _times(naming, sentences)
    updated |= {a.target.name for a in aliases if a.family.name in updated}
    return Named(layers, naming, tuple(sentences), aliases, functions, shapes, time, updated, macros)


def _plain(text: str) -> str:
    return joined(tokens(Source(text)))


def _key(text: str, macros: Mapping[str, Macro]) -> Head:
    """A key of a table as a symbol with scripts."""
    head = read_head(tokens(Source(text, "setting"), macros))
    if head is None or head.arguments is not None:
        raise DeriveError(f"the key {text!r} of the setting is not one symbol", expected="such as 'W^l' or '\\sigma'")
    return head


# ------------------------------------------------------------ kinds of lines


def _classified(statements: Sequence[Statement], functions: frozenset[Words], keys: Sequence[Head]) -> list[Sentence]:
    heads = [h for s in statements if (h := s.head)]
    bare = _bare_words(heads)
    known = frozenset(h.words for h in (*heads, *keys))
    return [_sentence(s, functions - {h.words for h in heads}, bare, known) for s in statements]


def _size_words(shapes: Iterable[tuple[Head, str]], macros: Mapping[str, Macro]) -> Iterator[Words]:
    """The names of sizes."""
    for _, text in shapes:
        for part in text.replace("per example", "").split(" x "):
            head = (
                read_head(tokens(Source(part.strip()), macros))
                if part.strip() not in ("", "scalar", "number")
                else None
            )
            if head is not None:
                yield head.words


def _unread_alone(sentences: Sequence[Sentence], found: Sequence[Occurrence]) -> None:
    """A line that cannot be read yet may be passed over only if nothing else uses what it defines.

    Raises:
        DeriveError: something does.
    """
    used = {o.head.words for o in found}
    for s in sentences:
        head = s.statement.head
        if s.kind == "unread" and head is not None and head.words in used:
            raise s.statement.error(f"a line that gives {' '.join(head.words)} with arguments cannot be read yet")


def _settled_kind(naming: Naming, s: Sentence, sizes: frozenset[Words]) -> Sentence:
    """``a^2_k = z^2_k`` joins two families in one layer: a definition, not a second name; sizes are no quantities."""
    other = read_head(s.statement.right) if s.kind == "alias" else None
    if other is None or s.head is None:
        return s
    if {s.head.words, other.words} & sizes:
        return replace(s, kind="size")
    slots = [naming.slot(h) for h in (s.head, other)]
    at_points = all(x is not None and not x[2].symbols & {naming.layers.letter} for x in slots if naming.layers)
    return replace(s, kind="definition") if naming.layers and None not in slots and at_points else s


def _bare_words(heads: Sequence[Head]) -> frozenset[Words]:
    """Words that stand alone on a left side: quantities, so no formal arguments."""
    return frozenset(h.words for h in heads if h.arguments is None and not h.above and not h.below)


def _sentence(s: Statement, functions: frozenset[Words], bare: frozenset[Words], known: frozenset[Words]) -> Sentence:
    head = s.head
    if head is None or s.relation not in ("=", ":=", "<-"):
        return Sentence(s, "assumption")
    if s.relation == "<-":
        return Sentence(s, "update", replace(head, arguments=None))
    if head.arguments is None:
        other = read_head(s.right)
        is_alias = other is not None and other.arguments is None and other.words not in functions
        is_alias = is_alias and other is not None and (len(other.words) == 1 or other.words in known)
        return Sentence(s, "alias" if is_alias and _is_name(s.right) else "definition", head)
    if _time(head) is not None:
        return Sentence(s, "update", replace(head, arguments=None))
    formals = tuple(t[0].word for t in head.arguments if len(t) == 1 and t[0].kind == "symbol")
    if (
        len(formals) == len(head.arguments) == 1
        and _only(s.right, formals)
        and (formals[0],) not in bare - {head.words}
    ):
        return Sentence(s, "function", replace(head, arguments=None), formals)
    if head.above:
        return Sentence(s, "unread")
    return Sentence(s, "definition", _labelled(s))


def _is_name(found: Sequence[Token]) -> bool:
    return all(t.kind != "digit" for t in found[:1])


def _only(found: Sequence[Token], formals: Words) -> bool:
    """Whether a formula has no symbols but its formal arguments (bare) and functions."""
    for o in occurrences(found, (), -1):
        is_formal = o.head.words[0] in formals and not o.head.below and all(map(_is_power, o.head.above))
        if not is_formal and not o.called:
            return not any(p.mark == "" for p in o.head.above) and o.head.words[0] in formals
    return True


def _is_power(part: Part) -> bool:
    """Whether a superscript is a number: a formal argument has no layer, so ``u^3`` is a power."""
    return not part.mark and all(t.kind == "digit" for t in part.tokens)


def _time(head: Head) -> str | None:
    """The iteration letter of ``W(t+1)``."""
    if head.arguments is None or len(head.arguments) != 1:
        return None
    found = head.arguments[0]
    shape = [t.kind for t in found]
    is_next = shape == ["symbol", "sign", "digit"] and found[1].text == "+"
    return found[0].word if is_next else None


def _labelled(s: Statement) -> Head:
    r"""A head whose arguments only name dependences is a name of several words: ``\Omega(\theta)``."""
    assert s.head is not None
    start = next(n for n, t in enumerate(s.left) if t.text in ("(", "["))
    scripts = script_words(s.left[len(s.head.words) : start]) if s.head.below else ()
    return Head((*s.head.words, *scripts, *(t.word for t in s.left[start:])), s.head.font)


# ------------------------------------------------------------ occurrences


def _occurrences(
    sentences: Sequence[Sentence], functions: frozenset[Words], keys: Sequence[Head]
) -> Iterator[Occurrence]:
    """Every quantity of the setting, wherever it stands."""
    heads = [s.head for s in sentences if s.head is not None and s.kind not in ("function", "size")]
    longer = {h.words for h in (*heads, *keys) if len(h.words) > 1}
    own = functions | {s.head.words for s in sentences if s.kind == "function" and s.head is not None}
    quantities = {h.words for h in heads}
    for n, s in enumerate(sentences):
        if s.kind in ("unread", "size"):
            continue
        if s.kind != "function" and s.head is not None:
            yield Occurrence(s.head, n, "head")
        sides = [s.statement.right] if s.head is not None else [s.statement.left, s.statement.right]
        for side in sides:
            for o in occurrences(side, longer, n):
                bare = not o.head.above and not o.head.below
                formal = bare and o.head.words[0] in s.formals and len(o.head.words) == 1
                function = o.head.words in own and (o.called or o.head.words not in quantities)
                if not formal and not function:
                    yield o
    for key in keys:
        yield Occurrence(key, -1, "key")
        if len(key.words) == 1 and key.words in own:
            raise DeriveError(f"{key.words[0]} is a function and has a shape")


def _function(naming: Naming, head: Head, says: str) -> FunctionKey:
    slot = naming.slot(head)
    at = slot[2] if slot is not None else None
    general = naming.layers is None or at is None or at == naming.layers.letter
    return FunctionKey(_family_of(naming, head), None if general else at, says.strip())


def _family_of(naming: Naming, head: Head) -> Family:
    from derive.notation.symbols import SlotPattern

    slot = naming.slot(head)
    return Family(head.words, f"${' '.join(head.words)}$", None, SlotPattern(slot[0]) if slot else None)


# ------------------------------------------------------------ second names


def _aliases(naming: Naming, sentences: Sequence[Sentence]) -> Iterator[Alias]:
    """The second names, each led back to a quantity that is none."""
    defined = {
        f.name
        for s in sentences
        if s.kind == "definition" and s.head is not None and (f := matching(naming, naming.families, s.head))
    }
    found: dict[str, Alias] = {}
    for s in sentences:
        if s.kind != "alias":
            continue
        other = read_head(s.statement.right)
        assert s.head is not None
        assert other is not None
        made = alias_of(naming, s.statement, s.head, other, defined)
        if made.family.name in found or made.target.name == made.family.name:
            raise s.statement.error("this line names a quantity a second time", "one line for each second name")
        found[made.family.name] = made
    for made in found.values():
        yield _led_back(made, found)


def _led_back(alias: Alias, found: Mapping[str, Alias]) -> Alias:
    for _ in found:
        after = found.get(alias.target.name)
        if after is None:
            break
        fixed = alias.fixed if after.fixed is None else after.fixed
        if after.shift and fixed is not None:
            raise DeriveError("second names of second names with shifted layers cannot be read yet")
        alias = Alias(alias.family, after.target, fixed, alias.shift + after.shift)
    return alias


def _times(naming: Naming, sentences: Sequence[Sentence]) -> tuple[str, frozenset[str]]:
    """The iteration letter and the families that are updated."""
    updates = [s for s in sentences if s.kind == "update"]
    letters = {t for s in updates if s.statement.head is not None and (t := _time(s.statement.head)) is not None}
    if len(letters) > 1:
        raise updates[0].statement.error(f"two iteration letters: {' and '.join(sorted(letters))}", "one")
    found = (matching(naming, naming.families, s.head) for s in updates if s.head is not None)
    return next(iter(letters), "t"), frozenset(f.name for f in found if f is not None)
