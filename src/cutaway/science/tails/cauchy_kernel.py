"""Cauchy draws in compiled loops: from a counter to bits, from bits to an angle, from the angle to where the ray lands.

The k-th draw of a stream depends on the stream's key and on k alone, so any stretch of it can be made anywhere, by any
number of threads, and is the same to the last bit. Short loops over blocks, each of which becomes SIMD.
"""

from __future__ import annotations

import numpy as np
from numba import njit

BLOCK = 1024
RESOLUTION = 2.0**-53
"""Angles are odd multiples of half of this, in half turns: no draw is beyond 2 / (π RESOLUTION), about 5.7e15."""

_GOLDEN, _M1, _M2 = (np.uint64(k) for k in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
_1, _12, _27, _30, _31, _63 = (np.uint64(k) for k in (1, 12, 27, 30, 31, 63))
_EXPONENT = np.uint64(0x3FF0000000000000)  # of a double from 1 to 2
# tan(π r) = r P(v) / Q(v), v = r² - 1/32, for r ≤ 1/4: Padé's approximation about v = 0, relative error 1.5e-15
_P0, _P1, _P2, _P3 = 3.5101059031167923, -4.563584259737599, 0.9961198251981505, -0.02628255568070941
_Q1, _Q2, _Q3 = -5.134006893438604, 2.6227649488800537, -0.23304368038698522


@njit(cache=True, nogil=True)
def _bits(key, first, out, m):  # type: ignore[no-untyped-def]
    """Set out[i] to the splitmix64 hash of the counter `first + i` under the key."""
    for i in range(m):
        z = key + (first + np.uint64(i) + _1) * _GOLDEN
        z = (z ^ (z >> _30)) * _M1
        z = (z ^ (z >> _27)) * _M2
        out[i] = z ^ (z >> _31)


@njit(cache=True, nogil=True)
def _angles(bits, m):  # type: ignore[no-untyped-def]
    """Turn bits into doubles in place: 52 of them become u in (0, 1/2), in half turns, the last one its sign."""
    for i in range(m):
        bits[i] = (bits[i] >> _12) | _EXPONENT | (bits[i] << _63)  # the bits of a double from ±1 to ±2
    u = bits.view(np.float64)
    for i in range(m):
        side = np.copysign(0.5, u[i])
        u[i] = u[i] * 0.5 - side + side * RESOLUTION


@njit(cache=True, nogil=True)
def _landed(u, out, m):  # type: ignore[no-untyped-def]
    """Set out[i] to cot(π u[i])."""
    for i in range(m):
        a = abs(u[i])
        steep = a < 0.25
        r = a if steep else 0.5 - a
        v = r * r - 0.03125
        p = ((_P3 * v + _P2) * v + _P1) * v + _P0
        q = ((_Q3 * v + _Q2) * v + _Q1) * v + 1.0
        rp = r * p
        out[i] = np.copysign((q if steep else rp) / (rp if steep else q), u[i])


@njit(cache=True, nogil=True)
def draws(key, first, out):  # type: ignore[no-untyped-def]
    """Set out (m,) to the standard Cauchy draws `first`, `first + 1`, … of the stream."""
    bits = np.empty(BLOCK, np.uint64)
    for a in range(0, out.size, BLOCK):
        m = min(BLOCK, out.size - a)
        _bits(key, first + np.uint64(a), bits, m)
        _angles(bits, m)
        _landed(bits.view(np.float64), out[a : a + m], m)


@njit(cache=True, nogil=True)
def folded(key, first, stop, counts):  # type: ignore[no-untyped-def]
    """Sum, least and largest of the draws from `first` to before `stop`, whose angles are added to `counts` (bins,).

    A bin is an equal share of (0, π), so of the probability.
    """
    bits, out = np.empty(BLOCK, np.uint64), np.empty(BLOCK)
    total, lost, least, largest = 0.0, 0.0, np.inf, -np.inf
    bins = counts.size
    at = first
    while at < stop:
        m = np.int64(stop - at) if stop - at < BLOCK else BLOCK
        _bits(key, at, bits, m)
        _angles(bits, m)
        u = bits.view(np.float64)
        _landed(u, out, m)
        part = 0.0
        for i in range(m):
            part += out[i]
        for i in range(m):
            least = min(least, out[i])
            largest = max(largest, out[i])
        for i in range(m):
            counts[np.int64((1.0 - u[i] if u[i] > 0 else -u[i]) * bins)] += 1
        y = part - lost  # Kahan: a draw of 1e9 must not swallow the thousand after it
        t = total + y
        lost = (t - total) - y
        total = t
        at += np.uint64(m)
    return total, least, largest
