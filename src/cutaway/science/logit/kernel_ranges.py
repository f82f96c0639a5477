"""The inner loop of the ranges by class, compiled."""

from __future__ import annotations

from numba import njit


@njit(cache=True, nogil=True)
def range_rows(x, y, w, low, high):  # type: ignore[no-untyped-def]
    """Widen low and high (classes, p) to the rows of x (n, p) with weight above 0; w is (n,) or empty."""
    for i in range(x.shape[0]):
        if w.size > 0 and not w[i] > 0.0:
            continue
        k = y[i]
        for j in range(x.shape[1]):
            v = x[i, j]
            if v < low[k, j]:
                low[k, j] = v
            if v > high[k, j]:
                high[k, j] = v
