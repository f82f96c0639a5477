"""A network under audit: the model behind its adapter, the batch, and what has been measured on them already."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from cutaway.checks.run.outputs import Scale, Task, expected, given, task_of
from cutaway.core.findings import NotApplicableError
from cutaway.core.probes import StepProbe
from cutaway.frameworks.batch import Batch
from cutaway.frameworks.network import Network, Parts, Trace

NEEDS = {
    "data": "no batch was given; add --batch FILE.npz, or pass batch=(x, y)",
    "labels": "the batch has no labels; add y to it",
    "loss": "no loss was given; let the factory return it, or compile the Keras model",
    "optimiser": "no optimiser was given; let the factory return it",
    "step": "no step function was given; let the factory return one that does a training step on (x, y)",
    "finite": "the output is not finite; NET018 says where that begins",
    "repeatable": "evaluations of one batch differ or are not finite; NET012 and NET018 say where that begins",
    "classes": "no loss was given, or the labels name no classes of this output",
    "sequences": "the batch names no padding; add a mask, lengths, or the padding value, if x holds sequences",
}


@dataclass(eq=False)
class NetworkSubject:
    """What a check of networks is asked about. `made`: the batch was made up from the declared shape."""

    network: Network
    batch: Batch
    made: bool = False
    seed: int = 0

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
            "finite": self.finite,
            "repeatable": self.finite and self.drawn <= self.tolerance(1e-4),
            "classes": not self.made and self.parts.loss is not None and self.task is not None,
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

    @cached_property
    def drawn(self) -> float:
        """How far runs with different seeds differ, as a share of the output's root mean square."""
        return max(difference(self.evaluated.output, run.output) for run in self.reseeded)

    @cached_property
    def reseeded(self) -> list[Trace]:
        """The batch in evaluation under two other seeds."""
        runs = []
        with self.network.kept():
            for k in (1, 2):
                self.network.seed(self.seed + k)
                runs.append(self.network.traced(self.batch))
        return runs

    @cached_property
    def finite(self) -> bool:
        """Whether the output is."""
        return bool(np.isfinite(self.evaluated.output).all())

    @cached_property
    def task(self) -> Task | None:
        """How the labels name classes; None for a regression."""
        return None if self.made else task_of(self.batch.y, self.evaluated.output.shape)

    def loss_at(self, output: np.ndarray, y: np.ndarray | None = None) -> float:
        """The user's loss of a made-up output, and labels where given."""
        batch = self.batch if y is None else replace(self.batch, y=y)
        return self.network.loss_of(output.astype(np.float32), batch)

    @cached_property
    def expects(self) -> Scale:
        """On which scale the loss takes the output, measured."""
        assert self.task is not None and self.batch.y is not None
        with self.network.kept():
            return expected(self.loss_at, self.batch.y, self.task, self.evaluated.output.shape, self.seed)

    @cached_property
    def loss_of_nothing(self) -> float:
        """The user's loss where every class is given the same probability; NaN where that cannot be told."""
        assert self.task is not None
        if self.expects == "other":
            return float("nan")
        share = 1 / self.task.classes
        value = {"probabilities": share, "log-probabilities": np.log(share), "logits": 0.0}[self.expects]
        with self.network.kept():
            return self.loss_at(np.full(self.evaluated.output.shape, value))

    @cached_property
    def probed(self) -> StepProbe:
        """What a probe sees in one batch in training mode, with the gradients of the user's loss."""
        with self.network.kept():
            self.network.seed(self.seed)
            return self.network.probed(self.batch)

    @cached_property
    def gives(self) -> Scale:
        """On which scale the model answers, measured with its last layer enlarged."""
        outputs = [self.evaluated.output]
        called = [call.name for call in self.evaluated.calls]
        own = [p for p in self.network.parameters() if p.layer in called]
        if own:
            last = max(own, key=lambda p: called.index(p.layer)).layer
            for factor in (1000.0, -1000.0):
                with self.network.kept():
                    self.network.seed(self.seed)
                    values = {p.name: p.value * factor for p in own if p.layer == last}
                    outputs.append(self.network.output_with(self.batch, values))
        return given(outputs, -1 if self.task is None else self.task.axis)

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
