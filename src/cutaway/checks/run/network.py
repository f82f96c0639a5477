"""A network under audit: the model behind its adapter, the batch, and what has been measured on them already."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from cutaway.core.findings import NotApplicableError
from cutaway.frameworks.batch import Batch
from cutaway.frameworks.network import Network, Parts, Trace

NEEDS = {
    "data": "no batch was given; add --batch FILE.npz, or pass batch=(x, y)",
    "labels": "the batch has no labels; add y to it",
    "loss": "no loss was given; let the factory return it, or compile the Keras model",
    "optimiser": "no optimiser was given; let the factory return it",
    "step": "no step function was given; let the factory return one that does a training step on (x, y)",
    "sequences": "the batch names no padding; add a mask, lengths, or the padding value, if x holds sequences",
}


@dataclass(eq=False)
class NetworkSubject:
    """What a check of networks is asked about. `made`: the batch was made up from the declared shape."""

    network: Network
    batch: Batch
    made: bool = False
    seed: int = 0
    _cache: dict[str, Any] = field(default_factory=dict)

    @property
    def parts(self) -> Parts:
        """What was given beside the model."""
        return self.network.parts

    def require(self, need: str) -> None:
        """Raises: NotApplicableError where that was not given."""
        there = {
            "data": not self.made,
            "labels": not self.made and self.batch.y is not None,
            "loss": self.parts.loss is not None,
            "optimiser": self.parts.optimiser is not None,
            "step": self.parts.step is not None,
            "sequences": self.batch.mask is not None,
        }
        if not there[need]:
            raise NotApplicableError(NEEDS["data"] if need == "labels" and self.made else NEEDS[need])

    @cached_property
    def evaluated(self) -> Trace:
        """The batch in evaluation, layer by layer, with the seed of the audit."""
        with self.network.kept():
            self.network.seed(self.seed)
            return self.network.traced(self.batch)

    @cached_property
    def noise(self) -> float:
        """How far two runs with the same seed differ, as a share of the output's spread: that of the arithmetic."""
        with self.network.kept():
            self.network.seed(self.seed)
            again = self.network.output(self.batch)
        return difference(self.evaluated.output, again)

    def tolerance(self, least: float) -> float:
        """What still counts as equal: ten times the measured noise, and no less than `least`."""
        return max(least, 10 * self.noise)

    @cached_property
    def loss(self) -> float:
        """In evaluation."""
        with self.network.kept():
            self.network.seed(self.seed)
            return self.network.loss(self.batch)

    @cached_property
    def gradients(self) -> tuple[float, dict[str, np.ndarray | None]]:
        """The loss in training and its gradients."""
        with self.network.kept():
            self.network.seed(self.seed)
            return self.network.gradients(self.batch)


def difference(a: np.ndarray, b: np.ndarray) -> float:
    """The largest difference as a share of what is usual in `a`: its root mean square; infinite for other shapes.

    Places that are not a number in both are equal.

    >>> difference(np.array([3.0, -4.0]), np.array([3.0, -4.0]))
    0.0
    >>> round(difference(np.array([1.0, -1.0]), np.array([1.0, -1.5])), 3)
    0.5
    """
    if a.shape != b.shape:
        return float("inf")
    if a.size == 0:
        return 0.0
    a, b = a.astype(float), b.astype(float)
    both = ~(np.isfinite(a) & np.isfinite(b))
    if (both & (a != b) & ~(np.isnan(a) & np.isnan(b))).any():
        return float("inf")
    a, b = np.where(both, 0, a), np.where(both, 0, b)
    scale = float(np.sqrt(np.mean(a * a)))
    most = float(np.abs(a - b).max())
    return most / scale if scale > 0 else (0.0 if most == 0 else float("inf"))
