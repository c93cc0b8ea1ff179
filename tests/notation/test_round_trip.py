"""What the printer prints, the reader reads back as the same tree."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings

from derive.algebra.tree import Expr, Sym
from derive.derivation.chapter import derive_chapter
from derive.derivation.steps import Derivation, Section
from derive.model.build import Form, network_model
from derive.notation.latex import latex
from derive.notation.notation import notation
from derive.notation.plain import text
from derive.notation.reading import read_expression
from derive.notation.table import symbol_table
from derive.spec import NetworkSpec
from tests.notation import strategies
from tests.notation.nesting import flat

GENERAL = network_model(NetworkSpec("general"), Form())
LECTURE = notation("lecture").fit(GENERAL)
TABLE = symbol_table(notation("lecture"), GENERAL)

NETWORKS = {
    "two-node": NetworkSpec("two-node", (1, 1, 1), ("sigmoid", "sigmoid")),
    "general": NetworkSpec("general"),
    "softmax inside": NetworkSpec("inner", (3, 5, 4), ("softmax", "relu"), "half-squared-error"),
}


def back(e: Expr) -> Expr:
    return read_expression(latex(e, LECTURE), TABLE)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(strategies.numbers(2))
def test_number_in_index_form(e: Expr) -> None:
    assert flat(back(e)) == flat(e)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(strategies.columns(2))
def test_column_in_array_form(e: Expr) -> None:
    assert flat(back(e)) == flat(e)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(strategies.matrices(2))
def test_matrix_in_array_form(e: Expr) -> None:
    assert flat(back(e)) == flat(e)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(strategies.numbers(3))
def test_plain_text_of_anything(e: Expr) -> None:
    assert "\\" not in text(e, LECTURE)


STYLES = [
    *(("lecture", name) for name in NETWORKS),
    ("lecture-chain", "two-node"),
    ("lecture-index", "general"),
    ("lecture-matrix", "general"),
]


@pytest.mark.parametrize(("style", "name"), STYLES)
def test_every_line_of_a_chapter(style: str, name: str, chapters: dict[str, tuple[Section, ...]]) -> None:
    if name not in chapters:
        chapters[name] = derive_chapter(NETWORKS[name]).sections
    for section in chapters[name]:
        own = notation(style).fit(section.model)
        table = symbol_table(notation(style), section.model)
        for e in dict.fromkeys(_expressions(section)):
            printed = latex(e, own)
            assert flat(read_expression(printed, table), section.model) == flat(e, section.model), printed


@pytest.fixture(scope="module")
def chapters() -> dict[str, tuple[Section, ...]]:
    return {}


def _expressions(section: Section) -> Iterator[Expr]:
    """Every expression of a section but bare letters, which only sentences name."""
    for d in section.forward:
        yield from (d.head, d.rhs)
    for u in section.updates:
        yield from (u.target, u.value)
    for derivation in section.derivations:
        yield from (e for e in _of(derivation) if not isinstance(e, Sym))


def _of(derivation: Derivation) -> Iterator[Expr]:
    yield from derivation.claim
    for step in derivation.steps:
        yield from (step.before, step.after, *step.reason_math, *(e for e, _ in step.names))
    for lemma in derivation.lemmas:
        yield from _of(lemma)
