"""What a column is divided by before a model is fitted."""

from __future__ import annotations

from typing import Literal

import numpy as np

Scaling = Literal["raw", "standardised", "min-max", "robust"]
SCALINGS: tuple[Scaling, ...] = ("raw", "standardised", "min-max", "robust")


def sizes(x: np.ndarray, scaling: Scaling) -> np.ndarray:
    """What each column of x (n, q) is divided by, (q,).

    raw: 1. standardised: the standard deviation. min-max: the range. robust: the interquartile range (by linear
    interpolation), or the standard deviation where that is 0.

    >>> sizes(np.array([[0.0], [1.0], [2.0], [9.0]]), "min-max")
    array([9.])
    """
    x = np.asarray(x, dtype=float)
    if scaling == "raw":
        return np.ones(x.shape[1])
    if scaling == "min-max":
        return np.asarray(np.ptp(x, axis=0))
    spread = np.asarray(x.std(axis=0))
    if scaling == "standardised":
        return spread
    low, high = np.quantile(x, (0.25, 0.75), axis=0)
    return np.where(high > low, high - low, spread)
