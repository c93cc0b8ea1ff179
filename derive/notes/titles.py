"""Which words belong to a label."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from derive.algebra.tree import Fn, Partial, Ref
from derive.data.activations import ACTIVATIONS
from derive.notes.document import Math, Text, say
from derive.notes.sentences import derivation

if TYPE_CHECKING:
    from derive.algebra.tree import Expr
    from derive.derivation.steps import Derivation
    from derive.notes.voice import Voice

FORMS = ("-batch-columns", "-batch", "-chain", "-logistic", "-deep", "/index")


def stem(label: str) -> str:
    """The label without the form of the story: ``delta-hidden-batch/index -> delta-hidden``."""
    for form in FORMS:
        label = label.replace(form, "")
    return label


def title(d: Derivation, voice: Voice) -> tuple[Text, str]:
    """The title of a derivation and the sentence that leads to it."""
    key, words = derivation(stem(d.label))
    kind, lead = stem(d.label).removeprefix(key).strip("-"), words.said(voice.section.model.masks)
    if key == "activation-derivative":
        return say(words.title, _activation(kind)), lead
    kept = _kept(kind, d, voice) if words.kept else None
    if kept is not None:
        return say(words.kept, kept), lead
    if "{}" in words.title:
        assert isinstance(d.claim[0], Partial)
        return say(words.title, voice.math(d.claim[0].wrt)), lead
    named = kind in ACTIVATIONS
    return (f"{words.title}, {_activation(kind)}" if named else words.title,), lead


def _kept(kind: str, d: Derivation, voice: Voice) -> Math | None:
    """What an optimiser keeps that an equation is about: ``m-hat-adam -> m_hat``; for a parameter ``m_w``."""
    name, left = kind.rpartition("-")[0].replace("-", "_"), d.claim[0]
    of_network = left.name if isinstance(left, Ref) and name else name
    quantities = voice.section.model.quantities
    found = quantities.get(name) or quantities.get(of_network)
    return voice.math(found.head) if found is not None else None


def factor_title(d: Derivation, voice: Voice) -> Text:
    """The title of a part that is worked out on its own."""
    words = "For the entries of {}" if d.label.endswith("/index") else "Factor {}"
    if isinstance(d.claim[0], Ref) and d.claim[0].slots and not d.claim[0].entries:
        words = "The value of {}"
    left = d.claim[0]
    about = left.wrt if d.label.endswith("/index") and isinstance(left, Partial) else left
    if isinstance(about, Partial) and not isinstance(about.of, Ref | Fn):
        return say("The term with {}", voice.math(about.wrt))
    return say(words, voice.math(_whole(about) if d.label.endswith("/index") else about))


def _whole(e: Expr) -> Expr:
    """The array of an entry."""
    return replace(e, entries=None) if isinstance(e, Ref) and e.entries else e


def _activation(name: str) -> str:
    return ACTIVATIONS.get(name).reading if name in ACTIVATIONS else name
