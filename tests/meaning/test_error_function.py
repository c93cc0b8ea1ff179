"""The error function in the numeric meaning: values and slopes by complex step against many digits."""

from __future__ import annotations

import mpmath  # type: ignore[import-untyped]
import numpy as np
import pytest

from derive.meaning.complex_step import ComplexStep
from derive.meaning.error_function import error_function

POINTS = (*np.linspace(-6, 6, 97), 1.5, np.nextafter(1.5, 2), -1.5, 1e-12, 1e-300)


def test_values() -> None:
    exact = [float(mpmath.erf(mpmath.mpf(float(x)))) for x in POINTS]
    np.testing.assert_allclose(error_function(np.array(POINTS)), exact, rtol=1e-15)


def test_values_off_the_real_line() -> None:
    z = np.array([[x + 1j * y for x in POINTS] for y in (-0.5, 0.25, 0.5)])
    exact = [complex(mpmath.erf(mpmath.mpc(complex(p)))) for p in z.reshape(-1)]
    np.testing.assert_allclose(error_function(z).reshape(-1), exact, rtol=1e-13)


@pytest.mark.parametrize("order", [1, 2])
def test_slopes(order: int) -> None:
    field = ComplexStep()
    found = field.derivative(field.elementary("erf"), np.array(POINTS), order)
    with mpmath.workdps(40):
        exact = [float(mpmath.diff(mpmath.erf, mpmath.mpf(float(x)), order)) for x in POINTS]
    np.testing.assert_allclose(found, exact, rtol=1e-13 if order == 1 else 0, atol=0 if order == 1 else 1e-12)
