"""Sums from the end of each episode backwards, in compiled loops."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def backward_sums(values, bounds, keep):  # type: ignore[no-untyped-def]
    """S_t = values_t + keep S_{t+1}, each episode for itself; values (n,), bounds (episodes + 1,)."""
    out = np.empty(len(values))
    for i in range(len(bounds) - 1):
        after = 0.0
        for t in range(bounds[i + 1] - 1, bounds[i] - 1, -1):
            after = values[t] + keep * after
            out[t] = after
    return out
