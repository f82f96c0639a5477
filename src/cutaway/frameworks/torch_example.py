"""Inputs of the shape that a PyTorch model's first layer declares."""

from __future__ import annotations

import numpy as np
from torch import nn

from cutaway.frameworks.batch import Batch

STEPS, PIXELS = 12, 32


def example_of(model: nn.Module, rows: int) -> Batch | None:
    """Standard normal numbers, or any codes for an embedding; None where the first layer says too little."""
    rng = np.random.default_rng(0)
    for module in model.modules():
        shape: tuple[int, ...]
        if isinstance(module, nn.Embedding):
            return Batch(rng.integers(1, module.num_embeddings, (rows, STEPS)))
        if isinstance(module, nn.Linear):
            shape = (rows, module.in_features)
        elif isinstance(module, nn.Conv1d):
            shape = (rows, module.in_channels, PIXELS)
        elif isinstance(module, nn.Conv2d):
            shape = (rows, module.in_channels, PIXELS, PIXELS)
        elif isinstance(module, nn.RNNBase):
            shape = (rows, STEPS, module.input_size) if module.batch_first else (STEPS, rows, module.input_size)
        else:
            continue
        return Batch(rng.standard_normal(shape).astype(np.float32))
    return None
