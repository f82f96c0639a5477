"""The rival explanation of a tail that looks heavy: a log-normal column, whose every moment exists.

On log axes a Pareto tail is straight and a log-normal one bends, the less the further out one looks. How much it has to
bend is known, because the whole column is to be explained: if all rows came from one log-normal law, a threshold that k
of n rows exceed stands at z = Φ⁻¹(1 - k/n) standard deviations, and above it the excess y of the logarithms has density
proportional to exp(-(z + y/s)²/2). If only part of the rows did, z is smaller and the bend greater.
"""

from __future__ import annotations

import numpy as np

_BELOW_BOUND = np.array([0.0, 0.15, 0.3, 0.5, 0.75, 1.0, 1.35, 1.75, 2.25, 3.0, 4.0, 6.0, 9.0])
_GOLDEN = 0.6180339887498949


def loglik(y: np.ndarray, share: float, censored: int = 0) -> float:
    """Largest log-likelihood of y = log(x/u) > 0, (k,) descending, under normal laws cut at z ≤ Φ⁻¹(1 - share).

    Of the `censored` largest it counts only that they lie beyond the next one, however far. z is searched on a grid
    downward from its bound. For given z the best s is the root of a quadratic, or is found by golden section where
    values are censored.
    """
    from scipy.special import log_ndtr, ndtri

    k, seen = len(y), y[censored:]
    m, s1, s2 = len(seen), float(np.add.reduce(seen)), float(np.add.reduce(seen * seen))
    z = float(ndtri(1.0 - share)) - _BELOW_BOUND
    fixed = -m * (0.5 * np.log(2.0 * np.pi) + 0.5 * z * z) - k * log_ndtr(-z)

    def at(t: np.ndarray) -> np.ndarray:
        values = fixed + m * np.log(t) - z * t * s1 - 0.5 * t * t * s2
        return np.asarray(values + censored * log_ndtr(-z - t * seen[0]) if censored else values)

    t = (-z * s1 + np.sqrt(z * z * s1 * s1 + 4.0 * m * s2)) / (2.0 * s2)
    if censored == 0:
        return float(at(t).max())
    low, high = 0.3 * t, 1.2 * t  # values that may lie farther out can only make s = 1/t greater
    for _ in range(22):
        width = _GOLDEN * (high - low)
        right = at(low + width) < at(high - width)
        low, high = np.where(right, low, high - width), np.where(right, low + width, high)
    return float(at(0.5 * (low + high)).max())
