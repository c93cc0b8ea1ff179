"""The worked example."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from derive.derivation.steps import Chapter
    from derive.notes.document import Block
    from derive.notes.voice import Voice
    from derive.spec import NetworkSpec


def worked_example(chapter: Chapter, spec: NetworkSpec, voices: Mapping[str, Voice]) -> Iterator[Block]:
    yield from ()
