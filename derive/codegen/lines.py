"""A program as lines of Python, each computed line with its equation, and as few names unpacked as are used."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from typing import TYPE_CHECKING

from derive.algebra.tree import Add, Div, Fn, MatMul, Mul, Pow, Ref
from derive.codegen.arrange import negated
from derive.codegen.helpers import shared, swapped
from derive.codegen.nodes import Name, Reduce
from derive.codegen.numpy_text import numpy_text
from derive.codegen.program import Helper, Loop, Op, Statement
from derive.notation.plain import text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from derive.algebra.tree import Expr
    from derive.codegen.equations import Equation
    from derive.notation.notation import Notation

WIDTH = 88
"""As ruff's own default."""
INDENT = "    "
PARTS = (Add, Div, Fn, MatMul, Mul, Pow, Reduce)
"""What may get a line of its own where the whole would be too long for one."""


def statement_lines(statements: Iterable[Statement], depth: int = 1) -> list[str]:
    """The lines of a block."""
    lines: list[str] = []
    for s in statements:
        if isinstance(s, Loop):
            lines.append(INDENT * depth + loop_head(s))
            lines += statement_lines(s.body, depth + 1)
        else:
            lines += op_lines(s, depth)
    return lines


def loop_head(loop: Loop) -> str:
    """``for l in range(99, 0, -1):``."""
    stop = loop.last + loop.step
    bounds = f"{loop.first}, {stop}" + (f", {loop.step}" if loop.step != 1 else "")
    return f"for {loop.letter} in range({bounds}):"


def op_lines(op: Op, depth: int) -> list[str]:
    """The line with its equation behind it, or above where there is no room."""
    parts, op = _fitting(op, INDENT * depth)
    code = INDENT * depth + assignment(op)
    comment = f"# ({op.number}) {op.label}" + (f", {op.shape}" if op.shape else "")
    if not parts and len(code) + 2 + len(comment) <= WIDTH:
        return [f"{code}  {comment}"]
    return [INDENT * depth + comment, *parts, code]


def _fitting(op: Op, indent: str) -> tuple[list[str], Op]:
    """The operation, on a line that is short enough, after the lines that compute its longer parts."""
    before: list[str] = []
    while len(indent + assignment(op)) > WIDTH and (part := _part(op.value)) is not None:
        name = f"step_{len(before) + 1}"
        before.append(f"{indent}{name} = {numpy_text(part)}")
        op = replace(op, value=swapped(op.value, part, Name(name)))
    return before, op


def _part(whole: Expr) -> Expr | None:
    """The part with the longest text that leaves room for its name on a line."""
    room = WIDTH - len(INDENT) * 4
    parts = {n: len(numpy_text(n)) for n in whole.walk() if n != whole and isinstance(n, PARTS)}
    fitting = [n for n, length in parts.items() if len("step_1") < length <= room]
    return max(fitting, key=lambda n: parts[n], default=None)


def assignment(op: Op) -> str:
    """``x = value``;  ``x -= y`` for ``x - y``;  ``x[:] = value`` for an array that is filled."""
    value = op.value
    if isinstance(value, Add) and len(value.terms) == 2 and value.terms[0] == Name(op.target):
        taken = negated(value.terms[1])
        if taken is not None:
            return f"{op.target} -= {numpy_text(taken)}"
        return f"{op.target} += {numpy_text(value.terms[1])}"
    return f"{op.target}{'[:]' if op.into else ''} = {numpy_text(value)}"


def formula(op: Op, indent: str) -> list[str]:
    """What a block of calls computes, as a comment: a part that occurs twice first, then all of it."""
    parts, result = shared(op.value)
    told = (f"{name} = {numpy_text(part)}".replace("np.", "") for name, part in (*parts, (op.target, result)))
    return [line for text in told for line in _comment(text, indent)]


def _comment(text: str, indent: str) -> list[str]:
    head = f"{indent}# "
    more = head + INDENT
    return textwrap.wrap(
        text, WIDTH, initial_indent=head, subsequent_indent=more, break_long_words=False, break_on_hyphens=False
    )


def helper_lines(helper: Helper) -> list[str]:
    """The body of a helper."""
    lines = [*helper.lines, ("", helper.result)]
    return [line for name, value in lines for line in _helper_line(name, value)]


def _helper_line(name: str, value: Expr) -> list[str]:
    parts, op = _fitting(Op(name or "return", value, "", "", ""), INDENT)
    return [
        *(part.removeprefix(INDENT) for part in parts),
        assignment(op) if name else f"return {numpy_text(op.value)}",
    ]


def flat(statements: Iterable[Statement]) -> list[Op]:
    """The assignments, those of loops once."""
    return [op for s in statements for op in (s.body if isinstance(s, Loop) else (s,))]


def used(statements: Iterable[Statement]) -> frozenset[str]:
    """The variables that are read."""
    return frozenset(n.text for op in flat(statements) for n in op.value.walk() if isinstance(n, Name))


# ---------------------------------------------------------------- unpacking


def pattern(names: Sequence[str | tuple[str, ...]], wanted: frozenset[str]) -> str:
    """The left side that takes the wanted names out of nested tuples: ``(W_1, _), *_``;  ``_`` when none is wanted."""
    parts = [pattern(n, wanted) if not isinstance(n, str) else n if n in wanted else "_" for n in names]
    parts = ["_" if p == "_" else f"({p})" if not isinstance(n, str) else p for p, n in zip(parts, names, strict=True)]
    if all(p == "_" for p in parts):
        return "_"
    parts = _starred(parts)
    return ", ".join(parts) + ("," if len(parts) == 1 else "")


def _starred(parts: list[str]) -> list[str]:
    """A run of two or more ``_`` at the end, or else at the beginning, as ``*_``."""
    taken = [i for i, p in enumerate(parts) if p != "_"]
    if len(parts) - taken[-1] > 2:
        return [*parts[: taken[-1] + 1], "*_"]
    return ["*_", *parts[taken[0] :]] if taken[0] >= 2 else parts


def unpacked(names: Sequence[str | tuple[str, ...]], wanted: frozenset[str], source: str) -> list[str]:
    """``(W_1, _), *_ = weights(theta)``; nothing where no name is wanted."""
    left = pattern(names, wanted)
    if left == "_":
        return []
    line = f"{f'({left})' if left.endswith(',') else left} = {source}"
    parts = [n[0].partition("_")[0] for n in names if not isinstance(n, str)]
    if len(INDENT) + len(line) <= WIDTH or len(set(parts)) < len(names):
        return [line]
    found = [(part, unpacked(n, wanted, part)) for part, n in zip(parts, names, strict=True)]
    return [
        f"{', '.join(part if own else '_' for part, own in found)} = {source}",
        *(x for _, own in found for x in own),
    ]


def listed(items: list[str], ends: str = "[]", indent: int = 0) -> str:
    """A list on one line, or one item a line."""
    line = f"{ends[0]}{', '.join(items)}{ends[1]}"
    if len(line) < WIDTH - indent - len("PARAMETERS = "):
        return line
    inner = " " * indent
    return "\n".join([ends[0], *(f"{inner}{INDENT}{item}," for item in items), inner + ends[1]])


def packed(names: Sequence[str]) -> str:
    """``(A_0, A_1)``, ``(Z_1,)``."""
    return f"({', '.join(names)}{',' * (len(names) == 1)})"


# ---------------------------------------------------------------- text of users and notes


def literal(value: str) -> str:
    """A string constant as ruff writes it: in double quotes unless that needs more escapes."""
    quote = "'" if value.count('"') > value.count("'") else '"'
    return quote + "".join(f"\\{c}" if c == quote else c if c in "'\"" else repr(c)[1:-1] for c in value) + quote


def safe(value: str) -> str:
    """Text that may stand in a docstring or comment: one line, no backslash, no run of quotes."""
    plain = "".join(c if c.isprintable() else " " for c in value)
    return plain.replace("\\", "/").replace('"', "'")


def told_left(e: Equation, notation: Notation) -> str:
    """``(88) cost-sample-batch:  C_s``: the left side, where the right one depends on what is chosen later."""
    return safe(f"({e.number}) {e.label}:  {text(e.told[0], notation)}")


def told_lines(e: Equation, notation: Notation, indent: str = INDENT) -> list[str]:
    """An equation in the notation of the notes: on one line, or broken at its sign and where it is still long."""
    left, right = e.told
    sign = ":=" if isinstance(left, Ref) and left.name != "delta" else "="
    where = f", l = {e.layers}" if e.layers is not None and e.letter is not None else ""
    head = safe(f"({e.number}) {e.label}{where}:  {text(left, notation)}")
    tail = safe(f"{sign} {text(right, notation)}")
    if len(indent) + len(head) + 1 + len(tail) <= WIDTH:
        return [f"{head} {tail}"]
    room = WIDTH - len(indent) - len(INDENT)
    rest = textwrap.wrap(tail, room, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
    return [head, *(INDENT + line for line in rest)]
