"""The story of ``derive check``: a document, the setting that holds at each line, a verdict for each equation."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from derive.checking.documents import Document, read_document
from derive.checking.explaining import Explainer
from derive.checking.judging import Judge
from derive.checking.reading import Written, written
from derive.checking.setting import Setting, from_preset, from_toml
from derive.checking.understanding import understand
from derive.checking.verdicts import FileReport, Judgement, Report, Verdict
from derive.errors import DeriveError, quoted
from derive.notation.failures import ReadFailure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from derive.checking.documents import Display

STDIN = "-"


def check(source: object, *, setting: str | None = None, preset: str | None = None) -> Report:
    """Verdicts on a text, a path or several paths.

    ``setting``: a TOML file or its text; ``preset``: a setting that comes with derive.  A string with a line break or a
    dollar sign is a text.

    Raises:
        DeriveError: a file or a setting cannot be read.
    """
    base = base_setting(setting, preset)
    if isinstance(source, str) and _is_text(source):
        return Report((check_text(source, "text", base),))
    paths = [source] if isinstance(source, str | Path) else list(source) if isinstance(source, Iterable) else None
    if paths is None:
        raise DeriveError(f"nothing to check: {quoted(repr(source))}", expected="a text, a path or several paths")
    return check_paths([str(p) for p in paths], base=base)


def _is_text(source: str) -> bool:
    return "\n" in source or "$" in source or "\\" in source


def check_paths(
    paths: Sequence[str], *, setting: str | None = None, preset: str | None = None, base: Setting | None = None
) -> Report:
    """Verdicts on files; ``-`` is standard input.

    Raises:
        DeriveError: a file or a setting cannot be read.
    """
    base = base or base_setting(setting, preset)
    return Report(tuple(check_text(_read(path), _name(path), base) for path in paths))


def _name(path: str) -> str:
    return "standard input" if path == STDIN else path


def _read(path: str) -> str:
    """The text of a file.

    Raises:
        DeriveError: there is none, or it is no text.
    """
    if path == STDIN:
        return sys.stdin.read()
    try:
        return Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise DeriveError(
            f"{path} is not UTF-8: byte {error.start} cannot be read",
            expected="text in UTF-8",
            remedy="convert it first",
        ) from None
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else "no such path"
        raise DeriveError(f"cannot read {quoted(path)}: {said}", expected="a .md or .tex file, or -") from None


def base_setting(setting: str | None, preset: str | None) -> Setting:
    """What the caller says about the letters: the preset, and over it the setting."""
    base = from_preset(preset) if preset else Setting()
    if not setting:
        return base
    if "\n" in setting or "=" in setting:
        return from_toml(setting, "setting", base=base)
    return from_toml(_read(setting), setting, base=base)


def check_text(text: str, file: str, base: Setting | None = None, *, explain: bool = True) -> FileReport:
    """Verdicts on one text; without ``explain`` no slips and no right equations are looked for.

    Raises:
        DeriveError: the text is too long, or its setting cannot be read.
    """
    document = read_document(text, file)
    page = _Page(document, base or Setting(), explain=explain)
    verdicts = tuple(page.verdicts())
    return FileReport(file, verdicts, page.described(), document.prose)


class _Page:
    """A document with the judge that holds at each line."""

    def __init__(self, document: Document, base: Setting, *, explain: bool) -> None:
        self.document, self.base, self.explain = document, base, explain
        self._settings = self._over_lines()
        self._judges: dict[int, Judge | None] = {}
        self._equations = [(d, w) for d in document.displays for w in written(d.source, document.macros)]

    def _over_lines(self) -> list[tuple[int, Setting]]:
        """The setting from each line on."""
        out = [(0, self.base)]
        for block in self.document.blocks:
            out.append((block.line, from_toml(block.text, self.document.file, block.line, out[-1][1])))
        return out

    def judge(self, line: int) -> Judge | None:
        """The judge that holds at a line; None where nothing is said about the letters."""
        at = max(n for n, (start, _) in enumerate(self._settings) if start <= line)
        if at not in self._judges:
            setting = self._settings[at][1]
            self._judges[at] = Judge(understand(setting, self.document.macros)) if setting else None
        return self._judges[at]

    def verdicts(self) -> Iterator[Verdict]:
        number = 0
        for display, w in self._equations:
            if isinstance(w, ReadFailure) and "relation" in w.expected:
                continue  # a display without a relation is no equation
            number += 1
            yield self._verdict(display, w, number)

    def _explained(self, judge: Judge, w: Written, found: Judgement) -> Judgement:
        """With slips and the right equation, in the spellings of the whole page."""
        if not self.explain:
            return found
        page = [m for _, other in self._equations if isinstance(other, Written) for m in other.members]
        return Explainer(judge, page).explained(w, found)

    def _verdict(self, display: Display, w: Written | ReadFailure, number: int) -> Verdict:
        file, text = self.document.file, display.source.text
        if isinstance(w, ReadFailure):
            line = w.place.line if w.place else display.line
            return Verdict(file, line, number, text, Judgement("cannot_tell", w.problem))
        latex = w.latex
        judge = self.judge(w.line)
        if judge is None:
            reason = "nothing says what the letters mean: give --setting, --preset or a block % derive: given = ..."
            return Verdict(file, w.line, number, latex, Judgement("cannot_tell", reason), len(w.relations))
        try:
            found = self._explained(judge, w, judge.judge(w))
        except RecursionError:
            found = Judgement("cannot_tell", "the formula is nested too deeply")
        return Verdict(file, w.line, number, latex, found, len(w.relations))

    def described(self) -> dict[str, object]:
        """The settings as understood: one, or a list of those that hold in turn."""
        known = [j.understood.described() for _, j in sorted(self._judges.items()) if j is not None]
        return known[0] if len(known) == 1 else {"in turn": known} if known else {}
