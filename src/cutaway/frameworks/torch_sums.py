"""What a probe reads off PyTorch's tensors, left on their device until all of it is fetched at once."""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.core.errors import MissingExtraError
from cutaway.core.probes import saturated_beyond

try:
    import torch
except ImportError as error:
    raise MissingExtraError("cutaway.frameworks.torch", "torch") from error


Places = dict[str, int]
"""Numbers by their names, as `Kept` gives them."""


class Kept:
    """Small tensors by number, of any shape; `fetched` moves them to the host together."""

    def __init__(self) -> None:
        self._tensors: list[torch.Tensor] = []

    def add(self, tensor: torch.Tensor) -> int:
        """Keep it; the number under which `fetched` gives it."""
        self._tensors.append(tensor.detach().to(_wide(tensor)).reshape(-1))
        return len(self._tensors) - 1

    def fetched(self) -> list[np.ndarray]:
        """Every tensor, flat, in one transfer a device."""
        out: list[np.ndarray] = [np.empty(0)] * len(self._tensors)
        for device in {tensor.device for tensor in self._tensors}:
            here = [i for i, tensor in enumerate(self._tensors) if tensor.device == device]
            values = torch.cat([self._tensors[i] for i in here]).cpu().numpy()
            cuts = np.cumsum([self._tensors[i].numel() for i in here])[:-1]
            for i, part in zip(here, np.split(values, cuts), strict=True):
                out[i] = part
        return out


def output_sums(kept: Kept, x: torch.Tensor, axis: int, activation: str) -> Places:
    """Mean, spread, zeros, saturation, units that are not dead, and whether all is finite; the numbers of `kept`."""
    x = _real(x)
    if not x.numel():
        return {}
    variance, mean = torch.var_mean(x, correction=0)
    there = x != 0
    others = [i for i in range(x.dim()) if i != axis % max(x.dim(), 1)]
    active = there.sum(others) if others else there
    sums = {
        "mean": kept.add(mean),
        "sd": kept.add(variance.sqrt()),
        "share_zero": kept.add(1 - active.sum() / x.numel()),
        "active": kept.add(active),
        "finite": kept.add(torch.isfinite(x).all()),
    }
    if (ends := saturated_beyond(activation)) is not None:
        sums["share_saturated"] = kept.add(((x <= ends[0]) | (x >= ends[1])).float().mean())
    return sums


def norm_sums(kept: Kept, x: torch.Tensor) -> Places:
    """The Euclidean norm and whether all entries are finite."""
    x = _real(x)
    # squares of large gradients overflow float32
    norm = torch.linalg.vector_norm(x, dtype=_wide(x))
    return {"norm": kept.add(norm), "finite": kept.add(torch.isfinite(x).all())}


def batch_norm_sums(kept: Kept, module: Any, x: torch.Tensor) -> Places:
    """The batch against the running statistics as they stand, channels on axis 1; nothing if there are none."""
    if module.running_mean is None:
        return {}
    x = _real(x)
    others = [i for i in range(x.dim()) if i != 1]
    variance, mean = torch.var_mean(x, others, correction=0)
    before, spread = module.running_mean.float(), module.running_var.float() + module.eps
    return {
        "mean_gap": kept.add(((mean - before).square() / spread).mean().sqrt()),
        "variance_ratio": kept.add(((variance + module.eps) / spread).log().mean().exp()),
    }


def _wide(x: torch.Tensor) -> torch.dtype:
    """float64, which Apple's GPUs do not have."""
    return torch.float32 if x.device.type == "mps" else torch.float64


def _real(x: torch.Tensor) -> torch.Tensor:
    x = x.detach()
    if x.is_sparse:
        x = x.coalesce().values()
    if x.is_complex():
        x = x.abs()
    return x if x.dtype in (torch.float32, torch.float64) else x.float()
