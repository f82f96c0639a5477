"""Convolution, bias, ReLU and maximum over windows of two by two in one pass, and back through the winners only."""

from __future__ import annotations

import numpy as np
from numba import njit

from cutaway.science.nets.convolution_kernel import panel, placed, widths
from cutaway.science.nets.tile_kernel import NARROW_ROWS, VECTOR_BYTES, add_scaled

NOBODY = 4  # the winner of a window whose largest number ReLU sets to zero
WINDOWS = 24  # computed at a time: their 96 positions are a multiple of both tiles, and stay in the first cache


@njit(cache=True, nogil=True)
def forward(  # type: ignore[no-untyped-def]
    x, y, winners, begin, end, high, wide, top, left, at, taps, run, weights, bias
):
    """Set y and winners (n, windows, filters) of the images begin … end − 1; four rows in `at` are a window."""
    _, h, w, c = x.shape
    windows, filters = y.shape[1], y.shape[2]
    lanes = VECTOR_BYTES // x.itemsize
    full = widths(filters, lanes)
    bare = high == h and wide == w
    source = x.reshape(-1) if bare else np.zeros(high * wide * c, x.dtype)
    spare = np.empty(NARROW_ROWS * 2 * lanes, x.dtype)
    four = np.empty(4 * WINDOWS * 2 * lanes, x.dtype)
    for i in range(begin, end):
        if not bare:
            placed(x, i, source, wide, top, left, 1, 1)
        for first in range(0, windows, WINDOWS):
            for o in range(0, filters, 2 * lanes):
                width = min(2 * lanes, full - o)
                panel(
                    source, i * h * w * c if bare else 0, at[4 * first :], 4 * WINDOWS, taps, run, 1,
                    weights, taps.size * run * o, width, width, bias, o, 0, four, 0, width, width, spare,
                )  # fmt: skip
                for window in range(min(WINDOWS, windows - first)):
                    base = 4 * window * width
                    for v in range(min(width, filters - o)):
                        best = four[base + v]
                        winner = 0
                        for k in range(1, 4):
                            one = four[base + k * width + v]
                            if one > best or one != one:  # so that what is not a number wins, and is seen
                                best = one
                                winner = k
                        if best <= 0:
                            best = x.dtype.type(0)
                            winner = NOBODY
                        y[i, first + window, o + v] = best
                        winners[i, first + window, o + v] = winner


@njit(cache=True, nogil=True)
def backward(  # type: ignore[no-untyped-def]
    x, g, winners, at_x, sums, bias, size, begin, end, high, wide, top, left, at, taps, run, weights, across
):
    """Add to the sums (block, filter, depth) and bias (block, filter), and set at_x, for blocks begin … end − 1.

    A block is `size` images, `across` the windows in a row, and weights (filter, depth). An empty at_x is not wanted.
    """
    n, h, w, c = x.shape
    windows, filters = g.shape[1], g.shape[2]
    depth = taps.size * run
    bare = high == h and wide == w
    wanted = at_x.size > 0
    source = x.reshape(-1) if bare else np.zeros(high * wide * c, x.dtype)
    target = np.empty(high * wide * c if wanted else 0, x.dtype)
    for block in range(begin, end):
        own = sums[block]
        for i in range(block * size, min(n, (block + 1) * size)):
            base = i * h * w * c if bare else 0
            if not bare:
                placed(x, i, source, wide, top, left, 1, 1)
            if wanted:
                target[:] = 0
            for first in range(0, windows, across):
                for o in range(filters):
                    for window in range(first, min(first + across, windows)):
                        winner = winners[i, window, o]
                        error = g[i, window, o]
                        if winner == NOBODY:
                            continue
                        bias[block, o] += error
                        here = at[4 * window + winner]
                        for t in range(taps.size):
                            k = o * depth + t * run
                            add_scaled(own, k, source, base + here + taps[t], run, error)
                            if wanted:
                                add_scaled(target, here + taps[t], weights, k, run, error)
            if wanted:
                for r in range(h):
                    for k in range(w * c):
                        at_x[i, r * w * c + k] = target[((top + r) * wide + left) * c + k]
