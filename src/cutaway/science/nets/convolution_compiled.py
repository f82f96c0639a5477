"""Convolution and its gradients by `convolution_kernel`'s loops: same arguments and results as in `convolution`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from cutaway.science.nets.padding import Axis
from cutaway.science.nets.shares import blocks, shared

Axes = tuple[Axis, Axis]


@dataclass(frozen=True, slots=True, eq=False)
class Offsets:
    """Where the rows of tiles stand in a buffer (high, wide, channels), and where their sums go from there."""

    rows: np.ndarray  # filled up by repeating the last
    count: int
    taps: np.ndarray
    run: int


def suits(x: np.ndarray) -> bool:
    """Whether there is compiled code for the dtype."""
    return x.dtype in (np.float32, np.float64)


def convolved(
    x: np.ndarray, kernel: np.ndarray, along: Axes, groups: int = 1, bias: np.ndarray | None = None
) -> np.ndarray:
    """Convolve images (n, h, w, c) with a kernel (a, b, c / groups, o), and add the bias (o,)."""
    return _correlated(x, kernel, along, (along[0].padded, along[1].padded), _corner(along), (1, 1), groups, bias)


def input_gradient(
    g: np.ndarray, turned: np.ndarray, along: Axes, groups: int = 1, bias: np.ndarray | None = None
) -> np.ndarray:
    """The images' gradient for an error g at the outputs; `turned` is the kernel `flipped`. Adds the bias (c,)."""
    v, h = (Axis(one.size, one.kernel, 1, one.dilation, 0, one.reach) for one in along)
    corner = (along[0].reach - along[0].before, along[1].reach - along[1].before)
    return _correlated(
        g, turned, (v, h), (v.padded, h.padded), corner, (along[0].stride, along[1].stride), groups, bias
    )


def kernel_gradient(x: np.ndarray, g: np.ndarray, along: Axes, groups: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """The gradients of kernel (a, b, c / groups, o) and bias (o,) for an error g at the outputs."""
    from cutaway.science.nets import convolution_kernel as loops  # compiled code is loaded when it is needed
    from cutaway.science.nets import tile_kernel

    x, g = np.ascontiguousarray(x), np.ascontiguousarray(g, x.dtype)
    n, channels, filters = x.shape[0], x.shape[3], g.shape[3]
    own = channels // groups
    v, h = along
    depth = v.kernel * h.kernel * own
    places = kernel_offsets(along, channels, groups)
    size, count = blocks(n)
    full = loops.widths(filters // groups, tile_kernel.VECTOR_BYTES // x.itemsize)
    sums = np.zeros((count, places.rows.size * groups * full), x.dtype)
    bias = np.zeros((count, filters), x.dtype)
    errors = g.reshape(n, v.outputs * h.outputs, filters)
    shared(
        lambda begin, end: loops.kernel_sums(
            x, errors, sums, bias, size, begin, end, v.padded, h.padded, *_corner(along),
            places.rows, depth, places.taps, places.run, h.stride * channels, groups,
        ),
        count,
        depth * g.size / groups,
    )  # fmt: skip
    kernel = loops.unpacked(sums.sum(axis=0), depth, places.rows.size, filters, groups)
    return kernel.reshape(v.kernel, h.kernel, own, filters), bias.sum(axis=0)


def _corner(along: Axes) -> tuple[int, int]:
    return along[0].before, along[1].before


def _correlated(
    x: np.ndarray,
    kernel: np.ndarray,
    along: Axes,
    room: tuple[int, int],
    corner: tuple[int, int],
    spread: tuple[int, int],
    groups: int,
    bias: np.ndarray | None,
) -> np.ndarray:
    from cutaway.science.nets import convolution_kernel as loops

    x = np.ascontiguousarray(x, kernel.dtype)
    n, channels, filters = x.shape[0], x.shape[3], kernel.shape[3]
    v, h = along
    places = output_offsets(along, channels, groups)
    flat = np.ascontiguousarray(kernel).reshape(-1, filters)
    weights = loops.packed(flat, groups)
    start = np.zeros((1, filters), x.dtype) if bias is None else bias.reshape(1, filters)
    starts = loops.packed(start, groups)
    y = np.empty((n, v.outputs * h.outputs, filters), x.dtype)
    shared(
        lambda begin, end: loops.correlated(
            x, y, begin, end, *room, *corner, *spread, places.rows, places.count, places.taps, places.run,
            weights, starts, groups,
        ),
        n,
        kernel[..., 0].size * y.size,
    )  # fmt: skip
    return y.reshape(n, v.outputs, h.outputs, filters)


@lru_cache(maxsize=256)
def output_offsets(along: Axes, channels: int, groups: int) -> Offsets:
    """Rows are output positions; sums go over the places of the kernel."""
    v, h = along
    wide = h.padded * channels
    rows = np.add.outer(np.arange(v.outputs) * v.stride * wide, np.arange(h.outputs) * h.stride * channels)
    return Offsets(filled(rows), rows.size, *taps(along, channels, groups))


def taps(along: Axes, channels: int, groups: int) -> tuple[np.ndarray, int]:
    """Where the numbers under a window lie, as beginnings of runs, and how long these are."""
    v, h = along
    down = np.arange(v.kernel, dtype=np.int64) * v.dilation * h.padded * channels
    if groups == 1 and h.dilation == 1:
        return down, h.kernel * channels
    return np.add.outer(down, np.arange(h.kernel) * h.dilation * channels).ravel(), channels // groups


@lru_cache(maxsize=256)
def kernel_offsets(along: Axes, channels: int, groups: int) -> Offsets:
    """Rows are places of the kernel; sums go over the output positions, a row of them being a run."""
    v, h = along
    wide = h.padded * channels
    down = np.arange(v.kernel)[:, None, None] * v.dilation * wide
    right = np.arange(h.kernel)[:, None] * h.dilation * channels
    rows = down + right + np.arange(channels // groups)
    return Offsets(filled(rows), rows.size, np.arange(v.outputs, dtype=np.int64) * v.stride * wide, h.outputs)


def filled(rows: np.ndarray) -> np.ndarray:
    """The table of rows, filled up so that tiles of both kinds divide it."""
    from cutaway.science.nets.convolution_kernel import MULTIPLE

    return np.pad(rows.ravel().astype(np.int64), (0, -rows.size % MULTIPLE), mode="edge")
