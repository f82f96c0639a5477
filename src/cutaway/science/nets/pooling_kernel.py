"""The loops of pooling and their gradients, compiled; images begin … end − 1, channels innermost, pads never read."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def largest(  # type: ignore[no-untyped-def]
    x, y, winners, begin, end, rows, down, apart, top, columns, right, beside, left
):
    """Set y to the largest under each window, and winners to the pixel it stands on, counted row by row."""
    _, h, w, c = x.shape
    for i in range(begin, end):
        for p in range(y.shape[1]):
            for q in range(y.shape[2]):
                out, who = y[i, p, q], winners[i, p, q]
                fresh = True
                for a in range(rows):
                    r = p * down + a * apart - top
                    for b in range(columns):
                        s = q * right + b * beside - left
                        if r < 0 or r >= h or s < 0 or s >= w:
                            continue
                        one, here = x[i, r, s], np.int32(r * w + s)
                        if fresh:
                            fresh = False
                            for k in range(c):
                                out[k] = one[k]
                                who[k] = here
                            continue
                        for k in range(c):
                            new, old = one[k], out[k]
                            later = ((new > old) | (new != new)) & (old == old)
                            out[k] = new if later else old
                            who[k] = here if later else who[k]


@njit(cache=True, nogil=True)
def largest_gradient(g, winners, at_x, begin, end):  # type: ignore[no-untyped-def]
    """Add each window's error to the pixel that won it."""
    w, c = at_x.shape[2], at_x.shape[3]
    for i in range(begin, end):
        for p in range(g.shape[1]):
            for q in range(g.shape[2]):
                for k in range(c):
                    here = winners[i, p, q, k]
                    at_x[i, here // w, here % w, k] += g[i, p, q, k]


@njit(cache=True, nogil=True)
def mean(  # type: ignore[no-untyped-def]
    x, y, share, begin, end, rows, down, apart, top, columns, right, beside, left
):
    """Set y to the sum under each window times its share."""
    _, h, w, c = x.shape
    for i in range(begin, end):
        for p in range(y.shape[1]):
            for q in range(y.shape[2]):
                out = y[i, p, q]
                for k in range(c):
                    out[k] = 0
                for a in range(rows):
                    r = p * down + a * apart - top
                    for b in range(columns):
                        s = q * right + b * beside - left
                        if 0 <= r < h and 0 <= s < w:
                            one = x[i, r, s]
                            for k in range(c):
                                out[k] += one[k]
                for k in range(c):
                    out[k] *= share[p, q]


@njit(cache=True, nogil=True)
def mean_gradient(  # type: ignore[no-untyped-def]
    g, at_x, share, begin, end, rows, down, apart, top, columns, right, beside, left
):
    """Add each window's error times its share to its pixels."""
    _, h, w, c = at_x.shape
    for i in range(begin, end):
        for p in range(g.shape[1]):
            for q in range(g.shape[2]):
                for a in range(rows):
                    r = p * down + a * apart - top
                    for b in range(columns):
                        s = q * right + b * beside - left
                        if 0 <= r < h and 0 <= s < w:
                            for k in range(c):
                                at_x[i, r, s, k] += g[i, p, q, k] * share[p, q]
