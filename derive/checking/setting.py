"""The author's setting as it is written: TOML with forward equations, merged from files, presets and documents."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from derive.errors import DeriveError, Place, did_you_mean, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PRESETS = Path(__file__).parent.parent / "data" / "notations"
TABLES = ("functions", "shapes", "index", "conventions")
TOLD = frozenset({"id", "source", "scope", "certainty", "style", "expected"})
"""Keys of a notation file that say nothing about the network."""
KEYS = frozenset({"layers", "units", "given", "preset", "fresh", *TABLES}) | TOLD
CONVENTIONS: Mapping[str, tuple[str, ...]] = {
    "vectors": ("columns", "rows", "scalars"),
    "examples": ("one", "columns", "rows"),
    "gradient": ("variable", "transposed"),
    "jacobian": ("numerator", "denominator", "schematic"),
}
UNQUOTED = re.compile(r"\s*(preset|layers|units)\s*=\s*([^'\"\s][^'\"]*?)\s*$")
"""A text without its quotes, the commonest slip in a setting of one line."""
LAST = re.compile(r"\.\.\s*([^\s=]+)")
"""The last layer in ``l = 0..L`` and in ``l = 0..L = 2``."""
COMMENT = re.compile(r"(?<!\\)%.*")


@dataclass(frozen=True)
class Line:
    """One statement of ``given`` and where it stands."""

    text: str
    file: str = ""
    number: int = 1

    @property
    def head(self) -> str:
        """The left side without spaces and braces: a later line with the same head replaces this one."""
        return re.sub(r"[\s{}]", "", re.split(r":=|=|\\leftarrow|\\in|\\le|\\ge|<|>", self.text, maxsplit=1)[0])

    @property
    def place(self) -> Place:
        return Place(self.file, self.number, 1, self.text)


@dataclass(frozen=True)
class Setting:
    """What the author says about his letters; nothing is inferred yet.

    ``guessed``: functions of a page without setting, of which the text does not say what they are.
    """

    layers: str = ""
    units: str = ""
    given: tuple[Line, ...] = ()
    functions: Mapping[str, str] = field(default_factory=dict)
    shapes: Mapping[str, str] = field(default_factory=dict)
    index: Mapping[str, str] = field(default_factory=dict)
    conventions: Mapping[str, Any] = field(default_factory=dict)
    guessed: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.given or self.functions or self.shapes)

    def merged(self, other: Setting) -> Setting:
        """This setting with what the other says put over it; equal heads in ``given`` are replaced."""
        heads = {line.head for line in other.given}
        kept = tuple(line for line in self.given if line.head not in heads)
        tables = {name: {**getattr(self, name), **getattr(other, name)} for name in TABLES}
        return Setting(
            self._layers(other.layers), other.units or self.units, kept + other.given, **tables, guessed=self.guessed
        )

    def _layers(self, other: str) -> str:
        """The layers that another setting says; a last one with a number keeps the letter that it has here."""
        last = LAST.search(self.layers)
        if not other or last is None or last.group(1).isdigit() or not other.rpartition("..")[2].strip().isdigit():
            return other or self.layers
        start, _, number = other.rpartition("..")
        return f"{start}..{last.group(1)} = {number.strip()}"

    def with_lines(self, lines: Iterable[Line]) -> Setting:
        """The setting with further statements."""
        return self.merged(Setting(given=tuple(lines)))

    def without(self, lines: Iterable[Line]) -> Setting:
        """The setting without some statements."""
        gone = set(lines)
        return replace(self, given=tuple(line for line in self.given if line not in gone))


def from_toml(text: str, file: str = "", line: int = 1, base: Setting | None = None) -> Setting:
    """The setting of a block of TOML that starts at ``line`` of ``file``, over ``base`` unless it says ``fresh``.

    Raises:
        DeriveError: it is no TOML, or a key or value is not of the format.
    """
    try:
        data = tomllib.loads(text)
    except RecursionError:
        raise _bad_toml("brackets are nested too deeply", text, file, line) from None
    except ValueError as error:  # TOMLDecodeError, and whole numbers of thousands of digits
        raise _bad_toml(str(error).partition("\n")[0][:200], text, file, line) from None
    where = _Where(text, file, line)
    unknown = next((key for key in data if key not in KEYS), None)
    if unknown is not None:
        raise where.error(unknown, f"unknown key {quoted(unknown)} in a setting", ", ".join(sorted(KEYS - TOLD)), KEYS)
    tables: dict[str, Any] = {name: where.table(data, name) for name in TABLES}
    given = where.statements(data.get("given", ""))
    own = Setting(where.text_of(data, "layers"), where.text_of(data, "units"), given, **tables)
    if "preset" in data:
        base = (base or Setting()).merged(from_preset(where.text_of(data, "preset")))
    return own if data.get("fresh") is True or base is None else base.merged(own)


def _bad_toml(message: str, text: str, file: str, line: int) -> DeriveError:
    found = re.search(r"at line (\d+), column (\d+)", message)
    row, column = (int(found.group(1)), int(found.group(2))) if found else (1, 1)
    rows = text.splitlines()
    place = Place(file, line + row - 1, column, rows[row - 1] if row <= len(rows) else "")
    problem = re.sub(r" \(at .*\)$", "", message)
    bare = UNQUOTED.match(place.text)
    remedy = f'write {bare.group(1)} = "{bare.group(2)}"' if bare is not None and len(bare.group(2)) < 80 else ""
    return DeriveError(
        f"the setting is no TOML: {problem}", expected="the format of docs/setting.md", remedy=remedy, place=place
    )


@dataclass(frozen=True)
class _Where:
    """The text of a block: finds the places of its values."""

    text: str
    file: str
    line: int

    def row(self, part: str, start: int = 0) -> int:
        """The index of the line that holds a piece of text."""
        rows = self.text.split("\n")
        return next((n for n in range(start, len(rows)) if part in rows[n]), 0)

    def error(self, part: str, problem: str, expected: str, known: Iterable[str] = ()) -> DeriveError:
        n = self.row(part)
        own = self.text.split("\n")[n]
        place = Place(self.file, self.line + n, max(own.find(part), 0) + 1, own)
        return DeriveError(problem, expected=expected, remedy=did_you_mean(part, known), place=place)

    def text_of(self, data: Mapping[str, Any], key: str) -> str:
        value = data.get(key, "")
        if not isinstance(value, str):
            raise self.error(key, f"{key} of the setting is no text", "text in quotes")
        return value

    def table(self, data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        value = data.get(name, {})
        if not isinstance(value, dict):
            raise self.error(name, f"{name} of the setting is no table", f"[{name}] and a key = value on each line")
        for key, entry in value.items():
            if name == "conventions" and key != "elementwise" and entry not in CONVENTIONS.get(key, ()):
                wanted = CONVENTIONS.get(key) or (*CONVENTIONS, "elementwise")
                raise self.error(
                    key, f"unknown convention {key} = {quoted(str(entry))}", " | ".join(wanted), CONVENTIONS
                )
            if name != "conventions" and not isinstance(entry, str):
                raise self.error(key, f"{quoted(key)} in [{name}] is no text", "text in quotes")
        return value

    def statements(self, given: object) -> tuple[Line, ...]:
        """One statement per line; a list of statements is allowed too."""
        texts = given.split("\n") if isinstance(given, str) else given
        if not isinstance(texts, list) or not all(isinstance(t, str) for t in texts):
            raise self.error("given", "given is neither text nor a list of texts", "one statement per line")
        out, row = [], self.row("given")
        for text in texts:
            bare = COMMENT.sub("", text).strip()
            if bare:
                row = self.row(text.strip(), row)
                out.append(Line(bare, self.file, self.line + row))
        return tuple(out)


def preset_names() -> tuple[str, ...]:
    """The settings that come with derive."""
    return tuple(sorted(path.stem for path in PRESETS.glob("*.toml")))


def from_preset(name: str) -> Setting:
    """A setting that comes with derive.

    Raises:
        DeriveError: there is none of this name.
    """
    stem = name.strip().lower().replace("-", "_")
    if stem not in preset_names():
        near = did_you_mean(stem, preset_names()) or "give one of these names, or none at all"
        raise DeriveError(f"unknown preset {quoted(name)}", expected=", ".join(preset_names()), remedy=near)
    path = PRESETS / f"{stem}.toml"
    return from_toml(path.read_text(encoding="utf-8"), path.name)
