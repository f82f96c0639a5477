"""Sums over the rows of a table, and what normalising the groups of a sample does on the way there and back, compiled.

A sample is (places, groups, channels of a group); the groups are normalised each by itself, over places and channels.
`inside` says which places count. Sums over samples are in float64.
"""

from __future__ import annotations

import numpy as np
from numba import njit

_SUMS = {"reassoc", "contract", "nsz"}  # sums become SIMD; NaN and infinities keep their meaning


@njit(cache=True, nogil=True, fastmath=_SUMS)
def normalised(x, inside, epsilon, gamma, beta, mean, factor, y):  # type: ignore[no-untyped-def]
    """Set y = γ (x - μ) / √(σ² + ε) + β, 0 outside, and of every sample's groups `mean` μ and `factor` 1/√(σ² + ε)."""
    samples, places, groups, channels = x.shape
    none = x.dtype.type(0)
    for n in range(samples):
        for k in range(groups):
            count = 0
            total = none
            for s in range(places):
                if inside[n, s]:
                    count += channels
                    for c in range(channels):
                        total += x[n, s, k, c]
            size = x.dtype.type(max(count, 1))
            middle = total / size
            squares = none
            for s in range(places):
                if inside[n, s]:
                    for c in range(channels):
                        off = x[n, s, k, c] - middle
                        squares += off * off
            scale = x.dtype.type(1) / np.sqrt(squares / size + epsilon)
            mean[n, k], factor[n, k] = middle, scale
            for s in range(places):
                if inside[n, s]:
                    for c in range(channels):
                        y[n, s, k, c] = (x[n, s, k, c] - middle) * scale * gamma[k, c] + beta[k, c]
                else:
                    for c in range(channels):
                        y[n, s, k, c] = none


@njit(cache=True, nogil=True, fastmath=_SUMS)
def back(g, x, inside, gamma, mean, factor, by_x, by_gamma, by_beta):  # type: ignore[no-untyped-def]
    """From the gradient g at y to those at x, γ and β (the last two float64, to begin as 0)."""
    samples, places, groups, channels = x.shape
    none = x.dtype.type(0)
    for n in range(samples):
        for k in range(groups):
            middle, scale = mean[n, k], factor[n, k]
            count = 0
            shift = none
            stretch = none
            for s in range(places):
                if inside[n, s]:
                    count += channels
                    for c in range(channels):
                        normed = (x[n, s, k, c] - middle) * scale
                        by_gamma[k, c] += g[n, s, k, c] * normed
                        by_beta[k, c] += g[n, s, k, c]
                        through = g[n, s, k, c] * gamma[k, c]
                        shift += through
                        stretch += through * normed
            size = x.dtype.type(max(count, 1))
            shift /= size
            stretch /= size
            for s in range(places):
                if inside[n, s]:
                    for c in range(channels):
                        normed = (x[n, s, k, c] - middle) * scale
                        by_x[n, s, k, c] = (g[n, s, k, c] * gamma[k, c] - shift - normed * stretch) * scale
                else:
                    for c in range(channels):
                        by_x[n, s, k, c] = none


@njit(cache=True, nogil=True)
def added(places, rows, out):  # type: ignore[no-untyped-def]
    """Add each of the rows (n, features) to the row of `out` at its place."""
    for i in range(places.size):
        for c in range(rows.shape[1]):
            out[places[i], c] += rows[i, c]
