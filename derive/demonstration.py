"""The main job, end to end and without a network connection: notes, code, gradient check, training, verdicts."""

from __future__ import annotations

import importlib.util
import math
import sys
from typing import TYPE_CHECKING, Any

from derive import pipeline
from derive.writing import make_folder, write_whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from derive.data.digits import Digits

    Say = Callable[[str], object]

NOTES = ("two-node", "general")
NETWORK = "digits"
EPOCHS, BATCH, RATE = 30, 32, 0.2
EXPECTED_ACCURACY = 0.96
CLASSES = 10


def run(folder: Path, say: Say) -> bool:
    """Write everything into ``folder`` and tell what is seen; whether everything is as it should be."""
    make_folder(folder)
    written = [_notes(name, folder, say) for name in NOTES]
    module_path = _code(folder, say)
    good = [_gradient(say), _verdicts(written, say), _training(module_path, say)]
    say(f"\nEverything is in {folder}/: the notes (.tex for pdflatex, .md), the training code {module_path.name}.")
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


def _training(path: Path, say: Say) -> bool:
    """Train the emitted module on the digits and print cost and accuracy of each epoch."""
    from derive.data.digits import load_digits

    module = _load(path)
    train, held_out = load_digits().split()
    say(f"\ntraining on {len(train)} handwritten digits of 8x8 pixels, {len(held_out)} held out")
    say("(UCI optical digits; shuffled: in file order the last 360, from other writers, are harder, about 91 %)")
    say("epoch   cost train   cost held out   accuracy train   accuracy held out")
    theta = module.initial_parameters(seed=0)
    first = _row(0, module, theta, train, held_out, say)
    say(f"        ln 10 = {math.log(CLASSES):.4f}: a fresh network guesses evenly among ten")
    accuracy = 0.0
    for epoch in range(1, EPOCHS + 1):
        theta = module.train(
            theta, train.X, train.targets, epochs=1, batch_size=BATCH, learning_rate=RATE, seed=epoch, verbose=False
        )
        _, accuracy = _row(epoch, module, theta, train, held_out, say)
    say(f"held-out accuracy {100 * accuracy:.1f} % (expected: at least {100 * EXPECTED_ACCURACY:.0f} %)")
    return accuracy >= EXPECTED_ACCURACY and abs(first[0] - math.log(CLASSES)) < 0.5


def _row(epoch: int, module: Any, theta: Any, train: Digits, held_out: Digits, say: Say) -> tuple[float, float]:
    """One line of the table; the cost on the training set and the accuracy on the held-out one."""
    costs = [module.cost(theta, d.X, d.targets) for d in (train, held_out)]
    hits = [float((module.forward(theta, d.X).argmax(axis=1) == d.labels).mean()) for d in (train, held_out)]
    say(f"{epoch:5d}   {costs[0]:10.4f}   {costs[1]:13.4f}   {100 * hits[0]:12.1f} %   {100 * hits[1]:15.1f} %")
    return costs[0], hits[1]


def _load(path: Path) -> Any:
    """The emitted file as a module."""
    spec = importlib.util.spec_from_file_location("derive_demo_network", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
