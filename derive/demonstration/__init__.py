"""The main job, end to end and without a network connection: notes, code, gradient check, training, verdicts."""

from __future__ import annotations

import math
from itertools import chain
from textwrap import fill
from typing import TYPE_CHECKING, Any

from derive import pipeline
from derive.demonstration.lab import Lab, accuracy, cost, trained
from derive.writing import make_folder, write_whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from derive.demonstration.lab import Fact

    Say = Callable[[str], object]

NOTES = ("two-node", "general")
NETWORK = "digits"
EPOCHS = 30
SHOWN = (1, 2, 3, 5, 10, 15, 20, 25, 30)
"""The epochs whose line is printed."""
EXPECTED_ACCURACY = 0.96
CLASSES = 10


def run(folder: Path, say: Say) -> bool:
    """Write everything into ``folder`` and tell what is seen; whether everything is as it should be."""
    make_folder(folder)
    written = [_notes(name, folder, say) for name in NOTES]
    module_path = _code(folder, say)
    lab = Lab(folder / "training", module_path)
    good = [_gradient(say), _verdicts(written, say), _training(lab, say), _facts(folder, lab, say)]
    say(f"\nEverything is in {folder}/: the notes (.tex for pdflatex, .md), the training code {module_path.name},")
    say("what is to be seen in training (training.md) and the networks it was measured on (training/).")
    return all(good)


def _notes(name: str, folder: Path, say: Say) -> Path:
    net = pipeline.network(name)
    path = folder / f"{name}.tex"
    write_whole(path, net.notes("latex"))
    write_whole(path.with_suffix(".md"), net.notes("markdown"))
    lines = sum(len(d.steps) for s in net.chapter.sections for d in s.derivations)
    say(f"notes   {name}: {len(net.chapter.numbers)} equations, {lines} lines and those of lemmas, checked -> {path}")
    return path


def _code(folder: Path, say: Say) -> Path:
    net = pipeline.network(NETWORK)
    path = folder / f"{NETWORK}.py"
    write_whole(path, net.code())
    say(f"code    {NETWORK}: {net.spec.text}, {net.spec.cost} -> {path}")
    return path


def _gradient(say: Say) -> bool:
    result = pipeline.network(NETWORK).gradcheck()
    say("\ngradient of the emitted code against derivatives of the forward pass by definition")
    say(result.text())
    return result.holds


def _verdicts(paths: list[Path], say: Say) -> bool:
    report = pipeline.check_files([str(p) for p in paths], None, None)
    say(f"\nreading the notes back: {report.text().splitlines()[-1]}")
    return report.exit_code == 0


def _training(lab: Lab, say: Say) -> bool:
    """Train the emitted module on the digits and print cost and accuracy of some epochs."""
    module = lab.digits
    say(f"\ntraining on {len(lab.train)} handwritten digits of 8x8 pixels, {len(lab.held_out)} held out")
    say("(UCI optical digits; shuffled: in file order the last 360, from other writers, are harder, about 91 %)")
    say("epoch   cost train   cost held out   accuracy train   accuracy held out")
    theta = module.initial_parameters(seed=0)
    first = _row(0, module, theta, lab, say)
    say(f"        ln 10 = {math.log(CLASSES):.4f}: a fresh network guesses evenly among ten")
    for epoch in range(1, EPOCHS + 1):
        theta = trained(module, theta, lab.train, 1, seed=epoch)
        if epoch in SHOWN:
            _row(epoch, module, theta, lab, say)
    reached = accuracy(module, theta, lab.held_out)
    say(f"held-out accuracy {reached:.1f} % (expected: at least {100 * EXPECTED_ACCURACY:.0f} %)")
    return reached >= 100 * EXPECTED_ACCURACY and abs(first - math.log(CLASSES)) < 0.5


def _row(epoch: int, module: Any, theta: Any, lab: Lab, say: Say) -> float:
    """One line of the table; the cost on the training set."""
    costs = [cost(module, theta, d) for d in (lab.train, lab.held_out)]
    hits = [accuracy(module, theta, d) for d in (lab.train, lab.held_out)]
    say(f"{epoch:5d}   {costs[0]:10.4f}   {costs[1]:13.4f}   {hits[0]:12.1f} %   {hits[1]:15.1f} %")
    return costs[0]


def _facts(folder: Path, lab: Lab, say: Say) -> bool:
    """What the lectures say about training, each with numbers of emitted code; told and written to ``training.md``."""
    from derive.demonstration import descent, limits, updates

    say("\nwhat the lectures say about training, measured with emitted code")
    found: list[Fact] = []
    for n, fact in enumerate(chain(descent.facts(lab), limits.facts(lab), updates.facts(lab)), start=1):
        found.append(fact)
        say(fill(f"{n}. {fact.title}. {fact.told}", 110, subsequent_indent="   "))
        if not fact.holds:
            say("   THIS IS NOT WHAT WAS EXPECTED")
    write_whole(folder / "training.md", report(found))
    return all(fact.holds for fact in found)


def report(found: list[Fact]) -> str:
    """The facts as a page."""
    head = (
        "# What is to be seen in training\n\nEvery number was measured by the emitted code in `training/` on the "
        "handwritten digits that come with derive (or on XOR, or on one example); run it again and the numbers are "
        "the same.\n"
    )
    parts = (f"\n## {n}. {f.title}\n\n{f.told}\n\nLook at: {f.look}\n" for n, f in enumerate(found, start=1))
    return head + "".join(parts)
