"""The statements of a setting as tokens: their heads, and every place where a symbol occurs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from derive.errors import DeriveError
from derive.notation.commands import RELATIONS
from derive.notation.cursor import Cursor, cut
from derive.notation.display import relations
from derive.notation.failures import ReadFailure
from derive.notation.lexing import Source
from derive.notation.members import Part, read_scripts
from derive.notation.symbols import BUILTIN
from derive.notation.tokens import Token, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from derive.checking.setting import Line
    from derive.notation.lexing import Macro

Words = tuple[str, ...]
BUILTIN_WORDS = frozenset(word for symbol in BUILTIN if symbol.kind == "function" for word in symbol.words)
CONSTANT_WORDS = frozenset(word for symbol in BUILTIN if symbol.kind == "constant" for word in symbol.words)
COMMA = frozenset({",", ";"})
BIG = frozenset({r"\sum", r"\prod"})


@dataclass(frozen=True)
class Head:
    """A symbol with its scripts: ``dW^{[l]}`` has the words ``d W``; ``arguments`` stand in brackets behind."""

    words: Words
    font: str
    above: tuple[Part, ...] = ()
    below: tuple[Part, ...] = ()
    arguments: tuple[Sequence[Token], ...] | None = None


@dataclass(frozen=True)
class Statement:
    """One line of ``given``: the tokens of both sides; ``head`` where the left side is one symbol."""

    line: Line
    left: Sequence[Token]
    relation: str
    right: Sequence[Token]
    head: Head | None

    def error(self, problem: str, expected: str = "", remedy: str = "") -> DeriveError:
        """An error at this line of the setting."""
        return DeriveError(problem, expected=expected, remedy=remedy, place=self.line.place)


@dataclass(frozen=True)
class Occurrence:
    """A symbol somewhere in the setting.  ``where``: the number of its statement, -1 for a key of a table."""

    head: Head
    where: int
    role: Literal["head", "body", "key"] = "body"
    called: bool = False


def read_statement(line: Line, macros: Mapping[str, Macro] | None = None) -> Statement:
    """The statement of a line.

    Raises:
        DeriveError: it is no relation between two sides, or it cannot be cut into tokens.
    """
    found = tokens(Source(line.text, line.file, line.number), macros)
    while found and found[-1].text in (",", ".", ";"):
        found = found[:-1]
    at = relations(found)
    if len(at) == 2 and _in_space(found[at[1] :]):
        found, at = found[: at[1]], at[:1]
    if len(at) != 1 or at[0] in (0, len(found) - 1):
        raise DeriveError(
            "a line of given is not one relation", expected="head = expression, one a line", place=line.place
        )
    left, right = found[: at[0]], found[at[0] + 1 :]
    return Statement(line, left, RELATIONS[found[at[0]].text], right, read_head(left))


def _in_space(found: Sequence[Token]) -> bool:
    r"""``\in \mathbb R^{n \times m}``: what an array is, said behind its definition; its shape follows from that."""
    return [t.text for t in found[:3]] == [r"\in", "R", "^"] and found[1].font == "bb"


def read_head(found: Sequence[Token]) -> Head | None:
    """The tokens as one symbol with scripts and perhaps arguments; None where they are more than that."""
    if not found:
        return None
    cursor = Cursor(found, found[-1].place)
    words: list[str] = []
    above: tuple[Part, ...] = ()
    below: tuple[Part, ...] = ()
    font = found[0].font
    while not cursor.done and _names(cursor.token):
        words.append(cursor.token.word)
        cursor.i += 1
        start = cursor.i
        scripts = read_scripts(cursor)
        if cursor.i > start and not cursor.done and _names(cursor.token):
            words += script_words(found[start : cursor.i])
        elif cursor.i > start:
            above, below = tuple(scripts.above), tuple(scripts.below)
            break
    arguments = None
    if words and cursor.text in ("(", "["):
        arguments = tuple(cut(cursor.bracketed(), COMMA))
        scripts = read_scripts(cursor)
        if scripts.below and below:  # h_W(x)_k: what stands before the arguments belongs to the name
            words += [f"_{''.join(t.word for t in part.tokens)}" for part in below]
            below = ()
        above, below = (*above, *scripts.above), (*below, *scripts.below)
    return Head(tuple(words), font, above, below, arguments) if words and cursor.done else None


def _names(token: Token) -> bool:
    return token.kind == "symbol" or (token.kind == "command" and token.text == r"\nabla")


def script_words(found: Sequence[Token]) -> list[str]:
    """``_a^{M}`` as words: ``['_a', '^M']``."""
    cursor = Cursor(found, found[0].place)
    out = []
    while not cursor.done:
        sign = cursor.text
        cursor.i += 1
        out.append(sign + "".join(t.word for t in cursor.argument()))
    return out


def occurrences(
    found: Sequence[Token], longer: Iterable[Words], where: int, called: Mapping[Words, set[int]] | None = None
) -> Iterator[Occurrence]:
    """Every symbol of a formula with its scripts.

    ``longer`` are names of several words, which win; ``called``: how many arguments the symbols have that are written
    with some.
    """
    names = sorted(longer, key=len, reverse=True)
    skipped = leibniz(found)
    cursor = Cursor(found, found[-1].place) if found else None
    while cursor is not None and not cursor.done:
        t = cursor.token
        if t.text in BIG and t.kind == "command":
            cursor.i += 1
            read_scripts(cursor)
        elif cursor.i in skipped:
            cursor.i += 1
        elif (words := _longer(found, cursor.i, names)) is not None:
            cursor.i += _length(words, found, cursor.i)
            yield from _occurrence(cursor, words, t.font, where, called or {})
        elif t.kind == "symbol" and t.word not in BUILTIN_WORDS:
            cursor.i += 1
            if t.word == "e" and cursor.text == "^":
                cursor.i += 1
            elif not (t.word == "I" and t.font == "bb"):
                found_here = list(_occurrence(cursor, (t.word,), t.font, where, called or {}))
                if t.word not in CONSTANT_WORDS or not _is_number(found_here[0]):
                    yield from found_here
        elif t.text in ("^", "_"):
            read_scripts(cursor)
        else:
            cursor.i += 1


def _occurrence(
    cursor: Cursor, words: Words, font: str, where: int, called: Mapping[Words, set[int]]
) -> Iterator[Occurrence]:
    """The symbol with its scripts; with its arguments where it is written with so many, and the symbols in them."""
    scripts = read_scripts(cursor)
    above, below = tuple(scripts.above), tuple(scripts.below)
    opens = cursor.text in ("(", "[")
    start = cursor.i
    arguments = tuple(cut(cursor.bracketed(), COMMA)) if opens and words in called else None
    if arguments is None or len(arguments) not in called[words]:
        cursor.i = start
        yield Occurrence(Head(words, font, above, below), where, called=opens)
        return
    behind = read_scripts(cursor)
    head = Head(words, font, (*above, *behind.above), (*below, *behind.below), arguments)
    yield Occurrence(head, where, called=False)
    for argument in arguments:
        yield from (o for o in occurrences(argument, (), where, called) if o.head.above or o.head.below)


def _is_number(o: Occurrence) -> bool:
    r"""Whether ``\pi`` stands alone or with a power: the number, where no line says that it is something else."""
    return not o.called and not o.head.below and all(t.kind == "digit" for p in o.head.above for t in p.tokens)


def leibniz(found: Sequence[Token]) -> frozenset[int]:
    r"""The places of the two signs ``d`` in ``\frac{dL}{dW}``: no part of any name."""
    out: list[int] = []
    for n, t in enumerate(found):
        if t.text != r"\frac":
            continue
        cursor = Cursor(found, t.place)
        cursor.i = n + 1
        starts = []
        try:
            for _ in range(2):
                starts.append(cursor.i + (cursor.text == "{"))
                cursor.argument()
        except ReadFailure:
            continue
        if all(s < len(found) and found[s].word == "d" for s in starts):
            out += starts
    return frozenset(out)


def _longer(found: Sequence[Token], i: int, names: Sequence[Words]) -> Words | None:
    return next((words for words in names if len(words) > 1 and _length(words, found, i)), None)


def _length(words: Words, found: Sequence[Token], i: int) -> int:
    """How many tokens the words take at ``i``; 0 where they do not stand there."""
    from derive.notation.symbols import Symbol, match_words

    end = match_words(Symbol(words, ""), found, i) if i < len(found) else None
    return 0 if end is None else end - i
