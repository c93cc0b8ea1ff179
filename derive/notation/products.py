"""What a run of factors means once their shapes are known."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from derive.algebra.layers import shift
from derive.algebra.tree import (
    COLON,
    ONE,
    Diag,
    Div,
    Expr,
    Hadamard,
    MatMul,
    MatProd,
    Mul,
    Num,
    Partial,
    Prod,
    Sum,
    Transpose,
)
from derive.notation.raw import Chain, Elided, Product, bare, is_unknown
from derive.notation.shapes import NUMBER, Shape, is_number, put_layer

if TYPE_CHECKING:
    from derive.notation.agreement import Typed
    from derive.notation.typing import Typing

DOTS = frozenset({r"\cdot"})


def product(typing: Typing, items: list[tuple[str, Typed]]) -> Typed:
    """The elementwise sign binds more loosely than side by side: ``f' * W^T d`` is ``f' * (W^T d)``."""
    if typing.table.elementwise_binds == "alike":
        return _from_left(typing, items)
    runs: list[list[tuple[str, Typed]]] = [[]]
    for sign, part in items:
        if sign in typing.table.elementwise:
            runs.append([])
        runs[-1].append((sign, part))
    parts = [_run(typing, run) for run in runs]
    return parts[0] if len(parts) == 1 else hadamard(typing, parts)


def _from_left(typing: Typing, items: list[tuple[str, Typed]]) -> Typed:
    """All signs alike, from left to right: ``f' * W^T d`` is ``(f' * W^T) d``."""
    made = items[0][1]
    for sign, part in items[1:]:
        entrywise = sign in typing.table.elementwise
        made = hadamard(typing, [made, part]) if entrywise else _run(typing, [("", made), (sign, part)])
    return made


def from_right(typing: Typing, e: Product) -> Typed:
    r"""Dots and elementwise signs alike, each for all that follows: ``f' \circ W^T \cdot d`` is ``f' * (W^T d)``.

    Factors side by side belong together.  What dots leave out is a product of matrices, ``f' \circ`` being the diagonal
    one.
    """
    runs: list[list[Expr]] = []
    signs: list[str] = []
    for sign, factor in zip(e.signs, e.factors, strict=True):
        if not runs or sign in DOTS or sign in typing.table.elementwise:
            runs.append([])
            signs.append(sign)
        runs[-1].append(factor)
    parts = [_applied(typing, run) for run in runs]
    made = parts[-1]
    for sign, part in zip(reversed(signs[1:]), reversed(parts[:-1]), strict=True):
        entrywise = sign in typing.table.elementwise and not isinstance(part[0], MatProd)
        made = hadamard(typing, [part, made]) if entrywise else _run(typing, [("", part), ("", made)])
    return made


def _applied(typing: Typing, run: list[Expr]) -> Typed:
    """Factors side by side; what dots leave out between signs as the matrix that stands before the rest."""
    (first, *rest) = run
    if rest or not isinstance(bare(first), Elided):
        return _run(typing, [("", typing.rule(f)) for f in run])
    dots = bare(first)
    assert isinstance(dots, Elided)
    assert isinstance(dots.body, Product)
    signs = (*dots.body.signs[1:], dots.sign)
    made = [_before(typing, typing.rule(f), s) for f, s in zip(dots.body.factors, signs, strict=True)]
    return repeated(typing, dots, matmul(typing, made) if len(made) > 1 else made[0])


def _before(typing: Typing, part: Typed, sign: str) -> Typed:
    """A column before an elementwise sign as the diagonal matrix."""
    e, shape = part
    shape = typing.known(shape)
    if sign not in typing.table.elementwise:
        return part
    if len(shape) != 2 or shape[1] != ONE:
        raise typing.mismatch("an elementwise product", shape, NUMBER)
    return Diag(e), (shape[0], shape[0])


def repeated(typing: Typing, e: Elided, body: Typed) -> Typed:
    """What dots leave out: a sum, a product of numbers, a product of matrices whose sizes go together."""
    made, shape = body
    if e.sign == "+":
        return Sum(made, e.index, e.low, e.high), shape
    if is_number(typing.known(shape)):
        return Prod(made, e.index, e.low, e.high), NUMBER
    if len(shape) != 2:
        raise typing.mismatch("a product of matrices", shape, NUMBER)
    rows = put_layer(shape[0], e.index, shift(e.index, -1 if e.falling else 1))
    if not typing.same_size(shape[1], rows):
        raise typing.mismatch("a matrix product", shape, (rows, shape[1]))
    first, last = (e.high, e.low) if e.falling else (e.low, e.high)
    ends = put_layer(shape[0], e.index, first), put_layer(shape[1], e.index, last)
    if e.falling:
        return Transpose(MatProd(Transpose(made), e.index, e.low, e.high)), ends
    return MatProd(made, e.index, e.low, e.high), ends


def _run(typing: Typing, items: list[tuple[str, Typed]]) -> Typed:
    """Factors side by side, ``/`` from left to right."""
    before: list[tuple[str, Typed]] = []
    for sign, part in items:
        if sign == "/":
            top, bottom = side_by_side(typing, before), part
            shape = top[1] if is_number(bottom[1]) else typing.alike("a fraction", [top, bottom])
            before = [("", (_quotient(top[0], bottom[0]), shape))]
        else:
            before.append((sign, part))
    return side_by_side(typing, before)


def _quotient(top: Expr, bottom: Expr) -> Expr:
    literal = isinstance(top, Num) and isinstance(bottom, Num) and bottom.value
    return Num(top.value / bottom.value) if literal else Div(top, bottom)  # type: ignore[attr-defined]


def side_by_side(typing: Typing, items: list[tuple[str, Typed]]) -> Typed:
    """Numbers and runs of arrays: ``Mul`` of the numbers and the ``MatMul`` of each run."""
    if len(items) == 1:
        return items[0][1]
    parts = [part for _, part in items]
    if typing.table.jacobian == "schematic" and _derivatives(parts):
        return chain(typing, parts)
    if any(len(typing.known(shape)) > 2 for _, shape in parts) and _meet(typing, parts):
        return chain(typing, parts)
    places: list[Expr | list[Typed]] = []
    run: list[Typed] = []
    for sign, (e, own) in items:
        if own == NUMBER:
            places.extend(e.factors if isinstance(e, Mul) and not (places and _negated(e)) else (e,))
        elif not run or not _joined(typing, sign, run, (e, own)):
            run = [(e, own)]
            places.append(run)
    return _multiplied(typing, places)


def _negated(e: Mul) -> bool:
    """Whether a product begins with a negative number: behind another factor it keeps its brackets."""
    return isinstance(e.factors[0], Num) and e.factors[0].value < 0


def _joined(typing: Typing, sign: str, run: list[Typed], part: Typed) -> bool:
    """Whether an array goes on with the run before it; a dot between two equal columns is the inner product."""
    before, shape = run[-1]
    columns = shape[1:] == (ONE,) == part[1][1:]
    if sign in DOTS and columns and typing.same(shape, part[1]):
        run[-1] = (Transpose(before), (shape[1], shape[0]))
    elif _is_one_number(typing, run) and is_unknown(*typing.known(part[1][:1])):
        return False  # a number times ones
    elif not _conforms(typing, [*run, part]):
        return False
    run.append(part)
    return True


def _is_one_number(typing: Typing, run: list[Typed]) -> bool:
    return typing.known((run[0][1][0], run[-1][1][-1])) == (ONE, ONE)


def _multiplied(typing: Typing, places: list[Expr | list[Typed]]) -> Typed:
    """Numbers and runs of arrays in their order; all runs but one must come to a number."""
    factors: list[Expr] = []
    shape: Shape = NUMBER
    for place in places:
        if isinstance(place, Expr):
            factors.append(place)
            continue
        made, own = matmul(typing, place) if len(place) > 1 else place[0]
        own = typing.known(own)
        if not is_number(own) and not is_number(shape):
            raise typing.mismatch("a matrix product", shape, own)
        factors.extend(made.factors if isinstance(made, Mul) else (made,))
        shape = own if not is_number(own) or shape == NUMBER else shape
    return (factors[0] if len(factors) == 1 else Mul(tuple(factors))), shape


def _conforms(typing: Typing, run: list[Typed]) -> bool:
    """Whether the last array of a run goes with the one before it."""
    if len(run) < 2:
        return True
    left, right = run[-2][1], run[-1][1]
    return len(left) == 2 and len(right) == 2 and typing.same_size(left[1], right[0])


def matmul(typing: Typing, parts: list[Typed]) -> Typed:
    """The matrix product from left to right."""
    for n in range(1, len(parts)):
        if not _conforms(typing, parts[: n + 1]):
            raise typing.mismatch("a matrix product", parts[n - 1][1], parts[n][1])
    flat = tuple(x for e, _ in parts for x in (e.factors if isinstance(e, MatMul) else (e,)))
    return MatMul(flat), (parts[0][1][0], parts[-1][1][1])


def hadamard(typing: Typing, parts: list[Typed]) -> Typed:
    """The product entry by entry; between numbers it is the ordinary one."""
    arrays = [p for p in parts if not is_number(typing.known(p[1]))]
    if len(arrays) < 2:
        return side_by_side(typing, [("", p) for p in parts])
    if len(arrays) < len(parts):
        raise typing.mismatch("an elementwise product", arrays[0][1], NUMBER)
    shape = arrays[0][1]
    for _, other in arrays[1:]:
        if not typing.same(shape, other):
            raise typing.mismatch("an elementwise product", shape, other)
    flat = tuple(x for e, _ in parts for x in (e.factors if isinstance(e, Hadamard) else (e,)))
    return Hadamard(flat), shape


def _derivatives(parts: list[Typed]) -> bool:
    """Partial derivatives only, and one of an array by an array among them."""
    partials = all(isinstance(e, Partial) for e, _ in parts)
    return partials and any(_links_arrays(e) for e, _ in parts)


def _links_arrays(e: Expr) -> bool:
    return isinstance(e, Partial) and _is_array(e.of) and _is_array(e.wrt)


def _is_array(e: Expr) -> bool:
    entries = getattr(e, "entries", ())
    return entries is None or COLON in entries


def _meet(typing: Typing, parts: list[Typed]) -> bool:
    """Whether Jacobians, of matrices too, stand in the order of their layout: neighbours share the variable."""
    partials = [
        e for e, _ in ((e.arg if isinstance(e, Transpose) else e, s) for e, s in parts) if isinstance(e, Partial)
    ]
    if len(partials) < len(parts) or not all(_links_arrays(p) for p in partials):
        return False
    ordered = partials if typing.table.jacobian == "numerator" else partials[::-1]
    return all(one.wrt == other.of for one, other in pairwise(ordered))


def chain(typing: Typing, parts: list[Typed]) -> Typed:
    """A schematic chain: neighbours share a variable; the shape is that of the outermost variable."""
    inner = [e.arg if isinstance(e, Transpose) else e for e, _ in parts]
    partials = [e for e in inner if isinstance(e, Partial)]
    if len(partials) < len(parts):
        raise typing.mismatch("a chain of something else than derivatives", parts[0][1], parts[-1][1])
    tops, bottoms = [p.of for p in partials], [p.wrt for p in partials]
    first = [t for t in tops if t not in bottoms]
    last = [b for b in bottoms if b not in tops]
    if len(first) != 1 or len(last) != 1:
        raise typing.mismatch("a chain of derivatives whose links do not meet", parts[0][1], parts[-1][1])
    return Chain(tuple(partials)), typing.typed(Partial(first[0], last[0]))[1]
