"""The readings of one equation that a setting leaves open, and each made ready to be compared."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from derive.algebra.match import match
from derive.algebra.tree import ONE, Add, Binder, Compare, Expr, Num, Partial, Ref, Sym
from derive.checking.judging.hints import hint
from derive.checking.naming.statements import BUILTIN_WORDS
from derive.checking.reading import Misread, Reading, Undecided, Written
from derive.checking.reading.lowering import NeedsEntries, entry, has_chain, lowered
from derive.checking.verdicts import Judgement
from derive.notation.failures import ReadFailure, ShapeMismatch, UnknownSymbol
from derive.notation.parser import Parser
from derive.notation.raw import Product, bare
from derive.notation.shapes import is_number
from derive.notation.typing import Typing

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from derive.checking.understanding import Understood
    from derive.notation.symbols import SymbolTable
    from derive.notation.tokens import Token

MOST_AXES, MOST_TERMS = 7, 1000
NOT_JUDGED = frozenset({"propto", "in", "->", "!="})
DERIVATIVES = frozenset({r"\partial", "d", r"\nabla"})
ILL_TYPED = (
    "the terms of a sum", "the sides of an equation", "a matrix product", "an elementwise product", "the letter",
    "the range of the letter", "a product of numbers", "a fraction", "an exponent", "the diagonal", "an entry",
    "a comparison", "the values of the cases",
)  # fmt: skip
"""What makes an equation wrong whatever its letters are; other failures of typing are things not read yet."""


def tables(w: Written, understood: Understood) -> list[SymbolTable]:
    """The table of the setting in each layout of Jacobians and each precedence of the elementwise sign left open."""
    words = {t.text for t in w.tokens}
    out = _layouts(w, understood)
    if words & understood.table.elementwise:
        out += [replace(t, elementwise_binds="alike") for t in list(out)]
    if (made := _of_functions(w, understood.table)) is not None:
        out.append(made)
    return out


def numbers_named(w: Written, understood: Understood) -> dict[str, Token]:
    r"""The letters of the page that stand for the variables of formulas: ``z`` is written ``x`` in ``\sigma'(x)``."""
    made = _of_functions(w, understood.table)
    letters = made.letters if made is not None else {}
    return {letters[t.word]: t for t in reversed(w.tokens) if t.word in letters}


def _of_functions(w: Written, table: SymbolTable) -> SymbolTable | None:
    """The table in which the only letter of an equation is any number, where it says something of functions."""
    letter = _only_letter(w, table)
    variable = next((f.variable.name for f in table.functions.values()), None)
    if letter is None or variable is None:
        return None
    own = tuple(row for row in table.symbols if row.words != (letter,))
    return replace(table, symbols=own, letters={**table.letters, letter: variable})


def _only_letter(w: Written, table: SymbolTable) -> str | None:
    r"""``x`` in ``\sigma'(x) = \sigma(x)(1 - \sigma(x))``: what is said of a function holds for any number x."""
    functions = {word for row in table.symbols if row.kind == "function" for word in row.words} | BUILTIN_WORDS
    words = [t.word for t in w.tokens if t.kind == "symbol"]
    letters = set(words) - functions
    if len(letters) != 1 or letters == set(words) or {t.text for t in w.tokens} & DERIVATIVES:
        return None
    (letter,) = letters
    scripts = any(one.word == letter and other.text in ("_", "^") for one, other in pairwise(w.tokens))
    arrays = [row for row in table.symbols if row.words == (letter,) and row.kind == "quantity" and row.axes]
    return letter if arrays and not scripts else None


def _layouts(w: Written, understood: Understood) -> list[SymbolTable]:
    told = "jacobian" in understood.setting.conventions or not {t.text for t in w.tokens} & DERIVATIVES
    out = [understood.table, *([] if told else [replace(understood.table, jacobian="denominator")])]
    if understood.table.gradient == "transposed" and r"\nabla" in {t.text for t in w.tokens}:
        out += [replace(t, gradient="variable") for t in out]  # a row of partial derivatives, a column of the gradient
    return out


def from_the_right(w: Written, understood: Understood) -> list[SymbolTable]:
    r"""The tables for a page on which only the types tell that ``f' \circ W^T \cdot d`` is ``f' * (W^T d)``."""
    words = {t.text for t in w.tokens}
    both = r"\cdot" in words and bool(words & understood.table.elementwise)
    return [replace(t, elementwise_binds="right") for t in _layouts(w, understood)] if both else []


def misread(failure: Misread, w: Written, table: SymbolTable, understood: Understood) -> Judgement:
    """A failure to read: wrong where shapes do not go together, else undecided."""
    found = failure.failure
    at = f" (line {found.place.line}, column {found.place.column})" if found.place else ""
    if isinstance(found, UnknownSymbol):
        return Judgement("cannot_tell", f"{found.problem}{at}: {hint(found.name, understood)}")
    if isinstance(found, ShapeMismatch) and max(len(found.left), len(found.right)) > 2:
        more = ", or state jacobian = 'schematic' in [conventions]" if table.jacobian != "schematic" else ""
        return Judgement("cannot_tell", f"the derivative of an array by a matrix{at}: write its entries{more}")
    if not isinstance(found, ShapeMismatch) or not _ill_typed(found):
        return Judgement("cannot_tell", f"{found.problem}{at}")
    if table.jacobian == "schematic" and any(_has_jacobian(w.members[n], table) for n in failure.at):
        return Judgement("cannot_tell", "a Jacobian among other factors: write its entries, or declare its layout")
    # a size that the author has no letter for is called width inside; a reader knows it as n
    return Judgement("wrong", f"shapes: {found.problem.replace('width_', 'n_')}", failure.step)


def _ill_typed(found: ShapeMismatch) -> bool:
    return found.problem.startswith(ILL_TYPED) and "nothing tells" not in found.problem


def _has_jacobian(member: Sequence[Token], table: SymbolTable) -> bool:
    """Whether the text holds a derivative of an array by an array that is no link of a chain of derivatives."""
    try:
        raw = Parser(member, member[-1].place, table).whole(member)
    except ReadFailure:
        return False
    return any(_is_jacobian(p, table) for p in _alone(raw))


def _alone(e: Expr) -> Iterator[Partial]:
    """The derivatives that are not multiplied with derivatives only."""
    if isinstance(e, Product) and all(isinstance(bare(f), Partial) for f in e.factors):
        return
    if isinstance(e, Partial):
        yield e
    for child in e.children:
        yield from _alone(child)


def _is_jacobian(p: Partial, table: SymbolTable) -> bool:
    typing = Typing(table)
    try:
        shapes = [typing.known(typing.typed(x)[1]) for x in (p.of, p.wrt)]
    except ReadFailure:
        return False
    return not any(is_number(s) for s in shapes)


def together(judgements: Sequence[Judgement], ill: Sequence[Judgement]) -> Judgement:
    """Wrong only if every well-typed reading is wrong, right only if every one is right."""
    if not judgements:
        return next((j for j in ill if j.verdict != "wrong"), ill[0])
    words = {j.verdict for j in judgements}
    if len(words) == 1:
        return judgements[0]
    if words == {"right", "definition"}:
        return next(j for j in judgements if j.verdict == "right")
    undecided = next((j for j in judgements if j.verdict == "cannot_tell"), None)
    if undecided is not None:
        return undecided
    reason = "right in one reading and wrong in another: state jacobian in [conventions], or write brackets"
    return Judgement("cannot_tell", reason)


# ------------------------------------------------------------ ready to be compared


def as_assignment(reading: Reading, defined: Container[str]) -> Reading:
    """``W = W - \\eta dW`` and ``W := ...`` of a W that nothing defines: meant as an assignment."""
    left, right, *_ = reading.members
    if (
        reading.relations[0] not in ("=", ":=", "->")
        or not isinstance(left, Ref)
        or left.name in defined
        or left not in right.walk()
    ):
        return reading
    return replace(reading, relations=("<-", *reading.relations[1:]))


def prepared(reading: Reading, table: SymbolTable, updated: set[str]) -> Reading:
    """Updates, schematic chains and entries written out.

    Raises:
        Undecided: a relation, an update or a chain that is not judged.
    """
    members = list(reading.members)
    for n, relation in enumerate(reading.relations):
        if relation in NOT_JUDGED:
            raise Undecided(f"the relation {relation} is not judged: only equations and inequalities are")
        if relation == "<-":
            members[n] = next_value(members[n], table)
    _known_updates(members, updated)
    reading = replace(reading, members=tuple(members))
    _bounded(reading)
    if any(len(s) > 2 for s in reading.shapes):
        return _entrywise(reading, table)
    if not any(has_chain(m) for m in members):
        return reading
    try:
        return replace(reading, members=tuple(lowered(m, table) for m in members))
    except NeedsEntries:
        return _entrywise(reading, table)


def next_value(e: Expr, table: SymbolTable) -> Expr:
    """The left side of an assignment: the value at the next iteration."""
    if not isinstance(e, Ref) or table.time is None:
        raise Undecided("an assignment to something that is no symbol")
    return Ref(e.name, e.slots, e.entries, Add((table.time, ONE)))


def _known_updates(members: Sequence[Expr], updated: set[str]) -> None:
    """A later value is known only of what has an update."""
    for node in (n for m in members for n in m.walk()):
        if isinstance(node, Ref) and node.time is not None and node.name not in updated:
            raise Undecided(f"how {node.name.strip('$')} is updated is not known: add its update to given")


def _bounded(reading: Reading) -> None:
    """Refuse what would fill the memory."""
    for member in reading.members:
        if _nesting(member) + len(reading.letters) > MOST_AXES:
            raise Undecided(f"more than {MOST_AXES} letters at once")
        ends = [e for n in member.walk() if isinstance(n, Binder) for e in (n.low, n.high)]
        if any(isinstance(n, Num) and abs(n.value) > MOST_TERMS for e in ends for n in e.walk()):
            raise Undecided(f"a sum over more than {MOST_TERMS} terms")


def _nesting(e: Expr) -> int:
    inner = max((_nesting(c) for c in e.children), default=0)
    return inner + isinstance(e, Binder)


def _entrywise(reading: Reading, table: SymbolTable) -> Reading:
    """The equation for one entry of its sides."""
    shape = next(s for s in reading.shapes if s)
    index = tuple(Sym(name) for name, _ in zip(("row", "column", "by_row", "by_column"), shape, strict=False))
    if len(shape) == 2 and shape[1] == ONE:
        index = index[:1]
    try:
        members = tuple(entry(m, index, table) for m in reading.members)
    except (NeedsEntries, ReadFailure):
        raise Undecided("a chain of derivatives of this kind is not read: write the entries") from None
    return replace(reading, members=members, letters={**reading.letters, **dict(zip(index, shape, strict=False))})


# ------------------------------------------------------------ given lines


def is_given(reading: Reading, understood: Understood) -> bool:
    """Whether this is a line of the setting, or says that one thing is itself."""
    if len(reading.members) != 2 or reading.relations[0] not in ("=", ":=", "<-"):
        return False
    left, right = reading.members
    if left == right:
        return isinstance(left, Ref)
    claim = Compare("==", _now(left), _now(right))
    for head, rhs in understood.givens:
        letters = frozenset(s for e in (head, rhs) for s in e.symbols if s != understood.model.last)
        if match(Compare("==", _now(head), _now(rhs)), claim, letters) is not None:
            return True
    return False


def _now(e: Expr) -> Expr:
    """The expression with the current iteration written as none."""
    if isinstance(e, Ref) and isinstance(e.time, Sym):
        return Ref(e.name, e.slots, e.entries)
    return e.map(_now)
