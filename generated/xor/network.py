"""Backpropagation for xor, 2-3:tanh-1:sigmoid.

Cost of a row: binary-cross-entropy.

Every computed line is an equation of the notes: (number) label, shape of the result.
Rows of X and Y are samples, N is how many.  Do not edit: change the network, emit again.
"""

from itertools import pairwise

import numpy as np

SIZES = (2, 3, 1)
COMMAND = "derive code xor"


def initial_parameters(seed=0, dtype=np.float64):
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
    views, start = [], 0
    for m, n in pairwise(SIZES):
        block = theta[start : start + n * (m + 1)].reshape(n, m + 1)
        views.append((block[:, :m], block[:, m]))
        start += block.size
    return views


def sigmoid(Z):
    """The sigmoid of pre-activations, an array of the shape of Z."""
    return np.exp(-np.logaddexp(0, -Z))


def _forward_pass(theta, X):
    """Pre-activations Z and activations A of every layer.

    (61) forward-input-batch:  a^0_{sk} := x_{sk}
    (62) forward-z-batch, l = 1..2:  z^l_{sk}
        := sum_{j=1..n_{l-1}} w^l_{kj} a^{l-1}_{sj} + b^l_k
    (63) forward-a-tanh-batch:  a^1_{sk} := tanh(z^1_{sk})
    (64) forward-a-sigmoid-batch:  a^2_{sk} := σ(z^2_{sk})
    """
    (W_1, b_1), (W_2, b_2) = weights(theta)
    A_0 = X  # (61) forward-input-batch, (N, 2)
    Z_1 = A_0 @ W_1.T + b_1  # (62) forward-z-batch, (N, 3)
    A_1 = np.tanh(Z_1)  # (63) forward-a-tanh-batch, (N, 3)
    Z_2 = A_1 @ W_2.T + b_2  # (62) forward-z-batch, (N, 1)
    A_2 = sigmoid(Z_2)  # (64) forward-a-sigmoid-batch, (N, 1)
    return (Z_1, Z_2), (A_0, A_1, A_2)


def _backward_pass(theta, X, Y):
    """The errors Delta = dJ/dZ of every layer, and the activations below each.

    (73) delta-output-batch:  Δ^2 = 1/N (A^2 - Y)
    (78) delta-hidden-batch:  Δ^1 = tanh'(Z^1) ⊙ (Δ^2 W^2)
    (1) activation-derivative-tanh:  tanh'(z) = 1 - tanh(z)^2
    Slopes are computed so that no digits cancel where they are small.
    """
    (Z_1, _), (A_0, A_1, A_2) = _forward_pass(theta, X)
    _, (W_2, _) = weights(theta)
    N = len(X)
    Delta_2 = (A_2 - Y) / N  # (73) delta-output-batch, (N, 1)
    # (78) delta-hidden-batch, (N, 3)
    Delta_1 = 4 * np.exp(-2 * np.logaddexp(Z_1, -Z_1)) * (Delta_2 @ W_2)
    return (A_0, A_1), (Delta_1, Delta_2)


def _rows(theta, values, n):
    """The values in the dtype of theta; they must be rows of n numbers."""
    rows = np.asarray(values, theta.dtype)
    if rows.ndim != 2 or rows.shape[1] != n:
        raise ValueError(f"expected an array (N, {n}), got {rows.shape}")
    return rows


def _batch(theta, X, Y):
    """X and Y in the dtype of theta, with as many rows in one as in the other."""
    X, Y = _rows(theta, X, SIZES[0]), _rows(theta, Y, SIZES[-1])
    if len(X) != len(Y):
        raise ValueError(f"{len(X)} rows of X, but {len(Y)} of Y")
    return X, Y


def forward(theta, X):
    """The outputs, a fresh array (N, 1)."""
    return _forward_pass(theta, _rows(theta, X, SIZES[0]))[1][-1]


def cost(theta, X, Y):
    """The cost, a float.

    (65) cost-sample-batch:  C_s
        := -sum_{i=1..n_2} (y_{si} ln(a^2_{si}) + (1 - y_{si}) ln(1 - a^2_{si}))
    (66) cost-batch:  J := 1/N sum_{s=1..N} C_s
    """
    X, Y = _batch(theta, X, Y)
    (_, Z_2), _ = _forward_pass(theta, X)
    N = len(X)
    # (65) cost-sample-batch, (N,)
    C = (Y * np.logaddexp(0, -Z_2) + (1 - Y) * np.logaddexp(0, Z_2)).sum(axis=1)
    J = C.sum() / N  # (66) cost-batch
    return float(J)


def gradient(theta, X, Y):
    """d cost / d theta, in the layout of theta.

    (81) gradient-W-batch, l = 1..2:  ∂J/∂W^l = (Δ^l)^T A^{l-1}
    (84) gradient-b-batch, l = 1..2:  ∂J/∂b^l = (Δ^l)^T 1_N
    """
    X, Y = _batch(theta, X, Y)
    (A_0, A_1), (Delta_1, Delta_2) = _backward_pass(theta, X, Y)
    grad = np.empty_like(theta)
    (dW_1, db_1), (dW_2, db_2) = weights(grad)
    dW_1[:] = Delta_1.T @ A_0  # (81) gradient-W-batch, (3, 2)
    db_1[:] = Delta_1.sum(axis=0)  # (84) gradient-b-batch, (3,)
    dW_2[:] = Delta_2.T @ A_1  # (81) gradient-W-batch, (1, 3)
    db_2[:] = Delta_2.sum(axis=0)  # (84) gradient-b-batch, (1,)
    return grad


def input_gradient(theta, X, Y):
    """d cost / d X, (N, 2).

    (87) gradient-x-batch:  ∂J/∂X = Δ^1 W^1
    """
    X, Y = _batch(theta, X, Y)
    _, (Delta_1, _) = _backward_pass(theta, X, Y)
    (W_1, _), _ = weights(theta)
    dX = Delta_1 @ W_1  # (87) gradient-x-batch, (N, 2)
    return dX


def train(
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
    """Gradient descent on minibatches: the trained parameters; theta stays as it was.

    (90) gradient-theta-adam:  g_t := G(θ_{t-1})
    (91) start-m-adam:  m_0 := 0
    (92) start-v-adam:  v_0 := 0
    (93) update-m-adam:  m_t := β_1 m_{t-1} + (1 - β_1) g_t
    (94) update-v-adam:  v_t := β_2 v_{t-1} + (1 - β_2) g_t^2
    (95) update-m-hat-adam:  m̂_t := m_t/(1 - β_1^t)
    (96) update-v-hat-adam:  v̂_t := v_t/(1 - β_2^t)
    (97) update-theta-adam:  θ_t := θ_{t-1} - η m̂_t/(sqrt(v̂_t) + ϵ)
    """
    if optimiser not in ("sgd", "adam"):
        remedy = f"emit it: {COMMAND} --optimiser {optimiser}"
        raise ValueError(f"this file has no optimiser {optimiser!r}; {remedy}")
    theta = theta.copy()
    X, Y = _batch(theta, X, Y)
    rng = np.random.default_rng(seed)
    order = np.arange(len(X))
    m = np.zeros_like(theta)
    v = np.zeros_like(theta)
    t = 0
    for epoch in range(1, epochs + 1):
        if shuffle:
            rng.shuffle(order)
        for first in range(0, len(order), batch_size):
            rows = order[first : first + batch_size]
            if optimiser == "sgd":
                # (88, 89) update-W-batch, update-b-batch
                theta -= learning_rate * gradient(theta, X[rows], Y[rows])
            else:
                t += 1
                g = gradient(theta, X[rows], Y[rows])  # (90) gradient-theta-adam
                m[:] = beta1 * m + (1 - beta1) * g  # (93) update-m-adam
                v[:] = beta2 * v + (1 - beta2) * g**2  # (94) update-v-adam
                m_hat = m / (1 - beta1**t)  # (95) update-m-hat-adam
                v_hat = v / (1 - beta2**t)  # (96) update-v-hat-adam
                # (97) update-theta-adam
                theta -= learning_rate * m_hat / (np.sqrt(v_hat) + eps)
        if verbose:
            print(f"epoch {epoch}: cost {cost(theta, X, Y):.6f}")
    return theta


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


if __name__ == "__main__":
    print(f"largest relative error of the gradient: {check_gradient():.1e}")
