"""The inner loop of the multinomial fit, compiled; blocks and triangles as in `kernel`."""

from __future__ import annotations

import numpy as np
from numba import njit

from cutaway.science.logit.kernel import BLOCK, FAST, PITCH, add_triangle, load_block


@njit(cache=True, nogil=True, fastmath=FAST)
def multinomial_rows(x, y, w, at, reference, centre, inverse, start, stop, hessian, gradient, sums, counts):  # type: ignore[no-untyped-def]
    """Add rows start … stop to hessian (class pairs a ≥ b, lower triangles), gradient, sums (loglik, Σw) and counts."""
    free = at.shape[0]
    q = x.shape[1] + 1
    padded = hessian.shape[1]
    block = np.zeros((padded, PITCH))
    block[0, :] = 1.0
    weighted = np.empty((4, PITCH))
    prob = np.empty((free, BLOCK))
    wt = np.ones(BLOCK)
    v = np.zeros(BLOCK)
    top = np.empty(BLOCK)
    bottom = np.empty(BLOCK)
    for lo in range(start, stop, BLOCK):
        m = min(BLOCK, stop - lo)
        load_block(x, centre, inverse, lo, m, block)
        if w.shape[0] > 0:
            wt[:m] = w[lo : lo + m]
        wt[m:] = 0.0
        top[:] = 0.0
        for a in range(free):
            row = prob[a]
            row[:] = at[a, 0]
            for j in range(1, q):
                b = at[a, j]
                column = block[j]
                for r in range(BLOCK):
                    row[r] += b * column[r]
            for r in range(BLOCK):
                top[r] = max(top[r], row[r])
        for r in range(BLOCK):
            bottom[r] = np.exp(-top[r])
        loglik = 0.0
        for r in range(m):
            label = y[lo + r]
            counts[label] += wt[r]
            sums[1] += wt[r]
            if label != reference:
                loglik += wt[r] * prob[label - 1 if label > reference else label, r]
        for a in range(free):
            row = prob[a]
            for r in range(BLOCK):
                row[r] = np.exp(row[r] - top[r])
                bottom[r] += row[r]
        for r in range(m):
            loglik -= wt[r] * (top[r] + np.log(bottom[r]))
        sums[0] += loglik
        for a in range(free):
            row = prob[a]
            for r in range(BLOCK):
                row[r] /= bottom[r]
        for a in range(free):
            code = a + 1 if a >= reference else a
            row = prob[a]
            for r in range(BLOCK):
                v[r] = -wt[r] * row[r]
            for r in range(m):
                if y[lo + r] == code:
                    v[r] += wt[r]
            for j in range(q):
                column = block[j]
                g = 0.0
                for r in range(BLOCK):
                    g += column[r] * v[r]
                gradient[a, j] += g
        pair = 0
        for a in range(free):
            pa = prob[a]
            for b in range(a + 1):
                pb = prob[b]
                if a == b:
                    for r in range(BLOCK):
                        v[r] = wt[r] * pa[r] * (1.0 - pa[r])
                else:
                    for r in range(BLOCK):
                        v[r] = -wt[r] * pa[r] * pb[r]
                add_triangle(block, v, weighted, hessian[pair])
                pair += 1
