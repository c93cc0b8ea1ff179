"""A fact about optimisers: the same gradients, other updates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.demonstration.lab import BATCH, Fact, accuracy, cost, part, trained

if TYPE_CHECKING:
    from collections.abc import Iterator

    from derive.demonstration.lab import Lab

RATE, SMALL_RATE, DECAY = 0.02, 0.002, 0.1
"""The rate of those that add up gradients, that of those that divide by their size, and the decay of AdamW."""
SETTINGS: dict[str, dict[str, float]] = {
    "momentum": {"learning_rate": RATE},
    "nesterov": {"learning_rate": RATE},
    "rmsprop": {"learning_rate": SMALL_RATE},
    "adam": {"learning_rate": SMALL_RATE},
    "adamw": {"learning_rate": SMALL_RATE, "weight_decay": DECAY},
}
PLAIN = "sgd"
EPOCHS = 5


def facts(lab: Lab) -> Iterator[Fact]:
    """The last one of the lecture."""
    yield optimisers(lab)


def optimisers(lab: Lab) -> Fact:
    """Momentum adds up what gradient descent forgets; Adam steps by the learning rate, whatever the gradient's size."""
    net = lab.network("digits-optimisers", "digits", optimisers=(PLAIN, *SETTINGS))
    theta = net.initial_parameters(0)
    plain = trained(net, theta, lab.train, EPOCHS, optimiser=PLAIN, learning_rate=RATE)
    ends = {n: trained(net, theta, lab.train, EPOCHS, optimiser=n, **chosen) for n, chosen in SETTINGS.items()}
    costs = {name: cost(net, end, lab.train) for name, end in ends.items()}
    listed = ", ".join(f"{n} {costs[n]:.2f} ({accuracy(net, end, lab.held_out):.0f} %)" for n, end in ends.items())
    batch = part(lab.train, 0, BATCH)
    step = float(abs(trained(net, theta, batch, 1, optimiser="adam", **SETTINGS["adam"]) - theta).max())
    told = (
        f"After {EPOCHS} epochs with learning rate {RATE:g} gradient descent has the cost "
        f"{cost(net, plain, lab.train):.2f} and reads {accuracy(net, plain, lab.held_out):.0f} % of the held-out "
        f"images. With the same rate for momentum and nesterov, {SMALL_RATE:g} for the others (and decay {DECAY:g} for "
        f"adamw): {listed}. The largest first step of adam is {step:.6f}: no parameter moves further than the learning "
        "rate, however steep the cost."
    )
    look = "`train(..., optimiser=...)` in digits-optimisers.py; notes with `--optimiser adam` derive the bound."
    better = all(c < cost(net, plain, lab.train) / 2 for c in costs.values())
    return Fact("More optimisers", told, look, better and 0.9 * SMALL_RATE < step <= SMALL_RATE)
