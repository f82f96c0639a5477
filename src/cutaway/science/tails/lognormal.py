"""The rival explanation of a tail that looks heavy: a log-normal column, whose every moment exists.

On log axes a Pareto tail is straight and a log-normal one bends, the less the further out one looks. How much it has to
bend is known, because the whole column is to be explained: if all rows came from one log-normal law, a threshold that k
of n rows exceed stands at z = Φ⁻¹(1 - k/n) standard deviations, and above it the excess y of the logarithms has density
proportional to exp(-(z + y/s)²/2). If only part of the rows did, z is smaller and the bend greater.
"""

from __future__ import annotations

import numpy as np


def loglik(y: np.ndarray, share: float) -> float:
    """Largest log-likelihood of y = log(x/u) > 0, shape (k,), under normal laws cut at the threshold, z ≤ Φ⁻¹(1 -
    share).

    For given z the best s is the root of a quadratic; z is searched on a grid downward from its bound.
    """
    from scipy.special import log_ndtr, ndtri

    k = len(y)
    s1, s2 = float(y.sum()), float(np.add.reduce(y * y))
    z = float(ndtri(1.0 - share)) - np.array([0.0, 0.15, 0.3, 0.5, 0.75, 1.0, 1.35, 1.75, 2.25, 3.0, 4.0, 6.0, 9.0])
    t = (-z * s1 + np.sqrt(z * z * s1 * s1 + 4.0 * k * s2)) / (2.0 * s2)
    values = (
        k * np.log(t)
        - 0.5 * (k * z * z + 2.0 * z * t * s1 + t * t * s2)
        - k * (0.5 * np.log(2.0 * np.pi) + log_ndtr(-z))
    )
    return float(values.max())
