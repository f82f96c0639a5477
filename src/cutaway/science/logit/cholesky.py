"""Symmetric systems as a fit meets them: singular in some columns, and in any units."""

from __future__ import annotations

import numpy as np

_ALIAS = 1e-11  # a column whose variance given the earlier ones is below this share of its own is their combination


def independent(hessian: np.ndarray, tolerance: float = _ALIAS) -> np.ndarray:
    """Which columns (m,) bool are not combinations of the earlier ones, by Cholesky in the given order.

    A pivot below `tolerance` of its own diagonal counts as zero, and so does a column without any curvature. Columns
    keep their order, so that of two equal columns the first stays, as in R.

    >>> independent(np.array([[2.0, 2.0, 0.0], [2.0, 2.0, 0.0], [0.0, 0.0, 1.0]]))
    array([ True, False,  True])
    """
    m = len(hessian)
    diagonal = np.diag(hessian).copy()
    rows = np.zeros((m, m))  # rows of the factor of the columns kept so far
    kept = np.zeros(m, dtype=bool)
    rank = 0
    left = diagonal.copy()
    for j in range(m):
        if not (diagonal[j] > 0 and left[j] > tolerance * diagonal[j]):
            continue
        row = (hessian[j] - rows[:rank].T @ rows[:rank, j]) / np.sqrt(left[j])
        left = left - row * row
        rows[rank] = row
        rank += 1
        kept[j] = True
    return kept


def solve(hessian: np.ndarray, right: np.ndarray, alive: np.ndarray) -> np.ndarray:
    """H⁻¹ right over the living coefficients, zero elsewhere; with a small ridge where H is singular to rounding.

    H is first scaled to a unit diagonal, which makes the result independent of the columns' units.
    """
    out = np.zeros(right.shape)
    index = np.flatnonzero(alive)
    if len(index) == 0:
        return out
    h = hessian[np.ix_(index, index)]
    scale = np.sqrt(np.maximum(np.diag(h), np.finfo(float).tiny))
    unit = h / np.outer(scale, scale)
    b = right[index] / (scale if right.ndim == 1 else scale[:, None])
    ridge = 0.0
    for _ in range(20):
        try:
            factor = np.linalg.cholesky(unit + ridge * np.eye(len(index)))
        except np.linalg.LinAlgError:
            ridge = max(10 * ridge, 1e-14 * len(index))
            continue
        inner = np.linalg.solve(factor.T, np.linalg.solve(factor, b))
        if ridge == 0.0:  # one round of refinement costs nothing beside a pass
            rest = b - unit @ inner
            inner = inner + np.linalg.solve(factor.T, np.linalg.solve(factor, rest))
        out[index] = inner / (scale if right.ndim == 1 else scale[:, None])
        return out
    return out


def inverse(hessian: np.ndarray, alive: np.ndarray) -> np.ndarray:
    """H⁻¹ over the living coefficients; rows and columns of the others are zero."""
    full = solve(hessian, np.eye(len(hessian)), alive)
    full[:, ~alive] = 0.0
    return np.asarray((full + full.T) / 2)
