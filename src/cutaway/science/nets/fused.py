"""Convolution, bias, ReLU and 2 × 2 maximum pooling as one operation: what it saves, and its layer.

Done one after the other, four arrays as large as the convolution's output are written and read again. In one pass only
the pooled output is written, with the place of each window's largest number (0 … 3, or 4 where ReLU left nothing).
Backward, a window's error belongs to that one place: so the gradients

    ∂k[a, b, c, o] = Σ g[window, o] x̃[winner + (a, b), c],    ∂x̃[winner + (a, b), c] += Σ_o g[window, o] k[a, b, c, o]

are sums over winners, a quarter of the positions or fewer, and ReLU's and the maximum's gradients are never written.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.nets.convolution import checked, glorot
from cutaway.science.nets.convolution_compiled import Axes, Offsets, filled, taps
from cutaway.science.nets.layer import Key
from cutaway.science.nets.padding import Padding, Pair, axes, pair
from cutaway.science.nets.shares import blocks, shared
from cutaway.science.nets.stateless import Stateless
from cutaway.science.nets.tape import Gradients, Pull, operation
from cutaway.science.nets.tree import Tree


@operation
def conv_relu_pool(
    x: np.ndarray, kernel: np.ndarray, bias: np.ndarray, *, padding: Padding = "valid"
) -> tuple[np.ndarray, Pull]:
    """Convolve images (n, h, w, c) with a kernel (a, b, c, o), add a bias, ReLU, and pool 2 × 2: (n, i, j, o).

    Same numbers as conv2d, relu and max_pool one after the other; an odd last row or column is dropped, and of equal
    numbers in a window the first is the winner. What is not a number wins, so that it is seen.

    Raises: `InputError` for shapes or dtypes that do not go together, dtypes other than float32 and float64, or images
    too small for one window.
    """
    checked(x, kernel, 1, "conv_relu_pool")
    if x.dtype not in (np.float32, np.float64):
        raise InputError(f"x: conv_relu_pool expected float32 or float64, got {x.dtype}; use x.astype(np.float32)")
    if bias.shape != (kernel.shape[3],):
        raise InputError(
            f"bias: conv_relu_pool expected one number a filter, ({kernel.shape[3]},), got shape {bias.shape}"
        )
    along = axes(x.shape, kernel.shape[:2], 1, padding)
    down, across = along[0].outputs // 2, along[1].outputs // 2
    if not down * across:
        raise InputError(f"x: conv_relu_pool expected at least two outputs each way to pool, got images {x.shape}")
    from cutaway.science.nets import (
        convolution_kernel,
        fused_kernel,
        tile_kernel,
    )  # compiled code is loaded when it is needed

    x, kernel = np.ascontiguousarray(x), np.ascontiguousarray(kernel)
    n, channels, filters = x.shape[0], x.shape[3], kernel.shape[3]
    places, chunk = window_offsets(along, channels)
    room = (along[0].padded, along[1].padded, along[0].before, along[1].before)
    flat = kernel.reshape(-1, filters)
    weights = convolution_kernel.packed(flat, 1)
    starts = convolution_kernel.packed(bias.reshape(1, filters), 1)
    y = np.empty((n, down * across, filters), x.dtype)
    winners = np.empty(y.shape, np.uint8)
    shared(
        lambda begin, end: fused_kernel.forward(
            x, y, winners, begin, end, *room, places.rows, chunk, places.taps, places.run, weights, starts
        ),
        n,
        4 * flat.shape[0] * y.size,
    )

    lanes = tile_kernel.VECTOR_BYTES // x.itemsize

    def pull(g: np.ndarray, wanted: tuple[bool, ...]) -> Gradients:
        size, count = blocks(n)
        g = np.ascontiguousarray(g, x.dtype).reshape(y.shape)
        by_run = flat.T.reshape(filters, -1, places.run)
        runs = np.zeros((*by_run.shape[:2], -(-places.run // lanes) * lanes), x.dtype)
        runs[:, :, : places.run] = by_run
        sums = np.zeros((count, runs.size), x.dtype)
        sums_bias = np.zeros((count, filters), x.dtype)
        at_x = np.empty((n, x[0].size if wanted[0] else 0), x.dtype)
        shared(
            lambda begin, end: fused_kernel.backward(
                x, g, winners, at_x, sums, sums_bias, size, begin, end, *room,
                places.taps, places.run, runs.reshape(-1), across,
            ),
            count,
            4 * flat.shape[0] * y.size,  # as long as forward: a fourth of the products, but places are looked up
        )  # fmt: skip
        at_kernel = sums.sum(axis=0).reshape(runs.shape)[:, :, : places.run].reshape(filters, -1).T
        return at_x.reshape(x.shape) if wanted[0] else None, at_kernel.reshape(kernel.shape), sums_bias.sum(axis=0)

    return y.reshape(n, down, across, filters), pull


@lru_cache(maxsize=256)
def window_offsets(along: Axes, channels: int) -> tuple[Offsets, int]:
    """Rows are output positions: of as many windows as are computed at a time all first corners, all second, …."""
    from cutaway.science.nets.fused_kernel import MOST_WINDOWS, MULTIPLE

    v, h = along
    i = np.arange(v.outputs // 2 * 2).reshape(-1, 1, 2, 1)
    j = np.arange(h.outputs // 2 * 2).reshape(1, -1, 1, 2)
    rows = ((i * h.padded + j) * channels).reshape(-1, 4)
    chunks = -(-len(rows) // MOST_WINDOWS)
    chunk = -(-len(rows) // (MULTIPLE * chunks)) * MULTIPLE
    whole = np.pad(rows, ((0, chunk * chunks - len(rows)), (0, 0)), mode="edge").reshape(chunks, chunk, 4)
    return Offsets(filled(whole.swapaxes(1, 2)), rows.size, *taps(along, channels, 1)), chunk


@dataclass(frozen=True, slots=True)
class ConvBlock(Stateless):
    """Convolution, bias, ReLU and 2 × 2 maximum pooling in one pass: parameters kernel and bias."""

    channels: int
    filters: int
    size: int | Pair
    padding: Padding = "valid"

    def init(self, key: Key) -> Tree:
        """Glorot's uniform kernel, and a bias of 0."""
        return glorot(key, (*pair("size", self.size), self.channels, self.filters), self.filters)

    def apply(self, params: Tree, x: Any, state: Tree, train: bool) -> tuple[Any, Tree]:
        """Images (n, h, w, channels) to (n, i, j, filters) of half the size."""
        return conv_relu_pool(x, params["kernel"], params["bias"], padding=self.padding), state
