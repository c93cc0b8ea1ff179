"""Which setting holds at each line of a page: what was handed over, the page's own blocks, and its definitions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from derive.checking.naming.named import read_names
from derive.checking.naming.names import matching
from derive.checking.naming.statements import occurrences, read_statement
from derive.checking.pages.definitions import defined_with_a_word
from derive.checking.pages.from_text import from_text
from derive.checking.setting import Setting, from_toml
from derive.checking.understanding import understand
from derive.errors import DeriveError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from derive.checking.documents import Document
    from derive.checking.naming.statements import Words
    from derive.checking.pages.definitions import Found
    from derive.checking.setting import Line
    from derive.notation.lexing import Macro

Segment = tuple[int, Setting]


def settings_over_lines(document: Document, base: Setting) -> list[Segment]:
    """The setting from each line on.

    Raises:
        DeriveError: a block of the page cannot be read.
    """
    told = [(0, base)]
    for block in document.blocks:
        told.append((block.line, from_toml(block.text, document.file, block.line, told[-1][1])))
    if not any(setting for _, setting in told):
        own = from_text(document)
        return [(0, _sound(Setting(), own.given, own, document))] if own else told
    found = list(defined_with_a_word(document))
    return _with_definitions(told, found, document) if found else told


def why_none(document: Document) -> str:
    """Why nothing is known of the letters of a page that has no setting."""
    own = from_text(document)
    try:
        understand(own, document.macros)
    except DeriveError as error:
        at = f" (line {error.place.line})" if error.place is not None else ""
        return f"the page's own forward equations are not understood: {error.problem}{at}; give --setting or --preset"
    return "nothing says what the letters mean: give --setting, --preset or a block % derive: given = ..."


def _with_definitions(told: Sequence[Segment], found: Sequence[Found], document: Document) -> list[Segment]:
    """Definitions hold in the part of the page in which they stand and in later ones; a second one from its line on."""
    out: list[Segment] = []
    added: dict[str, Found] = {}
    for n, (start, setting) in enumerate(told):
        end = told[n + 1][0] if n + 1 < len(told) else None
        here = [f for f in found if start <= f.line.number and (end is None or f.line.number < end)]
        added.update({f.key: f for f in reversed(here)})
        added = _unknown(added, setting, document.macros)
        out.append((start, _added(setting, added, document)))
        for f in here:
            if f.key in added and f.line.text != added[f.key].line.text:
                added[f.key] = f
                out.append((f.line.number, _added(setting, added, document)))
    return out


def _unknown(added: Mapping[str, Found], setting: Setting, macros: Mapping[str, Macro]) -> dict[str, Found]:
    """The definitions of symbols that the setting does not know."""
    if not setting:
        return dict(added)
    naming = read_names(setting, macros).naming
    known = [*naming.families, *naming.functions]
    heads = {k: (f.head, replace(f.head, arguments=None)) for k, f in added.items()}
    return {k: f for k, f in added.items() if all(matching(naming, known, h) is None for h in heads[k])}


def _added(setting: Setting, added: Mapping[str, Found], document: Document) -> Setting:
    lines = tuple(f.line for f in added.values())
    return _sound(setting, lines, setting.with_lines(lines), document) if lines else setting


def _sound(base: Setting, lines: Sequence[Line], whole: Setting, document: Document) -> Setting:
    """The setting without those of the page's own lines that cannot be understood, and without what rests on them."""
    rest = list(lines)
    while rest:
        try:
            understand(whole, document.macros)
        except DeriveError as error:
            at = error.place
            culprits = [x for x in rest if at is not None and (x.number, x.text) == (at.line, at.text)]
            gone = _with_users(culprits, rest) or rest
            whole = whole.without(gone)
            rest = [x for x in rest if x not in gone]
            if not whole.given:
                return base
        else:
            return whole
    return whole


def _with_users(gone: Sequence[Line], lines: Sequence[Line]) -> list[Line]:
    """Lines that are given up, and all that use what they define: it would be a free letter there."""
    out = list(gone)
    for line in out:
        head = read_statement(line).head
        for other in lines:
            if head is not None and other not in out and _uses(other, head.words):
                out.append(other)
    return out


def _uses(line: Line, words: Words) -> bool:
    return any(o.head.words == words for o in occurrences(read_statement(line).right, [words], -1))
