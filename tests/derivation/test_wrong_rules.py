"""The 19 wrong formulas: each made by replacing one rule object of the engine, each stopped by the numeric check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from derive.algebra.layers import shift
from derive.algebra.tree import ONE, ZERO, Add, Expr, Fn, Kron, Mul, Pow, Ref, Sym, add, mul, neg, num
from derive.derivation.chapter import derive_chapter
from derive.derivation.rules import ElementaryRule, EntryRule, FunctionRule, Inner, PowerRule, Rules, SameLayer
from derive.derivation.ruleset import DefinitionRule, EngineRules, EntryOrderRule, LemmaRule
from derive.errors import CheckFailed
from derive.spec import NetworkSpec, PenaltySpec

GENERAL = NetworkSpec("general")
REFERENCE = NetworkSpec("reference", (3, 5, 4, 6, 2), ("tanh", "softmax", "sigmoid", "tanh"), "squared-error")
LAST = num(4)


def everywhere(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    return change(expr.map(lambda child: everywhere(child, change)))


# ---------------------------------------------------------------- the cost


class TargetFirst(PowerRule):
    """(u^2)' = 2 (-u) u': t - a for a - t."""

    def __call__(self, expr: Pow, wrt: Expr, inner: Inner) -> Expr:
        return neg(super().__call__(expr, wrt, inner))


class FactorTwoDropped(PowerRule):
    """(u^2)' = u u'."""

    def __call__(self, expr: Pow, wrt: Expr, inner: Inner) -> Expr:
        return mul(expr.base, inner(expr.base))


class DifferenceForEveryCost(LemmaRule):
    """delta = a - y whatever the cost and the activation."""

    def __call__(self, before: Expr, after: Expr) -> Expr:
        if not any(isinstance(n, Ref) and n.name == "y" for n in after.walk()):
            return after
        return everywhere(after, self.difference)

    @staticmethod
    def difference(node: Expr) -> Expr:
        slope = isinstance(node, Mul) and any(isinstance(f, Fn) and f.order for f in node.factors)
        return next((n for n in node.walk() if isinstance(n, Add)), node) if slope else node


class AbsoluteSlope(ElementaryRule):
    """|u|' = u', the sign forgotten."""

    def __call__(self, expr: Fn, wrt: Expr, inner: Inner) -> Expr:
        return inner(expr.args[0]) if expr.name == "abs" else super().__call__(expr, wrt, inner)


def test_the_sign_of_a_weight_forgotten_in_the_penalty() -> None:
    spec = replace(REFERENCE, penalty=PenaltySpec.of("elastic-net", 0.1))
    assert derive_chapter(spec, checked=("penalty",))
    with pytest.raises(CheckFailed, match="penalty-gradient"):
        derive_chapter(spec, EngineRules(Rules(elementary=AbsoluteSlope())), checked=("penalty",))


# ---------------------------------------------------------------- the activation


class SigmaSquared(FunctionRule):
    """sigma' = sigma^2."""

    def __call__(self, expr: Fn, wrt: Expr, inner: Inner) -> Expr:
        return mul(Pow(expr, num(2)), inner(expr.args[0]))


class DiagonalSoftmax(LemmaRule):
    """d a_i / d z_k = a_i (1 - a_k) [i = k]: the entries beside the diagonal are lost."""

    def __call__(self, before: Expr, after: Expr) -> Expr:
        return everywhere(after, self.diagonal)

    @staticmethod
    def diagonal(node: Expr) -> Expr:
        if isinstance(node, Add) and isinstance(node.terms[0], Kron):
            return mul(node.terms[0], add(ONE, *node.terms[1:]))
        return node


class OmittedAtTheOutput(FunctionRule):
    """f' is missing in the last layer."""

    def __call__(self, expr: Fn, wrt: Expr, inner: Inner) -> Expr:
        at_output = isinstance(expr.args[0], Ref) and expr.args[0].slots == (LAST,)
        return inner(expr.args[0]) if at_output else super().__call__(expr, wrt, inner)


class TwiceAtTheOutput(FunctionRule):
    """f' stands twice in the last layer."""

    def __call__(self, expr: Fn, wrt: Expr, inner: Inner) -> Expr:
        right = super().__call__(expr, wrt, inner)
        at_output = isinstance(expr.args[0], Ref) and expr.args[0].slots == (LAST,)
        return mul(Fn(expr.name, expr.args, expr.slots, 1), right) if at_output else right


class OmittedInHiddenLayers(FunctionRule):
    """f' is missing in the hidden layers."""

    def __call__(self, expr: Fn, wrt: Expr, inner: Inner) -> Expr:
        at_output = isinstance(expr.args[0], Ref) and expr.args[0].slots == (LAST,)
        return super().__call__(expr, wrt, inner) if at_output else inner(expr.args[0])


class NextLayersFunction(FunctionRule):
    """f'_{l+1}(z^l) for f'_l(z^l)."""

    def __call__(self, expr: Fn, wrt: Expr, inner: Inner) -> Expr:
        return mul(Fn(expr.name, expr.args, tuple(shift(s, 1) for s in expr.slots), 1), inner(expr.args[0]))


class AtNextLayersArgument(FunctionRule):
    """f'(z^{l+1}) for f'(z^l)."""

    def __call__(self, expr: Fn, wrt: Expr, inner: Inner) -> Expr:
        (z,) = expr.args
        assert isinstance(z, Ref)
        moved = Ref(z.name, tuple(shift(s, 1) for s in z.slots), z.entries)
        return mul(Fn(expr.name, (moved,), expr.slots, 1), inner(z))


class AtTheActivation(FunctionRule):
    """f'(a^l) for f'(z^l)."""

    def __call__(self, expr: Fn, wrt: Expr, inner: Inner) -> Expr:
        (z,) = expr.args
        assert isinstance(z, Ref)
        return mul(Fn(expr.name, (Ref("a", z.slots, z.entries),), expr.slots, 1), inner(z))


# ---------------------------------------------------------------- weights and inputs


class NoTranspose(EntryOrderRule):
    """W delta for W^T delta."""

    def transposed(self, row: Expr, column: Expr, first: Expr) -> bool:
        return False


class OuterProductTransposed(EntryOrderRule):
    """a delta^T for delta a^T."""

    def outer(self, row: Expr, column: Expr) -> tuple[Expr, Expr]:
        return column, row


class SameLayersWeights(LemmaRule):
    """W^l for W^{l+1} in the recursion."""

    def __call__(self, before: Expr, after: Expr) -> Expr:
        def change(node: Expr) -> Expr:
            lowered = isinstance(node, Ref) and node.name == "w" and node.slots == (shift(LAYER, 1),)
            return Ref(node.name, (LAYER,), node.entries) if lowered and isinstance(node, Ref) else node

        return everywhere(after, change)


class InputOfTheNextLayer(DefinitionRule):
    """a^l for a^{l-1} in the weighted sum."""

    name, by = "a", 1

    def __call__(self, head: Ref, rhs: Expr) -> Expr:
        def change(node: Expr) -> Expr:
            used = isinstance(node, Ref) and node.name == "a" and head.name == "z"
            return Ref(self.name, tuple(shift(s, self.by) for s in node.slots), node.entries) if used else node  # type: ignore[attr-defined]

        return everywhere(rhs, change)


class PreActivationAsInput(InputOfTheNextLayer):
    """z^{l-1} for a^{l-1} in the weighted sum."""

    name, by = "z", 0


class DiagonalOfTheOuterProduct(EntryRule):
    """d w_{iq} / d w_{kj} with [k = j]: only the diagonal of the outer product."""

    def __call__(self, expr: Ref, wrt: Expr, same_layer: SameLayer) -> Expr:
        right = super().__call__(expr, wrt, same_layer)
        if expr.name != "w" or not isinstance(wrt, Ref) or right == ZERO:
            return right
        k, j = wrt.entries or ()
        return mul(right, Kron(k, j))


class BiasGradientZero(EntryRule):
    """dJ/db = 0."""

    def __call__(self, expr: Ref, wrt: Expr, same_layer: SameLayer) -> Expr:
        return ZERO if expr.name == "b" else super().__call__(expr, wrt, same_layer)


class BiasGradientTimesBias(EntryRule):
    """dJ/db = delta b."""

    def __call__(self, expr: Ref, wrt: Expr, same_layer: SameLayer) -> Expr:
        right = super().__call__(expr, wrt, same_layer)
        return mul(right, wrt) if expr.name == "b" and right != ZERO else right


LAYER = Sym("l")
RIGHT = EngineRules()


def calculus(**wrong: object) -> EngineRules:
    return replace(RIGHT, calculus=replace(Rules(), **wrong))  # type: ignore[arg-type]


WRONG = {
    "t - a for a - t": (REFERENCE, calculus(power=TargetFirst()), "cost-gradient/index"),
    "factor 2 of the squared error dropped": (REFERENCE, calculus(power=FactorTwoDropped()), "cost-gradient/index"),
    "sigma^2 for sigma'": (REFERENCE, calculus(function=SigmaSquared()), "delta-output/activation"),
    "diagonal softmax Jacobian": (REFERENCE, replace(RIGHT, lemma=DiagonalSoftmax()), "delta-hidden-softmax/index"),
    "delta = a - y for every cost": (REFERENCE, replace(RIGHT, lemma=DifferenceForEveryCost()), "delta-output/index"),
    "f' omitted at the output": (REFERENCE, calculus(function=OmittedAtTheOutput()), "delta-output/activation"),
    "f' twice at the output": (REFERENCE, calculus(function=TwiceAtTheOutput()), "delta-output/activation"),
    "no transpose": (GENERAL, replace(RIGHT, orientation=NoTranspose()), "delta-hidden"),
    "W^l for W^{l+1}": (GENERAL, replace(RIGHT, lemma=SameLayersWeights()), "delta-hidden/fan-out"),
    "f'_{l+1} for f'_l": (GENERAL, calculus(function=NextLayersFunction()), "delta-output/activation"),
    "f' at z^{l+1}": (GENERAL, calculus(function=AtNextLayersArgument()), "delta-output/activation"),
    "f' at a^l": (GENERAL, calculus(function=AtTheActivation()), "delta-output/activation"),
    "f' omitted in hidden layers": (
        REFERENCE,
        calculus(function=OmittedInHiddenLayers()),
        "delta-hidden-sigmoid/activation",
    ),
    "a^l for a^{l-1}": (
        GENERAL,
        replace(RIGHT, definition=InputOfTheNextLayer()),
        "delta-hidden/fan-out/pre-activation",
    ),
    "z^{l-1} for a^{l-1}": (
        GENERAL,
        replace(RIGHT, definition=PreActivationAsInput()),
        "delta-hidden/fan-out/pre-activation",
    ),
    "outer product transposed": (GENERAL, replace(RIGHT, orientation=OuterProductTransposed()), "gradient-W"),
    "diagonal of the outer product": (
        GENERAL,
        calculus(entry=DiagonalOfTheOuterProduct()),
        "gradient-W/pre-activation",
    ),
    "bias gradient zero": (GENERAL, calculus(entry=BiasGradientZero()), "gradient-b/pre-activation"),
    "bias gradient times b": (GENERAL, calculus(entry=BiasGradientTimesBias()), "gradient-b/pre-activation"),
}


def test_there_are_nineteen() -> None:
    assert len(WRONG) == 19


@pytest.mark.parametrize("spec", [GENERAL, REFERENCE], ids=lambda s: s.name)
def test_the_right_rules_pass(spec: NetworkSpec) -> None:
    assert derive_chapter(spec, RIGHT).sections


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_rule_is_stopped(name: str) -> None:
    spec, rules, label = WRONG[name]
    with pytest.raises(CheckFailed) as stopped:
        derive_chapter(spec, rules)
    assert str(stopped.value).startswith(f"{label}, ")
