"""The loops of a convolution and its kernel's gradient, compiled; images in shares, so that threads can divide them.

Each image is set once into a buffer with its padding (or its stride's zeros, for the gradient at the input), and the
tiles of `tile_kernel` read from there: no columns are written out. Rows of a tile are output positions, found through
a table of offsets, so every stride, dilation and padding takes the same loop.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from cutaway.science.nets.tile_kernel import NARROW_ROWS, VECTOR_BYTES, WIDE_ROWS, narrow_tile, wide_tile

POSITIONS = 64  # of an output and the pixels under them: what stays in the first cache while all tiles pass
MULTIPLE = 24  # tables of rows are filled up to a multiple of it, which both kinds of tile divide


@njit(cache=True, nogil=True)
def widths(filters, lanes):  # type: ignore[no-untyped-def]
    """The filters filled up: wide blocks, then a narrow one if that holds the rest."""
    rest = filters % (2 * lanes)
    return filters - rest + (0 if rest == 0 else lanes if rest <= lanes else 2 * lanes)


@njit(cache=True, nogil=True)
def packed(kernel, groups):  # type: ignore[no-untyped-def]
    """Reorder a kernel (depth, filters) to (group, block, depth, lane), flat, with zeros where it is filled up."""
    depth, filters = kernel.shape[0], kernel.shape[1] // groups
    lanes = VECTOR_BYTES // kernel.itemsize
    full = widths(filters, lanes)
    out = np.zeros(groups * depth * full, kernel.dtype)
    for group in range(groups):
        for o in range(0, filters, 2 * lanes):
            width = min(2 * lanes, full - o)
            base = depth * (group * full + o)
            for k in range(depth):
                for v in range(min(width, filters - o)):
                    out[base + k * width + v] = kernel[k, group * filters + o + v]
    return out


@njit(cache=True, nogil=True)
def unpacked(flat, depth, filled, filters, groups):  # type: ignore[no-untyped-def]
    """Undo `packed`: from (group, block, depth filled up, lane) to (depth, filters)."""
    lanes = VECTOR_BYTES // flat.itemsize
    out = np.empty((depth, filters), flat.dtype)
    own = filters // groups
    full = widths(own, lanes)
    for group in range(groups):
        for o in range(0, own, 2 * lanes):
            width = min(2 * lanes, full - o)
            base = filled * (group * full + o)
            for k in range(depth):
                for v in range(min(width, own - o)):
                    out[k, group * own + o + v] = flat[base + k * width + v]
    return out


@njit(cache=True, nogil=True)
def panel(  # type: ignore[no-untyped-def]
    x,
    x_at,
    at,
    rows,
    taps,
    run,
    step,
    w,
    w_at,
    w_step,
    width,
    start,
    start_at,
    start_step,
    out,
    out_at,
    out_step,
    kept,
    spare,
):
    """All rows of one block of filters, tile by tile; only `kept` of the block's lanes and `rows` rows are written."""
    lanes = VECTOR_BYTES // x.itemsize
    wide = width > lanes
    tile = WIDE_ROWS if wide else NARROW_ROWS
    for first in range(0, rows, tile):
        here = min(tile, rows - first)
        whole = here == tile and kept == width
        s = start_at + first * start_step
        o = out_at + first * out_step
        to, t, t_step = (out, o, out_step) if whole else (spare, 0, width)  # a tile writes all of its own
        if wide:
            wide_tile(
                x, x_at, at, first, taps, taps.size, run, step, w, w_at, w_step, start, s, start_step, to, t, t_step
            )
        else:
            narrow_tile(
                x, x_at, at, first, taps, taps.size, run, step, w, w_at, w_step, start, s, start_step, to, t, t_step
            )
        if not whole:
            for r in range(here):
                for v in range(kept):
                    out[o + r * out_step + v] = spare[r * width + v]


@njit(cache=True, nogil=True)
def placed(x, i, buffer, wide, top, left, down, right):  # type: ignore[no-untyped-def]
    """Set image i into a flat buffer of rows `wide` pixels long, from (top, left) in steps of (down, right)."""
    h, w, c = x.shape[1], x.shape[2], x.shape[3]
    flat = x.reshape(-1)
    high = buffer.size // (wide * c)
    for r in range(h):
        row = top + r * down
        if 0 <= row < high and right == 1 and 0 <= left <= wide - w:
            base, start = (row * wide + left) * c, (i * h + r) * w * c
            for k in range(w * c):  # not by slices: to make them takes longer than to copy a short row
                buffer[base + k] = flat[start + k]
        elif 0 <= row < high:
            for q in range(w):
                column = left + q * right
                if 0 <= column < wide:
                    base = (row * wide + column) * c
                    for k in range(c):
                        buffer[base + k] = x[i, r, q, k]


@njit(cache=True, nogil=True)
def correlated(  # type: ignore[no-untyped-def]
    x, y, begin, end, high, wide, top, left, down, right, at, rows, taps, run, weights, bias, groups
):
    """Set y (n, rows, filters) of the images begin … end − 1; buffers are (high, wide), images at (top, left) in it."""
    _, h, w, c = x.shape
    filters = y.shape[2] // groups
    lanes = VECTOR_BYTES // x.itemsize
    full = widths(filters, lanes)
    depth = taps.size * run
    bare = high == h and wide == w and top == 0 and left == 0 and down == 1 and right == 1
    source = x.reshape(-1) if bare else np.zeros(high * wide * c, x.dtype)
    spare = np.empty(NARROW_ROWS * 2 * lanes, x.dtype)
    out = y.reshape(-1)
    for i in range(begin, end):
        if not bare:
            placed(x, i, source, wide, top, left, down, right)
        for group in range(groups):
            x_at = (i * h * w * c if bare else 0) + group * (c // groups)
            for o in range(0, filters, 2 * lanes):
                panel(
                    source, x_at, at, rows, taps, run, 1,
                    weights, depth * (group * full + o), min(2 * lanes, full - o), min(2 * lanes, full - o),
                    bias, group * full + o, 0,
                    out, i * rows * y.shape[2] + group * filters + o, y.shape[2], min(2 * lanes, filters - o), spare,
                )  # fmt: skip


@njit(cache=True, nogil=True)
def kernel_sums(  # type: ignore[no-untyped-def]
    x, g, sums, bias, size, begin, end, high, wide, top, left, at, depth, taps, run, step, groups
):
    """Add Σ x g to the sums (block, packed kernel) and Σ g to the bias (block, filters), for blocks begin … end − 1.

    A block is `size` images. Rows of a tile are places in the kernel, and the sum runs over the output positions.
    """
    n, h, w, c = x.shape
    filters = g.shape[2] // groups
    lanes = VECTOR_BYTES // x.itemsize
    full = widths(filters, lanes)
    bare = high == h and wide == w and top == 0 and left == 0
    source = x.reshape(-1) if bare else np.zeros(high * wide * c, x.dtype)
    spare = np.empty(NARROW_ROWS * 2 * lanes, x.dtype)
    rows = min(taps.size, max(1, POSITIONS // run))  # of outputs, that are summed over at a time
    factor = np.zeros(rows * run * 2 * lanes, x.dtype)
    for block in range(begin, end):
        for i in range(block * size, min(n, (block + 1) * size)):
            if not bare:
                placed(x, i, source, wide, top, left, 1, 1)
            for p in range(g.shape[1]):
                for o in range(g.shape[2]):
                    bias[block, o] += g[i, p, o]
            for row in range(0, taps.size, rows):
                here = taps[row : row + rows]
                for group in range(groups):
                    x_at = (i * h * w * c if bare else 0) + group * (c // groups)
                    for o in range(0, filters, 2 * lanes):
                        width = min(2 * lanes, full - o)
                        kept = min(width, filters - o)
                        tile = WIDE_ROWS if width > lanes else NARROW_ROWS
                        for p in range(here.size * run):
                            for v in range(kept):
                                factor[p * width + v] = g[i, row * run + p, group * filters + o + v]
                            for v in range(kept, width):
                                factor[p * width + v] = 0
                        base = at.size * (group * full + o)
                        panel(
                            source, x_at, at, -(-depth // tile) * tile, here, run, step, factor, 0, width, width,
                            sums[block], base, width, sums[block], base, width, width, spare,
                        )  # fmt: skip
