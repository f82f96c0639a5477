"""Convolution, bias, ReLU and maximum over windows of two by two in one pass, and back through the winners only."""

from __future__ import annotations

import numpy as np
from numba import njit

from cutaway.science.nets.convolution_kernel import panel, placed, widths
from cutaway.science.nets.tile_kernel import (
    NARROW_ROWS,
    VECTOR_BYTES,
    gather_1,
    gather_2,
    gather_3,
    gather_4,
    scatter_1,
    scatter_2,
    scatter_3,
    scatter_4,
)

NOBODY = 4  # the winner of a window whose largest number ReLU sets to zero
MOST_WINDOWS = 24  # at a time, so that their 96 positions by two vectors stay in the first cache
LISTED = 64  # windows of a filter, or a row of them if that is more, whose winners are listed before they are added
MULTIPLE = 6  # of windows, whose 24 positions are a multiple of both tiles


@njit(cache=True, nogil=True)
def forward(  # type: ignore[no-untyped-def]
    x, y, winners, begin, end, high, wide, top, left, at, chunk, taps, run, weights, bias
):
    """Set y and winners (n, windows, filters) of the images begin … end − 1.

    `at` holds, for each `chunk` windows, where the first corner of each lies, then the second of each, and so on.
    """
    _, h, w, c = x.shape
    windows, filters = y.shape[1], y.shape[2]
    lanes = VECTOR_BYTES // x.itemsize
    full = widths(filters, lanes)
    bare = high == h and wide == w
    source = x.reshape(-1) if bare else np.zeros(high * wide * c, x.dtype)
    spare = np.empty(NARROW_ROWS * 2 * lanes, x.dtype)
    four = np.empty(4 * chunk * 2 * lanes, x.dtype)
    best = np.empty(chunk * 2 * lanes, x.dtype)
    winner = np.empty(chunk * 2 * lanes, np.int32)
    for i in range(begin, end):
        if not bare:
            placed(x, i, source, wide, top, left, 1, 1)
        for first in range(0, windows, chunk):
            for o in range(0, filters, 2 * lanes):
                width = min(2 * lanes, full - o)
                panel(
                    source, i * h * w * c if bare else 0, at[4 * first :], 4 * chunk, taps, run, 1,
                    weights, taps.size * run * o, width, width, bias, o, 0, four, 0, width, width, spare,
                )  # fmt: skip
                pooled(four, best, winner, chunk * width)
                kept = min(width, filters - o)
                for window in range(min(chunk, windows - first)):
                    for v in range(kept):
                        y[i, first + window, o + v] = best[window * width + v]
                        winners[i, first + window, o + v] = winner[window * width + v]


@njit(cache=True, nogil=True)
def pooled(four, best, winner, size):  # type: ignore[no-untyped-def]
    """Set the largest of each four numbers, which lie `size` apart, and which it is, without a branch."""
    first, second, third, fourth = four[:size], four[size : 2 * size], four[2 * size : 3 * size], four[3 * size :]
    zero = four.dtype.type(0)
    for k in range(size):
        a, b, c, d = first[k], second[k], third[k], fourth[k]
        # What is not a number wins, so that it is seen.
        later = (b > a) | (b != b)
        a = b if later else a
        who = np.int32(1) if later else np.int32(0)
        later = (c > a) | (c != c)
        a = c if later else a
        who = np.int32(2) if later else who
        later = (d > a) | (d != d)
        a = d if later else a
        who = np.int32(3) if later else who
        dead = a <= 0
        best[k] = zero if dead else a
        winner[k] = np.int32(NOBODY) if dead else who


@njit(cache=True, nogil=True)
def gathered(own, own_at, image, shift, places, factors, count, vectors):  # type: ignore[no-untyped-def]
    """Add the sum of factors[k] image[places[k] + shift + …] to that many vectors of own."""
    lanes = VECTOR_BYTES // own.itemsize
    for first in range(0, vectors, 4):
        k, by, rest = own_at + first * lanes, shift + first * lanes, vectors - first
        if rest >= 4:
            gather_4(own, k, image, by, places, factors, count)
        elif rest == 3:
            gather_3(own, k, image, by, places, factors, count)
        elif rest == 2:
            gather_2(own, k, image, by, places, factors, count)
        else:
            gather_1(own, k, image, by, places, factors, count)


@njit(cache=True, nogil=True)
def scattered(own, own_at, image, shift, places, factors, count, vectors):  # type: ignore[no-untyped-def]
    """Add factors[k] own[own_at + …] to image[places[k] + shift + …] for every k, the transpose of `gathered`."""
    lanes = VECTOR_BYTES // own.itemsize
    for first in range(0, vectors, 4):
        k, by, rest = own_at + first * lanes, shift + first * lanes, vectors - first
        if rest >= 4:
            scatter_4(own, k, image, by, places, factors, count)
        elif rest == 3:
            scatter_3(own, k, image, by, places, factors, count)
        elif rest == 2:
            scatter_2(own, k, image, by, places, factors, count)
        else:
            scatter_1(own, k, image, by, places, factors, count)


@njit(cache=True, nogil=True)
def backward(  # type: ignore[no-untyped-def]
    x, g, winners, at_x, sums, bias, size, begin, end, high, wide, top, left, taps, run, weights, across
):
    """Add to the sums (block, filter, tap, run) and bias (block, filter), and set at_x, for blocks begin … end − 1.

    A block is `size` images, `across` the windows in a row; in sums and weights runs are filled up to whole vectors,
    with zeros in the weights and what comes in the sums. An empty at_x is not wanted.
    """
    n, h, w, c = x.shape
    windows, filters = g.shape[1], g.shape[2]
    lanes = VECTOR_BYTES // x.itemsize
    vectors = -(-run // lanes)
    rows = max(1, LISTED // across)
    places = np.empty(rows * across + 1, np.int64)
    errors = np.empty(rows * across + 1, x.dtype)
    wanted = at_x.size > 0
    down = wide * c
    won, error = winners.reshape(-1), g.reshape(-1)
    source = np.zeros(high * wide * c + lanes, x.dtype)  # the last run may be filled up from behind it
    target = np.zeros(high * wide * c + lanes if wanted else 0, x.dtype)
    for block in range(begin, end):
        own = sums[block]
        for i in range(block * size, min(n, (block + 1) * size)):
            placed(x, i, source, wide, top, left, 1, 1)
            target[:] = 0
            for row in range(0, windows // across, rows):
                for o in range(filters):
                    count = 0
                    for r in range(row, min(row + rows, windows // across)):
                        k, corner = (i * windows + r * across) * filters + o, 2 * r * wide * c
                        for _ in range(across):
                            winner = np.int64(won[k])
                            places[count] = corner + (winner >> 1) * down + (winner & 1) * c
                            errors[count] = error[k]
                            count += winner != NOBODY  # else the next one takes its place
                            k += filters
                            corner += 2 * c
                    total = x.dtype.type(0)
                    for k in range(count):
                        total += errors[k]
                    bias[block, o] += total
                    for t in range(taps.size):
                        k = (o * taps.size + t) * vectors * lanes
                        gathered(own, k, source, taps[t], places, errors, count, vectors)
                        if wanted:
                            scattered(weights, k, target, taps[t], places, errors, count, vectors)
            if wanted:
                for r in range(h):
                    base = ((top + r) * wide + left) * c
                    for k in range(w * c):
                        at_x[i, r * w * c + k] = target[base + k]
