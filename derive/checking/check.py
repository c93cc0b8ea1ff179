"""The story of ``derive check``: a document, the setting that holds at each line, a verdict for each equation."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from derive.checking.documents import Document, read_document
from derive.checking.explaining import Explainer
from derive.checking.judging import Judge
from derive.checking.page_definitions import CONDITION
from derive.checking.page_settings import settings_over_lines, why_none
from derive.checking.reading import Written, written
from derive.checking.setting import Setting, from_preset, from_toml
from derive.checking.understanding import understand
from derive.checking.verdicts import FileReport, Judgement, Report, Verdict
from derive.errors import DeriveError, quoted
from derive.notation.display import of_index
from derive.notation.failures import ReadFailure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from derive.checking.formulas import Formula

STDIN = "-"
DOCUMENTS = (".md", ".markdown", ".tex", ".ipynb")


def check(source: object, *, setting: str | None = None, preset: str | None = None, inline: bool = False) -> Report:
    """Verdicts on a text, a path or several paths; with ``inline`` on the formulas within their lines too.

    ``setting``: a TOML file or its text; ``preset``: a setting that comes with derive.  A string with a line break or a
    dollar sign is a text.

    Raises:
        DeriveError: a file or a setting cannot be read.
    """
    base = base_setting(setting, preset)
    if isinstance(source, str) and _is_text(source):
        return Report((check_text(source, "text", base, inline=inline),))
    paths = [source] if isinstance(source, str | Path) else list(source) if isinstance(source, Iterable) else None
    if paths is None:
        raise DeriveError(f"nothing to check: {quoted(repr(source))}", expected="a text, a path or several paths")
    return check_paths([str(p) for p in paths], base=base, inline=inline)


def _is_text(source: str) -> bool:
    return "\n" in source or "$" in source or "\\" in source


def check_paths(
    paths: Sequence[str],
    *,
    setting: str | None = None,
    preset: str | None = None,
    base: Setting | None = None,
    inline: bool = False,
) -> Report:
    """Verdicts on files; ``-`` is standard input, a directory stands for the documents in it.

    Raises:
        DeriveError: a file or a setting cannot be read.
    """
    base = base or base_setting(setting, preset)
    return Report(tuple(check_text(_read(p), _name(p), base, inline=inline) for path in paths for p in documents(path)))


def documents(path: str) -> list[str]:
    """The documents of a directory and of those in it, in order; a file is itself.

    Raises:
        DeriveError: a directory without any.
    """
    if path == STDIN or not Path(path).is_dir():
        return [path]
    found = sorted(p for p in Path(path).rglob("*") if p.suffix in DOCUMENTS and p.is_file() and not _hidden(p))
    if not found:
        raise DeriveError(f"no document in {quoted(path)}", expected=" or ".join(f"a {s} file" for s in DOCUMENTS))
    return [str(p) for p in found]


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") and part not in (".", "..") for part in path.parts)


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


def check_text(
    text: str, file: str, base: Setting | None = None, *, inline: bool = False, explain: bool = True
) -> FileReport:
    """Verdicts on one text; with ``inline`` on the formulas within its lines too.

    Without ``explain`` no slips and no right equations are looked for.

    Raises:
        DeriveError: the text is too long, or its setting cannot be read.
    """
    document = read_document(text, file)
    page = _Page(document, base or Setting(), inline=inline, explain=explain)
    verdicts = tuple(page.verdicts())
    return FileReport(file, verdicts, page.described(), document.prose)


class _Page:
    """A document with the judge that holds at each line."""

    def __init__(self, document: Document, base: Setting, *, inline: bool, explain: bool) -> None:
        self.document, self.base, self.inline, self.explain = document, base, inline, explain
        self._settings = settings_over_lines(document, base)
        self._judges: dict[int, Judge | None] = {}
        self._equations = [(d, w) for d in self._formulas() for w in written(d.source, document.macros)]

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
            if display.inline and isinstance(w, Written) and all(of_index(t) for t in w.tokens):
                continue  # l = 1 is a range
            number += 1
            yield self._verdict(display, w, number)

    def _explained(self, judge: Judge, w: Written, found: Judgement) -> Judgement:
        """With slips and the right equation, in the spellings of the whole page."""
        if not self.explain:
            return found
        page = [m for _, other in self._equations if isinstance(other, Written) for m in other.members]
        return Explainer(judge, page).explained(w, found)

    def _formulas(self) -> list[Formula]:
        """What is judged: displays, and with ``inline`` the formulas of the text that hold a relation."""
        inlines = self.document.inlines if self.inline else ()
        return sorted((*self.document.displays, *inlines), key=lambda f: (f.line, f.source.column))

    def _verdict(self, display: Formula, w: Written | ReadFailure, number: int) -> Verdict:
        file, text = self.document.file, display.source.text
        if isinstance(w, ReadFailure):
            line = w.place.line if w.place else display.line
            return Verdict(file, line, number, text, Judgement("cannot_tell", w.problem))
        latex = w.latex
        judge = self.judge(w.line)
        if judge is None:
            reason = why_none(self.document)
            return Verdict(file, w.line, number, latex, Judgement("cannot_tell", reason), len(w.relations))
        try:
            found = self._explained(judge, w, judge.judge(w))
        except RecursionError:
            found = Judgement("cannot_tell", "the formula is nested too deeply")
        if found.verdict == "wrong" and CONDITION.search(display.lead):
            found = Judgement("cannot_tell", "the text before it states a condition that is not understood")
        return Verdict(file, w.line, number, latex, found, len(w.relations))

    def described(self) -> dict[str, object]:
        """The settings as understood: one, or a list of those that hold in turn."""
        known = [j.understood.described() for _, j in sorted(self._judges.items()) if j is not None]
        return known[0] if len(known) == 1 else {"in turn": known} if known else {}
