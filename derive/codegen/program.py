"""The neutral tree of a program: assignments, loops over layers, functions.  Printers turn it into a language.

Expressions on the right are lowered array expressions (``derive.codegen.nodes``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from derive.algebra.tree import Expr


@dataclass(frozen=True)
class Op:
    """``target = value``: one computed line.

    ``into``: the target is an array that exists and is filled.  ``label``: the equation of the chapter,
    ``number`` its number there, ``shape`` the shape of the result as it is written (``(N, 32)``).
    """

    target: str
    value: Expr
    label: str
    number: str
    shape: str
    into: bool = False


@dataclass(frozen=True)
class Loop:
    """``body`` for ``letter`` from ``first`` to ``last``, both included, in steps of ``step`` (1 or -1)."""

    letter: str
    first: int
    last: int
    step: int
    body: tuple[Op, ...]


Statement = Op | Loop


@dataclass(frozen=True)
class Helper:
    """A small function of arrays that the module defines once: ``softmax(Z)``.

    ``lines``: named parts; ``result``: what is returned.  ``doc``: one sentence.
    """

    name: str
    parameter: str
    doc: str
    lines: tuple[tuple[str, Expr], ...]
    result: Expr


@dataclass(frozen=True)
class Program:
    """Everything that is computed, in order: the forward pass, the cost, the errors, the gradients.

    ``costs``: from pre-activations and activations to the number ``J``.  ``helpers``: functions that expressions call.
    """

    forward: tuple[Statement, ...]
    costs: tuple[Op, ...]
    errors: tuple[Statement, ...]
    gradients: tuple[Statement, ...]
    input_gradient: Op
    helpers: tuple[Helper, ...]
