"""Verdicts as data: one for each equation, one for each file, and the report over all files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from derive.notation.lexing import Macro

Word = Literal["right", "wrong", "cannot_tell", "definition"]
RightBy = Literal["", "derivation", "repair"]
"""How a right equation was found: by the engine, or as the author's own with a small change."""

SAID: Mapping[str, str] = {
    "right": "RIGHT",
    "wrong": "WRONG",
    "cannot_tell": "CANNOT TELL",
    "definition": "DEFINITION",
}


@dataclass(frozen=True)
class Counterexample:
    """Numbers that anyone can replay; ``indices`` from 1; ``sizes`` without a layer, by letter.

    ``letters``: the numbers for which a function is asked.
    """

    seed: int
    widths: tuple[int, ...]
    indices: Mapping[str, int]
    expected: float
    got: float
    sizes: Mapping[str, int] = field(default_factory=dict)
    letters: Mapping[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """In the shape that scripts may rely on."""
        out: dict[str, object] = {"seed": self.seed, "widths": list(self.widths), "indices": dict(self.indices)}
        if self.sizes:
            out["sizes"] = dict(self.sizes)
        if self.letters:
            out["letters"] = dict(self.letters)
        return {**out, "expected": self.expected, "got": self.got}

    def __str__(self) -> str:
        where = [f"{k} = {v}" for k, v in self.indices.items()]
        sizes = [f"{k} = {v}" for k, v in self.sizes.items()]
        widths = [f"widths {','.join(map(str, self.widths))}"] if self.widths else []
        letters = [f"{k} = {v:.6g}" for k, v in self.letters.items()]
        said = ", ".join([*widths, *sizes, f"seed {self.seed}", *where, *letters])
        shown = next((s for s in ("{:.6g}", "{:.10g}") if s.format(self.expected) != s.format(self.got)), "{:.17g}")
        return f"{said}: definition {shown.format(self.expected)}, this expression {shown.format(self.got)}"


@dataclass(frozen=True)
class Slip:
    """What probably went wrong: ``kind`` is a name for tables, ``message`` plain words in the author's letters."""

    kind: str
    message: str

    def to_json(self) -> dict[str, object]:
        return {"type": self.kind, "message": self.message}


@dataclass(frozen=True)
class Judgement:
    """What was found about one equation; ``step``: the first wrong relation of a chain, counted from 1.

    ``slips``: repairs that make it right; ``right``: a right equation in the author's letters, ``right_by``: how it was
    found.  ``fault``: what derive itself derived wrongly about the left side.
    """

    verdict: Word
    reason: str = ""
    step: int | None = None
    range: str = ""
    counterexample: Counterexample | None = None
    networks: str = ""
    slips: tuple[Slip, ...] = ()
    right: str = ""
    right_by: RightBy = ""
    fault: str = ""


@dataclass(frozen=True)
class Verdict:
    """The judgement of one equation with its place."""

    file: str
    line: int
    equation: int
    latex: str
    judgement: Judgement
    steps: int = 1

    @property
    def verdict(self) -> Word:
        return self.judgement.verdict

    def to_json(self) -> dict[str, object]:
        """In the shape that scripts may rely on; what is not known is left out."""
        j = self.judgement
        out: dict[str, object] = {
            "line": self.line, "equation": self.equation, "latex": self.latex, "verdict": j.verdict,
        }  # fmt: skip
        optional: dict[str, object] = {
            "first_wrong_step": j.step if j.verdict == "wrong" else None,
            "slips": [s.to_json() for s in j.slips] if j.verdict == "wrong" else None,
            "right": j.right or None,
            "right_by": j.right_by or None,
            "fault": j.fault or None,
            "reason": j.reason or None,
            "range": j.range or None,
            "networks": j.networks or None,
            "counterexample": j.counterexample.to_json() if j.counterexample else None,
        }
        return {**out, **{k: v for k, v in optional.items() if v is not None}}

    def text(self) -> str:
        """One line; for a wrong equation and for one that is undecided what is known of it."""
        from derive.checking.showing.terminal import in_lines

        return in_lines(self)


def shortened(latex: str, most: int = 60) -> str:
    """A formula on one line without its alignment marks, cut when long."""
    one = " ".join(latex.replace("&", "").split())
    return one if len(one) <= most else one[: most - 3] + "..."


@dataclass(frozen=True)
class FileReport:
    """The verdicts on one document; ``setting``: as it was understood; ``prose``: lines passed over.

    ``error``: why it could not be checked; ``fault``: the traceback where that was a fault of derive;
    ``macros`` of the document, for showing its formulas.
    """

    file: str
    verdicts: tuple[Verdict, ...]
    setting: Mapping[str, object] = field(default_factory=dict)
    prose: int = 0
    error: str = ""
    fault: str = ""
    macros: Mapping[str, Macro] = field(default_factory=dict)

    @property
    def verdict(self) -> Word:
        """``wrong`` if any equation is, else ``cannot_tell`` if any is or there is none, else ``right``."""
        words = {v.verdict for v in self.verdicts}
        return "wrong" if "wrong" in words else "cannot_tell" if "cannot_tell" in words or not words else "right"

    def to_json(self) -> dict[str, object]:
        return {
            "file": self.file,
            "verdict": self.verdict,
            **({"error": self.error} if self.error else {}),
            "setting": dict(self.setting),
            "equations": [v.to_json() for v in self.verdicts],
        }


@dataclass(frozen=True)
class Report:
    """The verdicts on all files: iterable, with an exit code."""

    files: tuple[FileReport, ...]

    def __iter__(self) -> Iterator[Verdict]:
        return (v for f in self.files for v in f.verdicts)

    def __len__(self) -> int:
        return sum(len(f.verdicts) for f in self.files)

    @property
    def verdict(self) -> Word:
        """The worst verdict of all files."""
        words = {f.verdict for f in self.files}
        return "wrong" if "wrong" in words else "cannot_tell" if "cannot_tell" in words or not words else "right"

    @property
    def exit_code(self) -> int:
        """0 good, 1 something wrong, 2 a file that could not be checked, 3 something undecided or nothing to judge."""
        if self.verdict == "wrong":
            return 1
        return 2 if any(f.error for f in self.files) else {"right": 0}.get(self.verdict, 3)

    def to_json(self) -> dict[str, object]:
        from derive.checking.showing.tables import slips_of

        many = {"slips": dict(sorted(slips_of(self).items()))} if len(self.files) > 1 else {}
        return {"files": [f.to_json() for f in self.files], **many}

    def text(self, *, colours: bool = False) -> str:
        """One line for each verdict and a last one with the counts; a table where there are several files."""
        from derive.checking.showing.terminal import in_words

        return in_words(self, colours=colours)

    def page(self) -> str:
        """One page for a browser, self-contained."""
        from derive.checking.showing.page import page

        return page(self)

    def _repr_html_(self) -> str:
        from derive.checking.showing.page import fragment

        return fragment(self)

    def _repr_markdown_(self) -> str:
        return "```\n" + self.text() + "\n```"
