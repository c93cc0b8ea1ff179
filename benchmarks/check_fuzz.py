"""Pages that are broken at random must never end in a traceback, nor take longer than the limits.

    python benchmarks/check_fuzz.py [--inputs 100000] [--seed 0] [--jobs 2] FILE_OR_FOLDER...

The corpus is every ``.md``, ``.tex``, ``.ipynb`` and ``.toml`` below the arguments and the examples of the project,
each labelled equation with its own setting, and sheets of right equations in the settings that come with derive; its
texts are cut, joined, sprinkled with signs, bytes and braces, and checked as documents and as settings, in their own
setting or in another, as a text or as a file of bytes; of some the report is shown in every way.  A few inputs are
built: nested braces, macros without end, formulas of thousands of terms.  Exit 1 for any traceback or excess.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import resource
import sys
import tempfile
import time
import tomllib
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from derive.checking import check_paths, check_text
from derive.checking.limits import EQUATION, FILE, GIGABYTE
from derive.checking.pages import page
from derive.checking.setting import PRESETS, Setting, from_toml
from derive.checking.showing import annotated, in_words
from derive.checking.showing import page as shown
from derive.checking.understanding import Understood, understand
from derive.checking.verdicts import FileReport, Report
from derive.errors import DeriveError
from derive.notation.lexing import Macro

EXAMPLES = Path(__file__).parents[1] / "examples"
SUFFIXES = (".md", ".tex", ".ipynb", ".toml")
SLACK = 3.0
"""Seconds of the processor that a file may take beyond its limit: the limits are looked at between equations."""

BITS = [
    "{", "}", "$", "$$", "\\", r"\[", r"\]", "^", "_", "&", "%", "#", "'", "\x00", "\ufeff", "\u202e", "é", "∂",
    "𝔻", "\r", "\n", "\n\n", r"\begin{align}", r"\end{align}", r"\begin{cases}", r"\frac", r"\sum_",
    r"\def\a{\a\a}", r"\a", "```", "<!-- derive:", "-->", "% derive: ", "+++\n", "= ", "=", r"\left(",
    r"\right)", r"\mathbf", r"\hat", "10^{999999}", "/0", r"\partial", "'''", "l", "L", "[", "]",
    r"\newcommand{\b}[9]{#1#2\b}", r"\text{", "9" * 50, "given = ", "..", "1..L",
]  # fmt: skip
BUILT: tuple[Callable[[], str], ...] = (
    lambda: "$$ " + "{" * 5_000_000 + "}" * 5_000_000 + " = 1 $$",
    lambda: "$$ " + "(" * 100_000 + " $$",
    lambda: r"\def\a{\a\a}" + "\n$$ \\a = 1 $$",
    lambda: r"\newcommand{\x}[1]{\y{#1}\y{#1}}\newcommand{\y}[1]{\x{#1}\x{#1}}" + "\n$$ \\x{a} = 1 $$",
    lambda: "$$ x = " + " + ".join(["x"] * 10_000) + " $$",
    lambda: "$$ x = " + " ".join(["x"] * 3_000) + " $$",
    lambda: "$$ " + " = ".join(["x"] * 1_500) + " $$",
    lambda: "$$ x = " + r"\sum_i " * 300 + "x_i $$",
    lambda: "$$ x = " + r"\frac{1}{" * 400 + "x" + "}" * 400 + " $$",
    lambda: "$$ x^{" * 500 + "}" * 500 + " = 1 $$",
    lambda: "$$ x = " + "-" * 5_000 + "x $$",
    lambda: "$$ x = 10^{10^{10^{10}}} $$",
    lambda: "$$ x = " + "9" * 100_000 + " $$",
    lambda: "$$ x = x^{" + "9" * 400 + "} $$",
    lambda: r"$$ x = \sum_{k=1}^{999999999} x $$",
    lambda: "\x00" * 100_000,
    lambda: "$$" * 100_000,
    lambda: "\n".join(["$$ a = b $$"] * 3_000),
    lambda: "<!-- derive:" * 20_000,
    lambda: "`" * 50_000 + "$$ a = b $$",
    lambda: '{"cells": [{"cell_type": "markdown", "source": ["$$ a = b $$", 3, null]}]}',
    lambda: "[" * 50_000,
)


@dataclass(frozen=True)
class Text:
    """A text of the corpus, with the setting that it is written in where one is known."""

    suffix: str
    text: str
    setting: Setting | None = None


def corpus(arguments: list[Path]) -> list[Text]:
    """Every document, setting, labelled equation and sheet of right equations."""
    found: list[Text] = []
    for top in [EXAMPLES, PRESETS, *arguments]:
        paths = [top] if top.is_file() else sorted(p for p in top.rglob("*") if p.suffix in SUFFIXES)
        for path in paths:
            text = path.read_text(encoding="utf-8", errors="replace")
            found += [Text(path.suffix, text), *(sheets(text) if path.suffix == ".toml" else ())]
        cases = top / "cases.jsonl"
        if cases.is_file():
            rows = [json.loads(line) for line in cases.read_text(encoding="utf-8").splitlines()]
            own = {p.stem: _setting(p.read_text(encoding="utf-8")) for p in (top / "settings").glob("*.toml")}
            found += [Text(".md", f"$$\n{r['latex']}\n$$", own.get(r["setting"]["setting_id"])) for r in rows]
    return found


def sheets(toml: str) -> list[Text]:
    """The right equations of a setting: as one page, as a notebook, and each alone."""
    rows = tomllib.loads(toml).get("expected", [])
    setting, tex = _setting(toml), [f"$$ {row.get('claim', row['latex'])} $$" for row in rows]
    if setting is None or not tex:
        return []
    cells = json.dumps({"cells": [{"cell_type": "markdown", "source": [t]} for t in tex[:3]]})
    page_of_all = Text(".tex", "\n".join(tex[:6]), setting)
    return [page_of_all, Text(".ipynb", cells, setting), *(Text(".md", t, setting) for t in tex)]


def broken(found: list[Text], rng: random.Random) -> Text:
    """A text of the corpus with random damage."""
    one = rng.choice(found)
    text = one.text
    for _ in range(rng.choice([1, 1, 2, 3, 8])):
        text = damaged(text, rng.choice(found).text, rng)[:20_000]
    return Text(one.suffix, text, one.setting)


def damaged(text: str, other: str, rng: random.Random) -> str:
    """A text cut, joined with another, or with signs or bytes changed; half of the changes are those of a slip."""
    at, to = sorted(rng.randrange(len(text) + 1) for _ in range(2))
    how = rng.randrange(12)
    if how > 8:
        return text[:at] + rng.choice(other or " ") + text[at + rng.randrange(2) :]
    if how > 5:
        return text[:at] + rng.choice(text or " ") * rng.randrange(3) + text[at + rng.choice([0, 1, 2]) :]
    if how == 0:
        return text[:at]
    if how == 1:
        return text[:at] + rng.choice(BITS) * rng.choice([1, 1, 3]) + text[at:]
    if how == 2:
        return text[:at] + text[min(to, at + rng.choice([1, 2, 10, 100])) :]
    if how == 3:
        cut = rng.randrange(len(other) + 1)
        return text[:at] + other[cut : cut + rng.choice([5, 40, 400])] + text[at:]
    if how == 4:
        raw = bytearray(text.encode("utf-8", errors="replace"))
        for _ in range(rng.choice([1, 3, 10]) if raw else 0):
            raw[rng.randrange(len(raw))] = rng.randrange(256)
        return raw.decode("utf-8", errors=rng.choice(["replace", "ignore"]))
    return text[:at] + text[at:to] * 2 + text[to:]


UNDERSTOOD: dict[int, Understood | None] = {}
"""What the settings of the corpus say, by their identity: read once in a process; broken ones are read anew."""


def once(setting: Setting, macros: Mapping[str, Macro] | None = None) -> Understood:
    """A setting understood, remembered where it is one of the corpus and the page has no macros."""
    if macros or id(setting) not in UNDERSTOOD:
        return understand(setting, macros)
    known = UNDERSTOOD[id(setting)] or understand(setting)
    UNDERSTOOD[id(setting)] = known
    return known


def tried(one: Text, settings: list[Setting], rng: random.Random) -> str:
    """What happened to one input: the verdict of the file, or "refused" with a message of ours."""
    base = one.setting if one.setting is not None and rng.random() < 0.8 else rng.choice(settings)
    text, name = one.text, f"page{one.suffix}"
    try:
        if one.suffix == ".toml":
            base, text, name = from_toml(text, "setting"), "$$ z = a \\qquad \\delta^l = 0 $$", "page.md"
        if rng.random() < 0.05:
            return from_bytes(text, base, rng).verdict
        report = check_text(text, name, base, inline=rng.random() < 0.2, explain=rng.random() < 0.07)
        if rng.random() < 0.1:
            all_shown(text, report)
        return report.verdict
    except DeriveError as error:
        return "refused" if str(error) else "refused without a word"


def from_bytes(text: str, base: Setting, rng: random.Random) -> FileReport:
    """The report on a file that holds the text with some bytes that may be none of UTF-8."""
    raw = bytearray(text.encode(rng.choice(["utf-8", "utf-8", "utf-16", "latin-1"]), errors="replace"))
    for _ in range(rng.choice([0, 0, 1]) if raw else 0):
        raw[rng.randrange(len(raw))] = rng.randrange(256)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "page.md")
        path.write_bytes(raw)
        return check_paths([str(path)], base=base).files[0]


def all_shown(text: str, report: FileReport) -> None:
    """The report on the terminal, as data, as a page and as comments in a copy of the text."""
    whole = Report((report,))
    in_words(whole, colours=True)
    json.dumps(whole.to_json())
    shown(whole)
    annotated(text, report)


FOUND: list[Text] = []
"""The corpus, for the processes that are forked."""


def share(job: tuple[int, int]) -> tuple[Counter[str], float, list[str]]:
    """A part of the inputs, in a process of its own: what was said, the longest time, what is bad."""
    count, seed = job
    rng = random.Random(seed)
    settings = [t.setting for t in FOUND if t.setting is not None]
    settings += [s for t in FOUND if t.suffix == ".toml" for s in [_setting(t.text)] if s is not None]
    UNDERSTOOD.update({id(s): UNDERSTOOD.get(id(s)) for s in settings})
    said: Counter[str] = Counter()
    slowest, bad = 0.0, []
    for n in range(count):
        one = Text(".md", BUILT[n]()) if seed == 0 and n < len(BUILT) else broken(FOUND, rng)
        start = time.process_time()
        try:
            word = tried(one, settings, rng)
        except Exception:  # noqa: BLE001 - this is what is looked for
            word = "TRACEBACK"
            bad.append(f"{traceback.format_exc()[-1500:]}\n--- input ({one.suffix}):\n{one.text[:3000]!r}")
        seconds = time.process_time() - start
        if seconds > min(FILE, EQUATION * max(1, one.text.count("="))) + SLACK:
            bad.append(f"{seconds:.1f} s for input ({one.suffix}):\n{one.text[:3000]!r}")
        slowest = max(slowest, seconds)
        said[word] += 1
    if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 > GIGABYTE:
        bad.append(f"more than a gigabyte of memory for an input of seed {seed}")
    return said, slowest, bad


def _setting(text: str) -> Setting | None:
    try:
        return from_toml(text, "setting")
    except DeriveError:
        return None


def main() -> int:
    """Run and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="*", type=Path)
    for name, value in (("inputs", 100_000), ("seed", 0), ("jobs", 2)):
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args()
    FOUND.extend(corpus(options.corpus))
    page.understand = once
    print(f"a corpus of {len(FOUND)} texts", flush=True)
    size = 200
    jobs = [(size, options.seed * 1_000_003 + n) for n in range(max(1, options.inputs // size))]
    said: Counter[str] = Counter()
    slowest, bad = 0.0, []
    start = time.perf_counter()
    with multiprocessing.get_context("fork").Pool(options.jobs, maxtasksperchild=20) as pool:
        for own, seconds, rows in pool.imap_unordered(share, jobs):
            said, slowest = said + own, max(slowest, seconds)
            for row in rows:
                print(row, flush=True)
            bad += rows
            print(f"  {sum(said.values())} inputs after {time.perf_counter() - start:.0f} s", flush=True)
    print(f"{sum(said.values())} inputs: {dict(said)}; the slowest took {slowest:.1f} s; {len(bad)} bad")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
