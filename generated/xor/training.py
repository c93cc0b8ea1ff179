"""Training for xor, 2-3:tanh-1:sigmoid.

Cost of a row: binary-cross-entropy.

Form: samples are the columns of an array, and the biases are part of the weight matrix
(V_l = [W_l | b_l] times H_l, which is A_l over a row of ones): one product a layer and no
rearranging of theta, which is faster than rows for every width.

Minibatches of one sample are computed in floats, entry by entry: 13 parameters
are too few for arrays.

Every computed line is an equation of the notes: (number) label, shape of the result; its
arrays are the transposes of those in the notes.  Do not edit: change the network, emit again.

    python FILE.py train DATA.npz -o WEIGHTS.npz     (also: check, predict, plot; --help)
"""

import json
import math
import sys
from argparse import SUPPRESS, ArgumentParser
from inspect import signature
from itertools import pairwise
from numbers import Integral, Real
from pathlib import Path
from reprlib import repr as short
from time import time
from types import SimpleNamespace
from warnings import catch_warnings, simplefilter, warn
from zipfile import BadZipFile
from zlib import crc32

import numpy as np
from numpy import add, divide, multiply, sqrt, square, subtract, tanh

SIZES = (2, 3, 1)
ACTIVATIONS = ["tanh", "sigmoid"]
COST = "binary-cross-entropy"
IDENTITY = {
    "sizes": list(SIZES),
    "activations": ACTIVATIONS,
    "cost": COST,
    "penalty": "none",
    "dropout": 0,
}
PARAMETERS = (
    "epochs",
    "batch_size",
    "learning_rate",
    "optimiser",
    "schedule",
    "shuffle",
    "seed",
    "options",
    "validation",
    "patience",
    "class_weight",
    "verbose",
)
COMMAND = "derive code xor --style training"
TARGETS = "for each unit the probability of yes, 0 to 1"
INTERRUPTED = "Ctrl-C"
PIECE = 2**18  # bytes of inputs that are gathered at a time


def initial_parameters(seed=0, dtype=np.float32):
    """A fresh theta: normal weights with these variances, biases 0."""
    variances = (
        2 / (2 + 3),  # layer 1, tanh: Glorot
        2 / (3 + 1),  # layer 2, sigmoid: Glorot
    )
    rng = np.random.default_rng(seed)
    theta = np.zeros(sum(n * (m + 1) for m, n in pairwise(SIZES)), dtype)
    for (W, _), variance in zip(weights(theta), variances):
        W[:] = np.sqrt(variance) * rng.standard_normal(W.shape)
    return theta


def weights(theta):
    """[(W_1, b_1), ...]: writable views of theta, W_l (n_l, n_(l-1)), b_l (n_l,).

    theta holds, layer by layer, the rows of [W_l | b_l].
    """
    if np.shape(theta) != (13,):
        raise ValueError("theta must be a vector of 13 numbers")
    views, start = [], 0
    for m, n in pairwise(SIZES):
        block = theta[start : start + n * (m + 1)].reshape(n, m + 1)
        views.append((block[:, :m], block[:, m]))
        start += block.size
    return views


def _matrices(theta):
    """[V_1, ...]: views of theta, V_l = [W_l | b_l], (n_l, n_(l-1) + 1)."""
    views, start = [], 0
    for m, n in pairwise(SIZES):
        views.append(theta[start : start + n * (m + 1)].reshape(n, m + 1))
        start += n * (m + 1)
    return views


def _passes(theta, N):
    """(forward, backward, Delta_1): passes over N samples, in arrays that are made here.

    H_l is A_l over a row of ones.
    """
    dtype = theta.dtype
    grad = np.empty_like(theta)
    V_1, V_2 = _matrices(theta)
    dV_1, dV_2 = _matrices(grad)
    H_1 = np.ones((4, N), dtype)
    Z_2 = np.empty((1, N), dtype)
    E_1 = np.empty((4, N), dtype)
    Delta_2 = np.empty((1, N), dtype)
    P_1 = np.empty((3, N), dtype)
    A_1 = H_1[:-1]
    Delta_1 = E_1[:-1]
    H_1_T = H_1.T
    V_2_T = V_2.T
    half = np.array(0.5, dtype)
    one = np.array(1, dtype)

    def forward(H_0):
        """The pre-activations of the last layer, for inputs as columns over ones.

        (62) forward-z-batch, l = 1..2:  z^l_{sk}
            := sum_{j=1..n_{l-1}} w^l_{kj} a^{l-1}_{sj} + b^l_k
        (63) forward-a-tanh-batch:  a^1_{sk} := tanh(z^1_{sk})
        """
        V_1.dot(H_0, A_1)  # (62) forward-z-batch, (3, N)
        tanh(A_1, out=A_1)  # (63) forward-a-tanh-batch, (3, N)
        V_2.dot(H_1, Z_2)  # (62) forward-z-batch, (1, N)
        return Z_2

    def backward(H_0_T, Y, Share):
        """The gradient, after forward; each sample counts as much as Share says.

        (73) delta-output-batch:  Δ^2 = 1/N (A^2 - Y)
        (78) delta-hidden-batch:  Δ^1 = tanh'(Z^1) ⊙ (Δ^2 W^2)
        (81) gradient-W-batch, l = 1..2:  ∂J/∂W^l = (Δ^l)^T A^{l-1}
        (84) gradient-b-batch, l = 1..2:  ∂J/∂b^l = (Δ^l)^T 1_N
        """
        # (73) delta-output-batch, (1, N)
        # Delta_2 = Share * (tanh(0.5 * Z_2) - Y)
        multiply(Z_2, half, out=Delta_2)
        tanh(Delta_2, out=Delta_2)
        subtract(Delta_2, Y, out=Delta_2)
        multiply(Share, Delta_2, out=Delta_2)
        V_2_T.dot(Delta_2, E_1)  # (78) delta-hidden-batch, (4, N)
        square(A_1, out=P_1)
        subtract(one, P_1, out=P_1)
        multiply(P_1, Delta_1, out=Delta_1)
        Delta_1.dot(H_0_T, dV_1)  # (81, 84) gradient-W-batch, gradient-b-batch, (3, 3)
        Delta_2.dot(H_1_T, dV_2)  # (81, 84) gradient-W-batch, gradient-b-batch, (1, 4)
        return grad

    return forward, backward, Delta_1


def _array(values):
    """The values as an array, numbers among objects as floats."""
    array = np.asarray(values)
    real = array.dtype.kind == "O" and all(isinstance(v, Real) for v in array.flat)
    return array.astype(float) if real else array


def _rows(theta, name, values, n):
    """The values as rows of n numbers, in the dtype of theta."""
    shape = getattr(theta, "shape", None)
    if shape != (13,) or theta.dtype.kind != "f":
        raise ValueError("theta must be a vector of 13 floats")
    rows = _array(values)
    if rows.dtype.kind not in "biuf":
        raise ValueError(f"{name}: expected numbers, (N, {n}), got {rows.dtype}")
    with np.errstate(over="ignore"):
        rows = rows.astype(theta.dtype, copy=False)
    if rows.ndim != 2 or rows.shape[1] != n:
        raise ValueError(f"{name}: expected an array (N, {n}), got {rows.shape}")
    return rows


def _batch(theta, X, Y):
    """X and Y in the dtype of theta, with as many rows in one as in the other."""
    X, Y = _rows(theta, "X", X, SIZES[0]), _rows(theta, "Y", Y, SIZES[-1])
    if len(X) != len(Y):
        raise ValueError(f"{len(X)} rows of X, but {len(Y)} of Y")
    if not len(X):
        raise ValueError("no rows: X and Y are empty")
    return X, Y


def _finite(name, rows):
    """The rows, where all their numbers are finite."""
    if not np.isfinite(rows).all():
        row = int(np.argwhere(~np.isfinite(rows))[0][0])
        raise ValueError(f"{name} has a number that is not finite, in row {row}")
    return rows


def _inputs(X):
    """X with a column of ones."""
    H = np.empty((len(X), SIZES[0] + 1), X.dtype)
    H[:, :-1], H[:, -1] = X, 1
    return H


def _targets(Y, weight):
    """Y as errors take it, and behind it Share, what is common to a sample, for each output.

    Outputs are c u + k, errors c (u - (Y - k) / c): c belongs to Share, the rest to the targets.
    weight: how much each row counts.
    """
    T = np.ones((len(Y), 2), Y.dtype)
    T[:, :1] = 2 * Y - 1
    T[:, 1:] = 0.5
    T[:, 1:] *= weight[:, None]
    return T


def _shared(T, share, out):
    """T as columns in out; a sample counts share."""
    out[:] = T.swapaxes(-1, -2)
    out[..., 1:, :] *= share


def _outputs(Z):
    """The activations of the last layer from its pre-activations."""
    return 0.5 + 0.5 * np.tanh(0.5 * Z)


def forward(theta, X):
    """The outputs, a fresh array (N, 1)."""
    X = _rows(theta, "X", X, SIZES[0])
    forward, *_ = _passes(theta, len(X))
    return _outputs(forward(_inputs(X).T)).T.copy()


def cost(theta, X, Y):
    """The cost, a float."""
    return _cost(theta, *_batch(theta, X, Y), 1.0)


def _cost(theta, X, Y, weight):
    """The cost where each row counts as much as its weight says.

    (65) cost-sample-batch:  C_s
        := -sum_{i=1..n_2} (y_{si} ln(a^2_{si}) + (1 - y_{si}) ln(1 - a^2_{si}))
    (66) cost-batch:  J := 1/N sum_{s=1..N} C_s
    """
    forward, *_ = _passes(theta, len(X))
    Z, Y = forward(_inputs(X).T), Y.T
    N = Z.shape[1]
    # (65) cost-sample-batch, (N,)
    C = (Y * np.logaddexp(0, -Z) + (1 - Y) * np.logaddexp(0, Z)).sum(axis=0)
    C = weight * C
    J = C.sum() / N  # (66) cost-batch
    return float(J)


def _backpropagated(theta, X, Y):
    """The gradient, and dJ/dZ of the first layer as columns."""
    X, Y = _batch(theta, X, Y)
    forward, backward, Delta_1 = _passes(theta, len(X))
    H_0_T, T = _inputs(X), np.empty((2, len(X)), theta.dtype)
    _shared(_targets(Y, np.ones(len(X), X.dtype)), 1 / len(X), T)
    forward(H_0_T.T)
    return backward(H_0_T, T[:1], T[1:]), Delta_1


def gradient(theta, X, Y):
    """d cost / d theta, in the layout of theta."""
    grad, _ = _backpropagated(theta, X, Y)
    return grad


def input_gradient(theta, X, Y):
    """d cost / d X, (N, 2).

    (87) gradient-x-batch:  ∂J/∂X = Δ^1 W^1
    """
    _, Delta_1 = _backpropagated(theta, X, Y)
    (W_1, _), *_ = weights(theta)
    return (W_1.T @ Delta_1).T.copy()


class _Minibatches:
    """Minibatches as columns.

    In order they are views of the data.  Shuffled rows are gathered in pieces that stay in
    the cache.  The targets of a minibatch lie together: a call takes twice as long on parts.
    """

    def __init__(self, theta, X, Y, weight, size, shuffle):
        count = len(X)
        self.H, self.T, self.shuffle = _inputs(X), _targets(Y, weight), shuffle
        self.sizes = np.minimum(size, count - np.arange(0, count, size))
        steps, width = len(self.sizes), self.T.shape[1]
        if shuffle:
            steps = min(steps, max(1, PIECE // self.H[:size].nbytes))
        self.size, self.piece = size, steps * size
        self.h = np.empty_like(self.H[: self.piece]) if shuffle else self.H
        self.rows = np.zeros((steps, size, width), theta.dtype)  # the rest stays 0
        self.columns = np.empty((steps, width, size), theta.dtype)
        self.t = self.rows.reshape(-1, width)
        self.t[:count] = self.T[: self.piece]
        self.passes = {n: _passes(theta, n)[:2] for n in {size, count % size} - {0}}
        self.views = {}

    def viewed(self, n):
        """(forward, backward, H_0, H_0_T, Y, Share) of each minibatch of n rows."""
        views = []
        for i, T in zip(range(0, n, self.size), self.columns):
            rows = self.h[i : min(i + self.size, n)]
            T = T[:, : len(rows)]
            views.append((*self.passes[len(rows)], rows.T, rows, T[:1], T[1:]))
        return views

    def of(self, order, factors):
        """The minibatches of an epoch; the errors of each bear its factor."""
        shares = (factors / self.sizes).astype(self.H.dtype)[:, None, None]
        for first in range(0, len(order), self.piece):
            rows = order[first : first + self.piece]
            n = len(rows)
            if self.shuffle:
                self.H.take(rows, axis=0, out=self.h[:n], mode="clip")
                self.T.take(rows, axis=0, out=self.t[:n], mode="clip")
            own = shares[first // self.size :][: len(self.rows)]
            _shared(self.rows[: len(own)], own, self.columns[: len(own)])
            if n not in self.views:
                self.views[n] = self.viewed(n)
            yield from self.views[n]

    def samples(self, rate):
        """Inputs, targets and S of each sample as lists of floats."""
        columns = np.empty_like(self.T.T)
        with np.errstate(over="ignore"):
            _shared(self.T, rate, columns)
        return np.hstack([self.H[:, :-1], columns[:2].T]).tolist()


def _in_floats(theta, samples):
    """Gradient descent, a sample at a time, in the floats of Python.

    The network is so small that a call of NumPy would cost more than all its numbers.
    samples: inputs, targets and S of each.
    """
    tanh = math.tanh
    (
        w1_11,
        w1_12,
        b1_1,
        w1_21,
        w1_22,
        b1_2,
        w1_31,
        w1_32,
        b1_3,
        w2_11,
        w2_12,
        w2_13,
        b2_1,
    ) = theta.tolist()
    for x1, x2, y1, S in samples:
        # (63) forward-a-tanh-batch
        a1_1 = tanh(w1_11 * x1 + w1_12 * x2 + b1_1)
        a1_2 = tanh(w1_21 * x1 + w1_22 * x2 + b1_2)
        a1_3 = tanh(w1_31 * x1 + w1_32 * x2 + b1_3)
        # (62) forward-z-batch
        z2_1 = w2_11 * a1_1 + w2_12 * a1_2 + w2_13 * a1_3 + b2_1
        # (73) delta-output-batch
        d2_1 = S * (tanh(0.5 * z2_1) - y1)
        # (78) delta-hidden-batch
        d1_1 = (1.0 - a1_1 * a1_1) * w2_11 * d2_1
        d1_2 = (1.0 - a1_2 * a1_2) * w2_12 * d2_1
        d1_3 = (1.0 - a1_3 * a1_3) * w2_13 * d2_1
        w1_11 -= d1_1 * x1
        w1_12 -= d1_1 * x2
        b1_1 -= d1_1
        w1_21 -= d1_2 * x1
        w1_22 -= d1_2 * x2
        b1_2 -= d1_2
        w1_31 -= d1_3 * x1
        w1_32 -= d1_3 * x2
        b1_3 -= d1_3
        w2_11 -= d2_1 * a1_1
        w2_12 -= d2_1 * a1_2
        w2_13 -= d2_1 * a1_3
        b2_1 -= d2_1
    theta[:] = (
        w1_11,
        w1_12,
        b1_1,
        w1_21,
        w1_22,
        b1_2,
        w1_31,
        w1_32,
        b1_3,
        w2_11,
        w2_12,
        w2_13,
        b2_1,
    )


def _sgd(theta, states):
    """gradient descent, Goodfellow et al. (2016), 8.3.1.

    theta <- theta - learning_rate*g

    Errors bear the learning rate already: update gets learning_rate*g for g.
    """

    def update(g, learning_rate, t):
        subtract(theta, g, out=theta)

    return update


def _adam(theta, states, beta1=0.9, beta2=0.999, eps=1e-08):
    """Adam, Kingma and Ba (2015), algorithm 1.

    m <- beta1*m + (1 - beta1)*g

    v <- beta2*v + (1 - beta2)*g^2

    m_hat <- m/(1 - beta1^t)

    v_hat <- v/(1 - beta2^t)

    theta <- theta - learning_rate*m_hat/(sqrt(v_hat) + eps)
    """
    m, v = states
    P = np.empty_like(theta)
    Q = np.empty_like(theta)

    def update(g, learning_rate, t):
        multiply(m, beta1, out=m)
        factor = 1 - beta1
        multiply(g, factor, out=P)
        add(m, P, out=m)
        multiply(v, beta2, out=v)
        square(g, out=P)
        factor = 1 - beta2
        multiply(P, factor, out=P)
        add(v, P, out=v)
        factor = -learning_rate / (1 - beta1**t)
        multiply(m, factor, out=P)
        factor_2 = 1 / (1 - beta2**t)
        multiply(v, factor_2, out=Q)
        sqrt(Q, out=Q)
        add(Q, eps, out=Q)
        divide(P, Q, out=P)
        add(theta, P, out=theta)

    return update


# name: (function, states, whether its gradient is learning_rate times the gradient)
OPTIMISERS = {
    "sgd": (_sgd, 0, True),
    "adam": (_adam, 2, False),
}


def _constant(p):
    """The factor after a share p: the learning rate as it is given, Goodfellow et al. (2016), 8.3.1."""
    return 1


def _step(p):
    """The factor after a share p: a tenth after each third, He et al. (2016), 4.2."""
    return 0.1 ** (1.0 * (p >= 1 / 3) + 1.0 * (p >= 2 / 3))


def _cosine(p):
    """The factor after a share p: half a wave, down to 0, Loshchilov and Hutter (2017), 3."""
    return (1 + np.cos(np.pi * p)) / 2


def _1cycle(p):
    """The factor after a share p: up from a 25th, then half a wave down, Smith and Topin (2018), 3."""
    return np.minimum(0.04 + 3.2 * p, (1 + np.cos(np.pi * (p - 0.3) / 0.7)) / 2)


SCHEDULES = {
    "constant": _constant,
    "step": _step,
    "cosine": _cosine,
    "1cycle": _1cycle,
}


# setting: (what it may be, whether a value is that)
SETTINGS = {
    "epochs": ("a whole number from 0", lambda v: isinstance(v, Integral) and v >= 0),
    "batch_size": (
        "a whole number from 1",
        lambda v: isinstance(v, Integral) and v >= 1,
    ),
    "learning_rate": (
        "a finite number above 0",
        lambda v: isinstance(v, Real) and 0 < v < np.inf,
    ),
    "optimiser": ("one name", lambda v: isinstance(v, str)),
    "schedule": ("one name", lambda v: isinstance(v, str)),
    "seed": ("a whole number from 0", lambda v: isinstance(v, Integral) and v >= 0),
    "patience": (
        "a whole number from 1, or None",
        lambda v: v is None or (isinstance(v, Integral) and v >= 1),
    ),
    "options": ("names and numbers, {...}", lambda v: isinstance(v, dict)),
    "callback": ("a function, or None", lambda v: v is None or callable(v)),
}
# option of an optimiser: (what it may be, whether a value is that)
OPTIONS = {
    "beta1": ("0 <= beta1 < 1", lambda beta1: 0 <= beta1 < 1),
    "beta2": ("0 <= beta2 < 1", lambda beta2: 0 <= beta2 < 1),
    "eps": ("eps > 0", lambda eps: eps > 0),
}


def _usable(settings):
    """The settings, each checked."""
    for name, (expected, holds) in SETTINGS.items():
        if not holds(value := settings[name]):
            raise ValueError(f"{name} is {short(value)}, but it must be {expected}")
    for name, known in (("optimiser", OPTIMISERS), ("schedule", SCHEDULES)):
        if (wanted := settings[name]) not in known:
            remedy = f"{', '.join(known)}; or emit it: {COMMAND} --{name} {wanted}"
            raise ValueError(f"this file has no {name} {wanted!r}, but one of {remedy}")
    optimiser, options = settings["optimiser"], settings["options"]
    hyper = signature(OPTIMISERS[optimiser][0]).parameters.values()
    known = [p.name for p in hyper if p.default is not p.empty]
    for name, value in options.items():
        if name not in known:
            has = ", ".join(known) or "none"
            raise ValueError(f"{optimiser} has no option {name!r}, but {has}")
        expected, holds = OPTIONS[name]
        if not isinstance(value, Real) or not np.isfinite(value) or not holds(value):
            raise ValueError(f"{name} is {short(value)}, but {expected} is needed")
    return settings


class _Run:
    """Training that may stop after any epoch and go on from there, bit for bit."""

    def __init__(self, theta, X, Y, settings, weight=None):
        s = self.settings = settings
        X, Y, weight = _data(theta, X, Y, weight, s["batch_size"])
        make, count, self.folded = OPTIMISERS[s["optimiser"]]
        self.theta = theta.copy()
        self.states = [np.zeros_like(theta) for _ in range(count)]
        self.epoch = self.t = 0
        self.stopped = ""  # why it ended before its time
        self.best = np.inf, 0, self.theta  # the validation cost, when, the parameters
        self.rng, self.order = np.random.default_rng(s["seed"]), np.arange(len(X))
        self.steps = -(-len(X) // s["batch_size"])
        self.update = make(self.theta, self.states, **s["options"])
        self.batches = _Minibatches(
            self.theta, X, Y, weight, s["batch_size"], s["shuffle"]
        )
        plain = s["optimiser"] == "sgd" and s["schedule"] == "constant"
        self.in_floats = plain and s["batch_size"] == 1
        if self.in_floats:
            self.samples = self.batches.samples(s["learning_rate"])

    @property
    def arrays(self):
        """All that a step changes."""
        return [self.theta, *self.states]

    def is_finite(self):
        """Whether the parameters and the states of the optimiser are."""
        return all(np.isfinite(array).all() for array in self.arrays)

    def rates(self):
        """The learning rate of each minibatch of this epoch."""
        s, steps = self.settings, self.steps
        done = (self.epoch * steps + np.arange(steps)) / (s["epochs"] * steps)
        rates = np.full(steps, s["learning_rate"], float)
        return rates * SCHEDULES[s["schedule"]](done)

    @property
    def began(self):
        """What a training that goes on has in common with this one."""
        s, rows = self.settings, self.batches.H
        data = f"{len(rows)} rows of checksum {crc32(self.batches.T, crc32(rows)):08x}"
        return f"with {s['optimiser']}, seed {s['seed']}, {data}"

    def go_on(self, epoch, t, arrays, best, began):
        """Continue after so many epochs and steps, from these arrays, as it began."""
        if self.began != began:
            raise ValueError(f"the training began {began}, not {self.began}")
        for _ in range(epoch if self.settings["shuffle"] else 0):
            self.rng.shuffle(self.order)
        self.epoch, self.best = epoch, best
        self.put(t, arrays)

    def put(self, t, arrays):
        """Back to another state."""
        self.t = t
        for array, old in zip(self.arrays, arrays):
            array[:] = old

    def advance(self, judged):
        """One epoch: the costs on the rows that judge after it, by name.

        None where numbers ceased to be finite: self.stopped says where, the arrays are those
        before that step, or where only a cost is not finite, before the epoch.  Whatever
        interrupts it, epoch, t and the arrays are as they were before the epoch (not order).
        """
        if self.settings["shuffle"]:
            self.rng.shuffle(self.order)
        t, before = self.t, [a.copy() for a in self.arrays]
        try:
            with np.errstate(all="ignore"):
                self.walk()
                if not self.is_finite():
                    self.put(t, before)
                    if not self.walk(watched=True):
                        place = f"step {self.t + 1}, in epoch {self.epoch + 1}"
                        self.stopped = f"not finite at {place}"
                        return None
                costs = [_cost(self.theta, *rows) for rows in judged.values()]
            if not np.isfinite(costs).all():
                self.stopped = f"the cost is not finite after epoch {self.epoch + 1}"
                self.put(t, before)
                return None
        except BaseException:
            self.put(t, before)
            raise
        self.epoch += 1
        return dict(zip(judged, costs))

    def walk(self, watched=False):
        """The steps of an epoch, all of them (True) or, watched, while numbers are finite."""
        if self.in_floats and not watched:
            self.t += len(self.order)
            try:
                samples = map(self.samples.__getitem__, self.order.tolist())
                _in_floats(self.theta, samples)
            except (OverflowError, ZeroDivisionError):
                self.theta[:] = np.nan
            return True
        update, t, rates = self.update, self.t, self.rates()
        factors = rates if self.folded else np.ones_like(rates)
        minibatches = self.batches.of(self.order, factors)
        steps = zip(minibatches, rates.tolist())
        for (forward, backward, H_0, H_0_T, Y, Share), rate in steps:
            before = [a.copy() for a in self.arrays] if watched else None
            forward(H_0)
            t += 1
            update(backward(H_0_T, Y, Share), rate, t)
            if watched and not self.is_finite():
                self.put(t - 1, before)
                return False
        self.t = t
        return True


def _judging(theta, X, Y, weight=None):
    """Rows of X and Y to learn from, or to judge by, and how much each counts, checked."""
    X, Y = _batch(theta, X, Y)
    weight = _row_weights(weight, len(X)).astype(theta.dtype)
    for row, i in np.argwhere((Y < 0) | (Y > 1))[:1]:
        told = f"row {row} has {Y[row, i]:g}"
        raise ValueError(f"Y: {told}, but targets are: {TARGETS}")
    return _finite("X", X), _finite("Y", Y), weight


def _row_weights(weight, count):
    """How much each row counts."""
    if weight is None:
        return np.ones(count)
    weight = _array(weight)
    known = weight.shape == (count,) and weight.dtype.kind in "biuf"
    if not known or not np.isfinite(weight).all() or (weight < 0).any():
        raise ValueError(f"expected {count} weights of rows, finite and not negative")
    if not weight.any():
        raise ValueError("all weights of rows are 0")
    return weight


def _data(theta, X, Y, weight, size):
    """What is trained on, in minibatches of this size, checked."""
    X, Y, weight = _judging(theta, X, Y, weight)
    if not np.isfinite(theta).all():
        raise ValueError("theta has a number that is not finite")
    if size > len(X):
        raise ValueError(f"batch_size is {size}, but there are {len(X)} rows")
    return X, Y, weight


def train(
    theta,
    X,
    Y,
    *,
    epochs,
    batch_size,
    learning_rate,
    optimiser="sgd",
    schedule="constant",
    shuffle=True,
    seed=0,
    options=None,
    sample_weight=None,
    validation=None,
    patience=None,
    callback=None,
    verbose=True,
):
    """Gradient descent on minibatches: the trained parameters; theta stays as it was.

    options: of the optimiser, by name.  schedule: of the learning rate, one of SCHEDULES.
    sample_weight: how much each row counts, also in the cost that is told.
    validation: (X, Y) or (X, Y, weights of rows), whose cost is told too.  patience: so many
    epochs may pass without a better one; then the best parameters are returned.
    callback(epoch, theta, record): called after each epoch, may return True to stop.
    """
    settings = _usable(
        {
            "epochs": epochs,
            "batch_size": batch_size,
            "learning_rate": learning_rate,
            "optimiser": optimiser,
            "schedule": schedule,
            "shuffle": shuffle,
            "seed": seed,
            "options": options or {},
            "patience": patience,
            "callback": callback,
        }
    )
    run = _Run(theta, X, Y, settings, sample_weight)
    pair = isinstance(validation, (tuple, list)) and len(validation) in (2, 3)
    if not pair and validation is not None:
        got = type(validation).__name__
        raise ValueError(f"validation must be a pair (X, Y), but it is a {got}")
    told = (X, Y, sample_weight) if verbose or callback is not None else None
    judged = _judged(theta, told, validation, patience)
    return _follow(run, {}, judged, patience, callback, verbose)


def _judged(theta, told, validation, patience):
    """The rows whose cost is told after each epoch: (X, Y, weights) by name, checked."""
    if patience is not None and validation is None:
        raise ValueError("patience needs validation data, and no row is held out")
    rows = {"cost": told, "validation": validation}
    rows = {name: given for name, given in rows.items() if given is not None}
    return {name: _judging(theta, *given) for name, given in rows.items()}


def _follow(run, history, judged, patience, callback, verbose):
    """Run to the last epoch: the parameters at the end, or the best where patience is given.

    history gets lists: the cost on each of the rows that judge after each epoch.  patience:
    so many epochs may pass without a better validation cost.  callback(epoch, theta, record)
    may return True to stop.
    """
    began, first, epochs = time(), run.epoch, run.settings["epochs"]
    patient = epochs if patience is None else patience
    try:
        while run.epoch < epochs and run.epoch - run.best[1] < patient:
            record = run.advance(judged)
            if record is None:
                warn(f"{run.stopped}: the parameters before it are kept")
                break
            for name, value in record.items():
                history.setdefault(name, []).append(value)
            if record.get("validation", np.inf) < run.best[0]:
                run.best = record["validation"], run.epoch, run.theta.copy()
            if verbose:
                left = (time() - began) / (run.epoch - first) * (epochs - run.epoch)
                shown = ", ".join(f"{k} {v:.6f}" for k, v in record.items())
                print(f"epoch {run.epoch}/{epochs}: {shown}, {left:.0f} s left")
            if callback is not None and callback(run.epoch, run.theta.copy(), record):
                break
    except KeyboardInterrupt:
        run.stopped = INTERRUPTED
        kept = f"the parameters of epoch {run.epoch} are kept"
        print(f"stopped: {kept}", file=sys.stderr)
    return (run.theta if patience is None else run.best[2]).copy()


def _labels(y):
    """Classes 0, 1, ... as integers."""
    if y.dtype.kind not in "biuf":
        raise ValueError(f"classes are the numbers 0 and 1, not {y[:1]}")
    with np.errstate(invalid="ignore"):
        labels = y.astype(np.int64)
    wrong = np.flatnonzero((labels != y) | (labels < 0) | (labels >= 2))
    if len(wrong):
        row = int(wrong[0])
        raise ValueError(f"classes are 0 and 1; row {row} of y has {y[row]}")
    return labels


def _whole_keys(wanted):
    """Weights by class, whose classes are Python's integers."""
    if not isinstance(wanted, dict):
        return wanted
    return {int(label): value for label, value in wanted.items()}


def _class_weights(wanted, labels):
    """How much each row counts: by class, or balanced, so that every class counts alike."""
    if wanted is None:
        return 1.0
    if isinstance(wanted, str) and wanted == "balanced":
        counts = np.bincount(labels)
        return len(labels) / ((counts > 0).sum() * counts[labels])
    known = isinstance(wanted, dict) and set(wanted) <= set(range(2))
    values = wanted.values() if known else ["none"]
    if not all(isinstance(v, Real) and 0 <= v < np.inf for v in values):
        may = "'balanced', or weights from 0 by class, 0 and 1"
        raise ValueError(f"class_weight is {short(wanted)}, but it may be {may}")
    return np.array([float(wanted.get(label, 1.0)) for label in labels.tolist()])


def _arrays(path):
    """The arrays of an .npz file by name; no pickles."""
    try:
        with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return dict(arrays)
    except (TypeError, ValueError, EOFError, NotImplementedError, BadZipFile):
        raise ValueError(f"{path} is no .npz file of numbers") from None


class _Tags(SimpleNamespace):
    """What scikit-learn asks about an estimator; no where nothing is said."""

    def __getattr__(self, name):
        if name.startswith("__"):  # asked by copies
            raise AttributeError(name)
        return False


class Network:
    """The network as an estimator with the manners of scikit-learn, which it does not need.

    Targets are classes (0 and 1) or the probabilities of 1.
    validation: the share of rows that is held out.  patience: so many epochs may pass without
    a better cost on them; the best parameters are kept.  The other arguments are as in train.
    theta_: the parameters.  history_: lists with a number for each epoch.  stopped_: "", or
    why the training ended before its time.
    """

    _estimator_type = "classifier"

    def __init__(
        self,
        epochs=20,
        batch_size=32,
        learning_rate=0.1,
        optimiser="sgd",
        schedule="constant",
        shuffle=True,
        seed=0,
        options=None,
        validation=0.0,
        patience=None,
        class_weight=None,
        verbose=False,
    ):
        given = dict(locals())
        self.set_params(**{name: given[name] for name in PARAMETERS})

    def get_params(self, deep=True):
        """The arguments of the constructor."""
        return {name: getattr(self, name) for name in PARAMETERS}

    def set_params(self, **changes):
        """Other arguments."""
        for name, value in changes.items():
            if name not in PARAMETERS:
                known = ", ".join(PARAMETERS)
                raise ValueError(f"no parameter {name!r}, but {known}")
            setattr(self, name, value)
        return self

    def __repr__(self):
        told = ", ".join(f"{k}={v!r}" for k, v in self.get_params().items())
        return f"Network({told})"

    def __sklearn_tags__(self):
        yes = {"two_d_array": True, "required": True, "single_output": True}
        tags = _Tags(**yes, multi_class=True)
        return _Tags(
            estimator_type=self._estimator_type,
            requires_fit=True,
            input_tags=tags,
            target_tags=tags,
            classifier_tags=tags,
            regressor_tags=None,
            transformer_tags=None,
        )

    def fit(self, X, y, sample_weight=None, *, resume=False, callback=None):
        """Train from the start, or (resume) go on with a training that was interrupted."""
        settings = self._settings(callback)
        X, Y, weight = self._encoded(X, y, sample_weight)
        kept, other = self._split(len(X))
        if self.patience is not None and not len(other):
            told = f"0 of {len(X)} rows are held out"
            raise ValueError(f"patience needs validation data, but {told}")
        theta = initial_parameters(self.seed)
        run = _Run(theta, X[kept], Y[kept], settings, weight[kept])
        if resume:
            self._must_be_trained()
            run.go_on(**self._state)
        parts = [(X[rows], Y[rows], weight[rows]) for rows in (kept, other)]
        held_out = parts[1] if len(other) else None
        judged = _judged(theta, parts[0], held_out, self.patience)
        return self._followed(run, resume, judged, self.patience, callback)

    def partial_fit(self, X, y, sample_weight=None, classes=None):
        """One epoch on these rows, from what was reached so far."""
        settings = self._settings()
        X, Y, weight = self._encoded(X, y, sample_weight)
        more = hasattr(self, "theta_")
        t = self._state["t"] if more else 0
        once = {"epochs": 1, "schedule": "constant", "seed": [self.seed, t]}
        once["batch_size"] = min(self.batch_size, len(X))
        theta = initial_parameters(self.seed)
        run = _Run(theta, X, Y, {**settings, **once}, weight)
        if more:
            run.put(t, self._state["arrays"])
        judged = _judged(theta, (X, Y, weight), None, None)
        return self._followed(run, more, judged, None, None)

    def _followed(self, run, more, judged, patience, callback):
        """Train; more: the history goes on.  What was reached is kept whatever happens."""
        self._take(run.theta, self.history_ if more else {})
        try:
            wishes = patience, callback, self.verbose
            self.theta_ = _follow(run, self.history_, judged, *wishes)
        finally:
            arrays = [a.copy() for a in run.arrays]
            self._state = {"epoch": run.epoch, "t": run.t, "best": run.best}
            self._state |= {"arrays": arrays, "began": run.began}
            self.stopped_ = run.stopped
        return self

    def _take(self, theta, history):
        """These are what was reached."""
        self.theta_, self.history_, self.stopped_ = theta, history, ""
        self.n_features_in_ = SIZES[0]
        self.classes_ = np.arange(2)

    def _settings(self, callback=None):
        """The arguments, each checked."""
        share = self.validation
        if not isinstance(share, Real) or not 0 <= share < 1:
            told = f"validation is {short(share)}"
            raise ValueError(f"{told}, but it must be a share below 1")
        more = {"options": self.options or {}, "callback": callback}
        return _usable({**self.get_params(), **more})

    def _split(self, count):
        """(rows to train on, rows held out)"""
        order = np.random.default_rng(self.seed).permutation(count)
        cut = count - round(self.validation * count)
        return np.sort(order[:cut]), np.sort(order[cut:])

    def _encoded(self, X, y, weight=None):
        """Rows of inputs, rows of targets, the weight of each row."""
        X, y = np.asarray(X), _array(y)
        if not X.shape[:1] == y.shape[:1] != ():
            raise ValueError(f"X is {X.shape}, y {y.shape}: as many rows are needed")
        if not len(y):
            raise ValueError("no rows: X and y are empty")
        weight = _row_weights(weight, len(y))
        if y.ndim == 1:
            y = _labels(y)
            weight = weight * _class_weights(self.class_weight, y)
            return X, y[:, None], weight
        if y.dtype.kind not in "biuf":
            raise ValueError(f"y: expected numbers, got {y.dtype}")
        Y = y.reshape(len(y), -1)
        if self.class_weight is not None:
            y = np.asarray(Y[:, 0] > 0.5, int)
            if not np.array_equal(y[:, None], Y):
                remedy = "y of classes, 0 and 1"
                raise ValueError(f"class_weight needs {remedy}")
            weight = weight * _class_weights(self.class_weight, y)
        return X, Y, weight

    def _must_be_trained(self):
        if not hasattr(self, "theta_"):
            raise ValueError("this network is not trained yet: call fit")

    def _outputs(self, X):
        self._must_be_trained()
        return forward(self.theta_, _finite("X", _rows(self.theta_, "X", X, SIZES[0])))

    def predict_proba(self, X):
        """The probability of each class, (N, 2)."""
        yes = self._outputs(X)
        return np.hstack([1 - yes, yes])

    def predict(self, X):
        """The most probable class of each row."""
        return self.predict_proba(X).argmax(axis=1)

    def score(self, X, y, sample_weight=None):
        """The share of rows whose class is right."""
        X, Y, _ = self._encoded(X, y)
        right = self.predict(X) == (Y[:, 0] > 0.5)
        return float(np.average(right, weights=_row_weights(sample_weight, len(Y))))

    def save(self, path):
        """All of it in one .npz file, also what going on needs; an old file stays until then."""
        self._must_be_trained()
        state = self._state
        when = [state[name] for name in ("epoch", "t")] + list(state["best"][:2])
        given = self.get_params()
        given["class_weight"] = _whole_keys(self.class_weight)
        told = {"parameters": given, "history": self.history_}
        told |= {"began": state["began"], "when": when}
        stored = {f"array_{i}": array for i, array in enumerate(state["arrays"])}
        stored |= {"theta": self.theta_, "best": state["best"][2]}
        stored["told"] = json.dumps({**IDENTITY, **told}, default=np.generic.item)
        part = Path(f"{path}.part")
        try:
            with part.open("wb") as file:
                np.savez(file, **stored)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    @classmethod
    def load(cls, path):
        """What save wrote."""
        stored = _arrays(path)
        try:
            told = json.loads(str(stored.pop("told")))
            theta, best = stored.pop("theta"), stored.pop("best")
            parts = ("parameters", "history", "began", "when")
            given, history, began, when = [told.pop(name) for name in parts]
        except (KeyError, ValueError, AttributeError):
            raise ValueError(f"{path} was not written by save") from None
        for name, own in IDENTITY.items():
            if told.get(name) != own:
                has = f"{name} {told.get(name)}, not {own}"
                raise ValueError(f"{path} is of another network: {has}")
        arrays = [stored[name] for name in sorted(stored)]
        for array in (theta, best, *arrays):
            if array.shape != (13,) or not np.isfinite(array).all():
                raise ValueError(f"{path} is damaged: expected 13 finite numbers")
        given["class_weight"] = _whole_keys(given["class_weight"])  # text in JSON
        net = cls().set_params(**given)
        net._take(theta, history)
        epoch, t, cost, at = when
        net._state = {"epoch": epoch, "t": t, "arrays": arrays, "began": began}
        net._state["best"] = cost, at, best
        return net


def _slope(f, values, i, step):
    """d f / d values[i] from four values of f around it; values are left as they were."""
    here, found = values[i], []
    for shift in (-2, -1, 1, 2):
        values[i] = here + shift * step
        found.append(f())
    values[i] = here
    return (found[0] - 8 * found[1] + 8 * found[2] - found[3]) / (12 * step)


def check_gradient(seed=0):
    """Largest error against central differences of the cost, in float64.

    Up to 100 entries of theta and of X are moved; errors are relative to the largest
    entry of the gradient.  The better of two steps counts: the long one is more exact,
    the short one seldom meets a kink.
    """
    rng = np.random.default_rng(seed)
    theta = initial_parameters(seed, np.float64)
    theta += 0.1 * rng.standard_normal(theta.size)
    X, Y = rng.standard_normal((3, SIZES[0])), rng.random((3, SIZES[-1]))
    pairs = (theta, gradient(theta, X, Y)), (X, input_gradient(theta, X, Y))
    scale = max(np.abs(derived).max() for _, derived in pairs) or 1.0
    worst = 0.0
    for moved, derived in pairs:
        at, flat = moved.reshape(-1), derived.reshape(-1)
        for i in rng.permutation(flat.size)[:100]:
            slopes = [_slope(lambda: cost(theta, X, Y), at, i, h) for h in (1e-3, 1e-6)]
            worst = max(worst, min(abs(slope - flat[i]) for slope in slopes) / scale)
    return float(worst)


def _read(path, targets):
    """(X, y): arrays X and y of an .npz, or columns of a .csv, 2 inputs and then targets."""
    if path.endswith(".npz"):
        arrays = _arrays(path)
        missing = [name for name in ("X", "y")[: 1 + targets] if name not in arrays]
        if missing:
            there = ", ".join(arrays) or "none"
            raise ValueError(f"{path} has no array {missing[0]}, but {there}")
        return arrays["X"], arrays.get("y")
    table, first = _table(path)
    count, fitting = table.shape[1], (2, 3)[targets:]
    if count not in fitting:
        needed = " or ".join(map(str, fitting))
        inputs = "2 inputs" + ", then targets" * targets
        has = f"{count} columns, {short(first)}"
        raise ValueError(f"{path} has {has}, but needs {needed}: {inputs}")
    X, y = np.hsplit(table, [2])
    return X, y[:, 0] if y.shape[1] == 1 else y


def _table(path):
    """The rows of a .csv, and its first line, which may be one of names."""
    try:
        text = Path(path).read_text("utf-8-sig").replace('"', "")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is no text in UTF-8: {error}") from None
    lines = ["" if line[:1] == "#" else line.strip() for line in text.splitlines()]
    first = next(filter(None, lines), "")
    if None in map(_number, first.split(",")):
        lines[lines.index(first)] = ""  # names of the columns
    if not any(lines):
        raise ValueError(f"{path} has no rows")
    try:
        return _finite(path, np.loadtxt(lines, delimiter=",", ndmin=2)), first
    except ValueError:
        raise ValueError(f"{path}, {_misread(lines)}") from None


def _misread(lines):
    """The first line that is no row of finite numbers like those before it."""
    width = next(filter(None, lines)).count(",") + 1
    for number, line in enumerate(lines, 1):
        fields = line.split(",") if line else ["0"] * width
        if len(fields) != width:
            return f"line {number}: {len(fields)} columns after rows of {width}"
        numbers = [np.nan if (n := _number(f)) is None else n for f in fields]
        if not np.isfinite(numbers).all():
            break
    wrong = fields[int(np.isfinite(numbers).argmin())]
    return f"line {number}: {short(wrong)} is no finite number"


def _number(text):
    """The number that it is, nan where nothing stands, None for a name."""
    try:
        number = float(text or "nan")
    except ValueError:
        return None
    return number if text.isascii() and "_" not in text else None  # as NumPy reads


CODES = """\
exit codes: 0 good; 1 a gradient that disagrees, or numbers that ceased to be finite
(what was reached before is saved); 2 unusable input; 130 Ctrl-C (likewise)"""


def _arguments(words):
    """The words of the command line by name."""
    told = __doc__.splitlines()[0]
    parser = ArgumentParser(description=told, epilog=CODES)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check", help="compare the gradient with numeric derivatives")
    told = "train on DATA (.npz or .csv)"
    train = commands.add_parser("train", help=told, epilog=CODES)
    train.add_argument("data", metavar="DATA")
    told = "where the weights are saved"
    train.add_argument(
        "-o", "--output", required=True, metavar="WEIGHTS.npz", help=told
    )
    among = {"optimiser": OPTIMISERS, "schedule": SCHEDULES}
    for name, default in Network().get_params().items():
        if isinstance(default, (int, float, str)) and not isinstance(default, bool):
            flag = f"--{name.replace('_', '-')}"
            known = ", ".join(among.get(name, ()))
            told = f"{known} (default: {default}, or as resumed)"
            train.add_argument(flag, type=type(default), default=SUPPRESS, help=told)
    told = "epochs without a better validation cost before it stops"
    train.add_argument("--patience", type=int, default=SUPPRESS, help=told)
    train.add_argument("--quiet", action="store_true", help="no line an epoch")
    train.add_argument("--resume", metavar="WEIGHTS.npz", help="go on with a training")
    predict = commands.add_parser("predict", help="predictions for DATA, one a line")
    predict.add_argument("data", metavar="DATA")
    predict.add_argument("-w", "--weights", required=True, metavar="WEIGHTS.npz")
    plot = commands.add_parser("plot", help="the learning curve")
    plot.add_argument("weights", metavar="WEIGHTS.npz")
    plot.add_argument("-o", "--output", default="curve.png", metavar="PATH")
    return vars(parser.parse_args(words))


def _train(data, output, quiet, resume, **settings):
    """Train, and save what was reached: the exit code."""
    if Path(output).is_dir():
        raise ValueError(f"{output} is a folder, not a file for the weights")
    net = Network.load(resume) if resume else Network()
    net.set_params(**settings, verbose=not quiet)
    part = Path(f"{output}.part")
    part.touch()  # where nothing can be written is said before the training
    part.unlink()
    with catch_warnings():
        simplefilter("ignore", UserWarning)  # what it would say is said below
        net.fit(*_read(data, True), resume=bool(resume))
    net.save(output)
    code = {"": 0, INTERRUPTED: 130}.get(net.stopped_, 1)
    if code == 1:
        print(f"{net.stopped_}: what was before it is saved", file=sys.stderr)
    return code


def _plot(weights, output):
    """The costs of each epoch as curves."""
    history = Network.load(weights).history_
    if not history:
        raise ValueError(f"{weights} has no costs: no epoch was completed")
    from matplotlib.figure import Figure

    figure = Figure()
    axes = figure.subplots()
    for name, values in history.items():
        axes.plot(range(1, len(values) + 1), values, label=name)
    axes.set(xlabel="epoch", ylabel="cost")
    axes.legend()
    figure.savefig(output)


def main(words=None):
    """The command line; CODES says what it returns."""
    wanted = _arguments(words)
    command = wanted.pop("command")
    try:
        if command == "check":
            worst = check_gradient()
            print(f"largest relative error of the gradient: {worst:.1e}")
            return int(worst > 1e-6)
        if command == "train":
            return _train(**wanted)
        if command == "predict":
            X, _ = _read(wanted["data"], False)
            found = Network.load(wanted["weights"]).predict(X)
            np.savetxt(sys.stdout, found, fmt="%.9g", delimiter=",")
        else:
            _plot(**wanted)
    except (ValueError, OSError, ImportError) as error:
        print(f"{Path(sys.argv[0]).name}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
