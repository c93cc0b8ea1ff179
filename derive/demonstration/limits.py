"""Facts about what networks learn: vanishing gradients, one layer against several, overfitting, penalties."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from derive.demonstration.descent import xor
from derive.demonstration.lab import FEW, RATE, WRONG, Fact, accuracy, cost, trained

if TYPE_CHECKING:
    from collections.abc import Iterator

    from derive.demonstration.lab import Lab

DEPTH = 10
DEEP = "64-" + "-".join(["16:{0}"] * 8) + "-10:softmax"
EPOCHS, PIECE, SMALL_BATCH = 200, 10, 10
STRENGTHS = (0.003, 0.03, 0.1)


def facts(lab: Lab) -> Iterator[Fact]:
    """In the order of the lecture."""
    yield vanishing_bound(lab)
    yield vanishing(lab)
    yield one_layer(lab)
    yield overfitting(lab)
    yield penalties(lab)


def vanishing_bound(lab: Lab) -> Fact:
    """|delta_1| <= 4^-L prod |w_l| |dJ/da_L| in a chain of sigmoids; delta_1 is the gradient of its bias."""
    net = lab.network("deep", "deep")
    theta, X, Y = net.initial_parameters(0), [[1.5]], [[1.0]]
    errors = [abs(float(b[0])) for _, b in net.weights(net.gradient(theta, X, Y))]
    weights = [abs(float(W[0, 0])) for W, _ in net.weights(theta)]
    output = float(net.forward(theta, X)[0, 0])
    bound = math.prod(weights[1:]) * abs(output - 1.0) / 4**DEPTH
    told = (
        f"In a chain of {DEPTH} sigmoid nodes the error of the last layer is {errors[-1]:.1e} and that of the first "
        f"{errors[0]:.1e}. The bound, 4^-{DEPTH} (which is {4.0**-DEPTH:.1e}) times the product of the weights times "
        f"dJ/da, is {bound:.1e}: with these weights the first error cannot exceed it."
    )
    look = "deep.py; the bound is derived in the notes of the general network and of the network `deep`."
    return Fact("Vanishing gradients: the bound", told, look, errors[0] <= bound < errors[-1] / 1000)


def vanishing(lab: Lab) -> Fact:
    """Gradients of nine layers, with sigmoid and with tanh."""
    sizes, hits = {}, {}
    for name in ("sigmoid", "tanh"):
        net = lab.network(f"deep-{name}", DEEP.format(name))
        theta = net.initial_parameters(0)
        grad = net.weights(net.gradient(theta, lab.train.X, lab.train.targets))
        sizes[name] = [math.sqrt(float((W**2).sum())) for W, _ in (grad[0], grad[-1])]
        hits[name] = accuracy(net, trained(net, theta, lab.train, 10), lab.held_out)
    first, last = sizes["sigmoid"]
    told = (
        f"Nine layers on the digits: with sigmoid the gradient of the first layer has length {first:.0e} and that of "
        f"the last {last:.0e}; after 10 epochs the network reads {hits['sigmoid']:.0f} % of the held-out images. "
        f"With tanh, whose slope reaches 1 instead of 1/4, the lengths are {sizes['tanh'][0]:.0e} and "
        f"{sizes['tanh'][1]:.0e}, and it reads {hits['tanh']:.0f} %."
    )
    holds = first < 1e-3 * last and sizes["tanh"][0] > 0.1 * sizes["tanh"][1] and hits["sigmoid"] < hits["tanh"]
    return Fact("Vanishing gradients: deep networks", told, "deep-sigmoid.py and deep-tanh.py.", holds)


def one_layer(lab: Lab) -> Fact:
    """A network of one layer is logistic regression; it draws straight lines only."""
    X, Y = xor()
    costs = {}
    for name, text in (("logistic", "2-1:sigmoid"), ("xor", "xor")):
        net = lab.network(name, text)
        theta = net.train(
            net.initial_parameters(0), X, Y, epochs=600, batch_size=len(X), learning_rate=1.0, verbose=False
        )
        costs[name] = float(net.cost(theta, X, Y))
    flat = lab.network("one-layer", "64-10:softmax")
    hits = [
        accuracy(net, trained(net, net.initial_parameters(0), lab.train, 30), lab.held_out)
        for net in (flat, lab.digits)
    ]
    told = (
        "A network of one sigmoid layer is logistic regression. On XOR it ends at a cost of "
        f"{costs['logistic']:.4f}, which is ln 2: it guesses. Three hidden units end at {costs['xor']:.4f}. On the "
        f"digits one softmax layer reads {hits[0]:.1f} % of the held-out images, with a hidden layer of 32 it is "
        f"{hits[1]:.1f} %."
    )
    look = "logistic.py against xor.py; the notes of the general network have the special case L = 1."
    holds = abs(costs["logistic"] - math.log(2)) < 1e-3 and costs["xor"] < 0.05 and hits[0] < hits[1]
    return Fact("Logistic regression is a network of one layer", told, look, holds)


def overfitting(lab: Lab) -> Fact:
    """The cost of the training images falls on, that of others rises again."""
    net = lab.digits
    theta, rows = net.initial_parameters(0), []
    for n in range(EPOCHS // PIECE):
        theta = trained(net, theta, lab.few, PIECE, batch_size=SMALL_BATCH, seed=n)
        rows.append((cost(net, theta, lab.validation), cost(net, theta, lab.few), PIECE * (n + 1)))
    best, end = min(rows), rows[-1]
    told = (
        f"Trained on {FEW} images only, every {WRONG}th with a wrong label: after {best[2]} epochs the cost is "
        f"{best[1]:.2f} on them and {best[0]:.2f} on {len(lab.validation)} images held out; after {end[2]} epochs "
        f"{end[1]:.3f} and {end[0]:.2f}. From there on the network learns the images and their wrong labels, not the "
        "digits: the cost of new images rises while that of the training images goes on falling."
    )
    look = "The table above shows both costs for the whole training set: watch where the held-out cost stops falling."
    return Fact("Overfitting", told, look, best[2] < end[2] and best[0] < end[0] and end[1] < best[1])


def penalties(lab: Lab) -> Fact:
    """A larger penalty shrinks the weights more; its strength is chosen on one set and judged on another."""
    net = lab.network("digits-penalty", "digits", penalty=f"l2={STRENGTHS[0]}")
    rows = []
    for strength in (0.0, *STRENGTHS):
        net.LAMBDA = strength
        theta = trained(net, net.initial_parameters(0), lab.few, EPOCHS // 2, batch_size=SMALL_BATCH)
        rows.append((cost(lab.digits, theta, lab.validation), strength, _squares(net, theta), theta))
    shown = ", ".join(f"{s:g}: {total:.0f}" for _, s, total, _ in rows)
    factors = ", ".join(f"{1 - RATE * s:g}" for _, s, _, _ in rows)
    _, chosen, _, theta = min(rows, key=lambda row: row[:2])
    told = (
        f"The same {FEW} images; penalty strength and sum of squared weights after {EPOCHS // 2} epochs: {shown}. "
        f"Every update first shrinks the weights by 1 - eta lambda, here {factors}. The lowest cost on the "
        f"validation images has strength {chosen:g}; on the test images, looked at once, its cost is "
        f"{cost(lab.digits, theta, lab.test):.3f} and its accuracy {accuracy(lab.digits, theta, lab.test):.1f} %. "
        "Test images that had helped to choose would no longer be a test."
    )
    look = (
        "digits-penalty.py: LAMBDA is the strength; three sets: to train on, to choose by (validation), to judge by "
        "(test)."
    )
    totals = [total for _, _, total, _ in rows]
    return Fact("A larger penalty shrinks more", told, look, totals == sorted(totals, reverse=True))


def _squares(net: Any, theta: Any) -> float:
    """The sum of the squared weights."""
    return sum(float((W**2).sum()) for W, _ in net.weights(theta))
