"""The story of each command on one page: what comes in, which rooms it passes, what goes out.

spec -> derivation (checked) -> notes | code;    page -> setting -> verdicts
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from derive import gallery
from derive.errors import DeriveError, quoted
from derive.spec.arguments import check_arguments

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from derive.checking import Report
    from derive.codegen import GradientCheck
    from derive.derivation.steps import Chapter
    from derive.notation.notation import Notation
    from derive.spec import NetworkSpec

NOTE_FORMATS = ("latex", "fragment", "markdown", "json")
CODE_STYLES = ("textbook", "training")
CODE_SECTIONS = ("activations", "batch-rows", "penalty-batch")
"""The sections whose equations code is made of."""
DTYPES = ("float64", "float32")


@dataclass(frozen=True)
class Network:
    """A network and all that follows from it; nothing is derived before it is asked for."""

    spec: NetworkSpec

    @cached_property
    def chapter(self) -> Chapter:
        """The derivation, every line checked."""
        from derive.derivation.chapter import derive_chapter

        return derive_chapter(self.spec)

    @cached_property
    def chapter_for_code(self) -> Chapter:
        """The derivation that code is made from: the cost is a named one, the numbers are those of the notes."""
        from derive.derivation.chapter import derive_chapter, numbered_like

        named = gallery.for_code(self.spec)
        found = derive_chapter(named, checked=CODE_SECTIONS)
        return found if named == self.spec else numbered_like(found, derive_chapter(self.spec, checked=()))

    def derivation(self) -> Chapter:
        """The derivation as data: sections, derivations, steps with rule, reason and check."""
        return self.chapter

    def notes(self, format: str = "latex", notation: str = "lecture") -> str:  # noqa: A002 - the documented name
        """The derivation as course notes: ``latex``, ``fragment``, ``markdown`` or ``json``.

        Args:
            format: one of these.
            notation: a name (``derive list notations``) or a file such as ``notation.toml``.

        Raises:
            DeriveError: there is no such notation, or what the file says cannot be used for this network.
        """
        from derive.notes import notes

        chosen = self._notation(notation)  # refused before anything is derived
        if self.spec.kinks and self.spec.activations is None:
            raise DeriveError(
                f"{self.spec.kinks[0].text}: these notes name no activation, whose slope could be chosen",
                expected="a network whose activations are known, such as 3-4:relu-2",
                remedy="leave the kink away; code for the general network takes it",
            )
        return notes(self.chapter, self.spec, chosen, format)

    def _notation(self, text: str) -> Notation:
        from derive.notation.notation import notation

        if not text.strip().lower().endswith(".toml"):
            return notation(text)
        from derive.model.build import Form, network_model
        from derive.notation.file import read_notation_file

        file = read_notation_file(text)
        file.fits(network_model(self.spec, Form(samples="rows")))
        return file.notation()

    def code(
        self,
        style: str = "textbook",
        dtype: str | None = None,
        *,
        schedules: Collection[str] = (),
        without: Collection[str] = (),
    ) -> str:
        """Training code for exactly this network: the text of one Python file that needs NumPy alone.

        Args:
            style: ``textbook``, a page to read beside the notes; ``training``, which is quick and complete.
            dtype: ``float32`` or ``float64``; not given, ``float32`` where the style is ``training``.
            schedules: in the style ``training``, which ones it has (``derive list schedules``); by default all.
            without: in the style ``training``, which parts are left out (``derive list parts``).

        Raises:
            DeriveError: a name that does not exist, or something is left open that code needs.
        """
        from derive.codegen import code

        spec = gallery.for_code(self.spec)
        return code(self.chapter_for_code, spec, style, dtype, schedules=schedules, without=without)

    def gradcheck(self, against: str | None = None) -> GradientCheck:
        """The emitted gradient, or that of the file ``against``, beside numeric derivatives of the forward pass."""
        from derive.codegen import gradcheck

        return gradcheck(self.chapter_for_code, gallery.for_code(self.spec), against)


def network(
    text: str,
    *,
    cost: str | None = None,
    penalty: str | Mapping[str, object] | None = None,
    optimisers: Iterable[str] | None = None,
    activations: Mapping[str, str] | None = None,
    costs: Mapping[str, str] | None = None,
    kinks: Mapping[str, object] | None = None,
    dropout: float | None = None,
) -> Network:
    """A network by its name in the gallery, its compact string (``"784-128:relu-10:softmax"``) or its file (``.toml``).

    Args:
        text: the name, the string or the path of the file.
        cost: a name of the table of costs; by default what fits the last activation.
        penalty: ``"l2=1e-4"``, ``{"l2": 1e-4}`` or ``{"l2": 1e-4, "factor": "one"}``.
        optimisers: names of the table of optimisers.
        activations: formulas of one's own in z, by the names that they have in the string: ``{"bent": "z + z^2/9"}``.
        costs: formulas of one's own in a and y, for one unit, by name.
        kinks: slopes at kinks by name of the activation: ``{"relu": 1}``, ``{"hard-sigmoid@3": "1/6"}``.
        dropout: the share of the outputs of hidden layers that a step of training leaves out.

    Raises:
        DeriveError: the text means no network, or something does not fit.
    """
    wanted = {"cost": cost, "penalty": penalty, "optimisers": optimisers, "activations": activations, "costs": costs}
    check_arguments(text, {**wanted, "kinks": kinks, "dropout": dropout})
    return Network(gallery.resolve(text, **wanted, kinks=kinks, dropout=dropout))  # type: ignore[arg-type]


def check(
    text_or_path: object,
    *,
    setting: str | None = None,
    preset: str | None = None,
    inline: bool = False,
    jobs: int | None = None,
) -> Report:
    """Verdicts on a page of mathematics: text, a path or several paths; with ``jobs``, so many files at a time."""
    from derive.checking import check as judge

    return judge(text_or_path, setting=setting, preset=preset, inline=inline, jobs=jobs)


def listing(kind: str) -> list[dict[str, str]]:
    """What there is of a kind: name, formula, a reading and a source where it has one."""
    return LISTINGS[kind]()


def _networks() -> list[dict[str, str]]:
    return [
        {"name": e.name, "formula": e.text or "L layers, widths n_l", "reading": e.reading} for e in gallery.GALLERY
    ]


def _rows(module: str, table: str) -> list[dict[str, str]]:
    from importlib import import_module

    rows = getattr(import_module(f"derive.data.{module}"), table)
    return [{"name": row.name, "formula": _formula(row), "reading": row.reading, "source": row.source} for row in rows]


def _formula(row: object) -> str:
    """The formula of a row, or its formulas where it has several."""
    several = getattr(row, "formulas", ())
    if len(several) < 2:
        return str(getattr(row, "formula"))  # noqa: B009 - rows of different tables
    return "; ".join(f"{key}: {text}" for key, text in dict(several).items())


def _notations() -> list[dict[str, str]]:
    from derive.notation.notation import names

    return [{"name": name, "formula": "", "reading": "how the mathematics is written"} for name in names()]


LISTINGS = {
    "networks": _networks,
    "activations": lambda: _rows("activations", "ACTIVATIONS"),
    "costs": lambda: _rows("costs", "COSTS"),
    "penalties": lambda: _rows("penalties", "PENALTIES"),
    "optimisers": lambda: _rows("optimisers", "OPTIMISERS"),
    "schedules": lambda: _rows("schedules", "SCHEDULES"),
    "parts": lambda: _rows("parts", "PARTS"),
    "notations": _notations,
}


# ---------------------------------------------------------------- pages from the command line


def check_files(
    files: Iterable[str],
    setting: str | None,
    preset: str | None,
    *,
    inline: bool = False,
    jobs: int | None = None,
) -> Report:
    """Verdicts on files, each in a process of its own; ``-`` is standard input; ``setting`` names a file.

    Raises:
        DeriveError: the setting cannot be read, or the only file cannot be checked.
    """
    from derive.checking import check_paths

    report = check_paths(list(files), setting=setting, preset=preset, inline=inline, jobs=jobs or os.cpu_count() or 1)
    if len(report.files) == 1 and report.files[0].error and not report.files[0].fault:
        raise DeriveError(report.files[0].error)
    return report


def replay(file: str, equation: int, setting: str | None, preset: str | None) -> str:
    """The network on which an equation of a file fails, with all its numbers."""
    from derive.checking import replay as numbers

    return numbers(file, equation, setting=setting, preset=preset)


def annotated_copies(report: Report, target: Path) -> Iterator[Path]:
    """Copies of the checked sources with verdicts as comments: into a file for one source, else into a folder.

    Raises:
        DeriveError: a source that has no file, or whose comments would not be text.
    """
    from derive.checking import read_text
    from derive.checking.showing import annotated
    from derive.writing import make_folder, write_whole

    one = len(report.files) == 1 and not target.is_dir() and bool(target.suffix)
    for f in [f for f in report.files if not f.error]:
        source = Path(f.file)
        if not source.is_file():
            raise DeriveError(f"{quoted(f.file)} is no file", expected="documents in files, to be annotated")
        path = target if one else target / _below(source)
        make_folder(path.parent)
        write_whole(path, annotated(read_text(f.file), f))
        yield path


def _below(source: Path) -> Path:
    """Where a source stands below the folder of the copies: its own folders are kept where they lead downwards."""
    return Path(source.name) if source.is_absolute() or ".." in source.parts else source


# ---------------------------------------------------------------- the checked-in output


def generated() -> Iterator[tuple[str, str]]:
    """(path below ``generated/``, text) of everything that is checked in, for every network of the gallery."""
    for name in gallery.names():
        net = network(name)
        yield f"{name}/notes.tex", net.notes("latex")
        yield f"{name}/notes.md", net.notes("markdown")
        yield f"{name}/notes.json", net.notes("json")
        yield f"{name}/network.py", net.code()
        if net.spec.widths is not None:
            yield f"{name}/training.py", net.code("training")


def regenerate(folder: Path) -> Iterator[str]:
    """Write everything under ``folder``; each path as it is written."""
    from derive.writing import make_folder, write_whole

    for relative, text in generated():
        path = folder / relative
        make_folder(path.parent)
        write_whole(path, text)
        yield str(path)


def stale(folder: Path) -> list[str]:
    """What differs from what would be written: files first, then lines; empty where everything is current."""
    from difflib import unified_diff

    wanted = dict(generated())
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    problems = [f"missing: {p}" for p in sorted(set(wanted) - there)]
    problems += [f"not written by derive: {p}" for p in sorted(there - set(wanted))]
    for relative in sorted(set(wanted) & there):
        old = (folder / relative).read_text(encoding="utf-8", errors="replace")
        if old != wanted[relative]:
            lines = unified_diff(
                old.splitlines(), wanted[relative].splitlines(), f"{relative} (checked in)", relative, lineterm=""
            )
            problems += list(lines)
    return problems
