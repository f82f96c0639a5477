"""Linear predictors, probabilities and log losses of batches, without overflow for any finite predictor."""

from __future__ import annotations

import numpy as np


def linear(x: np.ndarray, params: np.ndarray) -> np.ndarray:
    """Linear predictor η = b₀ + x b for x (n, p): (n,) for params (p+1,), (n, k) for k classes' params (k, p+1).

    The intercept comes first; NaN in params, an aliased coefficient, counts as 0.
    """
    b = np.nan_to_num(np.asarray(params, dtype=np.float64), nan=0.0)
    return np.asarray(x @ b[..., 1:].T + b[..., 0])


def sigmoid(eta: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-η)), of any shape.

    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    small = np.exp(-np.abs(eta))
    return np.asarray(np.where(np.asarray(eta) >= 0, 1.0, small) / (1.0 + small))


def probabilities(x: np.ndarray, params: np.ndarray, reference: int | None = None) -> np.ndarray:
    """Probabilities of the model for x (n, p).

    Binary, params (p+1,): (n,), the probability of class 1. Multinomial, params (K-1, p+1) of the classes other than
    `reference` (default: the last) in their order: (n, K), the rows sum to 1.
    """
    eta = linear(x, params)
    return sigmoid(eta) if eta.ndim == 1 else softmax_with_reference(eta, reference)


def softmax_with_reference(eta: np.ndarray, reference: int | None = None) -> np.ndarray:
    """Probabilities (n, K) from predictors (n, K-1) of the classes other than `reference`, whose own predictor is 0."""
    k = eta.shape[1]
    full = np.insert(eta, k if reference is None else reference, 0.0, axis=1)
    full = full - full.max(axis=1, keepdims=True)
    np.exp(full, out=full)
    full /= full.sum(axis=1, keepdims=True)
    return np.asarray(full)


def log_loss(eta: np.ndarray, y: np.ndarray, weight: np.ndarray | None = None) -> float:
    """Mean of -log p(y) in nats, from linear predictors: (n,) and y of 0 and 1, or (n, K) of all classes and codes y.

    No rows give NaN. Taken from predictors it stays finite where a probability rounds to 0.

    >>> round(log_loss(np.array([0.0, -800.0]), np.array([1, 1])), 4)
    400.3466
    """
    if len(eta) == 0:
        return float("nan")
    if eta.ndim == 1:
        signed = np.where(y == 1, -eta, eta)
        lost = np.logaddexp(0.0, signed)
    else:
        top = eta.max(axis=1)
        lost = top + np.log(np.exp(eta - top[:, None]).sum(axis=1)) - eta[np.arange(len(eta)), y]
    return float(np.average(lost, weights=weight))
