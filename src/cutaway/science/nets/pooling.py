"""Pooling: the largest or the mean number under a window, per channel, and over whole images.

The functions `largest` and `mean` with their gradients are written over strided windows, to be read;
`pooling_kernel.py` computes the same and is what runs unless it is told otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.nets.convolution import Axes, windows
from cutaway.science.nets.convolution_compiled import suits
from cutaway.science.nets.padding import Padding, Pair, axes, pair
from cutaway.science.nets.shares import shared
from cutaway.science.nets.stateless import Unlearned
from cutaway.science.nets.tape import Gradients, Pull, operation
from cutaway.science.nets.tree import Tree


def largest(x: np.ndarray, along: Axes) -> tuple[np.ndarray, np.ndarray]:
    """The largest number under each window, and its place there (row by row); the first one if there are more."""
    under = _under(x, along, -np.inf)
    winners = under.argmax(axis=3)
    return np.take_along_axis(under, winners[:, :, :, None], axis=3)[:, :, :, 0], winners


def largest_gradient(g: np.ndarray, winners: np.ndarray, shape: tuple[int, ...], along: Axes) -> np.ndarray:
    """The error of each window, added to the pixel that won it."""
    return _added(shape, along, g.dtype, lambda place: np.where(winners == place, g, 0))


def mean(x: np.ndarray, along: Axes, counts: np.ndarray) -> np.ndarray:
    """The sum under each window over its count."""
    return np.asarray(_under(x, along, 0).sum(axis=3) / counts.astype(x.dtype))


def mean_gradient(g: np.ndarray, shape: tuple[int, ...], along: Axes, counts: np.ndarray) -> np.ndarray:
    """The error of each window in equal parts to its pixels."""
    part = g / counts.astype(g.dtype)
    return _added(shape, along, g.dtype, lambda place: part)


def counts(along: Axes, pads: bool) -> np.ndarray:
    """By what the sums are divided (i, j, 1): the window's size, or how many pixels of the image are under it."""
    v, h = along
    if pads:
        return np.full((v.outputs, h.outputs, 1), v.kernel * h.kernel)
    inside = []
    for axis in along:
        at = np.arange(axis.outputs)[:, None] * axis.stride + np.arange(axis.kernel) * axis.dilation - axis.before
        inside.append(((at >= 0) & (at < axis.size)).sum(axis=1))
    return np.asarray(np.multiply.outer(*inside)[..., None])


def _under(x: np.ndarray, along: Axes, pad: float) -> np.ndarray:
    """What lies under the windows: (n, i, j, places, c)."""
    v, h = along
    around = ((0, 0), (v.before, v.after), (h.before, h.after), (0, 0))
    view = windows(np.pad(x, around, constant_values=pad), along)
    return view.reshape(*view.shape[:3], v.kernel * h.kernel, x.shape[3])


def _added(shape: tuple[int, ...], along: Axes, dtype: Any, part: Any) -> np.ndarray:
    """Images of the sum of `part(place)` over the places of the window, each where that place stood."""
    v, h = along
    out = np.zeros((shape[0], v.padded, h.padded, shape[3]), dtype)
    for place in range(v.kernel * h.kernel):
        a, b = divmod(place, h.kernel)
        rows = slice(a * v.dilation, a * v.dilation + (v.outputs - 1) * v.stride + 1, v.stride)
        columns = slice(b * h.dilation, b * h.dilation + (h.outputs - 1) * h.stride + 1, h.stride)
        out[:, rows, columns] += part(place)
    return out[:, v.before : v.before + v.size, h.before : h.before + h.size]


def _axes(x: np.ndarray, size: int | Pair, stride: int | Pair | None, padding: Padding, dilation: int | Pair) -> Axes:
    if x.ndim != 4:
        raise InputError(f"x: pooling expected images (n, h, w, c), got shape {x.shape}; one image is x[None]")
    along = axes(x.shape, pair("size", size), size if stride is None else stride, padding, dilation)
    if not counts(along, False).all():
        raise InputError(f"padding: pooling expected a pixel under every window, got {padding!r} for windows of {size}")
    return along


@operation
def max_pool(
    x: np.ndarray,
    *,
    size: int | Pair = 2,
    stride: int | Pair | None = None,
    padding: Padding = "valid",
    dilation: int | Pair = 1,
    compiled: bool = True,
) -> tuple[np.ndarray, Pull]:
    """The largest number under each window of images (n, h, w, c); stride is the size unless given.

    Pads never win. Of equal numbers the first wins and gets the gradient; what is not a number wins.

    Raises: `InputError` for what are no images, and windows over pads alone.

    >>> max_pool(np.arange(16.0).reshape(1, 4, 4, 1))[0, :, :, 0].tolist()
    [[5.0, 7.0], [13.0, 15.0]]
    """
    along = _axes(x, size, stride, padding, dilation)
    if not (compiled and suits(x)):
        y, winners = largest(x, along)
        return y, lambda g, _: (largest_gradient(g, winners, x.shape, along),)
    from cutaway.science.nets import pooling_kernel  # compiled code is loaded when it is needed

    x = np.ascontiguousarray(x)
    y = np.empty((x.shape[0], along[0].outputs, along[1].outputs, x.shape[3]), x.dtype)
    winners = np.empty(y.shape, np.int32)
    steps = _steps(along)
    shared(lambda begin, end: pooling_kernel.largest(x, y, winners, begin, end, *steps), len(x), 10 * x.size)

    def pull(g: np.ndarray, wanted: tuple[bool, ...]) -> Gradients:
        at_x = np.zeros_like(x)
        g = np.ascontiguousarray(g, x.dtype)
        shared(lambda begin, end: pooling_kernel.largest_gradient(g, winners, at_x, begin, end), len(x), 10 * x.size)
        return (at_x,)

    return y, pull


@operation
def avg_pool(
    x: np.ndarray,
    *,
    size: int | Pair = 2,
    stride: int | Pair | None = None,
    padding: Padding = "valid",
    count_pads: bool = False,
    compiled: bool = True,
) -> tuple[np.ndarray, Pull]:
    """The mean under each window of images (n, h, w, c); stride is the size unless given.

    `count_pads` divides by the window's size everywhere, as PyTorch does unless told otherwise; without it only pixels
    are counted, as in Keras.

    Raises: `InputError` for what are no images, and windows over pads alone.

    >>> avg_pool(np.arange(16.0).reshape(1, 4, 4, 1))[0, :, :, 0].tolist()
    [[2.5, 4.5], [10.5, 12.5]]
    """
    along = _axes(x, size, stride, padding, 1)
    by = counts(along, count_pads)
    if not (compiled and suits(x)):
        return mean(x, along, by), lambda g, _: (mean_gradient(g, x.shape, along, by),)
    from cutaway.science.nets import pooling_kernel

    x = np.ascontiguousarray(x)
    y = np.empty((x.shape[0], along[0].outputs, along[1].outputs, x.shape[3]), x.dtype)
    share = (1 / by[..., 0]).astype(x.dtype)
    steps = _steps(along)
    shared(lambda begin, end: pooling_kernel.mean(x, y, share, begin, end, *steps), len(x), 10 * x.size)

    def pull(g: np.ndarray, wanted: tuple[bool, ...]) -> Gradients:
        at_x = np.zeros_like(x)
        g = np.ascontiguousarray(g, x.dtype)
        shared(lambda begin, end: pooling_kernel.mean_gradient(g, at_x, share, begin, end, *steps), len(x), 10 * x.size)
        return (at_x,)

    return y, pull


def _steps(along: Axes) -> tuple[int, ...]:
    """Per axis: size of the window, stride, dilation, pads before."""
    return tuple(number for one in along for number in (one.kernel, one.stride, one.dilation, one.before))


@operation
def global_max_pool(x: np.ndarray) -> tuple[np.ndarray, Pull]:
    """The largest number of each channel of each image: (n, h, w, c) to (n, c). Of equal ones the first is it.

    >>> global_max_pool(np.arange(8.0).reshape(1, 2, 2, 2)).tolist()
    [[6.0, 7.0]]
    """
    flat = x.reshape(x.shape[0], -1, x.shape[-1])
    winners = flat.argmax(axis=1)[:, None]

    def pull(g: np.ndarray, _: tuple[bool, ...]) -> Gradients:
        out = np.zeros(flat.shape, g.dtype)
        np.put_along_axis(out, winners, g[:, None], axis=1)
        return (out.reshape(x.shape),)

    return np.take_along_axis(flat, winners, axis=1)[:, 0], pull


@operation
def global_avg_pool(x: np.ndarray) -> tuple[np.ndarray, Pull]:
    """The mean of each channel of each image: (n, h, w, c) to (n, c).

    >>> global_avg_pool(np.arange(8.0).reshape(1, 2, 2, 2)).tolist()
    [[3.0, 4.0]]
    """
    pixels = x.shape[1] * x.shape[2]
    return x.mean(axis=(1, 2)), lambda g, _: (np.broadcast_to((g / x.dtype.type(pixels))[:, None, None], x.shape),)


@dataclass(frozen=True, slots=True)
class MaxPool2D(Unlearned):
    """The largest number under each window; stride is the size unless given."""

    size: int | Pair = 2
    stride: int | Pair | None = None
    padding: Padding = "valid"
    dilation: int | Pair = 1

    def apply(self, params: Tree, x: Any, state: Tree, train: bool) -> tuple[Any, Tree]:
        """Images (n, h, w, c) to (n, i, j, c)."""
        y = max_pool(x, size=self.size, stride=self.stride, padding=self.padding, dilation=self.dilation)
        return y, state


@dataclass(frozen=True, slots=True)
class AvgPool2D(Unlearned):
    """The mean under each window, over its pixels, or with `count_pads` over its size."""

    size: int | Pair = 2
    stride: int | Pair | None = None
    padding: Padding = "valid"
    count_pads: bool = False

    def apply(self, params: Tree, x: Any, state: Tree, train: bool) -> tuple[Any, Tree]:
        """Images (n, h, w, c) to (n, i, j, c)."""
        y = avg_pool(x, size=self.size, stride=self.stride, padding=self.padding, count_pads=self.count_pads)
        return y, state


@dataclass(frozen=True, slots=True)
class GlobalMaxPool2D(Unlearned):
    """The largest number of each channel of an image."""

    def apply(self, params: Tree, x: Any, state: Tree, train: bool) -> tuple[Any, Tree]:
        """Images (n, h, w, c) to (n, c)."""
        return global_max_pool(x), state


@dataclass(frozen=True, slots=True)
class GlobalAvgPool2D(Unlearned):
    """The mean of each channel of an image."""

    def apply(self, params: Tree, x: Any, state: Tree, train: bool) -> tuple[Any, Tree]:
        """Images (n, h, w, c) to (n, c)."""
        return global_avg_pool(x), state
