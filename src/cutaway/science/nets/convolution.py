"""Convolution of images with kernels (as networks say it: cross-correlation), its two gradients, and its layer.

Written with strided windows, to be read:

    y[n, i, j, o] = Σ x̃[n, s i + d a, s j + d b, c] k[a, b, c, o] + bias[o]   (sum over a, b, c; x̃ is x with its pads)

so y is one matrix product: the windows of x̃, a view (n, i, j, a, b, c) that copies nothing, times the kernel laid out
as (a b c, o). The kernel's gradient is the product of the same windows with the error g at y:

    ∂k[a, b, c, o] = Σ x̃[n, s i + d a, s j + d b, c] g[n, i, j, o]   (sum over n, i, j)

For the gradient at the input, collect what pixel r of x̃ (one axis; the other goes alike) was multiplied with. It
meets place a of the kernel in window i if r = s i + d a, so

    ∂x̃[r] = Σ g[i] k[a] over all i, a with s i = r − d a.

Let G be g with s − 1 zeros between its numbers: G[s i] = g[i], else 0. Then ∂x̃[r] = Σ_a G[r − d a] k[a]. With the
kernel flipped, k'[a'] = k[A − 1 − a'], and G moved by d (A − 1) zeros in front, G'[q] = G[q − d (A − 1)], this is

    ∂x̃[r] = Σ_a' G'[r + d a'] k'[a'],

a convolution of stride 1 and dilation d: the stride-dilated, padded error with the flipped kernel, in which inputs and
outputs have changed places. Cutting off the pads of x̃ leaves ∂x. `convolution_kernel.py` computes the same three, and
is what runs unless it is told otherwise.

Source: Dumoulin and Visin, A guide to convolution arithmetic for deep learning, 2016, sections 2 and 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from cutaway.core.errors import InputError
from cutaway.science.nets import convolution_compiled
from cutaway.science.nets.layer import Key, random
from cutaway.science.nets.padding import Axis, Padding, Pair, axes, pair
from cutaway.science.nets.stateless import Stateless
from cutaway.science.nets.tape import Gradients, Pull, operation
from cutaway.science.nets.tree import Tree

Axes = tuple[Axis, Axis]


def windows(x: np.ndarray, along: Axes) -> np.ndarray:
    """The windows of images with their pads, as a view (n, i, j, a, b, c): no number is copied."""
    n, _, _, channels = x.shape
    v, h = along
    by, down, right, channel = x.strides
    return as_strided(
        x,
        (n, v.outputs, h.outputs, v.kernel, h.kernel, channels),
        (by, v.stride * down, h.stride * right, v.dilation * down, h.dilation * right, channel),
        writeable=False,
    )


def padded(x: np.ndarray, along: Axes) -> np.ndarray:
    """Images with zeros around them."""
    v, h = along
    return np.pad(x, ((0, 0), (v.before, v.after), (h.before, h.after), (0, 0)))


def convolved(x: np.ndarray, kernel: np.ndarray, along: Axes, groups: int = 1) -> np.ndarray:
    """Convolve images (n, h, w, c) with a kernel (a, b, c / groups, o)."""
    by_group = _grouped_windows(padded(x, along), along, groups)
    y = by_group @ _grouped_kernel(kernel, groups)
    return _ungrouped(y, (x.shape[0], along[0].outputs, along[1].outputs))


def kernel_gradient(x: np.ndarray, g: np.ndarray, along: Axes, groups: int = 1) -> np.ndarray:
    """The kernel's gradient (a, b, c / groups, o) for an error g at the outputs."""
    by_group = _grouped_windows(padded(x, along), along, groups)
    errors = g.reshape(-1, groups, g.shape[-1] // groups).transpose(1, 0, 2)
    out = np.asarray(by_group.transpose(0, 2, 1) @ errors).transpose(1, 0, 2)
    return out.reshape(along[0].kernel, along[1].kernel, x.shape[-1] // groups, g.shape[-1])


def input_gradient(g: np.ndarray, kernel: np.ndarray, along: Axes, groups: int = 1) -> np.ndarray:
    """The images' gradient (n, h, w, c): the stride-dilated, padded error convolved with the flipped kernel."""
    v, h = along
    spread = np.zeros((g.shape[0], v.padded + v.reach, h.padded + h.reach, g.shape[-1]), g.dtype)
    spread[:, v.reach : v.padded : v.stride, h.reach : h.padded : h.stride] = g
    backwards = tuple(Axis(axis.padded + axis.reach, axis.kernel, 1, axis.dilation, 0, 0) for axis in along)
    whole = convolved(spread, flipped(kernel, groups), backwards, groups)  # type: ignore[arg-type]
    return whole[:, v.before : v.before + v.size, h.before : h.before + h.size]


def flipped(kernel: np.ndarray, groups: int = 1) -> np.ndarray:
    """The kernel turned by half a circle, inputs and outputs exchanged: (a, b, o / groups, c)."""
    a, b, own, filters = kernel.shape
    turned = kernel[::-1, ::-1].reshape(a, b, own, groups, filters // groups)
    return turned.transpose(0, 1, 4, 3, 2).reshape(a, b, filters // groups, groups * own)


def _grouped_windows(x: np.ndarray, along: Axes, groups: int) -> np.ndarray:
    """The windows as one matrix a group: (group, n i j, a b c). Here, for the product, they are copied."""
    n, i, j, a, b, c = (view := windows(x, along)).shape
    parts = view.reshape(n * i * j, a * b, groups, c // groups)
    return parts.transpose(2, 0, 1, 3).reshape(groups, n * i * j, a * b * (c // groups))


def _grouped_kernel(kernel: np.ndarray, groups: int) -> np.ndarray:
    return kernel.reshape(-1, groups, kernel.shape[-1] // groups).transpose(1, 0, 2)


def _ungrouped(y: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    return y.transpose(1, 0, 2).reshape(*shape, -1)


def checked(x: np.ndarray, kernel: np.ndarray, groups: int, function: str) -> None:
    """Raise `InputError` unless images, kernel and groups go together."""
    if x.ndim != 4 or kernel.ndim != 4:
        raise InputError(
            f"x, kernel: {function} expected images (n, h, w, c) and a kernel (a, b, c / groups, o), got shapes "
            f"{x.shape} and {kernel.shape}; one image is x[None], one channel x[..., None]"
        )
    if groups < 1 or x.shape[3] != groups * kernel.shape[2] or kernel.shape[3] % groups:
        raise InputError(
            f"kernel: {function} expected {x.shape[3]} channels in {groups} groups and as many filters a group, got "
            f"shape {kernel.shape}"
        )
    if x.dtype != kernel.dtype:
        raise InputError(f"kernel: {function} expected the dtype of x, {x.dtype}, got {kernel.dtype}; use x.astype")


@operation
def conv2d(
    x: np.ndarray,
    kernel: np.ndarray,
    bias: np.ndarray | None = None,
    *,
    stride: int | Pair = 1,
    padding: Padding = "valid",
    dilation: int | Pair = 1,
    groups: int = 1,
    compiled: bool = True,
) -> tuple[np.ndarray, Pull]:
    """Convolve images (n, h, w, c) with a kernel (a, b, c / groups, o): outputs (n, i, j, o).

    `compiled` runs Numba's loops (float32 and float64); without it, or for other dtypes, the products above run.

    Raises: `InputError` for shapes or dtypes that do not go together, or a window that fits nowhere.

    >>> conv2d(np.arange(9.0).reshape(1, 3, 3, 1), np.ones((2, 2, 1, 1)))[0, :, :, 0]
    array([[ 8., 12.],
           [20., 24.]])
    """
    checked(x, kernel, groups, "conv2d")
    along = axes(x.shape, kernel.shape[:2], stride, padding, dilation)
    if compiled and convolution_compiled.suits(x):
        y = convolution_compiled.convolved(x, kernel, along, groups, bias)
    else:
        compiled = False
        y = convolved(x, kernel, along, groups)
        y = y if bias is None else y + bias

    def pull(g: np.ndarray, wanted: tuple[bool, ...]) -> Gradients:
        at_x = at_kernel = at_bias = None
        if wanted[0] and compiled:
            at_x = convolution_compiled.input_gradient(g, flipped(kernel, groups), along, groups)
        elif wanted[0]:
            at_x = input_gradient(g, kernel, along, groups)
        if any(wanted[1:]) and compiled:
            at_kernel, at_bias = convolution_compiled.kernel_gradient(x, g, along, groups)
        elif any(wanted[1:]):
            at_kernel, at_bias = kernel_gradient(x, g, along, groups), g.sum(axis=(0, 1, 2))
        return (at_x, at_kernel, at_bias)[: len(wanted)]

    return y, pull


@dataclass(frozen=True, slots=True)
class Conv2D(Stateless):
    """Convolution of images with `filters` kernels of `size`, and a bias: parameters kernel and bias."""

    channels: int
    filters: int
    size: int | Pair
    stride: int | Pair = 1
    padding: Padding = "valid"
    dilation: int | Pair = 1
    groups: int = 1
    bias: bool = True

    def init(self, key: Key) -> Tree:
        """Glorot's uniform kernel, and a bias of 0."""
        own = self.channels // self.groups
        return glorot(key, (*pair("size", self.size), own, self.filters), self.filters if self.bias else 0)

    def apply(self, params: Tree, x: Any, state: Tree, train: bool) -> tuple[Any, Tree]:
        """Images (n, h, w, channels) to (n, i, j, filters)."""
        y = conv2d(
            x,
            params["kernel"],
            params.get("bias"),
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            groups=self.groups,
        )
        return y, state


def glorot(key: Key, shape: tuple[int, int, int, int], biases: int) -> Tree:
    """A kernel (a, b, in, out), uniform within ± √(6 / (a b (in + out))), and that many biases of 0 if any."""
    limit = (6 / (shape[0] * shape[1] * (shape[2] + shape[3]))) ** 0.5
    kernel = random(key).uniform(-limit, limit, shape).astype(np.float32)
    return {"kernel": kernel, "bias": np.zeros(biases, np.float32)} if biases else {"kernel": kernel}
