"""The tail index of positive data by Hill's estimate.

The tail index α of a column is the exponent of its survival function, P(X > x) ∝ x^-α far out. Moments of order α and
above do not exist: α ≤ 2 means no variance, α ≤ 1 no mean. A shift of the data moves the estimate; it does not
move that of `heavy`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cutaway.core.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class TailIndex:
    """An estimated tail index: `alpha` with its 95 % interval, from the `points` values above `threshold`."""

    alpha: float
    low: float
    high: float
    threshold: float
    points: int
    method: str


def hill(x: np.ndarray, k: int) -> TailIndex:
    """Hill's estimate from the k largest values: α = k / Σ log(x_i / x_(k+1)), the sum over the k largest.

    `x` (n,) any order; NaN is left out; the (k+1)-th largest value must be positive. The interval is exact where the
    tail above the threshold is exactly Pareto: 2 k α / α̂ is then χ² with 2 k degrees of freedom. Values tied with the
    threshold give α = inf.

    Raises:
        InputError: k < 1, fewer than k + 1 values, or a threshold that is not positive and finite.

    Source: Hill (1975), A Simple General Approach to Inference About the Tail of a Distribution, Annals of Statistics
    3(5).

    >>> round(hill(np.array([1.0, np.e, np.e**2]), k=2).alpha, 4)
    0.6667
    """
    values = _descending(x)
    if not 1 <= k < len(values):
        raise InputError(f"hill: k must lie from 1 to {len(values) - 1} (one less than the values), got {k}.")
    if not (values[k] > 0 and np.isfinite(values[0])):
        raise InputError(
            f"hill: the k + 1 = {k + 1} largest values must be positive and finite, got {values[k]} to {values[0]}; "
            "subtract a location, or take a smaller k."
        )
    low, alpha, high = index_interval(float(np.log(values[:k] / values[k]).mean()), k)
    return TailIndex(alpha=alpha, low=low, high=high, threshold=float(values[k]), points=k, method="Hill")


def index_interval(mean_log_excess: float, k: int) -> tuple[float, float, float]:
    """Lower 95 % bound, estimate and upper bound of α from the mean log-excess of k points of an exact Pareto tail."""
    from scipy.special import gammaincinv

    if mean_log_excess <= 0.0:
        return float("inf"), float("inf"), float("inf")
    alpha = 1.0 / mean_log_excess
    return alpha * float(gammaincinv(k, 0.025)) / k, alpha, alpha * float(gammaincinv(k, 0.975)) / k


def _descending(x: np.ndarray) -> np.ndarray:
    values = np.asarray(x, dtype=np.float64).ravel()
    return np.sort(values[~np.isnan(values)])[::-1]
