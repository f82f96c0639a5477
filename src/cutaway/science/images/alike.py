"""The loop of non-local means, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def mean_of_alike(wide: np.ndarray, patch: int, search: int, strength: float) -> np.ndarray:
    """The mean of the pixels around each, weighted by how alike their patches are.

    `wide` (h + 2 m, w + 2 m, c) float32 in shares of white, with m = patch + search pixels more a side; (h, w, c).
    Sums over patches run along the columns and then along the rows, so that the size of a patch costs nothing.
    """
    margin, side = patch + search, 2 * patch + 1
    h, w, channels = wide.shape[0] - 2 * margin, wide.shape[1] - 2 * margin, wide.shape[2]
    total, mass = np.zeros((h, w, channels), np.float32), np.zeros((h, w), np.float32)
    square = np.empty((h + 2 * patch, w + 2 * patch), np.float32)
    column = np.empty(w + 2 * patch, np.float64)
    factor = np.float32(-1.0 / (strength * strength * side * side * channels))
    for down in range(2 * search + 1):
        for right in range(2 * search + 1):
            for i in range(h + 2 * patch):
                for j in range(w + 2 * patch):
                    apart = np.float32(0)
                    for c in range(channels):
                        d = wide[i + search, j + search, c] - wide[i + down, j + right, c]
                        apart += d * d
                    square[i, j] = apart
            column[:] = 0.0
            for i in range(side - 1):
                for j in range(w + 2 * patch):
                    column[j] += square[i, j]
            for i in range(h):
                for j in range(w + 2 * patch):
                    column[j] += square[i + side - 1, j]
                run = 0.0
                for j in range(side - 1):
                    run += column[j]
                for j in range(w):
                    run += column[j + side - 1]
                    weight = np.exp(np.float32(max(run, 0.0)) * factor)
                    run -= column[j]
                    mass[i, j] += weight
                    for c in range(channels):
                        total[i, j, c] += weight * wide[i + down + patch, j + right + patch, c]
                for j in range(w + 2 * patch):
                    column[j] -= square[i, j]
    for i in range(h):
        for j in range(w):
            for c in range(channels):
                total[i, j, c] /= mass[i, j]
    return total
