"""Gradients computed by somebody's file, in a process of its own: whatever it does, we get numbers or a message."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from derive.errors import DeriveError, quoted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SECONDS = 600
MISSING, FOUND = 3, 0
RUNNER = """
import runpy, sys
import numpy as np
file, given, out = sys.argv[1:]
names = runpy.run_path(file)
if not callable(names.get("gradient")):
    print(", ".join(sorted(n for n in names if callable(names[n]) and not n.startswith("_"))))
    sys.exit(3)
with np.load(given) as stored:
    theta, X, Y = (stored[n] for n in ("theta", "X", "Y"))
found = {"theta": np.asarray(names["gradient"](theta.copy(), X.copy(), Y.copy()))}
if callable(names.get("input_gradient")):
    found["X"] = np.asarray(names["input_gradient"](theta, X, Y))
for array in found.values():
    if array.dtype.kind not in "fiu":
        raise TypeError(f"a gradient of dtype {array.dtype}")
np.savez(out, **found)
"""
EXPECTED = "a Python file that defines gradient(theta, X, Y), theta one vector: layer by layer the rows of [W_l | b_l]"


def run_gradients(file: Path, theta: Floats, x: Floats, y: Floats, folder: Path) -> tuple[Floats, Floats | None]:
    """(d cost / d theta, d cost / d X or None where the file has no ``input_gradient``).

    Raises:
        DeriveError: no such file, it fails, it does not end, it lacks ``gradient``, or its answer has another shape.
    """
    import numpy as np

    if not os.path.isfile(file):  # noqa: PTH113 - Path.is_file fails at long names
        raise DeriveError(f"no file {quoted(str(file), 200)}", expected=EXPECTED, remedy="check the path")
    given, out = folder / "given.npz", folder / "found.npz"
    np.savez(given, theta=theta, X=x, Y=y)
    _run(file, given, out)
    with np.load(out, allow_pickle=False) as stored:
        found = {name: stored[name] for name in stored.files}
    _check_shape(file, "gradient", found["theta"], theta)
    if "X" in found:
        _check_shape(file, "input_gradient", found["X"], x)
    return found["theta"].astype(np.float64), found["X"].astype(np.float64) if "X" in found else None


def _run(file: Path, given: Path, out: Path) -> None:
    command = [sys.executable, "-c", RUNNER, str(file), str(given), str(out)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)  # noqa: S603 - our own interpreter
    except subprocess.TimeoutExpired:
        problem = f"{file.name} did not end within {SECONDS} seconds"
        raise DeriveError(problem, expected=EXPECTED, remedy="keep training out of the import") from None
    if done.returncode == MISSING:
        defined = (done.stdout.strip().splitlines() or [""])[-1]
        remedy = f"it defines {quoted(defined, 200)}; name one gradient" if defined else "define it"
        raise DeriveError(f"{file.name} defines no function gradient", expected=EXPECTED, remedy=remedy)
    if done.returncode != FOUND:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise DeriveError(f"{file.name} fails: {quoted(last, 300)}", expected=EXPECTED, remedy="run it by itself first")
    if not out.is_file():
        remedy = "take sys.exit and the like out of it"
        raise DeriveError(f"{file.name} ends the program", expected=EXPECTED, remedy=remedy)


def _check_shape(file: Path, name: str, found: Floats, like: Floats) -> None:
    if found.shape != like.shape:
        raise DeriveError(
            f"{name} of {file.name} returns an array of the shape {found.shape}",
            expected=f"the shape {like.shape}",
            remedy="return an array shaped like the argument",
        )
