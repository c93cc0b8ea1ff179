"""Digits to 95 % of the held-out images, as whole processes: emitted code, scikit-learn, torch.

    python benchmarks/whole_process.py [--rounds 11] [--write]

CPU time of a process from its start, imports included, to the end of the first epoch after which at least 95 % are
read; all train 64-32-10 with minibatches of 32, gradient descent at the rate 0.1, on the same shuffled split.
Processes take turns; printed is the median of the ratios in a round.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.figures import keep  # noqa: E402
from benchmarks.peers.libraries import there  # noqa: E402

CASE = "digits to 95 % held-out, whole process"
BARS: dict[str, float | None] = {"scikit-learn": 6.5, "torch": 20}
LIBRARIES = {"scikit-learn": "sklearn", "torch": "torch"}
DATA = """
import numpy as np
with np.load("digits.npz") as file:
    X, y, held_X, held_y = (file[name] for name in ("X", "y", "held_X", "held_y"))
"""
SCRIPTS = {
    "emitted": DATA
    + """
from network import Network
net = Network(epochs=60, batch_size=32, learning_rate=0.1)
def enough(epoch, theta, record):
    net.theta_ = theta
    return net.score(held_X, held_y) >= 0.95
net.fit(X, y, callback=enough)
print(len(net.history_["cost"]), net.score(held_X, held_y))
""",
    "scikit-learn": DATA
    + """
from sklearn.neural_network import MLPClassifier
net = MLPClassifier((32,), solver="sgd", alpha=0, momentum=0, batch_size=32, learning_rate_init=0.1, random_state=0)
for epoch in range(1, 61):
    net.partial_fit(X, y, classes=np.arange(10))
    if net.score(held_X, held_y) >= 0.95:
        break
print(epoch, net.score(held_X, held_y))
""",
    "torch": DATA
    + """
import torch
torch.set_num_threads(1)
torch.manual_seed(0)
X, y, held_X, held_y = (torch.tensor(a) for a in (X, y, held_X, held_y))
model = torch.nn.Sequential(torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10))
cost, optimiser = torch.nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(1, 61):
    order = torch.randperm(len(X))
    for rows in order.split(32):
        optimiser.zero_grad()
        cost(model(X[rows]), y[rows]).backward()
        optimiser.step()
    with torch.no_grad():
        right = (model(held_X).argmax(dim=1) == held_y).double().mean().item()
    if right >= 0.95:
        break
print(epoch, right)
""",
}


def prepare(folder: Path) -> None:
    """The data, the emitted module and a script for each side."""
    import numpy as np

    import derive
    from derive.data.digits import load_digits

    train, test = load_digits().split()
    arrays = {"X": train.X, "y": train.labels, "held_X": test.X, "held_y": test.labels}
    np.savez(folder / "digits.npz", **{n: a.astype("float32" if "X" in n else "int64") for n, a in arrays.items()})
    (folder / "network.py").write_text(derive.network("digits").code("training"), encoding="utf-8")
    for name, text in SCRIPTS.items():
        (folder / f"by_{name}.py").write_text(text, encoding="utf-8")


def cpu(folder: Path, name: str) -> float:
    """Seconds of CPU time of a whole process; it must have reached 95 %."""
    one = {f"{n}_NUM_THREADS": "1" for n in ("OPENBLAS", "OMP", "MKL")}
    before = os.times()
    command = [sys.executable, "-W", "ignore", f"by_{name}.py"]
    done = subprocess.run(command, cwd=folder, env=os.environ | one, capture_output=True, text=True, check=True)
    after = os.times()
    assert float(done.stdout.split()[1]) >= 0.95, f"{name}: {done.stdout}"
    return after.children_user + after.children_system - before.children_user - before.children_system


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--write", action="store_true", help="keep the figures for figures.py")
    arguments = parser.parse_args()
    sides = ["emitted", *(n for n, module in LIBRARIES.items() if there(module))]
    with TemporaryDirectory() as made:
        prepare(Path(made))
        for name in sides:
            cpu(Path(made), name)  # byte code is compiled, files are read once
        rounds = [{name: cpu(Path(made), name) for name in sides} for _ in range(arguments.rounds)]
    found = {}
    for name in sides[1:]:
        ratios = sorted(r[name] / r["emitted"] for r in rounds)
        found[name] = [statistics.median(ratios), ratios[len(ratios) // 10], ratios[-1 - len(ratios) // 10]]
        told = f"{found[name][0]:.1f} | {found[name][1]:.1f} to {found[name][2]:.1f} | >= {BARS[name]:g}"
        print(f"| {CASE} | {name} / emitted | {told} |", flush=True)
    print(f"emitted: {statistics.median(r['emitted'] for r in rounds):.2f} s of CPU time")
    if arguments.write:
        keep(CASE, found)


if __name__ == "__main__":
    main()
