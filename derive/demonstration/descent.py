"""Facts about gradient descent: the random start, one step, epochs and batches, steps that are too large, minima."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from derive.data.digits import CLASSES, Digits
from derive.demonstration.lab import BATCH, RATE, Fact, accuracy, cost, trained

if TYPE_CHECKING:
    from collections.abc import Iterator

    from derive.demonstration.lab import Lab

CHANCE = math.log(CLASSES)
LARGE_STEP, DIVERGING_RATE = 20.0, 2.0
XOR_SEEDS, XOR_EPOCHS = 8, 400


def facts(lab: Lab) -> Iterator[Fact]:
    """In the order of the lecture."""
    yield random_start(lab)
    yield equal_weights(lab)
    yield one_step(lab)
    yield epochs_and_batches(lab)
    yield shuffling(lab)
    yield no_convergence(lab)
    yield local_minima(lab)


def random_start(lab: Lab) -> Fact:
    """Random weights give a nearly random output."""
    net, seeds = lab.digits, range(5)
    costs = [cost(net, net.initial_parameters(s), lab.train) for s in seeds]
    hits = [accuracy(net, net.initial_parameters(s), lab.train) for s in seeds]
    told = (
        f"With {len(seeds)} random initialisations the untrained network reads {min(hits):.0f} to {max(hits):.0f} % "
        f"of the images (chance is 10 %) at a cost of {min(costs):.2f} to {max(costs):.2f}; guessing evenly among "
        f"ten digits costs ln 10 = {CHANCE:.2f}."
    )
    look = "`initial_parameters` in digits.py: the cost is a function of the parameters, here of five sets of them."
    return Fact("Random weights, nearly random output", told, look, max(hits) < 35 and min(costs) > CHANCE - 0.5)


def equal_weights(lab: Lab) -> Fact:
    """Units that begin equal stay equal."""
    net = lab.digits
    begun = net.initial_parameters(0) * 0 + 0.1
    theta, other = (trained(net, t, lab.train, 5) for t in (begun, net.initial_parameters(0)))
    spreads = [(W.max(axis=0) - W.min(axis=0)).max() for W in (net.weights(t)[0][0] for t in (theta, other))]
    hits = [accuracy(net, t, lab.held_out) for t in (theta, other)]
    apart = f"{spreads[0]:.0e}" if spreads[0] > 1e-12 else "0 (to within 1e-12)"
    told = (
        f"With every weight and bias 0.1 at the start, the {net.SIZES[1]} hidden units are still copies of each "
        f"other after 5 epochs: their weights differ by {apart}, with random weights by {spreads[1]:.1f}. The "
        f"network then reads {hits[0]:.0f} % of the held-out images, with random weights {hits[1]:.0f} %."
    )
    look = "The notes of the general network derive it: `Why the weights begin at random`."
    return Fact("Equal weights stay equal", told, look, spreads[0] < 1e-12 and hits[0] < hits[1] / 2)


def one_step(lab: Lab) -> Fact:
    """A small step lowers the cost by the rate times the squared gradient; a large one overshoots."""
    net = lab.digits
    theta = net.initial_parameters(0)
    slope = net.gradient(theta, lab.train.X, lab.train.targets)
    before, square = cost(net, theta, lab.train), float(slope @ slope)

    def change(rate: float) -> float:
        return cost(net, theta - rate * slope, lab.train) - before

    told = (
        f"From cost {before:.4f}, one step with learning rate {RATE} changes the cost by {change(RATE):+.4f}; the "
        f"slope promises {-RATE * square:+.4f}. Learning rate {LARGE_STEP:g} promises {-LARGE_STEP * square:+.1f} "
        f"and brings {change(LARGE_STEP):+.1f}: the step goes past the valley and the cost rises."
    )
    look = (
        "`theta - rate * gradient(theta, X, Y)`, then `cost` again: the promise is -rate times the sum of squared "
        "slopes."
    )
    holds = -1.1 * RATE * square < change(RATE) < 0 < change(LARGE_STEP)
    return Fact("One step, and overshooting", told, look, holds)


def epochs_and_batches(lab: Lab) -> Fact:
    """An epoch is one pass over the training set, in as many updates as there are batches."""
    net, count = lab.digits, len(lab.train)
    sizes = (count, BATCH, 1)
    costs = [cost(net, trained(net, net.initial_parameters(0), lab.train, 1, batch_size=b), lab.train) for b in sizes]
    updates = [math.ceil(count / b) for b in sizes]
    told = (
        f"An epoch is one pass over the {count} training images. As one batch it is {updates[0]} update and the cost "
        f"falls to {costs[0]:.2f}; in batches of {BATCH} it is {updates[1]} updates and the cost falls to "
        f"{costs[1]:.2f}; image by image it is {updates[2]} updates, each from the slope of one image alone, and the "
        f"cost is {costs[2]:.2f}."
    )
    look = "`train(..., epochs=1, batch_size=...)` in digits.py, the same learning rate for all three."
    return Fact("Epochs and batches", told, look, costs[1] < costs[0] < CHANCE + 0.5)


def shuffling(lab: Lab) -> Fact:
    """Images in an order that says something mislead each batch."""
    net, train = lab.digits, lab.train
    order = train.labels.argsort(kind="stable")
    ordered = Digits(train.X[order], train.labels[order])
    begun = net.initial_parameters(0)
    hits = [accuracy(net, trained(net, begun, ordered, 5, shuffle=s), lab.held_out) for s in (True, False)]
    told = (
        "With the images sorted by digit, so that a batch holds one or two digits only, 5 epochs lead to "
        f"{hits[1]:.0f} % on the held-out images; with the same images shuffled before each epoch to {hits[0]:.0f} %."
    )
    return Fact("Shuffling", told, "`train(..., shuffle=False)` in digits.py.", hits[1] < hits[0] - 20)


def no_convergence(lab: Lab) -> Fact:
    """A learning rate that is too large never settles."""
    net = lab.digits
    rates = (RATE / 10, RATE, DIVERGING_RATE)
    ends = [trained(net, net.initial_parameters(0), lab.train, 10, learning_rate=r) for r in rates]
    costs = [cost(net, theta, lab.train) for theta in ends]
    later = cost(net, trained(net, ends[-1], lab.train, 10, learning_rate=DIVERGING_RATE), lab.train)
    told = (
        f"After 10 epochs the training cost is {costs[0]:.2f} with learning rate {rates[0]:g} (slow), {costs[1]:.2f} "
        f"with {rates[1]:g}, and {costs[2]:.3f} with {rates[2]:g}, no better than guessing ({CHANCE:.3f}); 10 epochs "
        f"more and it is {later:.3f}: it does not come back."
    )
    look = "`train(..., learning_rate=...)`: a learning rate is tried out, the mathematics does not give it."
    holds = costs[1] < costs[0] < CHANCE - 0.1 < min(costs[2], later)
    return Fact("Slow, good and no convergence", told, look, holds)


def local_minima(lab: Lab) -> Fact:
    """Where descent ends depends on where it began."""
    net = lab.network("xor", "xor")
    X, Y = xor()
    ends = []
    for seed in range(XOR_SEEDS):
        theta = net.train(
            net.initial_parameters(seed), X, Y, epochs=XOR_EPOCHS, batch_size=len(X), learning_rate=1.0, verbose=False
        )
        ends.append((float(net.cost(theta, X, Y)), float(abs(net.gradient(theta, X, Y)).max())))
    stuck = [end for end in ends if end[0] > 0.1]
    worst = max(ends)
    told = (
        f"XOR from {XOR_SEEDS} random initialisations, {XOR_EPOCHS} steps each: {XOR_SEEDS - len(stuck)} end at a "
        f"cost of {min(ends)[0]:.4f} or a little more, {len(stuck)} at {worst[0]:.3f}, where the largest slope is "
        f"only {worst[1]:.4f}: descent has all but stopped in a place that is not the best."
    )
    return Fact("Local minima", told, "xor.py, seeds 0 to 7.", 0 < len(stuck) < XOR_SEEDS // 2 and worst[1] < 0.01)


def xor() -> tuple[list[list[float]], list[list[float]]]:
    """Two bits, and whether they differ."""
    bits = (0.0, 1.0)
    rows = [[a, b] for a in bits for b in bits]
    return rows, [[float(a != b)] for a, b in rows]
