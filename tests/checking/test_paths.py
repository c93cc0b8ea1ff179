"""What a value depends on is found in one place: for derivatives that are 0, and for names that hold arguments."""

from __future__ import annotations

from derive.algebra.tree import Ref, add
from derive.checking.understanding.paths import behind, leads, parts

A, B, C, W = (Ref(name) for name in "abcw")
FOUND = parts([(C, B), (B, add(A, W)), (A, A)])


def test_all_that_is_behind_a_value() -> None:
    assert behind(FOUND, frozenset("c")) == set("baw")
    assert behind(FOUND, frozenset("b")) == set("aw")


def test_what_leads_from_one_to_another() -> None:
    assert leads(FOUND, "w", frozenset("c"))
    assert leads(FOUND, "w", frozenset("w"))
    assert not leads(FOUND, "c", frozenset("b"))


def test_a_quantity_that_is_defined_with_itself_ends() -> None:
    assert behind(FOUND, frozenset("a")) == {"a"}
