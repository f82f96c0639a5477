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
    for r in range(m):
        row = x[lo + r]
        for j in range(p):
            block[j + 1, r] = (row[j] - centre[j]) * inverse[j]
    if m < BLOCK:
        block[1:, m:] = 0.0


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
    """Add rows start … stop to hessian and meat (lower triangles, padded), gradient and sums (loglik, Σw, Σwy)."""
    padded = hessian.shape[0]
    q = x.shape[1] + 1
    block = np.zeros((padded, PITCH))
    block[0, :] = 1.0
    weighted = np.empty((4, PITCH))
    eta = np.empty(BLOCK)
    residual = np.zeros(BLOCK)
    v = np.zeros(BLOCK)
    use_weight = w.shape[0] > 0
    use_meat = meat.shape[0] > 0
    for lo in range(start, stop, BLOCK):
        m = min(BLOCK, stop - lo)
        load_block(x, centre, inverse, lo, m, block)
        eta[:] = at[0]
        for j in range(1, q):
            b = at[j]
            column = block[j]
            for r in range(BLOCK):
                eta[r] += b * column[r]
        product = 1.0
        loglik = 0.0
        events = 0.0
        for r in range(m):
            t = eta[r]
            e = np.exp(-abs(t))
            one = 1.0 + e
            high = 1.0 / one
            vr = e * high * high
            p = high if t >= 0.0 else e * high
            label = y[lo + r]
            res = label - p
            lost = min(t, 0.0) if label == 1 else min(-t, 0.0)
            if use_weight:
                wr = w[lo + r]
                loglik += wr * (lost - np.log(one))
                sums[1] += wr
                events += wr * label
                res *= wr
                vr *= wr
            else:
                loglik += lost
                product *= one  # at most 2^128: one logarithm serves the whole block
                events += label
            residual[r] = res
            v[r] = vr
        for r in range(m, BLOCK):
            residual[r] = 0.0
            v[r] = 0.0
        sums[0] += loglik - np.log(product)
        sums[2] += events
        for j in range(q):
            column = block[j]
            g = 0.0
            for r in range(BLOCK):
                g += column[r] * residual[r]
            gradient[j] += g
        add_triangle(block, v, weighted, hessian)
        if use_meat:
            for r in range(BLOCK):
                v[r] = residual[r] * residual[r]
            add_triangle(block, v, weighted, meat)
