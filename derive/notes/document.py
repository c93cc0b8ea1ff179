"""The document between the chapter and the printers: what stands on the page, in order, in no dialect.

Text is a tuple of plain words, mathematics and citations; a printer escapes the words.  Displays hold finished LaTeX
mathematics, which every target reads; what differs is how rows, numbers and reasons are laid out.
"""

from __future__ import annotations

from dataclasses import dataclass
from string import Formatter
from typing import TypeAlias


@dataclass(frozen=True)
class Math:
    """Mathematics within a sentence."""

    latex: str


@dataclass(frozen=True)
class Cite:
    """The number of a displayed equation."""

    label: str


Part: TypeAlias = str | Math | Cite
Text: TypeAlias = tuple[Part, ...]


def say(template: str, *parts: Part | Text) -> Text:
    """A sentence with mathematics and citations where ``{}`` or ``{0}`` stands.

    >>> say("the error {} of {}", Math("x"), "y")
    ('the error ', Math(latex='x'), ' of ', 'y')
    """
    out: list[Part] = []
    for count, (words, field, _, _) in enumerate(Formatter().parse(template)):
        if words:
            out.append(words)
        if field is not None:
            part = parts[int(field) if field else count]
            out.extend(part if isinstance(part, tuple) else (part,))
    return tuple(out)


def joined(texts: list[Text], between: str = " ") -> Text:
    """Texts one behind the other."""
    out: list[Part] = []
    for i, text in enumerate(texts):
        out.extend(((between,) if i else ()) + text)
    return tuple(out)


@dataclass(frozen=True)
class Heading:
    """A section (level 1) or a part of one (level 2)."""

    text: Text
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    """Running text; ``title`` stands in front of it, ``minor`` for the titles of parts that were worked out apart."""

    text: Text
    title: Text = ()
    minor: bool = False


@dataclass(frozen=True)
class Setting:
    """What the letters mean from here on, for the reader that checks the page (TOML)."""

    toml: str


@dataclass(frozen=True)
class Row:
    """One step or several: the reason above, then aligned lines that begin with ``&`` and a relation."""

    reason: Text
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Display:
    """``left`` and the rows that lead on from it.

    ``number``: printed beside the last line; ``label``: what citations point to (empty where it only stands again).
    ``broken``: the left side is so wide that it has a line of its own.  ``range``: the layers, which stand behind
    the last line; a target that shows each row by itself repeats them.
    """

    left: str
    rows: tuple[Row, ...]
    label: str = ""
    number: str = ""
    broken: bool = False
    range: str = ""


@dataclass(frozen=True)
class Group:
    """Displays that stand together; with a ``title`` in a frame."""

    displays: tuple[Display, ...]
    title: Text = ()


@dataclass(frozen=True)
class Table:
    """A table with a heading row; ``columns`` is ``l``, ``c`` or ``p`` (a column of text that is broken) for each."""

    columns: str
    header: tuple[Text, ...]
    rows: tuple[tuple[Text, ...], ...]


@dataclass(frozen=True)
class Procedure:
    """Lines of pseudocode: (how far indented, what is done)."""

    title: Text
    lines: tuple[tuple[int, Text], ...]


Block: TypeAlias = Heading | Paragraph | Setting | Display | Group | Table | Procedure


@dataclass(frozen=True)
class Document:
    """A title and what stands below it."""

    title: str
    blocks: tuple[Block, ...]
