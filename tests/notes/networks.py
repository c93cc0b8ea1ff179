"""The networks whose notes are tested, derived once."""

from __future__ import annotations

import random
from functools import cache

from derive.derivation.chapter import derive_chapter
from derive.derivation.steps import Chapter, Derivation
from derive.gallery import resolve
from derive.spec import NetworkSpec, parse_network

NAMES = (
    "general",
    "two-node",
    "2-3:tanh-1:sigmoid",
    "64-32:relu-10:softmax",
    "mnist",
    "5-8:tanh-3",
    "4-5:softmax-3:softmax",
    "general --dropout 0.5",
)
"""The networks of the gallery in kind, and dropout."""
ALL = "4-3:relu-2:softmax --penalty l2=0.01 --optimiser adam --dropout 0.25"
"""All that options add."""
RANDOM = 50
ACTIVATIONS = ("relu", "sigmoid", "tanh", "softmax", "identity")


def specified(name: str) -> NetworkSpec:
    """The network that a command line names: ``general --dropout 0.5``."""
    text, *options = name.split(" --")
    said = dict(option.split(" ") for option in options)
    dropout = float(said["dropout"]) if "dropout" in said else None
    optimisers = [said["optimiser"]] if "optimiser" in said else None
    return resolve(text, dropout=dropout, penalty=said.get("penalty"), optimisers=optimisers)


@cache
def network(name: str) -> tuple[Chapter, NetworkSpec]:
    """The chapter of a network of the gallery, or of a compact string, with options, and its specification."""
    spec = specified(name)
    return derive_chapter(spec), spec


def all_derivations(chapter: Chapter) -> list[Derivation]:
    """Every derivation of a chapter, lemmas before what uses them."""
    return [d for s in chapter.sections for top in s.derivations for d in with_lemmas(top)]


def with_lemmas(d: Derivation) -> list[Derivation]:
    """A derivation behind all of its lemmas."""
    return [*(inner for lemma in d.lemmas for inner in with_lemmas(lemma)), d]


def random_specs(count: int, seed: int = 1) -> list[NetworkSpec]:
    """Networks of all kinds: chains, single layers, equal and different layers, penalties."""
    rng = random.Random(seed)
    return [_random_spec(rng) for _ in range(count)]


def _random_spec(rng: random.Random) -> NetworkSpec:
    depth = rng.choice((1, 2, 2, 2, 3, 3, 4))
    chain = rng.random() < 0.15
    widths = [1 if chain else rng.randint(1, 12) for _ in range(depth + 1)]
    kinds = ACTIVATIONS[:3] if max(widths) == 1 else ACTIVATIONS
    layers = [f"{n}:{rng.choice(kinds)}" for n in widths[1:]]
    penalty = "l2=0.01" if depth > 1 and rng.random() < 0.3 else None
    return parse_network("-".join([str(widths[0]), *layers]), penalty=penalty)
