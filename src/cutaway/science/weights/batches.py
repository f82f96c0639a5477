"""Dividing each batch by its own sum of weights: why that is no mere learning rate.

Let a batch have B rows, of which k are positive: k is binomial (B, π). Divided by N the batch's gradient is on average
(w₁ π g₁ + w₀ (1 - π) g₀), whatever B is. Divided by its sum of weights it is A g₁ + (1 - A) g₀, where

    A = E[w₁ k / (w₁ k + w₀ (B - k))],

the expected share of the weight that positives hold. The ratio is concave in k for w₁ > w₀, so A is smaller than the
share π w₁ / (π w₁ + (1 - π) w₀) of the whole data: small batches take weights back. With B = 1 the weight cancels and
A = π: no weight is left at all. So the two reductions have different minima unless B is large, and no learning rate
turns one into the other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.weights.effects import _rows, _shares


def batch_prior(class_weight: Sequence[float], prior: float, batch: int, *, method: str = "exact") -> float:
    """A: the base rate that a fit behaves as if it saw, when every batch is divided by its own sum of weights.

    Args:
        class_weight: (w₀, w₁).
        prior: the share π of positives, between 0 and 1.
        batch: rows B in a batch, drawn at random.
        method: "exact" sums over the binomial distribution of k; "delta" is the second-order expansion about its mean,
            a + f''(Bπ) B π (1 - π) / 2 with f(k) = w₁ k / (w₁ k + w₀ (B - k)), for B π of 5 or
            more (0.476 for 0.475 at B π = 5).

    Raises: InputError for weights that are not two numbers above 0, π outside (0, 1) or B below 1.

    >>> round(batch_prior([1.0, 49.0], 0.02, 32), 4), round(batch_prior([1.0, 49.0], 0.02, 1), 4)
    (0.3141, 0.02)
    """
    w, shares, k, chance = _binomial(class_weight, prior, batch, "batch_prior")
    w0, w1 = float(w[0]), float(w[1])
    if method == "exact":
        return float(chance @ (w1 * k / (w1 * k + w0 * (batch - k))))
    if method != "delta":
        raise InputError(f"method: batch_prior expected 'exact' or 'delta', got {method!r}")
    pi = float(shares[1])
    mean = w1 * pi + w0 * (1 - pi)
    return w1 * pi / mean + w0 * w1 * (w0 - w1) * pi * (1 - pi) / (batch * mean**3)


def batch_weight_ratio(class_weight: Sequence[float], prior: float, batch: int) -> float:
    """The ratio w₁ / w₀ that a "weighted mean" over batches really gives: the odds of A over the odds of π.

    Between 1 (a batch of one row) and w₁ / w₀ (a batch of all rows). Passing it to a loss that divides by N gives, on
    average over batches, the same direction at every point, so the same minimum.

    Raises: InputError as `batch_prior`.

    >>> round(batch_weight_ratio([1.0, 49.0], 0.02, 32), 2), round(batch_weight_ratio([1.0, 49.0], 0.02, 1), 2)
    (22.44, 1.0)
    """
    share = batch_prior(class_weight, prior, batch)
    return share / (1 - share) * (1 - prior) / prior


def expected_inverse_weight(class_weight: Sequence[float], prior: float, batch: int, *, method: str = "exact") -> float:
    """E[B / Σw]: by how much dividing by Σw instead of by N multiplies a step, on average over batches.

    At least 1 / μ with μ = π w₁ + (1 - π) w₀, which is what a learning rate could make up for (Jensen's inequality).
    "exact" sums over the binomial distribution; "delta" is (1 + σ² / (B μ²)) / μ with σ² = π (1 - π) (w₁ - w₀)².

    Raises: InputError as `batch_prior`.

    >>> round(expected_inverse_weight([1.0, 49.0], 0.02, 32), 3)
    0.692
    """
    w, shares, k, chance = _binomial(class_weight, prior, batch, "expected_inverse_weight")
    w0, w1 = float(w[0]), float(w[1])
    if method == "exact":
        return float(chance @ (batch / (w1 * k + w0 * (batch - k))))
    if method != "delta":
        raise InputError(f"method: expected_inverse_weight expected 'exact' or 'delta', got {method!r}")
    pi = float(shares[1])
    mean = w1 * pi + w0 * (1 - pi)
    return (1 + pi * (1 - pi) * (w1 - w0) ** 2 / (batch * mean**2)) / mean


def _binomial(
    class_weight: Sequence[float], prior: float, batch: int, function: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Weights, shares, and the numbers of positives in a batch with their probabilities."""
    if np.shape(class_weight) != (2,):
        raise InputError(
            f"class_weight: {function} expected (w₀, w₁), got shape {np.shape(class_weight)}; "
            "take one class against the rest"
        )
    if not 0 < prior < 1:
        raise InputError(f"prior: {function} expected a share between 0 and 1, got {prior}")
    _rows(batch, function)
    w, shares = _shares(class_weight, np.array([1 - prior, prior]), function)
    k = np.arange(batch + 1)
    log = math.lgamma(batch + 1) - _log_factorial(k) - _log_factorial(batch - k)
    return w, shares, k, np.exp(log + k * math.log(prior) + (batch - k) * math.log1p(-prior))


def _log_factorial(k: np.ndarray) -> np.ndarray:
    from scipy.special import gammaln

    return np.asarray(gammaln(k + 1.0))
