"""Small networks and batches for the doctests of the checks, in PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.checks.run.network import NetworkSubject
from cutaway.frameworks.batch import batch_of
from cutaway.frameworks.network import Parts, network_of


def fires(check: Any, model: Any, batch: Any, **parts: Any) -> bool:
    """Whether the check finds something. `parts`: as for `audit_model`; the loss is cross-entropy unless given.

    Raises: RuntimeError where the check is not applicable or crashes, with the reason.
    """
    from torch import nn

    given = Parts(**{"loss": nn.CrossEntropyLoss(), **parts})
    outcome = check.check.run(NetworkSubject(network_of(model, given), batch_of(batch)), {})
    if outcome.status in ("not applicable", "crashed"):
        raise RuntimeError(outcome.reason)
    return bool(outcome.findings)


def rows(n: int = 64) -> tuple[np.ndarray, np.ndarray]:
    """Four standard normal features and three classes that depend on them."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((n, 4)).astype(np.float32)
    return x, (x @ rng.standard_normal((4, 3))).argmax(1)


def steps(n: int = 16, length: int = 6) -> dict[str, np.ndarray]:
    """Sequences of four numbers a step with a class a step, padded by zeros after 3 to 6 steps."""
    rng = np.random.default_rng(0)
    mask = np.arange(length) < rng.integers(3, length + 1, n)[:, None]
    x = rng.standard_normal((n, length, 4)).astype(np.float32) * mask[..., None]
    return {"x": x, "y": np.where(mask, (x[..., 0] > 0).astype(int), 0), "mask": mask}


def layered(activation: str = "ReLU", depth: int = 2, width: int = 16, last: Any = None) -> Any:
    """Dense layers with that activation between them and three outputs; `last` comes after them."""
    import torch
    from torch import nn

    torch.manual_seed(0)
    sizes = [4, *[width] * (depth - 1)]
    hidden = [one for size in sizes for one in (nn.Linear(size, width), getattr(nn, activation)())]
    return nn.Sequential(*hidden, nn.Linear(width, 3), *([] if last is None else [last]))


def function(of: Any) -> Any:
    """A module that computes that function and has no weights."""
    from torch import nn

    class Function(nn.Module):  # type: ignore[misc,unused-ignore]  # of no known type where PyTorch is absent
        def forward(self, x: Any) -> Any:
            return of(x)

    return Function()
