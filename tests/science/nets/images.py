"""PyTorch's image operations with channels last, as the operations here have them."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from cutaway.science.nets import axes


def channels_first(x: torch.Tensor) -> torch.Tensor:
    return x.permute(0, 3, 1, 2)


def channels_last(x: torch.Tensor) -> torch.Tensor:
    return x.permute(0, 2, 3, 1)


def torch_conv2d(
    x: torch.Tensor,
    kernel: torch.Tensor,
    bias: torch.Tensor | None = None,
    *,
    stride: Any = 1,
    padding: Any = "valid",
    dilation: Any = 1,
    groups: int = 1,
) -> torch.Tensor:
    v, h = axes(tuple(x.shape), tuple(kernel.shape[:2]), stride, padding, dilation)
    around = functional.pad(channels_first(x), (h.before, h.after, v.before, v.after))
    y = functional.conv2d(around, kernel.permute(3, 2, 0, 1), bias, stride, 0, dilation, groups)
    return channels_last(y)


def torch_conv_transpose2d(
    x: torch.Tensor, kernel: torch.Tensor, bias: torch.Tensor | None = None, **settings: Any
) -> torch.Tensor:
    y = functional.conv_transpose2d(channels_first(x), kernel.permute(3, 2, 0, 1), bias, **settings)
    return channels_last(y)
