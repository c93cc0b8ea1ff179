"""What docs/training-code.md shows runs."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import derive

PAGE = Path(__file__).parents[3] / "docs" / "training-code.md"


def test_the_page_of_the_training_code_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = PAGE.read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 2
    (tmp_path / "digits_network.py").write_text(
        derive.network("64-32:relu-10:softmax").code("training"), encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    names: dict[str, Any] = {}
    try:
        for block in blocks:
            exec(block, names)
        module = sys.modules["digits_network"]
        np.savez("data.npz", X=names["X"], y=names["y"])
        np.savetxt("new.csv", np.asarray(names["X"])[:3], delimiter=",")
        lines = re.findall(r"^python digits_network.py (.*)$", text, re.MULTILINE)
        assert len(lines) == 5
        for words in (line.split("#")[0].split() for line in lines if not line.startswith("plot")):
            assert module.main(words) == 0
    finally:
        sys.modules.pop("digits_network", None)
