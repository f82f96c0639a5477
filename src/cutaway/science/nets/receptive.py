"""How much of an image a feature sees: in principle, by the sizes of the windows; in fact, by the gradient.

Each layer widens the field by its window's reach times the jump, the distance in the input between two neighbouring
features; a stride multiplies the jump:

    size ← size + d (k - 1) jump,    start ← start - before · jump,    jump ← s · jump

so feature i sees the pixels from start + i jump on, `size` of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.nets.convolution import Conv2D
from cutaway.science.nets.fused import ConvBlock
from cutaway.science.nets.layer import Layer, Sequential, kind
from cutaway.science.nets.padding import axes, pair
from cutaway.science.nets.pooling import AvgPool2D, MaxPool2D
from cutaway.science.nets.tape import total, value_and_gradient
from cutaway.science.nets.tree import Tree

POINTWISE = ("relu", "leakyrelu", "gelu", "sigmoid", "tanh", "dropout", "batchnorm")
"""Kinds of layers whose outputs see one place each; a batch norm's, in use, too."""


@dataclass(frozen=True, slots=True)
class Field:
    """What the features of one layer see along one axis of an image, in pixels."""

    name: str
    features: int  # along the axis
    size: int  # pixels that each sees
    jump: int  # pixels from what one sees to what the next one sees
    start: int  # first pixel that feature 0 sees; below 0 it is in the pads

    def seen(self, feature: int) -> tuple[int, int]:
        """The first pixel that a feature sees and the one after the last, pads included."""
        first = self.start + feature * self.jump
        return first, first + self.size


def receptive_fields(model: Layer, size: int | tuple[int, int]) -> tuple[tuple[Field, Field], ...]:
    """The theoretical receptive field after each layer of a stack, along both axes of images of that size.

    It ends before the first layer whose features see the whole image (a flattening, a global pool).

    Raises: InputError for a layer that is not known.

    Source: A. Araujo, W. Norris, J. Sim (2019), Computing Receptive Fields of Convolutional Neural Networks, Distill,
    doi:10.23915/distill.00021.

    >>> fields = receptive_fields(Sequential((Conv2D(1, 4, 3), MaxPool2D(2), Conv2D(4, 4, 3))), 28)
    >>> [(field.size, field.jump) for field, _ in fields]
    [(3, 1), (4, 2), (8, 2)]
    """
    shape = pair("size", size)
    at = tuple(Field("input", length, 1, 1, 0) for length in shape)
    out = []
    for name, layer in _layers(model):
        if kind(layer) in ("flatten", "globalavgpool2d", "globalmaxpool2d"):
            break
        windows = _windows(layer)
        if windows is None:
            raise InputError(
                f"model: receptive_fields expected convolutions, pools and layers of single places, got {kind(layer)}; "
                "measure its field with effective_field"
            )
        for window, stride, dilation, padding in windows:
            lengths = (1, at[0].features, at[1].features, 1)
            along = axes(lengths, pair("size", window), stride, padding, dilation)
            at = tuple(
                Field(
                    name,
                    axis.outputs,
                    field.size + axis.reach * field.jump,
                    field.jump * axis.stride,
                    field.start - axis.before * field.jump,
                )
                for field, axis in zip(at, along, strict=True)
            )
        at = tuple(Field(name, one.features, one.size, one.jump, one.start) for one in at)
        out.append((at[0], at[1]))
    return tuple(out)


def effective_field(
    model: Layer, params: Tree, state: Tree, x: np.ndarray, place: tuple[int, int] | None = None
) -> np.ndarray:
    """How much each pixel counts (h, w) for the features at a place: the mean size of their gradient over images.

    Args:
        model: up to a layer whose output has places, (n, i, j, c).
        params: of the model.
        state: of the model.
        x: images (n, h, w, c) over which it is measured.
        place: row and column of the features; the middle unless given.

    Returns: the root mean square, over images, channels and random signs of the features, of the gradient, scaled so
        that the largest is 1. All 0 where nothing gets through.

    Source: W. Luo, Y. Li, R. Urtasun, R. Zemel (2016), Understanding the Effective Receptive Field in Deep
    Convolutional Neural Networks, arXiv:1701.04128, section 2.
    """
    y, _ = model.apply(params, x, state, False)
    if np.ndim(y) != 4:
        raise InputError(
            f"model: effective_field expected outputs (n, i, j, c), got shape {np.shape(y)}; cut it earlier"
        )
    row, column = place or (y.shape[1] // 2, y.shape[2] // 2)
    signs = np.random.default_rng(0).choice(np.array([-1, 1], y.dtype), (len(x), y.shape[3]))

    def signed(given: Any) -> Any:
        output, _ = model.apply(params, given, state, False)
        return total(output[:, row, column, :] * signs)

    _, gradient, _ = value_and_gradient(signed, x)
    field: np.ndarray = np.sqrt(np.mean(np.square(gradient, dtype=float), axis=(0, 3)))
    return np.asarray(field / field.max()) if field.max() > 0 else field


def field_size(field: np.ndarray, share: float = 0.95) -> float:
    """The side, in pixels, of the smallest square around the field's centre of mass that holds that share of it.

    Of the squares of the field, which add up; between two sizes in a straight line.

    >>> field_size(np.ones((9, 9)), share=1.0)
    9.0
    """
    power = np.square(field, dtype=float)
    if not 0 < share <= 1 or not power.sum() > 0:
        raise InputError(f"field: field_size expected a field that is not 0 and a share up to 1, got {share}")
    middle = [int(np.rint(np.average(np.arange(n), weights=power.sum(axis=1 - k)))) for k, n in enumerate(power.shape)]
    down, across = (np.abs(np.arange(n) - m) for n, m in zip(power.shape, middle, strict=True))
    away = np.maximum(down[:, None], across[None, :])
    held = np.bincount(away.ravel(), power.ravel()).cumsum() / power.sum()
    return float(np.interp(share, held, 2 * np.arange(held.size) + 1.0))


def _layers(model: Layer) -> Sequence[tuple[str, Layer]]:
    if not isinstance(model, Sequential):
        return [(kind(model), model)]
    out: list[tuple[str, Layer]] = []
    for i, layer in enumerate(model.layers):
        name = model.names[i] if model.names else f"{i} {kind(layer)}"
        inner = [(f"{name}/{below}", one) for below, one in _layers(layer)] if isinstance(layer, Sequential) else None
        out += [(name, layer)] if inner is None else inner
    return out


def _windows(layer: Layer) -> list[tuple[Any, Any, Any, Any]] | None:
    """Size, stride, dilation and padding of each window that a layer moves; None if it is not known."""
    if isinstance(layer, Conv2D):
        return [(layer.size, layer.stride, layer.dilation, layer.padding)]
    if isinstance(layer, MaxPool2D | AvgPool2D):
        dilation = layer.dilation if isinstance(layer, MaxPool2D) else 1
        return [(layer.size, layer.size if layer.stride is None else layer.stride, dilation, layer.padding)]
    if isinstance(layer, ConvBlock):
        return [(layer.size, 1, 1, layer.padding), (2, 2, 1, "valid")]
    return [] if kind(layer) in POINTWISE else None
