"""The inner loops of the binary fit, compiled.

128 rows at a time are turned column-wise (so that every inner loop runs along memory and becomes SIMD), weighted
once, and the lower triangle is summed in tiles of two by four columns, which keeps the eight sums in registers. The
columns lie 136 numbers apart, because a distance of 1,024 bytes would put them all into the same few cache sets.
"""

from __future__ import annotations

import numpy as np
from numba import njit

BLOCK = 128
PITCH = 136
# Sums may be reordered and fused; NaN and infinities keep their meaning.
FAST = {"reassoc", "contract", "nsz"}


@njit(cache=True, nogil=True, fastmath=FAST)
def load_block(x, centre, inverse, lo, m, block):  # type: ignore[no-untyped-def]
    """Rows lo … lo+m of x, standardised, into the columns 1 … p of `block`; what lies beyond row m is zeroed."""
    p = x.shape[1]
    whole = m - m % 4
    for r in range(0, whole, 4):  # four rows make one store
        x0, x1, x2, x3 = x[lo + r], x[lo + r + 1], x[lo + r + 2], x[lo + r + 3]
        for j in range(p):
            column = block[j + 1]
            c = centre[j]
            k = inverse[j]
            z0 = (x0[j] - c) * k
            z1 = (x1[j] - c) * k
            z2 = (x2[j] - c) * k
            z3 = (x3[j] - c) * k
            column[r] = z0
            column[r + 1] = z1
            column[r + 2] = z2
            column[r + 3] = z3
    for r in range(whole, m):
        row = x[lo + r]
        for j in range(p):
            block[j + 1, r] = (row[j] - centre[j]) * inverse[j]
    if m < BLOCK:
        block[1:, m:] = 0.0


@njit(cache=True, nogil=True, fastmath={"contract"})
def decay(eta, out, bits):  # type: ignore[no-untyped-def]
    """Set out = exp(-|eta|) for a block, to within two units in the last place; `bits` is scratch (BLOCK,) int64.

    exp(a) = 2^k exp(f) with k = round(a / log 2) and |f| ≤ log(2) / 2, where the Taylor series ends after 13 terms.
    log 2 is taken in two parts, the first with few digits, so that k times it is exact (Cody and Waite, 1980). Unlike a
    call to the library this becomes SIMD. Below exp(-708) the result stays there. Sums may not be reordered here.
    """
    for r in range(BLOCK):
        a = -abs(eta[r])
        a = -708.0 if a < -708.0 else a
        k = np.floor(a * 1.4426950408889634 + 0.5)
        f = (a - k * 6.93145751953125e-1) - k * 1.42860682030941723212e-6
        s = 1.6059043836821613e-10
        s = s * f + 2.08767569878681e-09
        s = s * f + 2.505210838544172e-08
        s = s * f + 2.755731922398589e-07
        s = s * f + 2.7557319223985893e-06
        s = s * f + 2.48015873015873e-05
        s = s * f + 0.0001984126984126984
        s = s * f + 0.001388888888888889
        s = s * f + 0.008333333333333333
        s = s * f + 0.041666666666666664
        s = s * f + 0.16666666666666666
        s = s * f + 0.5
        s = s * f + 1.0
        out[r] = s * f + 1.0
        bits[r] = np.int64(np.int32(k) + np.int32(1023)) << np.int64(52)
    power = bits.view(np.float64)
    for r in range(BLOCK):
        out[r] *= power[r]


@njit(cache=True, nogil=True, fastmath=FAST)
def add_triangle(block, v, weighted, out):  # type: ignore[no-untyped-def]
    """Add Σ v x xᵀ over the rows of the block to the lower triangle of `out`; `weighted` is scratch (4, PITCH)."""
    padded = block.shape[0]
    w0, w1, w2, w3 = weighted[0], weighted[1], weighted[2], weighted[3]
    for j in range(0, padded, 4):
        c0, c1, c2, c3 = block[j], block[j + 1], block[j + 2], block[j + 3]
        for r in range(BLOCK):
            vr = v[r]
            w0[r] = c0[r] * vr
            w1[r] = c1[r] * vr
            w2[r] = c2[r] * vr
            w3[r] = c3[r] * vr
        for i in range(j, padded, 2):
            a0, a1 = block[i], block[i + 1]
            s00 = s01 = s02 = s03 = s10 = s11 = s12 = s13 = 0.0
            for r in range(BLOCK):
                p0 = a0[r]
                p1 = a1[r]
                s00 += p0 * w0[r]
                s01 += p0 * w1[r]
                s02 += p0 * w2[r]
                s03 += p0 * w3[r]
                s10 += p1 * w0[r]
                s11 += p1 * w1[r]
                s12 += p1 * w2[r]
                s13 += p1 * w3[r]
            out[i, j] += s00
            out[i, j + 1] += s01
            out[i, j + 2] += s02
            out[i, j + 3] += s03
            out[i + 1, j] += s10
            out[i + 1, j + 1] += s11
            out[i + 1, j + 2] += s12
            out[i + 1, j + 3] += s13


@njit(cache=True, nogil=True, fastmath=FAST)
def gram_rows(x, y, w, at, centre, inverse, start, stop, hessian, gradient, sums, meat):  # type: ignore[no-untyped-def]
    """Add rows start … stop to hessian and meat (lower triangles, padded), gradient and sums (loglik, Σw, Σwy).

    A hessian or a meat of no rows is not summed.
    """
    padded = gradient.shape[0]
    q = x.shape[1] + 1
    block = np.zeros((padded, PITCH))
    block[0, :] = 1.0
    weighted = np.empty((4, PITCH))
    coefficients = np.zeros(padded)
    coefficients[:q] = at
    eta = np.empty(BLOCK)
    e = np.empty(BLOCK)
    bits = np.empty(BLOCK, dtype=np.int64)
    residual = np.zeros(BLOCK)
    v = np.zeros(BLOCK)
    use_weight = w.shape[0] > 0
    for lo in range(start, stop, BLOCK):
        m = min(BLOCK, stop - lo)
        load_block(x, centre, inverse, lo, m, block)
        eta[:] = 0.0
        for j in range(0, padded, 4):
            b0, b1, b2, b3 = coefficients[j], coefficients[j + 1], coefficients[j + 2], coefficients[j + 3]
            c0, c1, c2, c3 = block[j], block[j + 1], block[j + 2], block[j + 3]
            for r in range(BLOCK):
                eta[r] += (b0 * c0[r] + b1 * c1[r]) + (b2 * c2[r] + b3 * c3[r])
        decay(eta, e, bits)
        product = 1.0
        lost = 0.0
        events = 0.0
        for r in range(m):
            t = eta[r]
            one = 1.0 + e[r]
            high = 1.0 / one
            low = e[r] * high
            label = float(y[lo + r])
            right = t * (2.0 * label - 1.0)
            residual[r] = label - (high if t >= 0.0 else low)
            v[r] = high * low
            lost += right - abs(right)  # twice min(right, 0), and NaN where eta is
            product *= one  # at most 2^128: one logarithm serves the whole block
            events += label
        if use_weight:
            lost = 0.0
            product = 1.0
            events = 0.0
            for r in range(m):
                wr = w[lo + r]
                label = float(y[lo + r])
                right = eta[r] * (2.0 * label - 1.0)
                lost += wr * (right - abs(right) - 2.0 * np.log(1.0 + e[r]))
                events += wr * label
                sums[1] += wr
                residual[r] *= wr
                v[r] *= wr
        for r in range(m, BLOCK):
            residual[r] = 0.0
            v[r] = 0.0
        sums[0] += 0.5 * lost - np.log(product)
        sums[2] += events
        for j in range(0, padded, 4):
            c0, c1, c2, c3 = block[j], block[j + 1], block[j + 2], block[j + 3]
            g0 = g1 = g2 = g3 = 0.0
            for r in range(BLOCK):
                res = residual[r]
                g0 += c0[r] * res
                g1 += c1[r] * res
                g2 += c2[r] * res
                g3 += c3[r] * res
            gradient[j] += g0
            gradient[j + 1] += g1
            gradient[j + 2] += g2
            gradient[j + 3] += g3
        if hessian.shape[0] > 0:
            add_triangle(block, v, weighted, hessian)
        if meat.shape[0] > 0:
            for r in range(BLOCK):
                v[r] = residual[r] * residual[r]
            add_triangle(block, v, weighted, meat)
