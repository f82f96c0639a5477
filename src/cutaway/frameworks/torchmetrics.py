"""Confusion counts as a torchmetrics `Metric`: logged by Lightning, summed over processes by torchmetrics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cutaway.core.errors import MissingExtraError
from cutaway.frameworks.cells import Reading
from cutaway.frameworks.readout import DEFAULT, Readout
from cutaway.science.metrics.counts import Counts

try:
    import torch
    import torchmetrics
except ImportError as error:
    raise MissingExtraError("cutaway.frameworks.torchmetrics", "torch") from error

from cutaway.frameworks.torch import batch, read, zero


class Confusion(torchmetrics.Metric):
    """Rates of the counts of all batches and processes, by name; arguments as in `frameworks.keras.Confusion`.

    `axis` of the classes is 1, as in PyTorch's losses. Predictions that are whole numbers are taken for classes.
    `forward` gives the rates of one batch, `compute` those of all rows, and the second is no mean of the first.
    """

    is_differentiable = False
    higher_is_better = None
    full_state_update = False
    sums: torch.Tensor

    def __init__(
        self,
        classes: int | Sequence[str],
        rates: Sequence[str] | str = DEFAULT,
        *,
        from_logits: bool | None = None,
        threshold: float | None = None,
        average: str | None = None,
        undefined: float | str | None = None,
        ignore: int | None = None,
        axis: int = 1,
        prefix: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.readout = Readout.of(classes, rates, average=average, undefined=undefined, prefix=prefix)
        self.reading = Reading(
            classes=self.readout.classes, from_logits=from_logits, threshold=threshold, ignore=ignore, axis=axis
        )
        self.add_state("sums", default=zero(self.readout.classes), dist_reduce_fx="sum")

    def update(
        self,
        preds: torch.Tensor,
        target: torch.Tensor,
        weight: torch.Tensor | None = None,
        mask: torch.Tensor | None = None,
    ) -> None:
        """Add a batch: scores (n, K, …) or (n, …), or classes (n, …); labels (n, …) or one-hot.

        Raises: InputError as `frameworks.torch.Confusion.update`.
        """
        decided = not preds.is_floating_point()
        sums = batch(self.reading, target, preds, weight, mask, decided=decided)
        self.sums = self.sums + sums.to(self.sums.device)

    def compute(self) -> dict[str, torch.Tensor]:
        """Every rate by its name."""
        counts = read(self.reading, self.sums)
        return {name: torch.tensor(float(value)) for name, value in self.readout.over(counts.matrix).items()}

    def counts(self) -> Counts:
        """The counts of all processes, as the state that audits use."""
        with self.sync_context():
            return read(self.reading, self.sums, self.readout.labels)
