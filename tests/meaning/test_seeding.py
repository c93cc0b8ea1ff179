"""Directions are put on every entry, however the array lies in memory."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from derive.meaning import ComplexStep, PrimeField
from derive.meaning.fields import Field
from derive.meaning.kinds import Array
from derive.meaning.precise import Precise

FIELDS = [ComplexStep(), PrimeField(), Precise()]
ORDERS = [lambda made: made, lambda made: np.moveaxis(np.ascontiguousarray(np.moveaxis(made, 1, 2)), 1, 2)]
"""An array row by row, and one whose columns were computed one by one: the same numbers."""


@pytest.mark.parametrize("field", FIELDS, ids=lambda f: f.name)
@pytest.mark.parametrize("lay", ORDERS, ids=["rows", "columns"])
def test_each_entry_has_its_own_direction(field: Field, lay: Callable[[Array], Array]) -> None:
    value = lay(field.array([[2, 3, 5], [7, 11, 13]])[None])
    moved = np.array(field.tangent(field.seed(value, 0, 6), 6), dtype=float).reshape(6, 6)
    np.testing.assert_allclose(moved, np.eye(6), rtol=1e-12)
    some = np.array(field.tangent(field.seed_some(value, 2, 5), 3), dtype=float).reshape(3, 6)
    np.testing.assert_allclose(some, np.eye(6)[2:5], rtol=1e-12)
