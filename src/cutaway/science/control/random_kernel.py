"""Uniform draws in compiled loops, from a counter: what a draw is depends on its key and its number alone."""

from __future__ import annotations

import numpy as np
from numba import njit

_GOLDEN, _M1, _M2 = (np.uint64(k) for k in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
_1, _11, _27, _30, _31 = (np.uint64(k) for k in (1, 11, 27, 30, 31))
_4 = np.uint64(4)


@njit(cache=True, nogil=True, inline="always")
def mixed(key, counter):  # type: ignore[no-untyped-def]
    """The splitmix64 hash of the counter under the key. Source: Steele, Lea and Flood, OOPSLA 2014."""
    z = key + (counter + _1) * _GOLDEN
    z = (z ^ (z >> _30)) * _M1
    z = (z ^ (z >> _27)) * _M2
    return z ^ (z >> _31)


@njit(cache=True, nogil=True, inline="always")
def uniform(key, counter):  # type: ignore[no-untyped-def]
    """Uniform in (0, 1): an odd multiple of 2^-54."""
    return (np.float64(mixed(key, counter) >> _11) + 0.5) * 2.0**-53


@njit(cache=True, nogil=True)
def boxes(key, first, half, out):  # type: ignore[no-untyped-def]
    """Set out (n, 4) to the states `first`, `first + 1`, … of the stream, uniform in (-half, half)."""
    for i in range(out.shape[0]):
        for c in range(4):
            out[i, c] = (2.0 * uniform(key, (first + np.uint64(i)) * _4 + np.uint64(c)) - 1.0) * half
