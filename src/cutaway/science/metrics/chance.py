"""Poisson numbers by the ten million, inside compiled loops: a seeded generator a replicate, whatever the threads."""

from __future__ import annotations

import numpy as np
from numba import njit

LARGE = 6.0  # mean from which a number with the first three moments of the Poisson takes its place
_KURTOSIS = -0.3  # excess kurtosis of the sum of four uniform numbers
_CUBIC = -_KURTOSIS / 24  # of the cubic term that takes it away
# 1 / √ of the variance left after it: 1 + 2 c (μ₄ - 3) + c² (μ₆ - 6 μ₄ + 9), with μ₄ = 2.7, μ₆ = 10.92857
_RESCALE = 1 / (1 + 2 * _CUBIC * _KURTOSIS + _CUBIC**2 * 3.72857) ** 0.5
_SPREAD = ((65536.0**2 - 1) / 3) ** -0.5  # 1 / standard deviation of the sum of four whole numbers below 65,536


@njit(inline="always", cache=True, nogil=True, error_model="numpy")
def _mixed(state):  # type: ignore[no-untyped-def]
    """64 random bits from a state that counts up (Steele, Lea & Flood 2014: SplitMix64)."""
    z = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit(inline="always", cache=True, nogil=True, error_model="numpy")
def normal(state):  # type: ignore[no-untyped-def]
    """A nearly normal number: four uniform ones of 16 bits added, their kurtosis corrected (Cornish & Fisher 1938).

    Mean 0, variance 1, symmetric; 2.5 % points at ±1.965, 0.5 % points at ±2.56, none beyond ±4.0. No branch, no table.
    """
    bits = _mixed(state)
    low = np.uint64(0x0000FFFF0000FFFF)
    pairs = (bits & low) + ((bits >> np.uint64(16)) & low)
    total = np.int64(pairs & np.uint64(0xFFFFFFFF)) + np.int64(pairs >> np.uint64(32))
    z = np.float64(total - 131070) * _SPREAD
    return _RESCALE * z * (1.0 + _CUBIC * (z * z - 3.0))


@njit(cache=True, nogil=True, error_model="numpy")
def poisson(means, seed, out):  # type: ignore[no-untyped-def]
    """Fills out (n,) with independent numbers that are Poisson for means (n,) below LARGE, by inversion.

    From LARGE on they are mean + z √(mean - 1/18) + (z² - 1) / 6, the Cornish–Fisher expansion with the mean, variance
    and third moment of the Poisson; not rounded, and sums of many such cannot be told from sums of counts.
    """
    step = np.uint64(0x9E3779B97F4A7C15)
    for i in range(means.size):  # without a branch, so that LLVM makes vector instructions of it
        z = normal(seed + np.uint64(i + 1) * step)
        out[i] = max(means[i] + np.sqrt(max(means[i] - 1.0 / 18.0, 0.0)) * z + (z * z - 1.0) * (1.0 / 6.0), 0.0)
    for i in range(means.size):
        mean = means[i]
        if mean < LARGE:
            u = np.float64(np.int64(_mixed(seed + np.uint64(i + 1) * step) >> np.uint64(11))) * 2.0**-53
            k, p = 0.0, np.exp(-mean)
            while u >= p and k < 64.0:
                u -= p
                k += 1.0
                p *= mean / k
            out[i] = k
