"""Transposed convolution: a convolution's input gradient taken as an operation, which makes small images larger.

If `conv2d` is y = A x for a matrix A made of the kernel, this is Aᵀ: so <conv2d(x), y> = <x, conv_transpose2d(y)> for
every x and y. Its own gradients come for free: at the input that of Aᵀ is A, the convolution, and at the kernel it is
the convolution's kernel gradient with image and error exchanged.

Source: Dumoulin and Visin, A guide to convolution arithmetic for deep learning, 2016, section 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.nets import convolution, convolution_compiled
from cutaway.science.nets.convolution import Axes, checked, flipped, glorot
from cutaway.science.nets.layer import Key
from cutaway.science.nets.padding import Padding, Pair, axes, pads, pair
from cutaway.science.nets.stateless import Stateless
from cutaway.science.nets.tape import Gradients, Pull, operation
from cutaway.science.nets.tree import Tree


def enlarged(
    shape: tuple[int, ...],
    kernel: Pair,
    stride: int | Pair = 1,
    padding: Padding = "valid",
    dilation: int | Pair = 1,
    output_padding: int | Pair = 0,
) -> Axes:
    """The axes of the output, over which a convolution with the same settings would give images of `shape`.

    'valid' and 'same' give the sizes of Keras, s n + max(k - s, 0) and s n; pads in numbers give PyTorch's,
    s (n - 1) + d (k - 1) + 1 - pads + output_padding.

    >>> [axis.size for axis in enlarged((1, 5, 5, 3), (4, 2), 2, 1)]
    [10, 8]
    """
    strides, dilations, more = (
        pair("stride", stride),
        pair("dilation", dilation),
        pair("output_padding", output_padding, 0),
    )
    if isinstance(padding, str) and any(more):
        raise InputError(
            f"output_padding: expected 0 with padding {padding!r}, got {output_padding!r}; give pads in numbers"
        )
    sizes, sides = [], []
    for k in (0, 1):
        reach = dilations[k] * (kernel[k] - 1)
        if padding == "same":
            size = shape[1 + k] * strides[k]
            side = pads(size, kernel[k], strides[k], dilations[k], "same")
        elif padding == "valid":
            size, side = shape[1 + k] * strides[k] + max(reach + 1 - strides[k], 0), (0, 0)
        else:
            if isinstance(padding, str):
                side = pads(0, kernel[k], strides[k], dilations[k], padding)
            else:
                side = pair("padding", padding if isinstance(padding, int) else padding[k], 0)
            size = (shape[1 + k] - 1) * strides[k] + reach + 1 - sum(side) + more[k]
        sizes.append(size)
        sides.append(side)
    if any(more[k] >= max(strides[k], dilations[k]) for k in (0, 1) if more[k]):
        raise InputError(f"output_padding: expected less than stride or dilation, got {output_padding!r}")
    if min(sizes) < 1:
        raise InputError(f"padding: expected less than the output has, got {padding!r} for images {shape}")
    return axes((shape[0], *sizes, 0), kernel, stride, (sides[0], sides[1]), dilation)


@operation
def conv_transpose2d(
    x: np.ndarray,
    kernel: np.ndarray,
    bias: np.ndarray | None = None,
    *,
    stride: int | Pair = 1,
    padding: Padding = "valid",
    dilation: int | Pair = 1,
    groups: int = 1,
    output_padding: int | Pair = 0,
    compiled: bool = True,
) -> tuple[np.ndarray, Pull]:
    """Convolve images (n, i, j, o) with a kernel (a, b, c / groups, o), transposed: outputs (n, h, w, c).

    The kernel is that of the convolution which it transposes, as in Keras; PyTorch's is (o, c / groups, a, b).

    Raises: `InputError` for shapes or dtypes that do not go together, or pads that leave no output.

    >>> conv_transpose2d(np.array([[1.0, 2.0]]).reshape(1, 1, 2, 1), np.ones((1, 2, 1, 1)), stride=2)[0, 0, :, 0]
    array([1., 1., 2., 2.])
    """
    if x.ndim == 4 and kernel.ndim == 4 and x.shape[3] != kernel.shape[3]:
        raise InputError(
            f"kernel: conv_transpose2d expected {x.shape[3]} on its last axis, the channels of x, got shape "
            f"{kernel.shape}; it is that of the convolution from outputs to inputs"
        )
    channels = kernel.shape[2] * groups if kernel.ndim == 4 else 0
    checked(np.empty((*x.shape[:3], channels)[: x.ndim], x.dtype), kernel, groups, "conv_transpose2d")
    along = enlarged(x.shape, kernel.shape[:2], stride, padding, dilation, output_padding)
    compiled = compiled and convolution_compiled.suits(x)
    if compiled:
        y = convolution_compiled.input_gradient(x, flipped(kernel, groups), along, groups, bias)
    else:
        y = convolution.input_gradient(x, kernel, along, groups)
        y = y if bias is None else y + bias

    def pull(g: np.ndarray, wanted: tuple[bool, ...]) -> Gradients:
        at_x = at_kernel = at_bias = None
        if compiled:
            at_x = convolution_compiled.convolved(g, kernel, along, groups) if wanted[0] else None
            at_kernel = convolution_compiled.kernel_gradient(g, x, along, groups)[0] if wanted[1] else None
        else:
            at_x = convolution.convolved(g, kernel, along, groups) if wanted[0] else None
            at_kernel = convolution.kernel_gradient(g, x, along, groups) if wanted[1] else None
        if len(wanted) == 3 and wanted[2]:
            at_bias = g.sum(axis=(0, 1, 2))
        return (at_x, at_kernel, at_bias)[: len(wanted)]

    return y, pull


@dataclass(frozen=True, slots=True)
class ConvTranspose2D(Stateless):
    """Transposed convolution of images with `filters` outputs, and a bias: parameters kernel and bias."""

    channels: int
    filters: int
    size: int | Pair
    stride: int | Pair = 1
    padding: Padding = "valid"
    dilation: int | Pair = 1
    groups: int = 1
    output_padding: int | Pair = 0
    bias: bool = True

    def init(self, key: Key) -> Tree:
        """Glorot's uniform kernel (a, b, filters / groups, channels), and a bias of 0."""
        own = self.filters // self.groups
        return glorot(key, (*pair("size", self.size), own, self.channels), self.filters if self.bias else 0)

    def apply(self, params: Tree, x: Any, state: Tree, train: bool) -> tuple[Any, Tree]:
        """Images (n, i, j, channels) to (n, h, w, filters)."""
        y = conv_transpose2d(
            x,
            params["kernel"],
            params.get("bias"),
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            groups=self.groups,
            output_padding=self.output_padding,
        )
        return y, state
