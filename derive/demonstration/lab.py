"""Where the facts about training are measured: emitted modules, the sets of digits, runs of gradient descent."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from derive import pipeline
from derive.data.digits import CLASSES, Digits, load_digits
from derive.writing import make_folder, write_whole

if TYPE_CHECKING:
    from pathlib import Path

BATCH, RATE = 32, 0.2
"""Images in a batch and the learning rate, where nothing else is said."""
FEW, WRONG = 100, 5
"""Images of the small training set, on which a network overfits; every so many have a wrong label: noise."""


@dataclass(frozen=True)
class Fact:
    """What was measured, in sentences.  ``look``: where to see it; ``holds``: whether the numbers show what is said."""

    title: str
    told: str
    look: str
    holds: bool


class Lab:
    """Emits networks into a folder; every number of the facts comes from those files and from that of the digits."""

    def __init__(self, folder: Path, digits: Path) -> None:
        self.folder = folder
        self.digits = load(digits)
        self._modules: dict[str, Any] = {}

    # ------------------------------------------------------------ the networks

    def network(self, name: str, text: str, **options: Any) -> Any:
        """The emitted module of a network, from its file ``name.py``."""
        if name not in self._modules:
            make_folder(self.folder)
            path = self.folder / f"{name}.py"
            write_whole(path, pipeline.network(text, **options).code())
            self._modules[name] = load(path)
        return self._modules[name]

    # ------------------------------------------------------------ the data

    @cached_property
    def _split(self) -> tuple[Digits, Digits]:
        return load_digits().split()

    @property
    def train(self) -> Digits:
        """The images to train on."""
        return self._split[0]

    @property
    def held_out(self) -> Digits:
        """The images held out, all of them."""
        return self._split[1]

    @property
    def few(self) -> Digits:
        """A training set that is too small, with some wrong labels."""
        few = part(self.train, 0, FEW)
        noise = np.arange(FEW) % WRONG == 0
        return Digits(few.X, (few.labels + noise) % CLASSES)

    @property
    def validation(self) -> Digits:
        """The first half of what is held out: to choose by."""
        return part(self.held_out, 0, len(self.held_out) // 2)

    @property
    def test(self) -> Digits:
        """The second half: looked at once, when everything is chosen."""
        return part(self.held_out, len(self.held_out) // 2, len(self.held_out))


def part(digits: Digits, start: int, stop: int) -> Digits:
    """Some of the images."""
    return Digits(digits.X[start:stop], digits.labels[start:stop])


def trained(module: Any, theta: Any, data: Digits, epochs: int, **options: Any) -> Any:
    """The parameters after some epochs of gradient descent on minibatches."""
    chosen = {"batch_size": BATCH, "learning_rate": RATE, **options}
    return module.train(theta, data.X, data.targets, epochs=epochs, verbose=False, **chosen)


def cost(module: Any, theta: Any, data: Digits) -> float:
    """The mean cost of the images."""
    return float(module.cost(theta, data.X, data.targets))


def accuracy(module: Any, theta: Any, data: Digits) -> float:
    """The share of images whose largest output is that of their digit, in percent."""
    return 100 * float((module.forward(theta, data.X).argmax(axis=1) == data.labels).mean())


def load(path: Path) -> Any:
    """An emitted file as a module."""
    spec = importlib.util.spec_from_file_location(f"derive_demo_{path.stem.replace('-', '_')}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
