"""The results of the three lectures as they print them, and the symbol tables that an author's setting would give."""

from __future__ import annotations

import tomllib
from pathlib import Path

from derive.algebra.layers import layers
from derive.algebra.tree import Expr, Ref, Sym, add, num
from derive.model.model import Axis, Function, Quantity, Role
from derive.notation.symbols import SlotPattern, Symbol, SymbolTable

_LINES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
CHAIN, INDEX, MATRIX = _LINES["chain"], _LINES["index"], _LINES["matrix"]

LAST = Sym("L")


def width(layer: Expr) -> Ref:
    return Ref("n", (layer,))


def quantity(name: str, role: Role, layer: str, low: int, *highs: Expr) -> Quantity:
    """A family with unit axes of the given sizes; ``layer`` is its layer letter or nothing."""
    letters = ("k", "j")
    axes = tuple(Axis("unit", Sym(c), h) for c, h in zip(letters, highs, strict=False))
    if not layer:
        return Quantity(name, role, name, axes=axes)
    return Quantity(name, role, name, Sym(layer), layers(low, LAST), axes)


def network(layer: str, script: str, *, units: bool) -> tuple[list[Symbol], dict[str, Quantity]]:
    """Rows and quantities of the general network; ``w`` and ``W`` are one quantity."""
    at = Sym(layer)
    here, before = ((width(at),), (width(add(at, num(-1))),)) if units else ((), ())
    rows = [
        quantity("x", "input", "", 0, *((width(num(0)),) if units else ())),
        quantity("y", "target", "", 0, *((width(LAST),) if units else ())),
        quantity("w", "parameter", layer, 1, *here, *before),
        quantity("b", "parameter", layer, 1, *here),
        quantity("z", "intermediate", layer, 1, *here),
        quantity("a", "intermediate", layer, 0, *here),
        quantity("delta", "adjoint", layer, 1, *here),
        quantity("n", "size", layer, 0),
        *(quantity(name, "objective", "", 0) for name in ("J", "Jhat", "Omega")),
        *(quantity(name, "hyper", "", 0) for name in ("eta", "lambda")),
    ]
    found = {q.name: q for q in rows}
    symbols = [
        Symbol(
            (word,),
            name,
            slots=(SlotPattern(script if name != "n" else "_"),) if found[name].layer else (),
            axes=len(found[name].axes),
            timed=found[name].role == "parameter",
            labels=name in ("J", "Jhat", "Omega"),
        )
        for word, name in WORDS
    ]
    return symbols, found


WORDS = [(c, c) for c in "xywbzanJ"] + [("W", "w"), ("X", "x"), (r"\delta", "delta"), (r"\hat J", "Jhat")]
WORDS += [(r"\Omega", "Omega"), (r"\eta", "eta"), (r"\alpha", "eta"), (r"\lambda", "lambda")]
ACTIVATION = Symbol((r"\sigma",), "sigma", "function")
COST = Symbol(("J",), "C", "function", arity=2)
FUNCTIONS = {
    "sigma": Function("sigma", "unknown"),
    "f": Function("f", "unknown"),
    "C": Function("C", "unknown cost"),
}


def chain_table() -> SymbolTable:
    symbols, found = network("l", "_", units=False)
    output = Symbol((r"\hat y",), "a", fixed=(num(2),))
    return SymbolTable((*symbols, output, ACTIVATION, COST), found, FUNCTIONS)


def index_table() -> SymbolTable:
    symbols, found = network("l", "^", units=True)
    output = Symbol((r"\hat y",), "a", axes=1, fixed=(LAST,))
    return SymbolTable((*symbols, output, ACTIVATION, COST), found, FUNCTIONS)


def matrix_table() -> SymbolTable:
    symbols, found = network("m", "^", units=True)
    output = Symbol(("a",), "a", axes=1, fixed=(LAST,))
    f = Symbol(("f",), "f", "function")
    return SymbolTable((*symbols, output, f), found, FUNCTIONS, jacobian="schematic", time=Sym("k"))
