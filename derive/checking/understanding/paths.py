"""What depends on what: a derivative by something that nothing leads from is 0, and nobody means that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.tree import ZERO, Add, Expr, Partial, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from derive.checking.naming.sentences import Sentence

Parts = dict[str, frozenset[str]]
"""What each quantity is defined with."""


def names(e: Expr) -> frozenset[str]:
    """The quantities that an expression speaks of."""
    return frozenset(n.name for n in e.walk() if isinstance(n, Ref))


def parts(givens: Iterable[tuple[Expr, Expr]]) -> Parts:
    """What each quantity is defined with, in any of its layers."""
    out: Parts = {}
    for head, rhs in givens:
        if isinstance(head, Ref):
            out[head.name] = out.get(head.name, frozenset()) | names(rhs)
    return out


def leads(found: Mapping[str, frozenset[str]], start: str, ends: frozenset[str]) -> bool:
    """Whether any of the ends is the start, or computed from it."""
    return start in ends | behind(found, ends)


def behind(found: Mapping[str, frozenset[str]], ends: frozenset[str]) -> frozenset[str]:
    """All that the values of the ends depend on."""
    seen: set[str] = set()
    ahead = set(ends)
    while ahead:
        ahead = {n for name in ahead for n in found.get(name, ())} - seen
        seen |= ahead
    return frozenset(seen)


def apart(found: Mapping[str, frozenset[str]], e: Expr) -> tuple[str, str] | None:
    """A derivative of something by what it does not depend on, by their names, where one is in every term."""
    terms = e.children if isinstance(e, Add) else (e,)
    pairs = [_apart(found, t) for t in terms]
    return pairs[0] if all(pairs) else None


def _apart(found: Mapping[str, frozenset[str]], term: Expr) -> tuple[str, str] | None:
    for n in term.walk():
        if isinstance(n, Partial) and isinstance(n.wrt, Ref) and not leads(found, n.wrt.name, names(n.of)):
            of = n.of.name if isinstance(n.of, Ref) else "the expression"
            return of.strip("$"), n.wrt.name.strip("$")
    return None


def connected(typed: Sequence[tuple[Sentence, Expr, Expr]]) -> None:
    """Refuses a setting that defines a derivative which is 0, because a line is missing.

    Raises:
        DeriveError: a line with such a derivative.
    """
    found = parts((head, rhs) for _, head, rhs in typed)
    for s, _, rhs in typed:
        if (pair := apart(found, rhs)) is not None:
            raise s.statement.error(
                f"{pair[0]} does not depend on {pair[1]}",
                "lines of given that lead from one to the other",
                r"say which names are one quantity, such as \hat y = a^L",
            )


def vacuous(found: Mapping[str, frozenset[str]], members: Sequence[Expr]) -> str:
    """Why an equation that holds says nothing: a derivative in it is 0, and it does not say so; empty where it does."""
    if ZERO in members:
        return ""
    pair = next((p for e in members if (p := apart(found, e)) is not None), None)
    return f"{pair[0]} does not depend on {pair[1]}: no line of given leads from one to the other" if pair else ""
