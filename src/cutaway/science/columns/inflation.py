"""How much the columns of a design repeat one another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def correlations(products: np.ndarray) -> np.ndarray:
    """Correlations (p, p) from sums of products (p+1, p+1) whose first column is the intercept; 0 for constant
    columns.
    """
    n = products[0, 0]
    mean = products[0, 1:] / n
    cov = products[1:, 1:] / n - np.outer(mean, mean)
    sd = np.sqrt(np.maximum(np.diag(cov), 0.0))
    with np.errstate(invalid="ignore", divide="ignore"):
        corr = cov / np.outer(sd, sd)
    corr[~np.isfinite(corr)] = 0.0
    np.fill_diagonal(corr, 1.0)
    return np.asarray(np.clip(corr, -1.0, 1.0))


def variance_inflation(products: np.ndarray, groups: Sequence[Sequence[int]]) -> np.ndarray:
    """Inflation of the squared standard errors of each group of columns by the others, (groups,); 1 means none.

    For a single column 1 / (1 - R²) of its regression on the others; for several columns of one factor the
    generalised factor to the power 1 / columns, which is on the same scale. `groups` are indices into the columns
    without the intercept. Infinite where the others determine the group.

    Source: Marquardt 1970; Fox & Monette 1992, eq. 10.

    >>> x = np.array([[1, 0, 0], [1, 1, 2], [1, 2, 1], [1, 3, 3.0]])
    >>> variance_inflation(x.T @ x, [[0], [1]]).round(3).tolist()
    [2.778, 2.778]
    """
    corr = correlations(products)
    whole = np.linalg.slogdet(corr)
    out = np.empty(len(groups))
    for i, columns in enumerate(groups):
        rest = [c for c in range(len(corr)) if c not in set(columns)]
        own, others = np.linalg.slogdet(corr[np.ix_(columns, columns)]), np.linalg.slogdet(corr[np.ix_(rest, rest)])
        log = own[1] + others[1] - whole[1]
        out[i] = np.inf if whole[0] <= 0 or not np.isfinite(log) else max(np.exp(min(log, 700.0) / len(columns)), 1.0)
    return out
