"""The schedules equal Keras' and PyTorch's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from cutaway.science.nets import Constant, Cosine, Exponential, Schedule, Staircase, WarmUp

STEPS = 25


def of_torch(make: Callable[[torch.optim.Optimizer], Any]) -> list[float]:
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    schedule, out = make(optimiser), []
    for _ in range(STEPS):
        out.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        schedule.step()
    return out


LR = torch.optim.lr_scheduler
TORCH: dict[str, tuple[Schedule, Callable[..., Any]]] = {
    "constant": (Constant(0.1), lambda o: LR.ConstantLR(o, factor=1.0)),
    "staircase": (Staircase(0.1, every=4, factor=0.5), lambda o: LR.StepLR(o, 4, 0.5)),
    "exponential": (Exponential(0.1, 0.9), lambda o: LR.ExponentialLR(o, 0.9)),
    # PyTorch's rises again after its steps; ours stays, so that it is compared while it falls.
    "cosine": (Cosine(0.1, STEPS, 0.01), lambda o: LR.CosineAnnealingLR(o, STEPS, 0.01)),
    "warm-up": (
        WarmUp(Exponential(0.1, 0.9), 5, 0.02),
        lambda o: LR.SequentialLR(o, [LR.LinearLR(o, 0.2, 1.0, 5), LR.ExponentialLR(o, 0.9)], [5]),
    ),
}


@pytest.mark.parametrize("name", TORCH)
def test_equals_pytorch(name: str) -> None:
    schedule, make = TORCH[name]
    np.testing.assert_allclose([schedule(step) for step in range(STEPS)], of_torch(make), rtol=1e-12)


def test_equals_keras() -> None:
    import keras

    theirs = keras.optimizers.schedules
    pairs = {
        Exponential(0.1, 0.8, 7): theirs.ExponentialDecay(0.1, 7, 0.8),
        Staircase(0.1, 7, 0.8): theirs.ExponentialDecay(0.1, 7, 0.8, staircase=True),
        Cosine(0.1, 12, 0.02): theirs.CosineDecay(0.1, 12, alpha=0.2),
        WarmUp(Cosine(0.1, 12), 5, 0.02): theirs.CosineDecay(0.02, 12, warmup_target=0.1, warmup_steps=5),
    }
    for ours, keras_one in pairs.items():
        values = [[float(schedule(step)) for step in range(STEPS)] for schedule in (ours, keras_one)]
        np.testing.assert_allclose(*values, rtol=1e-5, atol=1e-8)
