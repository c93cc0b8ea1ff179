"""The door of the room: a chapter and its network in, the text of a module out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.errors import DeriveError, did_you_mean, quoted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from derive.derivation.steps import Chapter
    from derive.spec import NetworkSpec

STYLES = ("textbook", "training")
DTYPES = ("float32", "float64")
DEFAULT_DTYPE = {"textbook": "float64", "training": "float32"}


def code(
    chapter: Chapter,
    spec: NetworkSpec,
    style: str = "textbook",
    dtype: str | None = None,
    *,
    schedules: Collection[str] = (),
    without: Collection[str] = (),
) -> str:
    """The text of a Python module that trains this network (``spec.widths`` None: any network of the general kind).

    Args:
        chapter: the chapter of ``spec``; every line is computed by one of its equations.
        spec: the network; activations and cost named, unless everything is symbolic.
        style: ``textbook``, a page to read beside the notes; ``training``, which is quick and complete.
        dtype: of the parameters that ``initial_parameters`` makes by default, ``float32`` or ``float64``; not given,
            ``float32`` where the style is ``training``.
        schedules: in the style ``training``, which schedules of the learning rate it has; by default all of the table.
        without: in the style ``training``, which parts of the table are left out, and with them what needs them.

    Raises:
        DeriveError: an unknown style, dtype, schedule or part, or an activation or a cost that is left open.
    """
    _one_of("style", style, STYLES)
    if (schedules or without) and (style != "training" or spec.widths is None):
        raise DeriveError(
            f"there are no {'schedules' if schedules else 'parts'} to choose from in this code",
            expected="the style training, for a network whose widths are known",
            remedy="emit --style training" if spec.widths else "name the widths: 784-128:relu-10:softmax",
        )
    dtype = dtype or DEFAULT_DTYPE[style]
    _one_of("dtype", dtype, DTYPES)
    if spec.widths is None:
        from derive.codegen.general import general

        return general(chapter, spec, dtype)
    from derive.codegen.module import textbook

    if spec.activations is None or spec.cost is None:
        raise DeriveError(
            f"the network {quoted(spec.name)} leaves its {'cost' if spec.activations else 'activations'} open",
            expected="a network that can be computed",
            remedy="name a cost: --cost half-squared-error",
        )
    if style == "training":
        from derive.codegen.training.chosen import Chosen
        from derive.codegen.training.module import training

        return training(chapter, spec, dtype, Chosen(tuple(schedules), tuple(without)))
    return textbook(chapter, spec, dtype)


def _one_of(kind: str, value: str, known: Iterable[str]) -> None:
    if value not in known:
        raise DeriveError(
            f"unknown {kind} {quoted(value)}",
            expected="one of " + ", ".join(known),
            remedy=did_you_mean(value, known) or "choose one",
        )
