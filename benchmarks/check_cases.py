"""How the checker does on labelled hand derivations: ``python benchmarks/check_cases.py FOLDER [-v] [SETTING_ID...]``.

``FOLDER`` holds ``cases.jsonl`` (one case a line: ``latex``, ``verdict``, ``first_wrong_step``, ``error_type``,
``setting.setting_id``) and ``settings/<setting_id>.toml``.  Prints a table, every case whose verdict is false, and for
how many of the wrong ones a slip of the given type is named and a right equation shown; exit 1 for a false verdict.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from derive.checking import Judgement, Setting, check_text
from derive.checking.setting import from_toml
from derive.errors import DeriveError

OTHER = {"v284": "softmax.xy"}
"""The case whose y is the output of the softmax has a setting of its own."""

FALSE = {("right", "wrong"), ("wrong", "right"), ("wrong", "definition"), ("undetermined", "wrong")}
ALIKE = frozenset({"missing_transpose", "operand_order", "swapped_indices"})
"""Slips that may stand for each other."""


def main(folder: Path, wanted: list[str], *, verbose: bool) -> int:
    """Judge every case; the exit code."""
    cases = [json.loads(line) for line in (folder / "cases.jsonl").read_text(encoding="utf-8").splitlines()]
    table: Counter[tuple[str, str, str]] = Counter()
    seen: Counter[str] = Counter()
    told: list[str] = []
    start = time.perf_counter()
    for case in cases:
        name = case["setting"]["setting_id"]
        if wanted and name not in wanted:
            continue
        said, j = judged(case, folder / "settings" / f"{OTHER.get(case['id'], name)}.toml")
        table[name, case["verdict"], said] += 1
        what = f"{case['id']} {name} {case['verdict']} judged {said}: {case['latex']}\n    {j.reason}"
        if (case["verdict"], said) in FALSE:
            told.append(what)
        elif said == "wrong":
            count(seen, case, j, verbose=verbose)
        elif verbose and said == "cannot_tell":
            print(what)
    for (name, truth, said), n in sorted(table.items()):
        print(f"{name:14} {truth:13} judged {said:12} {n:4}")
    report(table, seen, time.perf_counter() - start)
    print("\n".join(["FALSE VERDICTS:", *told] if told else ["no false verdict"]))
    return 1 if told else 0


def count(seen: Counter[str], case: dict[str, Any], j: Judgement, *, verbose: bool) -> None:
    """What is said about a wrong case that was judged wrong."""
    seen["judged wrong"] += 1
    seen["first wrong step right"] += j.step == (case["first_wrong_step"] or 1)
    seen["a right equation shown"] += bool(j.right)
    seen["the right equation derived by the engine"] += j.right_by == "derivation"
    if not case["error_type"]:
        return
    fits = [s.kind == case["error_type"] or {s.kind, case["error_type"]} <= ALIKE for s in j.slips]
    seen["with a type"] += 1
    seen["a slip of the type"] += any(fits)
    seen["the first slip of the type"] += bool(fits) and fits[0]
    if verbose and not any(fits):
        print(f"{case['id']}: {case['error_type']} called {[s.kind for s in j.slips]}: {case['latex']}")


def report(table: Counter[tuple[str, str, str]], seen: Counter[str], seconds: float) -> None:
    """The sums."""
    total = Counter({(truth, said): 0 for _, truth, said in table})
    for (_, truth, said), n in table.items():
        total[truth, said] += n
    print(f"all: {dict(total)}; {seconds:.1f} s")
    for key, n in seen.items():
        of = seen["with a type"] if "type" in key else seen["judged wrong"]
        print(f"{key}: {n} of {of} ({100 * n / max(of, 1):.0f} %)")


def judged(case: dict[str, Any], path: Path) -> tuple[str, Judgement]:
    """The verdict of one case and what is known of its worst equation."""
    try:
        setting: Setting = from_toml(path.read_text(encoding="utf-8"), path.name)
        report = check_text(f"$$\n{case['latex']}\n$$", "case.md", setting)
    except DeriveError as error:
        return "cannot_tell", Judgement("cannot_tell", str(error))
    if not report.verdicts:
        return "cannot_tell", Judgement("cannot_tell", "no equation")
    worst = next((v for v in report.verdicts if v.verdict == report.verdict), report.verdicts[0])
    return report.verdict, worst.judgement


if __name__ == "__main__":
    arguments = [a for a in sys.argv[1:] if a != "-v"]
    sys.exit(main(Path(arguments[0]), arguments[1:], verbose="-v" in sys.argv))
