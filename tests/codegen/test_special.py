"""Functions that NumPy lacks: the emitted erf and erfc against 50 digits, and what a file contains of them."""

from __future__ import annotations

from typing import Any

import mpmath  # type: ignore[import-untyped]
import numpy as np
import pytest

from derive.codegen.special import SPECIAL
from derive.spec import NetworkSpec
from tests.codegen.emitted import Floats, text

NAMESPACE: dict[str, Any] = {"np": np}
for row in SPECIAL:
    exec("\n    ".join([f"def {row.name}(Z):", f'"""{row.doc}"""', *row.lines]), NAMESPACE)


def points(low: float, high: float, count: int) -> Floats:
    """Even and random points, and some that are very near 0."""
    rng = np.random.default_rng(3)
    near = 10.0 ** rng.uniform(-300, 0, count // 4)
    inside = [*near, *-near, *np.linspace(low, high, count), *rng.uniform(low, high, count)]
    return np.array([x for x in inside if low <= x <= high])


def error(name: str, z: Floats) -> float:
    """The largest relative error."""
    found = NAMESPACE[name](z)
    with mpmath.workdps(50):
        exact = [getattr(mpmath, name)(mpmath.mpf(float(x))) for x in z]
        return max(abs(float((mpmath.mpf(float(f)) - e) / e)) for f, e in zip(found, exact, strict=True))


def test_erf_to_all_digits() -> None:
    assert error("erf", points(-7, 7, 1500)) <= 1e-15


def test_erfc_to_all_digits_about_zero() -> None:
    assert error("erfc", points(-7, 1.5, 800)) <= 1e-15


def test_erfc_keeps_its_digits_in_the_tail() -> None:
    """To the last number before the subnormal ones: what e^(-z^2) can have."""
    assert error("erfc", points(1.5, 26.4, 1500)) <= 2e-13


@pytest.mark.parametrize("name", ["erf", "erfc"])
def test_single_precision(name: str) -> None:
    z = points(-9, 9, 400).astype(np.float32)
    found = NAMESPACE[name](z)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, NAMESPACE[name](z.astype(np.float64)), rtol=3e-5, atol=1e-37)


@pytest.mark.parametrize("name", ["erf", "erfc"])
def test_far_out_and_at_zero(name: str) -> None:
    ends = {"erf": [-1, -1, 0, 1, 1], "erfc": [2, 2, 1, 0, 0]}
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert NAMESPACE[name](np.array([-1e4, -30, 0, 30, 1e4])).tolist() == ends[name]
        assert np.isnan(NAMESPACE[name](np.array([np.nan]))).all()


def test_a_file_has_what_it_calls() -> None:
    gelu, tanh = (text(NetworkSpec("one", (2, 1), (name,), "half-squared-error")) for name in ("gelu", "tanh"))
    assert "def erfc(Z):" in gelu
    assert "def erf(Z):" not in gelu
    assert "erf" not in tanh
