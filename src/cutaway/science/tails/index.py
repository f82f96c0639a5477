"""The tail index of positive data: Hill's estimate, and Pareto maximum likelihood above a threshold found by search.

The tail index α of a column is the exponent of its survival function, P(X > x) ∝ x^-α far out. Moments of order α and
above do not exist: α ≤ 2 means no variance, α ≤ 1 no mean. Neither estimate is unmoved by a shift of the data; `heavy`
is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cutaway.core.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class TailIndex:
    """An estimated tail index: `alpha` with its 95 % interval, from the `points` values above `threshold`.

    `ks` is the Kolmogorov-Smirnov distance between those values and the fitted law, `p_value` the probability of one as
    large were the law right (NaN where it was not asked for).
    """

    alpha: float
    low: float
    high: float
    threshold: float
    points: int
    method: str
    ks: float = float("nan")
    p_value: float = float("nan")


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


def pareto_fit(
    x: np.ndarray, *, min_points: int = 50, candidates: int = 100, replicates: int = 0, seed: int = 0
) -> TailIndex:
    """Pareto law by maximum likelihood above the threshold at which it fits best.

    For each of at most `candidates` thresholds u among the data with at least `min_points` values ≥ u: α = k / Σ
    log(x_i / u), and the Kolmogorov-Smirnov distance; the smallest distance chooses. `x` (n,) positive values above
    some point; NaN and values ≤ 0 are left out.

    With `replicates` > 0 a semi-parametric bootstrap repeats the search on as many data sets, drawn from the fitted law
    above the threshold and from the data below it: the share with a distance as large is `p_value` (100 for two
    decimals in the first), and the interval is α̂ / q for quantiles q of the repeated estimates over α̂, so that it
    pays for the search. Without, the interval takes the threshold as given and is too narrow.

    The search answers where the data look most like a Pareto law, not whether they are one. On data that only approach
    one, its threshold is low and α is biased; `heavy` is made to decide.

    Raises:
        InputError: fewer than `min_points` + 1 positive values, or infinite ones.

    Source: Clauset, Shalizi and Newman (2009), Power-Law Distributions in Empirical Data, SIAM Review 51(4), sections 3
    and 4 (their exponent is α + 1).

    >>> x = (np.arange(1, 1001) / 1001) ** -0.5  # the quantiles of a Pareto law with α = 2
    >>> fit = pareto_fit(x)
    >>> round(fit.alpha, 1), fit.points > 500
    (2.0, True)
    """
    values = _descending(x)
    values = values[values > 0]
    if len(values) <= min_points or not np.isfinite(values[0]):
        raise InputError(
            f"pareto_fit: x needs more than min_points = {min_points} positive values, all finite, got {len(values)}"
            f"{'' if np.all(np.isfinite(values)) else ', some infinite'}; gather more rows or leave those out."
        )
    logs = np.log(values)
    k, gamma, ks = _best_threshold(logs, min_points, candidates)
    low, alpha, high = index_interval(gamma, k)
    p_value = float("nan")
    if replicates > 0:
        rng = np.random.default_rng(seed)
        n, below = len(logs), logs[k:]
        gammas, distances = np.empty(replicates), np.empty(replicates)
        for i in range(replicates):
            above = rng.binomial(n, k / n) if len(below) else n
            drawn = np.concatenate((logs[k - 1] + gamma * rng.exponential(size=above), rng.choice(below, n - above)))
            _, gammas[i], distances[i] = _best_threshold(np.sort(drawn)[::-1], min_points, candidates)
        p_value = float(np.mean(distances >= ks))
        ratio = np.quantile(gamma / gammas, [0.025, 0.975])  # of the repeated estimates of α to α̂
        low, high = alpha / float(ratio[1]), alpha / float(ratio[0])
    return TailIndex(
        alpha=alpha,
        low=low,
        high=high,
        threshold=float(values[k - 1]),
        points=k,
        method="Pareto maximum likelihood, threshold by Kolmogorov-Smirnov distance",
        ks=ks,
        p_value=p_value,
    )


def _best_threshold(logs: np.ndarray, min_points: int, candidates: int) -> tuple[int, float, float]:
    """The number of values from the threshold up, the mean log-excess and the distance; `logs` descend."""
    n = len(logs)
    ks = np.unique(np.geomspace(min_points, n, candidates).astype(np.int64))
    ks = np.unique(
        n - np.searchsorted(logs[::-1], logs[ks - 1], side="left")
    )  # all values tied with the threshold count
    totals = np.cumsum(logs)
    best = (int(ks[0]), 0.0, np.inf)
    for k in ks:
        gamma = float(totals[k - 1] / k - logs[k - 1])
        if gamma <= 0.0:
            continue
        share = -np.expm1((logs[k - 1] - logs[:k]) / gamma)
        rank = np.arange(k, 0, -1) / k
        distance = float(max(np.max(rank - share), np.max(share - rank + 1.0 / k)))
        if distance < best[2]:
            best = (int(k), gamma, distance)
    return best


def _descending(x: np.ndarray) -> np.ndarray:
    values = np.asarray(x, dtype=np.float64).ravel()
    return np.sort(values[~np.isnan(values)])[::-1]
