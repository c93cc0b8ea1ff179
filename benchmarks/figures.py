"""The measured figures of training code: kept by the runs that measure, shown in ``docs/speed.md``.

    python benchmarks/figures.py

writes the table into the document, between its two marks, and the picture beside it (needs matplotlib).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FIGURES = Path(__file__).with_name("training.json")
DOCUMENT = ROOT / "docs" / "speed.md"
PICTURE = ROOT / "docs" / "pictures" / "training-speed.png"
BEGIN, END = "<!-- figures of training code -->\n", "<!-- end of the figures -->\n"
SHOWN = ("loop", "tutorial", "torch", "scikit-learn", "jax", "jax scan", "numba")

Figures = dict[str, dict[str, list[float]]]


def load() -> Figures:
    """By case and side: [median, p10, p90] of the ratio."""
    kept: Figures = json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.exists() else {}
    return kept


def keep(case: str, found: dict[str, list[float]]) -> None:
    """The figures of one case, in place of older ones."""
    kept = load() | {case: {name: [round(f, 3) for f in figures] for name, figures in found.items()}}
    FIGURES.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def table(figures: Figures, bars: dict[str, dict[str, float | None]]) -> list[str]:
    """A row for each side of each case: ratio, spread, bar."""
    lines = ["| case | ratio | median | p10 to p90 | bar |", "|---|---|---|---|---|"]
    for case, sides in bars.items():
        for name in (n for n in sides if n in figures.get(case, {})):
            told = "emitted / floor" if name == "floor" else f"{name} / emitted"
            median, low, high = figures[case][name]
            bar = sides[name]
            met = bar is not None and (median <= bar if name == "floor" else median >= bar)
            judged = "" if bar is None else f"{'<=' if name == 'floor' else '>='} {bar:g}{'' if met else ', not met'}"
            lines.append(f"| {case} | {told} | {_short(median)} | {_short(low)} to {_short(high)} | {judged} |")
    return lines


def _short(ratio: float) -> str:
    return f"{ratio:.0f}" if ratio >= 100 else f"{ratio:.1f}" if ratio >= 10 else f"{ratio:.2f}"


def picture(figures: Figures, cases: list[str]) -> Any:
    """Other / emitted on a logarithmic axis, a row for each case, a mark for each side; left of 1 the other wins."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5), layout="constrained")
    axes = figure.subplots()
    rows = [c for c in cases if c in figures]
    for name, marker in zip(SHOWN, "ovsD^<>", strict=True):
        points = [(figures[c][name], i) for i, c in enumerate(rows) if name in figures[c]]
        if points:
            middle = [p[0] for p, _ in points]
            spread = [[p[0] - p[1] for p, _ in points], [p[2] - p[0] for p, _ in points]]
            heights = [i + 0.1 * (SHOWN.index(name) - 3) for _, i in points]
            axes.errorbar(middle, heights, xerr=spread, fmt=marker, markersize=5, elinewidth=0.8, label=name)
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set(xscale="log", xlabel="CPU time of the other / CPU time of the emitted code", yticks=range(len(rows)))
    axes.set_yticklabels(rows)
    axes.invert_yaxis()
    axes.grid(axis="x", which="both", linewidth=0.3)
    axes.legend(loc="lower right")
    return figure


def main() -> None:
    sys.path.insert(0, str(ROOT))
    from benchmarks import training, whole_process

    bars = {case.name: dict(case.bars) for case in training.CASES} | {whole_process.CASE: whole_process.BARS}
    text = DOCUMENT.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    lines = "\n".join(table(load(), bars))
    DOCUMENT.write_text(f"{before}{BEGIN}{lines}\n{END}{after}", encoding="utf-8")
    picture(load(), list(bars)).savefig(PICTURE, dpi=120, metadata={"Software": None})


if __name__ == "__main__":
    main()
