"""The typing pass: raw trees to trees proper, with a shape for every node.

Juxtaposed arrays become ``MatMul``, numbers and one array ``Mul``, signs of the elementwise product ``Hadamard``; sums
without limits get the size of the slot that their letter occupies.  A finished tree passes through unchanged.
"""

from __future__ import annotations

from functools import singledispatchmethod
from typing import TYPE_CHECKING

from derive.algebra.tree import (
    COLON,
    ONE,
    Add,
    Cases,
    Compare,
    Diag,
    Div,
    Elem,
    Expr,
    Fn,
    Hadamard,
    Kron,
    MatMul,
    MatProd,
    Mul,
    Num,
    Ones,
    Partial,
    Paths,
    Pow,
    Prod,
    Ref,
    Sum,
    Sym,
    Transpose,
    Waypoint,
)
from derive.notation import limits, products
from derive.notation.agreement import Sizes, Typed
from derive.notation.arrays import TO_NUMBER
from derive.notation.failures import UnknownSymbol
from derive.notation.raw import Chain, Elided, Placed, Power, Product, bare
from derive.notation.shapes import NUMBER, Shape, is_number, of_member

if TYPE_CHECKING:
    from derive.notation.symbols import SymbolTable


class Typing(Sizes):
    """Types the members of one equation; unknown sizes are shared by them and found out on the way."""

    def typed(self, e: Expr) -> Typed:
        """The tree proper and its shape; sizes that are still unknown may stand in both until ``settled``.

        Raises:
            ShapeMismatch: parts that do not go together.
        """
        return self.rule(e)

    # ------------------------------------------------------------ rules

    @singledispatchmethod
    def rule(self, e: Expr) -> Typed:
        raise TypeError(f"no shape rule for a node {type(e).__name__}")

    @rule.register
    def _placed(self, e: Placed) -> Typed:
        before, self.place = self.place, e.place
        made = self.rule(e.inner)
        self.place = before
        return made

    @rule.register(Num)
    @rule.register(Sym)
    @rule.register(Waypoint)
    def _leaf(self, e: Num | Sym | Waypoint) -> Typed:
        return e, NUMBER

    @rule.register
    def _ref(self, e: Ref) -> Typed:
        if e.name not in self.table.quantities:
            raise UnknownSymbol(self.place, e.name)
        shape = of_member(e, self.table.quantities)
        if self.table.same_sizes and e.entries is None and shape and is_number(self.known(shape)):
            return Ref(e.name, e.slots, tuple(ONE for _ in self.table.quantities[e.name].axes), e.time), NUMBER
        return (e if shape else Ref(e.name, e.slots, e.entries or (), e.time)), shape

    @rule.register
    def _add(self, e: Add) -> Typed:
        parts = [self.rule(t) for t in e.terms]
        shape = self.alike("the terms of a sum", parts)
        spread = [self._spread(part, shape) for part in parts]
        return Add(tuple(x for t in spread for x in (t.terms if isinstance(t, Add) else (t,)))), shape

    def _spread(self, part: Typed, common: Shape) -> Expr:
        """A bias beside ``W X`` stands in every column (row): written out with ones."""
        e, shape = part[0], self.known(part[1])
        if len(shape) != 2 or shape == self.known(common):
            return e
        ones = Ones(self.table.samples) if self.table.samples is not None else None
        if ones is None or self.table.samples in shape or self.table.samples not in common:
            return e
        return MatMul((e, Transpose(ones))) if shape[1] == ONE else MatMul((ones, e))

    @rule.register
    def _product(self, e: Product) -> Typed:
        if self.table.elementwise_binds == "right":
            return products.from_right(self, e)
        parts = [self.rule(f) for f in e.factors]
        return products.product(self, list(zip(e.signs, parts, strict=True)))

    @rule.register
    def _mul(self, e: Mul) -> Typed:
        parts = [self.rule(f) for f in e.factors]
        shapes = [s for _, s in parts if not is_number(self.known(s))]
        if len(shapes) > 1:
            raise self.mismatch("a product of numbers", shapes[0], shapes[1])
        return Mul(tuple(x for x, _ in parts)), shapes[0] if shapes else NUMBER

    @rule.register
    def _matmul(self, e: MatMul) -> Typed:
        return products.matmul(self, [self.rule(f) for f in e.factors])

    @rule.register
    def _hadamard(self, e: Hadamard) -> Typed:
        return products.hadamard(self, [self.rule(f) for f in e.factors])

    @rule.register
    def _elided(self, e: Elided) -> Typed:
        return products.repeated(self, e, self.rule(e.body))

    @rule.register
    def _chain(self, e: Chain) -> Typed:
        return products.chain(self, [self.rule(f) for f in e.factors])

    @rule.register
    def _div(self, e: Div) -> Typed:
        top, bottom = self.rule(e.numerator), self.rule(e.denominator)
        shape = top[1] if is_number(self.known(bottom[1])) else self.alike("a fraction", [top, bottom])
        return Div(top[0], bottom[0]), shape

    @rule.register
    def _power(self, e: Power) -> Typed:
        (base, shape), exponent = self.rule(e.base), self.number("an exponent", e.exponent)
        if not is_number(self.known(shape)):
            raise self.mismatch(r"a power of an array (entry by entry: ^{\circ n})", shape, NUMBER)
        return Pow(base, exponent), NUMBER

    @rule.register
    def _pow(self, e: Pow) -> Typed:
        base, shape = self.rule(e.base)
        return Pow(base, self.number("an exponent", e.exponent)), shape

    def number(self, what: str, e: Expr) -> Expr:
        """The tree of something that must be a number."""
        made, shape = self.rule(e)
        if not is_number(self.known(shape)):
            raise self.mismatch(what, shape, NUMBER)
        return made

    @rule.register(Sum)
    @rule.register(Prod)
    @rule.register(MatProd)
    def _binder(self, e: Sum | Prod | MatProd) -> Typed:
        body, shape = self.rule(e.body)
        low, high = limits.limits(self, e, body)
        if isinstance(e, Sum):
            return Sum(body, e.index, low, high), shape
        many = isinstance(e, MatProd) or not is_number(self.known(shape))
        if many and not (len(shape) == 2):
            raise self.mismatch("a product of matrices", shape, NUMBER)
        return (MatProd if many else Prod)(body, e.index, low, high), limits.of_product(shape, e.index, low, high)

    @rule.register
    def _paths(self, e: Paths) -> Typed:
        return e.rebuild((self.number("what is summed over paths", e.body), e.low, e.high)), NUMBER

    @rule.register(Kron)
    @rule.register(Compare)
    def _relation(self, e: Kron | Compare) -> Typed:
        parts = [self.rule(c) for c in e.children]
        return e.rebuild(tuple(x for x, _ in parts)), self.alike("a comparison", parts)

    @rule.register
    def _cases(self, e: Cases) -> Typed:
        values = [self.rule(v) for v in (*e.values, e.otherwise)]
        conditions = tuple(self.rule(c)[0] for c in e.conditions)
        made = Cases(tuple(v for v, _ in values[:-1]), conditions, values[-1][0])
        return made, self.alike("the values of the cases", values)

    @rule.register
    def _fn(self, e: Fn) -> Typed:
        parts = [self.rule(a) for a in e.args]
        made = Fn(e.name, tuple(x for x, _ in parts), e.slots, e.order)
        function = self.table.functions.get(e.name)
        to_number = e.name in TO_NUMBER or (function is not None and function.kind == "unknown cost")
        return made, NUMBER if to_number else self.alike(f"the arguments of {e.name}", parts)

    @rule.register
    def _partial(self, e: Partial) -> Typed:
        (of, top), (wrt, bottom) = self.rule(e.of), self.rule(e.wrt)
        if not isinstance(bare(wrt), Ref | Sym):
            raise self.mismatch("a derivative by something that is no quantity", top, bottom)
        if is_number(self.known(top)) or is_number(self.known(bottom)):
            if self.table.gradient == "transposed" and is_number(self.known(top)) and len(bottom) == 2:
                return Transpose(Partial(of, wrt)), (bottom[1], bottom[0])
            return Partial(of, wrt), bottom if is_number(self.known(top)) else top
        column = all(len(s) == 2 and s[1] == ONE for s in (top, bottom))
        if column and self.table.jacobian == "denominator":
            return Transpose(Partial(of, wrt)), (bottom[0], top[0])
        return Partial(of, wrt), (top[0], bottom[0]) if column else (*top, *bottom)

    @rule.register
    def _elem(self, e: Elem) -> Typed:
        array, shape = self.rule(e.array)
        axes = tuple(s for s in shape if s != ONE) if len(shape) != len(e.entries) else shape
        if len(axes) != len(e.entries):
            raise self.mismatch("an entry", shape, e.entries)
        kept = tuple(s for s, x in zip(axes, e.entries, strict=True) if x == COLON)
        row = bool(kept) and e.entries[0] != COLON
        return Elem(array, e.entries), ((ONE, *kept) if row else (*kept, ONE)) if len(kept) == 1 else kept

    @rule.register
    def _transpose(self, e: Transpose) -> Typed:
        inner, shape = self.rule(e.arg)
        if len(shape) != 2:
            raise self.mismatch("a transpose", shape, NUMBER)
        return Transpose(inner), (shape[1], shape[0])

    @rule.register
    def _diag(self, e: Diag) -> Typed:
        inner, shape = self.rule(e.arg)
        if len(shape) != 2 or shape[1] != ONE:
            raise self.mismatch("the diagonal", shape, NUMBER)
        return Diag(inner), (shape[0], shape[0])

    @rule.register
    def _ones(self, e: Ones) -> Typed:
        return e, (e.size, ONE)


def shape_of(e: Expr, table: SymbolTable) -> Shape:
    """The shape of a finished tree."""
    typing = Typing(table)
    return typing.known(typing.typed(e)[1])
