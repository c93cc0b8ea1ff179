"""The sentences that stand above the lines.  ``{0}``, ``{1}`` are filled by the printers with the mathematics given
beside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.tree import Add, Cases, Div, Expr, Fn, Kron, Mul, Partial, Pow, Ref, Sum, Sym

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Reason = tuple[str, tuple[Expr, ...]]


def chain(target: Ref, through: Sequence[tuple[Ref, bool]], *, directly: bool = False) -> Reason:
    """``through``: the consumers' members, and whether many; ``directly``: the cost contains the target itself."""
    many = any(several for _, several in through)
    members = " and ".join("{" + str(i + 1) + "}" for i in range(len(through)))
    tail = "one term for each" if many else "the product of the derivatives along the way"
    math = (target, *(m for m, _ in through))
    if directly:
        return f"chain rule: {{0}} acts on the cost through {members}, {tail}, and by itself in the penalty", math
    return f"chain rule: {{0}} acts on the cost only through {members}; {tail}", math


def contraction(log: Sequence[tuple[Sym, Expr]]) -> Reason:
    """Which letters of sums were fixed."""
    pairs = " and ".join(f"{{{2 * i}}} = {{{2 * i + 1}}}" for i in range(len(log)))
    what = "term" if len(log) == 1 else "terms"
    return f"of the sum only the {what} with {pairs} are left" if len(log) > 1 else (
        f"of the sum only the term with {pairs} is left"
    ), tuple(e for pair in log for e in pair)


OF_FUNCTIONS = {
    "exp": "the exponential is its own derivative",
    "log": "the derivative of the logarithm is the reciprocal",
    "sqrt": "chain rule for the root",
    "cosh": "the derivative of the hyperbolic cosine is the hyperbolic sine",
    "sinh": "the derivative of the hyperbolic sine is the hyperbolic cosine",
    "sin": "the derivative of the sine is the cosine",
    "cos": "the derivative of the cosine is minus the sine",
    "abs": "the slope of an absolute value is the sign of what stands inside, by convention 0 at 0",
    "max": "the slope of the larger argument, where both are equal 0 by convention",
    "min": "the slope of the smaller argument, where both are equal 0 by convention",
}
"""What is said of a function of the grammar; every other function is an activation."""


def differentiation(rhs: Expr, target: Expr) -> Reason:
    """What was used, told by the kind of the right side."""
    said = list(dict.fromkeys(_rules_used(rhs, target)))
    constant = _constant_families(rhs, target)
    text = ", ".join(said) or "derivative of each term"
    if constant:
        names = ", ".join(f"{{{i}}}" for i in range(1, len(constant) + 1))
        verb = "does" if len(constant) == 1 else "do"
        return f"{text}; {names} {verb} not contain {{0}}", (target, *constant)
    return text, (target,)


def _rules_used(rhs: Expr, target: Expr) -> Iterator[str]:
    name = target.name if isinstance(target, Ref) else None
    for node in rhs.walk():
        if not any(isinstance(n, Ref) and n.name == name for n in node.walk()):
            continue
        if isinstance(node, Sum):
            yield "the sum is differentiated term by term"
        elif isinstance(node, Div) and _contains(node.denominator, name):
            yield "quotient rule"
        elif isinstance(node, Pow):
            yield "power rule"
        elif isinstance(node, Mul) and sum(_contains(f, name) for f in node.factors) > 1:
            yield "product rule"
        elif isinstance(node, Cases):
            yield "case by case, at a border with the slope of the case that holds there"
        elif isinstance(node, Fn):
            yield OF_FUNCTIONS.get(node.name, "chain rule for the activation")
        elif isinstance(node, Add) and not any(isinstance(n, Sum) for n in rhs.walk()):
            yield "each term on its own"


def _contains(expr: Expr, name: str | None) -> bool:
    return any(isinstance(n, Ref) and n.name == name for n in expr.walk())


def _constant_families(rhs: Expr, target: Expr) -> list[Expr]:
    """The other layered quantities that stand in the formula, once each."""
    name = target.name if isinstance(target, Ref) else None
    found: dict[str, Expr] = {}
    for node in rhs.walk():
        if isinstance(node, Ref) and node.name not in (name, "n", "lambda", "y") and node.slots:
            found.setdefault(node.name, Ref(node.name, node.slots, None if node.entries else node.entries))
    return list(found.values())


def has_delta(expr: Expr) -> bool:
    """Whether a Kronecker delta stands in the expression."""
    return any(isinstance(n, Kron) for n in expr.walk())


def partials(expr: Expr) -> list[Partial]:
    """The derivatives that stand in the expression."""
    return [n for n in expr.walk() if isinstance(n, Partial)]
