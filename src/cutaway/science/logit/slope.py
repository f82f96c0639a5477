"""The log loss of a logistic curve as a function of its slope alone, the intercept at its best."""

from __future__ import annotations

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.logit.scores import sigmoid


def best_intercepts(x: np.ndarray, y: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """For each slope s (k,) the intercept a that minimises the log loss: where Σ σ(a + s xᵢ) = Σ yᵢ, (k,).

    By bisection, to rounding.

    Raises:
        InputError: y (n,) holds one class only; no finite intercept is best.
    """
    x, y, slopes = (np.asarray(each, dtype=float) for each in (x, y, slopes))
    if not 0 < y.sum() < len(y):
        raise InputError("best_intercepts: expected labels 0 and 1, got one class only; add a row of the other")
    shift = np.outer(slopes, x)
    reach = 40.0 + np.abs(shift).max(axis=1, initial=0.0)
    low, high = -reach, reach.copy()
    for _ in range(100):
        middle = (low + high) / 2
        above = sigmoid(shift + middle[:, None]).sum(axis=1) > y.sum()
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return np.asarray((low + high) / 2)


def slope_losses(x: np.ndarray, y: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """Mean log loss in nats at each slope (k,), the intercept at its best: the profile of the negative log likelihood.

    Convex; on separated data it falls for ever towards one side.

    Raises:
        InputError: one class only.

    >>> slope_losses(np.array([-1.0, 1.0]), np.array([0, 1]), np.array([0.0, 2.0])).round(4)
    array([0.6931, 0.1269])
    """
    eta = np.asarray(slopes, dtype=float)[:, None] * x + best_intercepts(x, y, slopes)[:, None]
    return np.asarray(np.logaddexp(0.0, np.where(np.asarray(y) == 1, -eta, eta)).mean(axis=1))
