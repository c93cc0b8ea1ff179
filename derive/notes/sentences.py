"""The words of the notes, from ``sentences.toml``: titles, what connects equations, remarks."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from derive.data.costs import COSTS
from derive.data.optimisers import OPTIMISERS

SHORT = frozenset({"batch-columns", "batch-rows", "chain", "penalty", "penalty-batch", "logistic", "deep"})
"""Sections that tell again what was explained before: without leading sentences and names of factors."""


@dataclass(frozen=True)
class Words:
    """A title and the sentence that leads on from it.

    ``masked``: the sentence where units may be left out.  ``kept``: the title where it is about one of several things
    that an optimiser keeps, which is put in.
    """

    title: str
    lead: str = ""
    masked: str = ""
    kept: str = ""

    def said(self, masked: object) -> str:
        """The sentence that is true of a network with masks, or of one without."""
        return self.masked if masked and self.masked else self.lead


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("sentences.toml").read_text(encoding="utf-8"))


def section(key: str) -> Words:
    """The words of a section; those of a cost that is tried out have its reading in the title.

    Raises:
        KeyError: no words for a section of that key.
    """
    if key.startswith("cost-"):
        tried = _words()["sections"]["tried-cost"]
        return Words(tried["title"].format(COSTS.get(key.removeprefix("cost-")).reading), tried["lead"])
    if key.startswith(("optimiser-", "optimised-")):
        kind, _, name = key.rpartition("-")
        words = _words()["sections"][kind]
        return Words(words["title"].format(_capital(OPTIMISERS.get(name).reading)), words["lead"])
    return Words(**_words()["sections"][key])


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def derivation(name: str) -> tuple[str, Words]:
    """The longest entry that ``name`` begins with, and its words; nothing where there is none.

    An entry ``cost/logits`` fits ``cost-cross-entropy/logits`` too: what stands behind the slash is the same.
    """
    rows: dict[str, dict[str, str]] = _words()["derivations"]
    key = max((k for k in rows if _fits(k, name)), key=lambda k: ("/" in k, len(k)), default="")
    return key, Words(**rows[key]) if key else Words(name)


def _fits(key: str, name: str) -> bool:
    head, slash, tail = key.partition("/")
    return name.startswith(head) and name.partition("/")[2] == tail if slash else name.startswith(key)


def renamed(what: str) -> str:
    """Why a letter differs from that of a lecture."""
    return str(_words()["renamed"][what])


def remarks() -> tuple[Words, ...]:
    """The closing remarks."""
    return tuple(Words(**r) for r in _words()["remarks"])
