r"""A notation of one's own from a TOML file: what differs from one of ours.

    base = 'lecture'
    reading = 'the letters of my course'
    layer_slot = 'superscript-parentheses'
    [quantities]
    delta = 'e'
    w = { entry = 'w', matrix = 'W' }
    [functions]
    sigmoid = 'g'

No text of the file reaches a page that is not known to be harmless mathematics: letters, digits and the commands of
``COMMANDS``, with braces that match.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from pathlib import Path
from string import ascii_lowercase
from typing import TYPE_CHECKING, Any, NoReturn

from derive.errors import DeriveError, did_you_mean, quoted
from derive.notation.commands import ACCENTS, FONTS, TEXT
from derive.notation.greek import GREEK
from derive.notation.notation import SLOT_STYLES, Notation, Spelling, from_table, merged, names, table_of
from derive.notation.table import symbol_table
from derive.spec.positions import place_of
from derive.spec.toml import text_of, toml_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from derive.model.model import Model

REMEDY = "see docs/notations.md"
TABLES = ("letters", "quantities", "functions", "last")
STYLES = ("layer_slot", "function_slot")
SIGNS = {
    "elementwise": (r"\odot", r"\circ", "*", r"\bullet"),
    "transpose": ("^T", r"^{T}", r"^\top", r"^{\top}", "'"),
    "update": (r"\leftarrow", "="),
}
"""Keys with few values, all of which are read back."""
KEYS = ("base", "reading", *STYLES, *SIGNS, *TABLES)
WORDS = (r"\ell", r"\partial", r"\nabla", r"\prime", r"\circ", r"\ln", r"\log", r"\exp", r"\tanh", r"\max", r"\min")
COMMANDS = frozenset({*(f"\\{name}" for name in GREEK), *FONTS, *ACCENTS, *TEXT, r"\widehat", r"\widetilde", *WORDS})
"""The commands that a spelling may be made of."""
_PIECE = re.compile(r"\\[A-Za-z]+\*?|[A-Za-z0-9]|[{} '_,.-]")
LONGEST = 60
INDICES = "lkjipqrstLN"
"""Letters that number something in the notes."""


def read_notation_file(path: str) -> NotationFile:
    """The notation of a file, called by the name of the file.

    Raises:
        DeriveError: the file cannot be read, is no TOML, or describes no notation.
    """
    shown = quoted(path, 200)[1:-1]
    text = text_of(Path(path), shown, "a notation file", "notation.toml")
    return NotationFile(shown, text, toml_of(shown, text, REMEDY))


@dataclass(frozen=True)
class NotationFile:
    """The data of a file and where each key of it stands."""

    shown: str
    text: str
    data: Mapping[str, Any]

    def notation(self) -> Notation:
        """The notation, and the one of chains beside it where the base has one.

        Raises:
            DeriveError: a key or a value that cannot be used, with its place.
        """
        self._known(self.data, KEYS, ())
        base = self._one_of("base", names(), "lecture")
        self._checked(base)
        made = self._over(base)
        chain = f"{base}-chain"
        return replace(made, for_chains=self._over(chain)) if chain in names() else made

    def fits(self, model: Model) -> None:
        """Refuses a notation in which two things of a model are written alike.

        Raises:
            DeriveError: they are, with the place of a key that says so.
        """
        try:
            own = self.notation()
            symbol_table(own, model)
            self._distinct([(letter, own.letter(letter)) for letter in (*ascii_lowercase, "L", "N", "T")])
        except DeriveError as error:
            if error.place is not None:
                raise
            problem = error.problem
            self._fail(self._guilty(problem), problem, "two spellings for two things", error.remedy)

        taken = {own.letter(letter) for letter in INDICES}
        for key in (k for k in self.data.get("quantities", {}) if k in model.quantities):
            if own.quantities[key].entry in taken:
                problem = f"{quoted(own.quantities[key].entry)} numbers layers, units, samples or iterations already"
                self._fail(
                    ("quantities", key), problem, "a letter of its own", "choose another, or move that one: [letters]"
                )

    def _distinct(self, letters: Sequence[tuple[str, str]]) -> None:
        """Refuses two letters that are written alike."""
        known: dict[str, str] = {}
        for letter, text in letters:
            other = known.setdefault(text, letter)
            if other != letter:
                key = letter if letter in self.data.get("letters", {}) else other
                problem = f"{quoted(other)} and {quoted(letter)} are both written {text}"
                self._fail(("letters", key), problem, "a letter of its own for each", "change one of them")

    def _guilty(self, problem: str) -> tuple[str, ...]:
        """The key of the file that a message is about."""
        own = [(t, key) for t in TABLES for key in self.data.get(t, {}) if repr(key) in problem]
        return own[0] if own else ("base",)

    def _over(self, base: str) -> Notation:
        """What the file says over one of ours."""
        said = {k: v for k, v in self.data.items() if k != "base"}
        said["letters"] = _exchanged(said.get("letters", {}))
        name = re.sub(r"[^A-Za-z0-9-]", "-", Path(self.shown).stem)[:40] or "own"
        return from_table({**merged(table_of(base), said), "name": name})

    # ------------------------------------------------------------ what is right

    def _checked(self, base: str) -> None:
        table = table_of(base)
        self._text(("reading",), self.data.get("reading", ""))
        for key in STYLES:
            self._one_of(key, tuple(SLOT_STYLES), "superscript")
        for key, values in SIGNS.items():
            self._one_of(key, values, values[0])
        for name in TABLES:
            rows = self.data.get(name, {})
            if not isinstance(rows, dict):
                self._fail((name,), f"{name} is {quoted(repr(rows))}", f"a table: [{name}]")
            self._rows(name, rows, table)

    def _rows(self, name: str, rows: Mapping[str, Any], table: Mapping[str, Any]) -> None:
        if name in ("quantities", "functions"):
            self._known(rows, tuple(table[name]), (name,))
        if name == "last":
            self._known(rows, tuple(table["quantities"]), (name,))
        for key, value in rows.items():
            path = (name, key)
            if name == "letters" and not re.fullmatch(r"[A-Za-z]|eta|lambda(_[12])?", key):
                self._fail(path, f"unknown letter {quoted(key)}", "one letter: l = 'm'")
            if name in ("quantities", "last") and isinstance(value, dict):
                self._row(path, value)
            elif name == "functions" and isinstance(value, list) and value:
                for text in value:
                    self._spelling(path, text)
            else:
                self._spelling(path, value)

    def _row(self, path: tuple[str, ...], row: Mapping[str, Any]) -> None:
        """``{ entry = 'w', matrix = 'W', slot = 'subscript', shift = -1, order = [1, 0] }``"""
        self._known(row, tuple(f.name for f in fields(Spelling)), path)
        if "entry" not in row:
            self._fail(path, f"{path[-1]} has no entry", "how one number of it is written: entry = 'w'")
        for key in ("entry", "column", "matrix"):
            if key in row:
                self._spelling((*path, key), row[key])
        if row.get("slot", "") not in ("", *SLOT_STYLES):
            self._fail((*path, "slot"), f"slot is {quoted(str(row['slot']))}", "one of " + ", ".join(SLOT_STYLES))
        shift, order = row.get("shift", 0), row.get("order", [])
        if type(shift) is not int or shift not in (-1, 0, 1):
            self._fail((*path, "shift"), f"shift is {quoted(repr(shift))}", "-1, 0 or 1")
        if order not in ([], [0], [0, 1], [1, 0]):
            self._fail((*path, "order"), f"order is {quoted(repr(order))}", "[0, 1] or [1, 0]")

    def _spelling(self, path: tuple[str, ...], value: object) -> None:
        r"""A letter with its font, accent and index: ``\hat{\mathbf y}``, ``E_d``."""
        if not isinstance(value, str) or not value.strip() or len(value) > LONGEST:
            self._fail(path, f"{path[-1]} is {quoted(repr(value))}", "how it is written in LaTeX: '\\delta'")
        pieces = _PIECE.findall(value)
        if "".join(pieces) != value or _unbalanced(value):
            problem = f"{quoted(value)} cannot be written"
            self._fail(path, problem, "letters, digits, commands such as \\delta or \\mathbf, and braces that match")
        if re.sub(r"\\[a-z]+|[{} ]", "", value) == "e":
            self._fail(path, "e is the base of exponentials", "another letter, as e^z is the exponential function")
        for piece in pieces:
            if piece.startswith("\\") and piece not in COMMANDS:
                remedy = did_you_mean(piece, COMMANDS) or "write it with a Greek letter, a font or an accent"
                self._fail(path, f"the command {quoted(piece)} is not known here", "a letter, font or accent", remedy)

    def _text(self, path: tuple[str, ...], value: object) -> None:
        if not isinstance(value, str) or not value.isprintable() or len(value) > 300:
            self._fail(path, f"{path[-1]} is {quoted(repr(value))}", "a line of text")

    def _one_of(self, key: str, values: Sequence[str], default: str) -> str:
        value = self.data.get(key, default)
        if not isinstance(value, str) or value not in values:
            remedy = did_you_mean(str(value), values) or "choose one of them"
            self._fail((key,), f"{key} is {quoted(str(value))}", "one of " + ", ".join(values), remedy)
        return value

    def _known(self, table: Mapping[str, Any], keys: Sequence[str], path: tuple[str, ...]) -> None:
        for key in table:
            if key not in keys:
                remedy = did_you_mean(key, keys) or "remove it"
                self._fail((*path, key), f"unknown key {quoted(key)}", "one of " + ", ".join(keys), remedy)

    def _fail(self, path: Sequence[str], problem: str, expected: str, remedy: str = "") -> NoReturn:
        place = place_of(self.text, self.shown, path)
        raise DeriveError(problem, expected=expected, remedy=remedy or REMEDY, place=place)


def _exchanged(letters: Mapping[str, str]) -> dict[str, str]:
    """Letters that make room for others: where ``l`` is written m and nothing is said of ``m``, that is written l.

    >>> _exchanged({"l": "m", "k": "i", "i": "h"})
    {'l': 'm', 'k': 'i', 'i': 'h', 'm': 'l', 'h': 'k'}
    """
    found = dict(letters)
    for value in letters.values():
        if len(value) == 1 and value not in found:
            found[value] = next(key for key in found if key not in found.values())
    return found


def _unbalanced(text: str) -> bool:
    depth = 0
    for sign in text:
        depth += (sign == "{") - (sign == "}")
        if depth < 0:
            return True
    return depth != 0
