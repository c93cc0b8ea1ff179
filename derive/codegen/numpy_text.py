"""Lowered array expressions as NumPy text, with no parenthesis more than a careful writer sets."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import TYPE_CHECKING

from derive.algebra.scalar import real
from derive.algebra.tree import Add, Compare, Div, Expr, Fn, MatMul, Mul, Num, Pow, Transpose, num
from derive.codegen.arrange import negated
from derive.codegen.nodes import Name, NewAxis, OverLayers, Reduce

if TYPE_CHECKING:
    from fractions import Fraction


class Level(IntEnum):
    """How tightly an expression holds together; a matrix product beside ``*`` gets parentheses all the same."""

    COMPARE = 0
    SUM = 1
    PRODUCT = 2
    MATMUL = 3
    NEGATIVE = 4
    POWER = 5
    ATOM = 6


FUNCTIONS = {
    "exp": "np.exp",
    "log": "np.log",
    "tanh": "np.tanh",
    "sqrt": "np.sqrt",
    "abs": "np.abs",
    "sin": "np.sin",
    "cos": "np.cos",
    "sinh": "np.sinh",
    "cosh": "np.cosh",
    "max": "np.maximum",
    "min": "np.minimum",
    "expm1": "np.expm1",
    "log1p": "np.log1p",
    "sign": "np.sign",
    "where": "np.where",
    "logaddexp": "np.logaddexp",
}
"""The functions of the tree that NumPy has; any other name is a helper that the module defines."""


LONGEST = 30
"""Characters of a fraction; longer ones are written as the float that they are."""


def numpy_text(expr: Expr) -> str:
    """The expression as NumPy text.

    Raises:
        TypeError: a node that has no NumPy text.
    """
    return _write(expr)[0]


def helper_name(function: str) -> str:
    """``leaky-relu -> leaky_relu``."""
    return function.replace("-", "_")


def _write(expr: Expr) -> tuple[str, Level]:
    writer = WRITERS.get(type(expr))
    if writer is None:
        raise TypeError(f"no NumPy text for {type(expr).__name__}")
    return writer(expr)


def _at_least(level: Level, expr: Expr) -> str:
    text, own = _write(expr)
    return text if own >= level else f"({text})"


def _name(e: Name) -> tuple[str, Level]:
    return e.text, Level.ATOM


def _number(e: Num) -> tuple[str, Level]:
    text = number_text(e.value)
    return text, Level.NEGATIVE if e.value < 0 else Level.PRODUCT if "/" in text else Level.ATOM


def number_text(value: Fraction) -> str:
    """``2``, ``0.5``, ``1 / 3``."""
    if value.denominator == 1:
        return str(value.numerator)
    exact = repr(float(value))
    short = f"{value.numerator} / {value.denominator}"
    return exact if value == type(value)(exact) or len(short) > LONGEST else short


def _add(e: Add) -> tuple[str, Level]:
    text = ""
    for term in e.terms:
        term = _counted(term)
        taken = negated(term)
        if taken is not None:
            text += f"{' - ' if text else '-'}{_at_least(Level.PRODUCT, taken if text else _number_first(taken))}"
        else:
            text += (" + " if text else "") + _at_least(Level.SUM, term)
    return text, Level.SUM


def _counted(term: Expr) -> Expr:
    """A truth value that is added is a number: NumPy would take ``or`` of two, and refuses to subtract them."""
    factors = term.factors if isinstance(term, Mul) else (term,)
    truths = all(isinstance(f, (Compare, Num)) for f in factors) and not all(isinstance(f, Num) for f in factors)
    return Mul((Name("1.0"), *factors)) if truths and not isinstance(factors[0], Num) else term


def _mul(e: Mul) -> tuple[str, Level]:
    taken = negated(e)
    if taken is not None:
        rest = _number_first(taken)
        first, *others = rest.factors if isinstance(rest, Mul) else (rest,)
        text, level = (_factor(first), Level.PRODUCT) if others and isinstance(first, MatMul) else _write(first)
        bare = level > Level.SUM and not (level == Level.POWER and " ** " in text)  # a formatter sets these brackets
        return " * ".join([f"-{text}" if bare else f"-({text})", *map(_factor, others)]), Level.PRODUCT
    return " * ".join(_factor(f) for f in e.factors), Level.PRODUCT


def _number_first(e: Expr) -> Expr:
    """NumPy refuses to negate a truth value: behind a minus a number stands in front of it."""
    if isinstance(e, Div):
        return Div(_number_first(e.numerator), e.denominator)
    factors = e.factors if isinstance(e, Mul) else (e,)
    if not isinstance(factors[0], Compare):
        return e
    others = [f for f in factors if not isinstance(f, Compare)] or [Name("1.0")]
    return Mul((*others, *(f for f in factors if isinstance(f, Compare))))


def _factor(e: Expr) -> str:
    return f"({_write(e)[0]})" if isinstance(e, MatMul) else _at_least(Level.PRODUCT, e)


def _div(e: Div) -> tuple[str, Level]:
    taken = negated(e)
    if taken is not None:
        return f"-{_at_least(Level.PRODUCT, _number_first(taken))}", Level.PRODUCT
    return f"{_factor(e.numerator)} / {_at_least(Level.NEGATIVE, e.denominator)}", Level.PRODUCT


def _matmul(e: MatMul) -> tuple[str, Level]:
    return " @ ".join(_at_least(Level.NEGATIVE, f) for f in e.factors), Level.MATMUL


def _pow(e: Pow) -> tuple[str, Level]:
    base, exponent = _at_least(Level.ATOM, e.base), _at_least(Level.NEGATIVE, e.exponent)
    simple = all(t.lstrip("-").replace("_", "").replace(".", "").isalnum() for t in (base, exponent))
    return f"{base}**{exponent}" if simple else f"{base} ** {exponent}", Level.POWER


def _compare(e: Compare) -> tuple[str, Level]:
    return f"{_at_least(Level.SUM, e.left)} {e.op} {_at_least(Level.SUM, e.right)}", Level.COMPARE


def _call(e: Fn) -> tuple[str, Level]:
    if e.order or e.slots:
        raise TypeError(f"no NumPy text for a derivative or an unknown function: {e}")
    if e.name == "where":
        array = _compared(e)
        return _where(e) + (f".astype({array}.dtype)" if array else ""), Level.ATOM
    if not any(isinstance(n, Name) for n in e.walk()):
        return _constant(e)
    arguments = ", ".join(_write(a)[0] for a in e.args)
    return f"{FUNCTIONS.get(e.name) or helper_name(e.name)}({arguments})", Level.ATOM


def _constant(e: Fn) -> tuple[str, Level]:
    """A number of Python: NumPy's own numbers would make float32 wider."""
    if e.name == "pi":
        return "np.pi", Level.ATOM
    return _pow(Pow(e.args[0], num("1/2"))) if e.name == "sqrt" else (repr(real(e, {})), Level.NEGATIVE)


def _where(e: Expr) -> str:
    """``np.where(c, u, np.where(d, v, w))``"""
    if not isinstance(e, Fn) or e.name != "where":
        return _write(e)[0]
    return f"np.where({', '.join(_where(a) for a in e.args)})"


def _compared(e: Fn) -> str | None:
    """The array that is compared, where all cases are literal numbers: their dtype has to be said."""
    values = [e.args[1], e.args[2]]
    while isinstance(values[-1], Fn) and values[-1].name == "where":
        values[-1:] = values[-1].args[1:]
    condition = e.args[0]
    assert isinstance(condition, Compare)
    literal = not any(isinstance(n, Name) for v in values for n in v.walk())
    return _at_least(Level.ATOM, condition.left) if literal else None


def _transpose(e: Transpose) -> tuple[str, Level]:
    return f"{_at_least(Level.ATOM, e.arg)}.T", Level.ATOM


def _reduce(e: Reduce) -> tuple[str, Level]:
    arguments = "" if e.axis is None else f"axis={e.axis}" + (", keepdims=True" if e.keep else "")
    return f"{_at_least(Level.ATOM, e.arg)}.{e.op}({arguments})", Level.ATOM


def _new_axis(e: NewAxis) -> tuple[str, Level]:
    return f"{_at_least(Level.ATOM, e.arg)}[:, None]", Level.ATOM


def _over_layers(e: OverLayers) -> tuple[str, Level]:
    return f"sum({_write(e.body)[0]} for {e.names} in {e.source})", Level.ATOM


WRITERS: dict[type[Expr], Callable[..., tuple[str, Level]]] = {
    Name: _name,
    Num: _number,
    Add: _add,
    Mul: _mul,
    Div: _div,
    MatMul: _matmul,
    Pow: _pow,
    Compare: _compare,
    Fn: _call,
    Transpose: _transpose,
    Reduce: _reduce,
    NewAxis: _new_axis,
    OverLayers: _over_layers,
}
