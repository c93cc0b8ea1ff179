"""The functions of one network: formulas evaluated from their bodies, unknown ones drawn at random."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from derive.algebra.tree import Compare, Fn, Sym
from derive.meaning.errors import UnknownName
from derive.meaning.fields import ELEMENTARY
from derive.meaning.kinds import Frame, is_array

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from derive.algebra.tree import Expr
    from derive.meaning.fields import Field
    from derive.meaning.kinds import Array, Value
    from derive.meaning.stages import Stage
    from derive.meaning.world import World
    from derive.model.model import Function

Applied: TypeAlias = "Callable[[Stage, Value, int], Value]"
"""A function of one number: where its hyperparameters are found, the argument, the order of the derivative."""

EACH = Sym("")
"""The one axis over which a formula is evaluated: the entries of its argument in a row."""

FORMS = 3
"""Of how many random linear forms of all arguments an unknown cost is made; each brings powers up to three."""


def of_numbers(world: World, name: str, layer: int | None) -> Applied:
    """The function ``name`` of one layer.

    Raises:
        UnknownName: neither the model nor the built-in functions have it.
    """
    function = world.model.functions.get(name)
    if function is not None and layer is not None and layer in function.members:
        return of_numbers(world, function.members[layer], None)
    if function is not None and function.body is not None:
        return _formula(world, function, function.body)
    if function is not None:
        unknown = world.field.unknown(world.rng("function", name, layer if function.per_layer else None))
        return lambda _stage, x, order: unknown(x, order)
    if name not in ELEMENTARY:
        raise UnknownName(f"the model has no function {name}")
    elementary, field = world.field.elementary(name), world.field
    return lambda _stage, x, order: field.derivative(elementary, x, order) if order else elementary(x)


def _formula(world: World, function: Function, body: Expr) -> Applied:
    run, field, variable = world.compiler.number(body, (EACH,)), world.field, function.variable.name
    switching = any(
        isinstance(n, Compare) or (isinstance(n, Fn) and n.name in ("abs", "max", "min")) for n in body.walk()
    )

    def at(stage: Stage, x: Array) -> Value:
        frame = Frame(stage, {**world.letters, variable: x}, [(1, x.shape[1])])
        out = run(frame)
        return np.broadcast_to(out, x.shape) if np.ndim(out) < 2 or out.shape[1] != x.shape[1] else out

    def apply(stage: Stage, x: Value, order: int) -> Value:
        flat = x.reshape(x.shape[0], -1) if is_array(x) else np.array([[x]])
        if switching and world.watch.active:
            world.watch.function(flat, field.derivative(lambda v: at(stage, v), flat, 1), function.kinks)
        out = field.derivative(lambda v: at(stage, v), flat, order) if order else at(stage, flat)
        return out.reshape(-1, *x.shape[1:]) if is_array(x) else out[0, 0]

    return apply


def of_arrays(field: Field, rng: random.Random, is_map: bool) -> Callable[[list[Array]], Array]:
    """A random polynomial of all entries of all arguments, separable in nothing; a map has an output for each entry."""
    coefficients: dict[tuple[int, ...], tuple[list[Array], Array]] = {}

    def apply(arguments: list[Array]) -> Array:
        sizes = tuple(a.shape[-1] for a in arguments)
        if sizes not in coefficients:
            forms = sizes[0] * FORMS if is_map else FORMS
            weights = [field.draw(rng, "real", (n, forms), 1 / (1 + sum(sizes)) ** 0.5) for n in sizes]
            coefficients[sizes] = weights, field.draw(rng, "real", (4, forms))
        return _polynomial(field, arguments, *coefficients[sizes], outputs=sizes[0] if is_map else None)

    return apply


def _polynomial(
    field: Field, arguments: list[Array], weights: list[Array], powers: Array, outputs: int | None
) -> Array:
    """``sum_m c1 s_m + c2 s_m^2 + c3 s_m^3`` over linear forms s_m of all entries."""
    axes = arguments[0].ndim
    form: Value = powers[0, 0]
    form = form.reshape((1,) * (axes - 1) + (-1,))
    for argument, weight in zip(arguments, weights, strict=True):
        matrix = weight.reshape((1,) * (axes - 1) + weight.shape[1:])
        form = field.add(form, field.matmul(argument[..., None, :], matrix)[..., 0, :])
    one, two, three = (row.reshape((1,) * (axes - 1) + (-1,)) for row in powers[0, 1:])
    out = field.mul(form, field.add(one, field.mul(form, field.add(two, field.mul(form, three)))))
    if outputs is not None:
        out = out.reshape(*out.shape[:-1], outputs, FORMS)
    return field.total(out, -1)
