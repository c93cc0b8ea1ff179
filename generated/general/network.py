"""Backpropagation for fully connected networks of any depth.

    net = network((64, 32, 10), ("relu", "softmax"), "cross-entropy")
    theta = net.train(net.initial_parameters(), X, Y, epochs=5, ...)

One form for both styles of code: it loops over the layers.  Where speed counts, name the
widths: derive code 64-32-10 --style training.

Every computed line is an equation of the notes: (number) label, shape of the result.
Rows of X and Y are samples, N is how many.
"""

from itertools import pairwise
from numbers import Integral, Real
from warnings import warn

import numpy as np


def erfc(Z):
    """1 - erf(Z): (2/pi) z e^(-z^2) times the integral of e^(-t^2) / (z^2 + t^2)."""
    # the rule of 12 midpoints from 0 to 6 is exact but for the pole at t = iz
    size = np.abs(Z)
    square = size * size
    points = [n / 2 + 0.25 for n in range(12)]
    integral = sum(np.e ** (-t * t) / (square + t * t) for t in points)
    pole = 2 / (1 + np.exp(4 * np.pi * np.minimum(size, 6)))
    upper = size / np.pi * np.exp(-square) * integral + np.where(size < 6, pole, 0)
    return np.where(Z < 0, 2 - upper, upper)


def log_sum_exp(Z):
    """log(sum(exp(Z))) of each row of Z, (N, 1), with the largest entry taken out."""
    largest = Z.max(axis=1, keepdims=True)
    return largest + np.log(np.exp(Z - largest).sum(axis=1, keepdims=True))


def log_of_cosh(Z):
    """log(cosh(Z)), entry by entry: accurate near 0, and without overflow."""
    near = np.minimum(np.abs(Z), 40)
    beyond = np.maximum(np.abs(Z) - 40, 0)
    return np.log1p(2 * np.sinh(near / 2) ** 2) + beyond


def log_of_softplus(Z):
    """log(log(1 + exp(Z))), entry by entry, also where exp(Z) vanishes beside 1."""
    near = np.maximum(Z, -40)
    beyond = np.minimum(Z + 40, 0)
    return np.log(np.logaddexp(0, near)) + beyond


def identity(Z):
    """The identity of pre-activations, an array of the shape of Z."""
    return Z


def identity_error(Z, A, dA):
    """dJ/dZ from dJ/dA where A is the identity of Z."""
    return dA


def sigmoid(Z):
    """The sigmoid of pre-activations, an array of the shape of Z."""
    return np.exp(-np.logaddexp(0, -Z))


def sigmoid_error(Z, A, dA):
    """dJ/dZ from dJ/dA where A is the sigmoid of Z."""
    return A * np.exp(-np.logaddexp(0, Z)) * dA


def tanh(Z):
    """The tanh of pre-activations, an array of the shape of Z."""
    return np.tanh(Z)


def tanh_error(Z, A, dA):
    """dJ/dZ from dJ/dA where A is the tanh of Z."""
    return 4 * np.exp(-2 * np.logaddexp(Z, -Z)) * dA


def relu(Z):
    """The relu of pre-activations, an array of the shape of Z."""
    return np.maximum(0, Z)


def relu_error(Z, A, dA):
    """dJ/dZ from dJ/dA where A is the relu of Z."""
    return (Z > 0) * dA


def leaky_relu(Z):
    """The leaky-relu of pre-activations, an array of the shape of Z."""
    return np.where(Z > 0, Z, Z / 100)


def leaky_relu_error(Z, A, dA):
    """dJ/dZ from dJ/dA where A is the leaky-relu of Z."""
    return np.where(Z > 0, 1, 0.01).astype(Z.dtype) * dA


def hard_sigmoid(Z):
    """The hard-sigmoid of pre-activations, an array of the shape of Z."""
    return np.where(Z <= -3, 0, np.where(Z >= 3, 1, Z / 6 + 1 / 2))


def hard_sigmoid_error(Z, A, dA):
    """dJ/dZ from dJ/dA where A is the hard-sigmoid of Z."""
    return np.where(Z <= -3, 0, np.where(Z >= 3, 0, 1 / 6)).astype(Z.dtype) * dA


def softsign(Z):
    """The softsign of pre-activations, an array of the shape of Z."""
    return Z / (1 + np.abs(Z))


def softsign_error(Z, A, dA):
    """dJ/dZ from dJ/dA where A is the softsign of Z."""
    return dA / (1 + np.abs(Z)) ** 2


def elu(Z):
    """The elu of pre-activations, an array of the shape of Z."""
    return np.where(Z > 0, Z, np.expm1(np.minimum(Z, 0)))


def elu_error(Z, A, dA):
    """dJ/dZ from dJ/dA where A is the elu of Z."""
    return np.where(Z > 0, 1, np.exp(np.minimum(Z, 0))) * dA


def selu(Z):
    """The selu of pre-activations, an array of the shape of Z."""
    step_1 = np.where(Z > 0, Z, 1.6732632423543772 * np.expm1(np.minimum(Z, 0)))
    return 1.0507009873554805 * step_1


def selu_error(Z, A, dA):
    """dJ/dZ from dJ/dA where A is the selu of Z."""
    step_1 = 1.7580993408473768 * np.exp(np.minimum(Z, 0))
    return np.where(Z > 0, 1.0507009873554805, step_1) * dA


def softplus(Z):
    """The softplus of pre-activations, an array of the shape of Z."""
    return np.logaddexp(0, Z)


def softplus_error(Z, A, dA):
    """dJ/dZ from dJ/dA where A is the softplus of Z."""
    return np.exp(-np.logaddexp(0, -Z)) * dA


def gelu(Z):
    """The gelu of pre-activations, an array of the shape of Z."""
    return Z * erfc(-Z / 2**0.5) / 2


def gelu_error(Z, A, dA):
    """dJ/dZ from dJ/dA where A is the gelu of Z."""
    step_1 = Z * np.exp(-((Z / 2**0.5) ** 2)) / (np.pi**0.5 * 2**0.5)
    return (0.5 * erfc(-Z / 2**0.5) + step_1) * dA


def gelu_tanh(Z):
    """The gelu-tanh of pre-activations, an array of the shape of Z."""
    step_1 = -np.logaddexp(0, -2 * (2 / np.pi) ** 0.5 * (Z + 0.044715 * Z**3))
    return 2 * Z * np.exp(step_1) / 2


def gelu_tanh_error(Z, A, dA):
    """dJ/dZ from dJ/dA where A is the gelu-tanh of Z."""
    step_1 = -np.logaddexp(0, -2 * (2 / np.pi) ** 0.5 * (Z + 0.044715 * Z**3))
    step_2 = -((2 / np.pi) ** 0.5) * (Z + 0.044715 * Z**3)
    step_3 = -2 * np.logaddexp((2 / np.pi) ** 0.5 * (Z + 0.044715 * Z**3), step_2)
    step_4 = 4 * Z * np.exp(step_3) * (2 / np.pi) ** 0.5 * (1 + 0.134145 * Z**2)
    return 0.5 * (2 * np.exp(step_1) + step_4) * dA


def silu(Z):
    """The silu of pre-activations, an array of the shape of Z."""
    return Z * np.exp(-np.logaddexp(0, -Z))


def silu_error(Z, A, dA):
    """dJ/dZ from dJ/dA where A is the silu of Z."""
    return np.exp(-np.logaddexp(0, -Z)) * (1 + Z - A) * dA


def mish(Z):
    """The mish of pre-activations, an array of the shape of Z."""
    return Z * np.tanh(np.logaddexp(0, Z))


def mish_error(Z, A, dA):
    """dJ/dZ from dJ/dA where A is the mish of Z."""
    step_1 = 2 * np.logaddexp(np.logaddexp(0, Z), -np.logaddexp(0, Z))
    step_2 = 4 * Z * np.exp(-(step_1 + np.logaddexp(0, -Z)))
    return (np.tanh(np.logaddexp(0, Z)) + step_2) * dA


def softmax(Z):
    """The softmax of pre-activations, an array of the shape of Z."""
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


def softmax_error(Z, A, dA):
    """dJ/dZ from dJ/dA where A is the softmax of Z."""
    return A * (dA - (A * dA).sum(axis=1, keepdims=True))


def half_squared_error(Z, A, Y):
    """The half-squared-error of each row."""
    return ((A - Y) ** 2).sum(axis=1) / 2


def half_squared_error_gradient(Z, A, Y, N):
    """dJ/dA."""
    return (A - Y) / N


def squared_error(Z, A, Y):
    """The squared-error of each row."""
    return ((A - Y) ** 2).sum(axis=1)


def squared_error_gradient(Z, A, Y, N):
    """dJ/dA."""
    return 2 * (A - Y) / N


def mean_squared_error(Z, A, Y):
    """The mean-squared-error of each row."""
    return ((A - Y) ** 2).sum(axis=1) / Y.shape[1]


def mean_squared_error_gradient(Z, A, Y, N):
    """dJ/dA."""
    return 2 * (A - Y) / (N * Y.shape[1])


def mean_absolute_error(Z, A, Y):
    """The mean-absolute-error of each row."""
    return np.abs(A - Y).sum(axis=1) / Y.shape[1]


def mean_absolute_error_gradient(Z, A, Y, N):
    """dJ/dA."""
    return np.sign(A - Y) / N / Y.shape[1]


def huber(Z, A, Y):
    """The huber of each row."""
    step_1 = np.where(np.abs(A - Y) <= 1, (A - Y) ** 2 / 2, np.abs(A - Y) - 1 / 2)
    return step_1.sum(axis=1)


def huber_gradient(Z, A, Y, N):
    """dJ/dA."""
    return np.where(np.abs(A - Y) <= 1, A - Y, np.sign(A - Y)) / N


def log_cosh(Z, A, Y):
    """The log-cosh of each row."""
    return log_of_cosh(A - Y).sum(axis=1)


def log_cosh_gradient(Z, A, Y, N):
    """dJ/dA."""
    return np.tanh(A - Y) / N


def hinge(Z, A, Y):
    """The hinge of each row."""
    return np.maximum(0, 1 - A * Y).sum(axis=1)


def hinge_gradient(Z, A, Y, N):
    """dJ/dA."""
    return -Y * (1 - A * Y > 0) / N


def sigmoid_binary_cross_entropy(Z, A, Y):
    """The binary-cross-entropy of each row from the pre-activations of a sigmoid."""
    return (Y * np.logaddexp(0, -Z) + (1 - Y) * np.logaddexp(0, Z)).sum(axis=1)


def sigmoid_binary_cross_entropy_error(Z, A, Y, N):
    """dJ/dZ."""
    return (A - Y) / N


def sigmoid_cross_entropy(Z, A, Y):
    """The cross-entropy of each row from the pre-activations of a sigmoid."""
    return (Y * np.logaddexp(0, -Z)).sum(axis=1)


def sigmoid_cross_entropy_error(Z, A, Y, N):
    """dJ/dZ."""
    return -Y * np.exp(-np.logaddexp(Z, 0)) / N


def softplus_cross_entropy(Z, A, Y):
    """The cross-entropy of each row from the pre-activations of a softplus."""
    return -(Y * log_of_softplus(Z)).sum(axis=1)


def softplus_cross_entropy_error(Z, A, Y, N):
    """dJ/dZ."""
    return -Y * np.exp(-np.logaddexp(log_of_softplus(Z), log_of_softplus(Z) - Z)) / N


def softmax_cross_entropy(Z, A, Y):
    """The cross-entropy of each row from the pre-activations of a softmax."""
    return -(Y * (Z - log_sum_exp(Z))).sum(axis=1)


def softmax_cross_entropy_error(Z, A, Y, N):
    """dJ/dZ."""
    return (A * Y.sum(axis=1, keepdims=True) - Y) / N


def sigmoid_poisson(Z, A, Y):
    """The poisson of each row from the pre-activations of a sigmoid."""
    return (A + Y * np.logaddexp(0, -Z)).sum(axis=1)


def sigmoid_poisson_error(Z, A, Y, N):
    """dJ/dZ."""
    return np.exp(-np.logaddexp(Z, 0)) * (np.exp(-np.logaddexp(0, -Z)) - Y) / N


def softplus_poisson(Z, A, Y):
    """The poisson of each row from the pre-activations of a softplus."""
    return (A - Y * log_of_softplus(Z)).sum(axis=1)


def softplus_poisson_error(Z, A, Y, N):
    """dJ/dZ."""
    step_1 = -Y * np.exp(-np.logaddexp(log_of_softplus(Z), log_of_softplus(Z) - Z))
    return np.exp(-np.logaddexp(0, -Z)) / N + step_1 / N


def sigmoid_kl(Z, A, Y):
    """The kl of each row from the pre-activations of a sigmoid."""
    return (Y * np.log(np.where(Y > 0, Y, 1)) + Y * np.logaddexp(0, -Z)).sum(axis=1)


def sigmoid_kl_error(Z, A, Y, N):
    """dJ/dZ."""
    return -Y * np.exp(-np.logaddexp(Z, 0)) / N


def softplus_kl(Z, A, Y):
    """The kl of each row from the pre-activations of a softplus."""
    return (Y * np.log(np.where(Y > 0, Y, 1)) - Y * log_of_softplus(Z)).sum(axis=1)


def softplus_kl_error(Z, A, Y, N):
    """dJ/dZ."""
    return -Y * np.exp(-np.logaddexp(log_of_softplus(Z), log_of_softplus(Z) - Z)) / N


def softmax_kl(Z, A, Y):
    """The kl of each row from the pre-activations of a softmax."""
    return (Y * np.log(np.where(Y > 0, Y, 1)) - Y * (Z - log_sum_exp(Z))).sum(axis=1)


def softmax_kl_error(Z, A, Y, N):
    """dJ/dZ."""
    return (A * Y.sum(axis=1, keepdims=True) - Y) / N


ACTIVATIONS = {
    "identity": (identity, identity_error),
    "sigmoid": (sigmoid, sigmoid_error),
    "tanh": (tanh, tanh_error),
    "relu": (relu, relu_error),
    "leaky-relu": (leaky_relu, leaky_relu_error),
    "hard-sigmoid": (hard_sigmoid, hard_sigmoid_error),
    "softsign": (softsign, softsign_error),
    "elu": (elu, elu_error),
    "selu": (selu, selu_error),
    "softplus": (softplus, softplus_error),
    "gelu": (gelu, gelu_error),
    "gelu-tanh": (gelu_tanh, gelu_tanh_error),
    "silu": (silu, silu_error),
    "mish": (mish, mish_error),
    "softmax": (softmax, softmax_error),
}
COSTS = {
    "half-squared-error": (half_squared_error, half_squared_error_gradient),
    "squared-error": (squared_error, squared_error_gradient),
    "mean-squared-error": (mean_squared_error, mean_squared_error_gradient),
    "mean-absolute-error": (mean_absolute_error, mean_absolute_error_gradient),
    "huber": (huber, huber_gradient),
    "log-cosh": (log_cosh, log_cosh_gradient),
    "hinge": (hinge, hinge_gradient),
}
PAIRS = {
    ("sigmoid", "binary-cross-entropy"): (
        sigmoid_binary_cross_entropy,
        sigmoid_binary_cross_entropy_error,
    ),
    ("sigmoid", "cross-entropy"): (
        sigmoid_cross_entropy,
        sigmoid_cross_entropy_error,
    ),
    ("softplus", "cross-entropy"): (
        softplus_cross_entropy,
        softplus_cross_entropy_error,
    ),
    ("softmax", "cross-entropy"): (
        softmax_cross_entropy,
        softmax_cross_entropy_error,
    ),
    ("sigmoid", "poisson"): (
        sigmoid_poisson,
        sigmoid_poisson_error,
    ),
    ("softplus", "poisson"): (
        softplus_poisson,
        softplus_poisson_error,
    ),
    ("sigmoid", "kl"): (
        sigmoid_kl,
        sigmoid_kl_error,
    ),
    ("softplus", "kl"): (
        softplus_kl,
        softplus_kl_error,
    ),
    ("softmax", "kl"): (
        softmax_kl,
        softmax_kl_error,
    ),
}
VARIANCES = {
    "identity": lambda m, n: 1 / m,  # LeCun
    "sigmoid": lambda m, n: 2 / (m + n),  # Glorot
    "tanh": lambda m, n: 2 / (m + n),  # Glorot
    "relu": lambda m, n: 2 / m,  # He
    "leaky-relu": lambda m, n: 1 / m,  # LeCun
    "hard-sigmoid": lambda m, n: 1 / m,  # LeCun
    "softsign": lambda m, n: 1 / m,  # LeCun
    "elu": lambda m, n: 1 / m,  # LeCun
    "selu": lambda m, n: 1 / m,  # LeCun
    "softplus": lambda m, n: 1 / m,  # LeCun
    "gelu": lambda m, n: 1 / m,  # LeCun
    "gelu-tanh": lambda m, n: 1 / m,  # LeCun
    "silu": lambda m, n: 1 / m,  # LeCun
    "mish": lambda m, n: 1 / m,  # LeCun
    "softmax": lambda m, n: 1 / m,  # LeCun
}


def _slope(f, values, i, step):
    """d f / d values[i] from four values of f around it; values are left as they were."""
    here, found = values[i], []
    for shift in (-2, -1, 1, 2):
        values[i] = here + shift * step
        found.append(f())
    values[i] = here
    return (found[0] - 8 * found[1] + 8 * found[2] - found[3]) / (12 * step)


def _whole(name, value, least):
    """Refuses what is not a whole number from least."""
    if not isinstance(value, Integral) or value < least:
        raise ValueError(f"{name} is {value!r}; a whole number from {least} is needed")


def _number(name, value, holds, expected):
    """Refuses what is not a number of which this holds."""
    if not isinstance(value, Real) or not holds(value):
        raise ValueError(f"{name} is {value!r}; {expected} is needed")


def network(sizes, activations=None, cost="half-squared-error", l2=0.0):
    """A network with these widths (n_0, ..., n_L), an activation for each layer 1..L.

    Not given: relu inside and identity in the last layer.  Strength of the
    penalty on the weights: l2.
    """
    if len(sizes) < 2:
        raise ValueError(f"sizes are {sizes!r}, but two widths or more are needed")
    for size in sizes:
        _whole("a width", size, 1)
    _number("l2", l2, lambda v: 0 <= v < np.inf, "a number from 0")
    if activations is None:
        activations = ("relu",) * (len(sizes) - 2) + ("identity",)
    if len(activations) != len(sizes) - 1:
        wanted, given = len(sizes) - 1, len(activations)
        raise ValueError(f"{wanted} activations are needed, {given} were given")
    for name in activations:
        if name not in ACTIVATIONS:
            raise ValueError(f"no activation {name!r}; one of {', '.join(ACTIVATIONS)}")
    if cost not in COSTS and (activations[-1], cost) not in PAIRS:
        fitting = [*COSTS, *(c for a, c in PAIRS if a == activations[-1])]
        message = f"no cost {cost!r} for {activations[-1]}"
        raise ValueError(f"{message}; one of {', '.join(fitting)}")
    return _Network(tuple(sizes), tuple(activations), cost, l2)


class _Network:
    """A network; W[l], b[l], Z[l], A[l], Delta[l] are those of layer l."""

    def __init__(self, sizes, activations, cost, l2):
        self.SIZES, self.L = sizes, len(sizes) - 1
        self.count = sum(n * (m + 1) for m, n in pairwise(sizes))
        self.l2 = l2
        self.names, self.f = activations, (None, *(ACTIVATIONS[a] for a in activations))
        self.pair = PAIRS.get((activations[-1], cost))
        self.cost_of_rows, self.cost_gradient = self.pair or COSTS[cost]

    def initial_parameters(self, seed=0, dtype=np.float64):
        """A fresh theta: normal weights, their variance by activation; biases 0."""
        rng = np.random.default_rng(seed)
        pairs = list(pairwise(self.SIZES))
        theta = np.zeros(self.count, dtype)
        for (W, _), name, (m, n) in zip(self.weights(theta), self.names, pairs):
            W[:] = np.sqrt(VARIANCES[name](m, n)) * rng.standard_normal(W.shape)
        return theta

    def weights(self, theta):
        """[(W_1, b_1), ...]: writable views, W_l (n_l, n_(l-1)), b_l (n_l,).

        theta holds, layer by layer, the rows of [W_l | b_l].
        """
        views, start = [], 0
        for m, n in pairwise(self.SIZES):
            block = theta[start : start + n * (m + 1)].reshape(n, m + 1)
            views.append((block[:, :m], block[:, m]))
            start += block.size
        return views

    def _layers(self, theta):
        """(W, b): the views by layer, from 1."""
        W, b = zip(*self.weights(theta))
        return (None, *W), (None, *b)

    def _rows(self, theta, values, n):
        """The values as rows of n numbers, in the dtype of theta."""
        if getattr(theta, "shape", None) != (self.count,) or theta.dtype.kind != "f":
            raise ValueError(f"theta must be a vector of {self.count} floats")
        rows = np.asarray(values)
        if rows.dtype.kind not in "biuf":
            raise ValueError(f"expected numbers, (N, {n}), got {rows.dtype}")
        rows = rows.astype(theta.dtype, copy=False)
        if rows.ndim != 2 or rows.shape[1] != n:
            raise ValueError(f"expected an array (N, {n}), got {rows.shape}")
        return rows

    def _batch(self, theta, X, Y):
        """X and Y in the dtype of theta, with as many rows in one as in the other."""
        X = self._rows(theta, X, self.SIZES[0])
        Y = self._rows(theta, Y, self.SIZES[-1])
        if len(X) != len(Y):
            raise ValueError(f"{len(X)} rows of X, but {len(Y)} of Y")
        return X, Y

    def _forward_pass(self, theta, X):
        """Pre-activations and activations of every layer.

        (76) forward-z-batch, l = 1..L:  z^l_{sk}
            := sum_{j=1..n_{l-1}} w^l_{kj} a^{l-1}_{sj} + b^l_k
        (77) forward-a-batch, l = 1..L:  a^l_{sk} := f_l(z^l_{sk})
        """
        W, b = self._layers(theta)
        Z, A = [None] * (self.L + 1), [X] + [None] * self.L
        for l in range(1, self.L + 1):
            Z[l] = A[l - 1] @ W[l].T + b[l]  # (76) forward-z-batch, (N, n_l)
            function, _ = self.f[l]
            A[l] = function(Z[l])  # (77) forward-a-batch, (N, n_l)
        return Z, A

    def _backward_pass(self, theta, X, Y):
        """The errors Delta = dJ/dZ of every layer, and the activations.

        (85) delta-output-batch:  Δ^L, by the cost and the last activation
        (90) delta-hidden-batch, l = 1..L - 1:  Δ^l = f_l'(Z^l) ⊙ (Δ^{l+1} W^{l+1})
        """
        Z, A = self._forward_pass(theta, X)
        W, _ = self._layers(theta)
        Delta, dA = [None] * (self.L + 1), [None] * (self.L + 1)
        # (85) delta-output-batch, (N, n_L)
        slope = self.cost_gradient(Z[self.L], A[self.L], Y, len(X))
        if self.pair:  # activation and cost fuse: this is dJ/dZ already
            Delta[self.L] = slope
        else:
            _, error = self.f[self.L]
            Delta[self.L] = error(Z[self.L], A[self.L], slope)
        for l in range(self.L - 1, 0, -1):
            dA[l] = Delta[l + 1] @ W[l + 1]  # (88) delta-hidden-batch/fan-out, (N, n_l)
            _, error = self.f[l]
            Delta[l] = error(Z[l], A[l], dA[l])  # (90) delta-hidden-batch, (N, n_l)
        return A, Delta

    def gradient(self, theta, X, Y):
        """d cost / d theta, in the layout of theta.

        (125) penalty-gradient-batch, l = 1..L:  ∂Ĵ/∂W^l = (Δ^l)^T A^{l-1} + λ W^l
        (96) gradient-b-batch, l = 1..L:  ∂J/∂b^l = (Δ^l)^T 1_N
        """
        A, Delta = self._backward_pass(theta, *self._batch(theta, X, Y))
        W, _ = self._layers(theta)
        grad = np.empty_like(theta)
        dW, db = self._layers(grad)
        for l in range(1, self.L + 1):
            # (125) penalty-gradient-batch, (n_l, n_(l-1))
            dW[l][:] = Delta[l].T @ A[l - 1] + self.l2 * W[l]
            db[l][:] = Delta[l].sum(axis=0)  # (96) gradient-b-batch, (n_l,)
        return grad

    def input_gradient(self, theta, X, Y):
        """d cost / d X.

        (99) gradient-x-batch:  ∂J/∂X = Δ^1 W^1
        """
        _, Delta = self._backward_pass(theta, *self._batch(theta, X, Y))
        W, _ = self._layers(theta)
        dX = Delta[1] @ W[1]  # (99) gradient-x-batch, (N, n_0)
        return dX

    def forward(self, theta, X):
        """The outputs, a fresh array (N, n_L)."""
        return self._forward_pass(theta, self._rows(theta, X, self.SIZES[0]))[1][-1]

    def cost(self, theta, X, Y):
        """The cost, a float.

        (78) cost-sample-batch:  C_s, by the function of the cost
        (79) cost-batch:  J := 1/N sum_{s=1..N} C_s
        (121) cost-penalty-penalty-batch:  Ĵ
            := J + λ/2 sum_{l=1..L} sum_{k=1..n_l} sum_{j=1..n_{l-1}} (w^l_{kj})^2
        """
        X, Y = self._batch(theta, X, Y)
        Z, A = self._forward_pass(theta, X)
        N = len(X)
        # (78) cost-sample-batch, (N,)
        C = self.cost_of_rows(Z[-1], A[-1], Y)
        J = C.sum() / N  # (79) cost-batch
        # (121) cost-penalty-penalty-batch
        J_hat = J + self.l2 * sum((W**2).sum() for W, _ in self.weights(theta)) / 2
        return float(J_hat)

    @np.errstate(all="ignore")  # what is not finite is looked for after each epoch
    def train(
        self,
        theta,
        X,
        Y,
        *,
        epochs,
        batch_size,
        learning_rate,
        optimiser="sgd",
        shuffle=True,
        seed=0,
        verbose=True,
        beta1=0.9,
        beta2=0.999,
        eps=1e-8,
    ):
        """Gradient descent on minibatches: the trained parameters; theta stays.

        Where numbers cease to be finite it stops, with those of the last whole epoch.

        (164) gradient-theta-adam:  g_t := G(θ_{t-1})
        (165) start-m-adam:  m_0 := 0
        (166) start-v-adam:  v_0 := 0
        (167) update-m-adam:  m_t := β_1 m_{t-1} + (1 - β_1) g_t
        (168) update-v-adam:  v_t := β_2 v_{t-1} + (1 - β_2) g_t^2
        (169) update-m-hat-adam:  m̂_t := m_t/(1 - β_1^t)
        (170) update-v-hat-adam:  v̂_t := v_t/(1 - β_2^t)
        (171) update-theta-adam:  θ_t := θ_{t-1} - η m̂_t/(sqrt(v̂_t) + ϵ)
        """
        if optimiser not in ("sgd", "adam"):
            command = "derive code general"
            remedy = f"emit it: {command} --optimiser {optimiser}"
            raise ValueError(f"this file has no optimiser {optimiser!r}; {remedy}")
        _whole("epochs", epochs, 0)
        _whole("batch_size", batch_size, 1)
        _whole("seed", seed, 0)
        _number("learning_rate", learning_rate, lambda v: 0 < v < np.inf, "one above 0")
        X, Y = self._batch(theta, X, Y)
        if batch_size > len(X):
            raise ValueError(f"batch_size is {batch_size}, but there are {len(X)} rows")
        for name, values in (("theta", theta), ("X", X), ("Y", Y)):
            if not np.isfinite(values).all():
                raise ValueError(f"{name} has a number that is not finite")
        theta = theta.copy()
        rng, order = np.random.default_rng(seed), np.arange(len(X))
        m = np.zeros_like(theta)
        v = np.zeros_like(theta)
        t = 0
        for epoch in range(1, epochs + 1):
            before = theta.copy()
            if shuffle:
                rng.shuffle(order)
            for first in range(0, len(order), batch_size):
                rows = order[first : first + batch_size]
                batch = X[rows], Y[rows]
                if optimiser == "sgd":
                    # (100, 101) update-W-batch, update-b-batch
                    theta -= learning_rate * self.gradient(theta, *batch)
                else:
                    t += 1
                    g = self.gradient(theta, *batch)  # (164) gradient-theta-adam
                    m[:] = beta1 * m + (1 - beta1) * g  # (167) update-m-adam
                    v[:] = beta2 * v + (1 - beta2) * g**2  # (168) update-v-adam
                    m_hat = m / (1 - beta1**t)  # (169) update-m-hat-adam
                    v_hat = v / (1 - beta2**t)  # (170) update-v-hat-adam
                    # (171) update-theta-adam
                    theta -= learning_rate * m_hat / (np.sqrt(v_hat) + eps)
            if not np.isfinite(theta).all():
                warn(f"not finite in epoch {epoch}: the parameters before it are kept")
                return before
            if verbose:
                print(f"epoch {epoch}: cost {self.cost(theta, X, Y):.6f}")
        return theta

    def check_gradient(self, seed=0):
        """Largest error against central differences of the cost, in float64.

        Up to 100 entries of theta and of X are moved; errors are relative to the
        largest entry of the gradient.  The better of two steps counts: the long one
        is more exact, the short one seldom meets a kink.
        """
        rng = np.random.default_rng(seed)
        theta = self.initial_parameters(seed, np.float64)
        theta += 0.1 * rng.standard_normal(theta.size)
        X, Y = rng.standard_normal((3, self.SIZES[0])), rng.random((3, self.SIZES[-1]))
        slopes = self.gradient(theta, X, Y), self.input_gradient(theta, X, Y)
        scale = max(np.abs(derived).max() for derived in slopes) or 1.0
        worst = 0.0
        for moved, derived in zip((theta, X), slopes):
            at, flat = moved.reshape(-1), derived.reshape(-1)
            for i in rng.permutation(flat.size)[:100]:
                errors = [
                    abs(_slope(lambda: self.cost(theta, X, Y), at, i, step) - flat[i])
                    for step in (1e-3, 1e-6)
                ]
                worst = max(worst, min(errors) / scale)
        return float(worst)


if __name__ == "__main__":
    for net in (network((5, 4, 3)), network((5, 4, 3), ("tanh", "softmax"), l2=0.1)):
        print(f"largest relative error of the gradient: {net.check_gradient():.1e}")
