"""How the checker does on labelled hand derivations: ``python benchmarks/check_cases.py FOLDER [SETTING_ID...]``.

``FOLDER`` holds ``cases.jsonl`` (one case a line: ``latex``, ``verdict``, ``first_wrong_step``,
``setting.setting_id``) and ``settings/<setting_id>.toml``.  Prints a table and every case whose verdict is false;
exit 1 if there is one.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from derive.checking import Setting, check_text
from derive.checking.setting import from_toml
from derive.errors import DeriveError

OTHER = {"v284": "softmax.xy"}
"""The case whose y is the output of the softmax has a setting of its own."""

FALSE = {("right", "wrong"), ("wrong", "right"), ("wrong", "definition"), ("undetermined", "wrong")}


def main(folder: Path, wanted: list[str]) -> int:
    """Judge every case; the exit code."""
    cases = [json.loads(line) for line in (folder / "cases.jsonl").read_text(encoding="utf-8").splitlines()]
    table: Counter[tuple[str, str, str]] = Counter()
    false: list[str] = []
    steps = [0, 0]
    start = time.perf_counter()
    for case in cases:
        name = case["setting"]["setting_id"]
        if wanted and name not in wanted:
            continue
        said, step, reason = judged(case, folder / "settings" / f"{OTHER.get(case['id'], name)}.toml")
        table[name, case["verdict"], said] += 1
        if (case["verdict"], said) in FALSE:
            false.append(f"{case['id']} {name}: {case['verdict']} judged {said}: {case['latex']}\n    {reason}")
        elif said != "cannot_tell" and case["verdict"] == "wrong":
            steps[0] += step == (case["first_wrong_step"] or 1)
            steps[1] += 1
        elif "-v" in sys.argv and said == "cannot_tell":
            print(f"{case['id']} {name} {case['verdict']}: {case['latex']}\n    {reason}")
    for (name, truth, said), count in sorted(table.items()):
        print(f"{name:14} {truth:13} judged {said:12} {count:4}")
    total = Counter((truth, said) for (_, truth, said), n in table.items() for _ in range(n))
    print(f"all: {dict(total)}; first wrong step {steps[0]} of {steps[1]}; {time.perf_counter() - start:.1f} s")
    print("\n".join(["FALSE VERDICTS:", *false] if false else ["no false verdict"]))
    return 1 if false else 0


def judged(case: dict[str, Any], path: Path) -> tuple[str, int | None, str]:
    """(verdict, first wrong step, reason) of one case."""
    try:
        setting: Setting = from_toml(path.read_text(encoding="utf-8"), path.name)
        report = check_text(f"$$\n{case['latex']}\n$$", "case.md", setting, explain=False)
    except DeriveError as error:
        return "cannot_tell", None, str(error)
    if not report.verdicts:
        return "cannot_tell", None, "no equation"
    worst = next((v for v in report.verdicts if v.verdict == report.verdict), report.verdicts[0])
    j = worst.judgement
    return report.verdict, j.step, f"{j.reason} {j.counterexample or ''}"


if __name__ == "__main__":
    arguments = [a for a in sys.argv[1:] if a != "-v"]
    sys.exit(main(Path(arguments[0]), arguments[1:]))
