"""The inner loop of Firth's correction, compiled; blocks as in `kernel`."""

from __future__ import annotations

import numpy as np
from numba import njit

from cutaway.science.logit.kernel import BLOCK, FAST, PITCH, load_block


@njit(cache=True, nogil=True, fastmath=FAST)
def hat_rows(x, w, at, root, centre, inverse, start, stop, correction, sums):  # type: ignore[no-untyped-def]
    """Add Σ h (1/2 - p) x̃ of rows start … stop to correction (q,), and Σ h to sums[0]; rootᵀ root = H⁻¹."""
    q = x.shape[1] + 1
    block = np.zeros((q, PITCH))
    block[0, :] = 1.0
    eta = np.empty(BLOCK)
    u = np.empty(BLOCK)
    hat = np.empty(BLOCK)
    for lo in range(start, stop, BLOCK):
        m = min(BLOCK, stop - lo)
        load_block(x, centre, inverse, lo, m, block)
        eta[:] = at[0]
        hat[:] = 0.0
        for j in range(1, q):
            b = at[j]
            column = block[j]
            for r in range(BLOCK):
                eta[r] += b * column[r]
        for i in range(q):
            u[:] = 0.0
            for j in range(i + 1):
                c = root[i, j]
                column = block[j]
                for r in range(BLOCK):
                    u[r] += c * column[r]
            for r in range(BLOCK):
                hat[r] += u[r] * u[r]
        for r in range(m):
            e = np.exp(-abs(eta[r]))
            high = 1.0 / (1.0 + e)
            p = high if eta[r] >= 0.0 else e * high
            h = hat[r] * e * high * high
            if w.shape[0] > 0:
                h *= w[lo + r]
            sums[0] += h
            hat[r] = h * (0.5 - p)
        hat[m:] = 0.0
        for j in range(q):
            column = block[j]
            s = 0.0
            for r in range(BLOCK):
                s += column[r] * hat[r]
            correction[j] += s
