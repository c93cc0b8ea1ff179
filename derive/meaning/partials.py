"""Codes of derivatives by definition: move an entry on the forward pass, read off how the expression moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from derive.algebra.tree import COLON, Elem, Partial, Ref, Sym
from derive.meaning.errors import ShapeError, UnknownName, Unsupported
from derive.meaning.index import counted, slot_of, zero_based
from derive.meaning.kinds import Code
from derive.meaning.stages import LiftedStage, PartStage

if TYPE_CHECKING:
    from collections.abc import Callable

    from derive.algebra.tree import Expr
    from derive.meaning.compiler import Compiler
    from derive.meaning.kinds import Array, Frame, Scope, Value

    Tangents = Callable[[Frame], Array]


def partial(c: Compiler, e: Partial, scope: Scope) -> Code:
    """A derivative of any expression by an entry, by a whole array, or by the variable of a formula."""
    of, wrt = c.code(e.of, scope), _target(e.wrt)
    if isinstance(wrt, Sym) and (wrt in c.variables or wrt.name not in c.model.quantities):
        return Code(of.kind, _by_variable(c, of, wrt))
    ref = Ref(wrt.name) if isinstance(wrt, Sym) else wrt
    tangents = (_second if is_derivative(c, e.of) else _tangents)(c, of, ref, scope)
    axes = len(c.model.quantities[ref.name].axes)
    if ref.entries is None and axes:
        return _by_array(c, of, ref, tangents, axes)
    if COLON in (ref.entries or ()):
        return _by_line(c, of, ref, tangents, scope)
    return Code(of.kind, _by_entry(c, ref, tangents, scope))


def _target(wrt: Expr) -> Ref | Sym:
    """What is moved.

    Raises:
        Unsupported: it is not a member, an entry or a letter.
    """
    if isinstance(wrt, Elem) and isinstance(wrt.array, Ref) and wrt.array.entries is None:
        wrt = Ref(wrt.array.name, wrt.array.slots, wrt.entries, wrt.array.time)
    if not isinstance(wrt, Ref | Sym) or (isinstance(wrt, Ref) and wrt.time is not None):
        raise Unsupported(f"a derivative by something that is no quantity at this iteration: {wrt}")
    return wrt


def _plain(frame: Frame) -> None:
    if isinstance(frame.stage, LiftedStage | PartStage):
        raise Unsupported("a derivative of a derivative")


def _tangents(c: Compiler, of: Code, ref: Ref, scope: Scope) -> Tangents:
    """The derivatives by every entry of the member: ``(*entries, *scope[, rows, columns])``."""
    quantity = c.model.quantities.get(ref.name)
    if quantity is None or quantity.role in ("adjoint", "size"):
        raise UnknownName(f"a derivative by {ref.name}, which is not a quantity of the forward pass")
    name, slot, run, tangent = ref.name, slot_of(c, ref, scope), of.run, c.field.tangent
    least = 1 + len(scope) + (2 if of.kind else 0)

    def value(frame: Frame) -> Array:
        _plain(frame)
        layer, world = slot(frame), frame.stage.world
        if frame.stage is not world.base:
            raise Unsupported("a derivative at a later iteration")
        parts = [tangent(run(frame.on(stage)), count) for stage, count in world.directions(name, layer)]
        out = parts[0] if len(parts) == 1 else np.concatenate(parts)
        rest = out.shape[1:] if out.ndim >= least else (1,) * (least - 1)
        return out.reshape((*world.shape(name, layer), *rest))

    return value


def is_derivative(c: Compiler, of: Expr) -> bool:
    """Whether a derivative stands in an expression, so that its derivative is a second one."""
    return any(isinstance(n, Partial) or (isinstance(n, Ref) and n.name in c.adjoints) for n in of.walk())


def _second(c: Compiler, of: Code, ref: Ref, scope: Scope) -> Tangents:
    """The derivatives of a derivative: differences between networks in which one entry was moved, to about 11 digits.

    Raises:
        Unsupported: in exact arithmetic, where nothing is near anything.
    """
    name, slot, run, axes = ref.name, slot_of(c, ref, scope), of.run, len(scope) + (2 if of.kind else 0)

    def value(frame: Frame) -> Array:
        _plain(frame)
        layer, world = slot(frame), frame.stage.world
        if world.field.bound < ROUGH:
            raise Unsupported("a second derivative in exact arithmetic")
        if world.held:
            raise Unsupported("a third derivative")
        slopes = [_difference(run, frame, name, layer, at) for at in range(int(np.prod(world.shape(name, layer))))]
        rest = np.broadcast_shapes((1,) * axes, *(np.shape(s)[1:] for s in slopes))
        return np.stack([np.broadcast_to(s, (1, *rest))[0] for s in slopes]).reshape((*world.shape(name, layer), *rest))

    return value


STENCIL = (4 / 5, -1 / 5, 4 / 105, -1 / 280)
"""Central differences of order 8: the weights of the values 1, 2, 3, 4 steps away."""

MOVE = 2.0**-6
ROUGH = 1e-15
"""An arithmetic that is finer than this is too fine for differences."""


def _difference(run: Callable[[Frame], Value], frame: Frame, name: str, layer: int | None, at: int) -> Array:
    """The slope of an expression when one entry of a member is moved."""

    def moved(steps: int) -> Array:
        stage = frame.stage.world.moved(name, layer, at, steps * MOVE)
        return np.asarray(run(frame.on(stage)))

    total = sum(w * (moved(n) - moved(-n)) for n, w in enumerate(STENCIL, start=1))
    return np.asarray(total / MOVE)


def _by_variable(c: Compiler, of: Code, variable: Sym) -> Callable[[Frame], Value]:
    """The derivative by the variable of a formula.

    Raises:
        UnknownName: the letter counts layers.
    """
    layered = {q.layer for q in c.model.quantities.values()} | {c.model.last}
    if variable in layered:
        raise UnknownName(f"a derivative by {variable.name}, which counts layers")
    name, field, run = variable.name, c.field, of.run

    def value(frame: Frame) -> Value:
        _plain(frame)
        x = frame.letters.get(name)
        if x is None:
            raise UnknownName(f"nothing binds the letter {name}")
        inner = frame.on(frame.stage)
        if np.ndim(x):
            raise Unsupported("a derivative inside a formula")
        inner.letters[name] = field.seed(np.reshape(x, (1,)), 0, 1)
        return field.tangent(run(inner), 1)

    return value


def _by_entry(c: Compiler, ref: Ref, tangents: Tangents, scope: Scope) -> Callable[[Frame], Value]:
    """Pick the direction of the entry, for each value of the letters in scope."""
    entries = ref.entries or ()
    quantity = c.model.quantities[ref.name]
    if len(entries) != len(quantity.axes) or COLON in entries:
        raise ShapeError(f"a derivative by {ref.name} needs all {len(quantity.axes)} indices or none")
    picks = [zero_based(c, entry, scope) for entry in entries]
    given, axes = len(entries), len(scope)

    def value(frame: Frame) -> Value:
        out = tangents(frame)
        index = [pick(frame, n) for pick, n in zip(picks, out.shape, strict=False)]
        own = [counted(0, n - 1, at, axes) for at, n in enumerate(out.shape[given : given + axes])]
        return np.asarray(out[(*index, *own)])[None]

    return value


def _by_line(c: Compiler, of: Code, ref: Ref, tangents: Tangents, scope: Scope) -> Code:
    """By a row, a column or a matrix of one example: the other entries are picked, what is whole stays an axis."""
    entries, axes = ref.entries or (), len(scope)
    given = len(c.model.quantities[ref.name].axes)
    if len(entries) != given:
        raise ShapeError(f"a derivative by {ref.name} needs all {given} indices or none")
    whole = [at for at, e in enumerate(entries) if e == COLON]
    picks = [None if e == COLON else zero_based(c, e, scope) for e in entries]
    kind = c.code(ref, scope).kind
    assert kind is not None
    if of.kind is not None and ("one" not in of.kind or len(whole) > 1):
        raise Unsupported("a derivative of an array by an array that is not a matrix: write the entries")

    def picked(frame: Frame) -> Array:
        """Axes of the letters in scope, of what is whole, of what moves."""
        out = tangents(frame)
        places = axes + len(whole)
        index: list[Array] = []
        for at, pick in enumerate(picks):
            n = out.shape[at]
            if pick is None:
                index.append(counted(0, n - 1, axes + whole.index(at), places))
            else:
                index.append(np.asarray(pick(frame, n)).reshape((*np.shape(pick(frame, n)), *(1,) * len(whole))))
        own = [counted(0, n - 1, at, places) for at, n in enumerate(out.shape[given : given + axes])]
        result: Array = out[(*index, *own)]
        return result

    if of.kind is None:
        if len(whole) == 2:
            return Code(kind, lambda f: picked(f)[None])
        across = kind[0] == "one"
        return Code(kind, lambda f: picked(f)[None][..., None, :] if across else picked(f)[None][..., None])
    side = of.kind[0] if of.kind[1] == "one" else of.kind[1]

    def jacobian(frame: Frame) -> Array:
        out = picked(frame)
        out = out.reshape(*out.shape[:-2], -1)
        return np.moveaxis(out, -1, -2)[None]

    return Code((side, kind[0] if kind[1] == "one" else kind[1]), jacobian)


def _by_array(c: Compiler, of: Code, ref: Ref, tangents: Tangents, axes: int) -> Code:
    """Of a number: the shape of the array.  Of a column or row: the Jacobian, a row for each of its entries."""
    kind = c.kind(c.model.quantities[ref.name])
    assert kind is not None
    if of.kind is None:
        last = (..., None) if axes == 1 else (...,)
        return Code(kind, lambda f: np.moveaxis(tangents(f), range(axes), range(-axes, 0))[None][last])
    if axes != 1 or "one" not in of.kind:
        raise Unsupported("a derivative of an array by an array that is not a matrix: write the entries")
    side = of.kind[0] if of.kind[1] == "one" else of.kind[1]

    def jacobian(frame: Frame) -> Array:
        out = tangents(frame)
        out = out.reshape(*out.shape[:-2], -1)
        return np.moveaxis(out, 0, -1)[None]

    return Code((side, kind[0]), jacobian)
