"""The cost in terms of the last pre-activations, where the logarithms of the cost undo the exponentials of the outputs:

softmax, cross-entropy:          J = ln(sum_i e^{z_i}) sum_i y_i - sum_i y_i z_i
sigmoid, binary cross-entropy:   J = sum_i ln(1 + e^{z_i}) - sum_i y_i z_i

Which pairs do is found: the output is put into the cost, and the laws of the logarithm are applied.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.factor import gather, size
from derive.algebra.logarithms import logarithms, mirrored, on_one_line, opened
from derive.algebra.products import collect, terms, total
from derive.algebra.scalar import proves_equal
from derive.algebra.substitute import at, put
from derive.algebra.tree import Div, Expr, Fn, Partial, Ref, Sum, Sym, add
from derive.derivation.expressions import renamed
from derive.derivation.line import Line
from derive.derivation.steps import Derivation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from derive.derivation.engine import Engine
    from derive.model.model import Definition, Function, Model

COLUMN = Sym("j")
"""The second letter of a second derivative."""


def logit_forms(engine: Engine, told: Sequence[Derivation]) -> list[Derivation]:
    """The cost from the pre-activations, the error derived from that, and the second derivative; nothing where the
    pair of output and cost does not fuse.
    """
    output = next((d for d in told if d.label.startswith("delta-output")), None)
    cost = None if output is None else _cost(engine)
    if output is None or cost is None:
        return []
    error = _error(engine, cost)
    if size(error.claim[1]) > size(output.claim[1]):
        return []
    second = _second(engine, output)
    return [cost, error, *([second] if second is not None else [])]


# ------------------------------------------------------------ the cost


def _cost(engine: Engine) -> Derivation | None:
    model = engine.model
    definition = next(d for d in model.definitions if d.head == model.objective)
    if not logarithms(definition.rhs):
        return None
    inserted, output = _inserted(definition.rhs, model)
    if output is None:
        return None
    fraction = on_one_line(inserted)
    apart = opened(fraction)
    collected = gather(collect(terms(apart)))
    short = mirrored(collected)
    if apart == fraction or any(isinstance(f.args[0], Div) for f in logarithms(short)):
        return None
    line = Line(model.objective)
    line.to(definition.rhs, "definition", "definition of {0}", model.objective, uses=(definition.label,))
    line.to(inserted, "definition", "inserting the outputs {0}", output.head, uses=(output.label,))
    line.to(fraction, "one fraction", "what stands below a logarithm is brought to one denominator")
    line.to(apart, "logarithm", "the logarithm of a fraction is a difference, and that of an exponential its exponent")
    line.to(collected, "multiply out", "the products are multiplied out and collected")
    reason = "in each logarithm the exponential is taken out as a factor, and its logarithm is its exponent"
    line.to(short, "logarithm", reason)
    label = engine.label("cost/logits")
    return Derivation(label, label, (line.start, line.now), tuple(line.steps))


def _inserted(cost: Expr, model: Model) -> tuple[Expr, Definition | None]:
    """The cost with the outputs written as functions of the pre-activations; the definition that was used."""
    used: list[Definition] = []

    def visit(e: Expr) -> Expr:
        if not isinstance(e, Ref) or e.name != "a" or not e.slots:
            return e.map(visit)
        found = _definition_at(model, e)
        used.append(found)
        to = dict(zip((*found.head.slots, *(found.head.entries or ())), (*e.slots, *(e.entries or ())), strict=True))
        rhs = put(found.rhs, {s: v for s, v in to.items() if isinstance(s, Sym)})
        return _with_formulas(renamed(rhs, e.symbols | cost.symbols | _bound(cost)), model)

    return visit(cost), used[0] if used else None


def _bound(expr: Expr) -> frozenset[Sym]:
    return frozenset(n.index for n in expr.walk() if isinstance(n, Sum))


def _definition_at(model: Model, member: Ref) -> Definition:
    """The definition that holds for a member of the last layer."""
    return next(
        d
        for d in model.definitions_of(member.name)
        if d.layers is not None and d.layers.ranges[-1].high == member.slots[0]
    )


def _with_formulas(expr: Expr, model: Model) -> Expr:
    """Known functions written out."""
    expr = expr.map(lambda child: _with_formulas(child, model))
    known = _formula(expr, model)
    return expr if known is None else put(known.body, {known.variable: expr.children[0]})  # type: ignore[arg-type]


def _formula(expr: Expr, model: Model) -> Function | None:
    known = model.functions.get(expr.name) if isinstance(expr, Fn) and not expr.order else None
    return known if known is not None and known.body is not None else None


# ------------------------------------------------------------ the error, once more


def _error(engine: Engine, cost: Derivation) -> Derivation:
    """dJ/dz^L from the cost in terms of z^L, in one line."""
    writer = engine.last_writer("z")
    model, target = engine.model, writer.target
    start = Ref(model.named_adjoints["z"], target.slots, target.entries)
    line = Line(start)
    partial = Partial(model.objective, target)
    line.to(partial, "definition", "definition of {0}", start, uses=("delta-definition",))
    form = renamed(cost.claim[1], target.symbols)
    line.to(Partial(form, target), "lemma", "the cost in terms of the pre-activations", uses=(cost.label,))
    writer.work_out(line, form, None)
    _name_outputs(line, engine)
    label = engine.label("delta-output/logits")
    return Derivation(label, label, (line.start, line.now), tuple(line.steps), free=writer.free_letters(start))


def _name_outputs(line: Line, engine: Engine) -> None:
    """``e^z / (1 + e^z)`` is the output again, proved and not recognised by its looks."""
    found: list[Ref] = []

    def visit(e: Expr) -> Expr:
        if isinstance(e, Div):
            members = [n for n in e.walk() if isinstance(n, Ref)]
            if len(set(members)) == 1 and (output := _output_of(members[0], e, engine.model)) is not None:
                found.append(output)
                return output
        return e.map(visit)

    named = visit(line.now)
    if found:
        uses = (_definition_at(engine.model, found[0]).label,)
        line.to(
            named, "fold", "numerator and denominator multiplied by the same, the fraction is {0}", found[0], uses=uses
        )


def _output_of(member: Ref, value: Expr, model: Model) -> Ref | None:
    """The output of the unit whose pre-activation is ``member``, if that is ``value``."""
    output = Ref("a", member.slots, member.entries)
    definition = _definition_at(model, output)
    known = _formula(definition.rhs, model)
    if known is None or known.body is None:
        return None
    return output if proves_equal(known.body, _with_letter(value, member, known.variable)) else None


def _with_letter(expr: Expr, member: Ref, letter: Sym) -> Expr:
    return letter if expr == member else expr.map(lambda child: _with_letter(child, member, letter))


# ------------------------------------------------------------ the second derivative


def _second(engine: Engine, output: Derivation) -> Derivation | None:
    """The second derivative of the cost by the pre-activations: the error is linear in the outputs, whose derivatives
    are known; nothing without units.
    """
    error, value = output.claim
    if not isinstance(error, Ref) or not output.free:
        return None
    other = at(Ref("z", error.slots, error.entries), dict(zip(_letters(error), (COLUMN,), strict=True)))
    slope = next((m for m in output.lemmas if m.label.endswith("/activation")), None)
    inside = None if slope is None else _through_outputs(value, other)
    if slope is None or inside is None:
        return None
    line = Line(Partial(error, other))
    line.to(Partial(value, other), "lemma", "inserting {0}", error, uses=(output.label,))
    line.to(inside, "differentiate", "only the outputs contain {0}", other)
    left, right = slope.claim
    assert isinstance(left, Partial)
    inserted = _replaced(inside, left, right)
    line.to(inserted, "lemma", "inserting {0}, found before", left, uses=(slope.label,))
    line.to(_replaced(inside, left, total(terms(right))), "multiply out", "multiplied out")
    known, uses = engine.in_terms_of_activation(line.now)
    line.to(known, "lemma", "the derivative of the activation in terms of the activation", uses=uses)
    label = engine.label("delta-output/second") + "/index"
    size_of_layer = output.free[0][1]
    free = (*output.free, (COLUMN, size_of_layer))
    return Derivation(label, label, (line.start, line.now), tuple(line.steps), free=free)


def _letters(error: Ref) -> list[Sym]:
    return [e for e in error.entries or () if isinstance(e, Sym)]


def _through_outputs(value: Expr, other: Ref) -> Expr | None:
    """The derivative of a sum of products with at most one output each; None for another form."""
    found: list[Expr] = []
    for part in terms(value):
        outputs = [b for b, e in part.powers if isinstance(b, Ref) and b.name == "a"]
        rest = [b for b, _ in part.powers if b not in outputs]
        if any(n.name in ("a", "z") for b in rest for n in b.walk() if isinstance(n, Ref | Fn)) or len(outputs) > 1:
            return None
        if outputs:
            others = tuple((Partial(b, other) if b in outputs else b, e) for b, e in part.powers)
            if any(e != 1 for b, e in part.powers if b in outputs):
                return None
            found.append(gather([type(part)(part.scale, others, part.limits)]))
    return add(*found) if found else None


def _replaced(expr: Expr, left: Partial, right: Expr) -> Expr:
    """The derivative of one output by one pre-activation put in, with the letters that stand there."""
    if isinstance(expr, Partial) and isinstance(expr.of, Ref) and isinstance(expr.wrt, Ref):
        assert isinstance(left.of, Ref)
        assert isinstance(left.wrt, Ref)
        pairs = zip(
            (*left.of.entries, *left.wrt.entries),  # type: ignore[misc]
            (*expr.of.entries, *expr.wrt.entries),  # type: ignore[misc]
            strict=True,
        )
        return put(right, {s: v for s, v in pairs if isinstance(s, Sym)})
    return expr.map(lambda child: _replaced(child, left, right))
