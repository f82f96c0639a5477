"""The inner loop of focal loss and its gradient on float32 logits with labels 0 and 1, compiled.

512 rows at a time, in short loops that become SIMD: a call to the library's exp or log1p would not. All constants are
float32, because one float64 among them would widen the loop.
"""

from __future__ import annotations

import numpy as np
from numba import njit

BLOCK = 512

_0, _1, _2, _half = (np.float32(x) for x in (0, 1, 2, 0.5))
_LOWEST = np.float32(-87.0)  # exp of it is the smallest that is not denormal
_HIGHEST = np.float32(87.0)
_LOG2E = np.float32(1.4426950408889634)
# log 2 in two parts, the first with few digits, so that k times it is exact (Cody and Waite, 1980)
_HIGH, _LOW = np.float32(0.693359375), np.float32(-2.12194440e-4)
# exp(f) for |f| ≤ log(2) / 2, interpolated at Chebyshev's points, relative error 2.5e-9
_E2, _E3, _E4, _E5, _E6 = (
    np.float32(x)
    for x in (0.5000000047139525, 0.1666641543798378, 0.041666352800511626, 0.008375132781376148, 0.001394111643642939)
)
# 2 artanh(√t) / √t for t ≤ 1/9, in the same way, relative error 4e-9
_A0, _A1, _A2, _A3, _A4 = (
    np.float32(x)
    for x in (2.0000000076817575, 0.6666632164140638, 0.4002459522960067, 0.27965157760476217, 0.2815777829399468)
)


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract", "nsz"})  # NaN and infinities keep their meaning
def _sum(c, m, near, size):  # type: ignore[no-untyped-def]
    total = 0.0
    for r in range(size):
        total += np.float64(c[r] * m[r] * near[r])
    return total


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract", "nsz"})
def _soft(y, size):  # type: ignore[no-untyped-def]
    """0 where all labels are 0 or 1."""
    total = _0
    for r in range(size):
        one = np.float32(y[r])
        total += abs(one * one - one)
    return total


@njit(cache=True, nogil=True, fastmath={"contract", "nsz"})  # k must be rounded before it is taken off
def _exp(a, out, bits, m):  # type: ignore[no-untyped-def]
    """Set out = exp(a) for a ≤ 0 to within 2 units in the last place; below -87 it stays there."""
    for r in range(m):
        x = _LOWEST if a[r] < _LOWEST else a[r]
        k = np.floor(x * _LOG2E + _half)
        f = (x - k * _HIGH) - k * _LOW
        s = _E6 * f + _E5
        s = s * f + _E4
        s = s * f + _E3
        s = s * f + _E2
        s = s * f + _1
        out[r] = s * f + _1
        bits[r] = (np.int32(k) + np.int32(127)) << np.int32(23)
    power = bits.view(np.float32)
    for r in range(m):
        out[r] = out[r] * power[r]


@njit(cache=True, nogil=True, fastmath={"contract", "nsz"}, error_model="numpy")  # a check for 0 / 0 is no SIMD
def rows(z, y, weight, negative, positive, gamma, scale, gradient):  # type: ignore[no-untyped-def]
    """Σ w c (1 - p)^γ · -log p over the rows, `scale` times its gradient into `gradient`, and 0 where no label is soft.

    `weight` may be empty, for ones. `gradient` may be empty, for none.
    """
    n = z.shape[0]
    weighted, sloped, square = weight.shape[0] > 0, gradient.shape[0] > 0, gamma == _2
    u = np.empty(BLOCK, np.float32)
    e = np.empty(BLOCK, np.float32)
    near = np.empty(BLOCK, np.float32)
    far = np.empty(BLOCK, np.float32)
    m = np.empty(BLOCK, np.float32)
    c = np.empty(BLOCK, np.float32)
    bits = np.empty(BLOCK, np.int32)
    total = 0.0
    soft = 0.0
    for lo in range(0, n, BLOCK):
        size = min(BLOCK, n - lo)
        zs, ys = z[lo : lo + size], y[lo : lo + size]
        for r in range(size):
            one = np.float32(ys[r])
            sign = one + one - _1
            u[r] = sign * zs[r]
            c[r] = one * positive + (_1 - one) * negative
        soft += _soft(ys, size)
        if weighted:
            ws = weight[lo : lo + size]
            for r in range(size):
                c[r] *= ws[r]
        for r in range(size):
            far[r] = -abs(u[r])
        _exp(far, e, bits, size)
        for r in range(size):
            s = e[r] / (_2 + e[r])
            t = s * s
            both = s * ((((_A4 * t + _A3) * t + _A2) * t + _A1) * t + _A0)  # log(1 + e)
            near[r] = both - (u[r] if u[r] < _0 else _0)  # log(1 + e^-u), the log loss
            far[r] = both + (u[r] if u[r] > _0 else _0)  # log(1 + e^u)
        if square:
            for r in range(size):
                q = (e[r] if u[r] >= _0 else _1) / (_1 + e[r])
                m[r] = q * q
        else:
            for r in range(size):
                far[r] = -gamma * far[r]
            _exp(far, m, bits, size)
        total += _sum(c, m, near, size)
        if sloped:
            gs = gradient[lo : lo + size]
            for r in range(size):
                inverse = _1 / (_1 + e[r])
                small = e[r] * inverse
                p = inverse if u[r] >= _0 else small
                q = small if u[r] >= _0 else inverse
                sign = np.float32(ys[r]) + np.float32(ys[r]) - _1
                # 87 is beyond where p · -log p is 0 in float32; an infinite loss has a finite gradient
                gs[r] = -sign * scale * c[r] * m[r] * (gamma * p * (near[r] if near[r] < _HIGHEST else _HIGHEST) + q)
    return total, soft
