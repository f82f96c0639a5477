"""The inner loop of the average marginal effects, compiled; blocks as in `kernel`."""

from __future__ import annotations

import numpy as np
from numba import njit

from cutaway.science.logit.kernel import BLOCK, FAST, PITCH, load_block


@njit(cache=True, nogil=True, fastmath=FAST)
def effect_rows(x, w, at, low, high, columns, bounds, start, stop, sums, curvature, change, gradient):  # type: ignore[no-untyped-def]
    """Add rows start … stop to sums (Σw, Σ w p(1-p)), curvature, change and its gradient."""
    p = x.shape[1]
    q = p + 1
    block = np.zeros((q, PITCH))
    block[0, :] = 1.0
    plain = np.zeros(p)
    unit = np.ones(p)
    eta = np.empty(BLOCK)
    bent = np.zeros(BLOCK)
    base = np.empty(BLOCK)
    p_off = np.empty(BLOCK)
    v_off = np.zeros(BLOCK)
    v_on = np.zeros(BLOCK)
    difference = np.zeros(BLOCK)
    wt = np.ones(BLOCK)
    for lo in range(start, stop, BLOCK):
        m = min(BLOCK, stop - lo)
        load_block(x, plain, unit, lo, m, block)
        if w.shape[0] > 0:
            wt[:m] = w[lo : lo + m]
        eta[:] = at[0]
        for j in range(1, q):
            b = at[j]
            column = block[j]
            for r in range(BLOCK):
                eta[r] += b * column[r]
        bent[m:] = 0.0
        v_off[m:] = 0.0
        v_on[m:] = 0.0
        difference[m:] = 0.0
        for r in range(m):
            e = np.exp(-abs(eta[r]))
            high_p = 1.0 / (1.0 + e)
            v = e * high_p * high_p
            p1 = high_p if eta[r] >= 0.0 else e * high_p
            sums[0] += wt[r]
            sums[1] += wt[r] * v
            bent[r] = wt[r] * v * (1.0 - 2.0 * p1)
        for j in range(q):
            column = block[j]
            s = 0.0
            for r in range(BLOCK):
                s += column[r] * bent[r]
            curvature[j] += s
        for g in range(bounds.shape[0] - 1):
            base[:] = eta
            for c in range(bounds[g], bounds[g + 1]):
                j = columns[c]
                b = at[j + 1]
                column = block[j + 1]
                for r in range(BLOCK):
                    base[r] -= b * (column[r] - low[j])
            v_sum = 0.0
            for r in range(m):
                e = np.exp(-abs(base[r]))
                high_p = 1.0 / (1.0 + e)
                p_off[r] = high_p if base[r] >= 0.0 else e * high_p
                v_off[r] = wt[r] * e * high_p * high_p
                v_sum += v_off[r]
            for c in range(bounds[g], bounds[g + 1]):
                shift = at[columns[c] + 1] * (high[columns[c]] - low[columns[c]])
                total = 0.0
                v_level = 0.0
                for r in range(m):
                    t = base[r] + shift
                    e = np.exp(-abs(t))
                    high_p = 1.0 / (1.0 + e)
                    p1 = high_p if t >= 0.0 else e * high_p
                    v = wt[r] * e * high_p * high_p
                    total += wt[r] * (p1 - p_off[r])
                    v_level += v
                    difference[r] = v - v_off[r]
                change[c] += total
                row = gradient[c]
                for j in range(q):
                    column = block[j]
                    s = 0.0
                    for r in range(BLOCK):
                        s += column[r] * difference[r]
                    row[j] += s
                # the factor's own columns do not stand at the row's values but at off and on
                for d in range(bounds[g], bounds[g + 1]):
                    j = columns[d]
                    column = block[j + 1]
                    s = 0.0
                    for r in range(BLOCK):
                        s += column[r] * difference[r]
                    own = high[j] if d == c else low[j]
                    row[j + 1] += own * v_level - low[j] * v_sum - s
