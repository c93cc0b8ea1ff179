"""Pages that are broken at random must never end in a traceback, nor take longer than the limits.

    python benchmarks/check_fuzz.py [--inputs 100000] [--seed 0] [--jobs 2] FILE_OR_FOLDER...

The corpus is every ``.md``, ``.tex``, ``.ipynb`` and ``.toml`` below the arguments and the examples of the project; its
texts are cut, joined, sprinkled with signs, bytes and braces, and checked as documents and as settings.  A few inputs
are built: nested braces, macros without end, formulas of thousands of terms.  Exit 1 for any traceback or excess.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from derive.checking import check_text
from derive.checking.limits import EQUATION, FILE
from derive.checking.setting import Setting, from_toml
from derive.errors import DeriveError

EXAMPLES = Path(__file__).parents[1] / "examples"
SUFFIXES = (".md", ".tex", ".ipynb", ".toml")
SLACK = 3.0
"""Seconds that a file may take beyond its limit: the limits are looked at between equations."""

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


def corpus(arguments: list[Path]) -> list[tuple[str, str]]:
    """(suffix, text) of every document and setting."""
    found: list[tuple[str, str]] = []
    for top in [EXAMPLES, *arguments]:
        paths = [top] if top.is_file() else sorted(p for p in top.rglob("*") if p.suffix in SUFFIXES)
        found += [(p.suffix, p.read_text(encoding="utf-8", errors="replace")) for p in paths]
        cases = top / "cases.jsonl"
        if cases.is_file():
            rows = [json.loads(line) for line in cases.read_text(encoding="utf-8").splitlines()]
            found += [(".md", f"$$\n{row['latex']}\n$$") for row in rows]
    return found


def broken(found: list[tuple[str, str]], rng: random.Random) -> tuple[str, str]:
    """A text of the corpus with random damage."""
    suffix, text = rng.choice(found)
    for _ in range(rng.choice([1, 1, 2, 3, 8])):
        at, to = sorted(rng.randrange(len(text) + 1) for _ in range(2))
        how = rng.randrange(6)
        if how == 0:
            text = text[:at]
        elif how == 1:
            text = text[:at] + rng.choice(BITS) * rng.choice([1, 1, 3]) + text[at:]
        elif how == 2:
            text = text[:at] + text[min(to, at + rng.choice([1, 2, 10, 100])) :]
        elif how == 3:
            other = rng.choice(found)[1]
            cut = rng.randrange(len(other) + 1)
            text = text[:at] + other[cut : cut + rng.choice([5, 40, 400])] + text[at:]
        elif how == 4:
            raw = bytearray(text.encode("utf-8", errors="replace"))
            for _ in range(rng.choice([1, 3, 10]) if raw else 0):
                raw[rng.randrange(len(raw))] = rng.randrange(256)
            text = raw.decode("utf-8", errors=rng.choice(["replace", "ignore"]))
        else:
            text = text[:at] + text[at:to] * 2 + text[to:]
        text = text[:20_000]
    return suffix, text


def tried(suffix: str, text: str, settings: list[Setting], rng: random.Random) -> str:
    """What happened to one input: the verdict of the file, or "refused" with a message of ours."""
    base = rng.choice(settings)
    try:
        if suffix == ".toml":
            base, text, suffix = from_toml(text, "setting"), "$$ z = a \\qquad \\delta^l = 0 $$", ".md"
        return check_text(text, f"page{suffix}", base, explain=rng.random() < 0.1).verdict
    except DeriveError as error:
        return "refused" if str(error) else "refused without a word"


def share(job: tuple[list[tuple[str, str]], int, int]) -> tuple[Counter[str], float, list[str]]:
    """A part of the inputs, in a process of its own."""
    found, count, seed = job
    rng = random.Random(seed)
    settings = [s for suffix, text in found if suffix == ".toml" for s in [_setting(text)] if s is not None]
    said: Counter[str] = Counter()
    slowest, bad = 0.0, []
    for n in range(count):
        if seed == 0 and n < len(BUILT):
            suffix, text = ".md", BUILT[n]()
        else:
            suffix, text = broken(found, rng)
        start = time.monotonic()
        try:
            word = tried(suffix, text, settings, rng)
        except Exception:  # noqa: BLE001 - this is what is looked for
            word = "TRACEBACK"
            bad.append(f"{traceback.format_exc()[-1500:]}\n--- input ({suffix}):\n{text[:3000]!r}")
        seconds = time.monotonic() - start
        if seconds > min(FILE, EQUATION * max(1, text.count("="))) + SLACK:
            bad.append(f"{seconds:.1f} s for input ({suffix}):\n{text[:1000]!r}")
        slowest = max(slowest, seconds)
        said[word] += 1
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
    found = corpus(options.corpus)
    print(f"a corpus of {len(found)} texts", flush=True)
    size = 200
    jobs = [(found, size, options.seed * 1_000_003 + n) for n in range(max(1, options.inputs // size))]
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
