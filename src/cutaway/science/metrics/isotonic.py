"""Isotonic regression by pooling adjacent violators."""

from __future__ import annotations

import numpy as np
from numba import njit

from cutaway.core.errors import InputError


@njit(cache=True, nogil=True)
def pool(values, weight, out):  # type: ignore[no-untyped-def]
    """The fit of each row of `values` (t, m) into `out` (t, m), with the same weight (m,)."""
    n = values.shape[1]
    mean = np.empty(n)
    total = np.empty(n)
    end = np.empty(n, np.int64)
    for row in range(values.shape[0]):
        blocks = 0
        for i in range(n):
            mean[blocks] = values[row, i]
            total[blocks] = weight[i]
            end[blocks] = i + 1
            blocks += 1
            while blocks > 1 and mean[blocks - 2] >= mean[blocks - 1]:
                w = total[blocks - 2] + total[blocks - 1]
                if w > 0:
                    share = total[blocks - 1] / w
                    mean[blocks - 2] += share * (mean[blocks - 1] - mean[blocks - 2])
                total[blocks - 2] = w
                end[blocks - 2] = end[blocks - 1]
                blocks -= 1
        start = 0
        for k in range(blocks):
            for i in range(start, end[k]):
                out[row, i] = mean[k]
            start = end[k]


def isotonic_fit(value: np.ndarray, weight: np.ndarray | None = None) -> np.ndarray:
    """The nondecreasing values (m,) closest to `value` (m,) in weighted squares, in one pass from left to right.

    min Σ w (value - fit)² subject to fit₁ ≤ fit₂ ≤ …; for shares of positives it is the maximum of the likelihood as
    well. `weight` (m,) at least 0, None for ones. Nothing in gives nothing out.

    Raises: InputError for unequal shapes, NaN or infinite values, or negative weights.
    Source: Ayer, Brunk, Ewing, Reid & Silverman 1955; Barlow, Bartholomew, Bremner & Brunk 1972, section 1.2.

    >>> isotonic_fit(np.array([1.0, 3.0, 2.0, 4.0])).tolist()
    [1.0, 2.5, 2.5, 4.0]
    """
    value = np.ascontiguousarray(value, dtype=float)
    weight = np.ones(value.shape) if weight is None else np.ascontiguousarray(weight, dtype=float)
    if value.ndim != 1 or value.shape != weight.shape:
        raise InputError(f"weight: isotonic_fit expected one weight a value, got {weight.shape} for {value.shape}")
    wrong = ~np.isfinite(value) | ~(weight >= 0)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise InputError(
            f"value: isotonic_fit expected finite values and weights of 0 or more, got {value[row]} with weight "
            f"{weight[row]} at {row}; drop or mend it"
        )
    out = np.empty((1, value.size))
    pool(value[None, :], weight, out)
    return np.asarray(out[0])
