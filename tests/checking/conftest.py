"""Verdicts in tests do not depend on how busy the machine is."""

from __future__ import annotations

import pytest

from derive.checking.pages import page


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """An equation may take a minute by the clock; tests of the limits set their own."""
    monkeypatch.setattr(page, "EQUATION", 60.0)
    monkeypatch.setattr(page, "FILE", 600.0)
