"""Labels of equations: what the forms of the story make of a name, and the numbers in printing order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from derive.derivation.steps import Derivation, Section

Label = Callable[[str], str]
"""What the name of an equation (``delta-hidden``) is called in one form of the story."""


def suffixed(suffix: str, ending: str) -> Label:
    """``delta-hidden/fan-out -> delta-hidden-batch/fan-out``;  ``delta-hidden -> delta-hidden-batch/index``."""

    def label(name: str) -> str:
        head, slash, tail = name.partition("/")
        return f"{head}{suffix}/{tail}" if slash else f"{head}{suffix}{ending}"

    return label


def penalised(label: Label) -> Label:
    """The gradients with the penalty have their own labels: ``penalty-gradient``, ``penalty-gradient-b``."""
    return lambda name: label(
        name.replace("gradient-W", "penalty-gradient").replace("gradient-b", "penalty-gradient-b")
    )


def is_parameter_gradient(d: Derivation) -> bool:
    return d.label.startswith(("gradient-W", "gradient-b", "penalty-gradient")) and "/" not in d.label


def update_label(label: str) -> str:
    """``gradient-W-batch -> update-W-batch``;  ``penalty-gradient -> update-W-penalty``."""
    for gradient, update in PENALISED:
        if label == gradient or label.startswith(f"{gradient}-"):
            return label.replace(gradient, update)
    return label.replace("gradient-", "update-")


PENALISED = (("penalty-gradient-b", "update-b-penalty"), ("penalty-gradient", "update-W-penalty"))
"""The gradients with the penalty, and the updates with them; ``penalty-gradient-batch`` is of the weights."""


def numbers(sections: list[Section]) -> Mapping[str, str]:
    """Labels in the order in which they are printed, numbered from 1."""
    labels: dict[str, None] = {}
    for section in sections:
        for definition in section.forward:
            labels.setdefault(definition.label)
        if any(d.label.startswith("forward") for d in section.forward):
            labels.setdefault("delta-definition")
        for d in section.derivations:
            _collect(d, labels)
    return {label: str(i) for i, label in enumerate(labels, start=1)}


def _collect(d: Derivation, labels: dict[str, None]) -> None:
    for lemma in d.lemmas:
        _collect(lemma, labels)
    labels.setdefault(d.label)
