"""Which words belong to a label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.algebra.tree import Partial
from derive.data.activations import ACTIVATIONS
from derive.notes.document import Math, Text, say
from derive.notes.sentences import DERIVATIONS

if TYPE_CHECKING:
    from derive.derivation.steps import Derivation
    from derive.notes.voice import Voice

FORMS = ("-batch-columns", "-batch", "-chain", "/index")


def stem(label: str) -> str:
    """The label without the form of the story: ``delta-hidden-batch/index -> delta-hidden``."""
    for form in FORMS:
        label = label.replace(form, "") if label != "delta-chain/product" else label
    return label


def title(d: Derivation, voice: Voice) -> tuple[Text, str]:
    """The title of a derivation and the sentence that leads to it."""
    name = stem(d.label)
    key = max((k for k in DERIVATIONS if name.startswith(k)), key=len, default="")
    if not key:
        return (d.title,), ""
    words, lead = DERIVATIONS[key]
    kind = name.removeprefix(key).strip("-")
    if key == "activation-derivative":
        return say(words, _activation(kind)), lead
    if "{}" in words:
        assert isinstance(d.claim[0], Partial)
        return say(words, voice.math(d.claim[0].wrt)), lead
    named = kind in ACTIVATIONS
    return (f"{words}, {_activation(kind)}" if named else words,), lead


def factor_title(d: Derivation, voice: Voice) -> Text:
    """The title of a part that is worked out on its own."""
    return say("Factor {}", Math(voice.latex(d.claim[0])))


def _activation(name: str) -> str:
    return ACTIVATIONS.get(name).reading if name in ACTIVATIONS else name
