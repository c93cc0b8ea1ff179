"""What is too wide or too long for a page: smaller type, formulas left out of the glossary, tables in parts."""

from __future__ import annotations

import pytest

from derive.derivation.steps import Section
from derive.model.build import Form, network_model
from derive.notation.notation import notation
from derive.notes.document import Display, Row, Table
from derive.notes.latex import MOST_ROWS, WIDEST, block
from derive.notes.layout import width_of
from derive.notes.symbols import rows
from derive.notes.voice import Voice
from derive.spec import parse_network


def display(terms: int) -> Display:
    """A line that cannot be broken: a bracket with so many terms."""
    return Display("x", (Row((), (f"&= 2 \\left( {' + '.join(['a^2'] * terms)} \\right)",)),))


@pytest.mark.parametrize(
    ("terms", "size"), [(5, ""), (20, r"\footnotesize"), (23, r"\scriptsize"), (60, r"\scriptsize")]
)
def test_a_line_that_cannot_be_broken_is_set_smaller(terms: int, size: str) -> None:
    made = block(display(terms))
    assert (width_of(display(terms)) > WIDEST) == bool(size)
    assert made.startswith(f"{{{size}\n\\begin{{align*}}" if size else r"\begin{align*}")
    assert made.endswith(r"\end{align*}}" if size else r"\end{align*}")


@pytest.mark.parametrize(("name", "shown"), [("tanh", True), ("selu", False)])
def test_a_wide_formula_stands_in_no_table(name: str, shown: bool) -> None:
    model = network_model(parse_network(f"2-2:{name}"), Form())
    section = Section("index", "", model)
    voices = {
        key: Voice(section, notation("lecture").fit(model), {}) for key in ("index", "batch-columns", "batch-rows")
    }
    said = next(row for row in rows(voices) if row[1] == ("as its argument",))
    assert ("," in [part for part in said[2] if isinstance(part, str)][-1]) == shown


def test_a_long_table_is_set_in_parts() -> None:
    long = Table("lp", (("a",), ("b",)), ((("x",), ("y",)),) * (MOST_ROWS + 1))
    assert block(long).count(r"\begin{tabularx}") == 2
    assert block(long).count("x & y") == MOST_ROWS + 1
