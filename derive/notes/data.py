"""The derivation as data: every equation with its steps, how each was checked, and what the symbols are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from derive.errors import CheckFailed
from derive.notes import equations
from derive.notes.document import Math
from derive.notes.ranges import data as range_of
from derive.notes.setting import setting_of
from derive.notes.symbols import rows
from derive.notes.voice import Voice, notation_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from derive.algebra.tree import Expr, Ref
    from derive.derivation.steps import Chapter, Derivation, Section, Step
    from derive.notation.notation import Notation
    from derive.notes.document import Text
    from derive.spec import NetworkSpec

DEFINED = "definition"
Row = dict[str, Any]


def as_json(chapter: Chapter, spec: NetworkSpec, chosen: str | Notation) -> str:
    """The chapter as one JSON object; the order of equations is that of their numbers."""
    voices = {s.key: Voice(s, notation_of(s, chapter, chosen), chapter.numbers) for s in chapter.sections}
    found: dict[str, Row] = {}
    for section in chapter.sections:
        for row in _section(section, voices[section.key]):
            found.setdefault(row["label"], row)
    out = {
        "network": chapter.network,
        "notation": chosen if isinstance(chosen, str) else chosen.name,
        "widths": spec.widths and list(spec.widths),
        "activations": spec.activations and list(spec.activations),
        "cost": spec.cost,
        "penalty": spec.penalty and spec.penalty.text,
        **({} if spec.dropout is None else {"dropout": spec.dropout}),
        "equations": sorted(found.values(), key=lambda r: int(r["number"])),
        "glossary": [_symbol(row) for row in rows(voices)],
        "settings": {s.key: setting_of(s, voices[s.key].notation) for s in chapter.sections},
    }
    return json.dumps(out, indent=1, ensure_ascii=False) + "\n"


def _section(section: Section, voice: Voice) -> Iterator[Row]:
    for d in section.forward:
        layer = section.model.quantities[d.head.name].layer
        yield _defined(d.label, d.head, d.rhs, range_of(layer, d.layers), voice)
    for of, name in section.model.named_adjoints.items() if section.forward else ():
        q = section.model.quantities[name]
        error = equations.error(q.head, section.model.quantities[of].head, section.model)
        yield _defined("delta-definition", q.head, error, range_of(q.layer, q.layers), voice)
    for derivation in section.derivations:
        yield from _derivation(derivation, voice)


def _defined(label: str, left: Ref, right: Expr, where: str | None, voice: Voice) -> Row:
    return {
        "label": label,
        "number": voice.numbers[label],
        "section": voice.section.key,
        "latex": f"{voice.latex(left)} = {voice.latex(right)}",
        "range": where,
        "checked": DEFINED,
        "steps": [],
    }


def _derivation(d: Derivation, voice: Voice) -> Iterator[Row]:
    for lemma in d.lemmas:
        yield from _derivation(lemma, voice)
    left, right = d.claim
    row: Row = {
        "label": d.label,
        "number": voice.numbers[d.label],
        "section": voice.section.key,
        "latex": f"{voice.latex(left)} {equations.relation(d)} {voice.latex(right)}",
        "range": range_of(d.layer, d.layers),
        "steps": [_step(s, voice) for s in d.steps],
    }
    if d.lemmas:
        row["lemmas"] = [lemma.label for lemma in d.lemmas]
    if d.conditions:
        row["under"] = [f"{voice.latex(a)} = {voice.latex(b)}" for a, b in d.conditions]
    yield row


def _step(step: Step, voice: Voice) -> Row:
    """One step; a definition was set, every other was evaluated.

    Raises:
        CheckFailed: a derived step that was not checked.
    """
    if step.check is None:
        raise CheckFailed(f"a step by the rule {step.rule} was not checked")
    checked: str | Row = {"networks": step.check.networks, "bound": step.check.bound}
    return {
        "before": voice.latex(step.before),
        "relation": step.relation,
        "after": voice.latex(step.after),
        "rule": step.rule,
        "reason": sentence(voice.said(step)),
        "uses": [label for label in step.uses if label in voice.numbers],
        "checked": DEFINED if step.relation == ":=" else checked,
    }


def sentence(text: Text) -> str:
    """Text with its mathematics between dollar signs."""
    return "".join(f"${p.latex}$" if isinstance(p, Math) else str(p) for p in text)


def _symbol(row: tuple[Text, Text, Text]) -> Row:
    symbol, shape, reading = (sentence(t) for t in row)
    return {"symbol": symbol, "shape": shape, "reading": reading}
