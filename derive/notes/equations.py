"""Definitions and derivations as displays: members, reasons, braces, ranges, numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from derive.algebra.tree import Partial, Ref
from derive.errors import CheckFailed
from derive.notes import ranges
from derive.notes.document import Display, Group, Math, Text, say
from derive.notes.layout import BETWEEN, LINE, Member, is_broken, rows
from derive.notes.naming import factor_names, result_names
from derive.notes.sentences import SHORT
from derive.notes.titles import stem
from derive.notes.voice import COST, ERROR

if TYPE_CHECKING:
    from derive.algebra.tree import Expr
    from derive.derivation.steps import Derivation, Step
    from derive.model.model import Definition, Model
    from derive.notes.voice import Voice

DOWN = ("hidden", "product", "paths", "hidden/row")
"""How the labels of recursions end, beside the names of activations: their layers are told from the output to the
input."""


def definition(d: Definition, voice: Voice) -> Display:
    """A forward equation with its layers."""
    return equation(d.head, d.rhs, voice, d.label, _range_of(d, voice))


def definition_of_error(head: Ref, member: Ref, voice: Voice) -> Display:
    """delta := d objective / dz."""
    model = voice.section.model
    layers = model.quantities[head.name].layers
    behind = tail(ranges.conditions(model.quantities[head.name].layer, layers, voice))
    again = model.objective != COST
    return equation(head, error(head, member, model), voice, "" if again else ERROR, behind)


def error(head: Ref, member: Ref, model: Model) -> Partial:
    """What an error is: the derivative of the objective by the member it belongs to, in the letters of ``head``."""
    assert head.slots == member.slots
    return Partial(model.objective, member)


def relation(d: Derivation) -> str:
    r"""``=``, or ``\le`` where a step was an estimate."""
    return r"\le" if any(s.relation == "<=" for s in d.steps) else "="


def _range_of(d: Definition, voice: Voice) -> str:
    layer = voice.section.model.quantities[d.head.name].layer
    point = d.layers is None or d.layers.point is not None
    return "" if point else tail(ranges.conditions(layer, d.layers, voice))


def equation(left: Expr, right: Expr, voice: Voice, label: str, behind: str = "", *, again: bool = False) -> Display:
    """One equation; ``again``: it stands elsewhere already and only its number is shown."""
    text = voice.latex(left)
    number = voice.numbers.get(voice.told.get(label, label), "")
    made = rows(text, [_member("=", right, voice)], behind)
    return Display(text, made, "" if again or not number else label, number, is_broken(text))


def tail(conditions: list[str]) -> str:
    """Several conditions behind each other."""
    return BETWEEN.join(conditions)


def _member(relation: str, e: Expr, voice: Voice, step: Step | None = None) -> Member:
    brief = voice.section.key in SHORT
    names = factor_names(step, voice.section.model) if step is not None and not brief else {}
    reason = voice.reason(step) if step is not None else ()
    small = step is not None and not names
    text = voice.named(e, names)
    if names or Member(relation, (text,), ()).width <= LINE / 2:
        return Member(relation, (text,), reason, small)
    return Member(relation, voice.press.terms(e), reason, small)


def derived(d: Derivation, voice: Voice) -> Display:
    """A derivation whose lines are about its claim itself, numbered at the last line."""
    return _chain(d, voice, d.label, tail(layers(d, voice)))


def matrix_form(d: Derivation, voice: Voice) -> Group:
    """The lines of a matrix form, which are about one entry, and the claim, which is about all of them."""
    told = stem(d.label).endswith(_kinds(voice)) or _holds_in_some(d, voice.section.model)
    behind = tail(layers(d, voice)) if told else ""
    return Group((_chain(d, voice, "", behind), claim(d, voice, ("For all entries at once",))))


def _holds_in_some(d: Derivation, model: Model) -> bool:
    """Whether a derivative by a quantity is told for some of its layers only."""
    left = d.claim[0].wrt if isinstance(d.claim[0], Partial) else None
    return isinstance(left, Ref) and model.quantities[left.name].layers != d.layers


def is_about_entries(d: Derivation) -> bool:
    """Whether the lines of a derivation are about entries and its claim about arrays."""
    return d.array and d.steps[0].before != d.claim[0]


def _chain(d: Derivation, voice: Voice, label: str, behind: str) -> Display:
    for step in d.steps:
        if step.check is None:
            raise CheckFailed(f"{d.label}: a line that was not checked cannot be printed")
    left = voice.latex(d.steps[0].before)
    members = [_member(s.relation, s.after, voice, s) for s in d.steps]
    return Display(left, rows(left, members, behind), label, voice.numbers.get(label, ""), is_broken(left), behind)


def claim(d: Derivation, voice: Voice, reason: Text = (), *, again: bool = False) -> Display:
    """The result of a derivation alone, its factors named."""
    left, right = d.claim
    text = voice.latex(left)
    names = {} if again or voice.section.key in SHORT else result_names(d)
    member = Member("=", (voice.named(right, names),), ()) if names else _member("=", right, voice)
    member = replace(member, reason=reason)
    label = "" if again else d.label
    number = voice.numbers[voice.told.get(d.label, d.label)]
    return Display(text, rows(text, [member], tail(layers(d, voice))), label, number, is_broken(text))


def layers(d: Derivation, voice: Voice) -> list[str]:
    """The layers of a derivation as relations; the recursion counts down."""
    name = stem(d.label)
    return ranges.conditions(
        d.layer, d.layers, voice, down=name.startswith("delta-hidden") and name.endswith(DOWN + _kinds(voice))
    )


def condition(d: Derivation, voice: Voice) -> tuple[Text, Display] | None:
    """The short form of a result under a condition, for entries: the sentence before it, and the equation."""
    if not d.conditions:
        return None
    (total, one), (left, short) = d.conditions
    reason = say(
        "Where the targets sum to one, {}, this is shorter:", Math(f"{voice.latex(total)} = {voice.latex(one)}")
    )
    return reason, equation(left, short, voice, "")


def _kinds(voice: Voice) -> tuple[str, ...]:
    """The names of the activations of the network."""
    return tuple(d.kind for d in voice.section.model.definitions if d.kind)
