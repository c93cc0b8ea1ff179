"""A chapter as course notes: one document, one printer for each target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.errors import DeriveError, did_you_mean, quoted
from derive.notes import latex
from derive.notes.story import document

if TYPE_CHECKING:
    from derive.derivation.steps import Chapter
    from derive.notation.notation import Notation
    from derive.spec import NetworkSpec

FORMATS = ("latex", "fragment", "markdown", "json")


def notes(chapter: Chapter, spec: NetworkSpec, chosen: str | Notation = "lecture", format: str = "latex") -> str:
    """The notes of a network.

    Args:
        chapter: what was derived and checked.
        spec: the network that was asked for.
        chosen: a notation or its name.
        format: ``latex`` (an article), ``fragment`` (its body), ``markdown`` or ``json``.

    Raises:
        DeriveError: a notation or format of that name does not exist.
    """
    if format == "latex":
        return latex.article(document(chapter, spec, chosen))
    return latex.fragment(document(chapter, spec, chosen))
