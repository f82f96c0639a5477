"""A PyTorch loss applied to an output and labels, as a user's loop would."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import torch
from torch import nn

from cutaway.frameworks.batch import Batch

CODED = (nn.CrossEntropyLoss, nn.NLLLoss, nn.MultiMarginLoss)
NUMBERS = (nn.BCELoss, nn.BCEWithLogitsLoss, nn.MSELoss, nn.L1Loss, nn.SmoothL1Loss, nn.HuberLoss)


def applied(loss: Any, output: torch.Tensor, batch: Batch, device: torch.device) -> torch.Tensor:
    """The loss (output, labels), and the mask where it takes one; a loss that does not reduce is averaged."""
    if loss is None:
        raise ValueError("no loss was given")
    assert batch.y is not None
    y = prepared(loss, output, batch.y, device)
    if isinstance(loss, CODED) and output.ndim > 2 and y.ndim == output.ndim - 1 and output.shape[:-1] == y.shape:
        output, y = output.flatten(0, -2), y.flatten()
    more: dict[str, Any] = {}
    if not isinstance(loss, nn.modules.loss._Loss) and batch.mask is not None:
        function = loss.forward if isinstance(loss, nn.Module) else loss
        try:
            names = set(inspect.signature(function).parameters)
        except (TypeError, ValueError):
            names = set()
        mask = torch.as_tensor(batch.mask, device=device)
        more = {"mask": mask} if "mask" in names else {"lengths": mask.sum(1)} if "lengths" in names else {}
    try:
        value = loss(output, y, **more)
    except (RuntimeError, ValueError):
        if y.numel() != output.numel():
            raise
        value = loss(output, y.to(output.dtype).reshape(output.shape), **more)  # binary labels as whole numbers
    return value.mean() if value.ndim else value


def prepared(loss: Any, output: torch.Tensor | None, y: np.ndarray, device: torch.device) -> torch.Tensor:
    """Labels as that loss takes them: numbers in the output's shape for those of numbers, else their own kind."""
    tensor = torch.as_tensor(y, device=device)
    tensor = tensor.long() if y.dtype.kind in "iu" else tensor.float()
    if not isinstance(loss, NUMBERS):
        return tensor
    tensor = tensor.float()
    fits = output is not None and (*tensor.shape, 1) == tuple(output.shape)
    return tensor.reshape(output.shape) if fits and output is not None else tensor
