"""A chapter as course notes: one document, one printer for each target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.errors import DeriveError, did_you_mean, quoted
from derive.notes import latex
from derive.notes.data import as_json
from derive.notes.markdown import markdown
from derive.notes.story import document

if TYPE_CHECKING:
    from derive.derivation.steps import Chapter
    from derive.notation.notation import Notation
    from derive.spec import NetworkSpec

FORMATS = ("latex", "fragment", "markdown", "json")


def notes(
    chapter: Chapter,
    spec: NetworkSpec,
    chosen: str | Notation = "lecture",
    format: str = "latex",  # noqa: A002 - the documented name
) -> str:
    """The notes of a network.

    Args:
        chapter: what was derived and checked.
        spec: the network that was asked for.
        chosen: a notation or its name.
        format: ``latex`` (an article), ``fragment`` (its body), ``markdown`` or ``json``.

    Raises:
        DeriveError: a notation or format of that name does not exist.
    """
    if format not in FORMATS:
        remedy = did_you_mean(format, FORMATS) or "choose one of them"
        raise DeriveError(f"unknown format {quoted(format)}", expected="one of " + ", ".join(FORMATS), remedy=remedy)
    if format == "json":
        return as_json(chapter, spec, chosen)
    made = document(chapter, spec, chosen, plain=format == "markdown")
    if format == "markdown":
        return markdown(made, chapter.numbers)
    return latex.article(made) if format == "latex" else latex.fragment(made)
